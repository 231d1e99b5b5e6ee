"""A folder with an nbgrader course comes in; its assignments and submissions come out.

The course may be any: its configuration, its folders' names and the address of its
gradebook are read as nbgrader reads them. Only this module writes to the gradebook.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from tinyml_course.errors import DataError, ToolError
from tinyml_course.grading.sheet import LARGEST_BYTES, Sheet, read_sheet

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

    def _path(self, step: str, student: str, assignment: str) -> Path:
        name = getattr(self.folders, f"{step}_directory")
        return Path(self.folders.format_path(name, student, assignment))

    def gradebook(self):
        """The gradebook, open; use it as a context."""
        from nbgrader.api import Gradebook

        beside = os.path.dirname(sys.executable)  # nbgrader calls alembic by its name
        if beside not in os.environ.get("PATH", "").split(os.pathsep):
            os.environ["PATH"] = f"{beside}{os.pathsep}{os.environ.get('PATH', '')}"
        return Gradebook(self.folders.db_url, self.folders.course_id)

    # -- what the instructor has ---------------------------------------------------

    def sheets(self, assignment: str) -> tuple[Sheet, ...]:
        """The assignment's notebooks; its release version is made if there is none."""
        source = self._path("source", ".", assignment)
        notebooks = sorted(source.glob("*.ipynb"))
        if not notebooks:
            known = sorted(p.name for p in source.parent.glob("*") if p.is_dir())
            raise DataError(
                f"There is no assignment {assignment!r} in {source.parent}; "
                f"known: {', '.join(known) or 'none'}."
            )
        self._released(assignment)
        sheets = []
        for path in notebooks:
            release = self._path("release", ".", assignment) / path.name
            text = release.read_text("utf-8") if release.exists() else None
            try:
                sheets.append(read_sheet(path.stem, path.read_text("utf-8"), text))
            except (ValueError, KeyError) as error:
                raise DataError(f"{path} is no notebook ({error!r}).") from None
        return tuple(sheet for sheet in sheets if sheet.items)

    def files(self, assignment: str) -> dict[str, bytes]:
        """Other files that lie beside the instructor's notebooks."""
        found, odd = _files(self._path("source", ".", assignment), set())
        if odd:
            raise DataError(f"{assignment}: {odd[0]}")
        return found

    def _released(self, assignment: str) -> None:
        """Have nbgrader make the release version and enter it in the gradebook."""
        from nbgrader.api import MissingEntry

        folder = self._path("release", ".", assignment)
        with self.gradebook() as book, contextlib.suppress(MissingEntry):
            book.find_assignment(assignment)
            if any(folder.glob("*.ipynb")):
                return
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", "generate_assignment", assignment]
            + ["--force"],
            cwd=self.root,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if "ERROR" in line]
            raise ToolError(
                f"nbgrader cannot release {assignment}: "
                f"{(lines or done.stderr.splitlines() or ['no reason given'])[-1]}"
            )

    # -- what students handed in ---------------------------------------------------

    def students(self, assignment: str) -> list[str]:
        """Everybody with a folder for this assignment, or with an empty folder."""
        base = self._path("submitted", "*", "*").parts
        base = Path(*base[: base.index("*")])
        found = []
        for folder in sorted(base.iterdir()) if base.is_dir() else ():
            if not folder.is_dir() or folder.is_symlink():
                continue
            handed_in = self._path("submitted", folder.name, assignment)
            if handed_in.is_dir() or not any(folder.iterdir()):
                found.append(folder.name)
        return found

    def work(self, assignment: str, student: str, names: list[str]):
        """What one student handed in: (notebooks, other files, what is odd)."""
        folder = self._path("submitted", student, assignment)
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
        others = [n for n in files if n.endswith(".ipynb") and "/" not in n]
        if others and None in notebooks.values():
            odd.append(f"there is {others[0]!r} instead")
        return notebooks, files, odd + more

    def by_hand(self, assignment: str, student: str) -> dict[str, dict]:
        """What a person gave: ``{notebook: {item: (points, comment, extra)}}``.

        Under the item ``""``: what was taken off for being late.
        """
        found = {}
        with self.gradebook() as book:
            for notebook in book.find_submission(assignment, student).notebooks:
                found[notebook.name] = given = {}
                for grade in notebook.grades:
                    given[grade.name] = (grade.manual_score, None, grade.extra_credit)
                for comment in notebook.comments:
                    if comment.manual_comment:
                        points, _, extra = given.get(comment.name, (None, None, None))
                        given[comment.name] = (points, comment.manual_comment, extra)
                given[""] = (notebook.late_submission_penalty, None, None)
        return found

    def feedback_folder(self, assignment: str, student: str) -> Path:
        """Where the pages for a student go."""
        return self._path("feedback", student, assignment)

    def graded_folder(self, assignment: str, student: str) -> Path:
        """Where the graded notebooks of a student lie."""
        return self._path("autograded", student, assignment)

    # -- what the grader writes ----------------------------------------------------

    def record(self, verdict: dict) -> None:
        """Write a verdict into the gradebook, and the graded notebook to its folder."""
        self._write_scores(verdict)
        self._write_notebooks(verdict)

    def _write_scores(self, verdict: dict) -> None:
        assignment, student = verdict["assignment"], verdict["student"]
        submitted = self._path("submitted", student, assignment)
        stamp = self.folders.get_existing_timestamp(str(submitted))
        told = {"timestamp": stamp} if stamp else {}
        with self.gradebook() as book, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SQLAlchemy's, about nbgrader's own ways
            book.update_or_create_student(student)
            submission = book.update_or_create_submission(assignment, student, **told)
            for graded in verdict["notebooks"]:
                notebook = book.find_submission_notebook(
                    graded["name"], assignment, student
                )
                items = {item["name"]: item for item in graded["items"]}
                missing = set(items) - {grade.name for grade in notebook.grades}
                if missing:
                    raise DataError(
                        f"The gradebook does not know cell {sorted(missing)[0]!r} of "
                        f"{assignment}: it was released from another version. Run: "
                        f"nbgrader generate_assignment {assignment} --force"
                    )
                for grade in notebook.grades:
                    item = items.get(grade.name)
                    if item is not None:
                        grade.auto_score = item["score"]
                        by_hand = grade.manual_score is not None
                        grade.needs_manual_grade = by_hand or item["score"] is None
                for comment in notebook.comments:
                    item = items.get(comment.name, {})
                    comment.auto_comment = item.get("comment")
                notebook.late_submission_penalty = None
                book.db.commit()
                self._penalty(book, submission, notebook, student)
            book.db.commit()

    def _penalty(self, book, submission, notebook, student) -> None:
        """What the course's own plugin takes off for being late."""
        from nbgrader.preprocessors import AssignLatePenalties

        if submission.total_seconds_late <= 0:
            return
        step = AssignLatePenalties(config=self.config)
        step.init_plugin()
        penalty = step.plugin_inst.late_submission_penalty(
            student, notebook.score, submission.total_seconds_late
        )
        if penalty is not None:
            notebook.late_submission_penalty = min(max(penalty, 0), notebook.score)

    def _write_notebooks(self, verdict: dict) -> None:
        """The graded notebooks, as nbgrader's formgrader shows them; whole or not."""
        assignment, student = verdict["assignment"], verdict["student"]
        place = self._path("autograded", student, assignment)
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".grading-", dir=place.parent))
        try:
            for graded in verdict["notebooks"]:
                text = json.dumps(_notebook(graded), indent=1) + "\n"
                (fresh / f"{graded['name']}.ipynb").write_text(text, "utf-8")
            for name in NBGRADERS_OWN:
                kept = self._path("submitted", student, assignment) / name
                if kept.is_file() and not kept.is_symlink():
                    shutil.copyfile(kept, fresh / name)
            fresh.chmod(0o755)
            if place.exists():
                shutil.rmtree(place)
            fresh.rename(place)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


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


def _notebook(graded: dict) -> dict:
    """A verdict's cells as a notebook file."""
    cells = []
    for number, cell in enumerate(graded["cells"]):
        made = {
            "cell_type": "code" if cell["code"] else "markdown",
            "id": f"c{number}",
            "metadata": cell["metadata"],
            "source": cell["source"],
        }
        if cell["code"]:
            made |= {"execution_count": None, "outputs": cell["outputs"]}
        cells.append(made)
    if graded["error"]:
        text = f"**This submission could not be graded.** {graded['error']}"
        cells.append(
            {"cell_type": "markdown", "id": "why", "metadata": {}, "source": text}
        )
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
