"""A small network for chapters 17 and 18, and how its weights are pruned.

A network is a list of layers, each a pair of weights ``(inputs, outputs)`` and biases
``(outputs,)``; masks are one array of ones and zeros for each layer's weights.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tinyml_course.scratch.descent import adam, batches
from tinyml_course.scratch.logistic import sigmoid, softmax

if TYPE_CHECKING:
    import keras

__all__ = [
    "accuracy",
    "chance_to_stay",
    "count",
    "fit",
    "forward",
    "gated_slopes",
    "gates",
    "learn_gates",
    "magnitude_mask",
    "masked",
    "masks_of",
    "network",
    "select",
    "settle",
    "shaken",
    "shaky_digits",
    "slopes_of",
    "strongest",
    "to_csr",
    "to_keras",
]


def shaken(x, y, views, seed):
    """Pictures (n, 8, 8, 1) seen several times, moved by up to a pixel, with noise."""
    rng = np.random.default_rng(seed)
    x, y = np.tile(x[..., 0], (views, 1, 1)), np.tile(y, views)
    wide = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    places = sliding_window_view(wide, (8, 8), axis=(1, 2))  # (n, 3, 3, 8, 8)
    down, right = rng.integers(0, 3, (2, len(x)))
    seen = places[np.arange(len(x)), down, right].reshape(len(x), 64)
    noisy = seen + rng.normal(0, 0.1, seen.shape)
    return np.clip(noisy, 0, 1).astype(np.float32), y


def shaky_digits(digits):
    """Training, validation and test rows of digits, shaken: three pairs (x, y)."""
    x, y = digits.x_train, digits.y_train
    return (
        shaken(x[:1200], y[:1200], views=8, seed=1),
        shaken(x[1200:], y[1200:], views=8, seed=2),
        shaken(digits.x_test, digits.y_test, views=8, seed=3),
    )


def network(*sizes, seed=0):
    """Random weights of the right size for ReLU, and biases of zero.

    >>> [w.shape for w, b in network(64, 128, 10)]
    [(64, 128), (128, 10)]
    """
    rng = np.random.default_rng(seed)
    starts = [rng.normal(0, np.sqrt(2 / k), (k, m)) for k, m in pairwise(sizes)]
    return [(w.astype(np.float32), np.zeros(w.shape[1], np.float32)) for w in starts]


def forward(net, x):
    """What each layer hands on, the input first and the sums of the last one last."""
    values = [x]
    for place, (w, b) in enumerate(net):
        sums = values[-1] @ w + b
        values.append(np.maximum(sums, 0) if place < len(net) - 1 else sums)
    return values


def accuracy(net, x, y):
    """The share of rows whose largest sum is the right one."""
    return float(np.mean(forward(net, x)[-1].argmax(axis=1) == y))


def count(net):
    """How many weights are not zero.

    >>> count([(np.array([[0.5, 0.0]]), np.zeros(2))])
    1
    """
    return int(sum(np.count_nonzero(w) for w, _ in net))


def slopes_of(net, x, y, masks, l1, l2):
    """Chapter 06's slopes, for softmax and cross-entropy: w and b of each layer."""
    values, slopes = forward(net, x), []
    right = np.eye(len(net[-1][1]), dtype=np.float32)[y]
    g = (softmax(values[-1]) - right) / len(y)
    for (w, _), mask, h in reversed(list(zip(net, masks, values, strict=False))):
        g_w = h.T @ g + l1 * np.sign(w) + l2 * w
        slopes = [g_w * mask, g.sum(axis=0), *slopes]
        g = (g @ w.T) * (h > 0)
    return slopes


def fit(net, x, y, epochs=20, masks=None, l1=0.0, l2=1e-4, rate=3e-3, seed=0):
    """Train with Adam in batches of 64; where a mask is 0 the weight stays 0.

    ``l1`` and ``l2`` are added to the slope: ``l1 * sign(w) + l2 * w``. The rate falls
    in a line to zero. Returns a new network.
    """
    masks = [np.ones_like(w) for w, _ in net] if masks is None else masks
    net = [(w * mask, b.copy()) for (w, b), mask in zip(net, masks, strict=True)]
    parts = [part for layer in net for part in layer]
    memories, drawn = [{} for _ in parts], batches(len(x), 64, seed)
    steps = epochs * -(-len(x) // 64)
    for step in range(steps):
        some, pace = next(drawn), rate * (1 - step / steps)
        slopes = slopes_of(net, x[some], y[some], masks, l1, l2)
        for part, slope, memory in zip(parts, slopes, memories, strict=True):
            part += adam(slope, memory, pace)
    return net


def magnitude_mask(w, share):
    """Zeros where the ``share`` of the smallest weights is: exactly that many.

    Of weights of one size the first in reading order go first.

    >>> magnitude_mask(np.array([0.5, -0.1, 0.2, 0.1]), 0.5)
    array([1., 0., 1., 0.], dtype=float32)
    """
    order = np.argsort(np.abs(w), axis=None, kind="stable")
    mask = np.ones(w.size, np.float32)
    mask[order[: round(share * w.size)]] = 0
    return mask.reshape(w.shape)


def masks_of(net, share):
    """One threshold for all layers: each keeps what is large among all weights."""
    every = np.concatenate([w.ravel() for w, _ in net])
    ends = np.cumsum([w.size for w, _ in net])
    parts = np.split(magnitude_mask(every, share), ends[:-1])
    return [part.reshape(w.shape) for part, (w, _) in zip(parts, net, strict=True)]


def masked(net, masks):
    """The network with zeros where the masks are 0."""
    return [(w * mask, b) for (w, b), mask in zip(net, masks, strict=True)]


def to_csr(w):
    """Compressed rows of (outputs, inputs): values, their columns, where rows start.

    >>> values, columns, starts = to_csr(np.array([[0, 7, 0], [0, 0, 0], [5, 0, 6]]))
    >>> values.tolist(), columns.tolist(), starts.tolist()
    ([7, 5, 6], [1, 0, 2], [0, 1, 1, 3])
    """
    rows, columns = np.nonzero(w)
    counts = np.bincount(rows, minlength=len(w))
    starts = np.concatenate([[0], np.cumsum(counts)])
    return w[rows, columns], columns.astype(np.uint8), starts.astype(np.uint16)


def select(net, keep):
    """The smaller network of the chosen neurons: an array in ``keep`` for each layer.

    Only hidden layers have one; numbers or True and False.
    """
    net = list(net)
    for place, chosen in enumerate(keep):
        (w, b), (w_next, b_next) = net[place : place + 2]
        net[place : place + 2] = [(w[:, chosen], b[chosen]), (w_next[chosen], b_next)]
    return net


def strongest(net, widths):
    """For each hidden layer, its neurons with the largest norm in times norm out."""
    pairs = zip(pairwise(net), widths, strict=True)
    keep = []
    for ((w, _), (w_next, _)), width in pairs:
        norms = np.linalg.norm(w, axis=0) * np.linalg.norm(w_next, axis=1)
        keep.append(np.sort(np.argsort(-norms, kind="stable")[:width]))
    return keep


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


def to_keras(net) -> keras.Model:
    """The same network as a Keras model with softmax, ready to be converted."""
    import keras

    *hidden, last = net
    layers = [keras.layers.Dense(len(b), activation="relu") for _, b in hidden]
    layers.append(keras.layers.Dense(len(last[1]), activation="softmax"))
    model = keras.Sequential([keras.Input((len(net[0][0]),)), *layers])
    model.set_weights([part for layer in net for part in layer])
    return model
