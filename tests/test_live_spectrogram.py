"""The pictures of sound that the page makes are those of `features.sound`."""

import base64

import browser
import numpy as np
import pytest

from tinyml_course.features import log_mel, sound
from tinyml_course.widgets import Explore, static_assets

pytestmark = pytest.mark.slow

RATE = 16000
T = np.arange(RATE // 2) / RATE
SOUNDS = {
    "climb": 0.4 * np.sin(2 * np.pi * (200 * T + 3000 * T**2)),
    "noise": np.random.default_rng(2).normal(0, 0.05, RATE),
}
WHOLE = {name: np.round(x * 32767).astype("<i2") for name, x in SOUNDS.items()}
WINDOWS, HOPS, BANDS = [8, 30, 60], [12, 24], [0, 32, 8]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    for name, text in static_assets().items():
        (folder / name).write_text(text, encoding="utf-8")
    widget = Explore(
        live="spectrogram",
        look="What is in it?",
        alt="A picture of a sound.",
        data={
            "rate": RATE,
            "sounds": {
                name: base64.b64encode(x.tobytes()).decode()
                for name, x in WHOLE.items()
            },
            "windows": WINDOWS,
            "hops": HOPS,
            "bands": BANDS,
            "start": {"sound": "climb", "window": 30, "hop": 24, "bands": 32},
        },
    )
    (folder / "index.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title>'
        f"<main><h1>Sound</h1>{widget.html()}</main>"
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


def choose(page, name, window, hop, bands):
    page.get_by_label(name, exact=True).check()
    page.get_by_test_id("control-window").fill(str(WINDOWS.index(window)))
    page.get_by_test_id("control-hop").fill(str(HOPS.index(hop)))
    page.get_by_label(f"{bands} mel bands" if bands else "all bins").check()
    said = page.get_by_test_id("spectrogram-sentence")
    return said.inner_text(), float(said.get_attribute("data-mean"))


def expected(name, window, hop, bands):
    if bands:
        return log_mel(WHOLE[name], window_ms=window, hop_ms=hop, bands=bands)
    samples = RATE * window // 1000
    points = max(512, sound.fft_points(samples))
    power = sound.power_spectrum(WHOLE[name], samples, RATE * hop // 1000, points)
    return np.log2(power + 2.0**-30)


@pytest.mark.parametrize("name", SOUNDS)
@pytest.mark.parametrize(
    ("window", "hop", "bands"),
    [(30, 24, 32), (60, 12, 8), (30, 24, 0), (8, 12, 0), (60, 24, 0)],
)
def test_the_page_makes_the_picture_that_python_makes(page, name, window, hop, bands):
    said, mean = choose(page, name, window, hop, bands)
    want = expected(name, window, hop, bands)
    assert f"{want.shape[0]} columns of {want.shape[1]} numbers" in said
    assert mean == pytest.approx(want.mean(), abs=2e-4)


HOOK = """() => {
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function () {
    window.played = Array.from(this.buffer.getChannelData(0));
    return start.call(this);
  };
}"""


def test_the_picture_is_played_as_noise_that_has_the_same_picture(page):
    page.evaluate(HOOK)
    choose(page, "climb", 30, 12, 32)
    page.get_by_test_id("spectrogram-sound").click()
    np.testing.assert_allclose(page.evaluate("played"), WHOLE["climb"] / 32768)
    page.get_by_test_id("spectrogram-picture").click()
    heard = np.array(page.evaluate("played"))
    assert np.abs(heard).max() == pytest.approx(0.6, abs=1e-6)
    want, got = expected("climb", 30, 12, 32), log_mel(heard, hop_ms=12)
    assert np.corrcoef(want.ravel(), got.ravel())[0, 1] > 0.8
    apart = (want.argmax(axis=1) - got.argmax(axis=1))[2:-2]
    assert np.abs(apart).mean() < 0.5


def test_it_plays_and_draws_where_it_is(page):
    choose(page, "climb", 30, 24, 32)
    for what in ("sound", "picture"):
        page.get_by_test_id(f"spectrogram-{what}").click()
        cursor = page.locator("[data-testid=spectrogram-plot] path.tw-line")
        page.wait_for_function(
            "path => path.getAttribute('d')", arg=cursor.element_handle()
        )


def test_without_a_microphone_it_says_so(page):
    button = page.get_by_test_id("spectrogram-record")
    if button.count():
        button.click()
        page.get_by_text("There is no recording").wait_for()


def test_axe_finds_nothing(page):
    assert browser.axe_violations(page) == []
