"""The tensors inside a calibrated .tflite: their names, ranges, ties and histograms."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tinyml_course import graph
from tinyml_course.quantize import convert
from tinyml_course.quantize.ranges import BINS

if TYPE_CHECKING:
    import keras

__all__ = [
    "FIXED",
    "Group",
    "Opened",
    "count",
    "groups",
    "name_tensors",
    "numbered",
    "runs",
]

# These hand values on as they stand, so input and output share scale and zero point.
_MOVING = frozenset(
    """
    average_pool2d max_pool2d pad reduce_max relu6 reshape resize_nearest split
    strided_slice transpose unpack
    """.split()
)
_JOINING = frozenset({"concatenation", "maximum", "minimum", "pack"})
FIXED = frozenset({"logistic", "softmax", "tanh"})
"""Operators that settle the scale of their output themselves."""
_NUMBERED = re.compile(r"(layer\d{4}x)(?:_\d+)*")
_ROWS = 64  # whose values are counted at a time


class Opened:
    """A calibrated float32 .tflite, opened: its ranges can be read and set."""

    def __init__(self, tflite: bytes) -> None:
        from tensorflow.lite.tools import flatbuffer_utils

        self._tools = flatbuffer_utils
        self._object = flatbuffer_utils.convert_bytearray_to_object(bytearray(tflite))
        self.refresh()

    def refresh(self) -> None:
        """Note the tensors' names, in their order."""
        tensors = self._object.subgraphs[0].tensors
        self.names = [_text(tensor.name) for tensor in tensors]
        self.tensors = dict(zip(self.names, tensors, strict=True))

    def bytes(self) -> bytes:
        """The file."""
        return bytes(self._tools.convert_object_to_bytearray(self._object))

    def rename(self, old: str, new: str) -> None:
        """Give a tensor another name."""
        self.tensors[old].name = new.encode()

    def ranges(self) -> dict[str, tuple[float, float]]:
        """Smallest and largest value of each tensor that the calibrator saw."""
        seen = {}
        for name, tensor in self.tensors.items():
            found = tensor.quantization
            if found is not None and found.min is not None and len(found.min):
                seen[name] = float(found.min[0]), float(found.max[0])
        return seen

    def set_range(self, name: str, low: float, high: float) -> None:
        """Put another range where the calibrator noted what it saw."""
        found = self.tensors[name].quantization
        found.min, found.max = [low], [high]

    def quantize(self, per_channel: bool = True) -> bytes:
        """TensorFlow Lite's quantizer, as its converter calls it."""
        import tensorflow as tf
        from tensorflow.lite.python.convert import (
            deduplicate_readonly_buffers,
            mlir_quantize,
        )

        with convert.quiet():
            tflite = mlir_quantize(
                self.bytes(),
                disable_per_channel=not per_channel,
                disable_per_channel_for_dense_layers=not per_channel,
                input_data_type=tf.int8,
                output_data_type=tf.int8,
            )
            return bytes(deduplicate_readonly_buffers(tflite))


def _text(name: bytes | str) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else name


def _nest(layer: keras.Layer) -> bool:
    """Whether it is a model inside the model, whose layers count on their own."""
    import keras

    return isinstance(layer, keras.Model)


@contextlib.contextmanager
def numbered(model: keras.Model) -> Iterator[dict[str, str]]:
    """Give the layers names that stay recognizable inside TensorFlow's own.

    A scope called conv2d_1 may be the layer conv2d, entered twice, or conv2d_1.
    """
    layers = [x for x in model._flatten_layers(include_self=False) if not _nest(x)]
    names = [layer.name for layer in layers]
    numbers = [f"layer{i:04d}x" for i in range(len(layers))]
    try:
        for layer, number in zip(layers, numbers, strict=True):
            layer.name = number
        yield dict(zip(numbers, names, strict=True))
    finally:
        for layer, name in zip(layers, names, strict=True):
            layer.name = name


def name_tensors(
    opened: Opened, model: keras.Model, names: dict[str, str]
) -> dict[str, tuple[str, ...]]:
    """Give tensors their layers' names; those of each, the storing one last."""
    found: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    outputs = [tensor._keras_history.operation.name for tensor in model.outputs]
    for old in list(opened.tensors):
        # a fused name begins with what was computed last
        numbers = [n for part in old.split(";")[::-1] for n in _NUMBERED.findall(part)]
        layers = [names[number] for number in numbers if number in names]
        new = _NUMBERED.sub(lambda match: names[match[1]], old)
        end = re.fullmatch(r"Identity(?:_(\d+))?", old)
        start = re.fullmatch(r"x_(\d+)", old)
        if end and int(end[1] or 0) < len(outputs):
            layers.append(outputs[int(end[1] or 0)])
        elif start:
            layers = [f"input {start[1]}" if len(model.inputs) > 1 else "input"]
        while new in taken:
            new += "_"
        taken.add(new)
        found[new] = tuple(dict.fromkeys(layers))
        if new != old:
            opened.rename(old, new)
    opened.refresh()
    return found


