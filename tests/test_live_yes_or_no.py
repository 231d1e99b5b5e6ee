"""The live sigmoid and the live threshold in a real Chromium say what Python says."""

import re

import browser
import numpy as np
import pytest

from tinyml_course import scratch
from tinyml_course.widgets import Explore, static_assets

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(4)
X = np.round(RNG.normal(size=60), 3)
Y = (X + RNG.normal(0, 0.6, 60) > 0.2).astype(int)
P = {
    "one": np.round(scratch.sigmoid(1.5 * X), 2),
    "two": np.round(scratch.sigmoid(5 * X + RNG.normal(0, 4, 60)), 2),
}
COSTS = [1, 19]


def site(folder, name, widget):
    for file, text in static_assets().items():
        (folder / file).write_text(text, encoding="utf-8")
    (folder / f"{name}.html").write_text(
        f'<!doctype html><html lang="en"><title>{name}</title>'
        f"<main><h1>{name}</h1>{widget.html()}</main>"
        '<link rel="stylesheet" href="tinyml-widgets.css">'
        '<script src="tinyml-widgets.js"></script>',
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    curve = {"x": X, "y": Y, "x_label": "x", "w": [-6, 6], "b": [-3, 3]}
    curve |= {"start": {"w": 1, "b": 0}, "losses": ["squared error", "cross-entropy"]}
    scores = {"models": [{"name": name, "p": p} for name, p in P.items()], "y": Y}
    scores |= {"no": "calm", "yes": "ill", "costs": COSTS}
    for name, data in {"sigmoid": curve, "threshold": scores}.items():
        site(folder, name, Explore(live=name, look="Look.", alt="A plot.", data=data))
    with (
        browser.chromium() as chrome,
        browser.serve(folder) as url,
        browser.watched(chrome) as opened,
    ):
        yield lambda name: opened.goto(f"{url}/{name}.html") and opened


def slide(page, name, share):
    slider = page.get_by_test_id(f"control-{name}")
    slider.fill(str(round(share * int(slider.get_attribute("max")))))


def numbers(text):
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


@pytest.mark.parametrize("share", [0, 0.25, 0.75, 1])
def test_the_sigmoid_says_the_loss_and_the_errors_of_python(pages, share):
    page = pages("sigmoid")
    slide(page, "w", share)
    slide(page, "b", 0.75)
    w, b = -6 + 12 * share, 1.5
    z = w * X + b
    losses = {
        "squared error": scratch.mse(Y, scratch.sigmoid(z)),
        "cross-entropy": scratch.cross_entropy(Y, z),
    }
    for name, loss in losses.items():
        page.get_by_label(name, exact=True).check()
        text = page.get_by_test_id("sigmoid-sentence").inner_text()
        half, wrong, rows, value = numbers(text)
        assert half == pytest.approx(-b / w, rel=6e-3)
        assert (wrong, rows) == (np.sum((z >= 0) != Y), 60)
        assert value == pytest.approx(loss, rel=6e-3)


def test_a_flat_curve_has_no_boundary(pages):
    page = pages("sigmoid")
    slide(page, "w", 0.5)
    text = page.get_by_test_id("sigmoid-sentence").inner_text()
    assert text.startswith("No boundary")
    assert "NaN" not in page.get_by_test_id("sigmoid-plot").inner_html()


def test_the_handle_on_the_map_moves_the_sliders(pages):
    page = pages("sigmoid")
    handle = page.get_by_test_id("sigmoid-handle")
    handle.focus()
    before = page.get_by_test_id("sigmoid-plot").inner_html()
    for _ in range(8):
        page.keyboard.press("Shift+ArrowLeft")
    assert page.get_by_test_id("control-w").input_value() == "0"
    assert page.get_by_test_id("sigmoid-plot").inner_html() != before


@pytest.mark.parametrize("model", P)
@pytest.mark.parametrize("share", [0, 0.05, 0.5, 1])
def test_the_threshold_counts_as_python_does(pages, model, share):
    page = pages("threshold")
    page.get_by_label(model, exact=True).check()
    slide(page, "threshold", share)
    matrix = scratch.confusion(Y, P[model] >= share)
    for place, cost in enumerate(COSTS):
        slide(page, "cost", place)
        cells = page.get_by_test_id("threshold-matrix").locator("td").all_inner_texts()
        assert [numbers(cell)[0] for cell in cells] == matrix.ravel().tolist()
        said = numbers(page.get_by_test_id("threshold-sentence").inner_text())
        every = [
            (scratch.confusion(Y, P[model] >= t) * [[0, 1], [cost, 0]]).sum()
            for t in np.arange(101) / 100
        ]
        (_, alarms), (misses, _) = matrix
        assert said[-2:] == [alarms + cost * misses, min(every)]


def test_every_control_changes_the_picture_at_its_ends(pages):
    page = pages("threshold")
    stage = page.get_by_test_id("explore-live")
    seen = [stage.inner_html()]
    for name, share in [("threshold", 0), ("threshold", 1), ("cost", 1)]:
        slide(page, name, share)
        seen.append(stage.inner_html())
    page.get_by_label("two", exact=True).check()
    seen.append(stage.inner_html())
    assert len(set(seen)) == 5


@pytest.mark.parametrize("name", ["sigmoid", "threshold"])
def test_axe_finds_nothing(pages, name):
    assert browser.axe_violations(pages(name)) == []
