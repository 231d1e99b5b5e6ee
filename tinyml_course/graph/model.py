"""What a model is once it is read: tensors, operators, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tinyml_course.errors import DataError
from tinyml_course.graph.plan import Plan, plan_arena

__all__ = ["Graph", "Operator", "Tensor", "row_shape"]


def row_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """What one row of n inputs or outputs holds: ``shape`` without a batch axis of 1.

    >>> row_shape((1, 8, 8, 1)), row_shape((5,))
    ((8, 8, 1), (5,))
    """
    return shape[1:] if shape[:1] == (1,) else shape


@dataclass(frozen=True, eq=False)
class Tensor:
    """One array of the graph: an activation, or a constant when ``data`` is there.

    Attributes
    ----------
    shape : tuple of int
        With batch 1, as in the file (NHWC).
    dtype : str
        NumPy's name, for example ``int8``.
    scale, zero_point : tuple
        real = scale * (q - zero_point); one entry, or one per slice of ``axis``.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: tuple[float, ...] = ()
    zero_point: tuple[int, ...] = ()
    axis: int = 0
    data: np.ndarray | None = field(default=None, repr=False)

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def bytes(self) -> int:
        """Number of bytes."""
        return self.size * np.dtype(self.dtype).itemsize

    def quantize(self, x: np.ndarray) -> np.ndarray:
        """Real values as this tensor's integers: to the nearest step, and clamped.

        A tie goes away from zero, as in TFLM. A float32 tensor takes them as they are.

        >>> Tensor(0, "x", (1, 2), "int8", (0.5,), (-1,)).quantize(np.array([0., 9.]))
        array([-1, 17], dtype=int8)
        """
        x = np.asarray(x)
        if not np.all(np.isfinite(x)):
            raise DataError(
                f"The values for '{self.name}' contain NaN or infinity, which no "
                "model can compute with. Clean the data first."
            )
        if not self.scale:
            return x.astype(self.dtype)
        limits = np.iinfo(self.dtype)
        steps = x / np.float32(self.scale[0])
        whole = np.trunc(steps)  # exact, and so is the rest
        whole += np.where(abs(steps - whole) >= 0.5, np.sign(steps), 0)
        q = whole + self.zero_point[0]
        return np.clip(q, limits.min, limits.max).astype(self.dtype)

    def dequantize(self, q: np.ndarray) -> np.ndarray:
        """This tensor's integers as real values, float32.

        >>> Tensor(0, "x", (1, 2), "int8", (0.5,), (-1,)).dequantize(np.array([-1, 17]))
        array([0., 9.], dtype=float32)
        """
        if not self.scale:
            return np.asarray(q, dtype=np.float32)
        steps = np.asarray(q, dtype=np.float32) - np.float32(self.zero_point[0])
        return (steps * np.float32(self.scale[0])).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Operator:
    """One step of the graph.

    Attributes
    ----------
    kind : str
        For example ``conv2d``; the same word names the kernel and the C function.
    code : str
        TensorFlow Lite's name, for example ``CONV_2D``.
    inputs, outputs : tuple of int
        Tensor numbers; -1 for an input that is absent.
    options : dict
        The operator's settings by their TensorFlow Lite names.
    macs : int
        Multiply-accumulates for one inference, counted from the shapes.
    """

    index: int
    kind: str
    code: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: dict[str, int | float]
    macs: int

    @property
    def name(self) -> str:
        """How a report calls it, for example ``00 conv2d``."""
        return f"{self.index:02d} {self.kind}"


@dataclass(frozen=True, eq=False)
class Graph:
    """A model that can be compiled: operators in the order in which they run.

    >>> from tinyml_course import datasets, graph
    >>> model = graph.read(datasets.model_path("digits_cnn"))
    >>> model.macs == sum(op.macs for op in model.operators)
    True
    """

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    sha256: str
    file_bytes: int

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return sum(operator.macs for operator in self.operators)

    @property
    def constants(self) -> tuple[Tensor, ...]:
        """The constants that operators compute with, each once (a shape is none)."""
        used = {
            i
            for op in self.operators
            for i in (op.inputs[:1] if op.kind == "reshape" else op.inputs)
            if i >= 0
        }
        return tuple(self.tensors[i] for i in sorted(used) if self.is_constant(i))

    @property
    def weight_bytes(self) -> int:
        """Bytes of all constants that the operators compute with."""
        return sum(tensor.bytes for tensor in self.constants)

    def is_constant(self, index: int) -> bool:
        """Whether tensor ``index`` is stored in the file."""
        return self.tensors[index].data is not None

    def is_float(self, op: Operator) -> bool:
        """Whether ``op`` has float32 among its inputs and outputs."""
        indices = (i for i in op.inputs + op.outputs if i >= 0)
        return any(self.tensors[i].dtype == "float32" for i in indices)

    @cached_property
    def plan(self) -> Plan:
        """Where each activation lives in the arena, and when."""
        return plan_arena(self)

    def __str__(self) -> str:
        lines = [f"{'layer':<22}{'output':<18}{'bytes':>9}{'MACs':>13}"]
        for op in self.operators:
            out = self.tensors[op.outputs[0]]
            shape = "x".join(str(n) for n in out.shape)
            lines.append(f"{op.name:<22}{shape:<18}{out.bytes:>9,}{op.macs:>13,}")
        lines.append(
            f"weights {self.weight_bytes:,} bytes, arena {self.plan.arena_bytes:,} "
            f"bytes, {self.macs:,} MACs"
        )
        return "\n".join(lines)
