"""What operators demand that only move values."""

from __future__ import annotations

from tinyml_course.graph.checks.layer import Layer
from tinyml_course.graph.model import Tensor
from tinyml_course.graph.slices import slice_of

__all__ = [
    "concatenation",
    "pack",
    "pad",
    "reshape",
    "resize_nearest",
    "split",
    "strided_slice",
    "transpose",
    "unpack",
]

_RANK = 4


def _moved(layer: Layer, x: Tensor | None, most_axes: int = _RANK) -> Tensor:
    layer.activation(x, "input")
    layer.demand(x.data is None, "its input is a constant")
    layer.demand(
        1 <= len(x.shape) <= most_axes,
        f"its input has {len(x.shape)} axes, expected 1 to {most_axes}",
    )
    return x


def reshape(layer: Layer) -> int:
    """Reshape, squeeze, expand dims: the same values in the same order."""
    layer.demand(
        len(layer.inputs) in (1, 2) and len(layer.outputs) == 1,
        f"it has {len(layer.inputs)} inputs and {len(layer.outputs)} outputs",
    )
    x, y = layer.inputs[0], layer.outputs[0]
    layer.demand(x is not None, "its input is absent")
    layer.demand(
        (x.dtype, x.size) == (y.dtype, y.size),
        f"it turns {x.shape} {x.dtype} into {y.shape} {y.dtype}",
    )
    layer.demand(x.data is None, "it reshapes a constant")
    return 0


def concatenation(layer: Layer) -> int:
    """Several tensors one after the other along an axis."""
    layer.demand(len(layer.outputs) == 1 and layer.inputs, "it joins nothing")
    layer.demand(
        layer.options["activation"] == 0, "its fused activation is not supported"
    )
    first = layer.activation(layer.inputs[0], "input")
    axis = layer.axis(int(layer.options["axis"]), len(first.shape))
    total = 0
    for x in layer.inputs:
        layer.activation(x, "input")
        layer.demand(
            len(x.shape) == len(first.shape)
            and x.shape[:axis] == first.shape[:axis]
            and x.shape[axis + 1 :] == first.shape[axis + 1 :],
            f"it joins {first.shape} and {x.shape} along axis {axis}",
        )
        layer.same_scale(x, layer.outputs[0])
        total += x.shape[axis]
    layer.output((*first.shape[:axis], total, *first.shape[axis + 1 :]))
    return 0


def pad(layer: Layer) -> int:
    """Zeros (real ones) around a tensor."""
    layer.counts((2,))
    x = _moved(layer, layer.inputs[0])
    pads = layer.constant(1, "paddings")
    layer.demand(
        pads.size == 2 * len(x.shape) and all(0 <= p < 2**20 for p in pads.tolist()),
        f"its paddings {pads.tolist()} do not fit {len(x.shape)} axes",
    )
    before, after = pads.reshape(-1, 2).T.tolist()
    shape = tuple(b + n + a for b, n, a in zip(before, x.shape, after, strict=True))
    layer.same_scale(x, layer.output(shape))
    return 0


def strided_slice(layer: Layer) -> int:
    """Every so many values between two bounds along each axis."""
    layer.counts((3, 4))
    x = _moved(layer, layer.inputs[0])
    bounds = [layer.constant(i, "bounds").tolist() for i in range(1, len(layer.inputs))]
    o = layer.options
    layer.demand(
        not (o.get("ellipsis_mask", 0) or o.get("new_axis_mask", 0)),
        "an ellipsis or a new axis is not supported",
    )
    layer.demand(
        all(len(b) == len(x.shape) for b in bounds),
        f"its bounds do not name all {len(x.shape)} axes",
    )
    found = slice_of(x.shape, bounds, o)
    layer.demand(found is not None, "its bounds leave the input, or nothing of it")
    _, shape = found
    layer.same_scale(x, layer.output(shape))
    return 0


def split(layer: Layer) -> int:
    """One tensor cut along an axis: equal parts, or parts of stated sizes."""
    sized = len(layer.inputs) == 3
    layer.demand(len(layer.inputs) in (2, 3) and layer.outputs, "it has no input")
    x = _moved(layer, layer.inputs[0 if sized else 1], most_axes=8)
    axes = layer.constant(2 if sized else 0, "axis")
    layer.demand(len(axes) == 1, "it names no single axis")
    axis = layer.axis(int(axes[0]), len(x.shape))
    total = 0
    for y in layer.outputs:
        layer.activation(y, "output")
        layer.demand(
            len(y.shape) == len(x.shape)
            and y.shape[:axis] == x.shape[:axis]
            and y.shape[axis + 1 :] == x.shape[axis + 1 :],
            f"it cuts {y.shape} out of {x.shape} along axis {axis}",
        )
        layer.same_scale(x, y)
        total += y.shape[axis]
    layer.demand(
        total == x.shape[axis],
        f"its parts have {total} slices of the input's {x.shape[axis]}",
    )
    return 0


def pack(layer: Layer) -> int:
    """Tensors of one shape stacked along a new axis."""
    layer.demand(len(layer.outputs) == 1 and layer.inputs, "it stacks nothing")
    first = layer.activation(layer.inputs[0], "input")
    axis = layer.axis(int(layer.options["axis"]), len(first.shape) + 1)
    for x in layer.inputs:
        layer.activation(x, "input")
        layer.demand(x.shape == first.shape, f"it stacks {first.shape} and {x.shape}")
        layer.same_scale(x, layer.outputs[0])
    count = len(layer.inputs)
    layer.output((*first.shape[:axis], count, *first.shape[axis:]))
    return 0


def unpack(layer: Layer) -> int:
    """A tensor cut into its slices along an axis, which disappears."""
    layer.demand(len(layer.inputs) == 1 and layer.outputs, "it has no input")
    x = _moved(layer, layer.inputs[0], most_axes=8)
    axis = layer.axis(int(layer.options["axis"]), len(x.shape))
    layer.demand(
        len(layer.outputs) == x.shape[axis],
        f"it has {len(layer.outputs)} outputs for {x.shape[axis]} slices",
    )
    for y in layer.outputs:
        layer.activation(y, "output")
        layer.demand(
            y.shape == x.shape[:axis] + x.shape[axis + 1 :],
            f"it cuts {y.shape} out of {x.shape} along axis {axis}",
        )
        layer.same_scale(x, y)
    return 0


def transpose(layer: Layer) -> int:
    """The axes in another order."""
    layer.counts((2,))
    x = _moved(layer, layer.inputs[0])
    order = layer.constant(1, "order of axes").tolist()
    layer.demand(
        sorted(order) == list(range(len(x.shape))),
        f"{order} is no order of {len(x.shape)} axes",
    )
    layer.same_scale(x, layer.output(tuple(x.shape[i] for i in order)))
    return 0


def resize_nearest(layer: Layer) -> int:
    """An image of another size, each pixel its nearest neighbour's."""
    layer.counts((2,))
    x = layer.image()
    size = layer.constant(1, "size").tolist()
    layer.demand(
        len(size) == 2 and all(1 <= n < 2**15 for n in size), f"its size is {size}"
    )
    layer.same_scale(x, layer.output((1, *size, x.shape[3])))
    return 0
