"""A student's notebook comes in; what passes and what is missing goes out.

Only what the student has is run: the visible tests, in a kernel of this machine, as
*Run All Cells* would, but past the first error. Hidden tests are not here.
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


@dataclass(frozen=True)
class Checked:
    """What came out.

    Attributes
    ----------
    rows : list of tuple
        (item, points, state, words): the state is ``"passes"``, ``"fails"``,
        ``"hidden"`` or ``"yours"`` (a person grades it).
    missing : list of str
        What is still to be done, in words.
    """

    rows: list[tuple[str, float, str, str]]
    missing: list[str] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        """Whether nothing is missing and no visible test fails."""
        return not self.missing and all(row[2] != "fails" for row in self.rows)

    def __str__(self) -> str:
        marks = {"passes": "passes", "fails": "FAILS", "hidden": "hidden tests"}
        marks["yours"] = "graded by a person"
        lines = []
        for name, points, state, words in self.rows:
            lines.append(f"{name:<24}{points:>4g}  {marks[state]}")
            lines += [f"      {line}" for line in words.splitlines()]
        lines += [f"Missing: {what}" for what in self.missing]
        passed = sum(row[1] for row in self.rows if row[2] == "passes")
        seen = sum(row[1] for row in self.rows if row[2] in ("passes", "fails"))
        lines.append(f"{passed:g} of the {seen:g} points whose tests you can see.")
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
        cells, odd = assemble(released, read_work(path.read_bytes()))
    except SubmissionError as error:
        raise DataError(f"{path.name}: {error}") from None
    cells = [cell for cell in cells if cell.kind != "aside"]
    outputs = _run([c for c in cells if c.is_code], path.parent, progress, seconds)
    rows, missing = [], list(odd)
    for cell in cells:
        given = released_text(released, cell.name)
        written = cell.source.strip() != given.strip()
        if cell.kind == "manual":
            rows.append((cell.name, cell.points, "yours", ""))
            if not written:
                missing.append(f"nothing is written in {cell.name}")
        elif cell.kind == "solution" and _STUB.search(cell.source):
            missing.append(f"{cell.name} still raises NotImplementedError")
        elif cell.kind == "test":
            rows.append(_row(cell, outputs.get(cell.name, [])))
        if 'STUDENT = "your-name"' in cell.source:
            missing.append("your name: STUDENT is still your-name")
    return Checked(rows, missing)


def released_text(released: Sheet, name: str) -> str:
    """A cell as it was given out; empty for a cell of the student's own."""
    return next((c.source for c in released.cells if c.name == name), "")


def _row(cell, outputs) -> tuple[str, float, str, str]:
    plain = [line for line in cell.source.splitlines() if line.strip()]
    if all(line.lstrip().startswith("#") for line in plain):
        return cell.name, cell.points, "hidden", ""
    got = points_of(outputs, cell.points)
    if got >= cell.points:
        return cell.name, cell.points, "passes", ""
    words = [f"{got:g} of {cell.points:g} points so far"] if got else []
    for output in outputs:
        if output["output_type"] == "error":
            words.append(f"{output['ename']}: {output['evalue']}"[:500])
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
            client.execute()
        except DeadKernelError:
            raise DataError("A cell ended the kernel; run them one by one.") from None
        except CellExecutionError:
            pass  # a cell that was stopped says so in its outputs
    return {c.name: made.outputs for c, made in zip(cells, book.cells, strict=True)}
