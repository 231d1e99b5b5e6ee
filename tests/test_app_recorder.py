"""The recorder in a real browser: a CSV, spans by mouse and keys, files, sensors."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import browser
import numpy as np
import pytest

from tinyml_course import widgets

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
TINYML = Path(sys.executable).with_name("tinyml")
FOREIGN = "font-awesome"  # Voila's page asks for its own icons elsewhere


def csv(rows=200, rate=50.0, more=""):
    """Readings that say where they are: ax counts them."""
    lines = [f"{i / rate:.3f},{i},{np.sin(i / 5):.4f},1" for i in range(rows)]
    return "time,ax,ay,az\n" + "\n".join(lines) + "\n" + more


@pytest.fixture(scope="module")
def chrome():
    with browser.chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    for name, text in widgets.static_assets().items():
        (folder / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYML_STATIC", "1")
        html = widgets.record_motion()._repr_mimebundle_()[0]["text/html"]
    (folder / "index.html").write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Recorder'
        '</title><meta name="viewport" content="width=device-width">'
        '<link rel="stylesheet" href="tinyml-widgets.css">'
        '<script defer src="tinyml-widgets.js"></script></head>'
        f"<body><main><h1>Recorder</h1>{html}</main></body></html>",
        encoding="utf-8",
    )
    with browser.serve(folder) as url:
        yield url


@pytest.fixture
def page(chrome, site):
    with browser.watched(chrome) as opened:
        opened.goto(f"{site}/index.html")
        yield opened


def give(page, text, name="walk.csv"):
    """Open a CSV; what the page says to it."""
    page.get_by_test_id("recorder-file").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )
    said = page.get_by_test_id("recorder-says")
    page.wait_for_timeout(150)
    return said.inner_text()


def saved(page, press):
    """Press a button that saves; the file's name and text."""
    with page.expect_download() as waiting:
        page.get_by_test_id(f"recorder-{press}").click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_text()


def drag(page, first, last):
    """Mark a share of the picture with the mouse."""
    box = page.get_by_test_id("recorder-view").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + first * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + (first + last) / 2 * box["width"], y)
    page.mouse.move(box["x"] + last * box["width"], y)
    page.mouse.up()


def spans(page):
    return page.get_by_test_id("recorder-span").all_inner_texts()


def test_a_csv_is_labelled_by_mouse_and_keys_and_saved(page):
    assert "200 readings of 3 columns, 3.98 s, about 50 a second." in give(page, csv())
    drag(page, 0.1, 0.4)
    page.get_by_test_id("recorder-label").fill("walking")
    page.get_by_test_id("recorder-name").click()
    view = page.get_by_test_id("recorder-view")
    view.focus()
    for key in ("Home", *["Shift+ArrowRight"] * 2, "Space", "End", "Space"):
        page.keyboard.press(key)
    page.get_by_test_id("recorder-label").fill("sitting")
    view.focus()
    page.keyboard.press("Enter")
    assert [text.split("\t")[0] for text in spans(page)] == ["walking", "sitting"]
    name, text = saved(page, "save")
    assert name == "walk_labelled.csv"
    head, *rows = text.strip().split("\n")
    assert head == "time,ax,ay,az,label"
    assert len(rows) == 200
    labels = [row.split(",")[-1] for row in rows]
    assert all(label == "sitting" for label in labels[100:])
    walked = [i for i, label in enumerate(labels) if label == "walking"]
    assert walked == list(range(walked[0], walked[-1] + 1))
    assert abs(walked[0] - 20) <= 2
    assert abs(walked[-1] - 80) <= 2
    assert [row.split(",")[1] for row in rows[:3]] == ["0", "1", "2"]

    page.get_by_test_id("recorder-size").fill("40")
    name, text = saved(page, "windows")
    assert name == "walk_windows.csv"
    table = np.genfromtxt(text.split("\n"), delimiter=",", skip_header=1, dtype=str)
    x = table[:, 2:].astype(float).reshape(len(table), 40, 3)
    assert np.array_equal(x[0, :, 0], np.arange(walked[0], walked[0] + 40))
    assert set(table[:, 0]) == {"walking", "sitting"}
    inside = {
        label: {i for i, found in enumerate(labels) if found == label}
        for label in ("walking", "sitting")
    }
    for row, window in zip(table, x, strict=True):
        assert set(window[:, 0].astype(int)) <= inside[row[0]]  # none across a seam


