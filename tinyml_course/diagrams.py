"""A graph as boxes and bands, an arena as blocks over time: counts come in, axes fill.

Each function draws into axes that the caller made, so that several fit one figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tinyml_course.plots import COLORS, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from tinyml_course.graph import Graph

__all__ = ["blocks", "byte_map", "network", "table", "words"]

_HUES = ("blue", "orange", "sky", "green", "purple", "vermillion")
_WORDS = {
    "average_pool2d": "pool",
    "concatenation": "join",
    "conv2d": "conv",
    "depthwise_conv2d": "depthwise",
    "fully_connected": "dense",
    "logistic": "sigmoid",
    "max_pool2d": "pool",
}


def words(model: Graph) -> dict[int, str]:
    """What made each activation, in a word: tensor number -> ``conv``, ``input`` ...

    >>> from tinyml_course import datasets, graph
    >>> words(graph.read(datasets.model_path("digits_cnn")))[0]
    'input'
    """
    found = dict.fromkeys(model.inputs, "input")
    for op in model.operators:
        word = _WORDS.get(op.kind, op.kind.replace("_", " "))
        found |= dict.fromkeys(op.outputs, word)
    return found


def _levels(model: Graph) -> dict[int, int]:
    """Tensor -> how many operators lie on the longest way to it."""
    level = dict.fromkeys(model.inputs, 0)
    for op in model.operators:
        reads = [level[i] for i in op.inputs if i in level]
        level |= dict.fromkeys(op.outputs, 1 + max(reads, default=0))
    return level


def network(ax: Axes, model: Graph) -> None:
    """Draw operators as boxes and what they hand on as bands, as wide as its bytes.

    Parameters
    ----------
    ax : Axes
        Its axis is turned off; the graph runs from top to bottom.

    >>> import matplotlib.pyplot as plt
    >>> from tinyml_course import datasets, graph
    >>> ax = plt.subplots()[1]
    >>> network(ax, graph.read(datasets.model_path("digits_cnn")))
    >>> [text.get_text() for text in ax.texts][-1]
    'softmax'
    """
    level = _levels(model)
    rows: dict[int, list] = {}
    for op in model.operators:
        rows.setdefault(level[op.outputs[0]], []).append(op)
    place = dict.fromkeys(model.inputs, (0.0, 0.0))
    widest = max(len(ops) for ops in rows.values())
    for depth, ops in rows.items():
        for column, op in enumerate(ops):
            x = (column - (len(ops) - 1) / 2) * 1.25
            place |= dict.fromkeys(op.outputs, (x, -float(depth)))
    most = max(model.tensors[i].bytes for i in place)
    for op in model.operators:
        x, y = place[op.outputs[0]]
        for index in op.inputs:
            if index in place:
                count = model.tensors[index].bytes
                _band(ax, place[index], (x, y), count, 0.62 * count / most)
    inches = ax.get_position().height * ax.figure.get_figheight()
    size = min(8.5, max(5.0, 20 * inches / (max(rows) + 1)))
    named = words(model)
    for index in model.inputs:
        _box(ax, place[index], "input", COLORS["sky"], size)
    for op in model.operators:
        weighs = op.kind not in ("mean", "reshape")  # their constants are shapes
        known = [i for i in op.inputs if i >= 0 and model.is_constant(i)]
        own = sum(model.tensors[i].bytes for i in known) if weighs else 0
        word = named[op.outputs[0]]
        hue = COLORS["orange"] if own else "white"
        text = f"{word}\n{own:,} B" if own else word
        _box(ax, place[op.outputs[0]], text, hue, size)
    side = max(0.9, 1.25 * widest / 2)
    ax.set(xlim=(-side, side), ylim=(-max(rows) - 0.45, 0.45))
    ax.axis("off")


def _band(ax: Axes, start, end, count: int, width: float) -> None:
    """A band that bends from one box to the next, its bytes written beside it."""
    t = np.linspace(0, 1, 24)
    x = start[0] + (end[0] - start[0]) * (3 * t**2 - 2 * t**3)
    y = start[1] + (end[1] - start[1]) * t
    half = max(width, 0.012) / 2
    ax.fill_betweenx(y, x - half, x + half, color=COLORS["blue"], alpha=0.45, lw=0)
    if abs(start[0] - end[0]) < 1e-9:
        ax.text(x[0] + 0.33, (y[0] + y[-1]) / 2, f"{count:,}", fontsize=8,
                va="center", color=COLORS["blue"])  # fmt: skip


def _box(ax: Axes, place, text: str, hue: str, size: float) -> None:
    style = {"boxstyle": "round,pad=0.3", "facecolor": hue, "edgecolor": "k", "lw": 0.8}
    ax.text(*place, text, ha="center", va="center", fontsize=size, bbox=style)


def blocks(
    ax: Axes,
    sizes: Mapping,
    first: Mapping,
    last: Mapping,
    offsets: Mapping,
    names: Mapping | None = None,
    bound: int | None = None,
) -> int:
    """Draw an arena: time to the right, bytes upward, a block for each tensor.

    The mappings are keyed by tensor, as in ``scratch.planning``. Gives the arena's
    bytes. ``bound`` draws a dashed line.

    >>> import matplotlib.pyplot as plt
    >>> lives = {"x": -1, "a": 0}, {"x": 0, "a": 1}
    >>> blocks(plt.subplots()[1], {"x": 4, "a": 8}, *lives, {"x": 8, "a": 0})
    12
    """
    total = max(offsets[t] + sizes[t] for t in offsets)
    box = ax.get_position()
    inches = ax.figure.get_size_inches()
    wide, tall = inches * (box.width, box.height)
    for number, tensor in enumerate(sizes):  # so that a tensor keeps its colour
        start, end = first[tensor] - 0.5, last[tensor] + 0.5
        hue = COLORS[_HUES[number % len(_HUES)]]
        ax.bar(start, sizes[tensor], end - start, offsets[tensor], align="edge",
               color=hue, alpha=0.8, edgecolor="white", linewidth=1)  # fmt: skip
        word = str((names or {}).get(tensor, tensor))
        across = (end - start) / (max(last.values()) - min(first.values()) + 1.2) * wide
        up = sizes[tensor] / (1.05 * total) * tall
        fits = across > 0.075 * len(word) and up > 0.14
        if fits or (up > 0.08 * len(word) and across > 0.14):
            ax.text((start + end) / 2, offsets[tensor] + sizes[tensor] / 2, word,
                    ha="center", va="center", fontsize=9,
                    rotation=0 if fits else 90)  # fmt: skip
    if bound:
        ax.axhline(bound, color="k", linestyle="--", linewidth=1.2)
    ax.set(xlim=(min(first.values()) - 0.6, max(last.values()) + 0.6))
    ax.set(ylim=(0, 1.05 * total), xlabel="step", ylabel="byte of the arena")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.grid(visible=False, axis="x")
    return total


def byte_map(
    ax: Axes, kinds: np.ndarray, words: Sequence[str], *, legend: bool = True
) -> None:
    """Draw a file as a carpet: one cell for each byte, coloured by what it is for.

    Parameters
    ----------
    kinds : ndarray (n,) uint8
        Numbers into ``words``.
    legend : bool
        Write below it which colour is what, and how many bytes.

    >>> import matplotlib.pyplot as plt, numpy as np
    >>> ax = plt.subplots()[1]
    >>> byte_map(ax, np.array([0, 0, 1], np.uint8), ["weights", "names"])
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['weights 2', 'names 1']
    """
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    hues = [COLORS[_HUES[i % len(_HUES)]] for i in range(len(words))]
    table = np.array([to_rgb(hue) for hue in hues] + [(1, 1, 1)])
    wide = int(1.1 * len(kinds) ** 0.5)
    padded = np.full(-(-len(kinds) // wide) * wide, len(words))
    padded[: len(kinds)] = kinds
    ax.imshow(table[padded.reshape(-1, wide)], interpolation="nearest", aspect="auto")
    count = np.bincount(kinds, minlength=len(words))
    labels = [f"{word} {n:,}" for word, n in zip(words, count, strict=True)]
    if legend:
        patches = [Patch(color=hue) for hue in hues]
        ax.legend(patches, labels, fontsize=11, ncols=2, loc="upper center",
                  bbox_to_anchor=(0.5, 0))  # fmt: skip
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)


def table(*rows: Sequence) -> None:
    """Show rows as a table, the first of them as its head; numbers get their commas.

    >>> table(("model", "bytes"), ("digits", 8232))
    | model | bytes |
    |---|---|
    | digits | 8,232 |
    """
    cells = [[x if isinstance(x, str) else f"{x:,}" for x in row] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    lines.insert(1, "|" + "---|" * len(cells[0]))
    say("\n".join(lines))
