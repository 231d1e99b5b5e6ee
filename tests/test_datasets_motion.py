"""People who move: physics, honest differences, and the files beside their cards."""

import hashlib
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from tinyml_course import datasets
from tinyml_course.datasets import gait, motion
from tinyml_course.scratch.flow import folds
from tinyml_course.scratch.motion import cut, features, rotations

FOLDER = Path(__file__).parents[1] / "datasets"


def test_the_recordings_are_made_again():
    with np.load(FOLDER / "motion" / "recordings.npz") as kept:
        made = motion.generate(3)  # each person has seeds of their own
        for name in ("activity", "subject"):
            assert np.array_equal(made[name], kept[name][:18])
        apart = made["counts"].astype(int) - kept["counts"][:18]
    assert np.abs(apart).max() <= 1  # a processor may round a sine the other way


def test_nobody_is_on_both_sides_and_everybody_does_everything():
    data = datasets.load("motion")
    assert data.x_train.shape == (84, 1280, 12)
    assert data.x_train.dtype == np.int16
    assert len(data.columns) == 12
    assert not set(data.groups_train) & set(data.groups_test)
    everybody = set(data.groups_train) | set(data.groups_test)
    assert len(everybody) == 20
    for y, who in (
        (data.y_train, data.groups_train),
        (data.y_test, data.groups_test),
    ):
        assert all(sorted(y[who == one]) == list(range(6)) for one in set(who))


@pytest.fixture(scope="module")
def alike():
    made = motion.generate(4, seconds=10.24, seed=9, spread=0.0)
    return made | {"units": motion.to_units(made["counts"])}


def of(made, activity):
    return made["units"][made["activity"] == motion.LABELS.index(activity)]


def test_who_rests_feels_one_g_and_turns_hardly(alike):
    for kind in ("sitting", "standing", "lying"):
        for place in (0, 6):
            force = np.linalg.norm(of(alike, kind)[..., place : place + 3], axis=2)
            assert force.mean() == pytest.approx(1, abs=0.02)
        assert of(alike, kind)[..., 3:6].std() < 0.1
        assert np.abs(of(alike, kind)[..., 3:6].mean()) < 0.01


def test_gravity_says_how_the_waist_lies(alike):
    assert of(alike, "standing")[..., 2].mean() > 0.95
    assert of(alike, "lying")[..., 0].mean() > 0.9
    assert of(alike, "sitting")[..., 0].mean() > 0.1  # leaning back, a little


def strengths(made, activity):
    """Frequencies, and how strong the waist's z is at each."""
    z = of(made, activity)[..., 2]
    power = np.abs(np.fft.rfft(z - z.mean(axis=1, keepdims=True))).mean(axis=0)
    return np.fft.rfftfreq(z.shape[1], 1 / 50), power


def test_steps_come_as_often_as_people_step(alike):
    for kind, hz in (("walking", 1.84), ("upstairs", 1.66), ("downstairs", 1.9)):
        at, power = strengths(alike, kind)
        below = at < 2.6  # a step, not its second harmonic
        assert at[below][power[below].argmax()] == pytest.approx(hz, abs=0.15)


def test_the_mean_force_over_many_steps_is_gravity(alike):
    """Nobody flies away: what is not gravity adds up to nothing."""
    force = of(alike, "walking")[..., :3].mean(axis=1)
    assert np.linalg.norm(force, axis=1) == pytest.approx(1, abs=0.02)


def test_downstairs_the_heel_strikes_hardest(alike):
    ring = {}
    for kind in motion.LABELS[:3]:
        at, power = strengths(alike, kind)
        ring[kind] = np.linalg.norm(power[at > 8])
    assert ring["downstairs"] > ring["walking"] > ring["upstairs"]


def test_the_gyroscope_agrees_with_the_way_gravity_turns():
    """Who knows gravity at the start and all turns, knows gravity at the end."""
    made = motion.generate(1, seconds=20, seed=2, spread=0.0)
    for kind in ("sitting", "standing", "lying"):
        units = motion.to_units(made["counts"][motion.LABELS.index(kind)]).astype(float)
        up, known = units[:10, :3].mean(axis=0), []
        for turn in rotations(-units[:, 3:6] / 50):
            up = turn @ up
            known.append(up)
        assert np.abs(np.array(known) - units[:, :3]).max() < 0.04


def test_full_scale_is_the_end():
    who = gait.person(np.random.default_rng(0), 1.0)
    felt = np.full((10, 12), 50.0)
    counts = gait.counts(felt, who, np.random.default_rng(0))
    assert (counts == 32767).all()
    assert (gait.counts(-felt, who, np.random.default_rng(0)) == -32768).all()


def test_a_walk_ends_where_its_path_says():
    x, path = motion.walks(6, seed=4)
    assert x.shape == (6, 400, 6)
    assert np.array_equal(x, motion.walks(6, seed=4)[0])
    assert np.abs(path[:, :45]).max() < 0.1  # a second of rest
    far = np.linalg.norm(path[:, -1], axis=1)
    assert ((far > 2) & (far < 13)).all()


def test_a_session_has_its_seams_where_its_labels_change():
    counts, activity = motion.session(1)
    assert len(counts) == len(activity)
    assert np.sum(np.diff(activity) != 0) == 7


