"""This machine comes in; what works, what is missing and what that costs comes out."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tinyml_course import device
from tinyml_course.install import TEST_TOOLS

__all__ = ["Finding", "examine"]

# module, what is gone without it, the extra that brings it
_MODULES = (
    ("numpy", "everything", ""),
    ("capstone", "estimated cycles", ""),
    ("tensorflow", "training and converting your own models", "train"),
    ("sklearn", "the chapters on classical models", "train"),
    ("matplotlib", "figures", "course"),
    ("jupyterlab", "tinyml lab", "course"),
    ("anywidget", "questions and moving pictures in chapters", "course"),
    ("nbclient", "tinyml run", "course"),
    ("voila", "tinyml app", "course"),
    ("nbgrader", "the assignments in your working copy", "grade"),
)
_C = {"main.c": '#include "board.h"\nint main(void) { return 0; }\n'}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    what : str
        Its name.
    works : bool
    needed : bool
        Whether a student's command fails without it.
    detail : str
        A version, or what is lost and how to get it.
    """

    what: str
    works: bool
    needed: bool
    detail: str

    def __str__(self) -> str:
        mark = "ok" if self.works else "MISSING" if self.needed else "optional"
        return f"{mark:<9}{self.what:<22}{self.detail}"


def examine() -> list[Finding]:
    """Look at Python, packages, compilers, the emulated board and optional tools."""
    version = ".".join(map(str, sys.version_info[:3]))
    right = (3, 11) <= sys.version_info[:2] <= (3, 13)
    found = [
        Finding("Python", right, True, version if right else f"{version}: need 3.11")
    ]
    for name, cost, extra in _MODULES:
        there = importlib.util.find_spec(name) is not None
        brought = f"tinyml-course[{extra}]" if extra else "tinyml-course"
        lost = f"without it: no {cost}. Run make setup (or pip install '{brought}')"
        found.append(Finding(name, there, True, "" if there else lost))
    found += [
        _try("compiler to the board", lambda: f"{_firmware().flash_bytes:,} bytes"),
        _try("emulated board", lambda: f"{_board():,} instructions"),
        _try("compiler to the web", lambda: f"{len(_wasm()):,} bytes"),
        _try("compiler to this host", _host),
    ]
    tflm = importlib.util.find_spec("tflite_micro") is not None
    lost = (
        "verify compares with the NumPy kernels instead, and tables have no TFLM "
        "column; its wheel exists for Linux x86-64 only"
    )
    found.append(Finding("TFLM", tflm, False, "" if tflm else lost))
    for programs, package, cost in TEST_TOOLS:
        path = next(filter(None, map(shutil.which, programs)), None)
        lost = f"without it: no {cost}. sudo apt-get install {package}"
        name = Path(path).name if path else programs[0]
        found.append(Finding(name, path is not None, False, "" if path else lost))
    return found


def _try(what: str, attempt: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, True, attempt())
    except Exception as error:  # whatever breaks here is what the doctor is asked for
        first = (str(error) or type(error).__name__).splitlines()[0]
        return Finding(what, False, True, f"{first} Run make setup.")


def _firmware() -> device.Firmware:
    return device.build(_C)


def _board() -> int:
    return device.run(_firmware()).instructions


def _model_c() -> dict[str, str]:
    from tinyml_course import datasets, export, graph

    return export.to_c(graph.read(datasets.model_path("digits_cnn")))


def _wasm() -> bytes:
    return device.wasm(_model_c())


def _host() -> str:
    from tinyml_course import datasets, graph, vectors

    model = graph.read(datasets.model_path("digits_cnn"))
    x = vectors.probe(model, random=1)
    answers = device.host(_model_c(), graph=model).predict(x)
    return f"{len(answers)} answers of a digit model"
