"""A model goes in, a folder for a target comes out: C, firmware, WebAssembly ...

Everything is made in memory first and then written whole: a failure leaves the output
folder as it was.
"""

from tinyml_course.deploy.folder import write
from tinyml_course.deploy.make import TARGETS, make, values

__all__ = ["TARGETS", "make", "values", "write"]
