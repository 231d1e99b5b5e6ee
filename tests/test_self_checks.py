"""What a student may do in a chapter: answer, and move controls to their ends.

Each executed chapter's widgets are put on one page, as the book has them, in a real
Chromium. `self_checks/NN.py` holds, for each `Check` of chapter NN in its order, the
first words of the question, the right answer and plausible wrong ones. Where the
right answer is a cost on the board, which changes with the compiler, it is None: then
the widget's own answer is given.
"""

import functools
import importlib
import json
import re

import browser
import nbformat
import pytest

from tinyml_course import chapters
from tinyml_course.widgets import static_assets
from tinyml_course.widgets.check import tells

NOTEBOOKS = sorted((chapters.ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
BY_NUMBER = {path.name[:2]: path for path in NOTEBOOKS}

pytestmark = pytest.mark.slow
every_chapter = pytest.mark.parametrize("number", sorted(BY_NUMBER))

# What a person would see change; the handle that is moved does not count.
SEEN = """widget => [...widget.querySelectorAll("img, svg, canvas")].map(part => {
  if (part.tagName === "IMG") return part.src;
  if (part.tagName === "CANVAS") return part.toDataURL();
  const copy = part.cloneNode(true);
  copy.querySelectorAll("[role=slider]").forEach(handle => handle.remove());
  return copy.outerHTML;
}).join()"""


def rows(number):
    """The table of a chapter: (question, right, [wrong, ...]) for each check."""
    return importlib.import_module(f"self_checks.{number}").CHECKS


@functools.cache
def executed(number):
    path = BY_NUMBER[number]
    done = chapters.executed(path) or chapters.execute(path).saved
    return nbformat.read(done, as_version=4)


def widgets_html(number):
    """The pages' form of each widget of a chapter, in its order."""
    for cell in executed(number).cells:
        for output in cell.get("outputs", ()):
            html = output.get("data", {}).get("text/html", "")
            if "tinyml-widget" in html:
                yield html


@pytest.fixture(scope="module")
def chrome():
    with browser.chromium() as running:
        yield running


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    for name, text in static_assets().items():
        (folder / name).write_text(text, encoding="utf-8")
    with browser.serve(folder) as url:
        yield folder, url


@pytest.fixture
def page_of(chrome, site):
    folder, url = site

    def put(number):
        body = "\n".join(widgets_html(number))
        (folder / f"{number}.html").write_text(
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f"<title>{number}</title>"
            '<link rel="stylesheet" href="tinyml-widgets.css">'
            '<script defer src="tinyml-widgets.js"></script></head>'
            f"<body><main>{body}</main></body></html>",
            encoding="utf-8",
        )
        page.goto(f"{url}/{number}.html")
        return page

    with browser.watched(chrome) as page:
        yield put


def states(number):
    """What each `Check` of an executed chapter knows."""
    for html in widgets_html(number):
        found = re.search(r"<script type=.application/json.>(.*?)</script>", html, re.S)
        state = json.loads(found[1])
        if state["kind"] == "check":
            yield state


@every_chapter
def test_the_table_has_a_row_for_each_check(number):
    questions = [state["question"] for state in states(number)]
    begun = [question for question, _, _ in rows(number)]
    assert len(begun) == len(questions)
    for question, start in zip(questions, begun, strict=True):
        assert question.startswith(start)
    for question, _, wrong in rows(number):
        assert len(wrong) >= 2, question


def answer(widget, form, response):
    """Answer as a student does; give what the widget then says."""
    if form == "choice":
        options = widget.locator("input[type=radio]").all()
        (option,) = [o for o in options if o.get_attribute("value") == response]
        option.check()
    else:
        widget.get_by_test_id("check-input").fill(str(response))
    widget.get_by_test_id("check-button").click()
    return widget.get_by_test_id("check-verdict").inner_text()


@every_chapter
def test_answers_in_the_page_get_what_they_deserve(page_of, number):
    page = page_of(number)
    widgets = page.locator(".tinyml-widget").filter(
        has=page.get_by_test_id("check-button")
    )
    for place, (state, row) in enumerate(
        zip(states(number), rows(number), strict=True)
    ):
        question, right, wrong = row
        if state["form"] == "code":
            continue
        right = state["answer"] if right is None else right
        widget = widgets.nth(place)
        widget.get_by_test_id("check-button").click()
        empty = widget.get_by_test_id("check-verdict").inner_text()
        assert empty, question
        assert not empty.startswith(("Right", "Not yet")), question
        hints = [answer(widget, state["form"], value) for value in wrong]
        for hint in hints:
            assert hint.startswith("Not yet."), (question, hint)
            assert not tells(hint, right, state["tolerance"]), (question, hint)
        assert len(set(hints)) >= 2, (question, hints)
        for hint in hints:
            assert hint not in (
                "Not yet. The answer is larger.",
                "Not yet. The answer is smaller.",
            ), question
        assert answer(widget, state["form"], right).startswith("Right."), question


def changes(page, widget, act):
    """Whether the picture changes after an act; a live picture may take a moment."""
    before = widget.evaluate(SEEN)
    act()
    for _ in range(12):
        now = widget.evaluate(SEEN)
        if now != before:
            break
        page.wait_for_timeout(50)
    assert not re.search(r'="[^"]*\b(?:NaN|Infinity|undefined)\b', now)
    assert not widget.get_by_test_id("explore-problem").all_inner_texts() or not (
        widget.get_by_test_id("explore-problem").first.inner_text()
    )
    return now != before


@every_chapter
def test_every_control_moves_its_picture_from_end_to_end(page_of, number):
    page = page_of(number)
    widgets = page.locator(".tinyml-widget").filter(has=page.locator(".tw-look"))
    for widget in widgets.all():
        look = widget.locator(".tw-look").inner_text()
        sliders = widget.locator("input[type=range]")
        for slider in sliders.all():
            start = slider.input_value()
            slider.press("Home")
            assert changes(page, widget, functools.partial(slider.press, "End")), look
            slider.fill(start)
        for choice in widget.locator("select").all():
            start = choice.input_value()
            options = [o.get_attribute("value") for o in choice.locator("option").all()]
            moved = [
                changes(page, widget, functools.partial(choice.select_option, value))
                for value in [*filter(None, options), start]
                if value and value != choice.input_value()
            ]
            assert any(moved), look
        radios = widget.locator("input[type=radio]").all()
        groups = [radio.get_attribute("name") for radio in radios]
        for group in dict.fromkeys(groups):
            mine = [r for r, name in zip(radios, groups, strict=True) if name == group]
            (start,) = [radio for radio in mine if radio.is_checked()]
            moved = [
                changes(page, widget, radio.check)
                for radio in [*mine, start]
                if not radio.is_checked()
            ]
            assert any(moved), look
        for handle in widget.locator("svg [role=slider]").all():
            assert any(
                changes(page, widget, functools.partial(handle.press, key))
                for key in ("ArrowUp", "ArrowRight", "ArrowDown")
            ), look
