"""Verdicts come in, pages for students go out: points, hints, and no hidden text.

A page is made of what the student wrote, cleaned, and of what the author meant for
students. Nothing in it runs, and it asks nobody for anything.
"""

from __future__ import annotations

import base64
import binascii
import builtins
import html
import json
import re
import shutil
from pathlib import Path

from tinyml_course.errors import DataError
from tinyml_course.grading.clean import as_html
from tinyml_course.grading.course import NBGRADERS_OWN, Course
from tinyml_course.grading.leaderboard import COLUMNS, figures
from tinyml_course.grading.records import by_hand, settle_late
from tinyml_course.grading.sheet import Sheet, visible_part

__all__ = ["page", "write_feedback"]

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 50rem;
  padding: 0 1rem; color: #1a1a1a; background: #fff; }
pre { background: #f4f4f4; padding: .6rem .8rem; overflow-x: auto; font-size: 14px; }
.out { background: #fff; border-left: 3px solid #bbb; }
.item { border: 1px solid #999; border-radius: 6px; padding: .4rem .8rem;
  margin: 1rem 0; }
.lost { border-left: 8px solid #b35900; } .full { border-left: 8px solid #1b7340; }
img { max-width: 100%; } table { border-collapse: collapse; }
td, th { border: 1px solid #999; padding: .2rem .6rem; text-align: left; }
"""


def write_feedback(course: Path, assignment: str) -> list[Path]:
    """Write a page for each verdict into the course's feedback folder.

    Points and comments that a person gave in the formgrader are in it. ``nbgrader
    release_feedback`` then hands the pages out.

    Parameters
    ----------
    course : Path
        The course's folder.
    assignment : str
        Its name; it must have been graded.

    Returns
    -------
    list of Path
        The pages.

    Raises
    ------
    DataError
        If the assignment has not been graded yet.
    """
    place = Course(course)
    verdicts = latest(place.root / ".grading" / f"{assignment}.jsonl")
    if not verdicts:
        raise DataError(
            f"{assignment} has not been graded; first: tinyml grade {assignment}."
        )
    sheets = {sheet.name: sheet for sheet in place.sheets(assignment)}
    settle_late(place, assignment)
    pages = []
    for verdict in verdicts:
        student = verdict["student"]
        given = by_hand(place, assignment, student)
        folder = place.feedback_folder(assignment, student)
        folder.mkdir(parents=True, exist_ok=True)
        for book in verdict["notebooks"]:
            text = page(verdict, book, sheets[book["name"]], given[book["name"]])
            pages.append(folder / f"{book['name']}.html")
            pages[-1].write_text(text, "utf-8")
        for name in NBGRADERS_OWN:
            kept = place.graded_folder(assignment, student) / name
            if kept.exists():
                shutil.copyfile(kept, folder / name)
    return pages


def latest(journal: Path) -> list[dict]:
    """The last verdict on each student in a journal, by name."""
    found: dict[str, dict] = {}
    if journal.exists():
        for line in journal.read_text("utf-8").splitlines():
            try:
                verdict = json.loads(line)
                found[verdict["student"]] = verdict
            except (ValueError, KeyError, TypeError):
                continue  # what a killed grader left of its last line
    return [found[name] for name in sorted(found)]


def page(verdict: dict, book: dict, sheet: Sheet, by_hand: dict | None = None) -> str:
    """One notebook's page.

    Parameters
    ----------
    verdict, book : dict
        A verdict, and one of its notebooks.
    sheet : Sheet
        The instructor's notebook: what is hidden in it is known from it.
    by_hand : dict
        ``{item: (points or None, comment or None, extra points or None)}`` given by a
        person, and under ``""`` the points taken off for being late.
    """
    by_hand = by_hand or {}
    items, rows = {item["name"]: item for item in book["items"]}, []
    for item in book["items"]:
        points, _, extra = by_hand.get(item["name"], (None, None, None))
        got = item["score"] if points is None else points
        rows.append((item["name"], got, item["points"], extra or 0))
    late = by_hand.get("", (0, None, None))[0] or 0
    total = sum((got or 0) + extra for _, got, _, extra in rows) - late
    most = sum(row[2] for row in rows)
    names = dict.fromkeys([verdict["assignment"], book["name"]])  # often the same
    title = ": ".join(names)
    parts = [f"<h1>{_text(title)}</h1>", f"<p>{_text(verdict['student'])}: <b>"]
    parts.append(f"{total:g} of {most:g} points</b></p>")
    if late:
        parts.append(f"<p>{late:g} points were taken off for being late.</p>")
    if book["error"]:
        parts.append(f"<p><b>It could not be graded.</b> {_text(book['error'])}</p>")
    parts.append("<table><thead><tr><th>item</th><th>points</th></tr></thead><tbody>")
    for name, got, points, extra in rows:
        said = "not yet graded" if got is None else f"{got + extra:g} of {points:g}"
        link = f'<a href="#{_text(name)}">{_text(name)}</a>'
        parts.append(f"<tr><td>{link}</td><td>{said}</td></tr>")
    parts.append("</tbody></table>")
    parts.append(_on_the_board(verdict))
    for cell in book["cells"]:
        parts.append(_cell(cell, items.get(cell["name"]), by_hand.get(cell["name"])))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head>\n<body><main>"
        + "\n".join(parts)
        + "</main></body></html>\n"
    )


def _on_the_board(verdict: dict) -> str:
    """What a test has measured of the student's model, as the leaderboard has it."""
    measured = figures(verdict)
    if measured is None:
        return ""
    told = (
        f"{what}: {form.format(measured[key])}" for key, (what, form) in COLUMNS.items()
    )
    return f"<p><b>Your model on the board.</b> {_text('; '.join(told))}.</p>"


def _cell(cell: dict, item: dict | None, given) -> str:
    if cell["kind"] == "test":
        source = visible_part(cell["source"])
        shown = (
            [f'<pre tabindex="0"><code>{_text(source)}</code></pre>'] if source else []
        )
        return _item(item, given) + "".join(shown) + _died(cell["outputs"], item)
    if not cell["code"]:
        parts = [as_html(cell["source"])]
    else:
        parts = [f'<pre tabindex="0"><code>{_text(cell["source"])}</code></pre>']
        if cell.get("after_hidden"):
            parts += [_kind_alone(o) for o in cell["outputs"]]
        else:
            parts += [_output(output) for output in cell["outputs"]]
    return (_item(item, given) if item else "") + "".join(parts)


def _item(item: dict, given) -> str:
    """The points of an item in words, with the hint or what a person wrote."""
    points, comment, extra = given or (None, None, None)
    got = item["score"] if points is None else points
    said = "not yet graded" if got is None else f"{got:g} of {item['points']:g} points"
    if extra:
        said += f" and {extra:g} extra"
    lost = got is not None and got < item["points"]
    words = comment or (item["comment"] if lost else None)
    hint = f"<br>{'' if comment else 'Hint: '}{_text(words)}" if words else ""
    kind = "lost" if lost else "full"
    name = _text(item["name"])
    return f'<div class="item {kind}" id="{name}"><b>{name}</b>: {said}{hint}</div>'


def _died(outputs: list[dict], item: dict) -> str:
    """That the student's code was stopped, where a test's own words may not be told."""
    if item["score"] == item["points"]:
        return ""
    for output in outputs:
        if output["output_type"] == "error" and output["ename"] == "Stopped":
            return f"<p>{_text(output['evalue'])}</p>"
    return ""


def _output(output: dict) -> str:
    if output["output_type"] == "stream":
        return _pre(output["text"])
    if output["output_type"] == "error":
        return _pre("\n".join(output["traceback"]))
    data = output["data"]
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            try:
                raw = base64.b64decode(data[kind], validate=False)
            except (ValueError, binascii.Error):
                continue
            plain = _text(data.get("text/plain", "a picture"))[:200]
            code = base64.b64encode(raw).decode()
            return f'<img src="data:{kind};base64,{code}" alt="{plain}">'
    return _pre(data.get("text/plain", ""))


def _kind_alone(output: dict) -> str:
    """That an error ended a cell which ran when hidden tests had called functions.

    What they were called with may be in anything that such a cell shows.
    """
    known = (
        hasattr(builtins, output.get("ename", "")) or output.get("ename") == "Stopped"
    )
    return _pre(f"It ended with {output['ename']}.") if known else ""


def _pre(text: str) -> str:
    return (
        f'<pre class="out" tabindex="0">{_text(_ANSI.sub("", text))}</pre>'
        if text
        else ""
    )


def _text(text: str) -> str:
    return html.escape(str(text), quote=True)
