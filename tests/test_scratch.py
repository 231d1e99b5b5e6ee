"""The functions of the early chapters equal NumPy's and scikit-learn's."""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest

from tinyml_course import scratch

CHAPTERS = Path(__file__).parents[1] / "notebooks" / "src"


@pytest.fixture
def points():
    rng = np.random.default_rng(2)
    x = rng.uniform(-3, 5, 40)
    return x, 1.7 * x - 4 + rng.normal(0, 1, 40)


def test_fit_line_equals_numpy(points):
    x, y = points
    assert np.allclose(scratch.fit_line(x, y), np.polyfit(x, y, 1), rtol=1e-12)


def test_the_normal_equation_equals_scikit_learn(points):
    linear_model = pytest.importorskip("sklearn.linear_model")
    x, y = points
    oracle = linear_model.LinearRegression().fit(np.column_stack([x, x**2]), y)
    weights = scratch.least_squares(scratch.design_matrix(x, x**2), y)
    assert np.allclose(weights, [*oracle.coef_, oracle.intercept_], rtol=1e-10)


def test_no_other_line_has_a_smaller_error(points):
    x, y = points
    w, b = scratch.fit_line(x, y)
    best = scratch.mse(y, scratch.predict(x, w, b))
    for dw, db in [(0.01, 0), (-0.01, 0), (0, 0.01), (0, -0.01), (0.01, -0.01)]:
        assert scratch.mse(y, scratch.predict(x, w + dw, b + db)) > best


@pytest.mark.parametrize("name", scratch.__all__)
def test_a_chapter_shows_each_function_as_it_is_here(name):
    def code(tree):
        body = tree.body[1:] if ast.get_docstring(tree) else tree.body
        return [ast.dump(tree.args), *map(ast.dump, body)]

    here = ast.parse(inspect.getsource(getattr(scratch, name))).body[0]
    shown = [
        code(node)
        for path in sorted(CHAPTERS.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert code(here) in shown, f"no chapter teaches {name} as scratch has it"
