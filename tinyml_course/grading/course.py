"""A folder with an nbgrader course comes in; its assignments and submissions come out.

The course may be any: its configuration, its folders' names and the address of its
gradebook are read as nbgrader reads them.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import weakref
from dataclasses import replace
from pathlib import Path

from tinyml_course.errors import DataError
from tinyml_course.grading.sheet import LARGEST_BYTES, Sheet, read_sheet, texts_of
from tinyml_course.grading.versions import (
    earlier_texts,
    filled_in,
    is_current,
    is_template,
    make_release,
    remember,
)

__all__ = ["NBGRADERS_OWN", "Course", "read_config"]

NBGRADERS_OWN = ("timestamp.txt", "submission_secret.txt")  # no work
FILES_BYTES = 50_000_000  # of all other files of a submission together


class Course:
    """An nbgrader course folder.

    Parameters
    ----------
    root : Path
        The folder; ``nbgrader_config.py`` in it is followed.
    """

    def __init__(self, root: Path):
        from nbgrader.coursedir import CourseDirectory

        self.root = Path(root).resolve()
        if not self.root.is_dir():
            raise DataError(
                f"{root} is no folder; expected that of an nbgrader course."
            )
        self.config = read_config(self.root)
        self.folders = CourseDirectory(config=self.config)
        self._book = None
        beside = os.path.dirname(sys.executable)  # nbgrader calls alembic by its name
        if beside not in os.environ.get("PATH", "").split(os.pathsep):
            os.environ["PATH"] = f"{beside}{os.pathsep}{os.environ.get('PATH', '')}"

    def path(self, step: str, student: str, assignment: str) -> Path:
        """Where nbgrader has the assignment in a step, as ``source``, ``submitted``."""
        name = getattr(self.folders, f"{step}_directory")
        return Path(self.folders.format_path(name, student, assignment))

    @contextlib.contextmanager
    def gradebook(self):
        """The gradebook; what is not committed at the end of the context is undone.

        It is opened once: to open it costs more than to write one student's points.
        """
        from nbgrader.api import Gradebook
        from sqlalchemy.exc import DBAPIError

        try:
            if self._book is None:
                self._book = Gradebook(self.folders.db_url, self.folders.course_id)
                weakref.finalize(self, self._book.close)
            try:
                yield self._book
            finally:
                self._book.db.rollback()  # and forget: others may write meanwhile
        except DBAPIError as error:
            raise DataError(
                f"The gradebook {self.folders.db_url} cannot be used: {error.orig}. "
                "See that it is yours to read and write, and that no other program "
                "holds it."
            ) from None

    def has_gradebook(self) -> bool:
        """Whether there is one; to open it would make it, in a wrong folder, too."""
        file = self.folders.db_url.removeprefix("sqlite:///")
        return file == self.folders.db_url or Path(file).exists()

    # -- what the instructor has ---------------------------------------------------

    def sheets(self, assignment: str) -> tuple[Sheet, ...]:
        """The assignment's notebooks; its release version is made if there is none."""
        sheets = self._sources(assignment)
        folder = self.path("release", ".", assignment)
        if not any(folder.glob("*.ipynb")):
            self.release(assignment)
        if any(is_template(cell.source) for sheet in sheets for cell in sheet.items):
            with self.gradebook() as book:
                sheets = [filled_in(book, assignment, sheet) for sheet in sheets]
        found = []
        for sheet in sheets:
            path = folder / f"{sheet.name}.ipynb"
            try:
                released = texts_of(path.read_text("utf-8")) if path.exists() else {}
            except (ValueError, KeyError, AttributeError) as error:
                raise DataError(f"{path} is no notebook ({error!r}).") from None
            earlier = earlier_texts(self.root, assignment, sheet.name)
            found.append(replace(sheet, released=released, earlier=earlier))
        return tuple(found)

    def release(self, assignment: str) -> bool:
        """See that the release version is that of the source; whether it is new.

        The texts that students got before are kept in mind.
        """
        sheets = self._sources(assignment)
        folder = self.path("release", ".", assignment)
        there = any(folder.glob("*.ipynb"))
        remember(self.root, assignment, folder)
        if there and not self._has_new_templates(assignment, sheets):
            with self.gradebook() as book:
                if is_current(book, assignment, sheets):
                    return False
        make_release(self.root, assignment)
        remember(self.root, assignment, folder)
        return True

    def _has_new_templates(self, assignment: str, sheets: list[Sheet]) -> bool:
        """Whether tests that nbgrader writes were changed after it wrote them."""
        for sheet in sheets:
            if any(is_template(cell.source) for cell in sheet.items):
                source, release = (
                    self.path(step, ".", assignment) / f"{sheet.name}.ipynb"
                    for step in ("source", "release")
                )
                if not release.exists():
                    return True
                if source.stat().st_mtime > release.stat().st_mtime:
                    return True
        return False

    def _sources(self, assignment: str) -> list[Sheet]:
        source = self.path("source", ".", assignment)
        is_name = Path(assignment).name == assignment not in ("", "..")  # nor "ps01/"
        notebooks = sorted(source.glob("*.ipynb")) if is_name else []
        if not notebooks:
            parent = source.parent
            if not parent.is_dir():
                raise DataError(
                    f"There is no folder {parent}: is {self.root} that of a course? "
                    "Change to your course's folder, or name it with --course."
                )
            if source.is_dir() and is_name:
                raise DataError(f"There is no notebook in {source}.")
            if not is_name:
                parent = self.path("source", ".", "x").parent
            known = sorted(p.name for p in parent.glob("*") if p.is_dir())
            raise DataError(
                f"There is no assignment {assignment!r} in {parent}; "
                f"known: {', '.join(known) or 'none'}."
            )
        sheets = []
        for path in notebooks:
            try:
                sheets.append(read_sheet(path.stem, path.read_text("utf-8")))
            except (ValueError, KeyError) as error:
                raise DataError(f"{path} is no notebook ({error!r}).") from None
        return [sheet for sheet in sheets if sheet.items]

    def files(self, assignment: str) -> dict[str, bytes]:
        """Other files that lie beside the instructor's notebooks."""
        found, odd = _files(self.path("source", ".", assignment), set())
        if odd:
            raise DataError(f"{assignment}: {odd[0]}")
        return found

    # -- what students handed in ---------------------------------------------------

    def students(self, assignment: str) -> list[str]:
        """Everybody with a folder for this assignment, or with an empty folder."""
        base = self.path("submitted", "*", "*").parts
        base = Path(*base[: base.index("*")])
        found = []
        for folder in sorted(base.iterdir()) if base.is_dir() else ():
            if not folder.is_dir() or folder.is_symlink():
                continue
            handed_in = self.path("submitted", folder.name, assignment)
            if handed_in.is_dir() or not any(folder.iterdir()):
                found.append(folder.name)
        return found

    def work(self, assignment: str, student: str, names: list[str]):
        """What one student handed in: (notebooks, other files, what is odd)."""
        folder = self.path("submitted", student, assignment)
        notebooks: dict[str, bytes | None] = dict.fromkeys(names)
        odd = []
        for name in names:
            path = folder / f"{name}.ipynb"
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                kind = path.lstat()
                if not stat.S_ISREG(kind.st_mode):
                    odd.append(f"{path.name} is no plain file")
                elif kind.st_size > LARGEST_BYTES:
                    odd.append(f"{path.name} has {kind.st_size:,} bytes")
                    notebooks[name] = b" " * (LARGEST_BYTES + 1)
                else:
                    try:
                        notebooks[name] = path.read_bytes()
                    except OSError as error:
                        odd.append(f"{path.name} cannot be read: {error.strerror}")
        files, more = _files(folder, {f"{name}.ipynb" for name in names})
        others = sorted(files, key=lambda name: (name.count("/"), name))
        others = [name for name in others if name.endswith(".ipynb")]
        if others and None in notebooks.values():
            odd.append(f"there is {others[0]!r} instead")
        _, when = self.handed_in_at(assignment, student)
        return notebooks, files, odd + more + when

    def handed_in_at(self, assignment: str, student: str):
        """When that was: (a time in UTC or None, what is odd about it)."""
        from nbgrader.utils import parse_utc

        path = self.path("submitted", student, assignment) / "timestamp.txt"
        try:
            kind = path.lstat()
        except OSError:
            return None, []
        try:
            if not stat.S_ISREG(kind.st_mode) or kind.st_size > 100:
                raise ValueError
            text = path.read_text("utf-8").strip()
            return (parse_utc(text) if text else None), []
        except (ValueError, OverflowError, OSError):
            return None, ["timestamp.txt holds no time; when it came is not known"]

    def feedback_folder(self, assignment: str, student: str) -> Path:
        """Where the pages for a student go."""
        return self.path("feedback", student, assignment)

    def graded_folder(self, assignment: str, student: str) -> Path:
        """Where the graded notebooks of a student lie."""
        return self.path("autograded", student, assignment)


