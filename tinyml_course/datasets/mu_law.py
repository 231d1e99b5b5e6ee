"""Samples of 16 bits come in, 8 bits each go out, and back: G.711's curve."""

from __future__ import annotations

import numpy as np

__all__ = ["from_mu_law", "to_mu_law"]


def to_mu_law(audio: np.ndarray) -> np.ndarray:
    """int16 samples in 8 bits, finer for the quiet ones (as telephones do, G.711).

    >>> from_mu_law(to_mu_law(np.int16([0, 100, -20000]))).tolist()
    [0, 98, -20221]
    """
    x = np.asarray(audio, np.float64) / 32768
    curved = np.sign(x) * np.log1p(255 * np.abs(x)) / np.log(256)
    return np.round(127 * curved).astype(np.int8)


def from_mu_law(codes: np.ndarray) -> np.ndarray:
    """What :func:`to_mu_law` took, up to its rounding."""
    y = np.asarray(codes, np.float64) / 127
    x = np.sign(y) * np.expm1(np.abs(y) * np.log(256)) / 255
    return np.clip(np.round(32768 * x), -32768, 32767).astype(np.int16)
