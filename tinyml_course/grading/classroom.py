"""A student's folder comes in; where the class hands out and collects goes out.

A class that works through nbgrader's *exchange*, a folder that all can write, says so
in an ``nbgrader_config.py`` of the machine: ``c.Exchange.root`` and
``c.CourseDirectory.course_id``. Most students have none, and need none.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tinyml_course.errors import DataError
from tinyml_course.grading.course import read_config

__all__ = ["Classroom", "classroom"]


@dataclass(frozen=True)
class Classroom:
    """The exchange of a class.

    Attributes
    ----------
    exchange : Path
        The folder.
    course : str
        The course's folder in it; ``"*"`` where the configuration names none.
    """

    exchange: Path
    course: str

    def released(self, assignment: str) -> Path | None:
        """The notebook of that name as it was handed out last."""
        place = f"{self.course}/outbound/{assignment}/{assignment}.ipynb"
        found = sorted(self.exchange.glob(place), key=lambda path: path.stat().st_mtime)
        return found[-1] if found else None


def classroom(work: Path) -> Classroom | None:
    """The exchange that is configured for whoever works in ``work``.

    Returns
    -------
    Classroom or None
        None where no exchange is configured, and nbgrader's own default is not there.

    Raises
    ------
    DataError
        If one is configured that is not there or cannot be used.
    """
    if sys.platform == "win32":  # nbgrader has no exchange there
        return None
    from nbgrader.exchange.default import Exchange

    config = read_config(work / ".jupyter")
    root = Path(Exchange(config=config).root)
    if root.is_dir() and os.access(root, os.W_OK | os.X_OK):
        return Classroom(root, str(config.CourseDirectory.get("course_id", "")) or "*")
    if "root" in config.Exchange:
        why = "cannot be written by you" if root.is_dir() else "is not there"
        raise DataError(
            f"The exchange {root}, which nbgrader_config.py names, {why}. "
            "You cannot fetch or submit: tell your instructor."
        )
    return None
