"""The instructor's notebook and a student's come in; the cells to be graded come out.

The frame is the instructor's: its test cells, its locked cells, their order and their
points. Of a submission only the text of solution cells and of cells without a grade id
is taken. What was done to the frame is told to the instructor, and changes nothing.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from dataclasses import dataclass, field, replace

from tinyml_course.errors import CourseError

__all__ = [
    "Cell",
    "Sheet",
    "SubmissionError",
    "assemble",
    "hint_in",
    "read_sheet",
    "read_work",
    "texts_of",
    "visible_part",
]

LARGEST_BYTES = 100_000_000
QUICK_BYTES = 2_000_000  # beyond that a file is read by a process of its own
READER_BYTES = 3_000_000_000  # and that may take so much memory
TEXT_CHARACTERS = 5_000_000  # of all cells together
MOST_CELLS = 2_000
_HIDDEN = re.compile(
    r"^[^\n]*BEGIN HIDDEN TESTS.*?(?:END HIDDEN TESTS[^\n]*(?:\n|\Z)|\Z)", re.M | re.S
)
_HINT = re.compile(r"^[ \t]*### HINT:[ \t]*(.*)\n?", re.M)
_CLAIMS = ("points", "grade", "solution", "locked", "task")
_SKIP = "skip-execution"  # the tag of cells that nbclient, and so nbgrader, leaves out


class SubmissionError(CourseError):
    """A submitted file that cannot be graded at all; the message says why."""


@dataclass(frozen=True)
class Cell:
    """One cell, as it will be run.

    Attributes
    ----------
    kind : str
        ``test``; ``manual``, graded by a person; ``solution``; ``given``, locked;
        ``free``, with no grade id; ``aside``, the instructor's version of those;
        ``text``, whatever is not code and not graded.
    name : str
        The grade id; of a cell without one, a number.
    source : str
        What is run: of a test, with its hidden part.
    points : float
        The most that it gives.
    metadata : dict
        As the instructor's notebook has it (for ``free``: no more than the tag of a
        cell that is not to be run).
    is_code : bool
        Whether it is code.
    """

    kind: str
    name: str
    source: str
    points: float = 0.0
    metadata: dict = field(default_factory=dict)
    is_code: bool = True

    @property
    def runs(self) -> bool:
        """Whether it is run: code, and not tagged ``skip-execution``."""
        return self.is_code and not _is_skipped(self.metadata)

    @property
    def is_task(self) -> bool:
        """Whether it only says what is to be done, in other cells, for a person."""
        return bool(self.metadata.get("nbgrader", {}).get("task"))

    @property
    def hint(self) -> str:
        """The hint that the author wrote into a test cell; empty if there is none."""
        return hint_in(self.source)


@dataclass(frozen=True)
class Sheet:
    """The instructor's notebook, with the reference solution.

    Attributes
    ----------
    name : str
        Of the notebook, without its ending.
    cells : tuple of Cell
        All of its cells.
    released : dict
        Text of each cell with a grade id as students got it.
    metadata : dict
        Of the notebook.
    earlier : dict
        Other texts of these cells, from versions that were released before.
    """

    name: str
    cells: tuple[Cell, ...]
    released: dict[str, str] = field(default_factory=dict)
    metadata: dict = field(default_factory=dict)
    earlier: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def items(self) -> list[Cell]:
        """The cells that give points."""
        return [cell for cell in self.cells if cell.kind in ("test", "manual")]


def hint_in(source: str) -> str:
    """The lines ``### HINT:`` of a test, as one text."""
    return " ".join(_HINT.findall(source)).strip()


def visible_part(source: str) -> str:
    """A test as students may see it: without its hidden part, and without its hint."""
    return _HINT.sub("", _HIDDEN.sub("", source)).rstrip()


def read_sheet(name: str, source: str, release: str | None = None) -> Sheet:
    """The instructor's notebook, from the text of its file and of its release."""
    notebook = json.loads(source)
    cells = [_cell(cell, str(k)) for k, cell in enumerate(notebook["cells"])]
    released = texts_of(release) if release else {}
    return Sheet(name, tuple(cells), released, notebook.get("metadata", {}))


def texts_of(notebook: str) -> dict[str, str]:
    """The text of each cell with a grade id, from a notebook's file."""
    found = {}
    for cell in json.loads(notebook)["cells"]:
        told = cell.get("metadata", {}).get("nbgrader", {})
        if "grade_id" in told:
            found[told["grade_id"]] = _text(cell)
    return found


def read_work(content: bytes) -> list[dict]:
    """The cells of a submitted notebook: their type, text and grade id.

    Raises
    ------
    SubmissionError
        If it is no notebook that can be read.
    """
    if len(content) > LARGEST_BYTES:
        raise SubmissionError(
            f"The file has {len(content):,} bytes; at most {LARGEST_BYTES:,} are read. "
            "Clear the outputs (Edit, Clear Outputs of All Cells), save, hand in again."
        )
    if not content.strip():
        raise SubmissionError("The file is empty. Hand in the notebook itself.")
    if len(content) > QUICK_BYTES:
        return _read_elsewhere(content)
    found = _cells(content)
    if len(found) > MOST_CELLS:
        raise SubmissionError(
            f"The notebook has {len(found):,} cells; at most {MOST_CELLS:,} are run."
        )
    if sum(len(cell["text"]) for cell in found) > TEXT_CHARACTERS:
        raise SubmissionError(
            f"The text of the cells is too long; at most {TEXT_CHARACTERS:,} "
            "characters are read. Put data into files."
        )
    return found


