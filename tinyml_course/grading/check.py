"""A student's notebook comes in; what passes and what is missing goes out.

Only what the student has is run: the visible tests, in a kernel of this machine, as
*Run All Cells* would, but past the first error, and without the cells that grading
leaves out, too. Hidden tests are not here.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tinyml_course.errors import DataError
from tinyml_course.grading.sheet import Sheet, SubmissionError, assemble, read_work
from tinyml_course.grading.verdict import points_of

__all__ = ["Checked", "check"]

_STUB = re.compile(r"^\s*raise NotImplementedError\(\)\s*$", re.M)
_PLACE = re.compile(r"\((?:\d+\.py|<[^>]*>), (line \d+)\)")
_COURSE = re.compile(r"^COURSE = (\d+)", re.M)
_MUCH = 1_000_000  # characters printed by one cell
_MARKS = {
    "passes": "passes",
    "fails": "FAILS",
    "todo": "not written yet",
    "hidden": "hidden tests",
    "yours": "graded by a person",
}


@dataclass(frozen=True)
class Checked:
    """What came out.

    Attributes
    ----------
    rows : list of tuple
        (item, points, state, words): the state is ``"passes"``, ``"fails"``,
        ``"todo"`` (its function is not written), ``"hidden"`` or ``"yours"`` (a person
        grades it).
    missing : list of str
        What is still to be done, in words.
    """

    rows: list[tuple[str, float, str, str]]
    missing: list[str] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        """Whether nothing is missing and no visible test fails."""
        failing = [row for row in self.rows if row[2] in ("fails", "todo")]
        return not self.missing and not failing

    def _points(self, *states: str) -> float:
        return sum(points for _, points, state, _ in self.rows if state in states)

    def __str__(self) -> str:
        lines = []
        for name, points, state, words in self.rows:
            lines.append(f"{name:<24}{points:>4g}  {_MARKS[state]}")
            lines += [f"      {line}" for line in words.splitlines()]
        lines += [f"To do: {what.rstrip('.')}." for what in self.missing]
        passed, seen = self._points("passes"), self._points("passes", "fails", "todo")
        told = [f"{passed:g} of the {seen:g} points whose tests you can see"]
        if hidden := self._points("hidden"):
            told.append(f"{hidden:g} more have hidden tests")
        if by_hand := self._points("yours"):
            told.append(f"{by_hand:g} a person gives")
        lines.append("; ".join(told) + "." + " Ready to hand in." * self.ready)
        return "\n".join(lines)


def check(
    path: Path,
    released: Sheet,
    *,
    progress: Callable[[int, int], None] | None = None,
    seconds: int = 60,
) -> Checked:
    """Run a student's notebook with its visible tests.

    Parameters
    ----------
    path : Path
        The notebook; it is not changed.
    released : Sheet
        The assignment as it was given out.
    progress : callable, optional
        ``progress(done, total)`` after each cell.
    seconds : int
        For one cell.

    Raises
    ------
    DataError
        If the file is no notebook that could be handed in.
    """
    try:
        work = read_work(path.read_bytes())
        cells, odd = assemble(released, work)
    except SubmissionError as error:
        raise DataError(f"{path.name}: {error}") from None
    cells = [cell for cell in cells if cell.kind != "aside"]
    outputs = _run([c for c in cells if c.runs], path.parent, progress, seconds)
    rows, own = [], []
    edited = ": in grading it is as it was given"
    missing = [what + edited * what.endswith("was edited") for what in odd]
    if told := _other_course(released, work):
        missing = [what for what in missing if "student-data was edited" not in what]
        missing += told
    for cell in cells:
        given = released_text(released, cell.name)
        written = cell.source.strip() != given.strip()
        if cell.kind == "manual":
            rows.append((cell.name, cell.points, "yours", ""))
            if not written and not cell.is_task:
                missing.append(f"nothing is written in {cell.name}")
        elif cell.kind == "solution" and _STUB.search(cell.source):
            missing.append(f"{cell.name} still raises NotImplementedError")
        elif cell.kind == "test":
            rows.append(_row(cell, outputs.get(cell.name, []), seconds))
        elif cell.is_code:
            found = missing if cell.kind != "free" else own
            found += _trouble(cell, outputs.get(cell.name, []), seconds)
        if 'STUDENT = "your-name"' in cell.source:
            missing.append("your name: STUDENT is still your-name")
    return Checked(rows, missing or own)  # else they may only be what follows


def released_text(released: Sheet, name: str) -> str:
    """A cell as it was given out; empty for a cell of the student's own."""
    return next((c.source for c in released.cells if c.name == name), "")


