"""Fewer bits by hand, as in chapter 19: real numbers come in, whole ones go out."""

from __future__ import annotations

import numpy as np

__all__ = [
    "FORMATS",
    "clip_by_entropy",
    "conv",
    "dense",
    "depthwise",
    "fraction_bits",
    "from_marks",
    "high_multiply",
    "multiplier",
    "padded",
    "put_together",
    "requantize",
    "rounding_shift",
    "run_layer",
    "scale_and_zero_point",
    "take_apart",
    "to_fixed",
    "to_marks",
]

FORMATS = {"float32": (8, 23), "float16": (5, 10), "bfloat16": (8, 7)}
"""Bits of exponent, bits of fraction."""


def take_apart(pattern, name):
    """Sign, exponent and fraction of a float's bits, given as a whole number."""
    e, f = FORMATS[name]
    return pattern >> (e + f), pattern >> f & (2**e - 1), pattern & (2**f - 1)


def put_together(sign, exponent, fraction, name):
    """The number that these three mean; an exponent of ones is infinite or none.

    >>> put_together(*take_apart(0x3E20, "bfloat16"), "bfloat16")
    0.15625
    """
    e, f = FORMATS[name]
    bias, part = 2 ** (e - 1) - 1, fraction / 2**f
    if exponent == 2**e - 1:
        return np.nan if fraction else (-1) ** sign * np.inf
    hidden = min(exponent, 1)  # the digit not stored: 1, and 0 for the least exponent
    return (-1) ** sign * (hidden + part) * 2.0 ** (max(exponent, 1) - bias)


def fraction_bits(top, word):
    """Of a word with its sign, the bits behind the point when |x| <= top."""
    return word - 1 - int(np.frexp(top)[1])  # top < 2 ** frexp(top)[1]


def to_fixed(x, word, fraction):
    """x in steps of 2 ** -fraction, rounded and held within the word (int64)."""
    most = 2 ** (word - 1) - 1
    steps = np.round(np.asarray(x) * 2.0**fraction)
    return np.clip(steps, -most - 1, most).astype(np.int64)


def scale_and_zero_point(low, high, bits=8):
    """The step, and the mark of zero, of a range that is made to hold zero.

    >>> scale_and_zero_point(0, 6.375)
    (0.025, -128)
    """
    low, high = min(low, 0), max(high, 0)
    s = (high - low) / (2**bits - 1)
    return s, round(-(2 ** (bits - 1)) - low / s)


def to_marks(x, s, z, bits=8):
    """Real numbers to marks: divide, round, shift, clamp."""
    half = 2 ** (bits - 1)
    return np.clip(np.round(x / s) + z, -half, half - 1).astype(np.int32)


def from_marks(q, s, z):
    """Marks back to real numbers."""
    return s * (q - z)


def clip_by_entropy(counts, levels=256):
    """How many of the bins (bins,), from zero up, the marks should cover: least KL."""
    best, found = np.inf, len(counts)
    for end in range(levels, len(counts) + 1, 8):
        p = counts[:end].astype(float)
        cells = np.arange(levels) * end // levels  # the first bin of each level
        total = np.add.reduceat(p, cells)
        full = np.add.reduceat(p > 0, cells, dtype=float)
        level = np.searchsorted(cells, np.arange(end), side="right") - 1
        q = np.where(p > 0, (total / np.maximum(full, 1))[level], 0)
        p[-1] += counts[end:].sum()  # what is cut off lands on the last
        p, q = p / p.sum(), q / q.sum()
        bits = np.sum(p * np.log2(np.where(p > 0, p / np.maximum(q, 1e-9), 1)))
        if bits < best:
            best, found = bits, end
    return found


def multiplier(real):
    """A positive factor as (m, shift): real = m * 2 ** (shift - 31).

    >>> multiplier(0.75)
    (1610612736, 0)
    """
    part, shift = np.frexp(real)  # real = part * 2 ** shift, part in [1/2, 1)
    m = int(np.floor(part * 2**31 + 0.5))
    if m == 2**31:  # rounded up to 1
        m, shift = 2**30, shift + 1
    if shift < -31:  # everything would become 0
        return 0, 0
    return (m, int(shift)) if shift <= 30 else (2**31 - 1, 30)


def high_multiply(a, b):
    """round(a * b / 2 ** 31), halves up: the upper half of a doubled product."""
    return np.minimum((np.int64(a) * b + 2**30) >> 31, 2**31 - 1)