def two_splits(spread, seed=3, k=5):
    """Right answers with windows put aside, and with people put aside."""
    from sklearn.ensemble import ExtraTreesClassifier

    made = motion.generate(10, seconds=12.8, seed=seed, spread=spread)
    windows = cut(motion.to_units(made["counts"][..., :6]))
    count = windows.shape[1]
    flat = windows.reshape(-1, 128, 6)
    x = np.hstack([features(flat[..., :3]), features(flat[..., 3:])])
    y, who = (np.repeat(made[name], count) for name in ("activity", "subject"))
    mixed = np.random.default_rng(0).permutation(len(y)) % k
    shares = []
    for marks in (mixed, who):
        right = np.zeros(len(y), bool)
        for held in folds(marks, k):
            model = ExtraTreesClassifier(30, random_state=0).fit(x[~held], y[~held])
            right[held] = model.predict(x[held]) == y[held]
        shares.append(right.mean())
    return shares


@pytest.mark.parametrize("seed", [3, 11])
def test_the_gap_between_the_splits_is_people(seed):
    pytest.importorskip("sklearn")
    by_window, by_person = two_splits(1.0, seed)
    assert by_window - by_person > 0.08
    by_window, by_person = two_splits(0.0, seed)
    assert abs(by_window - by_person) < 0.02


@pytest.mark.slow
def test_the_gap_is_there_in_the_committed_file_too():
    from sklearn.ensemble import ExtraTreesClassifier

    data = datasets.load("motion")
    flat = cut(motion.to_units(data.x_train[..., :6]))
    count = flat.shape[1]
    flat = flat.reshape(-1, 128, 6)
    x = np.hstack([features(flat[..., :3]), features(flat[..., 3:])])
    y, who = (np.repeat(part, count) for part in (data.y_train, data.groups_train))
    mixed, shares = np.random.default_rng(0).permutation(len(y)) % 7, []
    for marks in (mixed, who):
        right = np.zeros(len(y), bool)
        for held in folds(marks, 7):
            model = ExtraTreesClassifier(40, random_state=0).fit(x[~held], y[~held])
            right[held] = model.predict(x[held]) == y[held]
        shares.append(right.mean())
    assert shares[0] - shares[1] > 0.1


MODELS = FOLDER / "motion_models"


def test_the_card_of_the_models_states_their_checksums():
    card = (MODELS / "README.md").read_text(encoding="utf-8")
    for name in ("model.tflite", "answers.npz", "walker.keras"):
        assert hashlib.sha256((MODELS / name).read_bytes()).hexdigest() in card


def test_what_the_chapter_says_of_the_race_is_in_the_stored_answers():
    data = datasets.load("motion")
    y = np.repeat(data.y_train, 19)
    with np.load(MODELS / "answers.npz") as kept:
        names = ("turned", "logistic", "cnn", "plain", "rnn", "crnn", "fusion")
        share = {name: np.mean(kept[name] == y) for name in names}
    assert share["turned"] == max(share.values())
    assert share["turned"] > share["logistic"] + 0.01
    assert share["cnn"] > share["plain"] + 0.01


@pytest.fixture(scope="module")
def recipe():
    pytest.importorskip("tensorflow")
    spec = importlib.util.spec_from_file_location("motion_make", MODELS / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.tf
def test_one_fold_of_the_cnn_is_trained_again(recipe):
    """A shortened part of the recipe, within the tolerance that the card states."""
    data = datasets.load("motion")
    x, y, who = recipe.windows(data.x_train, data.y_train, data.groups_train)
    held = folds(who, recipe.FOLDS)[0]
    said = recipe.classes(recipe.taught("cnn", x[~held], y[~held]), x[held])
    with np.load(MODELS / "answers.npz") as kept:
        before = np.mean(kept["cnn"][held] == y[held])
    assert abs(np.mean(said == y[held]) - before) <= 0.08


@pytest.mark.tf
def test_the_walker_beats_the_mean_walk_on_new_people():
    keras = pytest.importorskip("keras")
    walker = keras.models.load_model(MODELS / "walker.keras")
    x, path = motion.walks(60, seed=77)
    guess = walker.predict(motion.to_units(x), verbose=0)
    off = np.linalg.norm(guess[:, -1] - path[:, -1], axis=1).mean()
    middle = np.linalg.norm(path[:, -1].mean(axis=0) - path[:, -1], axis=1).mean()
    assert off < 0.5 * middle


def test_one_int8_step_after_the_other_answers_as_the_card_says():
    from tinyml_course import graph
    from tinyml_course.scratch.recurrent import hand_on

    net = graph.read(MODELS / "model.tflite")
    x, h, c = (net.tensors[i] for i in net.inputs)
    _, new_h, new_c = (net.tensors[i] for i in net.outputs)
    data = datasets.load("motion")
    windows = cut(motion.to_units(data.x_test[..., :6]), 128, 128)
    every = np.repeat(data.y_test, 19)  # the stored answers' windows overlap
    y = np.repeat(data.y_test, windows.shape[1])[::4]
    steps = x.quantize(windows.reshape(-1, 32, 24)[::4])
    state = [t.quantize(np.zeros((len(y), t.size))) for t in (h, c)]
    tables = hand_on(new_h, h), hand_on(new_c, c)
    for now in range(32):
        scores, *given = (
            out.reshape(len(y), -1) for out in graph.invoke(net, steps[:, now], *state)
        )
        pairs = zip(tables, given, strict=True)
        state = [table[marks.astype(int) + 128] for table, marks in pairs]
    with np.load(MODELS / "answers.npz") as kept:
        assert (
            np.mean(scores.argmax(axis=1) == y)
            > np.mean(kept["rnn_new"] == every) - 0.06
        )
