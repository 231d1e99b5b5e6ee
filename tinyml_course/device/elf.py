"""An ELF file in, its sections and symbols out: just what the board tools need.

Format: "Tool Interface Standard (TIS) Executable and Linking Format (ELF)", 1995;
32-bit little-endian.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Elf", "Section", "Symbol", "read_elf"]

_ALLOCATED, _WRITABLE = 0x2, 0x1
_NOBITS, _SYMTAB = 8, 2
_FUNCTION, _OBJECT = 2, 1


@dataclass(frozen=True)
class Section:
    """One section of the program: where it lies and what it holds."""

    name: str
    address: int
    bytes: int
    data: bytes
    writable: bool


@dataclass(frozen=True)
class Symbol:
    """A function or an object with its place and size in bytes."""

    name: str
    address: int
    bytes: int
    is_function: bool


@dataclass(frozen=True)
class Elf:
    """The parts of an ELF file that end up on the board."""

    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]
    labels: dict[str, int]
    segments: tuple[tuple[int, bytes], ...]

    @cached_property
    def _functions(self) -> tuple[list[int], list[Symbol]]:
        functions = sorted(
            (s for s in self.symbols if s.is_function), key=lambda s: s.address
        )
        return [s.address for s in functions], functions

    def function_at(self, address: int) -> Symbol | None:
        """The function whose code holds ``address``."""
        starts, functions = self._functions
        index = bisect_right(starts, address & ~1) - 1
        if index < 0:
            return None
        function = functions[index]
        return function if address < function.address + function.bytes else None

    def label_at(self, address: int) -> str:
        """``address`` as a person reads it: ``main+12``, or in hexadecimal."""
        function = self.function_at(address)
        if function is None:
            return f"0x{address:08x}"
        offset = (address & ~1) - function.address
        return f"{function.name}+{offset}" if offset else function.name


def _text(table: bytes, offset: int) -> str:
    return table[offset : table.index(b"\0", offset)].decode(errors="replace")


def read_elf(data: bytes) -> Elf:
    """Read the sections that are loaded, the symbols, and the segments to load.

    Addresses of functions come without the Thumb bit. ``labels`` holds every symbol's
    value; ``segments`` are (load address, bytes).
    """
    if data[:6] != b"\x7fELF\x01\x01":
        raise ValueError("not a 32-bit little-endian ELF file")
    header = struct.unpack_from("<HHIIIIIHHHHHH", data, 16)
    program_at, section_at = header[4], header[5]
    program_size, programs, section_size, count, names_index = header[8:13]

    raw = [
        struct.unpack_from("<10I", data, section_at + i * section_size)
        for i in range(count)
    ]

    def content(row: tuple[int, ...]) -> bytes:
        return b"" if row[1] == _NOBITS else data[row[4] : row[4] + row[5]]

    section_names = content(raw[names_index])
    sections = tuple(
        Section(
            _text(section_names, row[0]),
            row[3],
            row[5],
            content(row),
            bool(row[2] & _WRITABLE),
        )
        for row in raw
        if row[2] & _ALLOCATED and row[5]
    )

    symbols, labels = [], {}
    for table in (row for row in raw if row[1] == _SYMTAB):
        strings = content(raw[table[6]])
        rows = content(table)
        for name_at, value, size, info, _, place in struct.iter_unpack("<IIIBBH", rows):
            name = _text(strings, name_at)
            kind = info & 0xF
            if not name or place == 0 or name.startswith("$"):
                continue
            labels[name] = value
            if kind in (_FUNCTION, _OBJECT) and size:
                function = kind == _FUNCTION
                address = value & ~1 if function else value
                symbols.append(Symbol(name, address, size, function))

    segments = []
    for i in range(programs):
        row = struct.unpack_from("<8I", data, program_at + i * program_size)
        kind, offset, _, physical, file_bytes = row[:5]
        if kind == 1 and file_bytes:  # PT_LOAD
            segments.append((physical, data[offset : offset + file_bytes]))
    return Elf(sections, tuple(symbols), labels, tuple(segments))
