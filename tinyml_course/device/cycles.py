"""Executed instructions in, an estimate of a Cortex-M's cycles out.

Every executed instruction is priced by the tables of ARM's Technical Reference Manuals:

* **Cortex-M4** r0p1 (ARM 100166), sections 3.3.1 (instructions), 3.3.2 (load and store
  timings) and 7.2.3 (FPU);
* **Cortex-M3** r2p1 (ARM 100165), section 3.3: as the M4, but a multiply-accumulate
  takes 2, a long multiplication 3 to 5 (4 here), with accumulation 4 to 7 (6 here);
* **Cortex-M0+** r0p1 (ARM DDI 0484), section 3.3: loads and stores 2, a taken branch 2,
  BL 3, a multiplication 1 (the RP2040 has the fast multiplier);
* **Cortex-M7**: its manual has no such table. It is priced as an M4, one instruction at
  a time, though it issues two where it can: about an upper bound. ARM's figures for
  CoreMark per MHz (5.01 against 3.42) suggest a third less.

It is an **estimate**; what it assumes:

* Flash answers without wait states (the nRF52840's flash needs two at 64 MHz, which its
  instruction cache hides for loops that fit it; the others have caches or prefetch).
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

from tinyml_course.device.decode import BRANCHES, decode, fpu_words, registers_of

__all__ = ["EXCEPTION", "REFILL", "estimate_cycles", "price_block"]

REFILL = 2
"""P: cycles to refill the pipeline after a taken branch."""

EXCEPTION = {"cortex_m0plus": 15, "cortex_m3": 12, "cortex_m4": 12, "cortex_m7": 12}
"""Cycles to enter an interrupt, and again to leave it (ARM's manuals: the latency)."""

_DIVISION = 7
_BARRIERS = {"isb": 3, "dsb": 3}
# cycles above one
_M4 = {
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
    **_BARRIERS,
}
_EXTRA = {
    "cortex_m0plus": {"mrs": 2, "msr": 2, "isb": 2, "dsb": 2, "dmb": 2},
    "cortex_m3": {
        **_M4,
        "mla": 1,
        "mls": 1,
        "smull": 3,
        "umull": 3,
        "smlal": 5,
        "umlal": 5,
    },
    "cortex_m4": _M4,
    "cortex_m7": _M4,
}


@lru_cache(maxsize=65536)
def price_block(code: bytes, address: int, core: str = "cortex_m4") -> tuple[int, int]:
    """Cycles of a basic block, and what a taken branch at its end adds.

    >>> price_block(bytes.fromhex("0130 fce7"), 0)  # adds r0, #1; b
    (2, 2)
    >>> price_block(bytes.fromhex("0130 fce7"), 0, "cortex_m0plus")
    (2, 1)
    """
    import capstone.arm as arm

    extra, small = _EXTRA[core], core == "cortex_m0plus"
    cycles, taken = 0, 0
    block = decode(code, address)
    for index, (name, instruction) in enumerate(block):
        following = block[index + 1][1] if index + 1 < len(block) else None
        cycles += 1 + extra.get(name, 0)
        if small:
            cycles += _small_memory(instruction, name)
        else:
            cycles += _memory(instruction, name, following)
        jumps = name in BRANCHES or arm.ARM_REG_PC in instruction.regs_access()[1]
        taken = 0
        if jumps:
            taken = (2 if name in ("bl", "pop") else 1) if small else REFILL
    return cycles, taken


def _small_memory(instruction, name: str) -> int:
    """Cycles above one for loads and stores of a Cortex-M0+."""
    if name in ("push", "pop"):
        return len(registers_of(instruction))
    if name.startswith(("ldm", "stm")):
        return len(registers_of(instruction)) - 1
    return int(name.startswith(("ldr", "str")))


def _memory(instruction, name: str, following) -> int:
    """Cycles above one for loads and stores."""
    import capstone.arm as arm

    registers = registers_of(instruction)
    if name in ("push", "pop"):
        return len(registers)
    if name in ("vpush", "vpop"):
        return fpu_words(instruction, registers)
    if name.startswith(("ldm", "stm")):
        return len(registers) - 1
    if name.startswith(("vldm", "vstm")):
        return fpu_words(instruction, registers[1:])
    if name in ("ldrd", "strd"):
        return 2
    if name in ("vldr", "vstr"):
        return fpu_words(instruction, registers[:1])
    if name.startswith("str"):
        memory = next(o for o in instruction.operands if o.type == arm.ARM_OP_MEM)
        return 1 if memory.mem.index else 0
    if name.startswith("ldr"):
        return 0 if _pipelines(registers[0].reg, following) else 1
    return 0


def _pipelines(loaded: int, following) -> bool:
    if following is None or not following.mnemonic.startswith(("ldr", "str")):
        return False
    import capstone.arm as arm

    for operand in following.operands:
        if operand.type == arm.ARM_OP_MEM:
            return loaded not in (operand.mem.base, operand.mem.index)
    return False


def estimate_cycles(
    flash: bytes, origin: int, blocks: np.ndarray, cells: np.ndarray, core: str
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
    core : str
        Whose timings: a board's ``cpu``.
    """
    prices = np.zeros((len(blocks), 2), np.int64)
    used = np.flatnonzero(cells["runs"].any(axis=0))
    for index in used:
        address, size = int(blocks[index]["address"]), int(blocks[index]["bytes"])
        code = flash[address - origin : address - origin + size]
        prices[index] = price_block(code, address, core)
    runs = cells["runs"].astype(np.int64)
    jumps = runs - cells["falls"].astype(np.int64)
    return runs @ prices[:, 0] + jumps @ prices[:, 1]
