"""C sources in, firmware out: its flash and static RAM are known here."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import sha256
from importlib.resources import files

from tinyml_course.boards import Board, get
from tinyml_course.device.decode import decode
from tinyml_course.device.elf import Elf, read_elf
from tinyml_course.device.toolchain import compile_objects, first_error, link
from tinyml_course.errors import BudgetError, CourseError

__all__ = ["Firmware", "board_files", "build"]

_HUGE_FLASH, _HUGE_RAM = 0x1000_0000, 0xB000_0000  # to learn what a program needs
_FITS_NOT = "will not fit in region"


@dataclass(frozen=True)
class Firmware:
    """A program for a board, linked.

    Attributes
    ----------
    elf : bytes
        The file that also runs under ``qemu-system-arm -M mps2-an386``.
    board : Board
        The board it is linked for.
    flash_bytes : int
        Code, constants and the first values of variables (``size``: text + data).
    static_ram_bytes : int
        Variables that live as long as the program (``size``: data + bss).
    """

    elf: bytes = field(repr=False)
    board: Board = field(repr=False)
    flash_bytes: int
    static_ram_bytes: int

    @cached_property
    def image(self) -> Elf:
        """The sections and symbols of the ELF file."""
        return read_elf(self.elf)

    @property
    def symbols(self) -> dict[str, tuple[int, int]]:
        """Functions and objects: name to (address, bytes)."""
        return {s.name: (s.address, s.bytes) for s in self.image.symbols}

    def listing(self, function: str) -> str:
        """A function as the processor reads it: one instruction a line, with addresses.

        Constants that lie behind the code are listed as if they were code.

        Raises
        ------
        CourseError
            If the program has no such function.

        >>> program = build({"main.c": "int main(void) { return 7; }"})
        >>> print(program.listing("main").splitlines()[0].split(None, 1)[1])
        push {r7, lr}
        """
        found = [s for s in self.image.symbols if s.is_function and s.name == function]
        if not found:
            raise CourseError(
                f"The program has no function called {function!r}; see `symbols`."
            )
        begin = found[0].address
        (at, data), *_ = (
            (at, data)
            for at, data in self.image.segments
            if at <= begin < at + len(data)
        )
        code = bytes(data[begin - at : begin - at + found[0].bytes])
        return "\n".join(
            f"{i.address:08x}  {i.mnemonic} {i.op_str}".rstrip()
            for _, i in decode(code, begin)
        )

    @property
    def sha256(self) -> str:
        """The ELF file's fingerprint."""
        return sha256(self.elf).hexdigest()


@lru_cache(maxsize=1)
def board_files() -> dict[str, str]:
    """The start-up code, ``board.c`` and ``board.h`` that every firmware gets."""
    folder = files("tinyml_course") / "runtime" / "board"
    return {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith((".c", ".h", ".ld"))
    }


def _script(board: Board, flash_bytes: int, ram_bytes: int) -> str:
    text = board_files()["board.ld"]
    for name, value in (
        ("FLASH_ORIGIN", board.flash_origin),
        ("FLASH_BYTES", flash_bytes),
        ("RAM_ORIGIN", board.ram_origin),
        ("RAM_BYTES", ram_bytes),
    ):
        text = text.replace(f"@{name}@", hex(value))
    return text


def _link(objects, board: Board, flash_bytes: int, ram_bytes: int):
    flags = ["-T", "board.ld", "-Wl,-e,board_reset", "-Wl,--gc-sections"]
    flags += ["-Wl,-z,max-page-size=16"]
    script = _script(board, flash_bytes, ram_bytes)
    return link(objects, board.cpu, flags, {"board.ld": script})


def _sizes(image: Elf) -> tuple[int, int]:
    """Flash and static RAM, as ``size`` counts them: text + data, data + bss."""
    flash = sum(s.bytes for s in image.sections if s.data)
    ram = sum(s.bytes for s in image.sections if s.writable)
    return flash, ram


def build(
    sources: dict[str, str], board: str | Board = "nano33", optimize: str = "-O2"
) -> Firmware:
    """Compile and link a program for a board.

    Parameters
    ----------
    sources : dict of str to str
        File name to text: C, assembly (``.S``) and headers, one of them with a
        ``main``. Start-up code, ``board.c`` and ``board.h`` are added.
    board : str or Board
        The name of a board.
    optimize : str
        The compiler's optimization level for these sources.

    Raises
    ------
    CourseError
        With the compiler's first error, if the C is wrong.
    BudgetError
        If the program needs more flash or RAM than the board has.

    >>> program = build({"main.c": "int main(void) { return 0; }"})
    >>> program.flash_bytes < 1024, program.static_ram_bytes
    (True, 0)
    """
    board = get(board)
    own = board_files()
    taken = sorted(set(own) & set(sources))
    if taken:
        raise CourseError(
            f"The file name {taken[0]!r} is the board's own; rename yours, for "
            "example to 'main.c'."
        )
    if not any(name.endswith((".c", ".S")) for name in sources):
        raise CourseError(
            "A program needs at least one .c file with a main; received "
            f"{', '.join(sorted(sources)) or 'no files'}."
        )
    objects = compile_objects(
        {**sources, **{name: own[name] for name in own if name.endswith(".h")}},
        board.cpu,
        optimize,
    )
    objects += compile_objects(
        {name: own[name] for name in own if not name.endswith(".ld")}, board.cpu, "-Os"
    )
    elf, complaint = _link(objects, board, board.flash_bytes, board.ram_bytes)
    if complaint and _FITS_NOT in complaint:
        roomy, complaint = _link(objects, board, _HUGE_FLASH, _HUGE_RAM)
        if roomy:
            raise _over_budget(read_elf(roomy), board)
    if complaint:
        raise CourseError(f"The program does not link: {_missing(complaint)}")
    flash, ram = _sizes(read_elf(elf))
    return Firmware(elf, board, flash, ram)


def _missing(complaint: str) -> str:
    error = first_error(complaint).removeprefix("error: ").removeprefix("ld.lld: ")
    if "undefined symbol: main" in error:
        error += ' (a program starts at "int main(void)")'
    return error


def _over_budget(image: Elf, board: Board) -> BudgetError:
    flash, ram = _sizes(image)
    if flash > board.flash_bytes:
        region, needed, available = "flash", flash, board.flash_bytes
        advice = "Use a smaller model or fewer constants"
    else:
        region, needed, available = "RAM", ram, board.ram_bytes
        advice = "Use smaller arrays or a smaller first layer"
    parts = [
        s for s in image.symbols if (s.address >= board.ram_origin) == (region == "RAM")
    ]
    largest = max(parts, key=lambda s: s.bytes, default=None)
    if largest is not None:
        advice += f"; the largest part is {largest.name} ({largest.bytes:,} bytes)"
    return BudgetError(
        f"The program needs {needed:,} bytes of {region}; the board has "
        f"{available:,}, {needed - available:,} too few. {advice}.",
        region=region,
        needed_bytes=needed,
        available_bytes=available,
    )
