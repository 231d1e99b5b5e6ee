"""The archive of chapter 12: as its card says, and drawn and trained again alike."""

import hashlib
import importlib.util
import re

import numpy as np
import pytest

from tinyml_course.datasets import boats_fair
from tinyml_course.datasets.base import folder
from tinyml_course.errors import DataError


@pytest.mark.parametrize("part", boats_fair.COUNTS)
def test_a_part_has_the_pictures_that_its_counts_promise(part):
    rows = boats_fair.load(part)
    n = sum(boats_fair.COUNTS[part])
    assert rows["x"].shape == (n, 32, 32, 1)
    assert rows["x"].dtype == np.float32
    assert 0 <= rows["x"].min() < rows["x"].max() <= 1
    for (region, hull), count in zip(
        boats_fair.CELLS, boats_fair.COUNTS[part], strict=True
    ):
        here = rows["slice"] == f"{region} {hull or 'empty'}"
        assert here.sum() == count
        assert (rows["y"][here] == bool(hull)).all()
        assert (rows["box"][here].any(axis=1) == bool(hull)).all()


def test_no_picture_is_in_two_parts():
    parts = [boats_fair.load(part)["x"] for part in boats_fair.COUNTS]
    rows = np.concatenate(parts).reshape(sum(map(len, parts)), -1)
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_an_unknown_part_or_model_is_refused_in_words():
    with pytest.raises(DataError, match="archive, validation, test"):
        boats_fair.load("exam")
    with pytest.raises(DataError, match="'archive' or 'mended'"):
        boats_fair.model("best")


def test_the_card_knows_each_file():
    card = (folder("boats_fair") / "README.md").read_text(encoding="utf-8")
    for name, promised in re.findall(r"`([\w.]+)`, sha256\s+`([0-9a-f]{64})`", card):
        data = (folder("boats_fair") / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == promised, name
    files = {p.name for p in folder("boats_fair").iterdir() if p.suffix != ".md"}
    assert files - {"make.py", "__pycache__"} <= set(re.findall(r"`([\w.]+)`", card))


def test_pictures_drawn_again_are_the_stored_ones():
    counts = boats_fair.COUNTS["validation"]
    again = boats_fair.draw(counts, boats_fair.SEEDS["validation"])
    stored = boats_fair.load("validation")
    assert np.mean(again["x"] != stored["x"]) < 1e-3  # another FFT may round otherwise
    assert (again["box"] == stored["box"]).all()


def test_what_is_claimed_of_the_sweep_holds():
    """Mended by what was missing: better on wood of the tropics with every seed."""
    tried, test = boats_fair.sweep(), boats_fair.load("test")
    valid = boats_fair.load("validation")
    water = tried["validation"][..., valid["y"] == 0].astype(np.float32)
    hits = tried["test"] > np.quantile(water, 0.95, axis=2)[..., None]
    recall = hits[..., test["slice"] == "tropics wood"].mean(axis=2)
    worst = dict(zip(tried["recipes"].tolist(), recall, strict=True))
    missing = worst.pop("what is missing")
    for name, others in worst.items():
        assert missing.min() > others.max() + 0.05, name


@pytest.mark.tf
def test_what_is_claimed_of_the_attack_holds():
    """Aimed changes undo the mended model; noise of their size and int8 do not help."""
    from tinyml_course import graph, quantize
    from tinyml_course.scratch.slices import fgsm, input_slope

    model, test = boats_fair.model("mended"), boats_fair.load("test")
    x, y = test["x"][::5], test["y"][::5]
    slope = input_slope(model, x, y)
    noise = np.random.default_rng(0).normal(size=x.shape)

    def said(slope, steps):
        moved = fgsm(x, slope, steps / 255).astype(np.float32)
        return moved, model.predict(moved, verbose=0).argmax(axis=1)

    struck, aimed = said(slope, 4)
    assert np.mean(said(slope, 0)[1] == y) > 0.7
    assert np.mean(aimed == y) < 0.25
    assert np.mean(said(noise, 4)[1] == y) > 0.7
    assert said(slope, 12)[1].mean() > 0.8  # large steps look like boats to it
    rows = boats_fair.load("archive")["x"][::10]
    net = graph.read(quantize.to_int8(model, rows))
    marks = net.tensors[net.inputs[0]].quantize(struck)
    assert np.mean(graph.invoke(net, marks).argmax(axis=1) == y) < 0.25


@pytest.mark.slow
def test_the_recipe_makes_the_archives_model_again():
    """Another processor rounds otherwise: recall per slice within 0.1 of the stored."""
    path = folder("boats_fair") / "make.py"
    spec = importlib.util.spec_from_file_location("make_boats_fair", path)
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    test = boats_fair.load("test")
    again, stored = (
        model.predict(test["x"], verbose=0)[:, 1] > 0.5
        for model in (make.fitted("as it is", 0), boats_fair.model("archive"))
    )
    for name in np.unique(test["slice"]):
        here = test["slice"] == name
        assert abs(again[here].mean() - stored[here].mean()) < 0.1, name
