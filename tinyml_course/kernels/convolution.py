"""Convolutions in int8: images (n, h, w, c) come in, feature maps go out."""

from __future__ import annotations

import numpy as np

from tinyml_course.kernels.arithmetic import requantize

__all__ = [
    "conv2d",
    "depthwise_conv2d",
    "output_size",
    "patches",
    "same_padding",
    "transpose_conv2d",
]


def output_size(size: int, kernel: int, stride: int, dilation: int, same: bool) -> int:
    """Positions a kernel of ``kernel`` taps takes along an axis of ``size``.

    >>> output_size(8, 3, 1, 1, same=False), output_size(8, 3, 2, 1, same=True)
    (6, 4)
    """
    if same:
        return -(-size // stride)
    return (size - ((kernel - 1) * dilation + 1)) // stride + 1


def same_padding(
    size: int, kernel: int, stride: int, dilation: int, same: bool
) -> tuple[int, int]:
    """Zero-point rows added ``(before, after)`` an axis so that the kernel fits.

    >>> same_padding(8, 3, 2, 1, same=True)
    (0, 1)
    """
    if not same:
        return 0, 0
    reach = (kernel - 1) * dilation + 1
    out = output_size(size, kernel, stride, dilation, same)
    total = max((out - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def patches(
    x: np.ndarray,
    kernel: tuple[int, int],
    strides: tuple[int, int],
    dilations: tuple[int, int],
    same: bool,
    fill: int,
) -> np.ndarray:
    """Each window of ``x`` (n, h, w, c): a view (n, out_h, out_w, k_h, k_w, c)."""
    pads = [
        same_padding(size, k, s, d, same)
        for size, k, s, d in zip(x.shape[1:3], kernel, strides, dilations, strict=True)
    ]
    padded = np.pad(x, ((0, 0), *pads, (0, 0)), constant_values=fill)
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    windows = np.lib.stride_tricks.sliding_window_view(padded, reach, axis=(1, 2))
    windows = windows[:, :: strides[0], :: strides[1], :, :: dilations[0]]
    return np.moveaxis(windows[..., :: dilations[1]], 3, -1)


def conv2d(
    x: np.ndarray,
    weights: np.ndarray,
    bias: np.ndarray,
    *,
    input_zero_point: int,
    output_zero_point: int,
    multiplier: np.ndarray,
    shift: np.ndarray,
    strides: tuple[int, int] = (1, 1),
    dilations: tuple[int, int] = (1, 1),
    same: bool = False,
    activation_min: int = -128,
    activation_max: int = 127,
) -> np.ndarray:
    """Convolve int8 ``x`` (n, h, w, c) with int8 ``weights`` (out_c, k_h, k_w, c).

    ``bias`` is (out_c,) int32; ``multiplier`` and ``shift`` are (out_c,), one factor
    input_scale * weight_scale / output_scale per channel. Returns int8
    (n, out_h, out_w, out_c).

    >>> x = np.full((1, 3, 3, 1), 2, np.int8)
    >>> ones = np.ones((1, 3, 3, 1), np.int8)
    >>> half = dict(multiplier=np.array([2**30]), shift=np.array([0]))
    >>> zero = dict(input_zero_point=0, output_zero_point=0)
    >>> conv2d(x, ones, np.array([4]), **zero, **half).ravel()
    array([11], dtype=int8)
    """
    out_c, k_h, k_w, _ = weights.shape
    windows = patches(x, (k_h, k_w), strides, dilations, same, input_zero_point)
    n, out_h, out_w = windows.shape[:3]
    # Exact in float64: |sum| <= k_h*k_w*c * 255*128 stays far below 2**53,
    # and float64 products run on BLAS.
    columns = windows.reshape(n * out_h * out_w, -1).astype(np.float64)
    columns -= input_zero_point
    accumulator = columns @ weights.reshape(out_c, -1).T.astype(np.float64)
    accumulator = accumulator.astype(np.int64) + bias
    y = requantize(
        accumulator,
        multiplier,
        shift,
        output_zero_point,
        activation_min,
        activation_max,
    )
    return y.reshape(n, out_h, out_w, out_c)


def depthwise_conv2d(
    x: np.ndarray,
    weights: np.ndarray,
    bias: np.ndarray,
    *,
    input_zero_point: int,
    output_zero_point: int,
    multiplier: np.ndarray,
    shift: np.ndarray,
    strides: tuple[int, int] = (1, 1),
    dilations: tuple[int, int] = (1, 1),
    same: bool = False,
    activation_min: int = -128,
    activation_max: int = 127,
) -> np.ndarray:
    """Convolve each channel on its own; ``weights`` are (1, k_h, k_w, c * m) int8.

    Output channel ``q`` reads input channel ``q // m``, with m the depth multiplier.

    >>> x = np.arange(8, dtype=np.int8).reshape(1, 2, 2, 2)
    >>> taps = np.ones((1, 2, 2, 2), np.int8)
    >>> unit = dict(multiplier=np.array([2**30] * 2), shift=np.array([1, 1]))
    >>> zero = dict(input_zero_point=0, output_zero_point=0)
    >>> depthwise_conv2d(x, taps, np.zeros(2, np.int32), **zero, **unit).ravel()
    array([12, 16], dtype=int8)
    """
    _, k_h, k_w, out_c = weights.shape
    windows = patches(x, (k_h, k_w), strides, dilations, same, input_zero_point)
    windows = windows.astype(np.int64) - input_zero_point
    windows = np.repeat(windows, out_c // x.shape[-1], axis=-1)
    accumulator = np.einsum("nyxijc,ijc->nyxc", windows, weights[0].astype(np.int64))
    return requantize(
        accumulator + bias,
        multiplier,
        shift,
        output_zero_point,
        activation_min,
        activation_max,
    )


def transpose_conv2d(
    x: np.ndarray,
    weights: np.ndarray,
    bias: np.ndarray,
    *,
    output_shape: tuple[int, int],
    input_zero_point: int,
    output_zero_point: int,
    multiplier: np.ndarray,
    shift: np.ndarray,
    strides: tuple[int, int],
    same: bool,
    activation_min: int = -128,
    activation_max: int = 127,
) -> np.ndarray:
    """Spread each pixel of int8 ``x`` (n, h, w, c) over the output, times ``weights``.

    ``weights`` are (out_c, k_h, k_w, c) int8, ``output_shape`` is (height, width).

    >>> x = np.array([3], np.int8).reshape(1, 1, 1, 1)
    >>> taps = np.array([1, 2, 3, 4], np.int8).reshape(1, 2, 2, 1)
    >>> unit = dict(multiplier=np.array([2**30]), shift=np.array([1]))
    >>> zero = dict(input_zero_point=0, output_zero_point=0, same=False)
    >>> place = dict(output_shape=(2, 2), strides=(2, 2))
    >>> bias = np.zeros(1, np.int32)
    >>> transpose_conv2d(x, taps, bias, **place, **zero, **unit).ravel()
    array([ 3,  6,  9, 12], dtype=int8)
    """
    n, in_h, in_w, _ = x.shape
    out_c, k_h, k_w, _ = weights.shape
    top, left = (
        same_padding(size, k, s, 1, same)[0]
        for size, k, s in zip(output_shape, (k_h, k_w), strides, strict=True)
    )
    # Room for every tap; the padding is cut off afterwards.
    room = [
        max((i - 1) * s + k, p + o)
        for i, s, k, p, o in zip(
            (in_h, in_w), strides, (k_h, k_w), (top, left), output_shape, strict=True
        )
    ]
    accumulator = np.zeros((n, *room, out_c), np.int64)
    steps = x.astype(np.int64) - input_zero_point
    for i in range(k_h):
        for j in range(k_w):
            rows = slice(i, i + (in_h - 1) * strides[0] + 1, strides[0])
            columns = slice(j, j + (in_w - 1) * strides[1] + 1, strides[1])
            accumulator[:, rows, columns] += steps @ weights[:, i, j].T.astype(np.int64)
    inside = accumulator[:, top : top + output_shape[0], left : left + output_shape[1]]
    return requantize(
        inside + bias,
        multiplier,
        shift,
        output_zero_point,
        activation_min,
        activation_max,
    )
