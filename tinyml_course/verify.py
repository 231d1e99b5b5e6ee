"""Is the compiled model TFLM's equal? A .tflite comes in, counted differences go out.

The same vectors run through TensorFlow Lite Micro (the oracle, in a child process), the
NumPy kernels, the C on this computer and the firmware on the emulated board. Equal
means every output byte; where a float32 model computes exp or tanh, which are the C
library's in TFLM and ours here, it means within :data:`ULPS`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tinyml_course import device, export, graph, oracle, vectors
from tinyml_course.device.harness import ends
from tinyml_course.errors import BoardFault, BudgetError, CourseError
from tinyml_course.graph import Graph

__all__ = ["ULPS", "read_c", "verify"]

ULPS = 16
"""What a float32 output may differ by where exp or tanh are computed: so many units in
the last place of the largest value that this output has for the same input."""

_APPROXIMATED = ("logistic", "softmax", "tanh")


def read_c(folder: str | Path) -> tuple[dict[str, str], str]:
    """The sources in ``folder`` as they stand, and the model's name.

    Raises
    ------
    CourseError
        If the folder is missing or is not what ``tinyml compile --target c`` writes.

    >>> from tinyml_course import datasets, deploy
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = deploy.write("c", datasets.model_path("digits_cnn"), folder, "digits")
    ...     read_c(folder)[1]
    'digits'
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise CourseError(f"There is no folder '{folder}' with compiled C.")
    try:
        sources = {
            path.name: path.read_text(encoding="utf-8")
            for path in sorted(folder.iterdir())
            if path.suffix in (".c", ".h", ".S")
        }
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"The C in '{folder}' cannot be read: {error}.") from None
    names = [
        file[:-2]
        for file, text in sources.items()
        if file.endswith(".h")
        and re.search(rf"\b{re.escape(file[:-2])}_invoke\(", text)
    ]
    if len(names) != 1:
        raise CourseError(
            f"'{folder}' holds {len(names)} model headers (NAME.h with NAME_invoke), "
            "expected 1. Write it with: tinyml compile MODEL --target c --out DIR."
        )
    return sources, names[0]


def _check_ends(
    sources: dict[str, str], name: str, model: Graph, folder: str | Path
) -> None:
    """The C must have been compiled from a model with the same inputs and outputs."""
    expected = tuple(
        [model.tensors[i].bytes for i in indices]
        for indices in (model.inputs, model.outputs)
    )
    if ends(sources, name) != expected:
        raise CourseError(
            f"The C in '{folder}' takes and gives {ends(sources, name)} bytes, the "
            f"model {expected}: it was compiled from another model."
        )


def _flat(outputs: np.ndarray | Sequence[np.ndarray]) -> list[np.ndarray]:
    """One or several outputs as a list of (n, values)."""
    outputs = [outputs] if isinstance(outputs, np.ndarray) else outputs
    return [y.reshape(len(y), -1) for y in outputs]


