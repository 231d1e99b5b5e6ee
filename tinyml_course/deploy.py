"""A model goes in, a folder for a target comes out: C, firmware, WebAssembly ...

Everything is made in memory first and then written whole: a failure leaves the output
folder as it was.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from tinyml_course import boards, device, export, graph, oracle
from tinyml_course.boards import Board
from tinyml_course.errors import CourseError

__all__ = ["TARGETS", "make", "write"]

TARGETS = ("c", "firmware", "wasm", "arduino", "python")

_PYTHON = '''\
"""The model compiled for this computer: ``predict(x)`` takes and gives int8 arrays.

The C beside this file is built on the first call, with the compiler of tinyml_course.
"""

from functools import cache
from pathlib import Path

import numpy as np

from tinyml_course import device

INPUT_SHAPES = {inputs}
OUTPUT_SHAPES = {outputs}


@cache
def _compiled():
    folder = Path(__file__).parent
    files = (*folder.glob("*.c"), *folder.glob("*.h"))
    sources = {{path.name: path.read_text(encoding="utf-8") for path in files}}
    return device.host(sources, name="{name}")


def predict(*inputs):
    """Run the model on int8 arrays (n, *input shape), one per input of the model.

    Returns one array (n, *output shape), a tuple where the model has several outputs.
    """
    arrays = [np.asarray(x) for x in inputs]
    for x, shape in zip(arrays, INPUT_SHAPES, strict=True):
        if x.shape[1:] != shape:
            raise ValueError(f"expected inputs (n, *{{shape}}), received {{x.shape}}")
    results = _compiled().predict([x.reshape(len(x), -1) for x in arrays])
    results = results if isinstance(results, list) else [results]
    outputs = [y.reshape(-1, *s) for y, s in zip(results, OUTPUT_SHAPES, strict=True)]
    return outputs[0] if len(outputs) == 1 else tuple(outputs)
'''


def make(
    target: str,
    tflite: bytes | str | Path,
    name: str = "model",
    board: str | Board = "nano33",
) -> dict[str, bytes]:
    """The files of ``target``: ``{relative path: bytes}``, nothing is written.

    Raises
    ------
    ModelError
        If the model cannot be compiled.
    BudgetError
        If a firmware does not fit the board.
    CourseError
        If ``target``, ``name`` or ``board`` is unknown.

    >>> from tinyml_course import datasets
    >>> list(make("firmware", datasets.model_path("digits_cnn"), "digits"))
    ['digits.elf']
    """
    if target not in TARGETS:
        raise CourseError(
            f"There is no target {target!r}. Known targets: {', '.join(TARGETS)}."
        )
    board = boards.get(board)
    data = graph.load_bytes(tflite)
    model = graph.read(data)
    sources = export.to_c(model, name)
    if target == "firmware":
        return {f"{name}.elf": device.build_model(sources, name, board).elf}
    if target == "wasm":
        return {f"{name}.wasm": device.wasm(sources, name)}
    if target == "arduino":
        sources = export.to_arduino(
            model, data, name, arena_bytes=_arduino_arena(data, model)
        )
    if target == "python":
        shapes = {
            role: [graph.row_shape(model.tensors[i].shape) for i in indices]
            for role, indices in (("inputs", model.inputs), ("outputs", model.outputs))
        }
        sources[f"{name}.py"] = _PYTHON.format(name=name, **shapes)
    return {file: text.encode("utf-8") for file, text in sources.items()}


def _arduino_arena(data: bytes, model: graph.Graph) -> int:
    """What TFLM used on this host with an eighth of room, in whole KiB.

    A board's pointers are half as wide as this host's, so its interpreter needs less.
    Where TFLM is not installed: twice the planned activations and 16 KiB.
    """
    used = oracle.arena_bytes(data)
    wanted = used * 9 // 8 if used else 2 * model.plan.arena_bytes + 16 * 1024
    return -(-wanted // 1024) * 1024


def write(
    target: str,
    tflite: bytes | str | Path,
    out_dir: str | Path,
    name: str = "model",
    board: str | Board = "nano33",
) -> list[Path]:
    """Make the files of ``target`` and write them into ``out_dir``.

    Returns
    -------
    list of Path
        What was written. Other files in the folder are left alone.

    Raises
    ------
    CourseError
        As :func:`make`, or if ``out_dir`` cannot be written to.

    >>> from tinyml_course import datasets
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = write("c", datasets.model_path("digits_cnn"), folder, "digits")
    >>> sorted(path.name for path in made)[:2]
    ['digits.c', 'digits.h']
    """
    files = make(target, tflite, name, board)
    folder = Path(out_dir)
    try:
        return [_write(folder / file, content) for file, content in files.items()]
    except (FileExistsError, NotADirectoryError):
        raise CourseError(
            f"'{folder}' is a file, expected a folder to write into. Choose another "
            "--out."
        ) from None
    except OSError as error:
        raise CourseError(
            f"The folder '{folder}' cannot be written to: {error.strerror}. Choose "
            "another --out."
        ) from None


def _write(path: Path, content: bytes) -> Path:
    """Write whole or not at all: beside the place first, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    return path
