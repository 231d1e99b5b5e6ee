"""Windows of motion: cut, turned into 66 columns, split by people, as in chapter 16."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

__all__ = [
    "EDGES_HZ",
    "FEATURES",
    "RATE_HZ",
    "TREE_C",
    "TREE_H",
    "as_questions",
    "askew",
    "averages",
    "bands",
    "cut",
    "echoes",
    "features",
    "integrate",
    "lda",
    "pca",
    "peaks",
    "per_person",
    "rotations",
    "spectrum",
    "spread_ratio",
]

RATE_HZ = 50
EDGES_HZ = (0.5, 1.5, 5, 10, 15, 20)
FEATURES = tuple(
    [f"mean {axis}" for axis in "xyz"]
    + [f"rms {axis}" for axis in "xyz"]
    + [f"{what} {axis}" for axis in "xyz" for what in ("power", "period", "echo")]
    + [
        f"{what} {number} {axis}"
        for axis in "xyz"
        for what in ("peak", "height")
        for number in range(1, 7)
    ]
    + [
        f"{low:g}-{high:g} Hz {axis}"
        for axis in "xyz"
        for low, high in pairwise(EDGES_HZ)
    ]
)


# What a tree in C needs: its window in counts, and the three kinds of columns.
WAVE = ", ".join(f"{v:.9f}f" for v in np.cos(2 * np.pi * np.arange(128) / 128))
TREE_H = f"""#include <stdint.h>
#define TREE_INPUT_0_BYTES 1536
#define TREE_OUTPUT_0_BYTES 1
uint8_t *tree_input_0(void);
const uint8_t *tree_output_0(void);
int tree_invoke(void);
static const float WAVE[128] = {{{WAVE}}};
"""
TREE_C = """#include "tree.h"
static int16_t window[128][6];
static uint8_t answer;
uint8_t *tree_input_0(void) { return (uint8_t *)window; }
const uint8_t *tree_output_0(void) { return &answer; }

/* 128 times the mean of channel c, in counts */
static float mean(int c) {
    int32_t sum = 0;
    for (int t = 0; t < 128; t++) sum += window[t][c];
    return (float)sum;
}
/* 128 * 128 times its mean square around the mean; 128 squares stay below 2^37 */
static float variance(int c) {
    int64_t sum = 0, squares = 0;
    for (int t = 0; t < 128; t++) {
        const int32_t v = window[t][c];
        sum += v;
        squares += (int64_t)v * v;
    }
    return (float)(128 * squares - sum * sum);
}
/* 128 * 128 times the power in the lines from, ..., to - 1 of its spectrum */
static float band(int c, int from, int to) {
    float power = 0.0f;
    for (int k = from; k < to; k++) {
        float re = 0.0f, im = 0.0f;
        for (int t = 0; t < 128; t++) {
            re += window[t][c] * WAVE[(k * t) & 127];
            im += window[t][c] * WAVE[(k * t + 96) & 127];
        }
        power += re * re + im * im;
    }
    return power;
}
"""


def cut(x, size=128, step=64):
    """Recordings (n, time, channels) as windows (n, count, size, channels)."""
    return sliding_window_view(x, size, axis=1)[:, ::step].swapaxes(2, 3)


def rotations(turns):
    """The matrices (n, 3, 3) of turns (n, 3): axis times angle in radians."""
    angle = np.linalg.norm(turns, axis=1)[:, None, None] + 1e-12
    a, b, c = turns.T / angle[:, 0, 0]
    zero = np.zeros(len(turns))
    K = np.stack([zero, -c, b, c, zero, -a, -b, a, zero], axis=1).reshape(-1, 3, 3)
    return np.eye(3) + np.sin(angle) * K + (1 - np.cos(angle)) * K @ K


def askew(x, rng, degrees=12):
    """Windows (n, time, 3 k) as if each were worn at another angle, a little turned."""
    R = rotations(rng.normal(0, np.radians(degrees), (len(x), 3)))
    sensors = x.reshape(*x.shape[:2], -1, 3)
    return np.einsum("nij,ntsj->ntsi", R, sensors).reshape(x.shape).astype(x.dtype)


def averages(a):
    """Mean and root mean square around it of each axis, (n, 6)."""
    return np.hstack([a.mean(axis=1), a.std(axis=1)])


def echoes(a):
    """Power, and lag (s) and height of the strongest echo, of each axis, (n, 9)."""
    still = a - a.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(still, 256, axis=1)) ** 2
    r = np.fft.irfft(power, axis=1)[:, :101] / 128  # lags up to 2 s
    top = (r[:, 1:-1] > r[:, :-2]) & (r[:, 1:-1] >= r[:, 2:])
    top[:, :14] = False  # an echo sooner than 0.3 s is the same move
    lag = np.where(top, r[:, 1:-1], -1).argmax(axis=1) + 1  # (n, 3)
    height = np.take_along_axis(r, lag[:, None], axis=1)[:, 0]
    columns = [np.log10(r[:, 0] + 1e-7), lag / RATE_HZ, height / (r[:, 0] + 1e-7)]
    return np.stack(columns, axis=2).reshape(len(a), -1)


def spectrum(a):
    """Power at each frequency, without the mean, (n, 65, 3)."""
    still = a - a.mean(axis=1, keepdims=True)
    return np.abs(np.fft.rfft(still, axis=1) / 128) ** 2


def peaks(a, count=6):
    """Frequency (Hz) and log height of the highest peaks of each axis, (n, 36)."""
    power = spectrum(a)
    top = (power[:, 1:-1] > power[:, :-2]) & (power[:, 1:-1] >= power[:, 2:])
    bins = np.argsort(np.where(top, -power[:, 1:-1], 0), axis=1)[:, :count] + 1
    height = np.log10(np.take_along_axis(power, bins, axis=1) + 1e-9)
    columns = np.stack([bins * RATE_HZ / 128, height], axis=1)  # (n, 2, count, 3)
    return columns.transpose(0, 3, 1, 2).reshape(len(a), -1)


def bands(a):
    """Log power in five bands of each axis, (n, 15)."""
    power, hz = spectrum(a), np.arange(65) * RATE_HZ / 128
    inside = [(hz >= low) & (hz < high) for low, high in pairwise(EDGES_HZ)]
    sums = [power[:, lines].sum(axis=1) for lines in inside]
    return np.log10(np.stack(sums, axis=2) + 1e-9).reshape(len(a), -1)


def features(a):
    """The 66 columns of a window of acceleration (n, 128, 3), in g."""
    return np.hstack([averages(a), echoes(a), peaks(a), bands(a)])


def spread_ratio(x, y):
    """How far the classes' means lie apart, against the spread inside, (columns,)."""
    classes = [x[y == k] for k in np.unique(y)]
    between = np.var([rows.mean(axis=0) for rows in classes], axis=0)
    inside = np.mean([rows.var(axis=0) for rows in classes], axis=0)
    return between / (inside + 1e-12)


