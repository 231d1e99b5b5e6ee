"""The family of chapter 11 and its wider scenes are what the card says."""

import hashlib
import importlib.util
import re

import numpy as np
import pytest

from tinyml_course import datasets, graph, train
from tinyml_course.datasets import boats, fleet
from tinyml_course.errors import DataError
from tinyml_course.scratch import boxes, small

FOLDER = datasets.folder("boats_family")
MEMBERS = sorted(path.stem for path in FOLDER.glob("w*.tflite"))


@pytest.fixture(scope="module")
def recipe():
    spec = importlib.util.spec_from_file_location("family", FOLDER / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_nine_members_with_checksums_in_the_card():
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    files = [f for f in FOLDER.iterdir() if f.suffix in (".tflite", ".npz")]
    assert len(MEMBERS) == 9
    assert len(files) == 20  # each with its weights; the finder; few labels
    for file in files:
        assert hashlib.sha256(file.read_bytes()).hexdigest() in card, file.name


def test_the_card_states_the_accuracy_of_each_member():
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    for name in MEMBERS:
        with np.load(FOLDER / f"{name}.npz") as file:
            shares = [file[key].mean() for key in ("right_float", "right_int8")]
        stated = re.search(rf"\| {name} \| ([\d.]+) \| ([\d.]+) \|", card)
        assert [float(one) for one in stated.groups()] == pytest.approx(
            shares, abs=5e-4
        )


@pytest.mark.parametrize("name", ["w025_s32", "w050_s16"])
def test_the_int8_answers_are_those_of_the_files(recipe, name):
    made = boats.generate(800, 2012, hulls=("steel",))
    side = int(name[-2:])
    net = graph.read(FOLDER / f"{name}.tflite")
    t_in, t_out = net.tensors[net.inputs[0]], net.tensors[net.outputs[0]]
    x = t_in.quantize(small.shrink(made["x"][:200], side))
    said = recipe.likely(t_out.dequantize(graph.invoke(net, x)))
    with np.load(FOLDER / f"{name}.npz") as file:
        right = (said > file["threshold_int8"]) == made["y"][:200]
        assert np.mean(right == file["right_int8"][:200]) > 0.98


@pytest.mark.slow
@pytest.mark.tf
def test_a_member_made_again_is_as_good(recipe):
    """The card's tolerance: another processor rounds and so walks another way."""
    ((_, _, _, told),) = recipe.make(["w025_s32"])
    with np.load(FOLDER / "w025_s32.npz") as file:
        assert told["right_float"].mean() == pytest.approx(
            file["right_float"].mean(), abs=0.05
        )


def test_wider_scenes_hold_boats_apart_from_each_other():
    made, again = (fleet.generate(20, seed=3) for _ in range(2))
    assert np.array_equal(made["x"], again["x"])
    assert not np.array_equal(made["x"], fleet.generate(20, seed=4)["x"])
    assert made["x"].min() >= 0
    assert made["x"].max() <= 1
    for some in made["boxes"]:
        some = some[some[:, 2] > 0]
        assert some.min(initial=0) >= 0
        assert some.max(initial=0) <= 128
        assert (boxes.iou(some, some)[~np.eye(len(some), dtype=bool)] == 0).all()
    counts = (made["boxes"][..., 2] > 0).sum(axis=1)
    assert counts.min() == 0
    assert counts.max() >= 3


@pytest.mark.parametrize("wrong", [{"size": 16}, {"hulls": ()}, {"hulls": ("tin",)}])
def test_a_wrong_wish_is_answered(wrong):
    with pytest.raises(DataError):
        fleet.generate(2, seed=0, **wrong)


@pytest.mark.parametrize("count", [4, 6, 8])
def test_what_targets_say_decodes_to_the_boxes(count):
    made = boats.generate(40, seed=2001)
    wanted = small.targets(made["box"], count)
    assert not wanted[made["y"] == 0].any()
    for one, box in zip(
        wanted[made["y"] == 1], made["box"][made["y"] == 1], strict=True
    ):
        one = one * [20, 1, 1, 1, 1] - [10, 0, 0, 0, 0]
        found, scores = small.decode(one, 64)
        assert (scores > 0.5).any()
        assert np.allclose(found[scores > 0.5], box)


def test_shrink_keeps_light_and_equals_plain_means():
    x = np.random.default_rng(0).random((3, 64, 64, 1))
    assert np.allclose(small.shrink(x, 48).mean(axis=(1, 2)), x.mean(axis=(1, 2)))
    assert np.allclose(small.shrink(x, 32)[0, 0, 0], x[0, :2, :2].mean())
    assert np.array_equal(small.shrink(x, 64), x)


def test_with_a_threshold_of_its_own_int8_loses_no_point_and_with_another_it_does():
    lost = {}
    for name in MEMBERS:
        with np.load(FOLDER / f"{name}.npz") as file:
            right = file["right_float"]
            for how in ("int8", "borrowed"):
                gap = train.paired_difference(right, file[f"right_{how}"]).difference
                lost.setdefault(how, []).append(-gap)
    assert max(lost["int8"]) < 0.01
    assert max(lost["borrowed"]) > 0.015


@pytest.mark.tf
def test_a_cell_sees_38_pixels_and_no_more():
    train.seed_everything(0)
    model = small.finder(0.25, 128)
    x = np.random.default_rng(0).random((1, 128, 128, 1)).astype("float32")
    before = model.predict(x, verbose=0)[0, 8, 8]
    middle = 8 * 8 + 4
    outside = x.copy()
    outside[:, : middle - 19] = outside[:, middle + 19 :] = 0.5
    outside[:, :, : middle - 19] = outside[:, :, middle + 19 :] = 0.5
    assert np.array_equal(model.predict(outside, verbose=0)[0, 8, 8], before)
    seen = []  # a ReLU may be off for one change and on for another
    for change in (-5, -1, 1, 5):
        inside = x.copy()
        inside[:, middle - 19] += change
        seen.append(np.any(model.predict(inside, verbose=0)[0, 8, 8] != before))
    assert any(seen)
