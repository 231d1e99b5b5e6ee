"""The decisions of chapter 14: smoothing, threshold and rest, what was heard."""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest

from tinyml_course.scratch import spotting

CHAPTER = Path(__file__).parents[1] / "notebooks/src/14_keyword_spotting.py"


def test_the_chapter_shows_smooth_as_it_is_here():
    def code(tree):
        body = tree.body[1:] if ast.get_docstring(tree) else tree.body
        return [ast.dump(tree.args), *map(ast.dump, body)]

    here = ast.parse(inspect.getsource(spotting.smooth)).body[0]
    shown = [
        code(node)
        for node in ast.walk(ast.parse(CHAPTER.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == "smooth"
    ]
    assert shown == [code(here)]


@pytest.mark.parametrize("width", [1, 2, 5, 40])
def test_smoothing_is_the_mean_of_what_was_heard_so_far(width):
    scores = np.random.default_rng(0).random((20, 3))
    want = [scores[max(0, i - width + 1) : i + 1].mean(axis=0) for i in range(20)]
    assert np.allclose(spotting.smooth(scores, width), want)


def test_after_a_decision_the_ear_rests_and_then_looks_again():
    still = np.full((10, 2), 0.5)
    assert [row for row, _ in spotting.detect(still, 0.5, 4)] == [0, 4, 8]
    assert spotting.detect(still, 0.51, 4) == []
    line = np.array([[0.1, 0.9], [0.2, 0.9], [0.95, 0.9], [0.8, 0.1], [0.6, 0.9]])
    assert spotting.detect(line, 0.8, 2) == [(0, 1), (2, 0), (4, 1)]


def test_a_word_is_claimed_once_by_its_own_label_and_in_time():
    words = np.array([[2.0, 2.5, 3], [2.6, 3.0, 3]])
    heard, false = spotting.tally([(6, 3), (9, 3), (10, 3), (9, 2)], words)
    assert heard.tolist() == [True, True]
    assert false == 2  # the third claim of two words, and another label
    assert spotting.tally([(0, 3), (30, 3)], words)[1] == 2  # before, and too late


def test_the_interval_holds_the_rate_in_95_of_100_cases():
    rng = np.random.default_rng(0)
    for rate in (0.7, 4.0, 30.0):
        inside = [
            low <= rate <= high
            for _, low, high in (
                spotting.per_hour(k, 2) for k in rng.poisson(2 * rate, 400)
            )
        ]
        assert np.mean(inside) >= 0.95  # Garwood's is never too narrow
    assert spotting.per_hour(0, 10)[2] == pytest.approx(0.369, abs=0.001)
