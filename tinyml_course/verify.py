"""Is the compiled model TFLM's equal? A .tflite comes in, counted differences go out.

The same int8 vectors run through TensorFlow Lite Micro (the oracle, in a child
process), the NumPy kernels, the C on this computer and the firmware on the emulated
board. Equal means every output byte.
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

__all__ = ["read_c", "verify"]


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
    """Hold every stage against TFLM, byte for byte.

    Parameters
    ----------
    tflite : bytes or path
        The int8 model.
    inputs : ndarray (n, ...) int8, or a list with one per input
        Without it, :func:`tinyml_course.vectors.probe`.
    y : ndarray (n, ...) int8, optional
        Stored outputs to compare as well.
    c_dir : path, optional
        Compiled C to hold against the model as it stands, instead of compiling anew.

    Returns
    -------
    dict
        ``inputs`` (vectors), ``outputs`` (bytes compared), ``mismatches`` (of those,
        bytes that differ in any stage), ``worst`` (largest difference in steps),
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
    return _compared(reference, stages, len(arrays[0])) | {
        "oracle": judge,
        "notes": notes,
    }


def _compared(
    reference: list[np.ndarray], stages: dict[str, list[np.ndarray]], n: int
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
                gap = np.abs(got.astype(np.int64) - expected.astype(np.int64))
                unequal, worst = gap > 0, max(worst, int(gap.max()))
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
