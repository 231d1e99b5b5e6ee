"""Bytes that somebody uploaded come in, a Keras model or arrays go out, or one line."""

from __future__ import annotations

import io
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tinyml_course.errors import DataError, ModelError

if TYPE_CHECKING:
    import keras

__all__ = ["MOST_BYTES", "read_data", "read_model"]

MOST_BYTES = 32 * 2**20
"""Of a file; a model for a board is far smaller."""

_MOST_UNPACKED = 4 * MOST_BYTES
_KINDS = (
    (b"\x89HDF", "an HDF5 file, Keras' old format"),
    (b"\x93NUMPY", "a single NumPy array"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
)


def _refuse(data: bytes, name: str, error: type[Exception], expected: str) -> None:
    """One line for what is plainly something else."""
    if not data:
        raise error(f"'{name}' is empty (0 bytes). {expected}")
    if len(data) > MOST_BYTES:
        raise error(
            f"'{name}' has {len(data):,} bytes; at most {MOST_BYTES:,} are taken, and "
            "a board has 1,048,576 of flash."
        )
    if data[4:8] == b"TFL3":
        raise error(
            f"'{name}' is a .tflite, already converted. Give the Keras model it was "
            "made from; tinyml bench and tinyml verify take a .tflite."
        )
    for magic, kind in _KINDS:
        if data.startswith(magic):
            raise error(f"'{name}' is {kind}. {expected}")


def _members(data: bytes, name: str, error: type[Exception], expected: str) -> set[str]:
    """The names in a zip file whose contents are whole and not absurdly large."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
            if unpacked > _MOST_UNPACKED:
                raise error(
                    f"'{name}' would unpack to {unpacked:,} bytes; at most "
                    f"{_MOST_UNPACKED:,} are taken."
                )
            broken = archive.testzip()
            names = set(archive.namelist())
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
        kind = ".keras" if error is ModelError else ".npz"
        zipped = data[:2] == b"PK"
        what = "is cut short or damaged" if zipped else f"is not a {kind} file"
        raise error(f"'{name}' {what}. {expected}") from None
    except RuntimeError:  # what zipfile says to a password
        raise error(f"'{name}' is encrypted. {expected}") from None
    if broken:
        raise error(f"'{name}' is damaged (in its part {broken}). {expected}")
    return names


def read_model(name: str, data: bytes) -> keras.Model:
    """A model saved with ``model.save("name.keras")``; no code in it is run.

    Raises
    ------
    ModelError
        If it is no such file, is damaged, needs code that is not in it, or is not a
        model with one input and one output of fixed sizes.
    """
    expected = 'Give a .keras file: model.save("name.keras").'
    _refuse(data, name, ModelError, expected)
    names = _members(data, name, ModelError, expected)
    if "config.json" not in names:
        raise ModelError(f"'{name}' is a zip file without a Keras model. {expected}")
    import keras

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(data)
        try:
            model = keras.saving.load_model(path, compile=False, safe_mode=True)
        except Exception as error:  # whatever Keras meets in a foreign file
            raise ModelError(f"'{name}' {_reason(error)}") from None
    _check_ends(name, model)
    if not all(np.isfinite(weights).all() for weights in model.get_weights()):
        raise ModelError(
            f"'{name}' has weights that are NaN or infinite. Train it anew, with a "
            "smaller learning rate."
        )
    return model


def _reason(error: Exception) -> str:
    """What Keras' many words about a file come to."""
    text = " ".join(str(error).split())
    if "Lambda" in text or "safe_mode" in text or "unsafe" in text:
        return (
            "contains a Lambda layer: Python code from the file, which is not run "
            "here. Use layers of Keras instead."
        )
    if "Could not locate" in text or "custom" in text.lower():
        return (
            "uses a class that Keras does not know (a layer or function of your own), "
            "and the file does not hold its code. Build the model from layers of Keras."
        )
    return f"cannot be loaded by Keras: {text[:160]}"


def _check_ends(name: str, model: keras.Model) -> None:
    inputs = getattr(model, "inputs", None) or []
    outputs = getattr(model, "outputs", None) or []
    if len(inputs) != 1 or len(outputs) != 1:
        raise ModelError(
            f"'{name}' has {len(inputs)} inputs and {len(outputs)} outputs; this app "
            "takes one of each. quantize.observe takes the others."
        )
    shape = tuple(inputs[0].shape[1:])
    if None in shape:
        raise ModelError(
            f"'{name}' has the open input shape {shape}. Give keras.Input a full one."
        )


def read_data(name: str, data: bytes) -> dict[str, np.ndarray]:
    """The arrays ``x``, ``y``, ``x_test``, ``y_test`` of an .npz, as far as there.

    Raises
    ------
    DataError
        If it is no .npz, is damaged, has no ``x``, or ``x`` is no array of finite
        numbers with rows.
    """
    expected = "Give an .npz file: np.savez('data.npz', x=x, y=y)."
    _refuse(data, name, DataError, expected)
    names = _members(data, name, DataError, expected)
    arrays = {}
    if "config.json" in names:
        raise DataError(f"'{name}' is a Keras model, not data. {expected}")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            for key in ("x", "y", "x_test", "y_test"):
                if key in stored.files:
                    arrays[key] = stored[key]
            found = ", ".join(stored.files[:6]) or "nothing"
    except (ValueError, OSError, EOFError, KeyError, zlib.error, zipfile.BadZipFile):
        raise DataError(
            f"'{name}' cannot be read as plain arrays (objects are not taken). "
            f"{expected}"
        ) from None
    if "x" not in arrays:
        raise DataError(f"'{name}' has no array called x, only: {found}. {expected}")
    for key in ("x", "x_test"):
        if key in arrays:
            arrays[key] = _numbers(name, key, arrays[key])
    return arrays


def _numbers(name: str, key: str, x: np.ndarray) -> np.ndarray:
    if x.dtype.kind not in "fiub":
        raise DataError(f"'{name}': {key} holds {x.dtype}, expected numbers.")
    if x.ndim < 2 or not x.size:
        raise DataError(
            f"'{name}': {key} has shape {x.shape}, expected (n, ...) with n of 1 or "
            "more."
        )
    with np.errstate(over="ignore"):
        x = x.astype(np.float32)
    if not np.isfinite(x).all():
        bad = int((~np.isfinite(x)).sum())
        raise DataError(
            f"'{name}': {key} has {bad:,} values that are NaN or infinite. Clean the "
            "data first."
        )
    return x