def pca(x):
    """The two directions along which the rows differ most, (columns, 2)."""
    _, _, directions = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    return directions[:2].T


def lda(x, y, shrink=0.02):
    """The two directions that pull the classes apart, (columns, 2)."""
    means = np.array([x[y == k].mean(axis=0) for k in range(y.max() + 1)])
    inside = np.cov((x - means[y]).T) + shrink * np.eye(x.shape[1])
    round_ = np.linalg.cholesky(np.linalg.inv(inside))  # makes each class a ball
    _, _, directions = np.linalg.svd((means - means.mean(axis=0)) @ round_)
    return round_ @ directions[:2].T


def per_person(right, people):
    """The share of right answers of each person, in the order of their numbers."""
    return np.array([right[people == one].mean() for one in np.unique(people)])


def integrate(x, still=45):
    """Sensors at rest, then moving (n, time, 6): where they are, (n, time, 2) in m."""
    bias = x[:, :still, 3:].mean(axis=1, keepdims=True)
    force, rate = x[..., :3] * 9.81, x[..., 3:] - bias
    up = force[:, :still].mean(axis=1)
    g = np.linalg.norm(up, axis=1, keepdims=True)
    ahead = np.cross(np.cross(up, [1.0, 0, 0]), up)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    R = np.stack([ahead, np.cross(up / g, ahead), up / g], axis=1)  # sensor to world
    speed, place, path = np.zeros((len(x), 3)), np.zeros((len(x), 3)), []
    for now in range(x.shape[1]):
        R = R @ rotations(rate[:, now] / RATE_HZ)
        push = (R @ force[:, now, :, None])[..., 0] - g * [0, 0, 1]
        speed = speed + push / RATE_HZ
        place = place + speed / RATE_HZ
        path.append(place[:, :2])
    return np.stack(path, axis=1)


def as_questions(tree, columns, full_scale):
    """A scikit-learn ``tree_`` over some of 132 columns as C, for :data:`TREE_C`.

    A comparison does not mind a root, a logarithm or a unit on both sides, so each
    threshold moves into counts, and the board computes neither root nor logarithm.
    ``full_scale`` (6 or more,) is what 32,768 counts of each channel mean.
    """
    lines = np.ceil(np.array(EDGES_HZ) * 128 / RATE_HZ).astype(int)

    def asked(column, threshold):
        channel, place = 3 * (column // 66), column % 66
        unit = full_scale[channel] / 32768 / 128
        if place < 3:
            return f"mean({channel + place}) <= {threshold / unit:.9e}f"
        if place < 6:
            return f"variance({channel + place - 3}) <= {(threshold / unit) ** 2:.9e}f"
        axis, number = divmod(place - 51, 5)
        between = f"{lines[number]}, {lines[number + 1]}"
        limit = (10**threshold - 1e-9) / unit**2
        return f"band({channel + axis}, {between}) <= {limit:.9e}f"

    def branch(node, depth):
        indent = "    " * depth
        if tree.children_left[node] < 0:
            return f"{indent}answer = {tree.value[node].argmax()};\n"
        question = asked(columns[tree.feature[node]], tree.threshold[node])
        return (
            f"{indent}if ({question}) {{\n"
            f"{branch(tree.children_left[node], depth + 1)}{indent}}} else {{\n"
            f"{branch(tree.children_right[node], depth + 1)}{indent}}}\n"
        )

    return f"int tree_invoke(void) {{\n{branch(0, 1)}    return 0;\n}}\n"
