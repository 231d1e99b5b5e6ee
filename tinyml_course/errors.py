"""What can go wrong, each as one line for a person: wrong, expected, received, next.

A message is a single sentence or two that a student can act on. The command line
prints it on stderr and exits with status 2; a notebook shows it as the exception.
"""

from __future__ import annotations

__all__ = [
    "BoardFault",
    "BudgetError",
    "CourseError",
    "DataError",
    "ModelError",
    "ToolError",
]


class CourseError(Exception):
    """Something the person at the keyboard can put right.

    >>> raise CourseError("The board 'uno' is unknown. Known: nano33.")
    Traceback (most recent call last):
        ...
    tinyml_course.errors.CourseError: The board 'uno' is unknown. Known: nano33.
    """


class DataError(CourseError):
    """An array or a data file is not what the call needs."""


class ModelError(CourseError):
    """A model file cannot be read, or uses something that is not supported."""


class ToolError(CourseError):
    """A program or package that the call needs is missing or failed."""


class BudgetError(CourseError):
    """A program does not fit the board.

    Attributes
    ----------
    region : {"flash", "RAM"}
        The memory that is too small.
    needed_bytes, available_bytes : int
        What the program needs of it, and what the board has.
    """

    def __init__(
        self, message: str, *, region: str, needed_bytes: int, available_bytes: int
    ) -> None:
        super().__init__(message)
        self.region = region
        self.needed_bytes = needed_bytes
        self.available_bytes = available_bytes


class BoardFault(CourseError):
    """A program crashed on the emulated board.

    Attributes
    ----------
    kind : str
        For example "stack overflow", "bad address", "timeout".
    address : int or None
        The address whose access failed, where there is one.
    function : str
        The function that was running.
    needed_bytes, available_bytes : int or None
        For a stack overflow, the stack the program would have needed (None when there
        was no end to it), and what was free for it.
    layer : str
        The function of the model's layer that was running, where there is one.
    calls : tuple of str
        The functions under way, the innermost first.
    place : str
        The instruction, as function + offset in bytes.
    registers : dict of str to int
        The processor's registers at the fault; ``cfsr`` says what kind it is and
        ``bfar`` the address, as ARM's manual defines them (not on a Cortex-M0+).
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        address: int | None = None,
        function: str = "",
        needed_bytes: int | None = None,
        available_bytes: int | None = None,
        layer: str = "",
        calls: tuple[str, ...] = (),
        place: str = "",
        registers: dict[str, int] | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.address = address
        self.function = function
        self.needed_bytes = needed_bytes
        self.available_bytes = available_bytes
        self.layer = layer
        self.calls = calls
        self.place = place
        self.registers = registers or {}
