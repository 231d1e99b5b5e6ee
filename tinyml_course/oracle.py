"""TensorFlow Lite Micro itself: a .tflite and inputs come in, its outputs go out.

TFLM runs in a child process, so that a model that crashes it cannot take the caller
along. It is the reference that every int8 output must equal byte for byte, and every
float32 output too where it does not come of exp or tanh.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from tinyml_course import graph
from tinyml_course.errors import ModelError, ToolError

__all__ = ["Answer", "Question", "arena_bytes", "arena_parts", "ask", "available"]

_TIMEOUT_S = 120
_ARENA_LIMIT_BYTES = 512 * 1024 * 1024

# Runs in the child. The arena begins small and doubles until the model fits.
_CHILD = """
import json, resource, sys
import numpy as np
from tflite_micro import runtime
folder, limit = sys.argv[1], int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
model = open(folder + "/model.tflite", "rb").read()
inputs = np.load(folder + "/inputs.npz")
question = json.load(open(folder + "/question.json"))
count, wanted, rows = question["outputs"], question["tensors"], []
arena = 1 << 20
while True:
    try:
        tflm = runtime.Interpreter.from_bytes(model, arena_size=arena)
        break
    except RuntimeError:
        arena *= 2
        if arena > limit:
            raise
columns = [inputs[f"x{i}"] for i in range(len(inputs.files))]
if wanted:  # another arena, in which no tensor takes another's place
    keep = runtime.InterpreterConfig.kPreserveAllTensors
    keeper = runtime.Interpreter.from_bytes(model, None, 16 * arena, keep)
def answer_to(interpreter, row):
    for number, value in enumerate(row):
        shape = interpreter.get_input_details(number)["shape"]
        interpreter.set_input(value.reshape(shape), number)
    interpreter.invoke()
for row in zip(*columns):
    answer_to(tflm, row)
    got = [tflm.get_output(i) for i in range(count)]
    if wanted:
        answer_to(keeper, row)
        got += [keeper.GetTensor(i, 0)["tensor_data"] for i in wanted]
    rows.append([y.reshape(-1).copy() for y in got])
