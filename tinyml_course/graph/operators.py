"""What each operator demands of its tensors: an operator comes in, its MACs go out.

A model that passes here can be compiled without reading or writing outside an array:
every shape is computed anew and must be the one that the file states.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from tinyml_course.errors import ModelError
from tinyml_course.graph.schema import ACTIVATIONS
from tinyml_course.kernels import output_size

if TYPE_CHECKING:
    from tinyml_course.graph.model import Tensor

__all__ = ["count_macs"]

Options = dict[str, int | float]


class _Layer:
    """An operator with its tensors, and the checks that several operators share."""

    def __init__(
        self,
        name: str,
        options: Options,
        inputs: list[Tensor | None],
        outputs: list[Tensor],
    ) -> None:
        self.name, self.options = name, options
        self.inputs, self.outputs = inputs, outputs

    def demand(self, holds: bool, problem: str) -> None:
        if not holds:
            raise ModelError(f"Layer {self.name} cannot be compiled: {problem}.")

    def counts(self, inputs: tuple[int, ...]) -> None:
        """So many inputs, one output, none of the required ones absent."""
        self.demand(
            len(self.inputs) in inputs and len(self.outputs) == 1,
            f"it has {len(self.inputs)} inputs and {len(self.outputs)} outputs, "
            f"expected {' or '.join(map(str, inputs))} and 1",
        )
        self.demand(self.inputs[0] is not None, "its input is absent")

    def activation(self, tensor: Tensor | None, role: str) -> Tensor:
        """An int8 tensor with one scale and one zero point."""
        self.demand(tensor is not None, f"its {role} is absent")
        self.demand(
            tensor.dtype == "int8",
            f"its {role} is {tensor.dtype}, expected int8 (quantize the whole model, "
            "inputs and outputs too: quantize.to_int8)",
        )
        self.demand(
            len(tensor.scale) == 1 and len(tensor.zero_point) == 1,
            f"its {role} has {len(tensor.scale)} scales, expected one",
        )
        self.scales(tensor, role)
        self.demand(
            -128 <= tensor.zero_point[0] <= 127,
            f"its {role} has zero point {tensor.zero_point[0]}, outside int8",
        )
        return tensor

    def scales(self, tensor: Tensor, role: str) -> None:
        self.demand(
            all(1e-30 < s < 1e30 for s in tensor.scale),
            f"its {role} has a scale that is no ordinary positive number",
        )

    def weights(self, channels: int, axis: int, rank: int) -> Tensor:
        """Constant int8 weights with zero point 0, and their scales checked."""
        w = self.inputs[1]
        self.demand(
            w is not None and w.data is not None, "its weights are not constant"
        )
        self.demand(w.dtype == "int8", f"its weights are {w.dtype}, expected int8")
        self.demand(
            len(w.shape) == rank, f"its weights have {len(w.shape)} axes, not {rank}"
        )
        self.demand(
            len(w.scale) in (1, channels) and len(w.zero_point) in (1, len(w.scale)),
            f"its weights have {len(w.scale)} scales for {channels} channels",
        )
        self.demand(
            len(w.scale) == 1 or w.axis == axis,
            f"its weights are quantized along axis {w.axis}, expected {axis}",
        )
        self.demand(not any(w.zero_point), "its weights have a zero point other than 0")
        self.scales(w, "weights")
        return w

    def bias(self, channels: int) -> None:
        b = self.inputs[2] if len(self.inputs) > 2 else None
        if b is None:
            return
        self.demand(b.data is not None, "its bias is not constant")
        self.demand(b.dtype == "int32", f"its bias is {b.dtype}, expected int32")
        self.demand(
            b.size == channels, f"its bias has {b.size} values for {channels} channels"
        )

    def fused(self) -> None:
        number = self.options["activation"]
        self.demand(0 <= number < 4, f"its fused activation {number} is not supported")
        self.demand(ACTIVATIONS[int(number)] != "tanh", "a fused tanh is not supported")

    def output(self, shape: tuple[int, ...]) -> Tensor:
        y = self.activation(self.outputs[0], "output")
        self.demand(
            y.shape == shape, f"its output has shape {y.shape}, but {shape} follows"
        )
        return y

    def image(self) -> Tensor:
        x = self.activation(self.inputs[0], "input")
        self.demand(
            len(x.shape) == 4 and x.shape[0] == 1,
            f"its input has shape {x.shape}, expected (1, height, width, channels)",
        )
        return x

    def windows(self, x: Tensor, kernel: tuple[int, int]) -> tuple[int, int]:
        """Output height and width of a window that slides over ``x``."""
        o = self.options
        self.demand(o["padding"] in (0, 1), f"its padding {o['padding']} is unknown")
        out = []
        for axis, size, taps in zip("hw", x.shape[1:3], kernel, strict=True):
            stride = int(o["stride_" + axis])
            dilation = int(o.get("dilation_" + axis, 1))
            self.demand(
                1 <= stride < 2**15 and 1 <= dilation < 2**15 and 1 <= taps < 2**15,
                f"kernel {taps}, stride {stride}, dilation {dilation} make no sense",
            )
            n = output_size(size, taps, stride, dilation, same=o["padding"] == 0)
            self.demand(
                n >= 1, f"a kernel of {taps} does not fit an axis of {size} values"
            )
            out.append(n)
        return out[0], out[1]


def _conv2d(layer: _Layer) -> int:
    layer.counts((2, 3))
    x = layer.image()
    w = layer.inputs[1]
    layer.demand(w is not None and len(w.shape) == 4, "its weights have no four axes")
    out_c, k_h, k_w, in_c = w.shape
    layer.weights(out_c, axis=0, rank=4)
    layer.demand(
        in_c == x.shape[3],
        f"its weights have {in_c} channels for an input of {x.shape[3]} "
        "(grouped convolution is not supported)",
    )
    layer.bias(out_c)
    layer.fused()
    out_h, out_w = layer.windows(x, (k_h, k_w))
    layer.output((1, out_h, out_w, out_c))
    return out_h * out_w * out_c * k_h * k_w * in_c


def _depthwise_conv2d(layer: _Layer) -> int:
    layer.counts((2, 3))
    x = layer.image()
    w = layer.inputs[1]
    layer.demand(
        w is not None and len(w.shape) == 4 and w.shape[0] == 1,
        "its weights are not (1, height, width, channels)",
    )
    _, k_h, k_w, out_c = w.shape
    layer.weights(out_c, axis=3, rank=4)
    layer.demand(
        out_c % x.shape[3] == 0,
        f"its weights have {out_c} channels, no multiple of the input's {x.shape[3]}",
    )
    layer.demand(
        layer.options["depth_multiplier"] in (0, out_c // x.shape[3]),
        f"its depth multiplier {layer.options['depth_multiplier']} does not fit",
    )
    layer.bias(out_c)
    layer.fused()
    out_h, out_w = layer.windows(x, (k_h, k_w))
    layer.output((1, out_h, out_w, out_c))
    return out_h * out_w * out_c * k_h * k_w


def _fully_connected(layer: _Layer) -> int:
    layer.counts((2, 3))
    x = layer.activation(layer.inputs[0], "input")
    w = layer.inputs[1]
    layer.demand(w is not None and len(w.shape) == 2, "its weights have no two axes")
    outputs, inputs = w.shape
    layer.weights(outputs, axis=0, rank=2)
    layer.bias(outputs)
    layer.fused()
    layer.demand(
        layer.options["weights_format"] == 0, "its weights are in a shuffled format"
    )
    layer.demand(
        x.size % inputs == 0,
        f"its input of {x.size} values is no multiple of its {inputs} weights",
    )
    rows = x.size // inputs
    y = layer.activation(layer.outputs[0], "output")
    layer.demand(
        y.size == rows * outputs and y.shape[-1] == outputs,
        f"its output has shape {y.shape}, but {(rows, outputs)} follows",
    )
    return rows * inputs * outputs


def _pool2d(layer: _Layer) -> int:
    layer.counts((1,))
    x = layer.image()
    layer.fused()
    o = layer.options
    out_h, out_w = layer.windows(x, (int(o["filter_height"]), int(o["filter_width"])))
    y = layer.output((1, out_h, out_w, x.shape[3]))
    layer.demand(
        (x.scale, x.zero_point) == (y.scale, y.zero_point),
        "its input and output have different scales",
    )
    return 0


def _reshape(layer: _Layer) -> int:
    layer.counts((1, 2))
    x, y = layer.inputs[0], layer.outputs[0]
    layer.demand(
        (x.dtype, x.size) == (y.dtype, y.size),
        f"it turns {x.shape} {x.dtype} into {y.shape} {y.dtype}",
    )
    layer.demand(x.data is None, "it reshapes a constant")
    return 0


def _softmax(layer: _Layer) -> int:
    layer.counts((1,))
    x = layer.activation(layer.inputs[0], "input")
    y = layer.output(x.shape)
    layer.demand(
        len(x.shape) >= 1 and x.shape[-1] < 4096,
        f"its input has shape {x.shape}, expected 1 to 4,095 classes",
    )
    layer.demand(
        math.isclose(y.scale[0], 1 / 256) and y.zero_point[0] == -128,
        f"its output has scale {y.scale[0]:g} and zero point {y.zero_point[0]}, "
        "expected 1/256 and -128",
    )
    beta = layer.options["beta"]
    layer.demand(0 < beta < 1e6, f"its beta is {beta:g}")
    return 0


def _add(layer: _Layer) -> int:
    layer.counts((2,))
    a = layer.activation(layer.inputs[0], "first input")
    b = layer.activation(layer.inputs[1], "second input")
    layer.demand(a.data is None or b.data is None, "it adds two constants")
    try:
        shape = np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        shape = ()
    layer.demand(
        1 <= len(shape) <= 4, f"shapes {a.shape} and {b.shape} cannot be added"
    )
    layer.fused()
    layer.output(shape)
    return 0


_CHECKS: dict[str, Callable[[_Layer], int]] = {
    "add": _add,
    "average_pool2d": _pool2d,
    "conv2d": _conv2d,
    "depthwise_conv2d": _depthwise_conv2d,
    "fully_connected": _fully_connected,
    "max_pool2d": _pool2d,
    "reshape": _reshape,
    "softmax": _softmax,
}


def count_macs(
    kind: str,
    name: str,
    options: Options,
    inputs: list[Tensor | None],
    outputs: list[Tensor],
) -> int:
    """Check one operator and count its multiply-accumulates for one inference.

    Raises
    ------
    ModelError
        If a shape, type, scale or option is not what the operator needs; the message
        names the layer.
    """
    return _CHECKS[kind](_Layer(name, options, inputs, outputs))