def test_a_saved_file_is_opened_again_with_its_spans(page):
    give(page, csv())
    drag(page, 0.5, 0.9)
    page.get_by_test_id("recorder-name").click()
    before = spans(page)
    _, text = saved(page, "save")
    assert "200 readings" in give(page, text, "again.csv")
    assert spans(page) == before


def test_a_new_span_takes_its_room_and_each_can_be_removed(page):
    give(page, csv())
    view = page.get_by_test_id("recorder-view")
    for first, last, label in ((0.0, 1.0, "walking"), (0.4, 0.6, "standing")):
        drag(page, first, last)
        page.get_by_test_id("recorder-label").fill(label)
        page.get_by_test_id("recorder-name").click()
    names = [text.split("\t")[0] for text in spans(page)]
    assert names == ["walking", "standing", "walking"]
    view.focus()
    page.keyboard.press("Home")
    page.keyboard.press("Delete")
    assert len(spans(page)) == 2
    page.get_by_role("button", name=re.compile("Remove standing")).click()
    assert [text.split("\t")[0] for text in spans(page)] == ["walking"]


BAD = {
    "": "The file is empty.",
    "time,ax\n0,1\n": "Rows of readings: 1; two",
    "time,ax,ay\n0,1,2\n0.02,1\n": "Line 3 has 2 values, the first line 3.",
    "time,ax\n0,1\n0.02,one\n": 'Line 3, column "ax": expected a number, received "on',
    "time;ax\n0;1\n0,02;1\n": 'received "0,02". Write decimals with a point.',
    "time,ax\n0,1\n0.02,\n": 'Line 3, column "ax": expected a number, received ""',
    "time,ax\n0.02,1\n0.02,2\n": "The time does not go on at line 3: 0.02 after 0.02.",
    "time,label\n0,a\n1,b\n": "No column of readings beside time, label.",
    "ax,ax\n0,1\n1,2\n": "Two columns have the same name",
}


@pytest.mark.parametrize("text", BAD)
def test_a_bad_csv_gives_a_message_and_leaves_what_was_there(page, text):
    give(page, csv())
    assert BAD[text] in give(page, text, "bad.csv")
    assert page.get_by_test_id("recorder-says").get_attribute("data-tone") == "wrong"
    assert saved(page, "save")[0] == "walk_labelled.csv"


def test_other_ways_to_write_a_csv_are_read(page):
    assert "2 columns, 0.04 s" in give(page, "ms;ax;ay\n0;1;2\n20;1;2\n40;1;2\n")
    assert "1 columns, 0.04 s" in give(page, "micros,ax\n0,1\n20000,1\n40000,1\n")
    said = give(page, "1,2,3\n1,2,3\n1,2,3\n")
    assert "No column is called time: 50 readings a second are assumed." in said


def test_saving_without_anything_says_what_is_missing(page):
    said = page.get_by_test_id("recorder-says")
    for button, answer in (
        ("save", "Open or record something first."),
        ("windows", "Name a span first"),
        ("name", "Open or record something first."),
    ):
        page.get_by_test_id(f"recorder-{button}").click()
        assert answer in said.inner_text()
    page.get_by_test_id("recorder-sample").click()
    assert "6 columns" in said.inner_text()
    page.get_by_test_id("recorder-name").click()
    assert "Mark a span first" in said.inner_text()
    drag(page, 0.1, 0.2)
    page.get_by_test_id("recorder-label").fill("a,b")
    page.get_by_test_id("recorder-name").click()
    assert "A label is a word" in said.inner_text()
    page.get_by_test_id("recorder-label").fill("walking")
    page.get_by_test_id("recorder-name").click()
    page.get_by_test_id("recorder-size").fill("5000")
    page.get_by_test_id("recorder-windows").click()
    assert "No span has 5000 readings." in said.inner_text()


