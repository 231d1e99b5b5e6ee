"""The quantizer in a real browser: from a model to the validated table, and bad files.

One app serves all tests, in this order; its kernel starts TensorFlow once.
"""

import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import browser
import numpy as np
import pytest
from test_quantizer import X, Y, npz, saved, small

from tinyml_course import graph, verify, widgets

pytestmark = [pytest.mark.slow, pytest.mark.tf]

ROOT = Path(__file__).parents[1]
TINYML = Path(sys.executable).with_name("tinyml")
FOREIGN = "font-awesome"  # Voila's page asks for its own icons elsewhere
STAGE = "[data-testid=explore-live]"


@pytest.fixture(scope="module")
def page():
    running = subprocess.Popen(
        [TINYML, "app", "quantizer", "--port", "0", "--no-browser"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = running.stdout.readline().strip()
        with browser.chromium() as chrome:
            context = chrome.new_context(accept_downloads=True)
            context.route(
                lambda address: FOREIGN in address, lambda route: route.abort()
            )
            opened = context.new_page()
            opened.set_default_timeout(60_000)
            opened.goto(url)
            opened.get_by_test_id("quantizer-load").wait_for()
            yield opened
            context.close()
    finally:
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=20) == 0


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A .keras file of somebody's own, and one with code in it."""
    import keras

    folder = tmp_path_factory.mktemp("own")
    layers = keras.layers
    code = keras.Sequential([keras.Input((6, 6, 1)), layers.Lambda(lambda x: 2 * x)])
    return {"fine": saved(small(keras), folder), "code": saved(code, folder)}


def says(page, part, text):
    """Wait until a part of the app says something with ``text`` in it."""
    found = page.get_by_test_id(f"quantizer-{part}-says").filter(has_text=text)
    found.wait_for()
    return found


def give(page, of, name, content):
    page.get_by_test_id(f"quantizer-{of}").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def rows(page):
    """The validated table: name -> cells."""
    cells = page.get_by_test_id("quantizer-table").evaluate(
        "node => [...node.querySelectorAll('tbody tr')].map(line =>"
        " [...line.children].map(cell => cell.textContent))"
    )
    return {name: values for name, *values in cells}


def drawn(page, number):
    return page.get_by_test_id("quantizer-layer").nth(number).inner_html()


def test_from_a_model_of_the_course_to_the_validated_table(page):
    page.get_by_test_id("quantizer-load").click()
    starting = page.get_by_test_id("quantizer-progress")
    starting.wait_for()
    assert "TensorFlow" in starting.locator("xpath=..").inner_text()
    says(page, "load", "Now calibrate.")
    assert "with y." in page.get_by_test_id("quantizer-has").inner_text()
    page.get_by_test_id("quantizer-calibrate").click()
    says(page, "calibrate", "200 rows have run through the model.")
    assert page.get_by_test_id("quantizer-layer").count() == 5
    page.get_by_test_id("quantizer-quantize").click()
    says(page, "quantize", "Quantized and validated.")
    table = rows(page)
    assert list(table) == ["float32", "1: min-max, per channel"]
    exact, int8 = table.values()
    assert float(exact[0].rstrip(" %")) > 85
    assert abs(float(exact[0].rstrip(" %")) - float(int8[0].rstrip(" %"))) < 3
    assert int(int8[2].replace(",", "")) < int(exact[2].replace(",", ""))
    assert int8[-1] == "0"
    said = page.get_by_test_id("quantizer-results").inner_text()
    assert re.search(r"360 rows: .*points \(95 % interval .* to .*\)\.", said)
    assert "It fits the board." in said
    assert re.search(r"All 80 output bytes of 8 rows are those of TFLM", said)
    noise = page.get_by_test_id("quantizer-noise").locator("tbody tr")
    assert noise.count() == 5
    for line in noise.all():
        assert float(line.locator("td").last.inner_text()) > 15


def test_the_method_and_an_own_range_change_the_picture_and_the_model(page):
    seen = {drawn(page, 1)}
    for method in ("percentile", "entropy"):
        page.get_by_test_id("quantizer-overall").select_option(method)
        seen.add(drawn(page, 1))
    how = page.get_by_label("range of conv_1 by")
    how.select_option("own")
    page.get_by_label("low end of conv_1").fill("0")
    page.get_by_label("high end of conv_1").fill("0,4")
    seen.add(drawn(page, 1))
    card = page.get_by_test_id("quantizer-layer").nth(1)
    assert "Type both ends" in card.inner_text()
    page.get_by_label("high end of conv_1").fill("0.4")
    seen.add(drawn(page, 1))
    assert len(seen) == 5
    clipped = re.search(r"Takes 0 to 0.4: clips ([\d.]+) %", card.inner_text())
    assert float(clipped[1]) > 10
    assert card.locator("rect[data-out]").count() > 10
    assert card.locator("circle").count() > 0  # the outliers
    page.get_by_test_id("quantizer-weights").select_option("tensor")
    page.get_by_test_id("quantizer-quantize").click()
    page.get_by_text("2: entropy, 1 layer changed, per tensor").wait_for()
    first, second = list(rows(page).values())[1:]
    accuracies = [float(cells[0].rstrip(" %")) for cells in (first, second)]
    assert accuracies[1] < accuracies[0] - 3
    assert second[-1] == "0"


def test_what_is_saved_is_the_model_of_the_table(page, tmp_path):
    with page.expect_download() as waiting:
        page.get_by_test_id("quantizer-tflite").click()
    assert waiting.value.suggested_filename == "digits_int8.tflite"
    waiting.value.save_as(tmp_path / "digits.tflite")
    model = graph.read(tmp_path / "digits.tflite")
    scales = {round(t.scale[0] * 255, 4) for t in model.tensors if t.data is None}
    assert 0.4 in scales
    with page.expect_download() as waiting:
        page.get_by_test_id("quantizer-c").click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        archive.extractall(tmp_path)
    found = verify.verify(tmp_path / "digits.tflite", c_dir=tmp_path / "digits_int8")
    assert found["mismatches"] == 0


def test_a_range_that_cannot_be_is_told_and_nothing_is_lost(page):
    before = rows(page)
    for low, high, said in (
        ("0", "", "Type both ends of the range of 'conv_1'."),
        ("2", "1", "the first must be the smaller one"),
        ("1", "2", "leaves out zero"),
    ):
        page.get_by_label("low end of conv_1").fill(low)
        page.get_by_label("high end of conv_1").fill(high)
        page.get_by_test_id("quantizer-quantize").click()
        answer = says(page, "quantize", said)
        assert answer.get_attribute("data-tone") == "wrong"
        assert page.get_by_label("low end of conv_1").input_value() == low
    page.get_by_test_id("quantizer-rows").fill("0")
    page.get_by_test_id("quantizer-calibrate").click()
    says(page, "calibrate", "0 rows to calibrate with; expected 1 to 500.")
    page.get_by_test_id("quantizer-keep").fill("0")
    page.get_by_test_id("quantizer-keep").press("Tab")
    says(page, "ranges", "The percentile keeps more than 0")
    page.get_by_test_id("quantizer-keep").fill("99.5")
    page.get_by_test_id("quantizer-keep").press("Tab")
    assert rows(page) == before


def test_bad_files_give_one_message_and_nothing_is_lost(page, own):
    before = rows(page)
    fine = own["fine"]
    for of, name, content, said in (
        ("model", "notes.keras", b"no model at all", "is not a .keras file"),
        ("model", "empty.keras", b"", "'empty.keras' is empty (0 bytes)"),
        ("model", "old.h5", b"\x89HDF\r\n\x1a\n", "Keras' old format"),
        ("model", "cut.keras", fine[: len(fine) // 2], "cut short or damaged"),
        ("model", "code.keras", own["code"], "contains a Lambda layer"),
        ("data", "nan.npz", npz(x=np.full((9, 8, 8, 1), np.nan)), "NaN or infinite"),
        ("data", "wide.npz", npz(x=X), "the model takes (n, 8, 8, 1)"),
        ("data", "images.npz", npz(images=X), "no array called x"),
        ("data", "table.npz", b"1,2,3\n", "is not a .npz file"),
    ):
        give(page, of, name, content)
        answer = says(page, "load", said)
        assert answer.get_attribute("data-tone") == "wrong", name
        assert rows(page) == before, name
    page.get_by_test_id("quantizer-model").evaluate(
        """input => {
          const files = new DataTransfer();
          files.items.add(new File([new Uint8Array(33 * 2 ** 20)], "huge.keras"));
          input.files = files.files;
          input.dispatchEvent(new Event("change"));
        }"""
    )
    says(page, "load", "at most 33,554,432 are taken")
    assert "Model digits:" in page.get_by_test_id("quantizer-has").inner_text()


def test_an_own_model_and_own_data_go_the_same_way(page, own):
    give(page, "model", "mine.keras", own["fine"])
    says(page, "load", "Now give data that fit it.")
    assert not page.get_by_test_id("quantizer-calibrate").is_visible()
    # more than one piece of an upload
    many = npz(x=np.tile(X, (200, 1, 1, 1)), y=np.tile(Y, 200))
    assert len(many) > 2**20
    give(page, "data", "mine.npz", many)
    says(page, "load", "The data are loaded.")
    page.get_by_test_id("quantizer-rows").fill("100")
    page.get_by_test_id("quantizer-calibrate").click()
    says(page, "calibrate", "100 rows have run")
    page.get_by_test_id("quantizer-quantize").click()
    says(page, "quantize", "Quantized and validated.")
    assert len(rows(page)) == 2
    assert list(rows(page).values())[1][-1] == "0"


def test_it_is_fit_for_a_reader_and_for_a_phone(page):
    assert browser.axe_violations(page, STAGE) == []
    page.set_viewport_size(browser.PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    stage = page.locator(STAGE)
    assert stage.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_a_page_of_the_book_says_where_the_app_runs(page, tmp_path, monkeypatch):
    monkeypatch.setenv("TINYML_STATIC", "1")
    for name, text in widgets.static_assets().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    still = widgets.quantize_a_model()._repr_mimebundle_()[0]["text/html"]
    (tmp_path / "index.html").write_text(
        f'<!doctype html><html lang="en"><title>t</title><main><h1>t</h1>{still}</main>'
        '<script src="tinyml-widgets.js"></script>',
        encoding="utf-8",
    )
    with (
        browser.serve(tmp_path) as url,
        browser.watched(page.context.browser) as book,
    ):
        book.goto(f"{url}/index.html")
        said = book.locator(STAGE).inner_text()
    assert said.endswith("notebook, or run tinyml app quantizer.")
