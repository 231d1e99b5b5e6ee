"""A small network for chapters 17 and 18, and how its weights are pruned.

A network is a list of layers, each a pair of weights ``(inputs, outputs)`` and biases
``(outputs,)``; masks are one array of ones and zeros for each layer's weights.
"""

from __future__ import annotations

import zlib
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tinyml_course.scratch.descent import adam, batches
from tinyml_course.scratch.flow import standard_error
from tinyml_course.scratch.logistic import softmax

if TYPE_CHECKING:
    import keras

__all__ = [
    "BENCH_C",
    "accuracy",
    "cnn",
    "count",
    "draw",
    "fit",
    "forward",
    "magnitude_mask",
    "masked",
    "masks_of",
    "network",
    "packed",
    "points",
    "select",
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


#: Chapter 17's third kernel, four weights at once, and the program around all three.
BENCH_C = """
LAYER simd(void) {
    for (int row = 0; row < 128; row++) {
        int32_t sum = 0;
        for (int i = 0; i < 64; i += 4) {
            uint32_t a, b;
            __builtin_memcpy(&a, x + i, 4);
            __builtin_memcpy(&b, w + 64 * row + i, 4);
            sum = __builtin_arm_smlad(
                __builtin_arm_sxtb16(a), __builtin_arm_sxtb16(b), sum);
            a = a >> 8 | a << 24, b = b >> 8 | b << 24;
            sum = __builtin_arm_smlad(
                __builtin_arm_sxtb16(a), __builtin_arm_sxtb16(b), sum);
        }
        y[2][row] = sum;
    }
}

int main(void) {
    board_read(x, sizeof x), board_read(w, sizeof w);
    board_read(starts, sizeof starts);
    board_read(columns, starts[128]), board_read(values, starts[128]);
    dense(), sparse(), simd();
    board_write(y, sizeof y);
    return 0;
}
"""


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


def packed(net):
    """The weights as a zip file has them: a byte each, a scale for each neuron."""
    tops = [np.maximum(np.abs(w).max(axis=0), 1e-9) for w, _ in net]
    marks = [np.round(127 * w / top) for (w, _), top in zip(net, tops, strict=True)]
    return zlib.compress(b"".join(m.astype(np.int8).tobytes() for m in marks), 9)


def points(differences):
    """A difference of accuracies over several starts, for a sentence.

    It is clear if zero lies outside its 95 % interval by Student's t.

    >>> points(np.array([0.01, 0.03]))
    '+2.0 points, give or take 1.0 (not clear)'
    """
    from scipy.stats import t

    mean, error = 100 * np.mean(differences), 100 * standard_error(differences)
    clear = abs(mean) > t.ppf(0.975, len(differences) - 1) * error
    word = "clear" if clear else "not clear"
    return f"{mean:+.1f} points, give or take {error:.1f} ({word})"


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
        (w, b), (after, b_after) = net[place : place + 2]
        net[place : place + 2] = [(w[:, chosen], b[chosen]), (after[chosen], b_after)]
    return net


def strongest(net, widths):
    """For each hidden layer, its neurons with the largest norm in times norm out."""
    keep = []
    for ((w, _), (after, _)), width in zip(pairwise(net), widths, strict=True):
        norms = np.linalg.norm(w, axis=0) * np.linalg.norm(after, axis=1)
        keep.append(np.sort(np.argsort(-norms, kind="stable")[:width]))
    return keep


def cnn(first, second) -> keras.Model:
    """A small convolutional network for 8x8 digits with so many filters."""
    from keras import Input, Sequential, layers

    same = {"padding": "same", "activation": "relu"}
    body = []
    for filters in (first, second):
        body += [layers.Conv2D(filters, 3, **same), layers.MaxPooling2D()]
    end = [layers.Flatten(), layers.Dense(10, activation="softmax")]
    return Sequential([Input((8, 8, 1)), *body, *end])


def draw(ax, net):
    """Draw a network: a dot for each neuron, a line for each weight except zeros."""
    from matplotlib.collections import LineCollection

    counts = [len(net[0][0]), *(len(b) for _, b in net)]
    heights = [np.linspace(-1, 1, n) * n / 128 for n in counts]
    for place, (w, _) in enumerate(net):
        rows, columns = np.nonzero(w)
        ends = zip(heights[place][rows], heights[place + 1][columns], strict=True)
        lines = [[(place, left), (place + 1, right)] for left, right in ends]
        found = w[rows, columns]
        hues = np.where(found > 0, "#0072B2", "#D55E00")
        depth = 0.6 * np.minimum(np.abs(found), 1)
        ax.add_collection(LineCollection(lines, colors=hues, lw=0.5, alpha=depth))
    for place, ys in enumerate(heights):
        ax.plot(np.full(len(ys), place), ys, ".", color="black", ms=2.5)
    ax.set(ylim=(-1.05, 1.05))
    ax.axis("off")


def to_keras(net) -> keras.Model:
    """The same network as a Keras model with softmax, ready to be converted."""
    import keras

    *hidden, last = net
    layers = [keras.layers.Dense(len(b), activation="relu") for _, b in hidden]
    layers.append(keras.layers.Dense(len(last[1]), activation="softmax"))
    model = keras.Sequential([keras.Input((len(net[0][0]),)), *layers])
    model.set_weights([part for layer in net for part in layer])
    return model
