"""Solution versions of assignments come in, students' versions and feedback come out.

nbgrader does the work: :func:`release` calls it, and :mod:`.preprocessors` holds the
two steps that ``assignments/nbgrader_config.py`` adds to its loop.
"""

from tinyml_course.grading.release import release

__all__ = ["release"]