def verify(
    tflite: bytes | str | Path,
    inputs: list[np.ndarray] | np.ndarray | None = None,
    *,
    y: np.ndarray | None = None,
    c_dir: str | Path | None = None,
    board: str = "nano33",
) -> dict[str, object]:
    """Hold every stage against TFLM, byte for byte (float32: see :data:`ULPS`).

    Parameters
    ----------
    tflite : bytes or path
        The model.
    inputs : ndarray (n, ...) of the input's type, or a list with one per input
        Without it, :func:`tinyml_course.vectors.probe`.
    y : ndarray (n, ...) of the output's type, optional
        Stored outputs to compare as well.
    c_dir : path, optional
        Compiled C to hold against the model as it stands, instead of compiling anew.

    Returns
    -------
    dict
        ``inputs`` (vectors), ``outputs`` (bytes compared), ``mismatches`` (of those,
        bytes of values that differ in any stage), ``worst`` (largest difference in
        steps of int8 or in ulp of float32),
        ``oracle``, ``stages`` (differing bytes per stage) and ``notes``.

    >>> from tinyml_course import datasets
    >>> verify(datasets.model_path("digits_cnn"))["mismatches"]
    0
    """
    data = graph.load_bytes(tflite)
    model = graph.read(data)
    if inputs is None:
        arrays = vectors.probe(model)
    else:
        given = inputs if isinstance(inputs, list) else [inputs]
        arrays = [graph.check_input(model, x, n) for n, x in enumerate(given)]
    notes: list[str] = []
    question = None
    if oracle.available():
        question = oracle.Question(data, arrays, len(model.outputs))
    else:
        notes.append("TFLM is not installed here; the NumPy kernels are the reference")
    numpy_outputs = _flat(graph.invoke(model, *arrays))
    if c_dir is None:
        sources, name = export.to_c(model), "model"
    else:
        sources, name = read_c(c_dir)
        _check_ends(sources, name, model, c_dir)
    stages: dict[str, list[np.ndarray]] = {"numpy": numpy_outputs}
    try:
        run = device.run_model(model, arrays, board, sources=sources, name=name)
        stages["board"] = _flat(run.outputs)
    except BudgetError as error:
        notes.append(f"not run on the board: {error}")
    except BoardFault as error:
        notes.append(f"the board stopped: {error}")
        stages["board"] = []
    if stages.get("board", [None]):  # what crashed the board is not run in here
        stages["host"] = _flat(device.host(sources, name, model).predict(arrays))
    if question is not None:
        answer = question.answer()
        reference, judge = answer.outputs, answer.name
    else:
        reference, judge = numpy_outputs, "NumPy kernels"
    if y is not None:
        stages["stored y"] = [y]
    tolerance = _tolerance(model)
    if tolerance:
        notes.append(
            f"float32 outputs count as equal within {tolerance} ulp of the largest, as "
            "exp and tanh are not TFLM's"
        )
    return _compared(reference, stages, len(arrays[0]), tolerance) | {
        "oracle": judge,
        "notes": notes,
    }


def _tolerance(model: Graph) -> int:
    """The ulp that float32 outputs may differ by: 0 where all is exact."""
    approximated = any(
        op.kind in _APPROXIMATED and model.is_float(op) for op in model.operators
    )
    ends_in_float = any(model.tensors[i].dtype == "float32" for i in model.outputs)
    return ULPS if approximated and ends_in_float else 0


def _gap(got: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """The difference in steps of integers, or in ulp of a row's largest float32."""
    if expected.dtype != np.float32:
        return np.abs(got.astype(np.int64) - expected.astype(np.int64))
    largest = np.abs(expected).max(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", over="ignore"):
        ulp = np.spacing(np.nan_to_num(largest)).astype(np.float64)
        gap = np.abs(got.astype(np.float64) - expected.astype(np.float64)) / ulp
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    return np.where(same, 0, np.nan_to_num(gap, nan=np.inf))


def _compared(
    reference: list[np.ndarray],
    stages: dict[str, list[np.ndarray]],
    n: int,
    tolerance: int = 0,
) -> dict[str, object]:
    """Differing bytes per stage and in all; a stage without outputs differs whole."""
    differs = [np.zeros(y.shape, bool) for y in reference]
    worst, counts = 0, {}
    for stage, outputs in stages.items():
        counts[stage] = 0
        for number, expected in enumerate(reference):
            if not outputs:
                unequal = np.ones(expected.shape, bool)
                worst = 255
            elif number >= len(outputs):  # the stored y is for the first output only
                continue
            else:
                got = outputs[number].reshape(expected.shape)
                gap = _gap(got, expected)
                allowed = tolerance if expected.dtype == np.float32 else 0
                unequal = gap > allowed
                worst = max(worst, int(min(np.ceil(gap.max()), 2**31)))
            differs[number] |= unequal
            counts[stage] += int(unequal.sum()) * expected.itemsize
    return {
        "inputs": n,
        "outputs": sum(y.nbytes for y in reference),
        "mismatches": sum(
            int(d.sum()) * y.itemsize for d, y in zip(differs, reference, strict=True)
        ),
        "worst": worst,
        "stages": counts,
    }
