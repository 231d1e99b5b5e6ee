"""The widgets in a real Chromium: a page without a kernel, JupyterLab, Voila."""

from __future__ import annotations

import browser
import nbformat
import numpy as np
import pytest

from tinyml_course.widgets import Check, Predict, static_assets

pytestmark = pytest.mark.slow

X = [0.5, 1.0, 2.0, 3.5, 4.0]
Y = [3.1, 4.2, 5.9, 9.2, 9.8]

WIDGETS = '''
import numpy as np
from tinyml_course.widgets import Check, Choice, Explore, Predict, Slider
def picture(slope, kind):
    from matplotlib import pyplot as plt
    figure, axes = plt.subplots()
    axes.plot([0, 1], [0, slope], linestyle=kind)
    axes.set(xlabel="x", ylabel="y", ylim=(-2, 2))
    return figure, f"The right end is at {slope}."
widgets = [
    Predict("How many bytes?", answer=lambda: 12_345, unit="bytes",
            explain=lambda answer: f"There are {answer:,} of them."),
    Check("How many parameters?", answer=16, mistakes={12: "And the biases?"},
          reveal="Twelve and four."),
    Check("Write `double`.", test=lambda: None if double(2) == 4 else "Twice, please."),
    Explore(picture, look="See the end.", alt=lambda slope, kind: f"To {slope}.",
            slope=Slider(-2, 2, 1, 1, "slope"),
            kind=Choice(["solid", "dotted"], "solid", "kind of line")),
    Explore(live="drag_line", look="Hold the line.", alt="Points and a line.",
            data={"x": X, "y": Y, "x_label": "time", "y_label": "level",
                  "x_unit": "h", "y_unit": "m"}),
]
'''  # fmt: skip


@pytest.fixture(scope="module")
def chrome():
    with browser.chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    for name, text in static_assets().items():
        (folder / name).write_text(text, encoding="utf-8")
    names = {"X": X, "Y": Y}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYML_STATIC", "1")
        exec(WIDGETS, names)
        widgets = names["widgets"]
        widgets.insert(1, Predict("Which one?", answer="RAM", options=["flash", "RAM"]))
        widgets.insert(2, Check("Which?", options=["a", "b"], answer="b",
                                mistakes={"a": "The first is *not* it."}))  # fmt: skip
        body = "\n".join(w._repr_mimebundle_()[0]["text/html"] for w in widgets)
        assert [w.error for w in widgets] == [""] * 7
    head = (
        '<meta charset="utf-8"><title>Widgets</title>'
        '<meta name="viewport" content="width=device-width">'
        '<link rel="stylesheet" href="tinyml-widgets.css">'
    )
    script = '<script defer src="tinyml-widgets.js"></script>'
    for name, scripts in {"index": script, "no_script": ""}.items():
        (folder / f"{name}.html").write_text(
            f'<!doctype html><html lang="en"><head>{head}{scripts}</head><body><main>'
            f"<h1>Widgets</h1>{body}</main></body></html>",
            encoding="utf-8",
        )
    with browser.serve(folder) as url:
        yield url


@pytest.fixture
def page(chrome, site):
    with browser.watched(chrome) as opened:
        opened.goto(f"{site}/index.html")
        yield opened


def moved(page, act):
    """Act, wait for another picture; give its sentence."""
    picture = page.get_by_test_id("explore-picture")
    before = picture.get_attribute("src")
    act()
    page.wait_for_function(
        "old => document.querySelector('[data-testid=explore-picture]').src !== old",
        arg=before,
    )
    shown = picture.evaluate("p => p.decode().then(() => p.naturalWidth)")
    assert shown > 100
    return page.get_by_test_id("explore-sentence").inner_text()


def guess_and_check(page):
    """What a student does with the two questions with numbers, by keyboard."""
    field = page.get_by_test_id("predict-input").first
    field.fill("a lot")
    field.press("Enter")
    verdict = page.get_by_test_id("predict-verdict").first
    assert '"a lot" is not a number' in verdict.inner_text()
    field.fill("4k")
    field.press("Enter")
    page.get_by_text("There are 12,345 of them.").wait_for()
    assert "It is 12,345 bytes. You guessed 4,000 bytes." in verdict.inner_text()
    assert "3.1 times too low" in verdict.inner_text()
    assert field.is_disabled()
    field = page.get_by_test_id("check-input")
    for typed, said in {
        "12": "Not yet. And the biases?",
        "16": "Right. Twelve",
    }.items():
        field.fill(typed)
        field.press("Enter")
        box = page.get_by_test_id("check-verdict").filter(has_text=said)
        assert box.is_visible()


def test_questions_in_the_page_answer_by_keyboard(page):
    guess_and_check(page)


