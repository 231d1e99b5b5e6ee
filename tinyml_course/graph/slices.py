"""Where moved values come from: slices, and the nearest neighbours of a resize."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tinyml_course.graph.model import Graph, Operator

__all__ = ["nearest_neighbours", "slice_of"]


def slice_of(
    shape: tuple[int, ...], bounds: list[list[int]], options: dict[str, int | float]
) -> tuple[tuple[slice, ...], tuple[int, ...]] | None:
    """What a slicing operator takes of ``shape``: ``(slices, shape of the output)``.

    ``bounds`` are begin, end, stride (STRIDED_SLICE) or begin, size (SLICE), one entry
    an axis. None if they leave the input or take nothing.

    >>> slice_of((1, 6), [[0, 1], [1, 6], [1, 2]], {})
    ((slice(0, 1, 1), slice(1, 6, 2)), (1, 3))
    """
    masks = {
        key: int(options.get(key, 0))
        for key in ("begin_mask", "end_mask", "shrink_axis_mask")
    }
    slices, kept = [], []
    for axis, n in enumerate(shape):
        bit = 1 << axis
        begin = bounds[0][axis]
        if len(bounds) == 2:
            size = bounds[1][axis]
            start, step = begin, 1
            stop = n if size == -1 else begin + size
        else:
            end, step = bounds[1][axis], bounds[2][axis]
            if step == 0:
                return None
            if masks["shrink_axis_mask"] & bit:
                begin = begin + n if begin < 0 else begin
                start, stop, step = begin, begin + 1, 1
            else:
                asked = slice(
                    None if masks["begin_mask"] & bit else begin,
                    None if masks["end_mask"] & bit else end,
                    step,
                )
                start, stop, step = asked.indices(n)
        taken = range(start, stop, step)
        if not taken or not (0 <= taken[0] < n and 0 <= taken[-1] < n):
            return None
        slices.append(slice(start, stop if stop >= 0 else None, step))
        if not masks["shrink_axis_mask"] & bit:
            kept.append(len(taken))
    return tuple(slices), tuple(kept)


def nearest_neighbours(graph: Graph, op: Operator) -> list[np.ndarray]:
    """The input row of each output row, and the input column of each output column.

    In float32, as TFLM computes them: ties and rounding are part of the operator.
    """
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    corners = bool(op.options["align_corners"])
    centers = bool(op.options["half_pixel_centers"])
    found = []
    for size, wanted in zip(x.shape[1:3], y.shape[1:3], strict=True):
        if corners and wanted > 1:
            scale = np.float32(size - 1) / np.float32(wanted - 1)
        else:
            scale = np.float32(size) / np.float32(wanted)
        offset = np.float32(0.5 if centers else 0.0)
        places = (np.arange(wanted, dtype=np.float32) + offset) * scale
        places = np.floor(places + np.float32(0.5)) if corners else np.floor(places)
        found.append(np.clip(places.astype(np.int64), 0, size - 1))
    return found
