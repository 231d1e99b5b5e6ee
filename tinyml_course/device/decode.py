"""The bytes of a basic block in, its instructions and the bytes they move out."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

__all__ = ["BRANCHES", "count_bytes_moved", "decode", "fpu_words", "registers_of"]

BRANCHES = {"b", "bl", "bx", "blx", "cbz", "cbnz", "tbb", "tbh"}
_SIZES = {"b": 1, "sb": 1, "h": 2, "sh": 2, "": 4, "d": 8}


@lru_cache(maxsize=1)
def _decoder():
    import capstone

    decoder = capstone.Cs(
        capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS
    )
    decoder.detail = True
    return decoder


def _base(mnemonic: str) -> str:
    """The mnemonic without width, data type and condition: ``beq.w`` -> ``b``."""
    name = mnemonic.split(".")[0]
    conditional = name[:1] == "b" and len(name) == 3 and name not in BRANCHES
    return "b" if conditional and name not in ("bfi", "bfc", "bic") else name


def _strip_condition(name: str, conditional: bool) -> str:
    return name[:-2] if conditional and len(name) > 3 and name != "b" else name


@lru_cache(maxsize=65536)
def decode(code: bytes, address: int) -> tuple:
    """Each instruction as ``(name, capstone's instruction)``.

    >>> [name for name, _ in decode(bytes.fromhex("0130 fce7"), 0)]
    ['adds', 'b']
    """
    import capstone.arm as arm

    found = []
    for instruction in _decoder().disasm(code, address):
        conditional = instruction.cc not in (arm.ARM_CC_AL, arm.ARM_CC_INVALID)
        name = _strip_condition(_base(instruction.mnemonic), conditional)
        found.append((name, instruction))
    return tuple(found)


def registers_of(instruction) -> list:
    """The operands that are registers."""
    import capstone.arm as arm

    return [o for o in instruction.operands if o.type == arm.ARM_OP_REG]


def fpu_words(instruction, registers) -> int:
    """Registers of the FPU in 32-bit words: a ``d`` register is two."""
    return sum(
        2 if instruction.reg_name(o.reg).startswith("d") else 1 for o in registers
    )


def _moves(name: str, instruction) -> tuple[int, int]:
    """Bytes that one instruction loads and stores."""
    if name in ("tbb", "tbh"):
        return (1 if name == "tbb" else 2), 0
    registers = registers_of(instruction)
    loads = name.startswith(("ldr", "ldm", "pop", "vldr", "vldm", "vpop"))
    if not loads and not name.startswith(
        ("str", "stm", "push", "vstr", "vstm", "vpush")
    ):
        return 0, 0
    if name in ("push", "pop"):
        size = 4 * len(registers)
    elif name in ("vpush", "vpop"):
        size = 4 * fpu_words(instruction, registers)
    elif name.startswith(("vldm", "vstm")):
        size = 4 * fpu_words(instruction, registers[1:])
    elif name in ("vldr", "vstr"):
        size = 4 * fpu_words(instruction, registers[:1])
    elif name.startswith(("ldm", "stm")):
        size = 4 * (len(registers) - 1)
    else:
        size = _SIZES[name[3:]]
    return (size, 0) if loads else (0, size)


@lru_cache(maxsize=65536)
def _block_moves(code: bytes, address: int) -> tuple[int, int, int]:
    """Bytes that a block loads and stores, and loads only where it returns by them."""
    import capstone.arm as arm

    block = decode(code, address)
    moves = [_moves(name, instruction) for name, instruction in block]
    loads, stores = sum(m[0] for m in moves), sum(m[1] for m in moves)
    name, last = block[-1]
    if name == "pop" and last.cc not in (arm.ARM_CC_AL, arm.ARM_CC_INVALID):
        return loads - moves[-1][0], stores, moves[-1][0]
    return loads, stores, 0


def count_bytes_moved(
    flash: bytes, origin: int, blocks: np.ndarray, cells: np.ndarray
) -> np.ndarray:
    """Bytes loaded and stored by each slot, ``(slots, 2) int64``.

    Every executed load and store times its size, found by decoding the blocks that ran;
    constants that a program loads from flash are among them. (A load or store that its
    ``IT`` block skips is counted too, but for returns: compilers rarely write one.)

    Parameters
    ----------
    flash, origin, blocks, cells
        As for :func:`tinyml_course.device.cycles.estimate_cycles`.
    """
    moved = np.zeros((len(blocks), 3), np.int64)
    for index in np.flatnonzero(cells["runs"].any(axis=0)):
        address, size = int(blocks[index]["address"]), int(blocks[index]["bytes"])
        code = flash[address - origin : address - origin + size]
        moved[index] = _block_moves(code, address)
    runs = cells["runs"].astype(np.int64)
    jumps = runs - cells["falls"].astype(np.int64)
    sums = runs @ moved[:, :2]
    sums[:, 0] += jumps @ moved[:, 2]
    return sums