def test_options_in_the_page(page):
    page.get_by_test_id("predict-button").nth(1).click()
    verdict = page.get_by_test_id("predict-verdict").nth(1)
    assert "Choose one first" in verdict.inner_text()
    page.get_by_label("flash").check()
    page.get_by_test_id("predict-button").nth(1).click()
    assert "It is RAM. You guessed flash." in verdict.inner_text()
    page.get_by_label("a", exact=True).check()
    page.get_by_test_id("check-button").first.click()
    assert page.get_by_test_id("check-verdict").first.inner_text() == (
        "Not yet. The first is not it."
    )
    page.get_by_label("b", exact=True).check()  # an old verdict does not stay
    assert page.get_by_test_id("check-verdict").first.inner_text() == ""


def test_code_in_the_page_is_sent_to_the_notebook(page):
    assert page.get_by_role("button", name="Check my code").is_disabled()
    assert page.get_by_text("Your code is checked in the notebook").is_visible()


def test_controls_in_the_page_move_the_picture(page):
    slider = page.get_by_role("slider", name="slope", exact=True)
    slider.focus()
    said = moved(page, lambda: page.keyboard.press("End"))
    assert said == "The right end is at 2."
    assert page.get_by_test_id("explore-picture").get_attribute("alt") == "To 2."
    assert slider.get_attribute("aria-valuetext") == "2"
    moved(page, lambda: page.get_by_label("dotted").check())


def test_the_line_can_be_held_by_pointer_keyboard_and_number(page):
    def error():
        slope = float(page.get_by_test_id("line-slope").input_value())
        intercept = float(page.get_by_test_id("line-intercept").input_value())
        return np.mean((np.array(Y) - slope * np.array(X) - intercept) ** 2)

    def shown():
        text = page.get_by_test_id("line-mse").inner_text()
        return float(text.split("=")[-1].split()[0])

    assert shown() == pytest.approx(error(), rel=2e-3)
    start = shown()
    page.get_by_test_id("line-handle-1").focus()
    for _ in range(10):
        page.keyboard.press("ArrowUp")
    by_key = shown()
    assert by_key < start
    assert by_key == pytest.approx(error(), rel=2e-3)
    box = page.get_by_test_id("line-handle-0").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 60, steps=4)
    page.mouse.up()
    assert shown() == pytest.approx(error(), rel=2e-3)
    assert shown() != by_key
    page.get_by_test_id("line-slope").fill("2")
    page.get_by_test_id("line-intercept").fill("2.1")
    assert shown() == pytest.approx(error(), rel=2e-3)
    page.get_by_test_id("line-best-button").click()
    slope, intercept = np.polyfit(X, Y, 1)
    text = page.get_by_test_id("line-best").inner_text()
    assert f"slope {slope:.4g}, intercept {intercept:.4g}" in text
    page.get_by_test_id("loss-view-button").click()
    surface = page.get_by_test_id("loss-surface")
    before = surface.inner_html()
    surface.focus()
    page.keyboard.press("ArrowLeft")
    assert surface.inner_html() != before


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_before_and_after_use(page, theme):
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    if theme == "dark":
        page.add_style_tag(content=":root {--pst-color-background: #14181e;"
                           "--pst-color-text-base: #ced6dd; --pst-color-text-muted:"
                           "#9ca4af} h1 {background: white}")  # fmt: skip
    assert browser.axe_violations(page) == []
    guess_and_check(page)
    page.get_by_test_id("line-best-button").click()
    page.get_by_test_id("loss-view-button").click()
    assert browser.axe_violations(page) == []


def test_a_phone_shows_everything_without_scrolling_sideways(chrome, site):
    with browser.watched(chrome, viewport=browser.PHONE) as page:
        page.goto(f"{site}/index.html")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        slider = page.get_by_role("slider", name="slope", exact=True)
        assert slider.bounding_box()["width"] > 200


def test_without_a_script_the_stills_show(chrome, site):
    with browser.watched(chrome) as page:
        page.goto(f"{site}/no_script.html")
        assert page.get_by_role("img", name="To 1.").is_visible()
        assert page.get_by_text("How many bytes?").is_visible()
        assert not page.get_by_text("12,345").is_visible()


def test_a_page_opened_from_a_folder_is_live_too(chrome, tmp_path):
    for name, text in static_assets().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    html = Check("How many?", answer=3).html()
    html += '<script src="tinyml-widgets.js"></script>'
    (tmp_path / "index.html").write_text(html, encoding="utf-8")
    with browser.watched(chrome) as page:
        page.goto((tmp_path / "index.html").as_uri())
        page.get_by_test_id("check-input").fill("3")
        page.keyboard.press("Enter")
        assert page.get_by_text("Right.").is_visible()


