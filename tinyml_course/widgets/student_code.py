"""An exception from a student's code in, one readable hint out: type, message, line."""

from __future__ import annotations

import linecache
import sysconfig
import traceback
from collections.abc import Callable
from pathlib import Path

from tinyml_course.widgets.base import one_line

__all__ = ["explain_failure"]

# the package, installed packages, the standard library
NOT_STUDENT = tuple(
    {
        str(Path(__file__).parents[1]),
        *(sysconfig.get_path(k) for k in ("purelib", "stdlib")),
    }
)


def explain_failure(error: BaseException, test: Callable) -> str:
    """Say what the student's code did wrong, and on which of its lines.

    The line is the innermost one that belongs neither to the test itself nor to an
    installed package. An assertion speaks for itself; a missing name is explained.

    >>> def mean(values):
    ...     return sum(values) / 0
    >>> try:
    ...     mean([1])
    ... except ZeroDivisionError as error:
    ...     explain_failure(error, test=print)
    'ZeroDivisionError in mean(), line 2 (`return sum(values) / 0`): division by zero'
    """
    if isinstance(error, AssertionError) and str(error):
        return str(error)
    if isinstance(error, NotImplementedError):
        return "This part is not written yet: your code raises NotImplementedError."
    frame = _student_frame(error, test)
    if frame is None:
        if isinstance(error, NameError):
            return (
                f"{one_line(error)}. Run the cell that defines it first, then check "
                f"again."
            )
        return one_line(error)
    function, line, text = frame
    where = f"in {function}()" if function != "<module>" else "in your cell"
    shown = f" (`{text}`)" if text else ""
    message = " ".join(str(error).split()) or "no message"
    return f"{type(error).__name__} {where}, line {line}{shown}: {message}"


def _student_frame(error: BaseException, test: Callable) -> tuple[str, int, str] | None:
    code_of_test = getattr(test, "__code__", None)
    found = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        code = frame.f_code
        if code is code_of_test or code.co_filename.startswith(NOT_STUDENT):
            continue
        text = linecache.getline(code.co_filename, line).strip()
        found = (code.co_name, line, text)
    return found
