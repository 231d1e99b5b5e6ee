"""Cells that remember, as chapter 15 derives them; a step of a sequence at a time.

A step takes one input ``x`` (n, inputs), the state that the last step left, and the
weights; it gives the new state. Weights lie as Keras keeps them: ``W`` for the input,
``U`` for the state, ``b`` for what is added; gates side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tinyml_course.scratch.autograd import Value
from tinyml_course.scratch.logistic import sigmoid

if TYPE_CHECKING:
    import keras

__all__ = [
    "bits",
    "blend",
    "clip",
    "count",
    "follow",
    "foretold",
    "from_chain",
    "gates",
    "gru_step",
    "hand_on",
    "in_base",
    "lstm_step",
    "most_alike",
    "one_step",
    "places",
    "read",
    "rnn_step",
    "sample",
    "tanh",
    "visible",
]


def in_base(codes, k, base):
    """Each run of ``k`` characters of ``codes`` (..., n) as one number: chapter 15.

    >>> in_base(np.array([1, 2, 3]), 2, 10)
    array([12, 23])
    """
    runs = np.lib.stride_tricks.sliding_window_view(codes, k, axis=-1)
    return runs.astype(np.int64) @ base ** np.arange(k)[::-1]


def count(codes, order, base):
    """Each run of 1 to ``order + 1`` characters, how many come up to it: chapter 15.

    >>> [(runs.tolist(), total.tolist()) for runs, total in count(np.eye(2)[0], 1, 2)]
    [([0, 1], [0, 1, 2]), ([2], [0, 1])]
    """
    tables = []
    for k in range(1, order + 2):
        runs, times = np.unique(in_base(codes, k, base), return_counts=True)
        tables.append((runs, np.concatenate([[0], np.cumsum(times)])))
    return tables


def blend(tables, asked, base, doubt=16):
    """Per order, the probability of the last character of the runs asked: chapter 15.

    >>> tables = count(np.array([0, 1, 0, 1, 0, 1]), 1, 2)
    >>> after_0 = [np.array([0, 1]), np.array([0, 1])]
    >>> blend(tables, after_0, 2, doubt=1).round(3).tolist()
    [[0.5, 0.5], [0.125, 0.875]]
    """
    p, orders = 1 / base, []
    for (runs, total), run in zip(tables, asked, strict=True):
        first = run - run % base  # the same beginning, and the first character
        ends = run, run + 1, first, first + base
        a, b, start, end = (total[np.searchsorted(runs, x)] for x in ends)
        p = (b - a + doubt * p) / (end - start + doubt)
        orders.append(p)
    return np.array(orders)


def sample(scores, temperature, rng):
    """Draw one of the characters with these scores (k,): chapter 15.

    >>> sample(np.array([0.0, 9.0]), 0.1, np.random.default_rng(0))
    1
    """
    p = np.exp((scores - scores.max()) / temperature)
    return int(rng.choice(len(p), p=p / p.sum()))


def tanh(a):
    """The hyperbolic tangent of a value of chapter 06: chapter 15."""
    t = np.tanh(a.data)
    return Value(t, (a,), lambda g: (g * (1 - t * t),))


def clip(slopes, limit):
    """The slopes, shortened together to ``limit`` if they are longer: chapter 15.

    >>> [slope.round(3).tolist() for slope in clip([np.ones(1), np.ones(3)], 1.0)]
    [[0.5], [0.5, 0.5, 0.5]]
    """
    length = np.sqrt(sum((slope**2).sum() for slope in slopes))
    return [slope * min(1, limit / length) for slope in slopes]


def rnn_step(x, h, W, U, b):
    """The plain cell: the new state (n, units) from input and state: chapter 15."""
    return np.tanh(x @ W + h @ U + b)


def lstm_step(x, h, c, W, U, b):
    """The long short-term memory: new state and new memory, (n, units): chapter 15."""
    i, f, g, o = np.split(x @ W + h @ U + b, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_step(x, h, W, U, b):
    """The gated recurrent unit; ``b`` (2, 3 units), for input and state: chapter 15."""
    xz, xr, xn = np.split(x @ W + b[0], 3, axis=-1)
    hz, hr, hn = np.split(h @ U + b[1], 3, axis=-1)
    z, r = sigmoid(xz + hz), sigmoid(xr + hr)
    return z * h + (1 - z) * np.tanh(xn + r * hn)


def read(codes, W, U, b):
    """An LSTM reads characters (n, time): its states and memories (n, time, units)."""
    one_hot = np.eye(len(W), dtype=W.dtype)
    h = c = np.zeros((len(codes), len(U)), W.dtype)
    states, memories = [], []
    for now in codes.T:
        h, c = lstm_step(one_hot[now], h, c, W, U, b)
        states.append(h)
        memories.append(c)
    return np.stack(states, axis=1), np.stack(memories, axis=1)


def one_step(W, U, b, V, a) -> keras.Model:
    """One step of an LSTM and its scores in Keras, states in and out: chapter 15."""
    import keras
    from keras import layers

    kinds, units = len(W), len(U)
    x, h, c = (keras.Input((n,)) for n in (kinds, units, units))
    both = layers.Concatenate()([x, h])
    bends = ("sigmoid", "sigmoid", "tanh", "sigmoid")
    gates = [layers.Dense(units, activation=bend) for bend in bends]
    i, f, g, o = (gate(both) for gate in gates)
    new_c = layers.Add()([layers.Multiply()([f, c]), layers.Multiply()([i, g])])
    new_h = layers.Multiply()([o, layers.Activation("tanh")(new_c)])
    head = layers.Dense(kinds)
    model = keras.Model([x, h, c], [head(new_h), new_h, new_c])
    for n, gate in enumerate(gates):
        mine = slice(n * units, (n + 1) * units)
        gate.set_weights([np.concatenate([W[:, mine], U[:, mine]]), b[mine]])
    head.set_weights([V, a])
    return model


def hand_on(given, taken):
    """For each mark of a state as it is given the mark as it is taken: chapter 15.

    The two are tensors of a graph, with a scale and a zero point of their own; what
    lies outside of the second's range is cut there.
    """
    marks = np.arange(-128, 128).astype(np.int8)
    return taken.quantize(given.dequantize(marks))


def follow(invoke, net, codes):
    """An int8 step reads characters (n, time): inputs, scores, all marks: chapter 15.

    ``invoke(net, x, h, c)`` runs one step, as ``graph.invoke`` does.
    """
    x, h, c = (net.tensors[i] for i in net.inputs)
    _, new_h, new_c = (net.tensors[i] for i in net.outputs)
    one_hot = x.quantize(np.eye(x.size))
    tables = hand_on(new_h, h), hand_on(new_c, c)
    state = [t.quantize(np.zeros((len(codes), t.size))) for t in (h, c)]
    fed, scores = [], []
    for now in codes.T:
        fed.append([one_hot[now], *state])
        marks, *given = (y.reshape(len(codes), -1) for y in invoke(net, *fed[-1]))
        pairs = zip(tables, given, strict=True)
        state = [table[marks_out.astype(int) + 128] for table, marks_out in pairs]
        scores.append(marks)
    return [np.stack(part, axis=1) for part in zip(*fed, strict=True)], np.stack(
        scores, axis=1
    )


def places(string):
    r"""Tabs of the line so far, inside '...', inside (...): (3, time) of a text.

    >>> places("\t\tf('a')").tolist()
    [[1, 2, 2, 2, 2, 2, 2, 2], [0, 0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 1, 1, 1, 1, 0]]
    """
    rows, tabs, quoted, depth = [], 0, 0, 0
    for letter in string:
        tabs = 0 if letter == "\n" else tabs + (letter == "\t")
        quoted = 0 if letter == "\n" else quoted ^ (letter == "'")
        depth = max(0, depth + (letter == "(") - (letter == ")"))
        rows.append([tabs, quoted, min(depth, 1)])
    return np.array(rows).T


def gates(codes, W, U, b):
    """Input, forget and output gate, and memory, of an LSTM: four (time, units)."""
    states, memories = (part[0] for part in read(codes[None], W, U, b))
    before = np.concatenate([0 * states[:1], states[:-1]])
    i, f, _, o = np.split(W[codes] + before @ U + b, 4, axis=-1)
    return sigmoid(i), sigmoid(f), sigmoid(o), memories


def most_alike(memories, known):
    """For each column of ``known`` (n, k) the unit most correlated with it, and how.

    >>> units, links = most_alike(np.eye(3)[:, :2], np.array([[5.0], [5], [4]]))
    >>> units.tolist(), links.round(2).tolist()
    ([0], [0.5])
    """
    a, b = memories - memories.mean(axis=0), known - known.mean(axis=0)
    sizes = np.outer(np.linalg.norm(a, axis=0), np.linalg.norm(b, axis=0))
    links = np.abs(a.T @ b) / (sizes + 1e-9)
    return links.argmax(axis=0), links.max(axis=0)


def from_chain(tables, start, length, base, rng):
    """Codes that a Markov chain adds to ``start``, drawn one by one, ``length``."""
    codes = list(start)
    for _ in range(length):
        asked = [
            in_base(np.array([*codes[len(codes) - k :], 0]), k + 1, base)
            + np.arange(base)
            for k in range(len(tables))
        ]
        codes.append(sample(np.log(blend(tables, asked, base)[-1]), 1.0, rng))
    return codes[len(start) :]


def visible(text):
    r"""The characters of a text, with signs for blanks, tabs and the ends of lines.

    >>> "".join(visible("\tif x:\n"))
    '→if␣x:¶'
    """
    signs = {"\n": "¶", "\t": "→", " ": "␣"}
    return [signs.get(letter, letter) for letter in text]


def bits(scores, codes, skip=1):
    """The mean surprise in bits (chapter 04) of the characters from ``skip`` on.

    ``scores`` (n, time, kinds) are what was said *after* each of ``codes`` (n, time).

    >>> float(bits(np.zeros((1, 3, 8)), np.array([[0, 5, 2]])))
    3.0
    """
    said, came = scores[:, skip - 1 : -1], codes[:, skip:, None].astype(int)
    top = said.max(axis=-1, keepdims=True)
    log_sum = top + np.log(np.exp(said - top).sum(axis=-1, keepdims=True))
    return (log_sum - np.take_along_axis(said, came, axis=2)).mean() / np.log(2)


def foretold(scores, codes):
    """Whether the likeliest next character came, one row after the other.

    >>> foretold(np.eye(3)[[[0, 1, 2]]], np.array([[1, 0, 1]])).tolist()
    [True, True]
    """
    return (scores[:, :-1].argmax(axis=2) == codes[:, 1:]).ravel()
