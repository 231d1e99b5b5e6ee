"""Cells that remember: equal to Keras, and as chapter 15 shows them."""

import ast
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

from tinyml_course.scratch import recurrent
from tinyml_course.scratch.autograd import Value, mean
from tinyml_course.scratch.descent import numeric_gradient

CHAPTER = Path(__file__).parents[1] / "notebooks/src/15_recurrent_networks.py"
TEXT = CHAPTER.read_text(encoding="utf-8")
SHOWN = "in_base count blend sample tanh clip rnn_step lstm_step".split()


def code(tree):
    body = tree.body[1:] if ast.get_docstring(tree) else tree.body
    return [ast.dump(tree.args), *map(ast.dump, body)]


@pytest.mark.parametrize("name", [*SHOWN, "hand_on"])
def test_the_chapter_shows_each_function_as_it_is_here(name):
    text = TEXT
    if name == "hand_on":  # shown in the text, between two fences
        fenced = TEXT.split("# ```python\n")[1].split("# ```")[0]
        text = re.sub(r"(?m)^# ?", "", fenced)
    here = ast.parse(inspect.getsource(getattr(recurrent, name))).body[0]
    shown = [
        code(node)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert shown == [code(here)]


def test_the_gru_is_an_exercise_and_not_told():
    assert "def gru_step(x, h, W, U, b):" in TEXT
    assert inspect.getsource(recurrent.gru_step).split("\n")[2] not in TEXT


def test_runs_are_counted_as_a_counter_counts_them():
    codes = np.random.default_rng(0).integers(0, 5, 400)
    runs, total = recurrent.count(codes, 2, 5)[2]
    seen = {}
    for i in range(398):
        key = int(codes[i] * 25 + codes[i + 1] * 5 + codes[i + 2])
        seen[key] = seen.get(key, 0) + 1
    assert dict(zip(runs.tolist(), np.diff(total).tolist(), strict=True)) == seen


def test_a_chain_gives_probabilities_that_add_up_to_one():
    codes = np.random.default_rng(1).integers(0, 6, 500)
    tables = recurrent.count(codes, 3, 6)
    context = [2, 4, 1]
    asked = [
        recurrent.in_base(np.array([*context[3 - k :], 0]), k + 1, 6) + np.arange(6)
        for k in range(4)
    ]
    orders = recurrent.blend(tables, asked, 6)
    assert orders.shape == (4, 6)
    assert np.allclose(orders.sum(axis=1), 1)
    assert (orders > 0).all()


def test_a_longer_context_foretells_a_text_that_repeats_itself():
    codes = np.tile([0, 0, 1], 200)
    tables = recurrent.count(codes, 2, 2)
    asked = [recurrent.in_base(codes[2 - k :], k + 1, 2) for k in range(3)]
    cost = -np.log2(recurrent.blend(tables, asked, 2, doubt=1)).mean(axis=1)
    assert cost[0] > cost[1] > cost[2]
    assert cost[2] < 0.05


def test_slopes_through_time_are_those_of_finite_differences():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(7, 1, 3))
    W, U, b = (rng.normal(0, 0.6, shape) for shape in ((3, 4), (4, 4), (4,)))

    def last(u):
        h, parts = Value(np.zeros((1, 4))), [Value(W), Value(u.reshape(4, 4)), Value(b)]
        for now in x:
            h = recurrent.tanh(Value(now) @ parts[0] + h @ parts[1] + parts[2])
        return mean(h), parts

    loss, parts = last(U.ravel())
    loss.backward()
    nudged = numeric_gradient(lambda u: last(u)[0].data, U.ravel()).reshape(4, 4)
    assert np.allclose(nudged, parts[1].grad, atol=1e-8)


def test_clipping_shortens_what_is_long_and_leaves_the_direction():
    slopes = [np.array([30.0, 0.0]), np.array([[40.0]])]
    short = recurrent.clip(slopes, 5)
    assert np.allclose([short[0][0], short[1][0, 0]], [3, 4])
    assert np.allclose(recurrent.clip(slopes, 500)[0], slopes[0])


def test_cold_draws_the_best_and_heat_draws_all():
    rng, scores = np.random.default_rng(0), np.array([1.0, 2.0, 0.0])
    assert {recurrent.sample(scores, 0.01, rng) for _ in range(50)} == {1}
    drawn = [recurrent.sample(scores, 100, rng) for _ in range(3000)]
    assert np.allclose(np.bincount(drawn) / 3000, 1 / 3, atol=0.04)


@pytest.mark.tf
@pytest.mark.parametrize("name", ["SimpleRNN", "GRU", "LSTM"])
def test_each_cell_is_that_of_keras_with_the_same_weights(name):
    import keras

    rng = np.random.default_rng(4)
    layer = getattr(keras.layers, name)(6)
    x = rng.normal(size=(3, 15, 5)).astype(np.float32)
    layer.build(x.shape)
    mine = [rng.normal(0, 0.5, w.shape).astype(np.float32) for w in layer.get_weights()]
    layer.set_weights(mine)
    h = c = np.zeros((3, 6))
    for now in x.swapaxes(0, 1):
        if name == "LSTM":
            h, c = recurrent.lstm_step(now, h, c, *mine)
        else:
            step = recurrent.rnn_step if name == "SimpleRNN" else recurrent.gru_step
            h = step(now, h, *mine)
    assert np.allclose(layer(x), h, atol=1e-5)


@pytest.mark.tf
def test_one_step_from_dense_layers_is_a_step_of_the_lstm():
    rng = np.random.default_rng(5)
    shapes = (7, 20), (5, 20), (20,), (5, 7), (7,)
    W, U, b, V, a = (rng.normal(0, 0.5, s).astype(np.float32) for s in shapes)
    model = recurrent.one_step(W, U, b, V, a)
    x = np.eye(7, dtype=np.float32)[[1, 4]]
    h, c = rng.uniform(-1, 1, (2, 2, 5)).astype(np.float32)
    scores, new_h, new_c = model([x, h, c])
    ours_h, ours_c = recurrent.lstm_step(x, h, c, W, U, b)
    assert np.allclose(new_h, ours_h, atol=1e-6)
    assert np.allclose(new_c, ours_c, atol=1e-6)
    assert np.allclose(scores, ours_h @ V + a, atol=1e-5)
