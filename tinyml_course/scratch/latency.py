"""Chapter 22: layers by their shapes go in, predicted cycles come out.

Models of a layer's time, all fitted on the *relative* error: one line for all, a line
for each type of layer, and a tree with lines in its leaves (Yao et al., "FastDeepIoT",
SenSys 2018).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = [
    "ASKED",
    "KINDS",
    "Layer",
    "conditions",
    "draw",
    "draw_errors",
    "explain",
    "fit_by_type",
    "fit_line",
    "grow",
    "off",
    "predict",
    "queue",
    "spell",
    "table",
    "thin",
    "to_keras",
]

KINDS = ("conv2d", "depthwise_conv2d", "fully_connected", "max_pool2d", "add")
"""The types of layers that the models of time learn from."""

ASKED = (
    *(f"is a {kind}" for kind in KINDS),
    "kernel",
    "stride",
    "channels",
    "filters",
    "height",
    "padded",
    "channels modulo 4",
)
"""What the columns of :func:`conditions` say."""


@dataclass(frozen=True)
class Layer:
    """A layer by its shape: what a model of its time may know.

    >>> layer = Layer("conv2d", 8, 8, 3, filters=16, kernel=3, stride=2)
    >>> layer.output_shape, layer.macs
    ((4, 4, 16), 6912)
    """

    kind: str
    height: int
    width: int
    channels: int
    filters: int = 0
    kernel: int = 1
    stride: int = 1
    same: bool = True

    @property
    def output_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of what comes out."""
        if self.kind == "fully_connected":
            return 1, 1, self.filters
        lost = 0 if self.same else self.kernel - 1
        sides = self.height - lost, self.width - lost
        height, width = (-(-side // self.stride) for side in sides)
        return height, width, self.filters or self.channels

    @property
    def outputs(self) -> int:
        """How many numbers come out."""
        height, width, channels = self.output_shape
        return height * width * channels

    @property
    def macs(self) -> int:
        """Multiply-accumulates, counted from the shape as everybody does."""
        if self.kind == "fully_connected":
            return self.outputs * self.height * self.width * self.channels
        deep = {"conv2d": self.channels, "depthwise_conv2d": 1}.get(self.kind, 0)
        return self.outputs * self.kernel**2 * deep


def draw(
    rng,
    kinds=("conv2d", *KINDS),
    kernels=(1, 3),
    stride=1,
    sides=(4, 12),
    channels=(1, 16),
):
    """A random layer within these limits; both ends of a range belong to it."""
    kind, kernel = str(rng.choice(kinds)), int(rng.choice(kernels))
    height, width = rng.integers(*sides, 2, endpoint=True).tolist()
    deep, filters = rng.integers(*channels, 2, endpoint=True).tolist()
    same = bool(rng.integers(2))
    if kind == "fully_connected":
        return Layer(kind, 1, 1, deep * int(rng.integers(1, 25)), filters)
    if kind in ("add", "multiply"):
        return Layer(kind, height, width, deep)
    if kind.endswith("pool2d"):
        kernel = max(kernel, 2)
    filters = filters if kind == "conv2d" else 0
    return Layer(kind, height, width, deep, filters, kernel, stride, same)


def explain(layers):
    """What each layer's time is made of: (n, 3) of 1, MACs, outputs."""
    return np.array([[1.0, layer.macs, layer.outputs] for layer in layers])


def conditions(layers):
    """What kind of layer each is: (n, 12) numbers that a tree may ask about."""
    return np.array(
        [
            [
                *(layer.kind == kind for kind in KINDS),
                layer.kernel,
                layer.stride,
                layer.channels,
                layer.filters,
                layer.height,
                layer.same,
                layer.channels % 4,
            ]
            for layer in layers
        ],
        float,
    )


def fit_line(x, cycles):
    """The weights with the least squared *relative* error of ``x @ weights``."""
    return np.linalg.lstsq(x / cycles[:, None], np.ones(len(x)), rcond=None)[0]


def off(x, cycles, line):
    """The relative errors, without sign."""
    return np.abs(np.maximum(x @ line, 1) / cycles - 1)


def fit_by_type(layers, cycles):
    """A line for each type of layer; "" is the one for types never seen."""
    x, kinds = explain(layers), np.array([layer.kind for layer in layers])
    lines = {"": fit_line(x, cycles)}
    for kind in np.unique(kinds):
        lines[str(kind)] = fit_line(x[kinds == kind], cycles[kinds == kind])
    return lines


def grow(x, asked, cycles, least=12, gain=0.1):
    """A line, or (column, cut, low side, high side) where that is better."""
    line = fit_line(x, cycles)
    best = None, (1 - gain) * off(x, cycles, line).sum()
    for column in range(asked.shape[1]):
        for cut in np.unique(asked[:, column])[:-1]:
            low = asked[:, column] <= cut
            if min(low.sum(), (~low).sum()) < least:
                continue
            halves = [(x[side], cycles[side]) for side in (low, ~low)]
            error = sum(off(*half, fit_line(*half)).sum() for half in halves)
            if error < best[1]:
                best = (column, cut, low), error
    if best[0] is None:
        return line
    column, cut, low = best[0]
    sides = [grow(x[s], asked[s], cycles[s], least, gain) for s in (low, ~low)]
    return column, cut, *sides


def predict(model, layers):
    """Cycles of ``layers``, by a line, by lines of types or by a tree."""
    found = []
    for layer, x, asked in zip(
        layers, explain(layers), conditions(layers), strict=True
    ):
        line = model
        if isinstance(model, dict):
            line = model.get(layer.kind, model[""])
        while isinstance(line, tuple):
            column, cut, low, high = line
            line = low if asked[column] <= cut else high
        found.append(max(1.0, float(x[: len(line)] @ line)))
    return np.array(found)


def spell(tree, indent=""):
    """A tree as text: what it asks, and the line at each end."""
    if not isinstance(tree, tuple):
        fixed, mac, output = tree
        text = f"{fixed:,.0f} {mac:+.1f} x MACs {output:+.0f} x outputs"
        return indent + text.replace(" +", " + ").replace(" -", " - ")
    column, cut, low, high = tree
    asked = ASKED[column]
    if asked.startswith("is a "):
        ask = f"no {asked[5:]}", asked[5:]
    elif asked == "padded":
        ask = "not padded", "padded"
    else:
        ask = f"{asked} up to {cut:g}", f"{asked} above {cut:g}"
    sides = zip(ask, (low, high), strict=True)
    return "\n".join(f"{indent}{q}:\n{spell(side, indent + '  ')}" for q, side in sides)


def thin(a, b, c):
    """The small network for digits of 8 x 8 pixels that chapter 22 makes thinner."""
    return [
        Layer("conv2d", 8, 8, 1, a, 3),
        Layer("depthwise_conv2d", 8, 8, a, 0, 3),
        Layer("conv2d", 8, 8, a, b),
        Layer("max_pool2d", 8, 8, b, 0, 2, 2),
        Layer("conv2d", 4, 4, b, c, 3),
        Layer("max_pool2d", 4, 4, c, 0, 2, 2),
        Layer("fully_connected", 1, 1, 4 * c, 10),
    ]


def to_keras(shapes, side=8):
    """Layers of these shapes in a row, from a picture to the scores of its classes."""
    import keras
    from keras import layers

    made = [keras.Input((side, side, shapes[0].channels))]
    for shape in shapes[:-1]:
        window = {"padding": "same" if shape.same else "valid"}
        if shape.kind == "conv2d":
            window |= {"strides": shape.stride, "activation": "relu"}
            made.append(layers.Conv2D(shape.filters, shape.kernel, **window))
        elif shape.kind == "depthwise_conv2d":
            window |= {"strides": shape.stride, "activation": "relu"}
            made.append(layers.DepthwiseConv2D(shape.kernel, **window))
        else:
            made.append(layers.MaxPooling2D(shape.kernel, shape.stride, **window))
    made += [layers.Flatten(), layers.Dense(shapes[-1].filters, activation="softmax")]
    return keras.Sequential(made)


def table(errors, groups):
    """``{model: (5 seeds, groups) errors in percent}`` as a table in Markdown.

    The last column is the last model less the one before it, and the standard error of
    that difference over the seeds.
    """
    *_, one, other = (np.array(values) for values in errors.values())
    gaps = other - one
    doubt = gaps.std(axis=0, ddof=1) / np.sqrt(len(gaps))
    titles = ["layers", *errors, f"{[*errors][-1]} less {[*errors][-2]}"]
    lines = [titles, ["---"] * len(titles)]
    for n, group in enumerate(groups):
        columns = [np.array(values)[:, n] for values in errors.values()]
        cells = [f"{c.mean():.0f} ± {c.std(ddof=1):.0f}" for c in columns]
        clear = abs(gaps[:, n].mean()) > 2.78 * doubt[n]  # Student's t for five, 95 %
        side = "better" if gaps[:, n].mean() < 0 else "worse"
        gap = f"{round(gaps[:, n].mean()):+d} ± {doubt[n]:.0f}"
        lines.append([group, *cells, f"{gap}, {side if clear else 'open'}"])
    rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return (
        f"Mean relative error in percent, {len(one)} seeds, ± their spread; in the "
        "last column ± the standard error, and *open* unless the difference is more "
        f"than 2.78 times that (95 %, Student's t for five seeds).\n\n{rows}"
    )


def draw_errors(ax, errors, groups, hues):
    """The same as dots with bars, on a logarithmic axis."""
    for k, (name, values) in enumerate(errors.items()):
        at = np.arange(len(groups)) + (1.5 - k) * 0.19
        mean, spread = np.mean(values, axis=0), np.std(values, axis=0, ddof=1)
        bars = {"xerr": spread, "fmt": "sDo^"[k], "capsize": 3, "ms": 6}
        ax.errorbar(mean, at, color=hues[k], label=name, **bars)
    ax.set(xscale="log", xlim=(2, 150), xlabel="mean relative error (percent)")
    ax.set_yticks(range(len(groups)), groups)
    ax.set_xticks([2, 5, 10, 20, 50, 100], ["2", "5", "10", "20", "50", "100"])
    ax.invert_yaxis()
    ax.legend(fontsize=10, loc="upper center", bbox_to_anchor=(0.4, 1.28), ncols=2)


def queue(took, pace):
    """How long after its arrival each job is done, one arriving every ``pace``.

    >>> queue([2.0, 2.0, 1.0], 1.5)
    array([2. , 2.5, 2. ])
    """
    free, waits = 0.0, []
    for n, time in enumerate(took):
        free = max(free, n * pace) + time
        waits.append(free - n * pace)
    return np.array(waits)
