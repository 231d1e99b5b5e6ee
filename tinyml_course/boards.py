"""Boards as data: a name comes in, a :class:`Board` with its real limits goes out."""

from __future__ import annotations

from dataclasses import dataclass

from tinyml_course.errors import CourseError

__all__ = ["BOARDS", "NANO33", "Board", "get"]


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
    run_ma : float or None
        Supply current of the core running from flash; None where the maker does not
        say, and then no energy is estimated.
    volts : float
        The supply voltage of that current.
    sources : tuple of str
        Where the figures are from.
    sleep_ua : float or None
        Supply current while the core sleeps, keeps its RAM and wakes by a clock; None
        where nobody looked it up.

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
    run_ma: float | None
    volts: float
    sources: tuple[str, ...]
    sleep_ua: float | None = None

    @property
    def core(self) -> str:
        """The core as people call it.

        >>> get("pico").core
        'Cortex-M0+'
        """
        return self.cpu.replace("cortex_m", "Cortex-M").replace("plus", "+")

    @property
    def energy_note(self) -> str:
        """What an energy estimate for this board assumes, in one sentence.

        >>> get("nano33").energy_note
        'latency x 3.3 mA x 3 V, the core running at 64 MHz; without sensors and radio'
        """
        clock = f"{self.clock_hz / 1e6:g} MHz"
        if self.run_ma is None:
            return f"not estimated: the maker gives no current for the core at {clock}"
        return (
            f"latency x {self.run_ma:g} mA x {self.volts:g} V, the core running at "
            f"{clock}; without sensors and radio"
        )


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
        "on, DC/DC on, 3 V: 3.3 mA; System ON with the RAM kept, woken by the RTC: "
        "3.16 uA",
        "Arduino, Nano 33 BLE Sense data sheet (ABX00031)",
    ),
    sleep_ua=3.16,
)

_PICO = Board(
    name="pico",
    title="Raspberry Pi Pico (RP2040, one of its two Cortex-M0+)",
    cpu="cortex_m0plus",
    clock_hz=125_000_000,
    flash_bytes=2 * 1024 * 1024,
    ram_bytes=264 * 1024,
    flash_origin=0x10000000,
    ram_origin=0x20000000,
    run_ma=None,
    volts=3.3,
    sources=(
        "Raspberry Pi, RP2040 Datasheet: 264 kB SRAM at 0x20000000 in six banks, "
        "flash through a cache at 0x10000000, clock up to 133 MHz; section 5.4 gives "
        "currents of whole demos at 48 MHz, none of the core at 125 MHz",
        "Raspberry Pi, Pico Datasheet: 2 MB of flash; the SDK runs it at 125 MHz",
    ),
)

_L152 = Board(
    name="nucleo_l152re",
    title="ST Nucleo-L152RE (STM32L152RE, Cortex-M3)",
    cpu="cortex_m3",
    clock_hz=32_000_000,
    flash_bytes=512 * 1024,
    ram_bytes=80 * 1024,
    flash_origin=0x08000000,
    ram_origin=0x20000000,
    run_ma=9.6,
    volts=3.6,
    sources=(
        "STMicroelectronics, STM32L152RE data sheet: 512 kB flash, 80 kB SRAM, 32 MHz",
        "STMicroelectronics, STM32L100RB data sheet (the same family), table 15: "
        "typical supply current running Dhrystone from flash at 32 MHz, 3.6 V: 9.6 mA",
    ),
)

_L4R5 = Board(
    name="nucleo_l4r5zi",
    title="ST Nucleo-L4R5ZI (STM32L4R5ZI, Cortex-M4F)",
    cpu="cortex_m4",
    clock_hz=120_000_000,
    flash_bytes=2 * 1024 * 1024,
    ram_bytes=640 * 1024,
    flash_origin=0x08000000,
    ram_origin=0x20000000,
    run_ma=13.2,
    volts=3.3,
    sources=(
        "STMicroelectronics, DS12023 (STM32L4R5xx): 2 MB flash, 640 kB SRAM in one "
        "piece at 0x20000000, 120 MHz; run mode 110 uA/MHz",
        "The reference board of MLPerf Tiny",
    ),
)

_TEENSY = Board(
    name="teensy41",
    title="PJRC Teensy 4.1 (i.MX RT1062, Cortex-M7)",
    cpu="cortex_m7",
    clock_hz=600_000_000,
    flash_bytes=7936 * 1024,
    ram_bytes=512 * 1024,
    flash_origin=0x60000000,
    ram_origin=0x20000000,
    run_ma=100.0,
    volts=5.0,
    sources=(
        "PJRC, Teensy 4.1: 600 MHz, 7936 kB flash, 1024 kB RAM of which 512 kB "
        "tightly coupled (all of it for data here); about 100 mA for the whole board "
        "at 600 MHz, from its 5 V",
    ),
)

BOARDS = {board.name: board for board in (NANO33, _PICO, _L152, _L4R5, _TEENSY)}
"""Every board, by name."""


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
    if name not in BOARDS:
        known = ", ".join(sorted(BOARDS))
        raise CourseError(f"There is no board called {name!r}. Known boards: {known}.")
    return BOARDS[name]
