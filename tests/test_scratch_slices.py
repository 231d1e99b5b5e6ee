"""Slices, attacks and cards of chapter 12 equal what SciPy and scikit-learn say."""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest

from tinyml_course.scratch import slices

CHAPTER = Path(__file__).parents[1] / "notebooks/src/12_whose_data.py"
SHOWN = sorted(set(slices.__all__) - {"slices_markdown"})  # plumbing, not a lesson
COST = {
    "board": "nano33",
    "fits": True,
    "flash_bytes": 20_000,
    "ram_bytes": 9_000,
    "latency_ms": 30.4,
    "energy_uj": 600.0,
}


def code(tree):
    body = tree.body[1:] if ast.get_docstring(tree) else tree.body
    return [ast.dump(tree.args), *map(ast.dump, body)]


@pytest.mark.parametrize("name", SHOWN)
def test_the_chapter_shows_each_function_as_it_is_here(name):
    here = ast.parse(inspect.getsource(getattr(slices, name))).body[0]
    shown = [
        code(node)
        for node in ast.walk(ast.parse(CHAPTER.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert shown == [code(here)]


@pytest.mark.parametrize(("hits", "n"), [(0, 5), (5, 5), (3, 7), (250, 1000)])
def test_wilsons_interval_equals_scipy(hits, n):
    stats = pytest.importorskip("scipy.stats")
    oracle = stats.binomtest(hits, n).proportion_ci(method="wilson")
    assert np.allclose(slices.wilson(hits, n), (oracle.low, oracle.high), atol=2e-5)


def test_nothing_counted_excludes_nothing():
    assert slices.wilson(0, 0) == (0, 1)


@pytest.mark.parametrize("truth", [0.5, 0.9, 0.97])
def test_wilsons_interval_holds_the_truth_about_as_often_as_it_says(truth):
    hits = np.random.default_rng(0).binomial(20, truth, 4000)
    low, high = np.array([slices.wilson(h, 20) for h in range(21)])[hits].T
    assert 0.91 < np.mean((low <= truth) & (truth <= high)) < 0.99


def test_a_slice_table_equals_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(1)
    y, said = rng.integers(0, 2, (2, 300))
    where = rng.choice(["a", "b", "c"], 300)
    rows = slices.slice_table(y, said, where)
    assert [row["recall"] for row in rows] == sorted(row["recall"] for row in rows)
    for row in rows:
        here = where == row["slice"]
        assert row["n"] == here.sum()
        assert np.isclose(row["recall"], metrics.recall_score(y[here], said[here]))
        oracle = metrics.precision_score(y[here], said[here])
        assert np.isclose(row["precision"], oracle)
        oracle = 1 - metrics.recall_score(1 - y[here], 1 - said[here])
        assert np.isclose(row["false_alarms"], oracle)
        assert row["low"] < row["recall"] < row["high"]


def test_a_slice_without_boats_promises_nothing_and_is_not_hidden():
    rows = slices.slice_table([1, 0, 0], [1, 0, 1], ["sea", "none", "none"])
    empty = next(row for row in rows if row["slice"] == "none")
    assert np.isnan(empty["recall"])
    assert (empty["low"], empty["high"], empty["positives"]) == (0, 1, 0)
    assert empty["false_alarms"] == 0.5


def test_balanced_groups_weigh_the_same():
    groups = np.repeat(["a", "b", "c"], [100, 10, 5])
    weights = slices.balance(groups)
    sums = [weights[groups == name].sum() for name in "abc"]
    assert np.allclose(sums, len(groups) / 3)


@pytest.mark.parametrize("wanted", [0.1, 0.5, 0.9, 1.0])
def test_a_threshold_finds_what_was_wanted_and_the_next_one_does_not(wanted):
    scores = np.random.default_rng(2).random(57)
    t = slices.threshold_for(scores, wanted)
    assert np.mean(scores >= t) >= wanted
    assert np.mean(scores > t) < wanted


def test_importance_equals_scikit_learns_within_the_shuffles():
    pytest.importorskip("sklearn")
    from sklearn.inspection import permutation_importance
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(3)
    x = rng.normal(size=(400, 3))
    y = (2 * x[:, 0] + x[:, 1] + rng.normal(size=400) > 0).astype(int)
    model = LogisticRegression().fit(x, y)
    ours = slices.importance(lambda rows: model.score(rows, y), x, repeats=30)
    theirs = permutation_importance(model, x, y, n_repeats=30, random_state=0)
    spread = np.hypot(ours.std(axis=1), theirs.importances_std) / np.sqrt(30)
    off = np.abs(ours.mean(axis=1) - theirs.importances_mean)
    assert (off < 4 * spread + 1e-9).all()


def test_the_attack_moves_no_pixel_further_and_none_out_of_range():
    rng = np.random.default_rng(4)
    x = rng.random((5, 8, 8, 1), dtype=np.float32)
    moved = slices.fgsm(x, rng.normal(size=x.shape), 0.03)
    assert np.abs(moved - x).max() <= 0.03 + 1e-6
    assert moved.min() >= 0
    assert moved.max() <= 1


def test_no_other_step_raises_a_linear_loss_more():
    rng = np.random.default_rng(5)
    slope = rng.normal(size=40)
    best = slope @ (slices.fgsm(np.full(40, 0.5), slope, 0.1) - 0.5)
    assert np.isclose(best, 0.1 * np.abs(slope).sum())
    others = rng.uniform(-0.1, 0.1, (500, 40)) @ slope
    assert others.max() < best


@pytest.mark.tf
def test_the_slope_at_the_input_equals_small_differences():
    import keras

    keras.utils.set_random_seed(0)
    layers = [keras.Input((3,)), keras.layers.Dense(2, activation="softmax")]
    model = keras.Sequential(layers)
    x, y = np.float32([[0.2, 0.5, 0.1], [0.9, 0.3, 0.4]]), np.array([0, 1])
    slope = slices.input_slope(model, x, y)

    def loss(x):
        said = model(x).numpy().astype(np.float64)
        return -np.log(said[np.arange(2), y])

    for column in range(3):
        h = np.zeros(3, np.float32)
        h[column] = 0.05
        numeric = (loss(x + h) - loss(x - h)) / 0.1
        assert np.allclose(slope[:, column], numeric, atol=2e-3)


def test_a_card_names_the_worst_slice_and_every_section():
    rows = slices.slice_table([1, 1, 1, 1], [1, 0, 1, 1], ["a", "a", "b", "b"])
    card = slices.model_card("A model", rows, COST, intended_use="To look.")
    assert card.startswith("### A model\n\n**Intended use.** To look.")
    assert "**Worst slice.** a: 50.0% of 2 found" in card
    assert "| b | 2 of 2 | 100.0%" in card
    assert (
        "Fits: flash 20,000 bytes, RAM 9,000 bytes (counted), 30 ms and 0.60 mJ" in card
    )
