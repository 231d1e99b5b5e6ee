"""Six clean words by six synthetic voices: recordings to look at and to listen to."""

from __future__ import annotations

import numpy as np

from tinyml_course.datasets.base import Dataset, card, folder

__all__ = ["SAMPLES", "VOICES", "WORDS", "generate", "load"]

WORDS = ("yes", "no", "stop", "go", "left", "right")
VOICES = ("en-us", "en-us+f2", "en+m3", "en-gb-scotland+f4", "en-us+m7", "en+f1")
SAMPLES = 8000  # half a second at 16 kHz


def generate() -> np.ndarray:
    """The recordings once more, ``(36, 8000) int16``: each word by each voice.

    Needs eSpeak NG, whose breath is different each time.
    """
    from tinyml_course.datasets.voices import say

    x = np.zeros((len(WORDS), len(VOICES), SAMPLES), np.int16)
    for i, word in enumerate(WORDS):
        for j, voice in enumerate(VOICES):
            heard = say(word, voice)[:SAMPLES]
            x[i, j, : len(heard)] = np.round(0.6 * 32767 * heard)
    return x.reshape(-1, SAMPLES)


def load(seed: int = 0) -> Dataset:
    """Six words: four voices to learn from, two others to test on, drawn by ``seed``.

    ``x`` (n, 8000) int16, zeros behind the word; ``groups`` is the voice's number.
    """
    with np.load(folder("spoken") / "spoken.npz") as file:
        x = file["x"]
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(x))
    x, (y, voice) = x[order], np.divmod(order, len(VOICES))
    test = np.isin(voice, rng.permutation(len(VOICES))[:2])
    return Dataset(
        name="spoken",
        x_train=x[~test],
        y_train=y[~test],
        x_test=x[test],
        y_test=y[test],
        labels=WORDS,
        card=card("spoken"),
        groups_train=voice[~test],
        groups_test=voice[test],
    )