def _other_course(released: Sheet, work: list[dict]) -> list[str]:
    """That a copy is of another class: the number in its locked cell is another."""
    given = _COURSE.search(released_text(released, "student-data"))
    found = (_COURSE.search(c["text"]) for c in work if c["name"] == "student-data")
    theirs = next(found, None)
    if not (given and theirs) or theirs[1] == given[1]:
        return []
    return [
        f"this copy has COURSE = {theirs[1][:20]}, and your class has COURSE = "
        f"{given[1]}: it is of another class or year, with other data. Write your "
        "answers into the copy that your class hands out"
    ]


def _trouble(cell, outputs, seconds) -> list[str]:
    """Why a cell that is no test stopped, or that it prints too much."""
    text = next((line for line in cell.source.splitlines() if line.strip()), "")
    title = f"the cell {text.strip()[:40]!r}" if cell.kind == "free" else cell.name
    printed = sum(len(out.get("text", "")) for out in outputs)
    found = [_error(out, seconds) for out in outputs if out["output_type"] == "error"]
    if found and not found[0].startswith("NotImplementedError"):
        return [f"{title} stops with {found[0]}"]
    if printed > _MUCH:
        return [f"{title} prints {printed:,} characters: print less"]
    return []


def _error(output, seconds) -> str:
    """An exception in one line or few: its name, its words, for syntax the line."""
    name, words = output["ename"], output["evalue"].strip()[:500]
    if name == "KeyboardInterrupt":
        return f"{name}: it took longer than {seconds} seconds"
    if name == "StdinNotImplementedError":
        return "input(): nobody answers when you are graded"
    words = _PLACE.sub(r"(\1)", words)  # a file's name that nobody gave
    return f"{name}: {words}" if words else name


def _row(cell, outputs, seconds) -> tuple[str, float, str, str]:
    plain = [line for line in cell.source.splitlines() if line.strip()]
    if all(line.lstrip().startswith("#") for line in plain):
        return cell.name, cell.points, "hidden", ""
    got = points_of(outputs, cell.points)
    if got >= cell.points:
        return cell.name, cell.points, "passes", ""
    words = [f"{got:g} of {cell.points:g} points so far"] if got else []
    for output in outputs:
        if output["output_type"] == "error":
            if output["ename"] == "NotImplementedError" and not got:
                return cell.name, cell.points, "todo", ""
            words.append(_error(output, seconds))
        elif output.get("name") == "stderr":
            words.append(f"It warns: {output['text'].strip()[:500]}")
        elif output["output_type"] == "stream":
            words.append(output["text"].strip()[:500])
    words += [f"Hint: {cell.hint}"] if cell.hint else []
    return cell.name, cell.points, "fails", "\n".join(words)


def _run(cells, folder, progress, seconds) -> dict[str, list]:
    """The outputs of each cell, by its name; one that takes too long is stopped."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError
    from nbformat.v4 import new_code_cell, new_notebook
    from traitlets.config import Config

    book = new_notebook(cells=[new_code_cell(cell.source) for cell in cells])

    def ran(cell, cell_index, execute_reply):
        if progress:
            progress(cell_index + 1, len(cells))

    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    with tempfile.TemporaryDirectory(prefix="tinyml-") as pipes:
        wires = {"transport": "ipc", "ip": f"{pipes}/kernel"}
        client = NotebookClient(
            book,
            config=Config(KernelManager=wires if os.name == "posix" else {}),
            timeout=seconds,
            kernel_name="python3",
            allow_errors=True,
            interrupt_on_timeout=True,
            resources={"metadata": {"path": str(folder.resolve())}},
            on_cell_executed=ran,
            extra_arguments=["--log-level=ERROR"],
        )
        try:
            # so that a cell can know: what is handed in is not made anew in grading
            client.execute(env={**os.environ, "NBGRADER_EXECUTION": "validate"})
        except DeadKernelError:
            raise DataError("A cell ended the kernel; run them one by one.") from None
        except CellExecutionError:
            pass  # a cell that was stopped says so in its outputs
    return {c.name: made.outputs for c, made in zip(cells, book.cells, strict=True)}
