"""The boats are where their boxes say, and the file is what the generator makes."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from tinyml_course import datasets
from tinyml_course.datasets import boats
from tinyml_course.errors import DataError

FOLDER = Path(__file__).parents[1] / "datasets" / "boats"


@pytest.fixture(scope="module")
def data():
    return datasets.load("boats")


def test_both_parts_have_equal_shares_of_every_kind(data):
    assert data.x_train.shape == (2000, 64, 64, 1)
    assert data.x_test.shape == (800, 64, 64, 1)
    assert data.x_train.dtype == np.float32
    assert 0 <= data.x_train.min() < data.x_train.max() <= 1
    for scene in boats.SCENES:
        for region in boats.REGIONS:
            for hull in ("", *boats.HULLS):
                shares = [
                    np.mean((s == scene) & (r == region) & (h == hull))
                    for s, r, h in (
                        (data.scene_train, data.region_train, data.hull_train),
                        (data.scene_test, data.region_test, data.hull_test),
                    )
                ]
                assert shares[0] == pytest.approx(0.05 if not hull else 0.025, abs=2e-3)
                assert shares[1] == pytest.approx(shares[0], abs=2e-3)


def test_a_box_and_a_hull_are_there_exactly_where_a_boat_is(data):
    assert np.array_equal(data.y_test == 1, data.hull_test != "")
    assert np.array_equal(data.y_test == 1, data.box_test.any(axis=1))
    x0, y0, x1, y1 = data.box_test[data.y_test == 1].T
    assert min(x0.min(), y0.min()) >= 0
    assert max(x1.max(), y1.max()) <= 64
    longest = np.maximum(x1 - x0, y1 - y0)
    assert longest.min() >= 3
    assert longest.max() <= 20
    steel = data.hull_test[data.y_test == 1] == "steel"
    assert longest[steel].mean() > longest[~steel].mean() + 3


def test_on_calm_water_what_stands_out_is_in_the_box_and_wood_stands_out_less(data):
    calm = (data.scene_test == "calm") & (data.y_test == 1)
    strength = {"steel": [], "wood": []}
    for x, box, hull in zip(
        data.x_test[calm, ..., 0],
        data.box_test[calm],
        data.hull_test[calm],
        strict=True,
    ):
        x0, y0, x1, y1 = box
        apart = np.abs(x - np.median(x))
        strength[hull].append(apart[y0:y1, x0:x1].max() / apart.max())
    assert np.mean(strength["steel"]) > 0.95
    assert np.mean(strength["wood"]) > 0.85


def test_the_north_is_darker_than_the_tropics(data):
    calm = data.scene_train == "calm"
    level = [data.x_train[calm & (data.region_train == r)] for r in boats.REGIONS]
    assert level[0].mean() < level[1].mean() - 0.1


def test_the_file_is_made_again():
    spec = importlib.util.spec_from_file_location("make_boats", FOLDER / "make.py")
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    made = recipe.scenes()
    with np.load(FOLDER / "scenes.npz") as kept:
        assert np.array_equal(made["kind"], kept["kind"])
        apart = np.abs(made["levels"].astype(int) - kept["levels"])
        same = (apart.max(axis=(1, 2)) <= 1) & (made["box"] == kept["box"]).all(axis=1)
    assert same.mean() >= 0.99  # as the card says


def test_generate_repeats_itself_and_another_seed_does_not():
    first, again, other = (boats.generate(20, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["x"], other["x"])
    assert first["y"].sum() == 10
    assert sorted(set(first["scene"].tolist())) == sorted(boats.SCENES)


def test_generate_keeps_to_what_is_asked_for():
    made = boats.generate(
        12, 3, scenes=("waves",), regions=("north",), hulls=("wood",), size=96
    )
    assert made["x"].shape == (12, 96, 96, 1)
    assert set(made["scene"].tolist()) == {"waves"}
    assert set(made["region"].tolist()) == {"north"}
    assert set(made["hull"].tolist()) == {"", "wood"}
    assert made["box"].max() <= 96


def test_the_pictures_have_the_grain_of_their_camera():
    calm = boats.generate(40, 4, scenes=("calm",), regions=("north",))
    x = calm["x"][calm["y"] == 0, ..., 0]
    grain = np.std(np.diff(x, axis=2)) / np.sqrt(2)
    expected = np.sqrt(x.mean() * boats.FULL_WELL + boats.READOUT**2) / boats.FULL_WELL
    assert grain == pytest.approx(expected, rel=0.25)
    assert np.allclose(x * boats.LEVELS, np.round(x * boats.LEVELS), atol=1e-4)


@pytest.mark.parametrize("wrong", [("storm",), (), "calm"])
def test_an_unknown_scene_is_answered_with_the_known_ones(wrong):
    with pytest.raises(DataError, match="calm, waves, glint, cloud, coast"):
        boats.generate(2, 0, scenes=wrong)
    with pytest.raises(DataError, match="32 pixels"):
        boats.generate(2, 0, size=20)
