"""A key comes in, a course of one's own comes out: for instructors, and for students.

The folder is an nbgrader course in which every number that hidden tests rest upon
belongs to the key (:mod:`.keys`); ``students.zip`` in it is what a class gets.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import nbformat

from tinyml_course.errors import DataError
from tinyml_course.grading.keys import keyed, read_key
from tinyml_course.grading.release import release

__all__ = ["new_course"]

FOR_STUDENTS = (  # of the repository: no solution, no test, no instructor's page
    "CITATION.cff",
    "LICENSE",
    "Makefile",
    "datasets",
    "environment.yml",
    "notebooks",
    "pyproject.toml",
    "requirements.lock",
    "tinyml_course",
)

README = """# The TinyML Course

Your copy of the course: its chapters, and its problem sets as they were given out.

    make lab     # sets everything up, then opens the course in JupyterLab

You need Linux, Python 3.11 to 3.13, `make` and 3.5 GB of disk; after the set-up there
is no download. Without `make` (Windows): `py -3.11 -m tinyml_course.install`, then
`.venv\\Scripts\\tinyml lab`.

What you open lies in `work/`: chapters, and problem sets in `work/assignments/`. In a
terminal, with `.venv/bin/` before each:

    tinyml check ps01    # runs the tests that you can see, says what is missing
    tinyml reset ps01    # a fresh one; yours is kept beside it
    tinyml doctor        # whether all is well

Hand in the notebook, and the files that it says have to lie beside it, in the way
your instructor asks for.

    notebooks/               the chapters, without what you change in your own copy
    assignments/release/     the problem sets, without what you change
    datasets/                small files, each with a card: origin, licence, shape
    tinyml_course/           the package that all of it uses
"""


def new_course(
    root: Path,
    out: Path,
    key_file: Path,
    *,
    progress: Callable[[int, int, str], None] | None = None,
) -> list[str]:
    """Make an instructor's course folder, for its owner only; whole, or not at all.

    Parameters
    ----------
    root : Path
        The repository.
    out : Path
        The course's folder: not there yet, or empty.
    key_file : Path
        Where the key lies; made if it is not there. The same key makes the same course.
    progress : callable
        Called with (how many assignments are done, of how many, which).

    Returns
    -------
    list of str
        The assignments.

    Raises
    ------
    DataError
        If there is something in ``out``, or the key cannot be used.
    """
    out, key_file = Path(out).absolute(), Path(key_file).absolute()
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise DataError(
            f"{out} is there already; expected a new folder, or an empty one. A course "
            "that has begun is not written over."
        )
    if key_file.is_relative_to(out):
        raise DataError(
            f"The key {key_file} would lie in the course's folder. Keep it where "
            "nobody else reads, and where no copy of the course takes it along."
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    key = read_key(key_file)
    given = root / "assignments"
    names = sorted(path.parent.name for path in given.glob("source/*/*.ipynb"))
    fresh = Path(tempfile.mkdtemp(prefix=".course-", dir=out.parent))
    try:
        for name in names:
            shutil.copytree(given / "source" / name, fresh / "source" / name)
            path = fresh / "source" / name / f"{name}.ipynb"
            book = keyed(nbformat.read(path, as_version=4), name, key)
            nbformat.write(book, path)
        shutil.copy(given / "nbgrader_config.py", fresh)
        with tempfile.TemporaryDirectory() as folder:
            for number, name in enumerate(names):
                if progress:
                    progress(number, len(names), name)
                release(fresh / "source", Path(folder), only=name)
            _zip(root, Path(folder), fresh / "students.zip")
        if out.exists():
            out.rmdir()
        fresh.rename(out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    if progress:
        progress(len(names), len(names), "students.zip")
    return names


def _zip(root: Path, released: Path, out: Path) -> None:
    """What students get, in one folder, the same bytes for the same files."""
    files = {f"assignments/release/{p.relative_to(released)}": p for p in _in(released)}
    for name in FOR_STUDENTS:
        found = _in(root / name) if (root / name).is_dir() else [root / name]
        files |= {p.relative_to(root).as_posix(): p for p in found}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr(_about("README.md", 0o644), README)
        for name, path in sorted(files.items()):
            mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            bundle.writestr(_about(name, mode), path.read_bytes())


def _about(name: str, mode: int) -> zipfile.ZipInfo:
    about = zipfile.ZipInfo(f"tinyml-course/{name}", (1980, 1, 1, 0, 0, 0))
    about.external_attr = (0o100000 | mode) << 16
    about.compress_type = zipfile.ZIP_DEFLATED
    return about


def _in(folder: Path) -> list[Path]:
    """The files of a folder, without what programs leave behind."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(
            part.startswith(".") or part == "__pycache__" or part.endswith(".egg-info")
            for part in path.relative_to(folder).parts
        )
    )
