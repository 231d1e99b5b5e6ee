"""Chapter 17's network, masks, neurons, gates, and the chapter's own copies of them."""

import ast
import inspect
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tinyml_course import datasets
from tinyml_course.scratch import pruning, thinning

CHAPTER = Path(__file__).parents[1] / "notebooks/src/17_pruning.py"
SHOWN = {
    pruning: ("shaken", "slopes_of", "fit", "magnitude_mask", "masks_of", "to_csr")
    + ("strongest", "select"),
    thinning: ("gated_slopes",),
}


def code(tree):
    body = tree.body[1:] if ast.get_docstring(tree) else tree.body
    return [ast.dump(tree.args), *map(ast.dump, body)]


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module in SHOWN for name in SHOWN[module]]
)
def test_the_chapter_shows_each_function_as_it_is_here(module, name):
    here = ast.parse(inspect.getsource(getattr(module, name))).body[0]
    shown = [
        code(node)
        for node in ast.walk(ast.parse(CHAPTER.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert shown == [code(here)]


def loss(net, x, y, l1=0.0, l2=0.0):
    scores = pruning.forward(net, x)[-1]
    top = scores.max(axis=1, keepdims=True)
    logs = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    size = sum(l1 * np.abs(w).sum() + l2 / 2 * (w * w).sum() for w, _ in net)
    return -logs[np.arange(len(y)), y].mean() + size


def doubles(net):
    return [(w.astype(float), b.astype(float) + 0.1) for w, b in net]


@pytest.fixture
def some():
    rng = np.random.default_rng(0)
    return rng.random((12, 5)), rng.integers(0, 3, 12)


def difference(function, part, place, step=1e-5):
    part[place] += step
    high = function()
    part[place] -= 2 * step
    low = function()
    part[place] += step
    return (high - low) / (2 * step)


@pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.0), (0.03, 0.0), (0.0, 0.2)])
def test_the_slopes_are_those_of_the_loss_with_its_penalties(some, l1, l2):
    x, y = some
    net = doubles(pruning.network(5, 6, 4, 3))
    ones = [np.ones_like(w) for w, _ in net]
    slopes = pruning.slopes_of(net, x, y, ones, l1, l2)
    parts = [part for layer in net for part in layer]
    for part, slope in zip(parts, slopes, strict=True):
        for place in list(np.ndindex(part.shape))[::3]:
            want = difference(lambda: loss(net, x, y, l1, l2), part, place)
            assert slope[place] == pytest.approx(want, abs=1e-6)


def test_a_masked_weight_stays_zero_and_the_given_network_stays_as_it_was(some):
    x, y = some
    net = pruning.network(5, 6, 4, 3)
    before = [w.copy() for w, _ in net]
    masks = pruning.masks_of(net, 0.6)
    trained = pruning.fit(net, x.astype(np.float32), y, epochs=5, masks=masks)
    assert all(np.all(w[m == 0] == 0) for (w, _), m in zip(trained, masks, strict=True))
    assert pruning.count(trained) == sum(int(m.sum()) for m in masks)
    assert all(np.array_equal(w, old) for (w, _), old in zip(net, before, strict=True))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.77, 1.0])
def test_exactly_the_share_goes_also_where_all_are_of_one_size(share):
    rng = np.random.default_rng(1)
    for w in (rng.normal(size=(7, 9)), np.ones((7, 9)), rng.integers(-2, 3, (7, 9))):
        mask = pruning.magnitude_mask(w, share)
        gone = round(share * 63)
        assert mask.shape == (7, 9)
        assert np.sum(mask == 0) == gone
        if 0 < gone < 63:
            assert np.abs(w)[mask == 0].max() <= np.abs(w)[mask == 1].min()
    ties = pruning.magnitude_mask(np.ones((7, 9)), share).ravel()
    assert np.all(np.diff(ties) >= 0)  # the first in reading order go first


def test_one_threshold_serves_all_layers_and_zeros_go_first():
    net = pruning.network(8, 9, 4, 3)
    masks = pruning.masks_of(net, 0.5)
    kept = [np.abs(w)[m == 1].min() for (w, _), m in zip(net, masks, strict=True)]
    gone = [np.abs(w)[m == 0].max() for (w, _), m in zip(net, masks, strict=True)]
    assert max(gone) <= min(kept)
    further = pruning.masks_of(pruning.masked(net, masks), 0.7)
    for earlier, later in zip(masks, further, strict=True):
        assert np.all(later <= earlier)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_csr_holds_the_same_matrix(share):
    rng = np.random.default_rng(2)
    w = rng.integers(1, 100, (6, 11)).astype(np.int8) * (rng.random((6, 11)) >= share)
    values, columns, starts = pruning.to_csr(w)
    assert len(values) == len(columns) == np.count_nonzero(w) == starts[-1]
    back = np.zeros_like(w)
    for row in range(6):
        inside = slice(starts[row], starts[row + 1])
        back[row, columns[inside]] = values[inside]
    assert np.array_equal(back, w)


