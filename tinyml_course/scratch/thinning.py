"""A network that learns which of its elements it can do without: chapter 17.

Each hidden element has a gate with a probability of its own. Networks are lists of
layers as in :mod:`tinyml_course.scratch.pruning`.
"""

from __future__ import annotations

import numpy as np

from tinyml_course.scratch.descent import adam, batches
from tinyml_course.scratch.logistic import sigmoid, softmax
from tinyml_course.scratch.pruning import select

__all__ = [
    "chance_to_stay",
    "gated_slopes",
    "gates",
    "learn_gates",
    "settle",
]


def gates(odds, rng):
    """A gate from 0 to 1 drawn for each element, and its slope for the log-odds.

    The hard-concrete gate of Louizos, Welling and Kingma (2018): a sigmoid with noise,
    stretched to the range from -0.1 to 1.1 and clipped.
    """
    u = rng.uniform(1e-4, 1 - 1e-4, len(odds)).astype(np.float32)
    s = sigmoid((np.log(u / (1 - u)) + odds) * 1.5)
    z = 1.2 * s - 0.1
    return np.clip(z, 0, 1), 1.8 * s * (1 - s) * ((z > 0) & (z < 1))


def chance_to_stay(odds):
    """The probability that a drawn gate is not zero.

    >>> float(chance_to_stay(np.log(np.float64(1 / 11)) / 1.5))
    0.5
    """
    return sigmoid(odds + np.log(11) / 1.5)


def gated_slopes(net, odds, x, y, penalty, rng):
    """Slopes with gates on the hidden elements: those of the layers, then the gates'.

    The loss is the cross-entropy, plus ``penalty`` times the expected share of the
    weights that stay.
    """
    drawn, raw, values = [gates(a, rng) for a in odds], [], [x]
    for (w, b), (z, _) in zip(net, drawn, strict=False):
        raw.append(np.maximum(values[-1] @ w + b, 0))
        values.append(raw[-1] * z)
    w, b = net[-1]
    right = np.eye(len(b), dtype=np.float32)[y]
    g = (softmax(values[-1] @ w + b) - right) / len(y)
    slopes, pulls = [values[-1].T @ g, g.sum(axis=0)], []
    stay, total = [chance_to_stay(a) for a in odds], sum(w.size for w, _ in net)
    sizes = [x.shape[1], *(s.sum() for s in stay), len(b)]
    for k in reversed(range(len(odds))):
        z, slope = drawn[k]
        back = g @ net[k + 1][0].T
        price = penalty * (sizes[k] + sizes[k + 2]) / total
        pull = (back * raw[k]).sum(axis=0) * slope + price * stay[k] * (1 - stay[k])
        g = back * z * (raw[k] > 0)
        slopes, pulls = [values[k].T @ g, g.sum(axis=0), *slopes], [pull, *pulls]
    return slopes, pulls


def learn_gates(net, x, y, penalty, epochs=10, seed=0):
    """Train weights and gates together: the network and the gates' log-odds come out.

    The third is how the chances to stay developed, one row for each 50 batches.
    """
    rng, drawn = np.random.default_rng(seed), batches(len(x), 64, seed)
    net = [(w.copy(), b.copy()) for w, b in net]
    odds = [np.full(len(b), 2, np.float32) for _, b in net[:-1]]
    parts = [*(part for layer in net for part in layer), *odds]
    memories, history = [{} for _ in parts], []
    steps = epochs * -(-len(x) // 64)
    for step in range(steps):
        some, pace = next(drawn), 2e-3 * (1 - step / steps)
        slopes, pulls = gated_slopes(net, odds, x[some], y[some], penalty, rng)
        paces = [pace] * len(slopes) + [0.05] * len(pulls)
        for part, slope, memory, pace in zip(
            parts, slopes + pulls, memories, paces, strict=True
        ):
            part += adam(slope, memory, pace)
        if step % 50 == 0:
            history.append(np.concatenate([chance_to_stay(a) for a in odds]))
    return net, odds, np.array(history)


def settle(net, odds):
    """The small dense network of elements whose gate is open, gates multiplied in."""
    final = [np.clip(1.2 * sigmoid(a) - 0.1, 0, 1) for a in odds]
    opened = [np.ones(len(net[0][0]), np.float32), *final]
    scaled = [(w * z[:, None], b) for (w, b), z in zip(net, opened, strict=True)]
    return select(scaled, [z > 0 for z in final])
