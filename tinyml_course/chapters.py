"""Chapters as text come in, notebooks come out, executed where that is asked.

A chapter is written in ``notebooks/src/NN_name.py`` (py:percent); :func:`build` makes
``notebooks/NN_name.ipynb`` from it, without outputs; :func:`execute` runs a notebook
headless and keeps the result in ``build/executed/`` for the book.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tinyml_course.errors import CourseError

__all__ = [
    "ROOT",
    "ChapterError",
    "Execution",
    "build",
    "execute",
    "executed",
    "find",
    "sources",
]

ROOT = Path(__file__).resolve().parents[1]
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_WIDGETS = "application/vnd.jupyter.widget-state+json"
_VIEW = "application/vnd.jupyter.widget-view+json"


class ChapterError(CourseError):
    """A cell or a widget of a chapter failed while it was executed."""


@dataclass(frozen=True)
class Execution:
    """One chapter, executed.

    Attributes
    ----------
    path : Path
        The notebook that was executed; it is as it was.
    saved : Path or None
        Where the executed notebook is, for a chapter of the checkout.
    cells : int
        How many code cells ran.
    seconds, slowest_seconds : float
        Time of the whole, with the start of the kernel, and of its slowest cell.
    """

    path: Path
    saved: Path | None
    cells: int
    seconds: float
    slowest_seconds: float


def sources(root: Path = ROOT) -> list[tuple[Path, Path]]:
    """Pairs of a chapter's or app's text and the notebook that is made from it."""
    folder = root / "notebooks"
    return [
        (path, folder / path.relative_to(folder / "src").with_suffix(".ipynb"))
        for path in sorted((folder / "src").rglob("*.py"))
    ]


def build(root: Path = ROOT, *, check: bool = False) -> list[Path]:
    """Make each notebook from its text; return those that were not up to date.

    Parameters
    ----------
    check : bool
        Only compare: write nothing.
    """
    stale = []
    for source, target in sources(root):
        text = _to_notebook(source)
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            stale.append(target)
            if not check:
                target.parent.mkdir(parents=True, exist_ok=True)
                part = target.with_suffix(".part")
                part.write_text(text, encoding="utf-8", newline="\n")
                part.replace(target)
    return stale


def _to_notebook(source: Path) -> str:
    """The text of the notebook: no outputs, and cell ids that stay as they are."""
    import jupytext
    import nbformat

    notebook = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent")
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        name = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()
        seen[name] = seen.get(name, 0) + 1
        cell["id"] = f"{name[:12]}-{seen[name]}"
        if "hide-input" in cell.metadata.get("tags", ()):  # JupyterLab's own word
            cell.metadata["jupyter"] = {"source_hidden": True}
    nbformat.validate(notebook)
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def find(name: str, root: Path = ROOT) -> Path:
    """The notebook that a person calls ``name``: a chapter's number, or a path.

    >>> find("99")
    Traceback (most recent call last):
        ...
    tinyml_course.chapters.ChapterError: There is no chapter 99. ...
    """
    if re.fullmatch(r"\d{1,2}", name):
        number = name.zfill(2)
        found = sorted((root / "notebooks").glob(f"{number}_*.ipynb"))
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(path.name for path in found)
            raise ChapterError(
                f"Chapter {number} is there {len(found)} times: {names}. Keep one."
            )
        numbers = sorted(
            path.name[:2] for path in (root / "notebooks").glob("[0-9][0-9]_*.ipynb")
        )
        raise ChapterError(
            f"There is no chapter {number}. The chapters: {', '.join(numbers)}."
        )
    path = Path(name)
    if path.suffix != ".ipynb":
        raise ChapterError(
            f"{name!r} is neither a chapter's number nor a notebook (.ipynb)."
        )
    if not path.is_file():
        raise ChapterError(f"There is no notebook {name!r}.")
    return path


def execute(
    path: Path,
    *,
    root: Path = ROOT,
    progress: Callable[[int, int], None] | None = None,
    cell_timeout_s: int = 600,
) -> Execution:
    """Run a notebook from top to bottom in a fresh kernel, widgets in static mode.

    Parameters
    ----------
    path : Path
        The notebook; it is not changed.
    progress : callable, optional
        ``progress(done, total)`` after each code cell.

    Raises
    ------
    ChapterError
        Naming the cell that failed, or the widget whose code did.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import (
        CellExecutionError,
        CellTimeoutError,
        DeadKernelError,
    )

    key = _key(path, root)
    notebook = _read(path)
    total = sum(cell.cell_type == "code" for cell in notebook.cells)
    marks = [time.perf_counter()]

    def ran(cell, cell_index, execute_reply):
        marks.append(time.perf_counter())
        if progress:
            progress(len(marks) - 1, total)

    client = NotebookClient(
        notebook,
        timeout=cell_timeout_s,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.resolve().parent)}},
        on_cell_executed=ran,
    )
    # the python3 kernel is this environment's, whatever is in the home folder
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    try:
        client.execute(env=dict(os.environ, TINYML_STATIC="1"))
    except CellTimeoutError:
        raise ChapterError(
            f"{path.name}: {_where(notebook, _unfinished(notebook))} ran longer "
            f"than {cell_timeout_s} s."
        ) from None
    except DeadKernelError:
        raise ChapterError(
            f"{path.name}: {_where(notebook, _unfinished(notebook))} ended the "
            "kernel (a crash, or not enough memory)."
        ) from None
    except CellExecutionError:
        pass  # found below, with its place
    problem = next(_problems(notebook), None)
    if problem:
        raise ChapterError(f"{path.name}: {problem}")
    saved = _saved(path, root)
    if saved:
        notebook.metadata["tinyml"] = {"key": key}
        saved.parent.mkdir(parents=True, exist_ok=True)
        part = saved.with_suffix(".part")
        part.write_text(nbformat.writes(notebook), encoding="utf-8")
        part.replace(saved)
    steps = [after - before for before, after in zip(marks, marks[1:], strict=False)]
    return Execution(
        path=path,
        saved=saved,
        cells=total,
        seconds=time.perf_counter() - marks[0],
        slowest_seconds=max(steps, default=0.0),
    )


