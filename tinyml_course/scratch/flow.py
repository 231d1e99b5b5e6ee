"""Windows of fans: the flow of chapter 08, and how a range becomes int8.

Recordings come in; windows, columns, a model and its honest scores come out. Change
what is about fans (the accidents, the bands) and keep the order of the steps.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    import keras
    from sklearn.neural_network import MLPClassifier as Network

__all__ = [
    "accidents",
    "answers",
    "clean",
    "collect",
    "evaluate",
    "folds",
    "preprocess",
    "scale",
    "scale_and_zero_point",
    "standard_error",
    "to_int8",
    "to_keras",
    "to_real",
    "train",
]


def collect(x, y, groups, step=128):
    """Recordings (n, time, axes) cut into windows of 128, with label and group each."""
    cut = sliding_window_view(x, 128, axis=1)[:, ::step]  # (n, count, axes, 128)
    count = cut.shape[1]
    cut = cut.swapaxes(2, 3).reshape(-1, 128, x.shape[2])
    return cut, np.repeat(y, count), np.repeat(groups, count)


def accidents(cut):
    """Which windows have a sensor that hung, and which are there more than once."""
    same = (cut[:, 1:] == cut[:, :-1]).all(axis=2)  # as the reading before
    hung = same.mean(axis=1) > 0.1
    _, number, times = np.unique(cut, axis=0, return_inverse=True, return_counts=True)
    return hung, ~hung & (times[number.ravel()] > 1)


def clean(cut, y, groups):
    """The same without accidents."""
    hung, twice = accidents(cut)
    good = ~hung & ~twice
    return cut[good], y[good], groups[good]


def preprocess(cut, bands=12):
    """Windows (n, 128, axes) in counts to strengths in bands, (n, bands * axes)."""
    g = cut / 8192  # counts to g
    g = g - g.mean(axis=1, keepdims=True)  # without gravity
    fade = np.hanning(128)[:, None]  # in and out, so that the ends do not click
    power = np.abs(np.fft.rfft(g * fade, axis=1)) ** 2  # (n, 65, axes)
    power = power[:, 1:61].reshape(len(g), bands, 60 // bands, -1).sum(axis=2)
    return np.log10(power + 1e-4).reshape(len(g), -1)  # (n, bands * axes)


def scale(x, scaler):
    """Columns centred and divided by their spread."""
    middle, spread = scaler
    return (x - middle) / spread


def train(x, y, hidden=16, rate=0.01, decay=0.001, epochs=20, seed=0):
    """A model: the scaler of these rows, and a network with one hidden layer."""
    from sklearn.neural_network import MLPClassifier

    scaler = x.mean(axis=0), x.std(axis=0)
    network = MLPClassifier(
        (hidden,), learning_rate_init=rate, alpha=decay, batch_size=min(64, len(x)),
        max_iter=epochs, n_iter_no_change=epochs, random_state=seed,
    )  # fmt: skip
    with warnings.catch_warnings(action="ignore"):  # that it could go on
        network.fit(scale(x, scaler), y)
    return scaler, network


def answers(model, x):
    """The classes that a model of :func:`train` sees in ``x``, (n,)."""
    scaler, network = model
    return network.predict(scale(x, scaler))


def folds(groups, k=4):
    """``k`` masks (n,): which rows are held back; a group is whole in one of them."""
    names = np.unique(groups)
    return [np.isin(groups, names[i::k]) for i in range(k)]


def evaluate(x, y, groups, k=4, **choices):
    """The share of right answers for each group, by models that had not met it."""
    right = np.zeros(len(y), bool)
    for held in folds(groups, k):
        model = train(x[~held], y[~held], **choices)
        right[held] = answers(model, x[held]) == y[held]
    return np.array([right[groups == one].mean() for one in np.unique(groups)])


def standard_error(scores):
    """How uncertain the mean of these scores is.

    >>> float(standard_error(np.array([1.0, 3.0])))
    1.0
    """
    return scores.std(ddof=1) / np.sqrt(len(scores))


def scale_and_zero_point(low, high):
    """The size of one int8 step, and the step that means zero, for a range.

    >>> scale, zero_point = scale_and_zero_point(-1.0, 4.1)
    >>> round(float(scale), 3), int(zero_point)
    (0.02, -78)
    """
    s = (high - low) / 255
    return s, round(-128 - low / s)


def to_int8(x, s, z):
    """Real values as int8, rounded and clipped."""
    return np.clip(np.round(x / s) + z, -128, 127).astype(np.int8)


def to_real(q, s, z):
    """Int8 as the real values they stand for."""
    return s * (q.astype(np.float32) - z)


def to_keras(network: Network) -> keras.Model:
    """A Keras model with the weights of a scikit-learn network, for the converter."""
    import keras
    from keras.layers import Dense

    first, second = network.coefs_
    layers = [Dense(first.shape[1], activation="relu")]
    layers += [Dense(second.shape[1], activation="softmax")]
    twin = keras.Sequential([keras.Input((len(first),)), *layers])
    twin.set_weights([first, network.intercepts_[0], second, network.intercepts_[1]])
    return twin
