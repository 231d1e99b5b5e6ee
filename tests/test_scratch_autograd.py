"""The machine for slopes equals finite differences, TensorFlow and the chapter."""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest

from tinyml_course.scratch import autograd, numeric_gradient
from tinyml_course.scratch.autograd import Value

CHAPTERS = Path(__file__).parents[1] / "notebooks" / "src"
RNG = np.random.default_rng(3)
OPERATIONS = {
    "add": (autograd.add, [(4, 3), (3,)]),
    "add, a column": (autograd.add, [(4, 1), (4, 3)]),
    "multiply": (autograd.multiply, [(4, 3), (1, 3)]),
    "multiply, a number": (autograd.multiply, [(), (2, 3)]),
    "matmul": (autograd.matmul, [(4, 3), (3, 2)]),
    "relu": (autograd.relu, [(4, 3)]),
    "sigmoid": (autograd.sigmoid, [(4, 3)]),
    "mean": (autograd.mean, [(4, 3)]),
    "squared error": (lambda a: autograd.squared_error(a, np.eye(4)), [(4, 4)]),
    "surprise": (lambda a: autograd.surprise(a, np.eye(4)), [(4, 4)]),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_pulls_back_what_finite_differences_say(name):
    operation, shapes = OPERATIONS[name]
    start = [np.asarray(RNG.normal(size=shape)) for shape in shapes]
    ends = np.cumsum([part.size for part in start])[:-1]
    how = RNG.normal(size=operation(*map(Value, start)).data.shape)

    def build(flat):
        parts = zip(np.split(flat, ends), shapes, strict=True)
        values = [Value(part.reshape(shape)) for part, shape in parts]
        return values, autograd.mean(operation(*values) * Value(how))

    flat = np.concatenate([part.ravel() for part in start])
    values, loss = build(flat)
    loss.backward()
    numeric = numeric_gradient(lambda p: build(p)[1].data, flat, 1e-5)
    ours = np.concatenate([value.grad.ravel() for value in values])
    assert [value.grad.shape for value in values] == shapes
    assert np.allclose(ours, numeric, atol=1e-9)


def test_a_value_used_in_several_places_gets_a_share_from_each():
    x = Value(3.0)
    (x * x * x + x).backward()
    assert x.grad == 3 * 3.0**2 + 1


def test_a_long_way_round_arrives_before_the_value_passes_on():
    x = Value(2.0)
    near = x * x
    far = near * Value(5.0) * Value(7.0)
    (near + far).backward()
    assert x.grad == 2 * 2.0 * (1 + 35)


@pytest.mark.tf
@pytest.mark.parametrize("sizes", [(2, 5, 1), (3, 8, 8, 4)])
def test_slopes_of_a_network_equal_tensorflow(sizes):
    import tensorflow as tf

    x, y = RNG.normal(size=(20, sizes[0])), RNG.normal(size=(20, sizes[-1]))
    parameters = autograd.network(*sizes)
    autograd.squared_error(autograd.run(parameters, x), y).backward()
    theirs = [tf.Variable(p.data) for p in parameters]
    with tf.GradientTape() as tape:
        h = tf.constant(x)
        for i in range(0, len(theirs), 2):
            h = h @ theirs[i] + theirs[i + 1]
            h = tf.nn.relu(h) if i + 2 < len(theirs) else h
        loss = tf.reduce_mean((h - y) ** 2)
    for p, slope in zip(parameters, tape.gradient(loss, theirs), strict=True):
        assert np.allclose(p.grad, slope, atol=1e-12)


def test_descent_learns_xor_and_twice_the_same():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    y = np.array([[0], [1], [1], [0]])

    def trained():
        parameters = autograd.network(2, 8, 1)
        history = autograd.minimize(
            lambda: autograd.squared_error(autograd.run(parameters, x), y),
            parameters,
            rate=0.02,
            steps=400,
        )
        return history, autograd.run(parameters, x).data

    history, said = trained()
    assert history[-1] < 1e-3 < history[0]
    assert np.array_equal(said.round(), y)
    assert trained()[0] == history


@pytest.mark.parametrize("name", autograd.__all__)
def test_the_chapter_shows_each_part_as_it_is_here(name):
    def code(node):
        for part in ast.walk(node):
            kinds = ast.FunctionDef, ast.ClassDef
            if isinstance(part, kinds) and ast.get_docstring(part):
                part.body = part.body[1:]
        return ast.dump(node)

    here = ast.parse(inspect.getsource(getattr(autograd, name))).body[0]
    (chapter,) = CHAPTERS.glob("06_*.py")
    shown = [
        code(node)
        for node in ast.parse(chapter.read_text(encoding="utf-8")).body
        if getattr(node, "name", None) == name
    ]
    assert code(here) in shown
