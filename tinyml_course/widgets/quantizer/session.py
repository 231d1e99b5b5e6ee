"""One person's work in the quantizer: model, data, ranges and what came of them.

Nothing here knows the page. A step that fails raises a CourseError and leaves
everything as it was.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from tinyml_course import deploy, graph, quantize, report, train, verify
from tinyml_course.errors import CourseError, DataError, ModelError
from tinyml_course.widgets.quantizer import files
from tinyml_course.widgets.quantizer.shelf import SHELF, Data

if TYPE_CHECKING:
    import keras

__all__ = ["Session"]

MOST_CALIBRATE, MOST_VALIDATE = 500, 1000
_BARS = 64  # of a histogram in the page
_BOARD_ROWS, _VERIFY_ROWS, _NOISE_ROWS = 2, 8, 64

Say = Callable[[str, int, int], None]


def _silent(text: str, done: int, total: int) -> None:
    """Nobody wants to know."""


class Session:
    """What the app knows.

    >>> session = Session()
    >>> session.take_data("notes.npz", b"")
    Traceback (most recent call last):
        ...
    tinyml_course.errors.DataError: 'notes.npz' is empty (0 bytes). Give an .npz ...
    """

    def __init__(self, say: Say = _silent) -> None:
        self.say = say
        self.name = ""
        self.model: keras.Model | None = None
        self.data: Data | None = None
        self.note = ""
        self.calibration: quantize.Calibration | None = None
        self.tflite = b""
        self.runs: list[dict] = []
        self._float: tuple[np.ndarray, int] | None = None

    # Loading ------------------------------------------------------------------

    def take_shelf(self, name: str) -> None:
        """Load one of the course's models with its data."""
        if name not in SHELF:
            raise CourseError(
                f"There is no model {name!r}. There are: {', '.join(SHELF)}."
            )
        self._start_keras()
        self.say("Loading the model and its data", 1, 2)
        model, data = SHELF[name][1]()
        self._forget()
        self.name, self.model, self.data = name, model, data
        self.note = f"{data.name} of the course"

    def take_model(self, name: str, content: bytes) -> None:
        """Load an uploaded .keras file; the data stay if they fit it."""
        self._start_keras()
        self.say("Loading the model", 1, 2)
        model = files.read_model(name, content)
        data = self.data
        if data is not None and not _fits(data, model):
            data = None
        self._forget()
        self.name, self.model, self.data = name, model, data

    def take_data(self, name: str, content: bytes) -> None:
        """Load an uploaded .npz; its rows are dealt out unless it has x_test."""
        arrays = files.read_data(name, content)
        if self.model is None:
            raise DataError("Choose a model first, then data that fit it.")
        shape, classes = _ends(self.model)
        for key in ("x", "x_test"):
            if key in arrays:
                arrays[key] = _shaped(name, key, arrays[key], shape)
        x, n = arrays["x"], len(arrays["x"])
        y = _labels(name, "y", arrays.get("y"), n, classes)
        if "x_test" in arrays:
            x_test = arrays["x_test"]
            y_test = _labels(name, "y_test", arrays.get("y_test"), len(x_test), classes)
            note = name
        elif n > 1:
            order = np.random.default_rng(0).permutation(n)
            cut = min(MOST_CALIBRATE, n // 2)
            x, x_test = x[order[:cut]], x[order[cut:]]
            y_test = None if y is None else y[order[cut:]]
            note = f"{name}, dealt out by chance"
        else:
            x_test, y_test = x, y
            note = f"{name}, one row for both"
        self._forget()
        self.data, self.note = Data(name, x, x_test, y_test), note

    def _forget(self) -> None:
        """Results belong to one model and its data."""
        self.calibration, self.tflite, self.runs, self._float = None, b"", [], None

    def _start_keras(self) -> None:
        self.say("Starting TensorFlow (about four seconds, once)", 0, 2)
        import keras  # noqa: F401  its import is what takes the time
        import tensorflow  # noqa: F401

    # Calibrating --------------------------------------------------------------

    def calibrate(self, rows: int = 200) -> None:
        """Run the float model on ``rows`` rows and keep the range of every layer."""
        model, data = self._ready()
        if not 1 <= rows <= MOST_CALIBRATE:
            raise DataError(
                f"{rows:,} rows to calibrate with; expected 1 to {MOST_CALIBRATE}."
            )
        self.say("Running the model on the calibration data", 0, 1)
        calibration = quantize.observe(model, data.x[:rows])
        self._forget()
        self.calibration = calibration

    def layers(self, keep: float = 99.9) -> list[dict]:
        """What the page shows of each layer: histogram, and what each method takes."""
        return [_shown(layer, keep) for layer in self.calibration or ()]

    # Quantizing and validating ------------------------------------------------

    def quantize(
        self,
        ranges: str | dict[str, object] = "min-max",
        *,
        per_channel: bool = True,
        keep: float = 99.9,
        title: str = "",
    ) -> dict:
        """Make the int8 model and hold it against the float one and against TFLM.

        Returns
        -------
        dict
            A run: ``title``, ``rows``, ``float_accuracy``, ``accuracy``,
            ``difference`` (text), ``agreement``, ``float_bytes``, ``bytes``,
            ``layers`` (name, low, high, clipped, sqnr), ``bench`` and ``verify`` (the
            rows of :mod:`report` and :mod:`verify`); None for what is not known.
        """
        if self.calibration is None:
            raise CourseError("Calibrate first: the ranges come from there.")
        model, data = self._ready()
        self.say("Quantizing", 0, 5)
        chosen = self.calibration.choose(ranges, keep)
        tflite = self.calibration.to_int8(ranges, per_channel=per_channel, keep=keep)
        board = graph.read(tflite)
        x, y = data.x_test[:MOST_VALIDATE], data.y_test
        first = board.tensors[board.inputs[0]]
        last = board.tensors[board.outputs[0]]
        q = first.quantize(x)
        if self._float is None:
            self.say(f"Float model on {len(x):,} rows", 1, 5)
            scores = model.predict(x, verbose=0)
            self._float = scores, len(quantize.to_float(model))
        scores, float_bytes = self._float
        self.say(f"int8 model on {len(x):,} rows", 2, 5)
        got = last.dequantize(graph.invoke(board, q)).reshape(scores.shape)
        noise = self.calibration.sqnr(tflite, x[:_NOISE_ROWS])
        self.say("Running it on the emulated board", 3, 5)
        bench = report.bench(tflite, q[:_BOARD_ROWS])
        self.say("Comparing with TensorFlow Lite Micro", 4, 5)
        verified = verify.verify(tflite, q[:_VERIFY_ROWS])
        run = {
            "title": title or "int8",
            "rows": len(x),
            "float_bytes": float_bytes,
            "bytes": len(tflite),
            "layers": [
                {
                    "name": layer.name,
                    "low": chosen[layer.name][0],
                    "high": chosen[layer.name][1],
                    "clipped": layer.clipped(*chosen[layer.name]),
                    "sqnr": noise[layer.name],
                }
                for layer in self.calibration
            ],
            "bench": bench,
            "verify": verified,
            **_compared(scores, got, None if y is None else y[: len(x)]),
        }
        self.tflite = tflite
        self.runs.append(run)
        return run

    def file(self, kind: str) -> tuple[str, bytes]:
        """The newest int8 model, "tflite", or its C with what it needs, "c"."""
        if not self.tflite:
            raise CourseError("There is no int8 model yet. Quantize first.")
        name = _identifier(self.name)
        if kind == "tflite":
            return f"{name}.tflite", self.tflite
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, text in deploy.make("c", self.tflite, name).items():
                archive.writestr(f"{name}/{path}", text)
        return f"{name}_c.zip", packed.getvalue()

    def _ready(self) -> tuple[keras.Model, Data]:
        if self.model is None:
            raise ModelError("Choose a model first.")
        if self.data is None:
            raise DataError(
                f"'{self.name}' needs data: an .npz with x of shape (n, "
                f"{', '.join(map(str, _ends(self.model)[0]))})."
            )
        return self.model, self.data


def _ends(model: keras.Model) -> tuple[tuple[int, ...], int]:
    """The shape of an input row, and the classes that the output tells apart."""
    shape = tuple(model.outputs[0].shape[1:])
    classes = shape[0] if len(shape) == 1 and shape[0] else 0
    return tuple(model.inputs[0].shape[1:]), 2 if classes == 1 else classes


def _fits(data: Data, model: keras.Model) -> bool:
    shape, classes = _ends(model)
    known = data.y_test is None or not len(data.y_test)
    return data.x.shape[1:] == shape and (known or data.y_test.max() < classes)


def _shaped(name: str, key: str, x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """``x`` as rows of ``shape``; a missing last axis of one channel is added."""
    if x.shape[1:] + (1,) == shape:
        x = x[..., None]
    if x.shape[1:] != shape:
        raise DataError(
            f"'{name}': {key} has shape {x.shape}, the model takes (n, "
            f"{', '.join(map(str, shape))})."
        )
    return x


def _labels(
    name: str, key: str, y: np.ndarray | None, n: int, classes: int
) -> np.ndarray | None:
    """Class numbers (n,), also from one-hot rows."""
    if y is None or not classes:
        return None
    if y.ndim == 2 and y.shape == (n, classes) and classes > 2:
        y = y.argmax(axis=1)
    y = y.reshape(len(y), -1)[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    whole = y.dtype.kind in "iub" or (y.dtype.kind == "f" and np.all(y == np.round(y)))
    if y.shape != (n,) or not whole or y.min() < 0 or y.max() >= classes:
        raise DataError(
            f"'{name}': {key} has shape {y.shape} {y.dtype}; expected the classes of "
            f"{n:,} rows, whole numbers from 0 to {classes - 1}. Leave {key} out if "
            "there are none."
        )
    return y.astype(np.int64)


def _decided(scores: np.ndarray) -> np.ndarray | None:
    """The class of each row, or None where the output is no score of classes."""
    if scores.ndim != 2:
        return None
    if scores.shape[1] > 1:
        return scores.argmax(axis=1)
    if scores.min() >= 0 and scores.max() <= 1:  # a sigmoid
        return (scores[:, 0] > 0.5).astype(np.int64)
    return None


def _compared(exact: np.ndarray, got: np.ndarray, y: np.ndarray | None) -> dict:
    """Accuracies and their paired difference, or what there is instead."""
    a, b = _decided(exact), _decided(got)
    rms = float(np.sqrt(np.mean((exact - got) ** 2)))
    found = dict.fromkeys(("float_accuracy", "accuracy", "difference", "agreement"))
    found |= {"rms": rms}
    if a is None or b is None:
        return found
    found["agreement"] = float(np.mean(a == b))
    if y is not None:
        right = a == y, b == y
        found |= {
            "float_accuracy": float(right[0].mean()),
            "accuracy": float(right[1].mean()),
            "difference": str(train.paired_difference(*right)),
        }
    return found


def _shown(layer: quantize.LayerRange, keep: float) -> dict:
    """A layer for the page: few bars, and the range of each method."""
    width = len(layer.counts) // _BARS
    choices = {}
    for how in quantize.METHODS:
        low, high = layer.choose(how, keep)
        choices[how] = [low, high, layer.clipped(low, high)]
    inner = layer.choose("percentile")
    span = layer.high - layer.low
    return {
        "name": layer.name,
        "covers": [n for n in layer.layers if n != layer.name.split()[0]],
        "fixed": layer.fixed,
        "low": layer.low,
        "high": layer.high,
        "counts": layer.counts.reshape(-1, width).sum(axis=1).tolist(),
        "choices": choices,
        "inner": list(inner),
        "outliers": 1 - (inner[1] - inner[0]) / span if span > 0 else 0.0,
    }


def _identifier(name: str) -> str:
    """A name that C and a file system take."""
    stem = name.rsplit(".", 1)[0]
    clean = "".join(c if c.isascii() and c.isalnum() else "_" for c in stem)[:40]
    return f"{clean}_int8" if clean[:1].isalpha() else f"model_{clean}int8"
