"""Bits and clip on a histogram: the page's errors in a real Chromium are NumPy's."""

import itertools
import re

import browser
import numpy as np
import pytest

from tinyml_course.widgets import Explore, static_assets

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(5)
VALUES = {
    "bell with an outlier": np.append(RNG.normal(size=20_000), [9.0, -4.0]),
    "after a ReLU": np.maximum(0, RNG.laplace(size=20_000)),
    "below zero": -RNG.uniform(0, 3e-3, 5_000),
}
TENSORS = [
    {"name": name, "counts": counts, "edges": edges}
    for name, values in VALUES.items()
    for counts, edges in [np.histogram(values, bins=512)]
]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    for name, text in static_assets().items():
        (folder / name).write_text(text, encoding="utf-8")
    widget = Explore(
        live="bits",
        look="Where is the best clip at 2 bits, and where at 8?",
        alt="A histogram with levels, and the errors for every clip.",
        data={"tensors": TENSORS, "bits": 4},
    )
    (folder / "index.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<main><h1>Bits</h1>{widget.html()}</main>"
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


def errors(tensor, bits, symmetric, percent):
    """Step, rounding, clipping, share of clipped values, SQNR of a histogram."""
    counts, edges = tensor["counts"], tensor["edges"]
    middles = (edges[:-1] + edges[1:]) / 2
    middles[(edges[:-1] <= 0) & (edges[1:] > 0)] = 0
    low, high = min(0, edges[0]), max(0, edges[-1])
    clip = percent / 100 * max(-low, high)
    if symmetric:
        last = 2 ** (bits - 1) - 1
        first, step = -last, clip / last
    else:
        low, high = max(low, -clip), min(high, clip)
        step = (high - low) / (2**bits - 1)
        first = np.floor(low / step + 0.5)
        last = first + 2**bits - 1
    place = np.floor(middles / step + 0.5)
    error = counts * (middles - np.clip(place, first, last) * step) ** 2
    outside = (place < first) | (place > last)
    total = counts.sum()
    rounding, clipping = error[~outside].sum() / total, error[outside].sum() / total
    sqnr = 10 * np.log10((counts * middles**2).sum() / total / (rounding + clipping))
    return step, rounding, clipping, counts[outside].sum() / total, sqnr


def choose(page, tensor, bits, symmetric, percent):
    page.get_by_label(TENSORS[tensor]["name"], exact=True).check()
    levels = "symmetric" if symmetric else "asymmetric"
    page.get_by_label(levels, exact=True).check()
    page.get_by_test_id("control-bits").fill(str(bits - 2))
    page.get_by_test_id("control-clip_percent").fill(str(percent - 1))
    return page.get_by_test_id("bits-sentence").inner_text()


def numbers(text):
    found = re.findall(r"-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?", text)
    return [float(number.replace(",", "")) for number in found]


CASES = list(itertools.product(range(3), (2, 4, 8), (False, True), (7, 40, 100)))


def test_the_page_computes_what_numpy_does(page):
    for tensor, bits, symmetric, percent in CASES:
        said = numbers(choose(page, tensor, bits, symmetric, percent))
        step, rounding, clipping, share, sqnr = errors(
            TENSORS[tensor], bits, symmetric, percent
        )
        wanted = [step, rounding + clipping, rounding, clipping, 100 * share]
        assert said[0] == 2**bits - symmetric
        assert said[1:6] == pytest.approx(wanted, rel=6e-3, abs=1e-12)
        assert said[6] == pytest.approx(sqnr, abs=0.051)


def test_the_circle_is_at_the_best_clip(page):
    for tensor, bits in itertools.product(range(3), (2, 8)):
        said = numbers(choose(page, tensor, bits, False, 100))
        every = [errors(TENSORS[tensor], bits, False, p)[-1] for p in range(1, 101)]
        far = np.abs(TENSORS[tensor]["edges"]).max()
        assert said[7] == pytest.approx((np.argmax(every) + 1) / 100 * far, rel=6e-3)
        assert said[8] == pytest.approx(max(every), abs=0.051)


def test_fewer_bits_want_a_tighter_clip(page):
    few, many = (numbers(choose(page, 0, bits, False, 100))[7] for bits in (2, 8))
    assert few < 0.6 * many


def test_every_control_changes_the_picture_by_keyboard(page):
    def drawn():
        return page.get_by_test_id("explore-live").inner_html()

    choose(page, 0, 4, False, 50)
    seen = {drawn()}
    for control, key in (
        ("clip_percent", "ArrowLeft"),
        ("clip_percent", "Home"),
        ("clip_percent", "End"),
        ("bits", "ArrowRight"),
        ("bits", "Home"),
        ("bits", "End"),
    ):
        page.get_by_test_id(f"control-{control}").focus()
        page.keyboard.press(key)
        seen.add(drawn())
    page.get_by_label("asymmetric", exact=True).focus()
    page.keyboard.press("ArrowDown")
    seen.add(drawn())
    page.get_by_label(TENSORS[0]["name"], exact=True).focus()
    page.keyboard.press("ArrowDown")
    seen.add(drawn())
    assert len(seen) == 9
    assert not [text for text in seen if "NaN" in text or "Infinity" in text]


def test_it_is_fit_for_a_reader_and_for_a_phone(page):
    for tensor in range(3):
        choose(page, tensor, 4, False, 60)
        assert browser.axe_violations(page) == []
    size = page.viewport_size
    page.set_viewport_size(browser.PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.set_viewport_size(size)
