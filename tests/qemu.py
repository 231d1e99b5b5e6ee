"""QEMU's mps2-an386 as a second, independent board (only where it is installed)."""

import itertools
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

PROGRAM = shutil.which("qemu-system-arm")

needed = pytest.mark.skipif(
    PROGRAM is None,
    reason="qemu-system-arm is not installed: the board is not compared with QEMU "
    "(apt install qemu-system-arm)",
)


def run(elf: bytes, stdin: bytes, folder: Path, *options: str):
    """Run ``elf``; returns (stdout, what the UART printed, exit status)."""
    program, uart = folder / "fw.elf", folder / "uart.txt"
    program.write_bytes(elf)
    done = subprocess.run(
        [PROGRAM, "-M", "mps2-an386", "-display", "none", "-monitor", "none"]
        + ["-semihosting-config", "enable=on,target=native"]
        + ["-serial", f"file:{uart}", "-kernel", str(program), *options],
        input=stdin,
        capture_output=True,
        timeout=120,
    )
    return done.stdout, uart.read_text(errors="replace"), done.returncode


def trace(elf: bytes, stdin: bytes, folder: Path, *options: str) -> np.ndarray:
    """The address of every executed instruction, in order, ``(n,) int64``."""
    log = folder / "trace.txt"
    options = ("-singlestep", "-d", "nochain,exec", "-D", str(log), *options)
    run(elf, stdin, folder, *options)
    found = re.findall(rb"\[[0-9a-f]{8}/([0-9a-f]{8})/", log.read_bytes())
    log.unlink()
    return np.array([int(address, 16) for address in found])


def attribute(pcs: np.ndarray, symbols: dict, functions: list[str], name="model"):
    """Instructions of each call of the model: one dict of function to count per call.

    Another way than the board's counter: a function's time is from its first
    instruction to the next one inside ``<name>_invoke`` (or outside the model).
    """
    start, size = symbols[f"{name}_invoke"]
    main, main_size = symbols["main"]
    owner = np.full(len(pcs), -1)
    inside = (pcs >= start) & (pcs < start + size)
    owner[inside] = 0
    owner[(pcs >= main) & (pcs < main + main_size)] = len(functions)
    for number, function in enumerate(functions):
        owner[pcs == symbols[function][0]] = number
    known = np.where(owner >= 0, np.arange(len(pcs)), 0)
    owner = owner[np.maximum.accumulate(known)]
    owner[owner < 0] = len(functions)
    entries = np.append(np.flatnonzero(pcs == start), len(pcs))
    return [
        {
            function: int(np.sum(owner[a:b] == number))
            for number, function in enumerate(functions)
        }
        for a, b in itertools.pairwise(entries)
    ]
