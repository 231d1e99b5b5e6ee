"""A model goes in, the files of a target come out: C, firmware, WebAssembly ...

Nothing is written here.
"""

from __future__ import annotations

from pathlib import Path

from tinyml_course import boards, device, export, graph, oracle
from tinyml_course.boards import Board
from tinyml_course.deploy.python import to_python
from tinyml_course.errors import CourseError
from tinyml_course.export import Values, licence

__all__ = ["TARGETS", "make", "values"]

TARGETS = ("c", "cmake", "zephyr", "firmware", "wasm", "arduino", "python")
WITH_VALUES = ("c", "cmake", "zephyr", "arduino")
"""Targets that real values in and out can be compiled into."""


def make(
    target: str,
    tflite: bytes | str | Path,
    name: str = "model",
    board: str | Board = "nano33",
    *,
    values: Values | None = None,
) -> dict[str, bytes]:
    """The files of ``target``: ``{relative path: bytes}``, nothing is written.

    Parameters
    ----------
    target : str
        One of ``TARGETS``.
    tflite : bytes or path
        The model.
    name : str
        Prefix of all names in the C.
    board : str or Board
        What a firmware is built for.
    values : Values, optional
        Adds ``<name>_io.*``: real values in and out, and labels.

    Raises
    ------
    ModelError
        If the model cannot be compiled.
    BudgetError
        If a firmware does not fit the board.
    CourseError
        If ``target``, ``name`` or ``board`` is unknown, or ``values`` do not fit.

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
    if values is not None:
        if target not in WITH_VALUES:
            raise CourseError(
                f"The target {target!r} has no code for real values or labels; "
                f"expected one of: {', '.join(WITH_VALUES)}."
            )
        sources |= export.to_io(model, name, values)
    sources["tc_LICENSE.txt"] = licence()
    if target == "firmware":
        return {f"{name}.elf": device.build_model(sources, name, board).elf}
    files: dict[str, bytes] = {}
    if target == "wasm":
        files[f"{name}.wasm"] = device.wasm(sources, name)
        sources = export.to_javascript(model, name)
    elif target == "cmake":
        sources = export.to_cmake(sources, name)
    elif target == "zephyr":
        sources = export.to_zephyr(sources, name)
    elif target == "arduino":
        sources = export.to_arduino(
            model, data, name, arena_bytes=_arduino_arena(data, model)
        ) | export.to_arduino_c(model, sources, name)
    elif target == "python":
        sources[f"{name}.py"] = to_python(model, name)
    return files | {file: text.encode("utf-8") for file, text in sources.items()}


def _arduino_arena(data: bytes, model: graph.Graph) -> int:
    """What TFLM used on this host with an eighth of room, in whole KiB.

    A board's pointers are half as wide as this host's, so its interpreter needs less.
    Where TFLM is not installed: twice the planned activations and 16 KiB.
    """
    used = oracle.arena_bytes(data)
    wanted = used * 9 // 8 if used else 2 * model.plan.arena_bytes + 16 * 1024
    return -(-wanted // 1024) * 1024


def values(
    wanted: bool = False,
    labels: str | None = None,
    mean: float | None = None,
    std: float | None = None,
) -> Values | None:
    """What a user asks for in words, as ``Values``; None if nothing is asked for.

    Parameters
    ----------
    labels : str
        Names with commas between them, or a ``.txt`` file with one on each line.

    >>> values(labels="no, yes")
    Values(labels=('no', 'yes'), mean=0.0, std=1.0)
    """
    if not wanted and (labels, mean, std) == (None, None, None):
        return None
    words = labels.split(",") if labels else []
    if labels and labels.endswith(".txt"):
        try:
            words = Path(labels).read_text(encoding="utf-8").strip().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise CourseError(
                f"The labels in '{labels}' cannot be read: {reason}. Expected a text "
                "file with one label on each line."
            ) from None
    names = tuple(word.strip() for word in words)
    mean = 0.0 if mean is None else mean
    return Values(names, mean, 1.0 if std is None else std)
