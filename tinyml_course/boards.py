"""Boards as data: a name comes in, a :class:`Board` with its real limits goes out."""

from __future__ import annotations

from dataclasses import dataclass

from tinyml_course.errors import CourseError

__all__ = ["NANO33", "Board", "get"]


@dataclass(frozen=True)
class Board:
    """The limits of one microcontroller board, from its data sheets.

    Attributes
    ----------
    cpu : str
        The core as the C compiler names it (``-mcpu``).
    clock_hz, flash_bytes, ram_bytes : int
        Processor clock and the two memory budgets.
    flash_origin, ram_origin : int
        Where the memories begin in the address space.
    run_ma, volts : float
        Supply current of the core running from flash, and the supply voltage at
        which the data sheet gives it: the basis of every energy estimate.
    sources : tuple of str
        Where the figures are from.

    >>> get("nano33").ram_bytes
    262144
    """

    name: str
    title: str
    cpu: str
    clock_hz: int
    flash_bytes: int
    ram_bytes: int
    flash_origin: int
    ram_origin: int
    run_ma: float
    volts: float
    sources: tuple[str, ...]


NANO33 = Board(
    name="nano33",
    title="Arduino Nano 33 BLE Sense (nRF52840, Cortex-M4F)",
    cpu="cortex_m4",
    clock_hz=64_000_000,
    flash_bytes=1024 * 1024,
    ram_bytes=256 * 1024,
    flash_origin=0x00000000,
    ram_origin=0x20000000,
    run_ma=3.3,
    volts=3.0,
    sources=(
        "Nordic Semiconductor, nRF52840 Product Specification v1.1: 1 MB flash, "
        "256 kB RAM, 64 MHz; supply current running CoreMark from flash, cache "
        "on, DC/DC on, 3 V: 3.3 mA",
        "Arduino, Nano 33 BLE Sense data sheet (ABX00031)",
    ),
)

_BOARDS = {board.name: board for board in (NANO33,)}


def get(name: str | Board = "nano33") -> Board:
    """The board called ``name`` (a :class:`Board` is handed back as it is).

    Raises
    ------
    CourseError
        If no board has that name.

    >>> get().title
    'Arduino Nano 33 BLE Sense (nRF52840, Cortex-M4F)'
    """
    if isinstance(name, Board):
        return name
    if name not in _BOARDS:
        known = ", ".join(sorted(_BOARDS))
        raise CourseError(f"There is no board called {name!r}. Known boards: {known}.")
    return _BOARDS[name]