outputs = {f"y{i}": np.stack(column) for i, column in enumerate(zip(*rows))}
np.savez(folder + "/outputs.npz", **outputs)
sys.stdout.flush()
tflm.print_allocations()
"""


@dataclass(frozen=True)
class Answer:
    """What TFLM said.

    Attributes
    ----------
    outputs : list of ndarray
        Per output of the model, (n, values).
    arena_bytes : int
        The arena it used on this host (pointers of 8 bytes; a board's have 4).
    name : str
        The oracle with its version.
    tensors : dict of int to ndarray
        Of the tensors asked for, by their number, (n, values).
    planned_bytes : int
        The part of the arena that its planner laid out: what the operators hand on.
    records : dict of str to int
        The other part, what the interpreter keeps to the end: ``{what: bytes}``.
    """

    outputs: list[np.ndarray]
    arena_bytes: int
    name: str
    tensors: dict[int, np.ndarray] = field(default_factory=dict)
    planned_bytes: int = 0
    records: dict[str, int] = field(default_factory=dict)


def available() -> bool:
    """Whether TFLM is installed here (its wheel exists for Linux only).

    >>> available() in (True, False)
    True
    """
    return importlib.util.find_spec("tflite_micro") is not None


class Question:
    """TFLM at work in a child process: started at once, answered by :meth:`answer`.

    Parameters
    ----------
    tflite : bytes
        The model.
    inputs : list of ndarray
        Per input of the model, (n, ...) of its dtype; n may be 0 to learn the arena.
    outputs : int
        How many outputs the model has.
    tensors : sequence of int
        Tensors between the layers to keep as well, by their number in the file.
    """

    def __init__(
        self,
        tflite: bytes,
        inputs: list[np.ndarray],
        outputs: int = 1,
        tensors: Sequence[int] = (),
    ):
        if not available():
            raise ToolError(
                "TensorFlow Lite Micro is not installed, so there is nothing to hold "
                "the outputs against. On Linux: pip install 'tinyml-course[train]'; "
                "for other systems there is no wheel."
            )
        self._folder = tempfile.TemporaryDirectory(prefix="tflm-")
        folder = Path(self._folder.name)
        (folder / "model.tflite").write_bytes(tflite)
        self._outputs, self._tensors = outputs, [int(i) for i in tensors]
        question = {"outputs": outputs, "tensors": self._tensors}
        (folder / "question.json").write_text(json.dumps(question))
        np.savez(folder / "inputs.npz", **{f"x{i}": x for i, x in enumerate(inputs)})
        self._child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(folder), str(_ARENA_LIMIT_BYTES)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )

    def answer(self) -> Answer:
        """Wait for the child and read what it found.

        Raises
        ------
        ModelError
            If TFLM refuses the model, crashes on it or takes longer than two minutes.
        """
        try:
            said, _ = self._child.communicate(timeout=_TIMEOUT_S)
            found = re.search(r"Arena allocation total (\d+) bytes", said)
            if self._child.returncode or not found:
                lines = [line.strip() for line in said.splitlines() if line.strip()]
                missing = [line for line in lines if line.startswith("Didn't find op")]
                reason = missing[:1] or lines[-1:]
                raise ModelError(
                    "TensorFlow Lite Micro does not run this model "
                    f"(status {self._child.returncode}): "
                    f"{' '.join(reason) or 'it said nothing'}."
                )
            with np.load(Path(self._folder.name) / "outputs.npz") as stored:
                arrays = [stored[f"y{i}"] for i in range(len(stored.files))]
        except subprocess.TimeoutExpired:
            raise ModelError(
                f"TensorFlow Lite Micro did not finish within {_TIMEOUT_S} s on these "
                "inputs. Try fewer."
            ) from None
        finally:
            self._child.kill()
            self._child.communicate()
            self._folder.cleanup()
        version = importlib.metadata.version("tflite_micro")
        outputs, kept = arrays[: self._outputs], arrays[self._outputs :]
        tensors = dict(zip(self._tensors, kept, strict=False))  # no rows: none
        planned = re.search(r"Arena allocation head (\d+) bytes", said)
        kept = re.findall(r"'([^']+)' used (\d+) bytes", said)
        return Answer(
            outputs,
            int(found.group(1)),
            f"TFLM {version}",
            tensors,
            int(planned.group(1)) if planned else 0,
            {what: int(size) for what, size in kept},
        )


def ask(
    tflite: bytes,
    inputs: list[np.ndarray],
    outputs: int = 1,
    tensors: Sequence[int] = (),
) -> Answer:
    """Run TFLM on ``inputs`` and wait for its answer.

    >>> from tinyml_course import datasets
    >>> tflite = datasets.model_path("digits_cnn").read_bytes()
    >>> ask(tflite, [np.zeros((3, 8, 8, 1), np.int8)]).outputs[0].shape
    (3, 10)
    """
    return Question(tflite, inputs, outputs, tensors).answer()


@lru_cache(maxsize=64)
def _once(tflite: bytes) -> Answer:
    """Its answer to one input of zeros."""
    model = graph.read(tflite)
    tensors = [model.tensors[i] for i in model.inputs]
    zeros = [np.zeros((1, *t.shape), t.dtype) for t in tensors]
    return ask(tflite, zeros, len(model.outputs))


def arena_bytes(tflite: bytes) -> int | None:
    """The arena TFLM used for this model on this host; None where it cannot tell.

    >>> from tinyml_course import datasets
    >>> arena_bytes(datasets.model_path("digits_cnn").read_bytes()) > 960
    True
    """
    return _once(tflite).arena_bytes if available() else None


def arena_parts(tflite: bytes) -> dict[str, int]:
    """What TFLM's arena holds on this host, in bytes; ``planned`` is its planner's.

    >>> from tinyml_course import datasets
    >>> arena_parts(datasets.model_path("digits_cnn").read_bytes())["planned"]
    960
    """
    answer = _once(tflite)
    parts = {"planned": answer.planned_bytes, **answer.records}
    rest = answer.arena_bytes - sum(parts.values())
    return parts | {"other": rest}
