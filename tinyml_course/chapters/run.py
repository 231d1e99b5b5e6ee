"""A notebook comes in; the same notebook, executed headless, comes out."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tinyml_course.chapters.build import ROOT
from tinyml_course.chapters.problems import ChapterError, problems, unfinished, where

__all__ = ["Execution", "execute", "executed"]


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
    from traitlets.config import Config

    key = _key(path, root)
    notebook = _read(path)
    total = sum(cell.cell_type == "code" for cell in notebook.cells)
    marks = [time.perf_counter()]

    def ran(cell, cell_index, execute_reply):
        marks.append(time.perf_counter())
        if progress:
            progress(len(marks) - 1, total)

    # pipes, not ports: a machine without even loopback runs a chapter as well
    pipes = tempfile.TemporaryDirectory(prefix="tinyml-")
    wires = {"transport": "ipc", "ip": f"{pipes.name}/kernel"}
    client = NotebookClient(
        notebook,
        config=Config(KernelManager=wires if os.name == "posix" else {}),
        timeout=cell_timeout_s,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.resolve().parent)}},
        on_cell_executed=ran,
        # the kernel's warnings about itself; a chapter's own still come through
        extra_arguments=["--log-level=ERROR"],
    )
    # the python3 kernel is this environment's, whatever is in the home folder
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    try:
        with pipes:
            client.execute(env=dict(os.environ, TINYML_STATIC="1"))
    except CellTimeoutError:
        raise ChapterError(
            f"{path.name}: {where(notebook, unfinished(notebook))} ran longer "
            f"than {cell_timeout_s} s."
        ) from None
    except DeadKernelError:
        raise ChapterError(
            f"{path.name}: {where(notebook, unfinished(notebook))} ended the "
            "kernel (a crash, or not enough memory)."
        ) from None
    except CellExecutionError:
        pass  # found below, with its place
    problem = next(problems(notebook), None)
    if problem:
        raise ChapterError(f"{path.name}: {problem}")
    saved = _saved(path, root)
    seconds = time.perf_counter() - marks[0]
    if saved:
        notebook.metadata["tinyml"] = {"key": key, "seconds": round(seconds, 1)}
        saved.parent.mkdir(parents=True, exist_ok=True)
        part = saved.with_suffix(".part")
        part.write_text(nbformat.writes(notebook), encoding="utf-8")
        part.replace(saved)
    steps = [after - before for before, after in pairwise(marks)]
    return Execution(
        path=path,
        saved=saved,
        cells=total,
        seconds=seconds,
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
    """What the outputs depend on; the map of chapter 00 shows all notebooks."""
    digest = hashlib.sha256(path.read_bytes())
    package = Path(__file__).parents[1]
    digest.update((root / "requirements.lock").read_bytes())
    course_map = root / "book" / "course_map.toml"
    if course_map.is_file():
        digest.update(course_map.read_bytes())
    for notebook in sorted((root / "notebooks").glob("*.ipynb")):
        digest.update(notebook.name.encode())
    for folder in (package, root / "datasets"):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.suffix not in {".pyc", ".o"}:
                digest.update(str(file.relative_to(folder)).encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()
