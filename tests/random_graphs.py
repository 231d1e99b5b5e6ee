"""Random int8 models of every operator: a Hypothesis strategy gives one .tflite each.

A model grows operator by operator. What an operator needs (an image, a second operand
of a shape that broadcasts) it takes from what is there, or as a new input, or as a
constant, so graphs branch, join and leave some tensors unread. Hypothesis draws what a
counterexample should show (operators, shapes, options); weights, scales and zero
points come from a generator with a drawn seed.
"""

import math
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from tflite_writer import Model

from tinyml_course.graph.schema import KINDS

MOST_INPUTS = 3
MOST_VALUES = 1500  # in one tensor


@dataclass(frozen=True)
class Made:
    """A finished model."""

    tflite: bytes
    codes: tuple[str, ...]
    seed: int

    def __repr__(self) -> str:
        return f"<{' '.join(self.codes)}, seed {self.seed}>"


@dataclass(frozen=True)
class Value:
    """An int8 tensor of the growing model."""

    index: int
    shape: tuple[int, ...]
    scale: float
    zero_point: int

    @property
    def quantization(self) -> dict:
        return {"scale": self.scale, "zero_point": self.zero_point}

    @property
    def size(self) -> int:
        return math.prod(self.shape)


class Net:
    """A model that grows; ``draw`` is Hypothesis's."""

    def __init__(self, draw, wild: float = 0, floats: bool = False) -> None:
        self.draw, self.wild, self.floats = draw, wild, floats
        self.seed = draw(st.integers(0, 2**32 - 1))
        self.rng = np.random.default_rng(self.seed)
        self.model = Model()
        self.values: list[Value] = []
        self.inputs: list[int] = []
        self.ends: list[int] = []  # int32 tensors, which nothing reads
        self.codes: list[str] = []

    # what is drawn

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def one_of(self, options):
        return self.draw(st.sampled_from(list(options)))

    def shape(self, rank: int, most: int = 5) -> tuple[int, ...]:
        return (1, *(self.number(1, most) for _ in range(rank - 1)))

    # what the generator makes

    def quantization(self, about: float = 0.05) -> dict:
        """A scale near ``about`` and any zero point, the extremes often."""
        factor = 2.0 ** self.rng.uniform(-2 - self.wild, 2 + self.wild)
        scale = float(np.float32(about * factor))
        zero_point = int(self.rng.choice([-128, 0, 127, self.rng.integers(-128, 128)]))
        return {"scale": scale, "zero_point": zero_point}

    def int8(self, shape) -> np.ndarray:
        return self.rng.integers(-128, 128, shape, dtype=np.int8)

    # tensors

    def add(self, shape, scale: float, zero_point: int) -> Value:
        if self.floats:
            index = self.model.tensor(shape, "float32")
            return Value(index, tuple(shape), 1.0, 0)
        index = self.model.tensor(shape, scale=scale, zero_point=zero_point)
        return Value(index, tuple(shape), scale, zero_point)

    def input(self, shape, **quantization) -> Value:
        value = self.add(shape, **(quantization or self.quantization()))
        self.inputs.append(value.index)
        self.values.append(value)
        return value

    def constant(self, shape, **quantization) -> Value:
        if self.floats:
            index = self.model.constant(self.rng.normal(size=shape), "float32")
            return Value(index, tuple(shape), 1.0, 0)
        quantization = quantization or self.quantization()
        data = self.int8(shape)
        index = self.model.tensor(shape, data=data, **quantization)
        return Value(index, tuple(shape), **quantization)

    def ints(self, values) -> int:
        return self.model.constant(np.asarray(values, np.int32))

    def any(self, fits=lambda value: True, shape=None) -> Value:
        """A value that fits, or a new one of ``shape``."""
        found = [value for value in self.values if fits(value)]
        if found and (len(self.inputs) >= MOST_INPUTS or self.number(0, 3)):
            return self.one_of(found)
        shape = shape or self.shape(self.number(1, 4))
        if len(self.inputs) < MOST_INPUTS:
            return self.input(shape)
        return self.reshaped(self.one_of(self.values), shape)

    def image(self) -> Value:
        """An image (1, height, width, channels)."""

        def fits(value):
            return len(value.shape) == 4 and value.shape[0] == 1

        return self.any(fits, (1, *(self.number(1, 8) for _ in range(3))))

    def reshaped(self, value: Value, shape) -> Value:
        """The same values in a shape as near to ``shape`` as their number allows."""
        left, sizes = value.size, []
        for n in shape[:1:-1]:
            sizes.insert(0, math.gcd(n, left))
            left //= sizes[0]
        shape = (1, left, *sizes) if len(shape) > 1 else (left,)
        return self.operator("RESHAPE", [value.index], shape, value.quantization)

    def partner(self, shape, **quantization) -> Value:
        """Another operand of this shape and quantization (any, if none is given)."""

        def fits(value):
            return value.shape == shape and quantization in ({}, value.quantization)

        found = [value for value in self.values if fits(value)]
        ways = ["constant"] + ["there"] * 2 * bool(found)
        ways += ["input"] * (len(self.inputs) < MOST_INPUTS)
        way = self.one_of(ways)
        if way == "there":
            return self.one_of(found)
        make = self.input if way == "input" else self.constant
        return make(shape, **quantization)

    # operators

    def operator(self, code: str, inputs, shape, quantization, **options) -> Value:
        (value,) = self.operators(code, inputs, [shape], quantization, **options)
        return value

    def operators(self, code: str, inputs, shapes, quantization, **options):
        made = [self.add(shape, **quantization) for shape in shapes]
        self.model.operator(code, inputs, [value.index for value in made], **options)
        self.codes.append(code)
        self.values += [v for v in made if v.shape and v.size <= MOST_VALUES]
        return made

    def finish(self) -> Made:
        """End here: what nothing reads is an output, and some other values too."""
        read = {i for _, inputs, _, _ in self.model.operators for i in inputs}
        written = [i for _, _, outputs, _ in self.model.operators for i in outputs]
        unread = [i for i in written if i not in read]
        kept = [i for i in unread if self.number(0, 7)] or unread
        more = [i for i in written if i in read and not self.number(0, 5)]
        outputs = self.draw(st.permutations(kept + more))
        tflite = self.model.bytes(self.inputs, outputs)
        return Made(tflite, tuple(self.codes), self.seed)


