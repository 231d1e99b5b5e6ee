"""The book as `make book` builds it, in a real browser: whole, local and live."""

import doctest
import html
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import browser
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from tinyml_course import cli, datasets, device, graph
from tinyml_course.features import from_strokes

ROOT = Path(__file__).parents[1]
BUILT = ROOT / "build" / "book" / "html"
DRAWINGS = sorted((ROOT / "tests" / "strokes").glob("[0-9].json"))
OTHERS = ROOT / "datasets" / "digits_cnn" / "drawings.json"
ALLOWED = json.loads((ROOT / "tests" / "axe_allowed.json").read_text())
GUIDE = sorted((ROOT / "book" / "instructors").glob("*.md"))
CHAPTER = "chapters/02_a_line_through_points.html"
BOARD = "chapters/21_the_256_kb_board.html"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1500),  # the first test executes every chapter, then builds
]


@pytest.fixture(scope="module")
def book():
    """Build the book, warnings as errors; its pages as {path: text}."""
    done = subprocess.run(
        [sys.executable, ROOT / "book" / "build.py"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {
        path.relative_to(BUILT).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(BUILT.rglob("*.html"))
        if "_static" not in path.parts
    }


@pytest.fixture(scope="module")
def url(book):
    with browser.serve(BUILT) as served:
        yield served


@pytest.fixture(scope="module")
def chrome():
    with browser.chromium() as running:
        yield running


def tags(text, name):
    """Each <name ...> of a page as {attribute: value}; not what scripts hold."""
    text = re.sub(r"(?s)<script.*?</script>", "", text)
    for tag in re.findall(rf"<{name}\b[^>]*>", text):
        pairs = re.findall(r'([\w-]+)="([^"]*)"', tag)
        yield {key: html.unescape(value) for key, value in pairs}


# What is on the disk


def test_every_link_inside_the_book_leads_to_a_page_and_a_place(book):
    ids = {
        page: set(re.findall(r'\bid="([^"]+)"', text)) for page, text in book.items()
    }
    dead = []
    for page, text in book.items():
        for link in tags(text, "a"):
            href = link.get("href", "")
            if not href or re.match(r"[a-z]+:", href):
                continue
            target, place = urldefrag(urljoin(f"/{page}", href))
            target = unquote(target).strip("/") or "index.html"
            found = target in book or (BUILT / target).is_file()
            if not found or (place and target in ids and place not in ids[target]):
                dead.append(f"{page}: {href}")
    assert not dead


def test_every_image_says_what_it_shows(book):
    silent = [
        f"{page}: {str(image)[:120]}"
        for page, text in book.items()
        for image in tags(text, "img")
        if len(image.get("alt", "").split()) < 3
    ]
    assert not silent


def test_pages_name_no_other_machine_for_what_they_load(book):
    foreign = [
        f"{page}: {address}"
        for page, text in book.items()
        for name, key in (("script", "src"), ("link", "href"), ("img", "src"))
        for address in re.findall(
            rf'<{name}\b[^>]*\b{key}="((?:https?:)?//[^"]+)"', text
        )
    ]
    assert not foreign


def test_only_pages_with_widgets_load_the_widgets(book):
    for page, text in book.items():
        has = 'class="tinyml-widget"' in text
        assert has == ("tinyml-widgets.js" in text), page
    assert 'class="tinyml-widget"' in book[CHAPTER]
    assert "require.js" not in "".join(book.values())


def test_the_map_links_what_is_written_and_calls_the_rest_planned(book):
    page = book["course_map.html"]
    written = {
        path.name[:2] for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")
    }
    for number in range(23):
        row = re.search(rf"<td><p>{number:02d}</p></td>\s*<td>(.*?)</tr>", page, re.S)
        assert row, number
        assert ("href=" in row[1]) == (f"{number:02d}" in written)
        assert ("planned" in row[1]) == (f"{number:02d}" not in written)


# The engineers' pages: their examples run


def engineers(name):
    return (ROOT / "book" / "engineers" / f"{name}.md").read_text(encoding="utf-8")


def run_commands(text, folder):
    """Run each `$ tinyml ...` of a page in a folder that holds the digit model."""
    shutil.copy(datasets.model_path("digits_cnn"), folder)
    lines = re.findall(r"(?m)^\$ (tinyml .*)$", text)
    for line in lines:
        assert cli.main(shlex.split(line)[1:]) == 0, line
    return len(lines)


def run_python(text):
    blocks = re.findall(r"(?s)```python\n(.*?)```", text)
    example = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "page", "", 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    said = []
    assert runner.run(example, out=said.append).failed == 0, "".join(said)
    return runner.tries


def programs(text):
    return re.findall(r"(?s)```c\n(#include.*?)```", text)


def test_the_engineers_first_page_runs_as_printed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = engineers("index")
    assert run_commands(text, tmp_path) >= 4
    assert run_python(text) > 5
    (program,) = programs(text)
    sources = {path.name: path.read_text() for path in (tmp_path / "digits").iterdir()}
    run = device.run({**sources, "main.c": program})
    assert 0 <= run.exit_code <= 9


def test_the_engineers_page_about_c_runs_as_printed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = engineers("c")
    assert run_commands(text, tmp_path) == 3
    (program,) = programs(text)
    (tmp_path / "main.c").write_text(program)
    command = [sys.executable, "-m", "ziglang", "cc", "-std=c11", "main.c"]
    units = map(str, (tmp_path / "digits_io").glob("*.c"))
    subprocess.run([*command, *units, "-Idigits_io", "-o", "app"], check=True)
    said = subprocess.run([tmp_path / "app"], capture_output=True, text=True)
    model = graph.read("model.tflite")
    pixels = np.zeros((1, 8, 8, 1), np.float32)
    pixels[0, 1:7, 3] = 1
    scores = graph.invoke(model, model.tensors[model.inputs[0]].quantize(pixels))
    best = int(scores.argmax())
    score = model.tensors[model.outputs[0]].dequantize(scores)[0, best]
    names = "zero one two three four five six seven eight nine".split()
    assert said.stdout == f"{names[best]}, {score:.2f}\n"
    header = (tmp_path / "digits" / "digits.h").read_text()
    for symbol in re.findall(r"`[^`]*?\b(DIGITS_\w+|digits_\w+)[^`]*`", text):
        if symbol.startswith(("DIGITS_", "digits_in", "digits_out")):
            assert symbol in header or symbol.endswith(("_1", "_io")), symbol


def test_the_engineers_page_about_targets_runs_as_printed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    text = engineers("targets")
    assert run_commands(text, tmp_path) == 7
    assert run_python(text) == 5
    assert (tmp_path / "sketches" / "digits_c" / "digits_c.ino").is_file()


# In the browser


def test_no_page_asks_another_machine_or_complains(book, chrome, url):
    with browser.watched(chrome) as page:
        for name in book:
            page.goto(f"{url}/{name}", wait_until="networkidle")
            assert page.locator("main h1").count() >= 1 or name == "genindex.html", name


def test_formulas_are_typeset(chrome, url):
    with browser.watched(chrome) as page:
        page.goto(f"{url}/{CHAPTER}")
        formula = page.locator("mjx-container").first
        formula.wait_for()
        assert formula.bounding_box()["width"] > 5


def test_search_finds_a_word_and_its_page(chrome, url):
    with browser.watched(chrome) as page:
        page.goto(f"{url}/search.html?q=residual")
        found = page.locator("#search-results li a").first
        found.wait_for()
        assert "02_a_line_through_points" in found.get_attribute("href")


@pytest.mark.parametrize("size", [{"width": 1280, "height": 900}, browser.PHONE])
@pytest.mark.parametrize(
    "name",
    ["index.html", "draw.html"]
    + [f"engineers/{page}.html" for page in ("index", "c", "targets", "boards")]
    + [f"instructors/{path.stem}.html" for path in GUIDE],
)
def test_pages_do_not_scroll_sideways(name, size, chrome, url):
    with browser.watched(chrome, viewport=size) as page:
        page.goto(f"{url}/{name}")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", CHAPTER, "draw.html", BOARD])
def test_axe_finds_nothing_that_is_ours(name, scheme, chrome, url):
    with browser.watched(chrome, color_scheme=scheme) as page:
        page.goto(f"{url}/{name}", wait_until="networkidle")
        allowed = {(entry["rule"], entry["selector"]) for entry in ALLOWED}
        # Without preload: axe looks for what a style sheet imports beside the page.
        options = {"preload": False}
        found = [
            f"{rule['id']} at {target}: {node['failureSummary'][:300]}"
            for rule in Axe().run(page, options=options).response["violations"]
            for node in rule["nodes"]
            for target in node["target"]
            if (rule["id"], target) not in allowed
        ]
        assert not found


def test_what_axe_may_find_names_its_upstream_issue():
    for entry in ALLOWED:
        assert set(entry) == {"rule", "selector", "upstream"}
        assert entry["upstream"].startswith("https://")


def test_a_control_of_chapter_02_changes_its_picture(chrome, url):
    with browser.watched(chrome) as page:
        page.goto(f"{url}/{CHAPTER}")
        explore = page.locator(
            "[data-testid=explore]:has([data-testid=explore-picture])"
        ).first
        explore.scroll_into_view_if_needed()
        picture = explore.get_by_test_id("explore-picture")
        before = picture.get_attribute("src")
        slider = explore.locator("input[type=range]").first
        slider.focus()
        slider.press("ArrowRight")
        page.wait_for_function(
            "([image, old]) => image.src !== old",
            arg=[picture.element_handle(), before],
        )


# The digit model in the page


def draw(page, drawing):
    """Draw with the mouse as a person does: press, move, lift, for each stroke."""
    page.get_by_test_id("digit-clear").click()
    canvas = page.get_by_test_id("digit-canvas")
    canvas.scroll_into_view_if_needed()
    box, border = canvas.bounding_box(), 2
    scale = (box["width"] - 2 * border) / drawing["box"]
    for stroke in drawing["strokes"]:
        for number, (x, y) in enumerate(stroke):
            page.mouse.move(
                box["x"] + border + x * scale, box["y"] + border + y * scale
            )
            if number == 0:
                page.mouse.down()
        page.mouse.up()


def seen(page):
    """The 64 counts and the ten output bytes that the page shows."""
    grid = page.get_by_test_id("digit-grid")
    return [
        np.array(grid.get_attribute(f"data-{name}").split(","), dtype=int)
        for name in ("counts", "output")
    ]


def on_the_board(model, counts):
    """The ten bytes that the emulated board answers to the same 64 counts, each row."""
    x = model.tensors[model.inputs[0]].quantize(np.asarray(counts, np.float32) / 16)
    return device.run_model(model, x.reshape(-1, 8, 8, 1)).outputs.reshape(-1, 10)


def open_digit_page(page, url):
    page.goto(f"{url}/draw.html")
    page.locator("[data-ready=true]").wait_for()


def test_digits_drawn_on_the_page_are_read_as_the_board_reads_them(chrome, url):
    drawings = [json.loads(path.read_text()) for path in DRAWINGS]
    assert [item["digit"] for item in drawings] == list(range(10))
    results = []
    with browser.watched(chrome) as page:
        open_digit_page(page, url)
        for item in drawings:
            draw(page, item)
            results.append(
                (*seen(page), page.get_by_test_id("digit-says").inner_text())
            )
    counts, outputs, said = zip(*results, strict=True)
    right = [
        f" {item['digit']} (" in text for item, text in zip(drawings, said, strict=True)
    ]
    assert sum(right) >= 8, said
    board = on_the_board(graph.read(datasets.model_path("digits_cnn")), counts)
    assert np.array_equal(np.array(outputs), board)


def test_the_page_and_python_make_the_same_image_of_a_drawing(chrome, url):
    drawings = sorted(json.loads(OTHERS.read_text()), key=lambda item: item["digit"])
    with browser.watched(chrome) as page:
        open_digit_page(page, url)
        for number, item in enumerate(drawings):
            page.get_by_test_id("digit-sample").select_option(str(number))
            counts, _ = seen(page)
            assert np.array_equal(counts / 16, from_strokes(item["strokes"]).ravel())


def test_pixels_can_be_set_with_the_keyboard_alone(chrome, url):
    with browser.watched(chrome) as page:
        open_digit_page(page, url)
        page.get_by_test_id("digit-pixel").first.focus()
        for key in ["ArrowRight", "ArrowRight", "ArrowRight"] + [
            "Space",
            "ArrowDown",
        ] * 8:
            page.keyboard.press(key)
        counts, output = seen(page)
        assert counts.reshape(8, 8)[:, 3].tolist() == [16] * 8
        assert counts.sum() == 128
        assert (
            page.get_by_test_id("digit-says").inner_text().startswith("The model reads")
        )
        board = on_the_board(graph.read(datasets.model_path("digits_cnn")), [counts])
        assert np.array_equal(output, board[0])


def test_clear_empties_the_page_and_the_model_says_nothing(chrome, url):
    with browser.watched(chrome) as page:
        open_digit_page(page, url)
        draw(page, json.loads(DRAWINGS[5].read_text()))
        page.get_by_test_id("digit-clear").click()
        counts, _ = seen(page)
        assert not counts.any()
        assert page.get_by_test_id("digit-share-5").inner_text() == ""
        assert "Draw a digit" in page.get_by_test_id("digit-says").inner_text()


def test_the_page_names_the_drawings_that_the_model_misreads():
    model = graph.read(datasets.model_path("digits_cnn"))
    drawings = json.loads(OTHERS.read_text())
    counts = [16 * from_strokes(item["strokes"]).ravel() for item in drawings]
    answers = on_the_board(model, counts).argmax(axis=1)
    wrong = {
        (item["digit"], item["style"], int(answer))
        for item, answer in zip(drawings, answers, strict=True)
        if item["digit"] != answer
    }
    assert wrong == {
        (1, "serifs and bars", 2),
        (8, "serifs and bars", 9),
        (4, "large and shaky", 9),
    }
    text = (ROOT / "book" / "draw.md").read_text(encoding="utf-8")
    assert "it misreads three" in " ".join(text.split())
