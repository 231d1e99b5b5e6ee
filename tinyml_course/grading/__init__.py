"""Assignments and submissions come in; versions for students, and verdicts, come out.

nbgrader keeps the format, the gradebook, release and collect: :func:`release` calls it,
and :mod:`.preprocessors` holds the two steps that ``assignments/nbgrader_config.py``
adds to its loop. Running submissions is ours (:mod:`.batch`): each in a box
(:mod:`.box`, :mod:`.nursery`), the student's cells (:mod:`.student`) apart from the
tests (:mod:`.examiner`), with plain data between them (:mod:`.plain`).
"""

from tinyml_course.grading.release import release

__all__ = ["release"]