def test_cutting_out_silent_neurons_changes_no_answer(some):
    x, _ = some
    net = doubles(pruning.network(5, 8, 6, 3))
    keep = pruning.strongest(net, (5, 2))
    silent = [(w.copy(), b.copy()) for w, b in net]
    for place, chosen in enumerate(keep):
        others = np.setdiff1d(np.arange(len(net[place][1])), chosen)
        silent[place + 1][0][others] = 0
    small = pruning.select(net, keep)
    assert [w.shape for w, _ in small] == [(5, 5), (5, 2), (2, 3)]
    whole = pruning.forward(silent, x)[-1]
    assert np.allclose(pruning.forward(small, x)[-1], whole)


def gated_loss(net, odds, x, y, penalty, seed):
    rng = np.random.default_rng(seed)
    drawn = [thinning.gates(a, rng)[0] for a in odds]
    h = x
    for (w, b), z in zip(net, drawn, strict=False):
        h = np.maximum(h @ w + b, 0) * z
    stay = [thinning.chance_to_stay(a).sum() for a in odds]
    sizes = [x.shape[1], *stay, len(net[-1][1])]
    total = sum(w.size for w, _ in net)
    expected = sum(a * b for a, b in pairwise(sizes))
    return loss([net[-1]], h, y) + penalty * expected / total


def test_the_gates_slopes_are_those_of_loss_and_price(some):
    x, y = some
    net = doubles(pruning.network(5, 6, 4, 3))
    odds = [np.linspace(-2, 2, 6), np.linspace(1, -1, 4)]
    rng = np.random.default_rng(7)
    slopes, pulls = thinning.gated_slopes(net, odds, x, y, 2.0, rng)
    parts = [*(part for layer in net for part in layer), *odds]
    for part, slope in zip(parts, slopes + pulls, strict=True):
        for place in list(np.ndindex(part.shape))[::2]:
            want = difference(lambda: gated_loss(net, odds, x, y, 2.0, 7), part, place)
            assert slope[place] == pytest.approx(want, abs=2e-5)


def test_a_gate_is_open_as_often_as_it_says():
    rng = np.random.default_rng(0)
    for a in (-3.0, -1.0, 0.0, 2.0):
        drawn, _ = thinning.gates(np.full(20_000, a), rng)
        want = thinning.chance_to_stay(a)
        assert np.mean(drawn > 0) == pytest.approx(want, abs=0.015)


def test_settling_keeps_what_the_last_gates_say(some):
    x, _ = some
    net = doubles(pruning.network(5, 6, 4, 3))
    odds = [np.array([9.0, -9, 0, 9, -9, 1]), np.array([9.0, 0.5, -9, 9])]
    small = thinning.settle(net, odds)
    assert [w.shape for w, _ in small] == [(5, 4), (4, 3), (3, 3)]
    h = x
    for (w, b), a in zip(net, odds, strict=False):
        z = np.clip(1.2 / (1 + np.exp(-a)) - 0.1, 0, 1)
        h = np.maximum(h @ w + b, 0) * z
    w, b = net[-1]
    assert np.allclose(pruning.forward(small, x)[-1], h @ w + b)


def test_views_of_one_digit_stay_on_one_side():
    digits = datasets.load("digits")
    parts = pruning.shaky_digits(digits)
    assert [len(x) for x, _ in parts] == [9600, 8 * 237, 2880]
    for x, y in parts:
        assert x.dtype == np.float32
        assert x.min() >= 0
        assert x.max() <= 1
        views = len(x) // 8
        assert np.array_equal(y, np.tile(y[:views], 8))
        assert np.abs(x[:views] - x[views : 2 * views]).mean() > 0.05
    assert np.array_equal(parts[2][1][:360], digits.y_test)


@pytest.mark.slow
def test_capacity_matters_and_pruning_needs_retraining():
    train_rows, _, test_rows = pruning.shaky_digits(datasets.load("digits"))
    wide = pruning.fit(pruning.network(64, 128, 64, 10), *train_rows)
    narrow = pruning.fit(pruning.network(64, 16, 10), *train_rows)
    full = pruning.accuracy(wide, *test_rows)
    assert full > 0.93
    assert pruning.accuracy(narrow, *test_rows) < full - 0.08
    masks = pruning.masks_of(wide, 0.8)
    bare = pruning.accuracy(pruning.masked(wide, masks), *test_rows)
    again = pruning.fit(wide, *train_rows, epochs=3, masks=masks, rate=2e-3)
    assert pruning.accuracy(again, *test_rows) > bare + 0.15
    assert len(pruning.packed(again)) < 0.5 * len(pruning.packed(wide))
