"""The live walk downhill in a real Chromium equals the walks of `scratch`."""

import re

import browser
import numpy as np
import pytest

from tinyml_course import scratch
from tinyml_course.widgets import Explore, static_assets

pytestmark = pytest.mark.slow

METHODS = {
    "SGD": scratch.sgd,
    "momentum": scratch.momentum,
    "Nesterov": scratch.nesterov,
    "AdaGrad": scratch.adagrad,
    "AdaDelta": scratch.adadelta,
    "RMSProp": scratch.rmsprop,
    "Adam": scratch.adam,
}
RATES = [0.02, 0.3, 3, 30]
STEPS = 25  # after more, rounding decides where a jittering walk is
X = scratch.design_matrix(np.linspace(-1, 2, 30))
Y = X @ [4.0, -3.0] + np.cos(np.arange(30))
BOTTOM = scratch.least_squares(X, Y)
T = (np.arange(32) - 15.5) / 32
SAMPLES = np.sin(2 * np.pi * 2.5 * T + 0.5)


def line_loss(p):
    return scratch.mse(Y, X @ p)


def line_gradient(p):
    return scratch.mse_gradient(X, Y, p)


def sine_loss(p):
    return scratch.mse(SAMPLES, np.sin(2 * np.pi * p[0] * T + p[1]))


def sine_gradient(p):
    return scratch.numeric_gradient(sine_loss, p)


GROUNDS = {
    "line": (line_loss, line_gradient, [0, 0]),
    "sine": (sine_loss, sine_gradient, [1, 0]),
}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    for name, text in static_assets().items():
        (folder / name).write_text(text, encoding="utf-8")
    axes = {"x": [-2, 8], "y": [-8, 2], "x_label": "slope", "y_label": "offset"}
    line = axes | {
        "name": "line",
        "start": [0, 0],
        "curvature": 2 * X.T @ X / len(X),
        "bottom": BOTTOM,
        "floor": line_loss(BOTTOM),
    }
    sine = axes | {"name": "sine", "start": [1, 0], "t": T, "samples": SAMPLES}
    widget = Explore(
        live="descent",
        look="Where does it end?",
        alt="A map with a path and the heights of the path.",
        data={
            "grounds": [line, sine],
            "methods": list(METHODS),
            "rates": RATES,
            "rate": RATES[0],
            "steps": STEPS,
            "note": "Done.",
        },
    )
    (folder / "index.html").write_text(
        '<!doctype html><html lang="en"><title>t</title>'
        f"<main><h1>A walk</h1>{widget.html()}</main>"
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


def said(page, rate, method, ground):
    page.get_by_label(ground, exact=True).check()
    slider = page.get_by_test_id("control-rate")
    slider.fill(str(RATES.index(rate)))
    page.get_by_test_id("control-method").select_option(label=method)
    return page.get_by_test_id("descent-sentence").inner_text()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("ground", ["line", "sine"])
def test_the_page_walks_as_python_does(page, method, rate, ground):
    text = said(page, rate, method, ground)
    loss, gradient, start = GROUNDS[ground]
    path = scratch.optimize(METHODS[method], gradient, start, rate, STEPS)
    with np.errstate(over="ignore"):
        heights = [loss(p) for p in path]
    first, last = heights[0], heights[-1]
    early, late = np.max(heights[:13]), np.max(heights[13:])
    if last > first * 1.001 and late > early * 1.001 and ground == "line":
        assert "diverges" in text
        return
    if late < early * 0.999 or ground == "sine":
        assert "diverges" not in text
    if ground == "sine" and rate > 1:
        return  # each step crosses hills: rounding decides where it ends
    numbers = re.findall(r"-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?", text)
    values = [float(number.replace(",", "")) for number in numbers]
    assert values[:4] == pytest.approx([STEPS, *path[-1], last], rel=6e-3, abs=2e-3)


def test_every_control_changes_the_picture_at_its_ends(page):
    def drawn():
        return page.get_by_test_id("explore-live").inner_html()

    said(page, RATES[0], "SGD", "line")
    seen = {drawn()}
    for rate, method, ground in [
        (RATES[-1], "SGD", "line"),
        (RATES[0], "Adam", "line"),
        (RATES[0], "SGD", "sine"),
    ]:
        said(page, rate, method, ground)
        seen.add(drawn())
    handle = page.get_by_test_id("descent-start")
    handle.focus()
    page.keyboard.press("ArrowRight")
    seen.add(drawn())
    assert len(seen) == 5


def test_a_rate_beyond_the_limit_is_said_to_diverge(page):
    text = said(page, 30, "SGD", "line")
    assert text.startswith("It diverges: after 25 steps the MSE is")
    assert page.get_by_test_id("descent-sentence").get_attribute("data-state") == (
        "diverges"
    )
    path = page.get_by_test_id("descent-map").inner_html()
    assert "NaN" not in path
    assert "Infinity" not in path


def test_a_walk_that_only_jumps_away_from_the_bottom_is_not_said_to_diverge(page):
    said(page, 30, "RMSProp", "line")
    handle = page.get_by_test_id("descent-start")
    for key, target in [("ArrowRight", BOTTOM[0]), ("ArrowDown", BOTTOM[1])]:
        for _ in range(400):
            at = re.findall(r"-?[\d.]+", handle.get_attribute("aria-valuetext"))
            if abs(float(at[key == "ArrowDown"]) - target) < 0.3:
                break
            handle.press(key)
    text = said(page, 30, "RMSProp", "line")
    assert "diverges" not in text
    assert "higher than the start" in text


def test_axe_finds_nothing(page):
    for ground in ("line", "sine"):
        said(page, 0.3, "momentum", ground)
        assert browser.axe_violations(page) == []
