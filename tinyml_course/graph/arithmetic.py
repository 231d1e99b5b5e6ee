"""The integers an operator runs with: scales come in, multipliers and shifts go out.

Both the NumPy kernels and the generated C take them from here, so that the two can
differ in their arithmetic but not in their constants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tinyml_course import kernels
from tinyml_course.graph.schema import ACTIVATIONS

if TYPE_CHECKING:
    from tinyml_course.graph.model import Graph, Operator, Tensor

__all__ = [
    "activation_range",
    "bias_values",
    "binary_factor",
    "float_limits",
    "mean_factors",
    "output_factors",
    "table",
]


def activation_range(op: Operator, output: Tensor) -> tuple[int, int]:
    """The int8 limits that a fused activation leaves, ``(lowest, highest)``."""
    scale, zero_point = np.float32(output.scale[0]), output.zero_point[0]

    def quantized(value: float) -> int:
        steps = np.float32(value) / scale
        return zero_point + int(np.trunc(steps + np.copysign(np.float32(0.5), steps)))

    activation = ACTIVATIONS[int(op.options.get("activation", 0))]
    low, high = -128, 127
    if activation in ("relu", "relu6"):
        low = max(low, quantized(0.0))
    if activation == "relu_n1_to_1":
        low = max(low, quantized(-1.0))
        high = min(high, quantized(1.0))
    if activation == "relu6":
        high = min(high, quantized(6.0))
    return low, high


def float_limits(op: Operator) -> tuple[float, float]:
    """What a float32 operator keeps its outputs between: of a ReLU, or a fused one."""
    largest = float(np.finfo(np.float32).max)
    named = op.kind if op.kind in ("relu", "relu6") else ""
    activation = named or ACTIVATIONS[int(op.options.get("activation", 0))]
    limits = {"relu": (0.0, largest), "relu6": (0.0, 6.0), "relu_n1_to_1": (-1.0, 1.0)}
    return limits.get(activation, (-largest, largest))


def output_factors(graph: Graph, op: Operator) -> tuple[np.ndarray, np.ndarray]:
    """``(multiplier, shift)`` of input_scale * weight_scale / output_scale, int32 each.

    One entry per output channel for convolutions; for a fully connected layer as many
    as the weights have scales. TFLM multiplies the two scales of a per-tensor fully
    connected layer in float32, those of every other layer in float64.
    """
    place = 2 if op.kind == "transpose_conv2d" else 0
    x, w = graph.tensors[op.inputs[place]], graph.tensors[op.inputs[1]]
    y = graph.tensors[op.outputs[0]]
    if op.kind == "fully_connected" and len(w.scale) == 1:
        products = [float(np.float32(x.scale[0]) * np.float32(w.scale[0]))]
    else:
        products = [x.scale[0] * scale for scale in w.scale]
    factors = [
        kernels.quantize_multiplier(product / y.scale[0]) for product in products
    ]
    if op.kind != "fully_connected" and len(factors) == 1:
        factors *= y.shape[-1]
    multiplier, shift = zip(*factors, strict=True)
    return np.array(multiplier, np.int32), np.array(shift, np.int32)


def bias_values(graph: Graph, op: Operator) -> np.ndarray:
    """The bias per output channel (int32, float32), zeros where there is none."""
    dtype = np.float32 if graph.is_float(op) else np.int32
    channels = graph.tensors[op.outputs[0]].shape[-1]
    place = 3 if op.kind == "transpose_conv2d" else 2
    if len(op.inputs) <= place or op.inputs[place] < 0:
        return np.zeros(channels, dtype)
    return graph.tensors[op.inputs[place]].data.reshape(-1).astype(dtype)


def binary_factor(graph: Graph, op: Operator) -> tuple[int, int]:
    """``(multiplier, shift)`` of scale_1 * scale_2 / output_scale."""
    a, b = (graph.tensors[i].scale[0] for i in op.inputs)
    return kernels.quantize_multiplier(a * b / graph.tensors[op.outputs[0]].scale[0])


def mean_factors(graph: Graph, op: Operator) -> tuple[int, int]:
    """``(multiplier, shift)`` of input_scale / output_scale / number of values."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    multiplier, shift = kernels.quantize_multiplier(x.scale[0] / y.scale[0])
    return kernels.mean_factor(multiplier, shift, x.size // y.size)


def table(graph: Graph, op: Operator) -> np.ndarray:
    """The 256 outputs of an operator on single int8 values, for -128 to 127."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    more = {"alpha": op.options["alpha"]} if op.kind == "leaky_relu" else {}
    return getattr(kernels, op.kind)(
        np.arange(-128, 128).astype(np.int8),
        x.scale[0],
        x.zero_point[0],
        y.scale[0],
        y.zero_point[0],
        **more,
    )
