"""Assignments and submissions come in; versions for students, and verdicts, come out.

nbgrader keeps the format, the gradebook, release and collect: :func:`release` calls it,
and :mod:`.preprocessors` holds the two steps that ``assignments/nbgrader_config.py``
adds to its loop. Running submissions is ours (:mod:`.batch`): each in a box
(:mod:`.box`, :mod:`.nursery`), the student's cells (:mod:`.student`) apart from the
tests (:mod:`.examiner`), with plain data between them (:mod:`.plain`).
"""

import sys

# jsonschema, on the way to nbgrader, builds a parser of web addresses where it finds
# this one: a second of processor time at every start, for what no notebook holds.
sys.modules.setdefault("rfc3987_syntax", None)

from tinyml_course.grading.release import release  # noqa: E402

__all__ = ["release"]
