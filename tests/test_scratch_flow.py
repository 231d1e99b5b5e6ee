"""The flow of chapter 08: what leaks nothing, and int8 as the converter has it."""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest

from tinyml_course import datasets
from tinyml_course.scratch import flow

CHAPTER = Path(__file__).parents[1] / "notebooks/src/08_the_five_step_flow.py"
SHOWN = sorted(set(flow.__all__) - {"to_keras"})  # plumbing, not a lesson


@pytest.fixture(scope="module")
def windows():
    data = datasets.load("fans")
    return flow.collect(data.x_train, data.y_train, data.groups_train)


def code(tree):
    body = tree.body[1:] if ast.get_docstring(tree) else tree.body
    body = [line for line in body if not isinstance(line, ast.ImportFrom)]
    return [ast.dump(tree.args), *map(ast.dump, body)]


@pytest.mark.parametrize("name", SHOWN)
def test_the_chapter_shows_each_function_as_it_is_here(name):
    here = ast.parse(inspect.getsource(getattr(flow, name))).body[0]
    shown = [
        code(node)
        for node in ast.walk(ast.parse(CHAPTER.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert shown == [code(here)]


def test_windows_are_pieces_of_the_recording_in_its_order():
    x = np.arange(2 * 300 * 3).reshape(2, 300, 3)
    cut, y, groups = flow.collect(x, np.array([5, 6]), np.array([1, 2]), step=100)
    assert cut.shape == (4, 128, 3)
    assert np.array_equal(cut[1], x[0, 100:228])
    assert np.array_equal(cut[2], x[1, :128])
    assert y.tolist() == [5, 5, 6, 6]
    assert groups.tolist() == [1, 1, 2, 2]


def test_the_accidents_are_found_and_nothing_else(windows):
    cut, y, groups = windows
    hung, twice = flow.accidents(cut)
    assert set(groups[hung]) == {18}
    assert set(y[hung]) == {3}
    assert (hung.sum(), twice.sum()) == (4, 24)
    assert {(g, s) for g, s in zip(groups[twice], y[twice], strict=True)} == {
        (4, 0),
        (4, 2),
    }
    assert len(flow.clean(*windows)[0]) == len(cut) - 28


def test_a_pure_tone_lands_in_its_band_and_gravity_in_none():
    t = np.arange(128) / 128
    wave = np.zeros((1, 128, 3))
    wave[0, :, 1] = 800 * np.sin(2 * np.pi * 22 * t) + 8192
    bands = flow.preprocess(wave, bands=12).reshape(12, 3)
    assert bands[:, 1].argmax() == (22 - 1) // 5
    assert np.allclose(bands[:, [0, 2]], -4)  # nothing there: the floor


def test_folds_hold_back_whole_groups_and_each_row_once():
    groups = np.random.default_rng(0).integers(0, 10, 200)
    folds = flow.folds(groups, k=3)
    assert np.array_equal(np.sum(folds, axis=0), np.ones(200))
    for held in folds:
        assert not set(groups[held]) & set(groups[~held])


def test_evaluate_never_trains_on_a_row_that_it_judges(monkeypatch):
    """A model that knows by heart is right nowhere, when all groups are its test."""
    groups = np.repeat(np.arange(8), 5)
    x, y = np.arange(40.0)[:, None], np.ones(40)
    monkeypatch.setattr(flow, "train", lambda x, y: set(x[:, 0]))
    monkeypatch.setattr(flow, "answers", lambda known, x: np.isin(x[:, 0], [*known]))
    assert flow.evaluate(x, y, groups).tolist() == [0] * 8


def test_whole_fans_are_harder_than_windows_of_known_fans(windows):
    pytest.importorskip("sklearn")
    cut, y, fans = flow.clean(*windows)
    x = flow.preprocess(cut)
    held = np.random.default_rng(0).random(len(y)) < 0.25
    known = np.mean(flow.answers(flow.train(x[~held], y[~held]), x[held]) == y[held])
    assert known > 0.93
    assert flow.evaluate(x, y, fans).mean() < known - 0.15


def test_zero_is_a_mark_and_the_ends_are_the_last_ones():
    rng = np.random.default_rng(1)
    for low, high in zip(-rng.uniform(0, 9, 50), rng.uniform(0, 9, 50), strict=True):
        s, z = flow.scale_and_zero_point(low, high)
        assert -128 <= z <= 127
        assert flow.to_real(np.array([z]), s, z) == 0
        x = np.linspace(low, high, 999)
        back = flow.to_real(flow.to_int8(x, s, z), s, z)
        assert np.abs(back - x).max() <= s * 1.01  # half a step, and z is rounded
        assert flow.to_int8(np.array([low - 9, high + 9]), s, z).tolist() == [-128, 127]


@pytest.mark.tf
def test_the_twin_in_keras_gives_the_same_probabilities(windows):
    cut, y, _ = flow.clean(*windows)
    (middle, spread), network = flow.train(flow.preprocess(cut, 4), y, hidden=6)
    x = flow.scale(flow.preprocess(cut, 4), (middle, spread))
    theirs = flow.to_keras(network).predict(x, verbose=0)
    assert np.allclose(theirs, network.predict_proba(x), atol=1e-5)
