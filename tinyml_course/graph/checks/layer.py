"""An operator with its tensors, and the checks that several operators share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tinyml_course.errors import ModelError
from tinyml_course.graph.schema import ACTIVATIONS
from tinyml_course.kernels import output_size

if TYPE_CHECKING:
    from tinyml_course.graph.model import Tensor

__all__ = ["LARGEST_SCALE", "SMALLEST_SCALE", "Layer"]

# Of activations. Beyond them 6 / scale, a scale in Q4.27 and the like leave an int32.
SMALLEST_SCALE, LARGEST_SCALE = 2.0**-28, 2.0**28


class Layer:
    """An operator with its tensors, and the checks that several operators share."""

    def __init__(
        self,
        name: str,
        options: dict[str, int | float],
        inputs: list[Tensor | None],
        outputs: list[Tensor],
    ) -> None:
        self.name, self.options = name, options
        self.inputs, self.outputs = inputs, outputs
        self.is_float = any(t and t.dtype == "float32" for t in (*inputs, *outputs))

    def demand(self, holds: bool, problem: str) -> None:
        """Raise a ModelError that names the layer unless ``holds``."""
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
        """An int8 tensor with one scale and one zero point, or a float32 one."""
        self.demand(tensor is not None, f"its {role} is absent")
        if self.is_float:
            self.demand(
                tensor.dtype == "float32",
                f"it mixes float32 with {tensor.dtype} (its {role}); convert the whole "
                "model with quantize.to_int8",
            )
            return tensor
        return self.quantized(tensor, role)

    def quantized(self, tensor: Tensor, role: str) -> Tensor:
        """An int8 tensor with one scale and one zero point."""
        self.demand(
            tensor.dtype == "int8",
            f"its {role} is {tensor.dtype}, expected int8 (quantize the whole model, "
            "inputs and outputs too: quantize.to_int8)",
        )
        self.demand(
            len(tensor.scale) == 1 and len(tensor.zero_point) == 1,
            f"its {role} has {len(tensor.scale)} scales, expected one",
        )
        self.demand(
            SMALLEST_SCALE <= tensor.scale[0] <= LARGEST_SCALE,
            f"its {role} has the scale {tensor.scale[0]:g}, expected "
            f"{SMALLEST_SCALE:.0e} to {LARGEST_SCALE:.0e}",
        )
        self.demand(
            -128 <= tensor.zero_point[0] <= 127,
            f"its {role} has zero point {tensor.zero_point[0]}, outside int8",
        )
        return tensor

    def factor(self, value: float, limit: float = 2.0**30) -> None:
        """The scale of the inputs over the output's, as an int32 can hold it."""
        self.demand(
            value < limit,
            f"its output's scale is too small for its inputs' (by {value:.3g}, "
            f"expected less than {limit:,.0f})",
        )

    def weights(self, channels: int, axis: int, rank: int) -> Tensor:
        """Constant float32 weights, or int8 ones with zero point 0 and good scales."""
        w = self.inputs[1]
        self.demand(
            w is not None and w.data is not None, "its weights are not constant"
        )
        expected = "float32" if self.is_float else "int8"
        self.demand(
            w.dtype == expected,
            f"its weights are {w.dtype}, its activations {expected}; quantize both, "
            "with quantize.to_int8",
        )
        self.demand(
            len(w.shape) == rank, f"its weights have {len(w.shape)} axes, not {rank}"
        )
        if self.is_float:
            return w
        self.demand(
            len(w.scale) in (1, channels) and len(w.zero_point) in (1, len(w.scale)),
            f"its weights have {len(w.scale)} scales for {channels} channels",
        )
        self.demand(
            len(w.scale) == 1 or w.axis == axis,
            f"its weights are quantized along axis {w.axis}, expected {axis}",
        )
        self.demand(not any(w.zero_point), "its weights have a zero point other than 0")
        self.demand(
            all(1e-30 < s < 1e30 for s in w.scale),
            "its weights have a scale that is no ordinary positive number",
        )
        return w

    def bias(self, channels: int, place: int = 2) -> None:
        """A constant int32 (or float32) bias, if there is one."""
        b = self.inputs[place] if len(self.inputs) > place else None
        if b is None:
            return
        self.demand(b.data is not None, "its bias is not constant")
        expected = "float32" if self.is_float else "int32"
        self.demand(b.dtype == expected, f"its bias is {b.dtype}, expected {expected}")
        self.demand(
            b.size == channels, f"its bias has {b.size} values for {channels} channels"
        )

    def rescaled(self, x: Tensor, y: Tensor) -> None:
        """Sums of x times weights brought to the output's scale."""
        if not self.is_float:
            self.factor(x.scale[0] * max(self.inputs[1].scale) / y.scale[0])

    def fused(self) -> None:
        """A fused activation that is a clamp."""
        number = self.options["activation"]
        self.demand(0 <= number < 4, f"its fused activation {number} is not supported")
        self.demand(ACTIVATIONS[int(number)] != "tanh", "a fused tanh is not supported")

    def output(self, shape: tuple[int, ...]) -> Tensor:
        """The one output, an activation of this shape."""
        y = self.activation(self.outputs[0], "output")
        self.demand(
            y.shape == shape, f"its output has shape {y.shape}, but {shape} follows"
        )
        return y

    def constant(self, place: int, role: str) -> np.ndarray:
        """A constant int32 input, flat."""
        tensor = self.inputs[place]
        self.demand(
            tensor is not None and tensor.data is not None,
            f"its {role} vary at run time",
        )
        self.demand(
            tensor.dtype == "int32" and tensor.size <= 64,
            f"its {role} are {tensor.shape} {tensor.dtype}, expected a few int32",
        )
        return tensor.data.reshape(-1)

    def axis(self, axis: int, rank: int) -> int:
        """``axis`` counted from the front."""
        self.demand(-rank <= axis < rank, f"it has no axis {axis} of {rank}")
        return axis % rank

    def same_scale(self, x: Tensor, y: Tensor) -> None:
        """Values that are moved as they stand need one scale."""
        self.demand(
            (x.scale, x.zero_point) == (y.scale, y.zero_point),
            f"'{x.name}' and '{y.name}' have different scales",
        )

    def image(self, place: int = 0) -> Tensor:
        """An activation (1, height, width, channels)."""
        x = self.activation(self.inputs[place], "input")
        self.demand(x.data is None, "its input is a constant")
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
            self.demand(  # so that a step from tap to tap fits an int32
                dilation * x.size < 2**31,
                f"a dilation of {dilation:,} is too large for an input of {x.shape}",
            )
            n = output_size(size, taps, stride, dilation, same=o["padding"] == 0)
            self.demand(
                n >= 1, f"a kernel of {taps} does not fit an axis of {size} values"
            )
            out.append(n)
        return out[0], out[1]
