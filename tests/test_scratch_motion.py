"""Motion, as chapter 16 derives it: columns, turns, drift, and a tree as C."""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest

from tinyml_course.datasets import motion as people
from tinyml_course.scratch import motion

CHAPTER = Path(__file__).parents[1] / "notebooks/src/16_motion.py"
SHOWN = sorted(
    name
    for name in motion.__all__
    if name.islower() and name not in ("as_questions", "per_person")
)


def code(tree):
    body = tree.body[1:] if ast.get_docstring(tree) else tree.body
    return [ast.dump(tree.args), *map(ast.dump, body)]


@pytest.mark.parametrize("name", SHOWN)
def test_the_chapter_shows_each_function_as_it_is_here(name):
    here = ast.parse(inspect.getsource(getattr(motion, name))).body[0]
    shown = [
        code(node)
        for node in ast.walk(ast.parse(CHAPTER.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert shown == [code(here)]


def wave(hz, size=128, axis=1):
    a = np.zeros((1, size, 3))
    a[0, :, axis] = 1 + 0.3 * np.sin(2 * np.pi * hz * np.arange(size) / 50)
    return a


def column(a, name):
    return motion.features(a)[0, motion.FEATURES.index(name)]


def test_windows_are_pieces_in_the_order_of_the_recording():
    x = np.arange(2 * 300 * 6).reshape(2, 300, 6)
    cut = motion.cut(x, 100, 50)
    assert cut.shape == (2, 5, 100, 6)
    assert np.array_equal(cut[1, 2], x[1, 100:200])


def test_there_are_66_columns_with_names_of_their_own():
    columns = motion.features(np.random.default_rng(0).normal(size=(5, 128, 3)))
    assert columns.shape == (5, 66)
    assert len(set(motion.FEATURES)) == 66
    assert np.isfinite(columns).all()


def test_a_pure_tone_is_found_by_every_kind_of_column():
    tone = wave(128 / 50)  # a stride of 50 / 2.56 readings
    assert column(tone, "mean y") == pytest.approx(1, abs=0.02)
    assert column(tone, "rms y") == pytest.approx(0.3 / np.sqrt(2), abs=0.01)
    assert column(tone, "period y") == pytest.approx(1 / 2.56, abs=0.02)
    assert column(tone, "echo y") > 0.7
    assert column(tone, "peak 1 y") == pytest.approx(2.56, abs=0.2)
    bands = [f"{low:g}-{high:g} Hz y" for low, high in ((0.5, 1.5), (1.5, 5), (5, 10))]
    assert max(bands, key=lambda name: column(tone, name)) == "1.5-5 Hz y"


def test_a_still_sensor_has_finite_columns():
    assert np.isfinite(motion.features(np.ones((1, 128, 3)))).all()


def test_turns_keep_lengths_and_turn_all_sensors_alike():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 128, 6))
    turned = motion.askew(x, np.random.default_rng(1))
    for part in (slice(0, 3), slice(3, 6)):
        length = np.linalg.norm(x[..., part], axis=2)
        assert np.allclose(np.linalg.norm(turned[..., part], axis=2), length)
    between = (x[..., :3] * x[..., 3:]).sum(axis=2)
    assert np.allclose((turned[..., :3] * turned[..., 3:]).sum(axis=2), between)
    angle = np.degrees(np.arccos(
        (x[..., :3] * turned[..., :3]).sum(2) / np.linalg.norm(x[..., :3], axis=2) ** 2
    ))  # fmt: skip
    assert 3 < angle.mean() < 25


def test_a_quarter_turn_is_one():
    (R,) = motion.rotations(np.array([[0, 0, np.pi / 2]]))
    assert np.allclose(R @ [1, 0, 0], [0, 1, 0])
    assert np.allclose(motion.rotations(np.zeros((1, 3))), np.eye(3))


def test_lda_pulls_apart_what_pca_does_not_see():
    rng = np.random.default_rng(0)
    y = np.arange(600) % 3
    x = rng.normal(size=(600, 5)) * [30, 20, 1, 1, 1]
    x[:, 2] += 3 * y
    sides = {}
    for name, plane in (("pca", x @ motion.pca(x)), ("lda", x @ motion.lda(x, y))):
        sides[name] = motion.spread_ratio(plane, y).max()
    assert sides["lda"] > 5
    assert sides["lda"] > 20 * sides["pca"]
    assert motion.spread_ratio(x, y).argmax() == 2


def test_each_person_gets_a_share():
    right = np.array([True, False, True, True])
    assert motion.per_person(right, np.array([9, 2, 9, 2])).tolist() == [0.5, 1.0]


def test_ideal_sensors_are_integrated_back_to_the_path():
    t = np.arange(400) / 50
    push = np.where((t >= 1) & (t < 2), 1.0, 0.0)  # m/s2, then it glides
    x = np.zeros((1, 400, 6))
    x[0, :, 0], x[0, :, 2] = push / 9.81, 1
    path = motion.integrate(x)
    assert path[0, -1] == pytest.approx([0.5 + 6 * 1.0, 0], abs=0.1)


def test_real_sensors_drift_away_twice():
    x, path = people.walks(20, seed=5)
    off = np.linalg.norm(motion.integrate(people.to_units(x)) - path, axis=2).mean(0)
    assert off[99] < 1 < 5 < off[-1]
    assert off[-1] > 6 * off[199]  # more than with the square of the time


def test_a_tree_in_c_asks_what_scikit_learn_asks():
    sklearn = pytest.importorskip("sklearn.tree")
    from tinyml_course import device

    made = people.generate(3, seconds=5.12, seed=4)
    counts = motion.cut(made["counts"][..., :6]).reshape(-1, 128, 6)
    units = people.to_units(counts)
    y = np.repeat(made["activity"], len(counts) // len(made["activity"]))
    cheap = np.r_[0:6, 51:66, 66:72, 117:132]
    x = np.hstack([motion.features(units[..., k : k + 3]) for k in (0, 3)])[:, cheap]
    for columns in (np.arange(42), np.r_[6:21, 27:42], np.r_[21:27]):  # all; bands; ...
        tree = sklearn.DecisionTreeClassifier(max_depth=6, random_state=0)
        tree.fit(x[:, columns], y)
        invoke = motion.as_questions(tree.tree_, cheap[columns], people.FULL_SCALE)
        files = {"tree.c": motion.TREE_C + invoke, "tree.h": motion.TREE_H}
        said = device.host(files, "tree").predict(
            np.ascontiguousarray(counts).view(np.int8).reshape(len(counts), -1)
        )
        assert np.mean(said[:, 0] == tree.predict(x[:, columns])) > 0.99
