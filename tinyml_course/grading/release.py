"""A folder of solution versions comes in, the students' versions come out."""

from __future__ import annotations

import io
import logging
import re
import shutil
import tempfile
from pathlib import Path

from tinyml_course.errors import CourseError

__all__ = ["release"]


def release(source: Path, out: Path, *, only: str | None = None) -> list[Path]:
    """Make the students' version of each assignment: ``nbgrader generate_assignment``.

    Solutions and hidden tests are cut out by nbgrader itself, in a course folder that
    lives only as long as the call; there is no gradebook.

    Parameters
    ----------
    source : Path
        nbgrader's source folder, with one folder per assignment. The file
        ``nbgrader_config.py`` beside it, where there is one, is followed.
    out : Path
        Where the assignments' folders go; made where it is missing.
    only : str
        Make this assignment alone.

    Returns
    -------
    list of Path
        The students' notebooks.

    Raises
    ------
    CourseError
        Where there is no assignment, or nbgrader refuses one: with its reason.
    """
    from traitlets.config import Config

    source, out = Path(source).resolve(), Path(out).resolve()
    names = sorted({path.parent.name for path in source.glob(f"{only or '*'}/*.ipynb")})
    if not names:
        raise CourseError(
            f"There is no assignment in {source}: expected a folder for each, with "
            "its notebook. `make notebooks` makes them."
        )
    config = _config_beside(source)
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        shutil.copytree(source, course / "source")
        config.merge(
            Config(
                CourseDirectory={"root": str(course)},
                GenerateAssignment={"no_database": True},
                SaveCells={"enabled": False},
            )
        )
        for name in names:
            _generate(name, config)
        for name in names:  # nothing goes out unless all are made
            shutil.copytree(course / "release" / name, out / name, dirs_exist_ok=True)
    return [path for name in names for path in sorted((out / name).glob("*.ipynb"))]


def _config_beside(source: Path):
    """The course's nbgrader_config.py, or an empty configuration."""
    from traitlets.config import Config, PyFileConfigLoader

    name = "nbgrader_config.py"
    if not (source.parent / name).exists():
        return Config()
    return PyFileConfigLoader(name, path=str(source.parent)).load_config()


def _generate(name: str, config) -> None:
    """Run nbgrader's converter for one assignment, with its reason if it refuses."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    said = io.StringIO()
    log = logging.Logger("nbgrader")
    log.addHandler(logging.StreamHandler(said))
    folder = CourseDirectory(config=config, assignment_id=name, log=log)
    try:
        GenerateAssignment(coursedir=folder, config=config, log=log).start()
    except (Exception, SystemExit) as error:
        # nbgrader logs the traceback of the reason and raises another error
        reasons = re.findall(r"^\w[\w.]*(?:Error|Exception): .+", said.getvalue(), re.M)
        reason = reasons[-1] if reasons else f"{type(error).__name__}: {error}"
        raise CourseError(f"nbgrader refuses the assignment {name}: {reason}") from None
