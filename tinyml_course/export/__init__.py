"""From a graph to source text: a :class:`Graph` comes in, files by name go out.

Nothing is written to disk here.
"""

from tinyml_course.export.arduino import to_arduino
from tinyml_course.export.c import check_name, to_c

__all__ = ["check_name", "to_arduino", "to_c"]
