"""Walks downhill equal what is known: formulas, the normal equation, Keras."""

import numpy as np
import pytest

from tinyml_course import scratch

METHODS = [
    scratch.sgd,
    scratch.momentum,
    scratch.nesterov,
    scratch.adagrad,
    scratch.adadelta,
    scratch.rmsprop,
    scratch.adam,
]


@pytest.fixture
def points():
    rng = np.random.default_rng(3)
    X = scratch.design_matrix(*rng.normal(size=(2, 50)))
    return X, X @ [2.0, -1.0, 0.5] + rng.normal(0, 0.1, 50)


def test_the_gradient_equals_finite_differences(points):
    X, y = points
    p = np.array([0.3, 0.1, -2.0])
    numeric = scratch.numeric_gradient(lambda q: scratch.mse(y, X @ q), p)
    assert np.allclose(scratch.mse_gradient(X, y, p), numeric, rtol=1e-8)


def test_several_outputs_are_several_models_side_by_side(points):
    X, y = points
    both = scratch.mse_gradient(X, np.column_stack([y, -y]), np.zeros((3, 2)))
    alone = scratch.mse_gradient(X, y, np.zeros(3))
    assert np.allclose(both, np.column_stack([alone, -alone]))


def test_descent_arrives_where_the_normal_equation_does(points):
    X, y = points
    path = scratch.gradient_descent(
        lambda p: scratch.mse_gradient(X, y, p), np.zeros(3), 0.3, 400
    )
    assert path.shape == (401, 3)
    assert np.allclose(path[-1], scratch.least_squares(X, y), atol=1e-12)


def test_two_over_the_largest_curvature_is_the_limit(points):
    X, y = points
    limit = 2 / np.linalg.eigvalsh(2 * X.T @ X / len(X)).max()
    for share, end in [(0.99, np.less), (1.01, np.greater)]:
        path = scratch.gradient_descent(
            lambda p: scratch.mse_gradient(X, y, p), np.zeros(3), share * limit, 3000
        )
        assert end(scratch.mse(y, X @ path[-1]), scratch.mse(y, X @ path[0]))


def test_the_start_is_left_as_it_was():
    start = np.array([1, 2])
    for walk in (scratch.gradient_descent, lambda *a: scratch.optimize(METHODS[6], *a)):
        path = walk(lambda p: p, start, 0.5, 2)
        assert np.array_equal(start, [1, 2])
        assert np.array_equal(path[0], start)
        assert path.dtype == float


def test_an_epoch_shows_each_row_once_and_the_last_batch_may_be_short():
    drawn = scratch.batches(10, 4, seed=1)
    epochs = [[next(drawn) for _ in range(3)] for _ in range(2)]
    for epoch in epochs:
        assert [len(rows) for rows in epoch] == [4, 4, 2]
        assert sorted(np.concatenate(epoch)) == list(range(10))
    assert not np.array_equal(np.concatenate(epochs[0]), np.concatenate(epochs[1]))


def test_the_noisy_gradients_of_an_epoch_average_to_the_exact_one(points):
    X, y = points
    p = np.array([1.0, 2.0, 3.0])
    noisy = scratch.noisy_gradient(X, y, size=10, seed=4)
    mean = np.mean([noisy(p) for _ in range(5)], axis=0)
    assert np.allclose(mean, scratch.mse_gradient(X, y, p))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_the_bottom_of_a_round_bowl(method):
    rate = {"adadelta": 100, "sgd": 0.1, "momentum": 0.03, "nesterov": 0.03}
    path = scratch.optimize(
        method, lambda p: 2 * (p - 3), [0.0, 9.0], rate.get(method.__name__, 0.3), 600
    )
    assert np.allclose(path[-1], 3, atol=0.2)


def test_the_first_step_of_adagrad_and_adam_is_the_rate_for_every_parameter():
    for method in (scratch.adagrad, scratch.adam):
        step = method(np.array([1e-2, -5.0, 300.0]), {}, 0.01)
        assert np.allclose(step, [-0.01, 0.01, -0.01], rtol=1e-3)


@pytest.mark.tf
def test_every_method_steps_as_keras_does():
    keras = pytest.importorskip("keras")
    oracles = [
        keras.optimizers.SGD(0.1),
        keras.optimizers.SGD(0.1, momentum=0.9),
        keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        keras.optimizers.Adagrad(0.1, initial_accumulator_value=0),
        keras.optimizers.Adadelta(0.1),
        keras.optimizers.RMSprop(0.1),
        keras.optimizers.Adam(0.1),
    ]
    gradients = np.random.default_rng(0).normal(size=(60, 2)) * [1, 30]
    for method, oracle in zip(METHODS, oracles, strict=True):
        p, memory = np.zeros(2), {}
        variable = keras.Variable(np.zeros(2), dtype="float64")
        for g in gradients:
            p = p + method(g, memory, 0.1)
            oracle.apply([keras.ops.convert_to_tensor(g)], [variable])
            there = variable.value.numpy()
            assert np.allclose(p, there, rtol=1e-4, atol=1e-5), method.__name__