def test_what_a_student_may_type_as_a_number(page):
    table = {
        "12000": 12000, "12,000": 12000, "12 000": 12000, " 12_000 ": 12000,
        "12k": 12000, "12 K": 12000, "1.5M": 1.5e6, "1.2e4": 12000, "+3": 3,
        "-2.5": -2.5, "\u22122.5": -2.5, ".5": 0.5, "5.": 5, "12 kB": 12, "12kb": 12,
        "1,234,567.5": 1234567.5, "0": 0,
    }  # fmt: skip
    read = "texts => texts.map(t => tinymlWidgets.parseNumber(t, 'kB'))"
    answers = page.evaluate(read, list(table))
    assert [a.get("value") for a in answers] == list(table.values())
    wrong = ["", "abc", "1,23", "12m", "1..2", "--1", "1/2", "1e999", "k", ".", "e5",
             "12,00", "1,2345", "NaN", "Infinity", "0x10", "0,729", "-0,500 kB",
             "0,001k", "0 729", "0,123,456"]  # fmt: skip
    answers = page.evaluate(read, wrong)
    assert all(a["problem"] and "value" not in a for a in answers)
    assert answers[0]["problem"] == "Type a number first."
    said = dict(zip(wrong, (a["problem"] for a in answers), strict=True))
    for typed, point in {
        "1,23": "1.23", "0,729": "0.729", "-0,500 kB": "-0.500", "0,001k": "0.001k",
    }.items():  # fmt: skip
        assert said[typed] == f"Write decimals with a point: {point}"


def test_a_guess_is_compared_in_words(page):
    table = [
        (100, 100, "", "exactly right"),
        (100.2, 100, "", "within half a percent"),
        (97, 100, "", "Close: your guess was 3 % too low."),
        (140, 100, "", "Your guess was 40 % too high."),
        (50, 100, "", "2 times too low"),
        (3858, 12345, "", "3.2 times too low"),
        (1, 1200, "", "1,200 times too low"),
        (0, 5, "ms", "5 ms too low"),
        (3, -2, "°C", "5 °C too high"),
        (-10, -2, "", "5 times too large in size"),
        (80, 91.5, "%", "12 percentage points too low"),
        ("flash", "flash", "", "Your guess was right."),
    ]
    for guess, answer, unit, said in table:
        text = page.evaluate("row => tinymlWidgets.compare(...row)",
                             [guess, answer, unit])  # fmt: skip
        assert said in text, (guess, answer, text)


def test_a_number_is_judged_by_its_kind_of_mistake(page):
    state = {"form": "number", "answer": 0.3, "tolerance": 0.01, "unit": "",
             "mistakes": [[0.7, "The other one."], [30, "Percent?"]],
             "low": "", "high": "Too many."}  # fmt: skip
    table = {"0.3": "", "0.31": "", "0.305": "", "0.70": "The other one.",
             "30": "Percent?", "0.28": "The answer is larger.",
             "0.5": "Too many."}  # fmt: skip
    for typed, hint in table.items():
        verdict = page.evaluate(
            "([state, text]) => tinymlWidgets.judge(state, text)", [state, typed]
        )
        assert verdict["hint"] == hint
        assert verdict["right"] == (hint == "")
    state |= {"answer": 0.1 + 0.2, "tolerance": 0}
    assert page.evaluate("s => tinymlWidgets.judge(s, '0.3')", state)["right"]


# JupyterLab and Voila, with a kernel


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook")
    cells = [f"X, Y = {X}, {Y}\n{WIDGETS}", *(f"widgets[{i}]" for i in range(5))]
    cells.insert(1, "def double(n):\n    return n / 0")
    nb = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells]
    )
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(nb, folder / "widgets.ipynb")
    return folder


def use_all(page):
    """The same acts in JupyterLab and in Voila."""
    guess_and_check(page)
    page.get_by_role("button", name="Check my code").click()
    page.get_by_text("ZeroDivisionError in double(), line 2").wait_for()
    page.get_by_role("slider", name="slope", exact=True).focus()
    assert moved(page, lambda: page.keyboard.press("End")) == "The right end is at 2."
    moved(page, lambda: page.get_by_label("dotted").check())
    mse = page.get_by_test_id("line-mse").inner_text()
    page.get_by_test_id("line-handle-1").focus()
    page.keyboard.press("ArrowUp")
    assert page.get_by_test_id("line-mse").inner_text() != mse
    assert page.get_by_test_id("line-handle-1").evaluate(
        "handle => document.activeElement === handle"
    )


def test_in_jupyterlab(chrome, notebook):
    with (
        browser.jupyter("jupyterlab", notebook) as url,
        browser.watched(chrome) as page,
    ):
        browser.run_all_in_lab(page, url, "widgets.ipynb")
        use_all(page)
        page.get_by_role("slider", name="slope", exact=True).focus()
        page.keyboard.press("Home")
        for _ in range(4):  # faster than the kernel draws: the last one must win
            page.keyboard.press("ArrowRight")
        page.get_by_text("The right end is at 2.").wait_for()
        page.wait_for_timeout(500)
        shown = page.get_by_test_id("explore-sentence").inner_text()
        assert shown == "The right end is at 2."


def test_in_voila(chrome, notebook):
    # Voila's own template asks for one style sheet (icons) from elsewhere
    with (
        browser.jupyter("voila", notebook, "widgets.ipynb") as url,
        browser.watched(chrome, block_outside=True) as page,
    ):
        page.goto(url)
        page.get_by_test_id("line-mse").wait_for(timeout=60_000)
        use_all(page)
