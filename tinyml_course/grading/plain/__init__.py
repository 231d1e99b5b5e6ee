"""A Python value comes in, plain bytes come out, and back: no code travels.

Grading runs a student's code in one process and the tests in another. Between them
only plain data may pass: unlike a pickle, none of these bytes can make the reader run
anything, and a value arrives as exactly the type that it says it is.
"""

from tinyml_course.grading.plain.pack import Packer, Remote
from tinyml_course.grading.plain.unpack import Unpacker
from tinyml_course.grading.plain.values import NotPlain

__all__ = ["NotPlain", "Packer", "Remote", "Unpacker"]
