"""Pictures as numbers: equal to SciPy, scikit-learn and the truth where it is known."""

import ast
import importlib.util
import inspect
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage, signal

from tinyml_course import datasets
from tinyml_course.datasets import boats
from tinyml_course.scratch import vision

ROOT = Path(__file__).parents[1]
CHAPTER = ROOT / "notebooks/src/09_edges_and_convolution.py"
SHELF = ROOT / "datasets" / "boats_cnn"
RNG = np.random.default_rng(9)


def code(tree):
    body = tree.body[1:] if ast.get_docstring(tree) else tree.body
    body = [line for line in body if not isinstance(line, ast.ImportFrom)]
    return [ast.dump(tree.args), *map(ast.dump, body)]


@pytest.mark.parametrize("name", vision.__all__)
def test_the_chapter_shows_each_function_as_it_is_here(name):
    here = ast.parse(inspect.getsource(getattr(vision, name))).body[0]
    shown = [
        code(node)
        for node in ast.walk(ast.parse(CHAPTER.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert shown == [code(here)]


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_convolve_is_correlation_where_the_kernel_fits(k):
    image, kernel = RNG.normal(size=(11, 8)), RNG.normal(size=(k, k))
    expected = signal.correlate2d(image, kernel, "valid")
    assert np.allclose(vision.convolve(image, kernel), expected)


def test_sobel_equals_its_two_kernels_and_does_not_mix_pictures():
    x = RNG.normal(size=(3, 9, 12))
    across = np.outer([1, 2, 1], [-1, 0, 1])
    for picture, steep in zip(x, vision.sobel(x), strict=True):
        parts = [signal.correlate2d(picture, k, "valid") for k in (across, across.T)]
        assert np.allclose(steep, np.hypot(*parts))


def test_the_bell_is_scipys():
    row = RNG.normal(size=60)
    ours = np.convolve(np.pad(row, 6, "edge"), vision.gaussian(2.0), "valid")
    assert np.allclose(
        ours, ndimage.gaussian_filter1d(row, 2, mode="nearest", radius=6)
    )


@pytest.mark.parametrize(("n", "k", "stride", "padding"), [
    (8, 3, 1, 0), (8, 3, 2, 0), (9, 3, 2, 1), (96, 5, 2, 2), (7, 7, 3, 0), (10, 1, 3, 2)
])  # fmt: skip
def test_the_output_side_is_the_number_of_places(n, k, stride, padding):
    places = len(range(0, n + 2 * padding - k + 1, stride))
    assert vision.output_side(n, k, stride, padding) == places


def test_mean_shift_ends_where_scikit_learns_does():
    from sklearn.cluster import MeanShift

    points = np.vstack([RNG.normal(c, 0.4, (30, 2)) for c in ((0, 0), (4, 0), (1, 4))])
    tops = np.unique(vision.mean_shift(points, 1.2).round(3), axis=0)
    theirs = MeanShift(bandwidth=1.2).fit(points).cluster_centers_
    for top in theirs:
        assert np.linalg.norm(tops - top, axis=1).min() < 0.05


def test_motion_is_measured_and_an_edge_shows_only_what_is_across():
    y, x = np.mgrid[:40, :40]
    waves = [
        np.sin((x - u) / 4) + np.cos((y - v) / 5) for u, v in ((0, 0), (0.5, -0.3))
    ]
    motion, sure = vision.lucas_kanade(*waves, 20, 20)
    assert np.allclose(motion, [0.5, -0.3], atol=0.03)
    assert sure[0] > 0.1 * sure[1]
    edge = [1 / (1 + np.exp(-(y - 20 - v))) for v in (0, 0.4)]
    motion, sure = vision.lucas_kanade(*edge, 20, 20)
    assert np.allclose(motion, [0, 0.4], atol=0.03)
    assert sure[0] < 1e-9


def test_features_are_24_numbers_of_each_picture():
    x = datasets.load("boats").x_train[:5, ..., 0]
    columns = vision.features(x, 1.2, 6)
    assert columns.shape == (5, 24)
    assert np.allclose(columns[3], vision.features(x[3:4], 1.2, 6)[0], atol=1e-6)


def recipe():
    spec = importlib.util.spec_from_file_location("make_boats_cnn", SHELF / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_network_is_ahead_by_more_than_five_points_on_every_seed_and_hard_scene():
    study = json.loads((SHELF / "study.json").read_text())
    assert sorted(map(int, study["seeds"])) == sorted(recipe().SEEDS)
    for found in [*study["seeds"].values(), study["together"]]:
        for other in ("edges", "features"):
            assert found["hard"][f"cnn - {other}"][1] > 0.05  # the interval's lower end
        low, high = found["calm"]["cnn - edges"][1:]
        assert -0.03 < low < high < 0.03  # on calm water it is not needed
        assert found["calm"]["edges"] > 0.97


@pytest.fixture(scope="module")
def make():
    return recipe()


@pytest.fixture(scope="module")
def kept(make):
    return json.loads((SHELF / "study.json").read_text())["seeds"][str(make.SEEDS[0])]


@pytest.fixture(scope="module")
def new(make):
    """The test scenes of the first seed, and which of them are calm."""
    scenes = boats.generate(make.TEST, make.SEEDS[0] + 10)
    return scenes, scenes["scene"] == "calm"


@pytest.mark.slow
@pytest.mark.tf
def test_the_committed_network_is_the_one_of_the_study(kept, new):
    import keras

    scenes, calm = new
    model = keras.saving.load_model(SHELF / "model.keras")
    said = model.predict(scenes["x"], batch_size=256, verbose=0).argmax(axis=1)
    for rows, name in ((~calm, "hard"), (calm, "calm")):
        share = np.mean((said == scenes["y"])[rows])
        assert share == pytest.approx(kept[name]["cnn"], abs=0.01)


@pytest.mark.slow
@pytest.mark.tf
def test_a_shortened_study_is_made_again_as_the_card_says(make, kept, new):
    known, (scenes, calm_new) = boats.generate(1_000, make.SEEDS[0]), new
    calm = known["scene"] == "calm"
    for rows, rows_new, name in ((calm, calm_new, "calm"), (~calm, ~calm_new, "hard")):
        tuned = make.learn_edges(known["x"][rows, ..., 0], known["y"][rows])
        right = tuned(scenes["x"][rows_new, ..., 0]) == scenes["y"][rows_new]
        assert right.mean() == pytest.approx(kept[name]["edges"], abs=0.05)
    known = boats.generate(600, make.SEEDS[0], scenes=("calm",))
    model = make.learn_cnn(known["x"], known["y"], epochs=8)
    said = model.predict(scenes["x"][calm_new], batch_size=256, verbose=0)
    assert np.mean(said.argmax(axis=1) == scenes["y"][calm_new]) > 0.65