def read_config(root: Path):
    """nbgrader's configuration for a folder: the machine's, then the folder's own.

    Parameters
    ----------
    root : Path
        The folder; it need not have an ``nbgrader_config.py``, nor exist.

    Returns
    -------
    traitlets.config.Config

    Raises
    ------
    DataError
        If a configuration is no Python, or stops with an error.
    """
    from jupyter_core.paths import jupyter_config_path
    from traitlets.config import Config
    from traitlets.config.loader import (
        ConfigFileNotFound,
        JSONFileConfigLoader,
        PyFileConfigLoader,
    )

    config = Config()
    for folder in [*reversed(jupyter_config_path()), str(root)]:
        for kind, name in (
            (PyFileConfigLoader, "nbgrader_config.py"),
            (JSONFileConfigLoader, "nbgrader_config.json"),
        ):
            with contextlib.suppress(ConfigFileNotFound):
                try:
                    config.merge(kind(name, path=folder).load_config())
                except ConfigFileNotFound:
                    raise
                except Exception as error:
                    raise DataError(
                        f"{folder}/{name} cannot be followed: {error!r:.200}"
                    ) from None
    if "root" not in config.CourseDirectory:
        config.CourseDirectory.root = str(root)
    return config


def _files(folder: Path, without: set[str]) -> tuple[dict[str, bytes], list[str]]:
    """Plain files of a folder by their path, and what is odd; no link is followed."""
    found, odd, left = {}, [], FILES_BYTES
    for here, folders, names in os.walk(folder):
        folders[:] = [f for f in folders if not f.startswith(".")]
        for name in sorted(names):
            path = Path(here, name)
            short = path.relative_to(folder).as_posix()
            if short in without or name in NBGRADERS_OWN or name.startswith("."):
                continue
            try:
                kind = path.lstat()
                if not stat.S_ISREG(kind.st_mode):
                    odd.append(f"{short[:80]} is no plain file")
                    continue
                if kind.st_size > left:
                    odd.append(f"{short[:80]} is left out: {kind.st_size:,} bytes")
                    continue
                found[short] = path.read_bytes()
            except OSError as error:
                odd.append(f"{short[:80]} cannot be read: {error.strerror}")
                continue
            left -= kind.st_size
    return found, odd
