"""Sounds come in as arrays, players for people go out: press and hear.

A player is an HTML element that carries its own samples, so that it works in
JupyterLab, Voila and a page read without any network.
"""

from __future__ import annotations

import base64
import html
import struct

import numpy as np

from tinyml_course.errors import DataError
from tinyml_course.plots import _display

__all__ = ["packed", "play", "to_wav"]

MAX_SECONDS = 20


def packed(x: np.ndarray) -> str:
    """A sound for a widget in the page: its 16-bit samples as base64 text.

    >>> packed(np.array([0.0, 0.5]))
    'AAAAQA=='
    """
    return base64.b64encode(to_wav(x)[44:]).decode("ascii")


def to_wav(x: np.ndarray, rate_hz: int = 16000) -> bytes:
    """A sound as a WAV file: one channel, 16 bits a sample.

    Parameters
    ----------
    x : ndarray, (samples,)
        Floats from -1 to 1 (what is beyond is clipped), or int16.

    >>> to_wav(np.zeros(8))[:4]
    b'RIFF'
    """
    x = np.asarray(x)
    if x.ndim != 1 or len(x) == 0:
        raise DataError(
            f"A sound is one row of samples; received shape {x.shape}. Play one row "
            "at a time, or name each: play({'first': x[0], 'second': x[1]})."
        )
    if len(x) > MAX_SECONDS * rate_hz:
        raise DataError(
            f"A player holds at most {MAX_SECONDS} seconds; received "
            f"{len(x) / rate_hz:,.0f}. Play a part: x[:{MAX_SECONDS} * rate_hz]."
        )
    if x.dtype != np.int16:
        if not np.isfinite(x).all():
            raise DataError("A sound holds numbers that are not finite.")
        x = np.clip(np.round(np.asarray(x, np.float64) * 32768), -32768, 32767)
    data = x.astype("<i2").tobytes()
    about = struct.pack("<HHIIHH", 1, 1, rate_hz, 2 * rate_hz, 2, 16)
    form = b"fmt " + struct.pack("<I", len(about)) + about
    body = b"WAVE" + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def play(sounds: np.ndarray | dict[str, np.ndarray], rate_hz: int = 16000) -> None:
    """Show a player for a sound, or one for each of several, with its name.

    >>> play({"a click": np.eye(1, 800)[0]})
    Sound: a click
    """
    if not isinstance(sounds, dict):
        sounds = {"sound": sounds}
    parts = []
    for name, x in sounds.items():
        data = base64.b64encode(to_wav(x, rate_hz)).decode("ascii")
        label = html.escape(name)
        parts.append(
            '<figure style="display: inline-block; margin: 0.2em 1em 0.6em 0">'
            f"<figcaption>{label}</figcaption>"
            f'<audio controls preload="metadata" aria-label="{label}" '
            'style="width: 16em; max-width: 100%; height: 2.5em" '
            f'src="data:audio/wav;base64,{data}"></audio></figure>'
        )
    _display({"text/html": "".join(parts), "text/plain": "Sound: " + ", ".join(sounds)})
