"""From a graph to source text: a :class:`Graph` comes in, files by name go out.

Nothing is written to disk here.
"""

from tinyml_course.export.arduino import to_arduino, to_arduino_c
from tinyml_course.export.build_files import to_cmake, to_zephyr
from tinyml_course.export.c import check_name, to_c
from tinyml_course.export.javascript import to_javascript
from tinyml_course.export.packaged import licence
from tinyml_course.export.values import Values, to_io

__all__ = [
    "Values",
    "check_name",
    "licence",
    "to_arduino",
    "to_arduino_c",
    "to_c",
    "to_cmake",
    "to_io",
    "to_javascript",
    "to_zephyr",
]
