"""A program or a model in, what it did on the board and what it cost out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tinyml_course.boards import Board
from tinyml_course.device.arrays import pack_inputs, unpack_outputs
from tinyml_course.device.emulator import execute
from tinyml_course.device.faults import explain
from tinyml_course.device.firmware import Firmware, build
from tinyml_course.device.harness import build_model
from tinyml_course.device.profile import model_functions, profile_rows
from tinyml_course.device.results import RunResult
from tinyml_course.errors import CourseError
from tinyml_course.graph import Operator

__all__ = ["run", "run_model"]

_MANY = 500_000_000


def run(
    program: Firmware | dict[str, str],
    stdin: bytes | Callable[[int, bytes], bytes] = b"",
    *,
    layers: Sequence[str] = (),
    max_instructions: int = _MANY,
    name: str = "model",
    operators: Sequence[Operator] = (),
    strict: bool = False,
) -> RunResult:
    """Run a program on the emulated board until it ends.

    Parameters
    ----------
    program : Firmware or dict of str to str
        A built program, or C sources to build (:func:`build`).
    stdin : bytes or callable
        What ``board_read`` gives the program. A function ``(count, written) -> bytes``
        is asked for the next ``count`` bytes each time, and is told all that the
        program has written: a simulation in the loop. With fewer bytes the input ends.
    layers : sequence of str
        C functions whose work is counted apart. A generated model's layers need not be
        named.
    max_instructions : int
        The run is stopped after that many (of one inference, if it is a model).
    name : str
        The name of the generated model in the program, if there is one.
    operators : sequence of Operator
        The operators of that model's graph: the profile then knows their
        multiply-accumulates, and lists those that need no code.
    strict : bool
        Also refuse unaligned accesses that the real core refuses: all of them on a
        Cortex-M0+, those of ``LDRD``, ``LDM``, ``VLDR`` and their like elsewhere. A
        run then takes about four times as long.

    Raises
    ------
    BoardFault
        If the program crashes, or does not end.

    >>> result = run({"main.c": '''
    ... #include "board.h"
    ... int main(void) { board_printf("6 x 7 = %d", 6 * 7); return 0; }
    ... '''})
    >>> result.uart
    '6 x 7 = 42'
    """
    firmware = program if isinstance(program, Firmware) else build(program)
    model = not layers and model_functions(firmware, name)
    functions = tuple(model or layers)
    unknown = [f for f in functions if f not in firmware.symbols]
    if unknown:
        raise CourseError(
            f"The program has no function called {unknown[0]!r}: it was never used, or "
            "the compiler put it into its caller. Mark it __attribute__((noinline))."
        )
    marks = {function: slot for slot, function in enumerate(functions, 1)}
    invoke_slot = 1 if model else 0
    given = bytearray()  # a simulation is not asked again after a fault

    def answer(count: int, written: bytes) -> bytes:
        data = bytes(stdin(count, written)[:count])
        given.extend(data)
        return data

    ended, counter, flash = execute(
        firmware,
        answer if callable(stdin) else stdin,
        marks,
        invoke_slot,
        max_instructions,
        strict=strict,
    )
    try:
        if ended.fault or counter.stopped:
            fed = bytes(given) if callable(stdin) else stdin
            raise explain(firmware, ended, counter, functions, fed, max_instructions)
        rows, cycles, timer = profile_rows(
            firmware, counter, flash, functions, model=bool(model), operators=operators
        )
        return RunResult(
            firmware=firmware,
            stdout=bytes(ended.stdout),
            uart=ended.uart.decode("utf-8", errors="replace"),
            exit_code=ended.exit_code,
            instructions=counter.instructions,
            cycles=cycles,
            stack_bytes=ended.stack_bytes,
            profile=rows,
            invocations=counter.invocations.astype(np.int64),
            seconds=ended.seconds,
            timer=timer,
        )
    finally:
        counter.close()


def run_model(
    model,
    x: np.ndarray | Sequence[np.ndarray],
    board: str | Board = "nano33",
    *,
    sources: dict[str, str] | None = None,
    name: str = "model",
    max_instructions: int = _MANY,
    strict: bool = False,
) -> RunResult:
    """Build a model with its harness and run every row of ``x`` on the board.

    Parameters
    ----------
    model : Graph, bytes or path
        A graph, or a ``.tflite`` model.
    x : ndarray or sequence of ndarray
        Inputs ``(n, ...)`` in the tensor's own type (one array per input); a
        dimension of 1 for the batch may stand after ``n``.
    sources : dict of str to str
        The C of the model, if not what :func:`tinyml_course.export.to_c` makes of it.
    max_instructions : int
        For each inference.
    strict : bool
        As for :func:`run`.

    Returns
    -------
    RunResult
        With ``outputs`` ``(n, *shape)`` (shape without the batch), ``invocations`` and
        the profile by layer.

    Raises
    ------
    DataError
        If ``x`` does not fit the model's inputs.
    BudgetError, BoardFault
        If the model does not fit the board, or crashes on it.
    """
    from tinyml_course import export, graph

    if isinstance(model, bytes | bytearray | str | Path):
        model = graph.read(model)
    if sources is None:
        sources = export.to_c(model, name=name)
    firmware = build_model(sources, name, board)
    inputs = [model.tensors[i] for i in model.inputs]
    outputs = [model.tensors[i] for i in model.outputs]
    arrays = pack_inputs(x, [(t.name, t.shape, t.dtype) for t in inputs])
    count = len(arrays[0])
    stdin = np.concatenate(arrays, axis=1).tobytes()
    result = run(
        firmware,
        stdin,
        name=name,
        max_instructions=max_instructions,
        operators=model.operators,
        strict=strict,
    )
    if result.exit_code:
        raise CourseError(
            f"{name}_invoke() returned {result.exit_code}; expected 0 (success)."
        )
    raw = np.frombuffer(result.stdout, np.uint8).reshape(count, -1)
    shapes = [(t.shape, t.dtype) for t in outputs]
    return replace(result, outputs=unpack_outputs(raw, shapes))
