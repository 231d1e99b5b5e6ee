"""The networks that the page trains end where `scratch.autograd` ends."""

import re
from itertools import pairwise
from pathlib import Path

import browser
import nbformat
import numpy as np
import pytest

from tinyml_course.scratch import autograd
from tinyml_course.scratch.autograd import Value
from tinyml_course.widgets import Explore, static_assets

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(5)
X = np.linspace(-1, 1, 21).round(3)
Y = np.sin(4 * X).round(3)
POINTS = RNG.normal(size=(24, 2)).round(3)
KINDS = (POINTS[:, 0] * POINTS[:, 1] > 0).astype(int)
NORMALS = RNG.normal(size=709).round(3)
WIDTHS, DEPTHS = [1, 4, 16], [1, 2, 3]
STEPS, RATE = 40, 0.02


def tanh(a):
    h = np.tanh(a.data)
    return Value(h, (a,), lambda g: (g * (1 - h**2),))


def two_class_surprise(scores, y):
    z = scores.data
    loss = np.mean(np.logaddexp(0, z) - y * z)
    slope = (1 / (1 + np.exp(-z)) - y) / len(y)
    return Value(loss, (scores,), lambda g: (g * slope,))


BENDS = {"ReLU": autograd.relu, "tanh": tanh, "sigmoid": autograd.sigmoid}


def network(sizes, turn):
    """The same starting weights as the page: the list, from the same place on."""
    drawn, parameters = 101 * turn, []
    for k, m in pairwise(sizes):
        for shape, scale in [((k, m), np.sqrt(2 / k)), ((m,), 0.5)]:
            places = (drawn + np.arange(np.prod(shape))) % len(NORMALS)
            drawn += len(places)
            parameters.append(Value(NORMALS[places].reshape(shape) * scale))
    return parameters


def trained(x, y, shape, bend, turn, loss):
    parameters = network([x.shape[1], *shape, 1], turn)
    autograd.minimize(
        lambda: loss(autograd.run(parameters, x, bend), y), parameters, RATE, STEPS
    )
    size = sum(p.data.size for p in parameters)
    return size, autograd.run(parameters, x, bend).data


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    for name, text in static_assets().items():
        (folder / name).write_text(text, encoding="utf-8")
    widget = Explore(
        live="network",
        look="Where does it bend?",
        alt="A curve and a map.",
        data={
            "curve": {"x": X, "y": Y},
            "map": {"x": POINTS, "y": KINDS},
            "normals": NORMALS,
            "widths": WIDTHS,
            "depths": DEPTHS,
            "bends": list(BENDS),
            "start": {"width": 4, "depth": 1, "bend": "ReLU"},
            "steps": STEPS,
            "rate": RATE,
        },
    )
    (folder / "index.html").write_text(
        '<!doctype html><html lang="en"><title>t</title>'
        f"<main><h1>Networks</h1>{widget.html()}</main>"
        '<link rel="stylesheet" href="tinyml-widgets.css">'
        '<script src="tinyml-widgets.js"></script>',
        encoding="utf-8",
    )
    with (
        browser.chromium() as chrome,
        browser.serve(folder) as url,
        browser.watched(chrome) as opened,
    ):
        opened.goto(f"{url}/index.html")
        yield opened


def said(page, width, depth, bend):
    page.get_by_test_id("control-width").fill(str(WIDTHS.index(width)))
    page.get_by_label(str(depth), exact=True).check()
    page.get_by_label(bend, exact=True).check()
    return finished(page)


def finished(page):
    page.wait_for_selector("[data-testid=network-sentence][data-state=trained]")
    return page.get_by_test_id("network-sentence").inner_text()


def held_against_python(text, width, depth, bend, turn=0):
    shape = [width] * depth
    rows = X[:, None], Y[:, None], shape, BENDS[bend], turn
    size, guess = trained(*rows, autograd.squared_error)
    rows = POINTS, KINDS[:, None], shape, BENDS[bend], turn
    size_map, scores = trained(*rows, two_class_surprise)
    wrong = np.sum((scores[:, 0] > 0) != KINDS)
    _, numbers = text.split(bend, 1)
    values = [float(n) for n in re.findall(r"\d+(?:\.\d+)?", numbers)]
    rmse = np.sqrt(np.mean((guess[:, 0] - Y) ** 2))
    expected = [size, STEPS, rmse, size_map, wrong, len(KINDS)]
    assert values == pytest.approx(expected, rel=6e-3)


@pytest.mark.parametrize("width", [1, 16])
@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("bend", BENDS)
def test_the_page_trains_as_python_does(page, width, depth, bend):
    held_against_python(said(page, width, depth, bend), width, depth, bend)


def test_another_start_is_another_network_and_equals_python(page):
    before = said(page, 4, 2, "tanh")
    page.get_by_test_id("network-again").click()
    after = finished(page)
    assert after != before
    held_against_python(after, 4, 2, "tanh", turn=1)


def of_the_chapter():
    """What chapter 06 gives to the page."""
    path = Path(__file__).parents[1] / "notebooks" / "06_networks_of_neurons.ipynb"
    cells = nbformat.read(path, 4).cells
    (source,) = (cell.source for cell in cells if 'live="network"' in cell.source)
    given, x = {}, np.linspace(-1, 1, 61)[:, None]
    y = np.sin(6 * x) * (1 + x) / 2
    names = {"np": np, "x_train": x, "y_train": y, "Explore": given.update}
    exec(source, names)
    return given["data"]


def wrong_on_the_spirals(monkeypatch, shape, bend, starts):
    data = of_the_chapter()
    for name, value in [("NORMALS", "normals"), ("STEPS", "steps"), ("RATE", "rate")]:
        monkeypatch.setitem(globals(), name, data[value])
    x, y = np.array(data["map"]["x"]), np.array(data["map"]["y"])[:, None]
    for turn in range(starts):
        _, scores = trained(x, y, shape, BENDS[bend], turn, two_class_surprise)
        yield int(np.sum((scores > 0) != y))


@pytest.mark.parametrize("bend", ["ReLU", "tanh"])
def test_one_layer_of_sixteen_parts_the_spirals_from_twenty_starts(monkeypatch, bend):
    assert not any(wrong_on_the_spirals(monkeypatch, [16], bend, 20))


@pytest.mark.parametrize("bend", BENDS)
def test_narrower_layers_leave_points_of_the_spirals_somewhere(monkeypatch, bend):
    smaller = [[8], [4, 4], [4, 4, 4]]  # fewer numbers than one layer of sixteen
    for shape in smaller:
        assert any(wrong_on_the_spirals(monkeypatch, shape, bend, 20)), shape


@pytest.mark.parametrize("bend", BENDS)
def test_three_wide_layers_part_the_spirals(monkeypatch, bend):
    assert not any(wrong_on_the_spirals(monkeypatch, [16, 16, 16], bend, 5))


def test_every_control_changes_both_pictures_at_its_ends(page):
    seen = set()
    ends = [(1, 1, "ReLU"), (16, 1, "ReLU"), (16, 3, "ReLU"), (16, 3, "sigmoid")]
    for choice in ends:
        said(page, *choice)
        drawn = [page.get_by_test_id(f"network-{name}") for name in ("fit", "map")]
        seen |= {part.inner_html() for part in drawn}
    assert len(seen) == 2 * len(ends)
    assert not any("NaN" in part for part in seen)


def test_axe_finds_nothing(page):
    said(page, 4, 1, "ReLU")
    assert browser.axe_violations(page) == []
