"""What a class handed in comes in; what is odd about it, and who wrote alike, come out.

Nothing is run, so that also what cannot be graded is read. Alike is not copied: two may
have sat together where that was allowed, or follow one book. The report says what to
look at; a person compares, and asks.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from dataclasses import asdict, replace
from pathlib import Path

from tinyml_course.errors import DataError
from tinyml_course.grading.course import Course
from tinyml_course.grading.feedback import latest
from tinyml_course.grading.sheet import (
    Sheet,
    SubmissionError,
    assemble,
    read_work,
    visible_part,
)
from tinyml_course.grading.similar import Text, alike, code, groups, prose
from tinyml_course.grading.verdict import digest_of

__all__ = ["as_text", "examine"]

SMALLEST_BYTES = 100  # an equal file that is smaller says nothing
SALVAGED_BYTES = 2_000_000  # of a file that is no notebook
OTHER = "other cells"
_FREE = (OTHER, "other text")
_NAMED = re.compile(rb'"STUDENT = \\"([\w.@-]{1,60})\\"')  # as JSON has it


def examine(assignment: str, course: Path) -> dict:
    """Look through everybody's submissions of an assignment.

    Parameters
    ----------
    assignment : str
        Its name, as nbgrader knows it.
    course : Path
        The course's folder: any nbgrader course.

    Returns
    -------
    dict
        ``assignment``; ``students``, by name what is ``odd`` (list of str); ``similar``
        and ``reference``, pairs and single students as
        :class:`~tinyml_course.grading.similar.Likeness` has them; ``groups`` of
        students that hang together by pairs; ``files`` that some have byte for byte
        (``name``, ``bytes``, ``names``).

    Raises
    ------
    DataError
        If there is no such course or assignment, or nobody has handed in.
    """
    place = Course(course)
    sheets = place.sheets(assignment)
    everybody = place.students(assignment)
    if not everybody:
        raise DataError(
            f"Nobody has handed in {assignment}: expected folders like "
            f"{place.folders.submitted_directory}/STUDENT/{assignment} in {place.root}."
        )
    given_files = place.files(assignment)
    journal = place.root / ".grading" / f"{assignment}.jsonl"
    verdicts = {verdict["student"]: verdict for verdict in latest(journal)}
    several = len(sheets) > 1
    given = [text for sheet in sheets for text in _given(sheet)]
    works, whole, files, students = {}, {}, {}, {}
    for student in everybody:
        notebooks, mine, odd = place.work(assignment, student, [s.name for s in sheets])
        works[student], whole[student] = {}, {}
        for sheet in sheets:
            content = notebooks[sheet.name]
            texts, found = _read(sheet, content)
            odd += found
            written = [text for name, text in texts.items() if name not in _FREE]
            if any(text.tokens and text not in given for text in written):
                whole[student][f"{sheet.name}.ipynb"] = content
            odd += _named_after(student, content, everybody)
            prefix = f"{sheet.name}/" if several else ""
            works[student] |= {prefix + name: text for name, text in texts.items()}
        mine = {name: some for name, some in mine.items() if name not in given_files}
        for name in sorted(mine):
            if name.endswith(".py"):
                works[student][name] = code(mine[name].decode("utf-8", "replace"))
        told = verdicts.get(student, {})
        if told.get("work") == digest_of(notebooks, {**mine, **given_files}):
            odd += told.get("notes", [])
        elif "work" in told:
            odd.append("handed in again since it was graded")
        students[student] = {"odd": odd}
        files[student] = mine | whole[student]
    reference = {
        (f"{sheet.name}/" if several else "") + cell.name: _text(cell)
        for sheet in sheets
        for cell in sheet.cells
        if cell.kind in ("solution", "manual")
    }
    pairs = alike(works, given)
    return {
        "assignment": assignment,
        "students": students,
        "similar": [asdict(pair) for pair in pairs],
        "groups": [list(group) for group in groups(pairs)],
        "reference": [asdict(one) for one in alike(works, given, reference)],
        "files": _equal_files(files, set(given_files.values())),
    }


def as_text(report: dict) -> str:
    """The report in words, for a terminal."""
    students = report["students"]
    count = f"{len(students)} submission{'' if len(students) == 1 else 's'}"
    lines = [f"{report['assignment']}: {count}", "", "Odd"]
    odd = {name: one["odd"] for name, one in students.items() if one["odd"]}
    for name, found in odd.items():
        lines += [f"  {name if k == 0 else '':<24} {w}" for k, w in enumerate(found)]
    lines += _none(odd) + ["", "Similar"]
    near = {name for one in report["reference"] for name in one["names"]}
    for pair in report["similar"]:
        lines += _likeness(pair)
        if set(pair["names"]) <= near:
            lines.append(f"{'':<27}both are close to the reference solution")
    lines += _none(report["similar"])
    large = [group for group in report["groups"] if len(group) > 2]
    lines += [f"  together: {', '.join(group)}" for group in large]
    lines += ["", "Close to the reference solution"]
    for one in report["reference"]:
        lines += _likeness(one)
    lines += _none(report["reference"]) + ["", "The same file"]
    for file in report["files"]:
        who = ", ".join(file["names"])
        lines.append(f"  {who:<24} {file['name']}, {file['bytes']:,} bytes")
    lines += _none(report["files"])
    if report["similar"] or report["reference"] or report["files"]:
        lines += ["", "Similar is not copied: compare the works, and ask."]
    return "\n".join(map(_plain, lines))


def _plain(line: str) -> str:
    """For a terminal: what students wrote moves no cursor."""
    return "".join(sign if sign.isprintable() else "?" for sign in line)


def _none(found) -> list[str]:
    return [] if found else ["  nothing"]


def _likeness(one: dict) -> list[str]:
    cells = sorted(one["cells"].items(), key=lambda pair: (-pair[1], pair[0]))
    told = ", ".join(f"{name} {share:.0%}" for name, share in cells)
    return [
        f"  {', '.join(one['names']):<24} {one['share']:.0%} of the shorter work; "
        f"longest passage {one['run']} words or signs",
        f"{'':<27}{told}",
    ]


# -- what is compared --------------------------------------------------------------


def _text(cell, source: str | None = None) -> Text:
    """A cell's tokens: of its own text, or of another version of it."""
    return (code if cell.is_code else prose)(cell.source if source is None else source)


