"""What a model costs on a board: a .tflite comes in, one labelled row goes out.

Every figure is *counted* (bytes, instructions, MACs), *measured* (accuracy, stack
high-water) or *estimated*: cycles from the core's documented timings (see
``device.cycles``), latency = cycles / clock, energy = latency * current * voltage of
the board's data sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from tinyml_course import boards, device, export, graph, oracle, vectors
from tinyml_course.boards import Board
from tinyml_course.errors import BoardFault, BudgetError
from tinyml_course.tables import Table

__all__ = ["Table", "bench", "compare", "profile_table"]

_RUN_FIGURES = (
    "flash_bytes",
    "ram_bytes",
    "stack_bytes",
    "instructions",
    "cycles",
    "latency_ms",
    "energy_uj",
)


def _too_big(error: BudgetError) -> dict[str, object]:
    return {
        "fits": False,
        "reason": str(error),
        "needed_bytes": error.needed_bytes,
        "available_bytes": error.available_bytes,
    }


def _energy_uj(board: Board, seconds: float) -> float | None:
    """Microjoules = s * mA * V * 1e3; what it assumes is ``board.energy_note``."""
    return board.run_ma and 1e3 * seconds * board.run_ma * board.volts


def bench(
    tflite: bytes | str | Path,
    inputs: np.ndarray | list[np.ndarray] | None = None,
    *,
    board: str | Board = "nano33",
    profile: bool = False,
) -> dict[str, object]:
    """Compile a model, run it on the emulated board and say what it costs.

    Parameters
    ----------
    tflite : bytes or path
        The model, int8 or float32.
    inputs : ndarray (n, ...) of its type, or a list with one per input, optional
        What to run; ``instructions`` is the largest over them. Without it, one seeded
        vector and four extremes.
    board : str or Board
        Whose limits hold.
    profile : bool
        Add what each layer cost in the longest inference, as ``profile``: a list of
        dicts with the fields of :class:`tinyml_course.device.ProfileRow`.

    Returns
    -------
    dict
        ``flash_bytes``, ``ram_bytes`` (static data + deepest stack), ``arena_bytes``,
        ``arena_bound_bytes`` (no plan needs less), ``stack_bytes``, ``overhead_bytes``
        (start-up code and harness, part of the flash), ``instructions``, ``macs``,
        ``cycles``, ``latency_ms``, ``energy_uj``
        (these three estimated; no energy where the board's maker gives no current, see
        ``Board.energy_note``), ``tflm_arena_bytes``, ``fits`` and ``board``. A model
        over the budget has ``fits`` False, ``reason``, ``needed_bytes``,
        ``available_bytes``, and None for what only a run can tell.

    >>> from tinyml_course import datasets
    >>> bench(datasets.model_path("digits_cnn"))["fits"]
    True
    """
    board = boards.get(board)
    data = graph.load_bytes(tflite)
    model = graph.read(data)
    if inputs is None:
        arrays = vectors.probe(model, random=1)
    else:
        given = inputs if isinstance(inputs, list) else [inputs]
        arrays = [graph.check_input(model, x, n) for n, x in enumerate(given)]
    row: dict[str, object] = dict.fromkeys(_RUN_FIGURES)
    row |= {
        "arena_bytes": model.plan.arena_bytes,
        "arena_bound_bytes": model.plan.lower_bound_bytes,
        "overhead_bytes": device.overhead_bytes(board),
        "macs": model.macs,
        "tflm_arena_bytes": oracle.arena_bytes(data),
        "board": board.name,
    }
    try:
        run = device.run_model(model, arrays, board, sources=export.to_c(model))
    except BudgetError as error:
        return row | _too_big(error)
    except BoardFault as error:
        if error.kind != "stack overflow" or error.needed_bytes is None:
            raise
        return row | {
            "fits": False,
            "reason": str(error),
            "needed_bytes": error.needed_bytes,
            "available_bytes": error.available_bytes,
        }
    seconds = run.inference_cycles / board.clock_hz
    return (
        row
        | {
            "flash_bytes": run.firmware.flash_bytes,
            "ram_bytes": run.ram_bytes,
            "stack_bytes": run.stack_bytes,
            "instructions": run.inference_instructions,
            "cycles": run.inference_cycles,
            "latency_ms": 1e3 * seconds,
            "energy_uj": _energy_uj(board, seconds),
            "fits": True,
        }
        | ({"profile": [asdict(r) for r in run.profile]} if profile else {})
    )


# title, unit, how the figure came about, key, format
_COLUMNS = (
    ("accuracy", "", "measured", "accuracy", "{:.1%}"),
    ("flash", "bytes", "counted", "flash_bytes", "{:,}"),
    ("RAM", "bytes", "counted", "ram_bytes", "{:,}"),
    ("MACs", "", "counted", "macs", "{:,}"),
    ("instructions", "", "counted", "instructions", "{:,}"),
    ("latency", "ms", "estimated", "latency_ms", "{:.2f}"),
    ("energy", "µJ", "estimated", "energy_uj", "{:.1f}"),
)


def compare(rows: dict[str, dict[str, object]]) -> Table:
    """Models side by side: ``{name: bench row}`` becomes one table.

    A row may carry ``accuracy`` beside the keys of :func:`bench`. Columns that no row
    has are left out; a model that does not fit says so.

    >>> print(compare({"a": {"accuracy": 0.5, "macs": 1000, "fits": True}}))
    model  accuracy (measured)  MACs (counted)
    a                    50.0%           1,000
    """
    columns = [
        column
        for column in _COLUMNS
        if any(row.get(column[3]) is not None for row in rows.values())
    ]
    titles = [
        f"{title} ({', '.join(filter(None, (unit, how)))})"
        for title, unit, how, _, _ in columns
    ]
    body = []
    for name, row in rows.items():
        cells = [
            "-" if row.get(key) is None else form.format(row[key])
            for *_, key, form in columns
        ]
        label = name if row.get("fits", True) else f"{name} (does not fit)"
        body.append((label, *cells))
    return Table(("model", *titles), tuple(body))


def profile_table(rows: Sequence[dict[str, object]]) -> Table:
    """Layers of a model side by side: the ``profile`` of :func:`bench` as a table.

    >>> from tinyml_course import datasets
    >>> row = bench(datasets.model_path("digits_cnn"), profile=True)
    >>> profile_table(row["profile"]).rows[0][0]
    '0 conv2d'
    """
    keys = ("instructions", "cycles", "macs", "loaded_bytes", "stored_bytes")
    body = []
    for row in rows:
        name = row["kind"] if row["layer"] is None else f"{row['layer']} {row['kind']}"
        cells = ["-" if row[key] is None else f"{row[key]:,}" for key in keys]
        body.append((name, *cells, f"{row['share']:.1%}"))
    sums = [f"{sum(row[key] or 0 for row in rows):,}" for key in keys]
    body.append(("all", *sums, f"{sum(row['share'] for row in rows):.1%}"))
    titles = (
        "layer",
        "instructions (counted)",
        "cycles (estimated)",
        "MACs (counted)",
        "bytes loaded (counted)",
        "bytes stored (counted)",
        "share of cycles",
    )
    return Table(titles, tuple(body))
