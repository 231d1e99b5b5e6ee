"""Counts by slot in, rows of a profile out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from tinyml_course.device.counter import Counter
from tinyml_course.device.cycles import EXCEPTION, estimate_cycles
from tinyml_course.device.decode import count_bytes_moved
from tinyml_course.device.firmware import Firmware
from tinyml_course.device.results import ProfileRow, TimerReport
from tinyml_course.graph import Operator

__all__ = ["model_functions", "profile_rows"]

_LAYER = re.compile(r"\w+?_layer_(\d+)_(\w+)")


def model_functions(firmware: Firmware, name: str = "model") -> tuple[str, ...]:
    """The functions of a generated model that a profile tells apart.

    First its ``<name>_invoke``, then each layer in order; empty if the program has no
    such model.
    """
    symbols = firmware.symbols
    if f"{name}_invoke" not in symbols:
        return ()
    pattern = re.compile(rf"{re.escape(name)}_layer_\d+_\w+")
    layers = [s for s in symbols if pattern.fullmatch(s)]
    layers.sort(key=lambda s: int(_LAYER.fullmatch(s)[1]))
    return (f"{name}_invoke", *layers)


def profile_rows(
    firmware: Firmware,
    counter: Counter,
    flash: bytes,
    functions: Iterable[str],
    *,
    model: bool,
    operators: Sequence[Operator] = (),
) -> tuple[tuple[ProfileRow, ...], int, TimerReport | None]:
    """The rows, the estimated cycles of the whole run, and what the timer did.

    With ``model`` the rows are those of the longest inference, without what is outside
    it; else those of the whole run.
    """
    origin, core = firmware.board.flash_origin, firmware.board.cpu
    blocks = counter.blocks
    total = estimate_cycles(flash, origin, blocks, counter.total, core)
    total[-1] += 2 * EXCEPTION[core] * counter.timer.handled
    cells = counter.worst if model else counter.total
    cycles = estimate_cycles(flash, origin, blocks, cells, core) if model else total
    moved = count_bytes_moved(flash, origin, blocks, cells)
    counts = cells["runs"].astype(np.int64) @ blocks["instructions"].astype(np.int64)

    macs = {op.index: op.macs for op in operators}
    slots = [("", 0)] if not model else []
    slots += [(name, slot) for slot, name in enumerate(functions, 1)]
    if not model and counter.timer.handled:
        slots.append(("board_tick", len(total) - 1))
    everything = max(1, int(sum(cycles[slot] for _, slot in slots)))
    rows = []
    for name, slot in slots:
        found = _LAYER.fullmatch(name)
        layer = int(found[1]) if found else None
        rows.append(
            ProfileRow(
                layer=layer,
                kind=found[2] if found else "other",
                function=name or "everything else",
                instructions=int(counts[slot]),
                cycles=int(cycles[slot]),
                macs=macs.get(layer),
                share=float(cycles[slot]) / everything,
                loaded_bytes=int(moved[slot, 0]),
                stored_bytes=int(moved[slot, 1]),
            )
        )
    present = {row.layer for row in rows}
    for op in operators:
        if op.index not in present:  # for example reshape: the same bytes, no code
            rows.append(ProfileRow(op.index, op.kind, "", 0, 0, op.macs, 0.0, 0, 0))
    rows.sort(key=lambda row: (row.layer is None, row.layer or 0))
    return tuple(rows), int(total.sum()), _timer_report(counter, int(total[-1]))


def _timer_report(counter: Counter, cycles: int) -> TimerReport | None:
    timer = counter.timer
    if not timer.ticks:
        return None
    return TimerReport(
        ticks=timer.ticks,
        handled=timer.handled,
        lost=timer.lost,
        worst_late_cycles=timer.worst_late,
        instructions=timer.handler_instructions,
        cycles=cycles,
    )