def move(page, count):
    """As a phone would: events of a device that lies flat and turns."""
    page.evaluate(
        """async count => {
          for (let i = 0; i < count; i++) {
            window.dispatchEvent(new DeviceMotionEvent("devicemotion", {
              accelerationIncludingGravity: { x: 0, y: 0.981, z: 9.81 },
              rotationRate: { alpha: 0, beta: 0, gamma: 90 }, interval: 16,
            }));
            await new Promise(done => setTimeout(done, 5));
          }
        }""",
        count,
    )


def test_the_sensors_of_a_device_are_recorded(page):
    record = page.get_by_test_id("recorder-record")
    record.click()  # Chromium is asked for permission first: not at once
    page.get_by_role("button", name="Stop", exact=True).wait_for()
    move(page, 40)
    record.click()
    said = page.get_by_test_id("recorder-says").inner_text()
    assert re.match(r"recording: 40 readings of 6 columns", said)
    drag(page, 0.0, 1.0)
    page.get_by_test_id("recorder-name").click()
    _, text = saved(page, "save")
    head, first, *_ = text.split("\n")
    assert head == "time,ax,ay,az,gx,gy,gz,label"
    values = [float(value) for value in first.split(",")[1:7]]
    assert values == pytest.approx([0, 0.1, 1, 0, 0, np.pi / 2], abs=1e-4)


def test_a_browser_without_sensors_says_so_and_why(chrome, site, page):
    page.get_by_test_id("recorder-record").click()
    page.get_by_text("Two seconds, and not one reading.").wait_for()
    assert (
        "A computer seldom has any" in page.get_by_test_id("recorder-says").inner_text()
    )
    with browser.watched(chrome) as other:
        other.add_init_script(
            "Object.defineProperty(window, 'isSecureContext', {value: false});"
            "delete window.DeviceMotionEvent;"
        )
        other.goto(f"{site}/index.html")
        other.get_by_test_id("recorder-record").click()
        said = other.get_by_test_id("recorder-says").inner_text()
        assert (
            "without encryption. Open the app by https, or on this very device" in said
        )


def test_a_refusal_of_the_sensors_is_told(chrome, site):
    with browser.watched(chrome) as page:
        page.add_init_script(
            "DeviceMotionEvent.requestPermission = async () => 'denied';"
        )
        page.goto(f"{site}/index.html")
        page.get_by_test_id("recorder-record").click()
        page.get_by_text("The sensors were not allowed.").wait_for()


def test_the_page_is_fit_for_a_phone_and_for_a_reader(chrome, site):
    with browser.watched(chrome, viewport=browser.PHONE) as page:
        page.goto(f"{site}/index.html")
        page.get_by_test_id("recorder-sample").click()
        drag(page, 0.2, 0.4)
        page.get_by_test_id("recorder-name").click()
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= browser.PHONE["width"]
        assert browser.axe_violations(page) == []


def test_the_app_runs_in_voila_and_labels_a_csv(chrome):
    running = subprocess.Popen(
        [TINYML, "app", "recorder", "--port", "0", "--no-browser"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = running.stdout.readline().strip()
        page = chrome.new_context(accept_downloads=True).new_page()
        page.route(lambda address: FOREIGN in address, lambda route: route.abort())
        page.goto(url)
        page.locator("[data-ready=true]").wait_for(timeout=60_000)
        assert "200 readings" in give(page, csv())
        drag(page, 0.25, 0.75)
        page.get_by_test_id("recorder-name").click()
        name, text = saved(page, "save")
        assert name == "walk_labelled.csv"
        assert text.count(",walking") == pytest.approx(100, abs=3)
        page.context.close()
    finally:
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=20) == 0
