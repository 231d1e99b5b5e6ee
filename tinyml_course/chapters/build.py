"""Chapters and assignments as text come in, notebooks without outputs come out."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from tinyml_course.chapters.problems import ChapterError

__all__ = ["ROOT", "assignments", "build", "find", "sources"]

ROOT = Path(__file__).resolve().parents[2]
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def sources(root: Path = ROOT) -> list[tuple[Path, Path]]:
    """Pairs of a chapter's or app's text and the notebook that is made from it."""
    folder = root / "notebooks"
    return [
        (path, folder / path.relative_to(folder / "src").with_suffix(".ipynb"))
        for path in sorted((folder / "src").rglob("*.py"))
    ]


def assignments(root: Path = ROOT) -> list[tuple[Path, Path]]:
    """Pairs of an assignment's text and the solution version that is made from it.

    The text is not beside the notebook: nbgrader hands to the students whatever lies
    in ``source/psNN/``, unless its configuration says otherwise.
    """
    folder = root / "assignments"
    return [
        (path, folder / "source" / path.stem / f"{path.stem}.ipynb")
        for path in sorted((folder / "src").glob("*.py"))
    ]


def build(root: Path = ROOT, *, check: bool = False) -> list[Path]:
    """Make each notebook from its text; return those that were not up to date.

    Parameters
    ----------
    check : bool
        Only compare: write nothing.
    """
    stale = []
    for source, target in sources(root) + assignments(root):
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
        if "nbgrader" in cell.metadata:
            cell.metadata["nbgrader"] = _for_nbgrader(cell.metadata["nbgrader"])
    nbformat.validate(notebook)
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _for_nbgrader(said: dict) -> dict:
    """All that nbgrader wants to know of a cell.

    The text says the ``grade_id`` and what is special: ``points`` of a graded cell,
    ``solution`` where the student writes, ``locked`` for any other that stays ours.

    >>> _for_nbgrader({"grade_id": "mse-value", "points": 1})["grade"]
    True
    """
    solution = said.get("solution", False)
    graded = {"points": said["points"]} if "points" in said else {}
    return {
        "grade": bool(graded),
        "grade_id": said["grade_id"],
        "locked": said.get("locked", bool(graded) and not solution),
        "schema_version": 3,
        "solution": solution,
        "task": False,
        **graded,
    }


def find(name: str, root: Path = ROOT) -> Path:
    """The notebook that a person calls ``name``: a chapter's number, or a path.

    >>> find("99")
    Traceback (most recent call last):
        ...
    tinyml_course.chapters.problems.ChapterError: There is no chapter 99. ...
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