def rounding_shift(x, places):
    """round(x / 2 ** places), halves away from zero.

    >>> rounding_shift(np.array([-3, -1, 1, 3]), 1).tolist()
    [-2, -1, 1, 2]
    """
    half = (1 << places) >> 1
    return (x + half - ((x < 0) & (places > 0))) >> places


def requantize(total, m, shift, zero_point, low=-128, high=127):
    """A sum (int32) as a mark: multiply, shift, add the zero point, clamp.

    >>> requantize(np.array([1000, -1000]), *multiplier(0.1), -28).tolist()
    [72, -128]
    """
    left, right = np.maximum(shift, 0), np.maximum(-np.asarray(shift), 0)
    total = (np.int64(total) << left).astype(np.int32)  # a register has 32 bits
    scaled = rounding_shift(high_multiply(total, m), right)
    return np.clip(scaled + zero_point, low, high).astype(np.int8)


def padded(x, kernel, strides, same, fill):
    """A picture (n, h, w, c) with a rim of `fill`, and how often a window fits."""
    rims, counts = [(0, 0)], []
    for size, k, step in zip(x.shape[1:3], kernel, strides, strict=True):
        count = -(-size // step) if same else (size - k) // step + 1
        rim = max((count - 1) * step + k - size, 0)
        rims.append((rim // 2, rim - rim // 2))
        counts.append(count)
    return np.pad(x, [*rims, (0, 0)], constant_values=fill), *counts


def conv(x, w, bias, zero_in, strides, same, **to_int8):
    """Int8 convolution: x (n, h, w, c), w (filters, k_h, k_w, c)."""
    x, high, wide = padded(np.int32(x), w.shape[1:3], strides, same, zero_in)
    total = np.int32(bias)
    for i in range(w.shape[1]):
        for j in range(w.shape[2]):
            seen = x[:, i :: strides[0], j :: strides[1]][:, :high, :wide]
            total = total + (seen - zero_in) @ np.int32(w[:, i, j]).T
    return requantize(total, **to_int8)


def depthwise(x, w, bias, zero_in, strides, same, **to_int8):
    """Int8 depthwise convolution: x (n, h, w, c), w (1, k_h, k_w, c * each)."""
    x = np.repeat(np.int32(x), w.shape[3] // x.shape[3], axis=3)
    x, high, wide = padded(x, w.shape[1:3], strides, same, zero_in)
    total = np.int32(bias)
    for i in range(w.shape[1]):
        for j in range(w.shape[2]):
            seen = x[:, i :: strides[0], j :: strides[1]][:, :high, :wide]
            total = total + (seen - zero_in) * w[0, i, j]
    return requantize(total, **to_int8)


def dense(x, w, bias, zero_in, **to_int8):
    """Int8 dense layer: x (n, inputs), w (outputs, inputs)."""
    total = (np.int32(x) - zero_in) @ np.int32(w).T + np.int32(bias)
    return requantize(total, **to_int8)


def run_layer(net, op, x):
    """A layer with weights of a graph, on marks x (n, ...): with our own arithmetic."""
    t_x, t_w, t_y = (net.tensors[i] for i in (*op.inputs[:2], op.outputs[0]))
    product = [t_x.scale[0] * s for s in t_w.scale]
    if op.kind == "fully_connected" and len(product) == 1:  # TFLM: in float32
        product = [float(np.float32(t_x.scale[0]) * np.float32(t_w.scale[0]))]
    m, shift = np.array([multiplier(real / t_y.scale[0]) for real in product]).T
    zero, fused = t_y.zero_point[0], op.options.get("activation", 0)
    low = max(-128, zero) if fused in (1, 3) else -128  # ReLU, ReLU6
    high = zero + int(6 / np.float32(t_y.scale[0]) + 0.5) if fused == 3 else 127
    how = {"m": m, "shift": shift, "zero_point": zero}
    how |= {"low": low, "high": min(high, 127), "zero_in": t_x.zero_point[0]}
    has_bias = len(op.inputs) > 2 and op.inputs[2] >= 0
    bias = net.tensors[op.inputs[2]].data if has_bias else np.zeros(t_y.shape[-1])
    if op.kind == "fully_connected":
        return dense(x.reshape(-1, t_w.shape[1]), t_w.data, bias, **how)
    how["strides"] = op.options["stride_h"], op.options["stride_w"]
    work = {"conv2d": conv, "depthwise_conv2d": depthwise}[op.kind]
    return work(x, t_w.data, bias, same=op.options["padding"] == 0, **how)
