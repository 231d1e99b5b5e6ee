"""The kernel that is painted in a real Chromium filters as `scratch.vision` does."""

import browser
import numpy as np
import pytest

from tinyml_course.scratch.vision import convolve
from tinyml_course.widgets import Explore, static_assets

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(3)
PICTURES = {name: RNG.integers(0, 256, (12, 12)) for name in ("one", "two")}
KERNELS = {
    "nothing": [0, 0, 0, 0, 1, 0, 0, 0, 0],
    "mean": [1] * 9,
    "across": [-1, 0, 1, -2, 0, 2, -1, 0, 1],
}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    for name, text in static_assets().items():
        (folder / name).write_text(text, encoding="utf-8")
    widget = Explore(
        live="kernel",
        look="What does it do to an edge?",
        alt="A picture, a kernel of nine numbers, and the filtered picture.",
        data={
            "pictures": [{"name": n, "rows": p} for n, p in PICTURES.items()],
            "kernels": [{"name": n, "kernel": k} for n, k in KERNELS.items()],
        },
    )
    (folder / "index.html").write_text(
        '<!doctype html><html lang="en"><title>t</title>'
        f"<main><h1>A kernel</h1>{widget.html()}</main>"
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


def choose(page, name, text):
    control = page.get_by_test_id(f"control-{name}")
    if control.count() > 1:  # a few options are radio buttons
        page.get_by_label(text, exact=True).check()
    else:
        control.select_option(label=text)


def result(page):
    """The grey levels of the filtered picture, (10, 10)."""
    levels = page.get_by_test_id("kernel-after").evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )
    return np.array(levels).reshape(10, 10, 4)[..., 0]


def expected(picture, kernel):
    kernel = np.array(kernel, float).reshape(3, 3)
    out = convolve(picture, kernel)
    if kernel.sum():
        return np.clip(out / kernel.sum(), 0, 255)
    return np.clip(128 + 2 * out / np.abs(kernel).sum(), 0, 255)


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("kernel", KERNELS)
def test_the_page_filters_as_python_does(page, picture, kernel):
    choose(page, "picture", picture)
    choose(page, "preset", kernel)
    wanted = expected(PICTURES[picture], KERNELS[kernel])
    assert np.abs(result(page) - wanted).max() <= 0.51


def test_a_number_can_be_changed_and_the_sentence_follows(page):
    choose(page, "picture", "one")
    choose(page, "preset", "across")
    sentence = page.get_by_test_id("kernel-sentence")
    assert "adds up to 0" in sentence.inner_text()
    page.get_by_test_id("kernel-4").fill("4")
    assert "adds up to 4" in sentence.inner_text()
    wanted = expected(PICTURES["one"], [-1, 0, 1, -2, 4, 2, -1, 0, 1])
    assert np.abs(result(page) - wanted).max() <= 0.51
    page.get_by_test_id("kernel-4").fill("")
    assert "adds up to 0" in sentence.inner_text()


def test_axe_finds_nothing(page):
    assert browser.axe_violations(page) == []
