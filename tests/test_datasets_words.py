"""Spoken words: what is held out, what is made again, and what the models reach."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from tinyml_course import datasets, device, export, features, graph, report, train
from tinyml_course.datasets import noises, scenes, voices, words
from tinyml_course.errors import DataError, ToolError

FOLDER = Path(__file__).parents[1] / "datasets"
SHELF = FOLDER / "words_dscnn"


def recipe(name):
    """The make.py of a data set, as a module."""
    path = FOLDER / name / "make.py"
    spec = importlib.util.spec_from_file_location(f"make_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def data():
    return datasets.load("words")


def said(file, x):
    """Scores of a model of the shelf, by its C on this computer."""
    net = graph.read(SHELF / file)
    out = device.host(export.to_c(net), "model", net).predict(x).reshape(len(x), -1)
    return out if out.dtype == np.float32 else (out + 128.0) / 256


def test_eight_words_unknown_and_silence_in_both_parts(data):
    assert data.x_train.shape[1:] == (41, 32, 1)
    assert data.x_train.dtype == np.float32
    assert data.labels == (*words.KEYWORDS, "unknown", "silence")
    assert len(words.KEYWORDS) >= 8
    assert set(np.bincount(data.y_test)) == {100}
    assert np.bincount(data.y_train).tolist() == [200] * 8 + [300, 200]
    stored = data.x_test * 8
    assert np.array_equal(stored, np.round(stored).astype(np.int8))  # bytes


def test_accents_speakers_words_and_noises_of_the_test_are_new(data):
    one, other = words.PARTS["train"], words.PARTS["test"]
    for name in ("accents", "speakers", "others", "noises"):
        assert not set(getattr(one, name)) & set(getattr(other, name)), name
    assert not set(words.KEYWORDS) & {*one.others, *other.others}
    spoken = data.y_test != data.labels.index("silence")
    assert set(data.groups_test[spoken]) == set(other.accents)
    assert set(data.groups_train[data.groups_train != ""]) == set(one.accents)
    assert set(data.noise_test) == set(other.noises)
    assert set(data.noise_train) == set(one.noises)
    assert {*one.noises, *other.noises} == set(noises.KINDS)


def test_labels_are_made_again_exactly_and_pictures_nearly(data):
    make = recipe("words")
    made = words.generate("test", make.TEST_EACH, make.TEST_SEED)
    with np.load(FOLDER / "words" / "features.npz") as kept:
        assert np.array_equal(made["y"], kept["y_test"])
        assert np.array_equal(made["accent"], kept["accent_test"])
        assert np.array_equal(made["noise"], kept["noise_test"])
        assert np.array_equal(made["snr_db"], kept["snr_db_test"])
        some = np.arange(0, 1000, 5)
        pictures = make.picture(made["audio"][some])
        for label in range(10):
            rows = kept["y_test"][some] == label
            apart = pictures[rows].mean() - kept["x_test"][some][rows].mean()
            assert abs(apart) / 8 < 0.5  # doublings, as the card says


def test_places_are_made_again_within_a_step(tmp_path):
    recipe("scenes").make(tmp_path)
    with (
        np.load(tmp_path / "features.npz") as made,
        np.load(FOLDER / "scenes" / "features.npz") as kept,
    ):
        assert np.array_equal(made["y"], kept["y"])
        assert np.array_equal(made["place"], kept["place"])
        assert np.abs(made["x"].astype(int) - kept["x"]).max() <= 1


def test_no_place_is_on_both_sides():
    data = datasets.load("scenes")
    assert not set(data.groups_train) & set(data.groups_test)
    assert np.bincount(data.y_test).tolist() == [60] * 5
    assert data.labels == scenes.LABELS


def test_a_stream_says_where_its_words_are():
    audio, events = words.stream("test", 2, 5)
    assert audio.shape == (2 * 12 * 16000,)
    assert (np.diff(events[:, 0]) > 0).all()
    assert (events[:, 1] > events[:, 0]).all()
    assert set(events[:, 2]) <= set(range(8))
    assert len(words.stream("test", 1, 5, keywords=False)[1]) == 0


@pytest.mark.parametrize("kind", noises.KINDS)
def test_noises_have_mean_square_one_and_no_two_places_are_alike(kind):
    one, two = (noises.noise(kind, 48000, np.random.default_rng(i)) for i in (0, 1))
    assert np.mean(one**2) == pytest.approx(1, abs=1e-3)
    assert np.isfinite(one).all()
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.5


def test_a_room_keeps_the_first_click_and_fades():
    answer = noises.room(np.random.default_rng(0))
    assert answer[0] == 1
    assert np.abs(answer[1:16]).max() == 0
    half = len(answer) // 2
    assert np.sum(answer[half:] ** 2) < 0.1 * np.sum(answer[1:half] ** 2)


def test_a_voice_that_is_not_there_and_nothing_to_say_are_told():
    with pytest.raises(DataError, match="no voice 'en-gb-marsupial'"):
        voices.say("yes", "en-gb-marsupial")
    with pytest.raises(DataError, match="Try a word"):
        voices.say(" ")
    with pytest.raises(DataError, match="expected 'train' or 'test'"):
        words.generate("validation", 1, 0)
    with pytest.raises(DataError, match="Known: hiss"):
        noises.noise("traffic", 10, np.random.default_rng(0))


def test_without_espeak_the_committed_words_still_load(monkeypatch):
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    voices._speaker.cache_clear()
    with pytest.raises(ToolError, match=r"pip install 'tinyml-course\[course\]'"):
        voices.say("yes")
    assert datasets.load("words").x_test.shape[0] == 1000
    assert words.clips()["audio"].shape == (40, 16000)


def judged(scores, y, threshold):
    """Balanced recall, and the share of seconds without a keyword taken for one."""
    found, truth = scores[:, :8], np.minimum(y, 8)
    decided = np.where(found.max(axis=1) >= threshold, found.argmax(axis=1), 8)
    recall = np.mean([np.mean((decided == truth)[y == label]) for label in range(10)])
    return recall, np.mean(decided[truth == 8] != 8)


def test_the_keyword_model_keeps_its_promise(data):
    """Issue's figures: recall of 0.90 or more at a stated false-accept rate.

    The threshold is that of the highest recall on the training rows of `words`, which
    the model has not learned from, and is then judged on the test.
    """
    known = said("model.tflite", (8 * data.x_train).astype(np.int8))
    recalls = [judged(known, data.y_train, t / 100)[0] for t in range(100)]
    threshold = np.argmax(recalls) / 100
    scores = said("model.tflite", (8 * data.x_test).astype(np.int8))
    recall, accepted = judged(scores, data.y_test, threshold)
    assert recall > 0.90 - 1e-9
    assert accepted <= 0.12
    card = (SHELF / "README.md").read_text(encoding="utf-8")
    assert (
        f"with a threshold of {threshold}, {recall:.3f} while {accepted:.1%}"
        in card.replace(" %", "%")
    )


def test_the_rows_of_the_threshold_are_not_those_the_model_learned_from():
    shown, learned = recipe("words"), recipe("words_dscnn")
    seeds = {shown.TRAIN_SEED, shown.TEST_SEED, shown.CLIPS_SEED, shown.MINUTE_SEED}
    assert not seeds & {learned.SEED, learned.SEED + 1}


def test_model_and_front_end_fit_40_kilobytes_of_flash_and_24_of_ram(data):
    model = SHELF / "model.tflite"
    bill = report.bench(model, (8 * data.x_test[:1]).astype(np.int8))
    ear = features.frontend_c(features.FrontEnd(scale=0.125, zero_point=112), "ear")
    sound = device.build_model(ear, "ear")
    flash = bill["flash_bytes"] + sound.flash_bytes - 2 * device.overhead_bytes()
    assert bill["flash_bytes"] - device.overhead_bytes() < flash < 40 * 1024
    assert bill["ram_bytes"] + sound.static_ram_bytes + 41 * 32 + 1024 < 24 * 1024
    assert bill["latency_ms"] + 8 * 1.4 < 192  # it is done before the next look


def test_the_models_input_is_the_front_ends_output():
    net = graph.read(SHELF / "model.tflite")
    entrance = net.tensors[net.inputs[0]]
    assert (float(entrance.scale[0]), int(entrance.zero_point[0])) == (0.125, 0)


def test_int8_loses_nothing_against_float32(data):
    whole = said("model.tflite", (8 * data.x_test).astype(np.int8)).argmax(axis=1)
    floats = said("float.tflite", data.x_test).argmax(axis=1)
    paired = train.paired_difference(floats == data.y_test, whole == data.y_test)
    assert paired.low > -0.01


def test_noise_is_the_augmentation_that_helps_most():
    results = json.loads((SHELF / "results.json").read_text())
    steps = results["ablation"]
    assert list(steps) == list(recipe("words_dscnn").STEPS)
    gains = np.diff(list(steps.values()))
    assert list(steps)[1 + gains.argmax()] == "in noise, too"
    assert gains.max() > 0.3
    assert gains[-1] < 0.02  # other sizes of throat win nothing here, as the text says


def test_scores_of_the_hour_are_the_models_own():
    """The minute of the data set, heard by the recipe's own way of listening."""
    make = recipe("words_dscnn")
    audio, _ = words.minute()
    pieces = np.split(audio, 5)
    columns = np.concatenate(list(make.columns_of(iter(pieces))))
    assert np.array_equal(columns, features.fixed_log_mel(audio, make.FRONT))
    with np.load(SHELF / "scores.npz") as kept:
        busy, quiet = kept["test_busy"], kept["test_quiet"]
        assert len(quiet) * 0.192 == pytest.approx(make.TEST_QUIET * 12, abs=2)
        assert len(busy) * 0.192 == pytest.approx(make.TEST_BUSY * 12, abs=2)
        assert kept["test_words"][:, 1].max() < make.TEST_BUSY * 12


@pytest.mark.slow
def test_a_shortened_training_by_the_recipe_reaches_what_the_card_says(data):
    make = recipe("words_dscnn")
    model = make.taught(make.ds_cnn, data.x_train, data.y_train, ((3e-3, 10),))
    got = make.recall(model.predict(data.x_test, verbose=0), data.y_test)
    card = (SHELF / "README.md").read_text(encoding="utf-8")
    stated = float(card.split("alone reaches ")[1].split(" ")[0])
    assert got == pytest.approx(stated, abs=0.06)