def executed(path: Path, root: Path = ROOT) -> Path | None:
    """Where the executed notebook is, unless it or the package changed since."""
    saved = _saved(path, root)
    try:
        kept = json.loads(saved.read_text(encoding="utf-8")) if saved else {}
    except (OSError, ValueError):
        return None
    fresh = kept.get("metadata", {}).get("tinyml", {}).get("key") == _key(path, root)
    return saved if fresh else None


def _read(path: Path):
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except OSError as error:
        raise ChapterError(
            f"The notebook {str(path)!r} cannot be read ({error.strerror})."
        ) from None
    except Exception:  # nbformat raises what its parsers raise, of many kinds
        raise ChapterError(
            f"{str(path)!r} is not a Jupyter notebook (it is not valid nbformat 4)."
        ) from None
    return notebook


def _saved(path: Path, root: Path) -> Path | None:
    """Results are kept for the checkout's own notebooks, not for a student's."""
    own = (root / "notebooks").resolve()
    place = path.resolve()
    if own not in place.parents:
        return None
    return root / "build" / "executed" / place.relative_to(own)


def _key(path: Path, root: Path) -> str:
    """What the outputs depend on: the notebook, the package, data and versions."""
    digest = hashlib.sha256(path.read_bytes())
    package = Path(__file__).parent
    files = [root / "requirements.lock"]
    for folder in (package, root / "datasets"):
        files += sorted(folder.rglob("*"))
    for file in files:
        if file.is_file() and file.suffix not in {".pyc", ".o"}:
            digest.update(str(file.relative_to(file.anchor)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _unfinished(notebook) -> int:
    """The index of the code cell that was running."""
    begun = [
        index
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell.metadata.get("execution")
    ]
    return begun[-1] if begun else 0


def _where(notebook, index: int) -> str:
    """Name a cell by its place and its first line."""
    source = notebook.cells[index].source.strip()
    first = source.splitlines()[0] if source else ""
    return f"cell {index + 1} ({first[:60]!r})"


def _problems(notebook) -> Iterator[str]:
    """Each error in a cell's outputs or in a widget's state, as one line."""
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            wrong = _error_in(output)
            if wrong:
                yield f"{_where(notebook, index)} failed: {wrong}"
    state = notebook.metadata.get("widgets", {}).get(_WIDGETS, {}).get("state", {})
    for model, widget in state.items():
        values = widget.get("state", {})
        wrong = values.get("error") or next(
            filter(None, map(_error_in, values.get("outputs") or ())), ""
        )
        if wrong:
            last = str(wrong).strip().splitlines()[-1]
            kind = widget.get("model_name", "widget")
            kind = values.get("_widget_name") or kind.removesuffix("Model")
            cell_index = _shown_in(notebook, state, model)
            place = "" if cell_index is None else f" of {_where(notebook, cell_index)}"
            yield f"the {kind} widget{place} failed: {last}"


def _error_in(output) -> str:
    """The error that an output holds, or ``""``."""
    if output.get("output_type") == "error":
        return f"{output.get('ename')}: {output.get('evalue')}".splitlines()[0]
    text = output.get("text", "")
    text = "".join(text) if isinstance(text, list) else text
    if output.get("name") == "stderr" and "Traceback (most recent call last)" in text:
        return text.strip().splitlines()[-1]
    return ""


def _shown_in(notebook, state: dict, model: str) -> int | None:
    """The index of the cell that shows a widget, directly or inside another."""
    wanted = {model}
    while True:
        holders = {
            name
            for name, widget in state.items()
            if any(f"IPY_MODEL_{one}" in json.dumps(widget) for one in wanted)
        }
        if holders <= wanted:
            break
        wanted |= holders
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            if output.get("data", {}).get(_VIEW, {}).get("model_id") in wanted:
                return index
    return None


def main(arguments: list[str] | None = None) -> int:
    """``python -m tinyml_course.chapters build [--check]``: return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tinyml_course.chapters")
    parser.add_argument("command", choices=["build"])
    parser.add_argument(
        "--check", action="store_true", help="only tell whether they are up to date"
    )
    options = parser.parse_args(arguments)
    stale = build(check=options.check)
    word = "out of date: run make notebooks" if options.check else "made"
    for path in stale:
        print(f"{path.relative_to(ROOT)}: {word}")
    return int(options.check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