def _given(sheet: Sheet) -> list[Text]:
    """What all students got of a notebook."""
    found = []
    for cell in sheet.cells:
        released = [
            sheet.released.get(cell.name, ""),
            *sheet.earlier.get(cell.name, ()),
        ]
        found += [_text(cell, text) for text in released]
        if cell.kind not in ("solution", "manual"):
            found.append(_text(cell, visible_part(cell.source)))
    return found


def _read(sheet: Sheet, content: bytes | None) -> tuple[dict[str, Text], list[str]]:
    """The texts of one notebook that are the student's own, and what is odd."""
    if content is None:
        return {}, [f"{sheet.name}.ipynb was not handed in"]
    try:
        cells, odd = assemble(sheet, read_work(content))
    except SubmissionError as error:
        return {"the file": code(_salvaged(content))}, [f"{sheet.name}: {error}"]
    texts = {c.name: _text(c) for c in cells if c.kind in ("solution", "manual")}
    for kind, name in (("free", OTHER), ("text", "other text")):
        free = [c for c in cells if c.kind == kind and c.name.startswith("free-")]
        if free:
            each = [_text(cell) for cell in free]
            tokens = itertools.chain.from_iterable((*one.tokens, "") for one in each)
            texts[name] = replace(each[0], tokens=tuple(tokens))
    return texts, odd


def _named_after(student: str, content: bytes | None, everybody: list[str]):
    """That the line ``STUDENT = ...`` has the name of another who handed in."""
    for name in map(bytes.decode, _NAMED.findall(content or b"")):
        if name != student and name in everybody:
            return [f"STUDENT says {name!r}, who is another"]
    return []


def _salvaged(content: bytes) -> str:
    """What a file that is no notebook says: its strings, where it began as JSON."""
    text = content[:SALVAGED_BYTES].decode("utf-8", "replace")
    if not text.lstrip().startswith("{"):
        return text
    parts = []
    for found in re.findall(r'"(?:[^"\\\n]|\\.)*"(?!\s*:)', text):
        try:
            parts.append(json.loads(found))
        except ValueError:
            continue
    return "".join(parts)


def _equal_files(files: dict[str, dict[str, bytes]], given: set[bytes]) -> list[dict]:
    """Files that some students have, byte for byte, and not half of the class."""
    owners: dict[str, dict[str, tuple[str, int]]] = {}
    for student, mine in files.items():
        for name, content in mine.items():
            if len(content) >= SMALLEST_BYTES and content not in given:
                digest = hashlib.sha256(content).hexdigest()
                owners.setdefault(digest, {})[student] = (name, len(content))
    found = []
    for some in owners.values():
        if len(some) > 1 and (len(some) <= len(files) / 2 or len(files) < 5):
            name, size = next(iter(some.values()))
            found.append({"name": name, "bytes": size, "names": sorted(some)})
    return sorted(found, key=lambda one: (one["names"], one["name"]))
