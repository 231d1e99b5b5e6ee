"""A text and a voice come in, speech at 16 kHz comes out: eSpeak NG through ctypes.

eSpeak NG is a program under the GPL. It is loaded only when something is to be said;
what it says is data, and nothing of the program is part of this package.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from tinyml_course.errors import DataError, ToolError

__all__ = ["RATE_HZ", "say"]

RATE_HZ = 16000
_SPEED, _PITCH, _RANGE = 1, 3, 4  # espeak_PARAMETER
_SYNCHRONOUS, _UTF8 = 2, 1

_ROOM = ctypes.c_short
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(_ROOM), ctypes.c_int, ctypes.c_void_p
)


class _Speaker:
    """The library, started, and the samples it has spoken since the last question."""

    def __init__(self) -> None:
        try:
            import espeakng_loader
        except ImportError as error:
            raise ToolError(
                "Words are spoken by eSpeak NG, which is not installed. "
                "Try: pip install 'tinyml-course[course]'. (The recorded words, "
                "datasets.load('words'), need it not.)"
            ) from error
        self.samples: list[np.ndarray] = []
        try:
            self.library = ctypes.CDLL(espeakng_loader.get_library_path())
        except OSError as error:
            raise ToolError(f"eSpeak NG does not start here: {error}.") from error
        data = espeakng_loader.get_data_path().encode()
        self.rate_hz = self.library.espeak_Initialize(_SYNCHRONOUS, 0, data, 0)
        if self.rate_hz <= 0:
            raise ToolError("eSpeak NG does not start here: its voices are missing.")
        self.callback = _CALLBACK(self._keep)  # must live as long as the library
        self.library.espeak_SetSynthCallback(self.callback)

    def _keep(self, samples, count: int, events) -> int:
        if samples and count > 0:
            self.samples.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def speak(self, text: str, voice: str, settings: Sequence[tuple[int, int]]):
        self.samples.clear()
        if self.library.espeak_SetVoiceByName(voice.encode()):
            raise DataError(f"eSpeak NG has no voice {voice!r}. Try 'en' or 'en+f2'.")
        for number, value in settings:
            self.library.espeak_SetParameter(number, value, 0)
        raw = text.encode() + b"\0"
        self.library.espeak_Synth(raw, len(raw), 0, 1, 0, _UTF8, None, None)
        return np.concatenate(self.samples or [np.zeros(0, np.int16)])


@lru_cache(maxsize=1)
def _speaker() -> _Speaker:
    return _Speaker()


@lru_cache(maxsize=1)
def _steps(rate_hz: int) -> tuple[int, int, np.ndarray]:
    """So many times as many samples, every how-many-th kept, the filter between."""
    from scipy.signal import firwin

    common = int(np.gcd(RATE_HZ, rate_hz))
    up, down = RATE_HZ // common, rate_hz // common
    longest = max(up, down)
    return up, down, firwin(20 * longest + 1, 1 / longest, window=("kaiser", 5.0))


def say(
    text: str,
    voice: str = "en-us",
    *,
    speed: int = 160,
    pitch: int = 50,
    lift: int = 50,
) -> np.ndarray:
    """Speech ``(n,) float32`` at 16 kHz, peak 1, without the silence around it.

    Parameters
    ----------
    text : str
        English.
    voice : str
        An accent, or an accent and a speaker: ``"en-us"``, ``"en-gb-scotland+f2"``.
    speed : int
        Words a minute, 80 to 450.
    pitch, lift : int
        How high, and how much the pitch moves: 0 to 99.

    Raises
    ------
    DataError
        If there is no such voice, or nothing was said.
    ToolError
        If eSpeak NG is missing.

    >>> word = say("yes")
    >>> 0.2 < len(word) / RATE_HZ < 1.0
    True
    """
    from scipy.signal import resample_poly

    speaker = _speaker()
    settings = ((_SPEED, speed), (_PITCH, pitch), (_RANGE, lift))
    spoken = speaker.speak(text, voice, settings).astype(np.float32)
    loud = np.flatnonzero(np.abs(spoken) > 0.01 * np.abs(spoken).max(initial=1.0))
    if not len(loud):
        raise DataError(f"eSpeak NG says nothing to {text!r}. Try a word.")
    spoken = spoken[loud[0] : loud[-1] + 1]
    up, down, low_pass = _steps(speaker.rate_hz)
    slow = resample_poly(spoken, up, down, window=low_pass)
    return (slow / np.abs(slow).max()).astype(np.float32)
