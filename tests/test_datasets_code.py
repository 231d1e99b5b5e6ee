"""Source code as characters: what the card says, and the recipe of its model."""

import hashlib
import importlib.util
import re
import sys

import numpy as np
import pytest

from tinyml_course import datasets
from tinyml_course.datasets import code, numerals
from tinyml_course.errors import DataError

FOLDER = datasets.folder("code_lstm")


def recipe():
    spec = importlib.util.spec_from_file_location("code_lstm_make", FOLDER / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_row_goes_on_where_the_one_before_ended():
    data = datasets.load("code")
    assert np.array_equal(data.x_train[:, 1:], data.y_train[:, :-1])
    same = data.groups_train[1:] == data.groups_train[:-1]
    assert np.array_equal(data.y_train[:-1, -1][same], data.x_train[1:, 0][same])


def test_a_row_is_the_text_of_its_file():
    data = datasets.load("code")
    texts = list(code.stored().values())
    for rows, groups in (
        (data.x_train, data.groups_train),
        (data.x_test, data.groups_test),
    ):
        for which in np.unique(groups)[:3]:
            mine = rows[groups == which].ravel()
            said = "".join(data.labels[letter] for letter in mine)
            assert texts[which].startswith(said)


def test_no_file_is_on_both_sides():
    for seed in range(3):
        data = datasets.load("code", seed)
        assert not set(data.groups_train) & set(data.groups_test)
        assert len(set(data.groups_test)) == 6
    assert len(data.labels) == 97


def test_the_licence_of_the_text_lies_beside_it():
    licence = (datasets.folder("code") / "LICENSE.txt").read_text(encoding="utf-8")
    assert "PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2" in licence
    assert "All Rights Reserved" in licence
    assert "agrees to include in any such work a brief summary" in licence
    card = datasets.load("code").card
    assert all(name in card for name in code.FILES)


@pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="the text is of Python 3.11"
)
def test_the_library_at_hand_gives_nearly_the_same_text():
    try:
        found = code.collect()
    except DataError as error:
        pytest.skip(str(error))
    kept = code.stored()
    assert list(found) == list(kept)
    same = total = 0
    for name, text in kept.items():
        lines, there = text.split("\n"), set(found[name].split("\n"))
        total += len(lines)
        same += sum(line in there for line in lines)
    assert same / total >= 0.97


def test_a_module_that_is_missing_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(code.sysconfig, "get_paths", lambda: {"stdlib": str(tmp_path)})
    with pytest.raises(DataError, match="no module bdb"):
        code.collect()


def test_the_card_of_the_model_states_the_files_that_are_there():
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    for name in ("weights.npz", "naive.tflite", "model.tflite"):
        found = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
        assert f"`{name}` `{found}`" in card


def test_no_number_has_two_names_and_words_are_as_people_say_them():
    for language in (numerals.french, numerals.english):
        said = {" ".join(language(n)) for n in range(10_000)}
        assert len(said) == 10_000
    assert " ".join(numerals.french(21)) == "vingt et un"
    assert " ".join(numerals.french(71)) == "soixante et onze"
    assert " ".join(numerals.french(81)) == "quatre vingt un"
    assert " ".join(numerals.french(99)) == "quatre vingt dix neuf"
    assert " ".join(numerals.french(1100)) == "mille cent"
    assert " ".join(numerals.english(2019)) == "two thousand nineteen"


@pytest.mark.slow
def test_the_recipe_begins_to_learn_as_it_did():
    """Sixty of its thousands of batches, within the 0.05 nats that the card states."""
    from tinyml_course.scratch import recurrent

    make = recipe()
    data = datasets.load("code")
    W, U, b, V, a = make.trained(data, steps=60)
    pieces = make.held_out(data)[:, :200]
    nats = recurrent.bits(recurrent.read(pieces, W, U, b)[0] @ V + a, pieces) * np.log(
        2
    )
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    stated = float(re.search(r"after 60 batches ([\d.]+) nats", card)[1])
    assert nats == pytest.approx(stated, abs=0.05)


@pytest.mark.tf
def test_the_step_is_made_again_from_the_weights():
    """Another machine may round a scale the other way, and no more."""
    from tinyml_course import graph

    make = recipe()
    data = datasets.load("code")
    with np.load(FOLDER / "weights.npz") as kept:
        weights = [kept[name].astype(np.float32) for name in "WUbVa"]
    made = graph.read(make.step_int8(weights, data.x_train[::50], make.WIDEST))
    kept = graph.read(FOLDER / "model.tflite")
    assert [op.kind for op in made.operators] == [op.kind for op in kept.operators]
    for place in ("inputs", "outputs"):
        for i, k in zip(getattr(made, place), getattr(kept, place), strict=True):
            assert made.tensors[i].scale[0] == pytest.approx(
                kept.tensors[k].scale[0], rel=0.05
            )
