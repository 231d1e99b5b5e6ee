"""Where the bytes are: a graph or a firmware comes in, a figure or a table goes out.

Everything drawn is counted: offsets and lives from the memory plan, flash and RAM from
the symbols of the linked program.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from tinyml_course.device import Firmware, RunResult, overhead_bytes
from tinyml_course.graph import Graph
from tinyml_course.plots import COLORS
from tinyml_course.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "budget",
    "budget_table",
    "flash_by_layer",
    "memory_map",
    "memory_plan",
    "memory_uses",
]

KINDS = ("weights", "bias and scaling", "tables and settings", "code", "start-up")
_HUES = ("blue", "sky", "green", "orange", "grey")


def memory_plan(model: Graph) -> Figure:
    """Draw the arena: each tensor's bytes upward, the steps it lives in to the right.

    Where an output reaches into the input that dies with it, the bytes that they share
    are hatched. The dashed line is the lower bound.

    >>> from tinyml_course import datasets, graph
    >>> figure = memory_plan(graph.read(datasets.model_path("digits_cnn")))
    >>> figure.axes[0].get_xlabel()
    'step (layer that runs)'
    """
    from matplotlib import pyplot as plt
    from matplotlib.patches import Rectangle

    plan = model.plan
    fig, ax = plt.subplots(figsize=(6.4, 3.8))
    starts = {life: plan.offsets[life.tensors[0]] for life in plan.lives}
    for life, start in starts.items():
        ends = set(life.tensors)
        role = "inner"
        if ends & set(model.inputs):
            role = "input"
        if ends & set(model.outputs):
            role = "output"
        hue = {"input": "sky", "inner": "blue", "output": "orange"}[role]
        place = (life.first - 0.5, start)
        width = life.last - life.first + 1
        ax.add_patch(
            Rectangle(
                place,
                width,
                life.bytes,
                facecolor=COLORS[hue],
                alpha=0.55,
                edgecolor="k",
            )
        )
        shape = "x".join(str(n) for n in model.tensors[life.tensors[0]].shape[1:])
        if life.bytes > 0.15 * plan.arena_bytes:  # where it was made, read upward
            middle = (life.first, start + life.bytes / 2)
            words = shape if role == "inner" else f"{shape} ({role})"
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
            ax.text(*middle, words, rotation=90, fontsize=8, bbox=box, ha="center",
                    va="center")  # fmt: skip
    for output, dying in plan.leads:
        low = max(starts[output], starts[dying])
        high = min(starts[output] + output.bytes, starts[dying] + dying.bytes)
        if high > low:
            shared = Rectangle(
                (output.first - 0.5, low), 1, high - low, fill=False, hatch="///", lw=0
            )
            ax.add_patch(shared)
    ax.axhline(plan.lower_bound_bytes, color=COLORS["vermillion"], linestyle="--")
    ax.set(
        xlim=(-1.6, len(model.operators) + 0.6),
        ylim=(0, 1.08 * plan.arena_bytes),
        xlabel="step (layer that runs)",
        ylabel="byte of the arena",
        title=f"arena {plan.arena_bytes:,} bytes, at least {plan.lower_bound_bytes:,}",
    )
    ax.xaxis.get_major_locator().set_params(integer=True)
    return fig


def memory_map(ax: Axes, title: str, uses: dict[str, int], size_bytes: int) -> None:
    """Draw a memory as 64 x 64 squares, filled from the top by what uses it.

    A use that is smaller than a square gets one.

    Parameters
    ----------
    uses : dict of str to int
        Up to five uses with their bytes; those of 0 bytes are left out.

    >>> from matplotlib import pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> memory_map(ax, "RAM", {"arena": 960, "stack": 200}, 262_144)
    >>> ax.get_title(), [text.get_text() for text in ax.get_legend().get_texts()]
    ('RAM: 1,160 of 262,144', ['arena 960', 'stack 200'])
    """
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    square = size_bytes / 64**2  # bytes
    squares = np.tile(to_rgb("#e4e4e4"), (64**2, 1))
    hues = ("grey", "blue", "green", "orange", "purple")
    patches, begin = [], 0
    for hue, (use, count) in zip(hues, uses.items(), strict=False):
        if not count:
            continue
        end = max(begin + 1, round(begin + count / square))
        squares[begin:end] = to_rgb(COLORS[hue])
        patches.append(Patch(color=COLORS[hue], label=f"{use} {count:,}"))
        begin = end
    ax.imshow(squares.reshape(64, 64, 3), interpolation="none")
    edges = np.arange(65) - 0.5
    ax.hlines(edges, -0.5, 63.5, color="white", linewidth=0.6)
    ax.vlines(edges, -0.5, 63.5, color="white", linewidth=0.6)
    used = sum(uses.values())
    ax.set_title(f"{title}: {used:,} of {size_bytes:,}", fontsize=11)
    if used > size_bytes:
        ax.set_title(f"{title}: {used:,}, too much", fontsize=11, color="#a33f00")
    ax.set(xticks=[], yticks=[])
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.grid(visible=False)
    ax.legend(handles=patches, loc="upper center", bbox_to_anchor=(0.5, 0), fontsize=10)


def memory_uses(run: RunResult, model: Graph) -> tuple[dict[str, int], dict[str, int]]:
    """Say what a model that ran with its harness uses of flash and of RAM, in bytes.

    >>> from tinyml_course import datasets, device, graph
    >>> net = graph.read(datasets.model_path("digits_cnn"))
    >>> run = device.run_model(net, np.zeros((1, 8, 8, 1), np.int8))
    >>> flash, ram = memory_uses(run, net)
    >>> list(flash), sum(flash.values()) == run.firmware.flash_bytes
    (['start-up', 'weights', 'code, scales'], True)
    >>> list(ram), sum(ram.values()) == run.ram_bytes
    (['arena', 'stack', 'variables'], True)
    """
    firmware = run.firmware
    flash = {"start-up": overhead_bytes(firmware.board), "weights": model.weight_bytes}
    flash["code, scales"] = firmware.flash_bytes - sum(flash.values())
    ram = {"arena": model.plan.arena_bytes, "stack": run.stack_bytes}
    return flash, ram | {"variables": run.ram_bytes - sum(ram.values())}


def flash_by_layer(
    firmware: Firmware, model: Graph, name: str = "model"
) -> dict[str, dict[str, int]]:
    """Count the bytes of flash by layer and kind; they sum to ``flash_bytes``.

    Operators' code is shared by the layers that use it, so it stands by itself.

    Returns
    -------
    dict
        ``{part: {kind: bytes}}``: each layer by its name, then ``operators`` and
        ``start-up and harness``.

    >>> from tinyml_course import datasets, device, export, graph
    >>> net = graph.read(datasets.model_path("digits_cnn"))
    >>> firmware = device.build_model(export.to_c(net))
    >>> parts = flash_by_layer(firmware, net)
    >>> sum(sum(p.values()) for p in parts.values()) == firmware.flash_bytes
    True
    """
    of_weights = {
        op.inputs[1]: op.name
        for op in model.operators
        if len(op.inputs) > 1 and model.is_constant(op.inputs[1])
    }
    names = {f"{op.index:02d}": op.name for op in model.operators}
    parts: dict[str, dict[str, int]] = {op.name: {} for op in model.operators}
    parts |= {"operators": {}, "start-up and harness": {}}
    counted = 0
    ram = firmware.board.ram_origin
    for symbol, (address, size) in firmware.symbols.items():
        if address >= ram or not size:
            continue
        part, kind = _place(symbol, name, names, of_weights)
        parts[part][kind] = parts[part].get(kind, 0) + size
        counted += size
    rest = parts["start-up and harness"]
    rest["start-up"] = rest.get("start-up", 0) + firmware.flash_bytes - counted
    return {part: kinds for part, kinds in parts.items() if kinds}


def _place(
    symbol: str, name: str, names: dict[str, str], of_weights: dict[int, str]
) -> tuple[str, str]:
    """The part and the kind that a symbol of the firmware belongs to."""
    constant = re.fullmatch(r"(weights|constant)_(\d+)", symbol)
    if constant and int(constant[2]) in of_weights:
        return of_weights[int(constant[2])], "weights"
    found = re.fullmatch(r"(bias|multiplier|shift)_(\d\d)", symbol)
    if found and found[2] in names:
        return names[found[2]], "bias and scaling"
    found = re.fullmatch(r"(layer|table|rows|columns|fill)_(\d\d)(_\d+)?", symbol)
    if found and found[2] in names:
        return names[found[2]], "tables and settings"
    found = re.match(rf"{re.escape(name)}_layer_(\d\d)_", symbol)
    if found:
        return names[found[1]], "code"
    if symbol.startswith(("tc_", f"{name}_")):
        return "operators", "code"
    return "start-up and harness", "start-up"


def budget_table(firmware: Firmware, model: Graph, name: str = "model") -> Table:
    """Give :func:`flash_by_layer` as a table with its sums.

    >>> from tinyml_course import datasets, device, export, graph
    >>> net = graph.read(datasets.model_path("digits_cnn"))
    >>> budget_table(device.build_model(export.to_c(net)), net).titles[0]
    'part of the flash'
    """
    parts = flash_by_layer(firmware, model, name)
    rows = [
        (
            part,
            *(f"{kinds.get(kind, 0):,}" for kind in KINDS),
            f"{sum(kinds.values()):,}",
        )
        for part, kinds in parts.items()
    ]
    sums = [sum(kinds.get(kind, 0) for kinds in parts.values()) for kind in KINDS]
    rows.append(("all", *(f"{n:,}" for n in sums), f"{firmware.flash_bytes:,}"))
    return Table(("part of the flash", *KINDS, "bytes"), tuple(rows))


def budget(
    firmware: Firmware, model: Graph, stack_bytes: int = 0, name: str = "model"
) -> Figure:
    """Draw the flash by layer and kind, and the RAM by what it is used for.

    Parameters
    ----------
    stack_bytes : int
        The deepest stack that a run measured.

    >>> from tinyml_course import datasets, device, export, graph
    >>> net = graph.read(datasets.model_path("digits_cnn"))
    >>> figure = budget(device.build_model(export.to_c(net)), net)
    >>> [ax.get_xlabel() for ax in figure.axes]
    ['bytes of flash', 'bytes of RAM']
    """
    from matplotlib import pyplot as plt

    parts = flash_by_layer(firmware, model, name)
    tall = 0.24 * len(parts) + 1.0
    fig, (flash, ram) = plt.subplots(
        2, 1, figsize=(6.4, tall + 1.6), height_ratios=[tall, 1.2]
    )
    left = dict.fromkeys(parts, 0)
    for kind, hue in zip(KINDS, _HUES, strict=True):
        widths = [kinds.get(kind, 0) for kinds in parts.values()]
        flash.barh(
            list(parts), widths, left=list(left.values()), color=COLORS[hue], label=kind
        )
        for part, width in zip(parts, widths, strict=True):
            left[part] += width
    for part, total in left.items():
        flash.text(total, part, f" {total:,}", va="center", fontsize=9)
    flash.invert_yaxis()
    used, whole = firmware.flash_bytes, firmware.board.flash_bytes
    flash.set(
        xlabel="bytes of flash",
        xlim=(0, 1.18 * max(left.values())),
        title=f"flash: {used:,} of {whole:,} bytes",
    )
    flash.legend(
        loc="upper center", bbox_to_anchor=(0.3, -0.6 / tall), ncols=3, fontsize=9
    )
    flash.grid(visible=False, axis="y")
    arena = model.plan.arena_bytes
    uses = {
        "arena": arena,
        "other variables": firmware.static_ram_bytes - arena,
        "stack": stack_bytes,
    }
    start = 0
    for hue, (use, size) in zip(("blue", "green", "orange"), uses.items(), strict=True):
        if size:
            ram.barh(
                [""], [size], left=start, color=COLORS[hue], label=f"{use} {size:,}"
            )
        start += size
    whole = firmware.board.ram_bytes
    ram.set(xlabel="bytes of RAM", title=f"RAM: {start:,} of {whole:,} bytes")
    ram.legend(loc="upper center", bbox_to_anchor=(0.5, -0.55), ncols=3, fontsize=9)
    ram.grid(visible=False, axis="y")
    return fig
