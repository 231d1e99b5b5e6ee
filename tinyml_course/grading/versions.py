"""The instructor's version of an assignment comes in, the students' is kept up with it.

A test is mended: then nbgrader makes the release version anew, and what students got
before is remembered, so that their copies are known for what they are. All versions
that were met lie in ``.grading/NAME.released.jsonl``, one a line, the last one valid.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from tinyml_course.errors import DataError, ToolError
from tinyml_course.grading.sheet import Sheet, texts_of

__all__ = [
    "earlier_texts",
    "filled_in",
    "is_current",
    "is_template",
    "make_release",
    "remember",
]


def is_current(book, assignment: str, sheets: list[Sheet]) -> bool:
    """Whether the gradebook has the tests, the locked cells and the points of these.

    Parameters
    ----------
    book : nbgrader.api.Gradebook
        Open.
    assignment : str
        Its name.
    sheets : list of Sheet
        As the instructor's notebooks are now.
    """
    from nbgrader.api import MissingEntry

    try:
        for sheet in sheets:
            notebook = book.find_notebook(sheet.name, assignment)
            known = {cell.name: cell.source for cell in notebook.source_cells}
            graded = [*notebook.grade_cells, *notebook.task_cells]
            points = {cell.name: cell.max_score for cell in graded}
            if points != {cell.name: cell.points for cell in sheet.items}:
                return False
            for cell in sheet.cells:
                ours = cell.kind in ("test", "given") and not _is_rewritten(cell.source)
                if ours and known.get(cell.name, cell.source) != cell.source:
                    return False
    except MissingEntry:
        return False
    return True


def is_template(source: str) -> bool:
    """Whether nbgrader writes the tests of a cell: ``### AUTOTEST mean(x)``."""
    return "AUTOTEST" in source


def filled_in(book, assignment: str, sheet: Sheet) -> Sheet:
    """A notebook with the tests that nbgrader wrote where there were templates."""
    from nbgrader.api import MissingEntry

    try:
        notebook = book.find_notebook(sheet.name, assignment)
    except MissingEntry:
        return sheet
    texts = {cell.name: cell.source for cell in notebook.source_cells}
    cells = [
        replace(cell, source=texts.get(cell.name, cell.source))
        if cell.kind == "test" and is_template(cell.source)
        else cell
        for cell in sheet.cells
    ]
    return replace(sheet, cells=tuple(cells))


def _is_rewritten(source: str) -> bool:
    """Whether nbgrader changes such a cell itself when it makes the release."""
    return is_template(source) or "BEGIN SOLUTION" in source


def make_release(root: Path, assignment: str) -> None:
    """Have nbgrader make the release version and enter it in the gradebook.

    Raises
    ------
    DataError
        If cells were added or removed after somebody was graded: nbgrader keeps them.
    ToolError
        If nbgrader refuses for another reason, with that reason.
    """
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", assignment]
        + ["--force"],
        cwd=root,
        capture_output=True,
        text=True,
    )
    if not done.returncode:
        return
    if "Cannot add or remove cells" in done.stderr:
        raise DataError(
            f"In {assignment}, cells were added, removed or renamed after somebody was "
            "graded, which nbgrader does not allow. Put what is new into a cell that "
            "was there, or restore the cells."
        )
    # nbgrader shows the traceback of the reason, and then an error of its own
    lines = re.findall(r"^\w[\w.]*(?:Error|Exception): .+", done.stderr, re.M)
    lines = lines or [line for line in done.stderr.splitlines() if "ERROR" in line]
    reason = (lines or done.stderr.splitlines() or ["no reason given"])[-1]
    raise ToolError(f"nbgrader cannot release {assignment}: {reason}")


def remember(root: Path, assignment: str, release: Path) -> None:
    """Note the texts of a release version, where they are not noted yet."""
    texts = {}
    for path in sorted(release.glob("*.ipynb")):
        try:
            texts[path.stem] = texts_of(path.read_text("utf-8"))
        except (ValueError, KeyError, AttributeError, TypeError):
            continue  # somebody's own file beside ours
    noted = _noted(root, assignment)
    if not texts or (noted and noted[-1] == texts):
        return
    path = root / ".grading" / f"{assignment}.released.jsonl"
    path.parent.mkdir(exist_ok=True)
    half = path.with_name(path.name + ".part")
    half.write_text("".join(json.dumps(one) + "\n" for one in [*noted, texts]), "utf-8")
    half.replace(path)


def earlier_texts(root: Path, assignment: str, name: str) -> dict[str, tuple[str, ...]]:
    """The texts that the cells of a notebook had in all versions that were met."""
    found: dict[str, tuple[str, ...]] = {}
    for version in _noted(root, assignment):
        for cell, text in version.get(name, {}).items():
            if text not in found.get(cell, ()):
                found[cell] = (*found.get(cell, ()), text)
    return found


def _noted(root: Path, assignment: str) -> list[dict]:
    path = root / ".grading" / f"{assignment}.released.jsonl"
    found = []
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found
