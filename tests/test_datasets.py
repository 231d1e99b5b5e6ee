"""Data sets are what their cards say, and their splits are fair and repeatable."""

import hashlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tinyml_course import datasets, public
from tinyml_course.errors import CourseError, DataError

FOLDER = Path(__file__).parents[1] / "datasets"


@pytest.mark.parametrize("name", datasets.names())
def test_the_same_seed_gives_the_same_rows_and_another_seed_others(name):
    first, again, other = (datasets.load(name, seed) for seed in (0, 0, 1))
    assert np.array_equal(first.x_train, again.x_train)
    assert np.array_equal(first.y_test, again.y_test)
    assert not np.array_equal(first.y_train, other.y_train)


@pytest.mark.parametrize("name", datasets.names())
def test_no_row_is_lost_or_doubled_by_the_split(name):
    def everything(seed):
        data = datasets.load(name, seed)
        x = np.concatenate([data.x_train, data.x_test]).reshape(-1, data.x_test[0].size)
        y = np.concatenate([data.y_train, data.y_test])
        table = np.column_stack([x, y])
        return table[np.lexsort(table.T)]

    assert np.array_equal(everything(0), everything(5))


@pytest.mark.parametrize("name", datasets.names())
def test_every_card_answers_the_same_questions(name):
    card = datasets.load(name).card
    text = (FOLDER / name / "README.md").read_text(encoding="utf-8")
    assert text == f"# {name}\n\n{card}"
    for question in ("Origin", "Licence", "Shape", "Units", "Checksum", "How made"):
        assert f"| {question} |" in card


@pytest.mark.parametrize("name", datasets.names())
def test_the_card_states_the_checksums_of_the_files(name):
    stated = re.findall(r"\b[0-9a-f]{64}\b", (FOLDER / name / "README.md").read_text())
    files = [f for f in (FOLDER / name).iterdir() if f.suffix in (".csv", ".npz")]
    if not files:
        folder = Path(importlib.util.find_spec("sklearn").origin).parent
        files = sorted((folder / "datasets" / "data").glob(f"{name}*.csv*"))
    found = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    assert sorted(found) == sorted(stated)


def test_every_folder_is_a_data_set_or_was_trained_by_its_recipe():
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    trained = sorted(folders - {*datasets.names(), *public.names()})
    for name in trained:
        files = {file.name: file for file in (FOLDER / name).iterdir()}
        assert "make.py" in files, name
        card = files["README.md"].read_text(encoding="utf-8")
        questions = ("Origin", "Licence", "Input", "Output", "Accuracy")
        for question in questions if "model.tflite" in files else questions[:2]:
            assert f"| {question} |" in card, name
        for file in files.values():
            if file.suffix in (".tflite", ".keras", ".npz"):
                digest = hashlib.sha256(file.read_bytes()).hexdigest()
                assert digest in card, f"{name}: {file.name} is not {digest}"


def test_a_model_that_is_not_there_is_answered_with_one_that_is():
    with pytest.raises(DataError, match="Try 'digits_cnn'"):
        datasets.model_path("digits")


def test_digits_are_small_grey_images_with_every_class_in_both_parts():
    data = datasets.load("digits")
    assert data.x_train.shape[1:] == (8, 8, 1)
    assert data.x_train.dtype == np.float32
    assert (data.x_train.min(), data.x_train.max()) == (0.0, 1.0)
    assert data.labels == tuple("0123456789")
    share = np.bincount(data.y_test) / np.bincount(
        np.concatenate([data.y_train, data.y_test])
    )
    assert len(share) == 10
    assert np.ptp(share) < 0.01


def test_malignant_is_one_and_both_parts_have_equal_shares_of_it():
    data = datasets.load("breast_cancer")
    assert data.x_train.shape == (455, 30)
    assert data.labels == ("benign", "malignant")
    assert np.bincount(np.concatenate([data.y_train, data.y_test])).tolist() == [
        357,
        212,
    ]
    assert data.y_train.mean() == pytest.approx(data.y_test.mean(), abs=0.01)
    large, small = (data.x_train[data.y_train == label, 0].mean() for label in (1, 0))
    assert large > small  # malignant nuclei are larger: the code is not swapped


def test_the_thermometer_readings_are_made_again_to_the_byte(tmp_path):
    copy = tmp_path / "make.py"
    copy.write_text((FOLDER / "thermometer" / "make.py").read_text())
    subprocess.run([sys.executable, copy], check=True)
    made = (tmp_path / "readings.csv").read_bytes()
    assert made == (FOLDER / "thermometer" / "readings.csv").read_bytes()


def test_the_recordings_of_fans_are_made_again(tmp_path):
    copy = tmp_path / "make.py"
    copy.write_text((FOLDER / "fans" / "make.py").read_text())
    subprocess.run([sys.executable, copy], check=True)
    with (
        np.load(tmp_path / "recordings.npz") as made,
        np.load(FOLDER / "fans" / "recordings.npz") as kept,
    ):
        for name in ("state", "fan"):
            assert np.array_equal(made[name], kept[name])
        apart = made["counts"].astype(int) - kept["counts"]
    assert np.abs(apart).max() <= 1  # a processor may round a sine the other way


def test_no_fan_is_on_both_sides_and_each_is_there_in_every_state():
    data = datasets.load("fans")
    assert data.x_train.shape == (64, 1536, 3)
    assert not set(data.groups_train) & set(data.groups_test)
    for y, fans in ((data.y_train, data.groups_train), (data.y_test, data.groups_test)):
        assert all(sorted(y[fans == fan]) == [0, 1, 2, 3] for fan in set(fans))


def test_the_accidents_that_the_card_of_the_fans_speaks_of_are_in_the_training_rows():
    x = datasets.load("fans").x_train
    still = (np.diff(x.astype(int), axis=1) == 0).all(axis=2)  # (recordings, time)
    assert sum(row.sum() > 400 for row in still) == 1
    assert len({row.tobytes() for row in x}) == len(x) - 1


def test_loading_does_not_depend_on_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(datasets.load("thermometer").y_train) == 60


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(CourseError, match=r"'digit'.*digits, fans"):
        datasets.load("digit")


@pytest.mark.parametrize("test_rows", [0, 10, -1])
def test_a_split_needs_rows_on_both_sides(test_rows):
    with pytest.raises(DataError, match="between 1 and 9"):
        datasets.split(np.zeros(10), test_rows, seed=0)


def test_a_split_by_class_spreads_a_rare_class():
    y = np.array([0] * 90 + [1] * 10)
    for seed in range(20):
        _, test = datasets.split(y, 20, seed, by_class=True)
        assert np.bincount(y[test]).tolist() == [18, 2]


def test_wines_are_of_three_kinds_with_each_in_both_parts():
    data = datasets.load("wine")
    assert data.x_train.shape == (124, 13)
    assert len(data.columns) == 13
    for y in (data.y_train, data.y_test):
        assert set(y) == {0, 1, 2}
    kinds = np.bincount(np.concatenate([data.y_train, data.y_test]))
    assert dict(zip(data.labels, kinds, strict=True)) == {
        "Barolo": 59, "Grignolino": 71, "Barbera": 48,
    }  # fmt: skip
