"""A checkout and a bare Python come in, a complete ``.venv`` and ``work/`` come out.

Run as ``python3 -m tinyml_course.install`` (``make setup`` does). The standard library
is all it needs. It is written in the syntax of Python 3.6, so that an old Python reads
it and says what is wrong instead of stopping at a syntax error.
"""

from tinyml_course.install.problems import SetupError
from tinyml_course.install.tools import TEST_TOOLS, missing_tools

__all__ = ["TEST_TOOLS", "SetupError", "missing_tools"]
