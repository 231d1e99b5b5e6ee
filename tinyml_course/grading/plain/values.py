"""What is not told from one process to another is refused by this name."""

from __future__ import annotations

from tinyml_course.errors import CourseError

__all__ = ["NotPlain"]


class NotPlain(CourseError):
    """A value that is no plain data, such as an object of a class of one's own."""
