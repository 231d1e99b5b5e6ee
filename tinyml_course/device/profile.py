"""Counts by slot in, rows of a profile out."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from tinyml_course.device.counter import Counter
from tinyml_course.device.cycles import estimate_cycles
from tinyml_course.device.firmware import Firmware
from tinyml_course.device.results import ProfileRow

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
    macs: dict[int, int] | None = None,
) -> tuple[tuple[ProfileRow, ...], int]:
    """The rows, and the estimated cycles of the whole run.

    With ``model`` the rows are those of the longest inference, without what is outside
    it; else those of the whole run.
    """
    origin = firmware.board.flash_origin
    blocks = counter.blocks
    total = estimate_cycles(flash, origin, blocks, counter.total)
    cells = counter.worst if model else counter.total
    cycles = estimate_cycles(flash, origin, blocks, cells) if model else total
    counts = cells["runs"].astype(np.int64) @ blocks["instructions"].astype(np.int64)

    names = ["", *functions]
    order = range(1, len(names)) if model else range(len(names))
    order = sorted(order, key=lambda slot: (_number(names[slot]) is None, slot))
    everything = max(1, int(sum(cycles[slot] for slot in order)))
    rows = []
    for slot in order:
        name = names[slot] or "everything else"
        found = _LAYER.fullmatch(name)
        layer = int(found[1]) if found else None
        rows.append(
            ProfileRow(
                layer=layer,
                kind=found[2] if found else "other",
                function=name,
                instructions=int(counts[slot]),
                cycles=int(cycles[slot]),
                macs=(macs or {}).get(layer) if layer is not None else None,
                share=float(cycles[slot]) / everything,
            )
        )
    return tuple(rows), int(total.sum())


def _number(function: str) -> int | None:
    found = _LAYER.fullmatch(function)
    return int(found[1]) if found else None