def same(size: int, kernel: int, stride: int, dilation: int, padding: int) -> int:
    """Outputs along an axis; 0 or less where the kernel does not fit."""
    if padding == 0:
        return -(-size // stride)
    return (size - (kernel - 1) * dilation - 1) // stride + 1


def windows(net: Net, x: Value, *, dilated: bool):
    """Options and sizes (kernel, output) of a window that slides over an image."""
    options = {"padding": net.number(0, 1)}
    kernel, out = [], []
    for axis, size in zip("hw", x.shape[1:3], strict=True):
        most = 4 if options["padding"] == 0 else min(4, size)
        taps, stride = net.number(1, most), net.number(1, 3)
        dilation = net.number(1, 3) if dilated else 1
        if options["padding"] == 1 and taps > 1:
            dilation = min(dilation, (size - 1) // (taps - 1))
        options["stride_" + axis] = stride
        if dilated:
            options["dilation_" + axis] = dilation
        kernel.append(taps)
        out.append(same(size, taps, stride, dilation, options["padding"]))
    return options, kernel, out


def weights(net: Net, shape, channels: int, axis: int, x: Value, *, bias: bool):
    """Weights and bias, and a quantization in which the outputs do not all clip."""
    if net.floats:
        indices = [net.model.constant(net.rng.normal(size=shape), "float32")]
        if bias:
            indices.append(net.model.constant(net.rng.normal(size=channels), "float32"))
        return indices, net.quantization()
    per_channel = net.number(0, 1)
    scales = np.float32(0.02 * 2.0 ** net.rng.uniform(-2, 2, channels))
    scales = scales if per_channel else scales[:1]
    data = net.int8(shape)
    w = net.model.tensor(shape, scale=scales, axis=axis, data=data)
    indices = [w]
    taps = max(1, data.size // channels)
    if bias:
        limit = 2**31 - 1 if net.wild else int(5000 * math.sqrt(taps))
        b = net.rng.integers(-limit, limit + 1, channels)
        products = [np.float32(x.scale) * s for s in scales]
        indices.append(net.model.constant(b, scale=products))
    about = float(x.scale * scales.mean() * math.sqrt(taps) * 70)
    return indices, net.quantization(about)


def conv_2d(net: Net) -> None:
    x = net.image()
    options, kernel, out = windows(net, x, dilated=True)
    channels = net.number(1, 6)
    shape = (channels, *kernel, x.shape[3])
    more, quantization = weights(net, shape, channels, 0, x, bias=net.number(0, 3) > 0)
    options["activation"] = net.number(0, 3)
    net.operator(
        "CONV_2D", [x.index, *more], (1, *out, channels), quantization, **options
    )


def depthwise_conv_2d(net: Net) -> None:
    x = net.image()
    options, kernel, out = windows(net, x, dilated=True)
    multiplier = net.one_of([1, 1, 2, 3])
    channels = x.shape[3] * multiplier
    options |= {"activation": net.number(0, 3), "depth_multiplier": multiplier}
    more, quantization = weights(
        net, (1, *kernel, channels), channels, 3, x, bias=net.number(0, 3) > 0
    )
    net.operator(
        "DEPTHWISE_CONV_2D",
        [x.index, *more],
        (1, *out, channels),
        quantization,
        **options,
    )


def transpose_conv(net: Net) -> None:
    x = net.image()
    options = {"padding": net.number(0, 1), "activation": net.number(0, 3)}
    kernel, out = [], []
    for axis, size in zip("hw", x.shape[1:3], strict=True):
        taps, stride = net.number(1, 4), net.number(1, 3)
        options["stride_" + axis] = stride
        fewest = (size - 1) * stride + (taps if options["padding"] else 1)
        out.append(fewest + net.number(0, stride - 1))
        kernel.append(taps)
    channels = net.number(1, 4)
    shape = (channels, *kernel, x.shape[3])
    more, quantization = weights(net, shape, channels, 0, x, bias=net.number(0, 1) > 0)
    y = (1, *out, channels)
    inputs = [net.ints(y), more[0], x.index, *more[1:]]
    net.operator("TRANSPOSE_CONV", inputs, y, quantization, **options)


def pool(code: str):
    def grow(net: Net) -> None:
        x = net.image()
        options, kernel, out = windows(net, x, dilated=False)
        options |= {"filter_height": kernel[0], "filter_width": kernel[1]}
        options["activation"] = net.number(0, 3)
        y = (1, *out, x.shape[3])
        net.operator(code, [x.index], y, x.quantization, **options)

    return grow


def fully_connected(net: Net) -> None:
    x = net.any()
    keep = net.number(0, 1)
    inputs = x.shape[-1]
    if not keep:
        inputs *= math.prod(x.shape[net.number(0, len(x.shape) - 1) : -1])
    outputs = net.number(1, 7)
    more, quantization = weights(
        net, (outputs, inputs), outputs, 0, x, bias=net.number(0, 3) > 0
    )
    y = (*x.shape[:-1], outputs) if keep else (x.size // inputs, outputs)
    options = {"activation": net.number(0, 3), "keep_num_dims": keep}
    net.operator("FULLY_CONNECTED", [x.index, *more], y, quantization, **options)


def operands(net: Net, **quantization):
    """Two operands whose shapes broadcast, and the shape of their result."""
    a = net.any(lambda v: len(v.shape) <= 4)
    other = [n if net.number(0, 3) else 1 for n in a.shape]
    other = tuple(other[net.number(0, len(other) - 1) if not net.number(0, 2) else 0 :])
    quantization = a.quantization if quantization == {"same": True} else {}
    b = net.partner(other, **quantization)
    pair = [a.index, b.index][:: net.one_of([1, -1])]
    return a, b, pair, np.broadcast_shapes(a.shape, b.shape)


def binary(code: str):
    def grow(net: Net) -> None:
        a, b, pair, shape = operands(net)
        about = a.scale * b.scale * 70 if code == "MUL" else max(a.scale, b.scale)
        quantization = net.quantization(about)
        net.operator(code, pair, shape, quantization, activation=net.number(0, 3))

    return grow


def extreme(code: str):
    def grow(net: Net) -> None:
        a, _, pair, shape = operands(net, same=True)
        net.operator(code, pair, shape, a.quantization)

    return grow


def unary(code: str, quantization=None, **options):
    def grow(net: Net) -> None:
        x = net.any()
        wanted = quantization or net.quantization(x.scale)
        if code == "RELU6":
            wanted = x.quantization
        more = {key: net.one_of(values) for key, values in options.items()}
        net.operator(code, [x.index], x.shape, wanted, **more)

    return grow


def reduced(net: Net):
    """A tensor, some of its axes, the options, and the shape that stays."""
    x = net.any(lambda v: len(v.shape) <= 4)
    rank = len(x.shape)
    axes = net.draw(
        st.lists(st.integers(0, rank - 1), min_size=1, max_size=rank, unique=True)
    )
    keep = net.number(0, 1)
    if keep:
        shape = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
    else:
        shape = tuple(n for i, n in enumerate(x.shape) if i not in axes)
    signed = [axis - rank if net.number(0, 1) else axis for axis in axes]
    return x, net.ints(signed), {"keep_dims": keep}, shape


def mean(net: Net) -> None:
    x, axes, options, shape = reduced(net)
    quantization = net.quantization(x.scale)
    net.operator("MEAN", [x.index, axes], shape, quantization, **options)


def reduce_max(net: Net) -> None:
    x, axes, options, shape = reduced(net)
    net.operator("REDUCE_MAX", [x.index, axes], shape, x.quantization, **options)


def arg_max(net: Net) -> None:
    x = net.any(lambda v: len(v.shape) <= 4)
    axis = net.number(-len(x.shape), len(x.shape) - 1)
    shape = tuple(np.delete(x.shape, axis).tolist())
    y = net.model.tensor(shape, "int32")
    inputs = [x.index, net.ints([axis])]
    net.model.operator("ARG_MAX", inputs, [y], output_type=2)
    net.codes.append("ARG_MAX")


def dequantize(net: Net) -> None:
    x = net.any()
    y = net.model.tensor(x.shape, "float32")
    net.model.operator("DEQUANTIZE", [x.index], [y])
    net.codes.append("DEQUANTIZE")


def concatenation(net: Net) -> None:
    x = net.any(lambda v: len(v.shape) <= 4)
    axis = net.number(0, len(x.shape) - 1)
    parts = [x]
    for _ in range(net.number(0, 2)):
        n = net.one_of([x.shape[axis], net.number(1, 3)])
        shape = (*x.shape[:axis], n, *x.shape[axis + 1 :])
        parts.append(net.partner(shape, **x.quantization))
    parts = net.draw(st.permutations(parts))
    total = sum(p.shape[axis] for p in parts)
    shape = (*x.shape[:axis], total, *x.shape[axis + 1 :])
    named = axis - len(x.shape) if net.number(0, 1) else axis
    indices = [p.index for p in parts]
    net.operator("CONCATENATION", indices, shape, x.quantization, axis=named)


def pack(net: Net) -> None:
    x = net.any(lambda v: len(v.shape) <= 3)
    parts = [x] + [
        net.partner(x.shape, **x.quantization) for _ in range(net.number(0, 2))
    ]
    axis = net.number(-len(x.shape) - 1, len(x.shape))
    at = axis % (len(x.shape) + 1)
    shape = (*x.shape[:at], len(parts), *x.shape[at:])
    indices = [p.index for p in net.draw(st.permutations(parts))]
    options = {"axis": axis, "values_count": len(parts)}
    net.operator("PACK", indices, shape, x.quantization, **options)


def unpack(net: Net) -> None:
    x = net.any(lambda v: 2 <= len(v.shape) <= 4, (1, net.number(1, 4), 3))
    axis = net.number(-len(x.shape), len(x.shape) - 1)
    shape = tuple(np.delete(x.shape, axis).tolist())
    options = {"axis": axis, "num": x.shape[axis]}
    shapes = [shape] * x.shape[axis]
    net.operators("UNPACK", [x.index], shapes, x.quantization, **options)


def split(net: Net) -> None:
    x = net.any(lambda v: len(v.shape) <= 4)
    axis = net.number(-len(x.shape), len(x.shape) - 1)
    n, at = x.shape[axis], axis % len(x.shape)
    count = net.one_of([k for k in range(1, n + 1) if n % k == 0])
    shapes = [(*x.shape[:at], n // count, *x.shape[at + 1 :])] * count
    inputs = [net.ints([axis]), x.index]
    net.operators("SPLIT", inputs, shapes, x.quantization, num_splits=count)


def split_v(net: Net) -> None:
    x = net.any(lambda v: len(v.shape) <= 4)
    axis = net.number(-len(x.shape), len(x.shape) - 1)
    n, at = x.shape[axis], axis % len(x.shape)
    cuts = sorted(net.draw(st.sets(st.integers(1, n - 1), max_size=2)) if n > 1 else [])
    sizes = np.diff([0, *cuts, n]).tolist()
    shapes = [(*x.shape[:at], size, *x.shape[at + 1 :]) for size in sizes]
    inputs = [x.index, net.ints(sizes), net.ints([axis])]
    net.operators("SPLIT_V", inputs, shapes, x.quantization, num_splits=len(sizes))


def pad(net: Net) -> None:
    x = net.any(lambda v: len(v.shape) <= 4)
    pads = [(net.number(0, 2), net.number(0, 2)) for _ in x.shape]
    if len(x.shape) == 4 and x.shape[0] == 1 and net.number(0, 3):
        pads[0] = (0, 0)  # so that it stays an image
    shape = tuple(b + n + a for n, (b, a) in zip(x.shape, pads, strict=True))
    net.operator("PAD", [x.index, net.ints(pads)], shape, x.quantization)


def slice_(net: Net) -> None:
    x = net.any(lambda v: len(v.shape) <= 4)
    begin = [net.number(0, n - 1) for n in x.shape]
    shape = [net.number(1, n - b) for n, b in zip(x.shape, begin, strict=True)]
    ends = zip(x.shape, begin, shape, strict=True)
    sizes = [-1 if b + s == n and net.number(0, 1) else s for n, b, s in ends]
    inputs = [x.index, net.ints(begin), net.ints(sizes)]
    net.operator("SLICE", inputs, tuple(shape), x.quantization)


def strided_slice(net: Net) -> None:
    x = net.any(lambda v: len(v.shape) <= 4)
    begins, ends, steps, shape = [], [], [], []
    masks = dict.fromkeys(("begin_mask", "end_mask", "shrink_axis_mask"), 0)
    for axis, n in enumerate(x.shape):
        first, count = net.number(0, n - 1), 1
        step = net.one_of([1, 1, 2, 3, -1, -2])
        room = (n - 1 - first) // step if step > 0 else first // -step
        count = net.number(1, room + 1)
        end = first + (count - 1) * step + (1 if step > 0 else -1)
        if step < 0 and end < 0:
            end = -n - 1  # before the first value; -1 would be the last
            if net.number(0, 1):
                masks["end_mask"] |= 1 << axis
        if end == n and net.number(0, 1):
            masks["end_mask"] |= 1 << axis
            end = net.number(-9, 9)
        if first == (0 if step > 0 else n - 1) and net.number(0, 1):
            masks["begin_mask"] |= 1 << axis
            begin = net.number(-9, 9)
        else:
            begin = first - n if net.number(0, 1) else first
        if len(x.shape) > 1 and not net.number(0, 4):
            masks["shrink_axis_mask"] |= 1 << axis
            masks["begin_mask"] &= ~(1 << axis)
            masks["end_mask"] &= ~(1 << axis)
            begin, end, step = first, first + 1, 1
        else:
            shape.append(count)
        begins.append(begin)
        ends.append(end)
        steps.append(step)
    inputs = [x.index, *map(net.ints, (begins, ends, steps))]
    net.operator("STRIDED_SLICE", inputs, tuple(shape), x.quantization, **masks)


def transpose(net: Net) -> None:
    x = net.any(lambda v: len(v.shape) <= 4)
    order = net.draw(st.permutations(range(len(x.shape))))
    shape = tuple(x.shape[i] for i in order)
    net.operator("TRANSPOSE", [x.index, net.ints(order)], shape, x.quantization)


def resize_nearest(net: Net) -> None:
    x = net.image()
    size = [net.number(1, 9), net.number(1, 9)]
    corners, centers = net.one_of([(0, 0), (0, 1), (1, 0)])
    options = {"align_corners": corners, "half_pixel_centers": centers}
    net.operator(
        "RESIZE_NEAREST_NEIGHBOR",
        [x.index, net.ints(size)],
        (1, *size, x.shape[3]),
        x.quantization,
        **options,
    )


def reshape(net: Net) -> None:
    x = net.any()
    left, shape = x.size, []
    for _ in range(net.number(0, 3)):
        shape.append(net.one_of([k for k in range(1, left + 1) if left % k == 0]))
        left //= shape[-1]
    shape = (*shape, left)
    inputs = [x.index] + [net.ints(shape)] * net.number(0, 1)
    net.operator("RESHAPE", inputs, shape, x.quantization)


def expand_dims(net: Net) -> None:
    x = net.any(lambda v: len(v.shape) <= 3)
    axis = net.number(-len(x.shape) - 1, len(x.shape))
    at = axis % (len(x.shape) + 1)
    shape = (*x.shape[:at], 1, *x.shape[at:])
    net.operator("EXPAND_DIMS", [x.index, net.ints([axis])], shape, x.quantization)


def squeeze(net: Net) -> None:
    x = net.any(lambda v: max(v.shape) > 1 and min(v.shape) == 1, (1, 3, 1, 2))
    shape = tuple(n for n in x.shape if n > 1) or (1,)
    net.operator("SQUEEZE", [x.index], shape, x.quantization)


FIXED = {
    "LOGISTIC": {"scale": 1 / 256, "zero_point": -128},
    "SOFTMAX": {"scale": 1 / 256, "zero_point": -128},
    "TANH": {"scale": 1 / 128, "zero_point": 0},
}

GROW = {
    "ADD": binary("ADD"),
    "ARG_MAX": arg_max,
    "AVERAGE_POOL_2D": pool("AVERAGE_POOL_2D"),
    "CONCATENATION": concatenation,
    "CONV_2D": conv_2d,
    "DEPTHWISE_CONV_2D": depthwise_conv_2d,
    "DEQUANTIZE": dequantize,
    "EXPAND_DIMS": expand_dims,
    "FULLY_CONNECTED": fully_connected,
    "HARD_SWISH": unary("HARD_SWISH"),
    "LEAKY_RELU": unary("LEAKY_RELU", alpha=[0.0, 0.01, 0.2, 0.5, 1.0, 1.5]),
    "LOGISTIC": unary("LOGISTIC", FIXED["LOGISTIC"]),
    "MAXIMUM": extreme("MAXIMUM"),
    "MAX_POOL_2D": pool("MAX_POOL_2D"),
    "MEAN": mean,
    "MINIMUM": extreme("MINIMUM"),
    "MUL": binary("MUL"),
    "PACK": pack,
    "PAD": pad,
    "QUANTIZE": unary("QUANTIZE"),
    "REDUCE_MAX": reduce_max,
    "RELU": unary("RELU"),
    "RELU6": unary("RELU6"),
    "RESHAPE": reshape,
    "RESIZE_NEAREST_NEIGHBOR": resize_nearest,
    "SLICE": slice_,
    "SOFTMAX": unary("SOFTMAX", FIXED["SOFTMAX"], beta=[1.0, 0.5, 2.0]),
    "SPLIT": split,
    "SPLIT_V": split_v,
    "SQUEEZE": squeeze,
    "STRIDED_SLICE": strided_slice,
    "SUB": binary("SUB"),
    "TANH": unary("TANH", FIXED["TANH"]),
    "TRANSPOSE": transpose,
    "TRANSPOSE_CONV": transpose_conv,
    "UNPACK": unpack,
}
GROW = {code: grow for code, grow in GROW.items() if code in KINDS}


@st.composite
def models(
    draw, codes=tuple(GROW), most: int = 6, wild: float = 0, floats: bool = False
) -> Made:
    """A model of 1 to ``most`` operators out of ``codes``.

    Scales lie within a factor of 4 of what fits; of 2 ** ``wild`` more, if it is given.
    With ``floats`` everything is float32.
    """
    net = Net(draw, wild, floats)
    for code in draw(st.lists(st.sampled_from(codes), min_size=1, max_size=most)):
        GROW[code](net)
    return net.finish()
