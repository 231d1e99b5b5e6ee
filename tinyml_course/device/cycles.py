"""Executed instructions in, an estimate of Cortex-M4 cycles out.

Every executed instruction is priced by the tables of ARM's *Cortex-M4 Technical
Reference Manual* r0p1 (ARM 100166), sections 3.3.1 (instructions), 3.3.2 (load and
store timings) and 7.2.3 (FPU). It is an **estimate**; what it assumes:

* Flash answers without wait states (the nRF52840's flash needs two at 64 MHz, which its
  instruction cache hides for loops that fit it).
* A taken branch refills the pipeline in ``P`` = 2 cycles (the manual: 1 to 3, by the
  alignment and width of the target), a branch that is not taken costs 1.
* A load takes 2 cycles; it takes 1 when the next instruction is a load or store that
  does not compute its address from the loaded register (the manual's pipelining of
  neighbouring accesses). A store with an immediate offset takes 1; ``LDRD``, ``LDM``,
  ``PUSH`` and their like 1 + N.
* A division takes 7 cycles (the manual: 2 to 12, by its operands).
* An instruction that its ``IT`` block skips costs 1 cycle, like one that runs.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

__all__ = ["REFILL", "estimate_cycles", "price_block"]

REFILL = 2
"""P: cycles to refill the pipeline after a taken branch."""

_DIVISION = 7
_BRANCHES = {"b", "bl", "bx", "blx", "cbz", "cbnz", "tbb", "tbh"}
# cycles above one
_EXTRA = {
    "sdiv": _DIVISION - 1,
    "udiv": _DIVISION - 1,
    "vdiv": 13,
    "vsqrt": 13,
    "vmla": 2,
    "vmls": 2,
    "vnmla": 2,
    "vnmls": 2,
    "vfma": 2,
    "vfms": 2,
    "vfnma": 2,
    "vfnms": 2,
    "tbb": 1,
    "tbh": 1,
    "mrs": 1,
    "msr": 1,
    "isb": 3,
    "dsb": 3,
}


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
    conditional = name[:1] == "b" and len(name) == 3 and name not in _BRANCHES
    return "b" if conditional and name not in ("bfi", "bfc", "bic") else name


def _strip_condition(name: str, conditional: bool) -> str:
    return name[:-2] if conditional and len(name) > 3 and name != "b" else name


@lru_cache(maxsize=65536)
def price_block(code: bytes, address: int) -> tuple[int, int]:
    """Cycles of a basic block, and what a taken branch at its end adds.

    >>> price_block(bytes.fromhex("0130 fce7"), 0)  # adds r0, #1; b
    (2, 2)
    """
    import capstone.arm as arm

    cycles, taken = 0, 0
    block = list(_decoder().disasm(code, address))
    for index, instruction in enumerate(block):
        name = _base(instruction.mnemonic)
        conditional = instruction.cc not in (arm.ARM_CC_AL, arm.ARM_CC_INVALID)
        name = _strip_condition(name, conditional)
        following = block[index + 1] if index + 1 < len(block) else None
        cycles += 1 + _EXTRA.get(name, 0) + _memory(instruction, name, following)
        written = instruction.regs_access()[1]
        taken = REFILL if name in _BRANCHES or arm.ARM_REG_PC in written else 0
    return cycles, taken


def _memory(instruction, name: str, following) -> int:
    """Cycles above one for loads and stores."""
    import capstone.arm as arm

    operands = instruction.operands
    registers = [o for o in operands if o.type == arm.ARM_OP_REG]
    if name in ("push", "pop"):
        return len(registers)
    if name in ("vpush", "vpop"):
        return _words(instruction, registers)
    if name.startswith(("ldm", "stm")):
        return len(registers) - 1
    if name.startswith(("vldm", "vstm")):
        return _words(instruction, registers[1:])
    if name in ("ldrd", "strd"):
        return 2
    if name in ("vldr", "vstr"):
        return _words(instruction, registers[:1])
    if name.startswith("str"):
        memory = next(o for o in operands if o.type == arm.ARM_OP_MEM)
        return 1 if memory.mem.index else 0
    if name.startswith("ldr"):
        return 0 if _pipelines(registers[0].reg, following) else 1
    return 0


def _words(instruction, registers) -> int:
    """Registers of the FPU in 32-bit words: a ``d`` register is two."""
    return sum(
        2 if instruction.reg_name(o.reg).startswith("d") else 1 for o in registers
    )


def _pipelines(loaded: int, following) -> bool:
    if following is None or not following.mnemonic.startswith(("ldr", "str")):
        return False
    import capstone.arm as arm

    for operand in following.operands:
        if operand.type == arm.ARM_OP_MEM:
            return loaded not in (operand.mem.base, operand.mem.index)
    return False


def estimate_cycles(
    flash: bytes, origin: int, blocks: np.ndarray, cells: np.ndarray
) -> np.ndarray:
    """Estimated cycles of each slot, ``(slots,) int64``.

    Parameters
    ----------
    flash : bytes
        The memory that the program runs from, beginning at ``origin``.
    blocks : ndarray
        Address, bytes of each block.
    cells : ndarray
        Runs and fall-throughs ``(slots, blocks)`` of each block.
    """
    prices = np.zeros((len(blocks), 2), np.int64)
    used = np.flatnonzero(cells["runs"].any(axis=0))
    for index in used:
        address, size = int(blocks[index]["address"]), int(blocks[index]["bytes"])
        code = flash[address - origin : address - origin + size]
        prices[index] = price_block(code, address)
    runs = cells["runs"].astype(np.int64)
    jumps = runs - cells["falls"].astype(np.int64)
    return runs @ prices[:, 0] + jumps @ prices[:, 1]