@dataclass(frozen=True)
class Group:
    """Tensors that share a scale: ``made`` are computed, the others only moved.

    ``title`` is the tensor that names the group, ``kind`` the operator that makes it.
    """

    names: tuple[str, ...]
    made: tuple[str, ...]
    low: float
    high: float
    title: str
    kind: str


def groups(opened: Opened) -> list[Group]:
    """The tensors by the scales that the plain int8 model ties together."""
    plain = opened.quantize()
    seen, model, names = opened.ranges(), graph.read(plain), Opened(plain).names
    leader = {t.index: t.index for t in model.tensors if t.data is None}

    def find(i: int) -> int:
        while leader[i] != i:
            i = leader[i]
        return i

    makers = dict.fromkeys(model.inputs, "input")
    for op in model.operators:
        makers |= dict.fromkeys(op.outputs, op.kind)
        if op.kind in _MOVING | _JOINING:
            first, *rest = [find(i) for i in op.inputs + op.outputs if i in leader]
            for i in rest:
                leader[find(i)] = first
    together: dict[int, list[int]] = {}
    for i in makers:
        if names[i] in seen and model.tensors[i].dtype == "int8":
            together.setdefault(find(i), []).append(i)
    found = []
    for members in together.values():
        moved = [i for i in members if makers[i] in _MOVING | _JOINING]
        made = [i for i in members if i not in moved] or members
        joined = [i for i in moved if makers[i] in _JOINING]
        title = (joined or made)[0]
        settled = makers[title] in FIXED
        wishes = [] if settled else [seen[names[i]] for i in made + moved]
        found.append(
            Group(
                tuple(names[i] for i in members),
                tuple(names[i] for i in made),
                *_range(model.tensors[title], wishes),
                names[title],
                makers[title],
            )
        )
    return found


def _range(
    tensor: graph.Tensor, seen: list[tuple[float, float]]
) -> tuple[float, float]:
    """Which of the ranges seen the quantizer took; else what its scale spans."""
    step, zero = tensor.scale[0], tensor.zero_point[0]
    for low, high in seen:
        if np.isclose(max(high, 0.0) - min(low, 0.0), 255 * step, rtol=1e-4):
            return low, high
    return (-128 - zero) * step, (127 - zero) * step


def runs(
    calibrated: bytes, x: list[np.ndarray], names: list[str]
) -> Iterator[dict[str, np.ndarray]]:
    """What the float model's tensors ``names`` hold, (rows, values) for some rows."""
    import tensorflow as tf

    resolver = tf.lite.experimental.OpResolverType.BUILTIN_REF
    with convert.quiet():
        interpreter = tf.lite.Interpreter(
            model_content=calibrated,
            experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=resolver,
        )
        interpreter.allocate_tensors()
    places = {d["name"]: d["index"] for d in interpreter.get_tensor_details()}
    inputs = {d["name"]: d["index"] for d in interpreter.get_input_details()}
    order = [inputs[name] for name in sorted(inputs, key=lambda n: int(n[2:]))]
    for start in range(0, len(x[0]), _ROWS):
        kept: dict[str, list[np.ndarray]] = {name: [] for name in names}
        for row in zip(*(a[start : start + _ROWS] for a in x), strict=True):
            for index, values in zip(order, row, strict=True):
                interpreter.set_tensor(index, values[None])
            interpreter.invoke()
            for name in names:
                kept[name].append(interpreter.get_tensor(places[name]).ravel())
        yield {name: np.stack(rows).astype(np.float64) for name, rows in kept.items()}


def count(
    calibrated: bytes,
    x: list[np.ndarray],
    sources: dict[str, int],
    edges: list[np.ndarray],
) -> list[np.ndarray]:
    """Histograms over ``edges``; ``sources`` says which of them a tensor adds to."""
    counts = [np.zeros(BINS, np.int64) for _ in edges]
    for some in runs(calibrated, x, list(sources)):
        for name, number in sources.items():
            ends = edges[number][0], edges[number][-1]
            values = np.clip(some[name], *ends)
            counts[number] += np.histogram(values, BINS, ends)[0]
    return counts
