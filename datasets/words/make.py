"""Makes features.npz, clips.npz and minute.npz beside this file: python make.py.

Needs eSpeak NG (pip install 'tinyml-course[course]'). Features are those of the board's
own front end. eSpeak NG draws the breath in its voices anew at each start, so that a
recording is never made twice alike; the files beside this one are the truth.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from tinyml_course import features
from tinyml_course.datasets import words
from tinyml_course.datasets.mu_law import to_mu_law

TRAIN_SEED, TEST_SEED, CLIPS_SEED, MINUTE_SEED = 41, 42, 43, 44
TRAIN_EACH = [200] * len(words.KEYWORDS) + [300, 200]
TEST_EACH = 100
FRONT = features.FrontEnd(scale=0.125, zero_point=112)


def picture(audio: np.ndarray) -> np.ndarray:
    """Seconds of sound (n, 16000) int16 -> (n, 41, 32) int8, as the board makes it."""
    pieces = [audio[i : i + 250] for i in range(0, len(audio), 250)]
    return np.concatenate([features.fixed_log_mel(piece, FRONT) for piece in pieces])


def columns(part: str, each, seed: int) -> dict[str, np.ndarray]:
    """One part of the data set."""
    made = words.generate(part, each, seed)
    return {
        f"x_{part}": picture(made["audio"]),
        f"y_{part}": made["y"].astype(np.uint8),
        f"accent_{part}": made["accent"],
        f"noise_{part}": made["noise"],
        f"snr_db_{part}": made["snr_db"],
    }


def clips() -> dict[str, np.ndarray]:
    """Two recordings of every label from either part, to listen to."""
    found = [(part, words.generate(part, 2, CLIPS_SEED)) for part in ("train", "test")]
    names = np.concatenate([[part] * len(made["y"]) for part, made in found])
    parts = {
        name: np.concatenate([made[name] for _, made in found])
        for name in ("audio", "y", "accent", "noise")
    }
    return parts | {"audio": to_mu_law(parts["audio"]), "part": names}


def make(folder: Path) -> None:
    """Write the three files."""
    np.savez_compressed(
        folder / "features.npz",
        **columns("train", TRAIN_EACH, TRAIN_SEED),
        **columns("test", TEST_EACH, TEST_SEED),
    )
    np.savez_compressed(folder / "clips.npz", **clips())
    audio, events = words.stream("test", 5, MINUTE_SEED)
    np.savez_compressed(folder / "minute.npz", audio=to_mu_law(audio), events=events)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
