"""Boxes of chapter 11: against counting pixels, and against all orders tried."""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest

from tinyml_course.scratch import boxes

SHOWN = sorted(set(boxes.__all__) - {"draw"})  # plumbing, not a lesson
CHAPTER = Path(__file__).parents[1] / "notebooks/src/11_small_and_where.py"


def some_boxes(n, seed, side=24):
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, side - 9, (n, 2))
    return np.hstack([corner, corner + rng.integers(1, 10, (n, 2))])


def painted(box, side=24):
    field = np.zeros((side, side), bool)
    left, top, right, bottom = box
    field[top:bottom, left:right] = True
    return field


def code(tree):
    body = tree.body[1:] if ast.get_docstring(tree) else tree.body
    return [ast.dump(tree.args), *map(ast.dump, body)]


@pytest.mark.parametrize("name", SHOWN)
def test_the_chapter_shows_each_function_as_it_is_here(name):
    here = ast.parse(inspect.getsource(getattr(boxes, name))).body[0]
    shown = [
        code(node)
        for node in ast.walk(ast.parse(CHAPTER.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert code(here) in shown


def test_iou_is_the_share_of_painted_pixels():
    a, b = some_boxes(30, 0), some_boxes(20, 1)
    got = boxes.iou(a, b)
    for i, one in enumerate(a):
        for j, other in enumerate(b):
            p, q = painted(one), painted(other)
            assert got[i, j] == pytest.approx((p & q).sum() / (p | q).sum())


def test_what_nms_keeps_overlaps_nothing_and_drops_only_what_a_better_one_covers():
    found, scores = some_boxes(60, 2), np.random.default_rng(3).random(60)
    kept = boxes.nms(found, scores, limit=0.2)
    assert list(scores[kept]) == sorted(scores[kept], reverse=True)
    alike = boxes.iou(found, found)
    assert (alike[np.ix_(kept, kept)][~np.eye(len(kept), dtype=bool)] <= 0.2).all()
    for dropped in set(range(60)) - set(kept):
        better = [k for k in kept if scores[k] >= scores[dropped]]
        assert alike[dropped, better].max() > 0.2


def test_nothing_found_is_nothing_kept():
    none = np.zeros((0, 4))
    assert boxes.nms(none, np.zeros(0)) == []
    assert boxes.hits(none, some_boxes(3, 0)).tolist() == []
    assert boxes.hits(some_boxes(3, 0), none).tolist() == [False] * 3


def test_a_true_box_counts_once_and_for_the_best_score():
    true = np.array([[0, 0, 10, 10], [30, 0, 40, 10]])
    found = np.array([[1, 0, 10, 10], [0, 0, 10, 10], [31, 1, 40, 10], [60, 0, 70, 10]])
    assert boxes.hits(found, true).tolist() == [True, False, True, False]
    assert boxes.hits(found, true, at=0.95).tolist() == [False, True, False, False]


def test_a_second_box_may_take_the_neighbour_that_is_still_free():
    true = np.array([[0, 0, 10, 10], [4, 0, 14, 10]])
    found = np.array([[1, 0, 11, 10], [1, 0, 11, 10]])
    assert boxes.hits(found, true, at=0.5).tolist() == [True, True]
