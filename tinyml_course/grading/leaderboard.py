"""Verdicts on the capstone come in; a page with everybody's model goes out.

The page is one file that asks for nothing outside. It shows what models do and cost,
never points, and birds' names for the students', unless names are asked for.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from html import escape
from pathlib import Path

from tinyml_course.errors import DataError

__all__ = ["figures", "page", "read_journal", "rows"]

BIRDS = (
    "Avocet Bittern Blackbird Bluethroat Brambling Bullfinch Bunting Buzzard "
    "Chaffinch Chiffchaff Coot Cormorant Crane Crossbill Cuckoo Curlew Dipper "
    "Dotterel Dunlin Dunnock Egret Eider Fieldfare Firecrest Fulmar Gannet "
    "Goldcrest Goldfinch Goosander Goshawk Greenfinch Greenshank Guillemot Harrier "
    "Hawfinch Heron Hobby Hoopoe Jackdaw Jay Kestrel Kingfisher Kite Kittiwake Knot "
    "Lapwing Linnet Magpie Mallard Martin Merlin Moorhen Nightingale Nightjar "
    "Nuthatch Oriole Osprey Ouzel Partridge Petrel Pintail Pipit Plover Pochard "
    "Ptarmigan Puffin Quail Razorbill Redpoll Redshank Redstart Redwing Robin Rook "
    "Ruff Sanderling Serin Shearwater Shelduck Shoveler Shrike Siskin Skua Skylark "
    "Snipe Sparrow Spoonbill Starling Stonechat Stork Swallow Swift Teal Tern "
    "Thrush Treecreeper Turnstone Twite Wagtail Warbler Waxwing Wheatear Whimbrel "
    "Whinchat Wigeon Woodcock Woodlark Wren Wryneck Yellowhammer"
).split()
COLUMNS = {  # what a test says in its line: how the table is headed, and its form
    "accuracy": ("right", "{:.1%}"),
    "flash_bytes": ("flash, bytes", "{:,.0f}"),
    "ram_bytes": ("RAM, bytes", "{:,.0f}"),
    "instructions": ("instructions", "{:,.0f}"),
    "latency_ms": ("latency, ms", "{:.2f}"),
}


def read_journal(course: Path, assignment: str = "ps10") -> list[dict]:
    """The last verdict on each student, from the journal that ``tinyml grade`` keeps.

    Raises
    ------
    DataError
        If there is no journal.
    """
    path = Path(course) / ".grading" / f"{assignment}.jsonl"
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError:
        raise DataError(
            f"There are no verdicts in {path}. First: tinyml grade {assignment} "
            f"--course {course}"
        ) from None
    last: dict[str, dict] = {}
    for line in lines:
        try:
            verdict = json.loads(line)
            last[verdict["student"]] = verdict
        except (ValueError, KeyError, TypeError):  # a killed grader began this line
            continue
    return list(last.values())


def figures(verdict: dict) -> dict[str, float] | None:
    """What the tests measured of a submission's model; None where nothing was.

    The line is looked for in the last thing that a test printed, and only if that test
    ran to its end on the tests' own side. There, what a student's code prints is
    marked, so that nobody can write the line themselves.
    """
    for book in verdict["notebooks"]:
        shared = {item["name"] for item in book["items"] if "shared" in item}
        for cell in book["cells"]:
            if cell["kind"] != "test" or cell["name"] in shared:
                continue
            if any(out["output_type"] == "error" for out in cell["outputs"]):
                continue
            texts = [o["text"] for o in cell["outputs"] if o.get("name") == "stdout"]
            found = _line(texts[-1]) if texts else None
            if found:
                return found
    return None


def _line(text: str) -> dict[str, float] | None:
    """The last line as figures, if it is JSON with all of them as finite numbers."""
    try:
        told = json.loads(text.strip().splitlines()[-1])
        found = {name: float(told[name]) for name in COLUMNS}
    except (ValueError, KeyError, TypeError, IndexError):
        return None
    return found if all(map(math.isfinite, found.values())) else None


def rows(verdicts: Iterable[dict], *, names: bool = False) -> list[dict]:
    """One row for each model that could be measured, the most often right first.

    Returns
    -------
    list of dict
        ``name``, ``front`` (no other model is at least as good in accuracy, RAM and
        latency and better in one), and the figures of :data:`COLUMNS`.
    """
    measured = [(v, f) for v in verdicts if (f := figures(v))]
    # The key depends on the work, so that a student's name does not tell the bird's.
    measured.sort(key=lambda pair: pair[0]["key"])
    found = []
    for number, (verdict, told) in enumerate(measured):
        again = number // len(BIRDS)
        bird = BIRDS[number % len(BIRDS)] + (f" {again + 1}" if again else "")
        found.append({"name": verdict["student"] if names else bird, **told})
    marks = [(r["accuracy"], -r["ram_bytes"], -r["latency_ms"]) for r in found]
    for row, mine in zip(found, marks, strict=True):
        row["front"] = not any(_beats(other, mine) for other in marks)
    return sorted(found, key=lambda r: (-r["accuracy"], r["ram_bytes"], r["name"]))


def _beats(a: tuple, b: tuple) -> bool:
    return a != b and all(p >= q for p, q in zip(a, b, strict=True))


def page(
    verdicts: Iterable[dict], *, names: bool = False, title: str = "Models of the class"
) -> str:
    """The whole page, as HTML."""
    verdicts = list(verdicts)
    table = rows(verdicts, names=names)
    without = len(verdicts) - len(table)
    costs = {"ram_bytes": "RAM (bytes)", "latency_ms": "latency (ms)"} if table else {}
    drawn = "".join(_scatter(table, key, what) for key, what in costs.items())
    kept = [row["name"] for row in table if row["front"]]
    summary = (
        f"{_models(len(table))}, measured on the emulated board on windows not met "
        f"before. No other model beats: {', '.join(kept)}."
        if table
        else "No model could be measured yet."
    )
    if without:
        summary += f" {without} more handed in nothing that could be measured."
    return _PAGE.format(
        title=escape(title),
        summary=escape(summary),
        figure=drawn,
        table=_table(table) if table else "",
    )


def _models(count: int) -> str:
    return f"{count} model{'' if count == 1 else 's'}"


def _table(table: list[dict]) -> str:
    head = "".join(f'<th scope="col">{text}</th>' for text, _ in COLUMNS.values())
    lines = []
    for number, row in enumerate(table, 1):
        cells = "".join(
            f"<td>{form.format(row[name])}</td>" for name, (_, form) in COLUMNS.items()
        )
        beaten = "not beaten" if row["front"] else ""
        lines.append(
            f'<tr><td>{number}</td><th scope="row">{escape(row["name"])}</th>{cells}'
            f"<td>{beaten}</td></tr>"
        )
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="All models"><table>'
        "<caption>All models, the most often right first</caption><thead><tr>"
        f'<th scope="col">no.</th><th scope="col">name</th>{head}'
        '<th scope="col">in accuracy, RAM and latency</th></tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _scatter(table: list[dict], key: str, what: str) -> str:
    """Accuracy against one cost, as SVG; numbers as in the table."""
    wide, high, left, low = 430, 320, 52, 270
    ticks = _ticks(max(row[key] for row in table))
    worst = min(row["accuracy"] for row in table)
    floor = min(0.9, math.floor(10 * worst) / 10)

    def x(value):
        return left + (wide - left - 20) * value / ticks[-1]

    def y(value):
        return low - (low - 20) * (value - floor) / (1 - floor)

    parts = []
    for value in ticks:
        parts.append(
            f'<line class="grid" x1="{x(value):.1f}" x2="{x(value):.1f}" y1="20" '
            f'y2="{low}"/><text x="{x(value):.1f}" y="{low + 18}" '
            f'text-anchor="middle">{value:,.6g}</text>'
        )
    for tenth in range(round(10 * floor), 11):
        at = y(tenth / 10)
        parts.append(
            f'<line class="grid" x1="{left}" x2="{wide - 20}" y1="{at:.1f}" '
            f'y2="{at:.1f}"/><text x="{left - 6}" y="{at + 4:.1f}" '
            f'text-anchor="end">{10 * tenth}%</text>'
        )
    for number, row in enumerate(table, 1):
        kind = "front" if row["front"] else "beaten"
        across, up = x(row[key]), y(row["accuracy"])
        beside = up - 6 if number % 2 else up + 15  # neighbours are often much alike
        parts.append(
            f'<circle class="{kind}" cx="{across:.1f}" cy="{up:.1f}" r="5"/>'
            f'<text x="{across + 8:.1f}" y="{beside:.1f}">{number}</text>'
        )
    best, cheap = table[0], min(table, key=lambda row: row[key])
    alt = (
        f"Accuracy against {what} of {len(table)} models. The most often right, "
        f"{best['name']}, has {best['accuracy']:.1%} at {best[key]:,.6g}; the one with "
        f"the least, {cheap['name']}, {cheap['accuracy']:.1%} at {cheap[key]:,.6g}. "
        "The table has all figures."
    )
    return (
        f'<svg viewBox="0 0 {wide} {high}" role="img" aria-label="{escape(alt)}">'
        f'{"".join(parts)}<text x="{(left + wide - 20) / 2:.0f}" y="{low + 40}" '
        f'text-anchor="middle">{escape(what)}</text>'
        f'<text x="{left}" y="12">right, on windows not met before</text></svg>'
    )


def _ticks(most: float) -> list[float]:
    """Round numbers from 0 to the first one that is not below ``most``.

    >>> _ticks(840)
    [0.0, 200.0, 400.0, 600.0, 800.0, 1000.0]
    """
    most = max(most, 1e-3)
    ten = 10.0 ** math.floor(math.log10(most))
    step = next(k * ten for k in (0.2, 0.5, 1.0, 2.0) if most <= 5 * k * ten)
    return [round(step * k, 9) for k in range(math.ceil(most / step - 1e-9) + 1)]


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --ink: #1a1a1a; --back: #fff; --line: #d0d0d0;
 --mark: #0060a8; }}
@media (prefers-color-scheme: dark) {{
 :root {{ --ink: #eee; --back: #181818; --line: #484848; --mark: #6ab7ff; }} }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
 padding: 0 1rem; color: var(--ink); background: var(--back); }}
.figures {{ display: flex; flex-wrap: wrap; gap: 1rem; }}
svg {{ flex: 1 1 20rem; max-width: 100%; }}
svg text {{ font: 12px system-ui, sans-serif; fill: var(--ink); }}
.grid {{ stroke: var(--line); }}
.front {{ fill: var(--mark); stroke: var(--mark); stroke-width: 2; }}
.beaten {{ fill: var(--back); stroke: var(--mark); stroke-width: 2; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }}
caption {{ text-align: left; font-weight: 600; padding: .5rem 0; }}
th, td {{ padding: .3rem .6rem; text-align: right; border-bottom: 1px solid var(--line);
 white-space: nowrap; }}
thead th {{ white-space: normal; vertical-align: bottom; }}
tr > :nth-child(2), tr > :last-child {{ text-align: left; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{summary}</p>
<p>A full dot: no other model is at least as good in accuracy, RAM and latency and
better in one of them. Accuracy is measured, bytes and instructions are counted,
latency is estimated from the core's cycles. The numbers are those of the table.</p>
<div class="figures">{figure}</div>
{table}
</main>
</body>
</html>
"""
