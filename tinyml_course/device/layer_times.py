"""Layer shapes come in, what each costs on the board goes out: one firmware for all.

All layers become operators of one graph. Each reads the front of one large input, so
that a hundred layers of any shapes fit the board's RAM; what
:func:`tinyml_course.export.to_c` writes for a layer is what it writes in any model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyml_course.boards import Board
from tinyml_course.device.results import ProfileRow
from tinyml_course.device.run import run_model
from tinyml_course.graph import Graph, Operator, Tensor
from tinyml_course.graph.checks import count_macs
from tinyml_course.graph.schema import KINDS, read_options
from tinyml_course.scratch.latency import Layer

__all__ = ["layer_times", "layers_graph"]

_CODES = {kind: code for code, kind in KINDS.items()}
_TWO = ("add", "multiply")


class _Maker:
    """A graph that grows; only constants and quantization are made up."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.tensors: list[Tensor] = []
        self.operators: list[Operator] = []

    def tensor(self, shape: Sequence[int], data: np.ndarray | None = None) -> int:
        index, dtype = len(self.tensors), "int8" if data is None else data.dtype.name
        scale, zero = ((1.0,), (0,)) if dtype == "int32" else ((0.05,), (-3,))
        made = Tensor(index, f"t{index}", tuple(shape), dtype, scale, zero, 0, data)
        self.tensors.append(made)
        return index

    def weights(self, shape: Sequence[int]) -> int:
        index = self.tensor(shape, self.rng.integers(-127, 128, shape, np.int8))
        old = self.tensors[index]
        self.tensors[index] = Tensor(
            index, old.name, old.shape, "int8", (0.002,), (0,), 0, old.data
        )
        return index

    def integers(self, *values: int) -> int:
        return self.tensor((len(values),), np.array(values, np.int32))

    def operator(self, kind: str, inputs: Sequence[int], shape, **options: int) -> int:
        y = self.tensor(shape)
        options = read_options(_CODES[kind], None) | options
        index = len(self.operators)
        macs = count_macs(
            kind,
            f"{index:02d} {kind}",
            options,
            [self.tensors[i] for i in inputs],
            [self.tensors[y]],
        )
        self.operators.append(
            Operator(index, kind, _CODES[kind], tuple(inputs), (y,), options, macs)
        )
        return y

    def layer(self, layer: Layer, source: int) -> int:
        """The operators of one layer; the number of the last of them."""
        shape = (1, layer.height, layer.width, layer.channels)
        size = int(np.prod(shape))
        bounds = [(0, 0), (1, size), (1, 1)]
        bounds = [self.integers(*pair) for pair in bounds]
        x = self.operator("strided_slice", [source, *bounds], (1, size))
        x = self.operator("reshape", [x, self.integers(*shape)], shape)
        y_shape = (1, *layer.output_shape)
        if layer.kind == "fully_connected":
            x = self.operator("reshape", [x, self.integers(1, size)], (1, size))
            weights = [self.weights((layer.filters, size))]
            self.operator(layer.kind, [x, *weights], (1, layer.filters))
        elif layer.kind in _TWO:
            self.operator(layer.kind, [x, x], shape)
        else:
            options = {"stride_h": layer.stride, "stride_w": layer.stride}
            options["padding"] = int(not layer.same)
            weights = []
            if layer.kind == "conv2d":
                kernel = (layer.kernel, layer.kernel)
                weights = [self.weights((layer.filters, *kernel, layer.channels))]
            elif layer.kind == "depthwise_conv2d":
                options["depth_multiplier"] = 1
                weights = [self.weights((1, layer.kernel, layer.kernel, shape[3]))]
            else:
                options |= {"filter_height": layer.kernel, "filter_width": layer.kernel}
            self.operator(layer.kind, [x, *weights], y_shape, **options)
        return len(self.operators) - 1


def layers_graph(layers: Sequence[Layer], seed: int = 0) -> tuple[Graph, list[int]]:
    """One graph with all ``layers``, and which of its operators each of them is."""
    maker = _Maker(seed)
    size = max(layer.height * layer.width * layer.channels for layer in layers)
    source = maker.tensor((1, size))
    places = [maker.layer(layer, source) for layer in layers]
    last = maker.operators[-1].outputs[0]
    return (
        Graph(
            tuple(maker.tensors),
            tuple(maker.operators),
            (source,),
            (last,),
            "0" * 64,
            0,
        ),
        places,
    )


def layer_times(
    layers: Sequence[Layer], board: str | Board = "nano33", *, seed: int = 0
) -> list[ProfileRow]:
    """What each layer costs on the emulated board: one row per layer, in order.

    Instructions are counted, cycles estimated, as in ``report.bench``; the layers'
    weights and input are random numbers from ``seed``.

    >>> from tinyml_course.scratch.latency import Layer
    >>> rows = layer_times([Layer("max_pool2d", 4, 4, 2, kernel=2, stride=2)])
    >>> rows[0].kind
    'max_pool2d'
    """
    net, places = layers_graph(layers, seed)
    x = net.tensors[net.inputs[0]]
    rng = np.random.default_rng(seed)
    run = run_model(net, rng.integers(-128, 128, (1, *x.shape), np.int8), board)
    rows = {row.layer: row for row in run.profile}
    return [rows[place] for place in places]
