"""Scores, losses, gradients and judgements equal what scikit-learn says."""

import numpy as np
import pytest

from tinyml_course import datasets, scratch


@pytest.fixture
def rows():
    rng = np.random.default_rng(5)
    X = scratch.design_matrix(*rng.normal(size=(3, 80)))
    z = X @ [2.0, -1.0, 0.5, 0.3] + rng.normal(0, 1, 80)
    return X, (z > 0).astype(int)


@pytest.fixture
def classes():
    rng = np.random.default_rng(6)
    X = scratch.design_matrix(*rng.normal(size=(3, 90)))
    return X, (X @ rng.normal(size=(4, 3)) + rng.normal(size=(90, 3))).argmax(axis=1)


def test_the_sigmoid_is_the_inverse_of_the_log_odds():
    z = np.linspace(-30, 30, 61)
    p = scratch.sigmoid(z)
    assert np.allclose(np.log(p) - np.log(scratch.sigmoid(-z)), z)
    assert np.allclose(p + scratch.sigmoid(-z), 1)
    assert scratch.sigmoid(0.0) == 0.5


@pytest.mark.filterwarnings("error")
def test_no_score_is_too_large():
    z = np.array([-1e4, 1e4])
    assert scratch.sigmoid(z).tolist() == [0, 1]
    assert scratch.cross_entropy(np.array([1, 0]), z) == 1e4
    assert scratch.softmax(z[None]).tolist() == [[0, 1]]
    assert scratch.softmax_cross_entropy(np.array([[1, 0]]), z[None]) == 2e4


def test_cross_entropy_equals_scikit_learn(rows, classes):
    metrics = pytest.importorskip("sklearn.metrics")
    X, y = rows
    z = X @ [1.0, 0.2, -0.4, 0.1]
    oracle = metrics.log_loss(y, scratch.sigmoid(z))
    assert np.isclose(scratch.cross_entropy(y, z), oracle, rtol=1e-12)
    X, y = classes
    Z = X @ np.random.default_rng(0).normal(size=(4, 3))
    oracle = metrics.log_loss(y, scratch.softmax(Z))
    ours = scratch.softmax_cross_entropy(np.eye(3)[y], Z)
    assert np.isclose(ours, oracle, rtol=1e-12)


@pytest.mark.parametrize("penalty", [0.0, 0.3])
def test_the_gradients_equal_finite_differences(rows, classes, penalty):
    X, y = rows
    w = np.array([0.4, -2.0, 1.0, 0.7])

    def loss(w):
        return scratch.cross_entropy(y, X @ w) + penalty / 2 * np.sum(w[:-1] ** 2)

    numeric = scratch.numeric_gradient(loss, w)
    ours = scratch.logistic_gradient(X, y, w, penalty)
    assert np.allclose(ours, numeric, atol=1e-8)

    X, y = classes
    Y, W = np.eye(3)[y], np.random.default_rng(1).normal(size=(4, 3))

    def loss_of_classes(flat):
        W = flat.reshape(4, 3)
        price = penalty / 2 * np.sum(W[:-1] ** 2)
        return scratch.softmax_cross_entropy(Y, X @ W) + price

    numeric = scratch.numeric_gradient(loss_of_classes, W.ravel()).reshape(4, 3)
    assert np.allclose(scratch.softmax_gradient(X, Y, W, penalty), numeric, atol=1e-8)


def test_two_classes_of_softmax_are_the_sigmoid():
    z = np.linspace(-9, 9, 19)
    both = scratch.softmax(np.column_stack([z, np.zeros(19)]))
    assert np.allclose(both[:, 0], scratch.sigmoid(z))


def test_the_bottom_is_where_scikit_learn_finds_it(rows, classes):
    linear_model = pytest.importorskip("sklearn.linear_model")

    def theirs(X, y):
        model = linear_model.LogisticRegression(
            C=1 / (len(X) * 0.1), solver="newton-cholesky", tol=1e-12
        )
        model.fit(X[:, :-1], y)
        return np.vstack([model.coef_.T, model.intercept_])

    X, y = rows
    w = scratch.gradient_descent(
        lambda w: scratch.logistic_gradient(X, y, w, 0.1), np.zeros(4), 1.0, 500
    )[-1]
    assert np.allclose(w[:, None], theirs(X, y), atol=1e-8)
    X, y = classes
    W = scratch.gradient_descent(
        lambda W: scratch.softmax_gradient(X, np.eye(3)[y], W, 0.1),
        np.zeros((4, 3)),
        1.0,
        500,
    )[-1]
    assert np.allclose(W, theirs(X, y), atol=1e-8)


def test_errors_are_counted_as_scikit_learn_counts_them(rows):
    metrics = pytest.importorskip("sklearn.metrics")
    X, y = rows
    z = (X @ [1.0, 1.0, 0.0, 0.0]).round(1)  # rounded: some scores are equal
    said = z >= 0.2
    assert np.array_equal(scratch.confusion(y, said), metrics.confusion_matrix(y, said))
    oracle = metrics.roc_curve(y, z, drop_intermediate=False)
    assert np.allclose(scratch.roc(y, z), oracle[:2])
    assert np.isclose(scratch.auc(y, z), metrics.roc_auc_score(y, z))
    assert np.isclose(np.trapezoid(*scratch.roc(y, z)[::-1]), scratch.auc(y, z))


def test_a_plane_separates_the_training_rows_as_chapter_04_says():
    optimize = pytest.importorskip("scipy.optimize")
    data = datasets.load("breast_cancer")
    x = (data.x_train - data.x_train.mean(axis=0)) / data.x_train.std(axis=0)
    sides = (2 * data.y_train - 1)[:, None] * scratch.design_matrix(*x.T)
    free = [(None, None)] * sides.shape[1]
    found = optimize.linprog(np.zeros(31), -sides, -np.ones(len(x)), bounds=free)
    assert found.success
    assert (sides @ found.x > 0.99).all()