def _read_elsewhere(content: bytes) -> list[dict]:
    """Read a large file in a process of its own: what it says may fill the memory."""
    command = [sys.executable, "-c", f"from {__name__} import _read_input as r; r()"]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=60)
        told = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        raise SubmissionError(
            f"The file has {len(content):,} bytes, and they are too much to read as a "
            "notebook. Clear the outputs (Edit, Clear Outputs of All Cells), save, "
            "hand in again."
        ) from None
    if isinstance(told, str):
        raise SubmissionError(told)
    return told


def _read_input() -> None:
    global QUICK_BYTES
    QUICK_BYTES = LARGEST_BYTES
    with contextlib.suppress(ImportError):  # not on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (READER_BYTES, READER_BYTES))
    try:
        print(json.dumps(read_work(sys.stdin.buffer.read())))
    except SubmissionError as error:
        print(json.dumps(str(error)))


def _cells(content: bytes) -> list[dict]:
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise SubmissionError(
            "The file is no notebook: it cannot be read as JSON. Open it in "
            "JupyterLab, save it, and hand in that file."
        ) from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        old = isinstance(notebook, dict) and "worksheets" in notebook
        raise SubmissionError(
            "The notebook has an old format. Open it in JupyterLab and save it."
            if old
            else "The file is no notebook: it has no list of cells."
        )
    if notebook.get("nbformat") != 4:
        raise SubmissionError(
            f"The notebook says format {ascii(notebook.get('nbformat'))[:20]}; "
            "expected 4. Open it in JupyterLab and save it."
        )
    found = []
    for cell in notebook["cells"]:
        if not isinstance(cell, dict):
            continue
        told = cell.get("metadata")
        told = told.get("nbgrader", {}) if isinstance(told, dict) else None
        name = told.get("grade_id") if isinstance(told, dict) else None
        found.append(
            {
                "type": cell.get("cell_type"),
                "text": _text(cell),
                "name": name if isinstance(name, str) else None,
                "skip": _is_skipped(cell.get("metadata")),
                "told": _claims(told) if isinstance(told, dict) else None,
            }
        )
    return found


def _claims(told: dict) -> dict:
    """What a cell says of itself, where that is short."""
    plain = (bool, int, float, type(None))
    return {k: told[k] for k in _CLAIMS if k in told and isinstance(told[k], plain)}


def assemble(sheet: Sheet, work: list[dict]) -> tuple[list[Cell], list[str]]:
    """The cells to run, in the instructor's order, and what is odd about the work."""
    frame = {c.name: c for c in sheet.cells if "nbgrader" in c.metadata}
    after: dict[str | None, list[Cell]] = {None: []}
    mine: dict[str, str] = {}
    odd, anchor = [], None
    for number, cell in enumerate(work):
        name = cell["name"]
        if cell.get("told", {}) is None:
            odd.append(f"cell number {number + 1} has odd metadata")
        if name in frame and name not in mine:
            anchor = name
            mine[name] = cell["text"]
            odd += _oddities(frame[name], cell, sheet)
            continue
        if name in frame:
            odd.append(f"cell {name} is there more than once; the first one counts")
            continue
        if name is not None:
            odd.append(f"cell {name[:60]!a} is not in the assignment")
        is_code = cell["type"] == "code"
        kind = "free" if is_code else "text"
        tags = {"tags": [_SKIP]} if cell.get("skip") else {}
        free = Cell(kind, f"free-{number}", cell["text"], 0.0, tags, is_code)
        after.setdefault(anchor, []).append(free)
    cells, pending = [], after[None]
    for cell in sheet.cells:
        if cell.kind == "free":  # the instructor's own version, for the tests alone
            cells.append(replace(cell, kind="aside"))
        if cell.name not in frame:
            continue
        if cell.name not in mine:
            odd.append(f"cell {cell.name} is missing")
        if cell.kind in ("solution", "manual"):
            cell = replace(cell, source=mine.get(cell.name, ""))
        cells += [*pending, cell]
        pending = after.get(cell.name, [])
    return [*cells, *pending], odd


def _oddities(cell: Cell, handed_in: dict, sheet: Sheet) -> list[str]:
    """What was done to a cell that is the instructor's."""
    odd = []
    if (handed_in["type"] == "code") != cell.is_code:
        odd.append(f"cell {cell.name} has become a cell of another type")
    told, known = handed_in.get("told", {}), cell.metadata["nbgrader"]
    for key in _CLAIMS:
        if key in told and key in known and told[key] != known[key]:
            odd.append(f"cell {cell.name} says {key}: {str(told[key])[:20]}")
    text = handed_in["text"].strip()
    released = sheet.released.get(cell.name, text)
    if cell.kind in ("test", "given") and text != released.strip():
        before = {old.strip() for old in sheet.earlier.get(cell.name, ())}
        how = "is from an earlier version" if text in before else "was edited"
        odd.append(f"cell {cell.name} {how}")
    return odd


def _cell(cell: dict, number: str) -> Cell:
    told = cell.get("metadata", {}).get("nbgrader", {})
    is_code = cell["cell_type"] == "code"
    if not told.get("grade_id"):
        kind = "free" if is_code else "text"
        tags = {"tags": [_SKIP]} if _is_skipped(cell.get("metadata")) else {}
        return Cell(kind, number, _text(cell), 0.0, tags, is_code)
    if told.get("task") or (told.get("grade") and told.get("solution")):
        kind = "manual"
    elif told.get("grade"):
        kind = "test" if is_code else "manual"
    elif told.get("solution"):
        kind = "solution"
    else:
        kind = "given" if is_code else "text"
    points = float(told.get("points") or 0)
    return Cell(kind, told["grade_id"], _text(cell), points, cell["metadata"], is_code)


def _is_skipped(metadata) -> bool:
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return isinstance(tags, list) and _SKIP in tags


def _text(cell: dict) -> str:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        return ""
    return source.encode("utf-8", "replace").decode()  # no halves of characters
