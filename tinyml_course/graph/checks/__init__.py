"""What each operator demands of its tensors: an operator comes in, its MACs go out.

A model that passes here can be compiled without reading or writing outside an array:
every shape is computed anew and must be the one that the file states.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tinyml_course.graph.checks import (
    dense,
    elementwise,
    movement,
    reduction,
    windows,
)
from tinyml_course.graph.checks.layer import Layer
from tinyml_course.graph.kinds import FLOAT_KINDS

if TYPE_CHECKING:
    from tinyml_course.graph.model import Tensor

__all__ = ["count_macs"]

_CHECKS: dict[str, Callable[[Layer], int]] = {
    "add": elementwise.add,
    "argmax": reduction.argmax,
    "average_pool2d": windows.pool2d,
    "concatenation": movement.concatenation,
    "conv2d": windows.conv2d,
    "depthwise_conv2d": windows.depthwise_conv2d,
    "dequantize": elementwise.dequantize,
    "fully_connected": dense.fully_connected,
    "hard_swish": elementwise.hard_swish,
    "leaky_relu": elementwise.leaky_relu,
    "logistic": elementwise.fixed_output(1 / 256, -128),
    "max_pool2d": windows.pool2d,
    "maximum": elementwise.extreme,
    "mean": reduction.mean,
    "minimum": elementwise.extreme,
    "multiply": elementwise.multiply,
    "pack": movement.pack,
    "pad": movement.pad,
    "quantize": elementwise.quantize,
    "reduce_max": reduction.reduce_max,
    "relu": elementwise.rescale,
    "relu6": elementwise.relu6,
    "rescale": elementwise.rescale,
    "reshape": movement.reshape,
    "resize_nearest": movement.resize_nearest,
    "softmax": dense.softmax,
    "split": movement.split,
    "strided_slice": movement.strided_slice,
    "subtract": elementwise.add,
    "tanh": elementwise.fixed_output(1 / 128, 0),
    "transpose": movement.transpose,
    "transpose_conv2d": windows.transpose_conv2d,
    "unpack": movement.unpack,
}


def count_macs(
    kind: str,
    name: str,
    options: dict[str, int | float],
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
    layer = Layer(name, options, inputs, outputs)
    layer.demand(
        not layer.is_float or kind in FLOAT_KINDS,
        f"it is float32, and in float32 the compiler knows only "
        f"{', '.join(sorted(FLOAT_KINDS))}; convert the model with quantize.to_int8",
    )
    return _CHECKS[kind](layer)
