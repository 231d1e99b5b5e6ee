"""The Python side of the widgets; the page side is in test_widgets_browser."""

from __future__ import annotations

import json
import re
import time

import numpy as np
import pytest

from tinyml_course.errors import CourseError
from tinyml_course.widgets import (
    Check,
    Choice,
    Explore,
    Predict,
    Slider,
    assets,
    frames,
    static_assets,
)

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def line(slope, kind="solid"):
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([0, 1], [0, slope], linestyle=kind)
    axes.set(xlabel="x", ylabel="y", xticks=[0, 0.125, 1])
    return figure, f"The right end is at {slope}."


def explore(picture=line, **more):
    more.setdefault("slope", Slider(-1.0, 1.0, 0.25, 0.5, "slope"))
    return Explore(picture, look="See the end.", alt="A line.", **more)


def page_state(widget):
    html = widget._repr_mimebundle_()[0]["text/html"]
    return json.loads(re.search(r"json\">(.*?)</script>", html, re.DOTALL)[1])


@pytest.fixture
def static(monkeypatch):
    monkeypatch.setenv("TINYML_STATIC", "1")


# Both forms


def test_a_notebook_gets_the_widget_view_and_the_html_beside_it():
    data, _ = Predict("How many?", answer=3)._repr_mimebundle_()
    assert {WIDGET_VIEW, "text/html", "text/plain"} <= set(data)


def test_a_prepared_page_gets_the_html_alone(static):
    widget = Predict("How many?", answer=3)
    assert set(widget._repr_mimebundle_()[0]) == {"text/html", "text/plain"}
    assert widget._esm == ""  # the state that nbclient stores stays small


def test_text_cannot_break_out_of_the_html():
    widget = Check("</script><b>?", answer=1, reveal="</script>")
    assert widget.html().count("</script>") == 1
    assert page_state(widget)["question"] == "</script><b>?"


def test_the_page_script_holds_every_live_module_and_no_export():
    script = static_assets()["tinyml-widgets.js"]
    assert all(f'LIVE["{name}"]' in script for name in assets.live_modules())
    assert not re.search(r"(?m)^(export|import) ", script)


# Predict


def test_a_computed_answer_waits_for_the_lock():
    calls = []
    widget = Predict("?", answer=lambda: calls.append(1) or np.int64(7), unit="ms")
    assert (widget.answer, calls) == (None, [])
    widget.guess, widget.locked = 9, True
    assert (widget.answer, widget.revealed, calls) == (7, True, [1])


def test_a_prepared_page_has_the_answer_and_its_reason_at_once(static):
    widget = Predict("?", answer=lambda: 7, explain=lambda answer: f"{answer} days.")
    assert page_state(widget)["explain"] == "7 days."


def test_a_failing_answer_is_told_in_error_and_never_raised(static):
    widget = Predict("?", answer=lambda: 1 / 0)
    assert "ZeroDivisionError: division by zero" in widget.error
    assert page_state(widget)["error"] == widget.error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"answer": "c", "options": ["a", "b"]}, "not one of the options"),
        ({"answer": "a", "options": ["a"]}, "at least two"),
        ({"answer": "a", "options": ["a", "a"]}, "different"),
        ({"answer": "many"}, "needs a number"),
        ({"answer": float("nan")}, "finite"),
        ({"answer": True}, "needs a number"),
    ],
)
def test_predict_refuses_what_it_cannot_compare(arguments, message):
    with pytest.raises(CourseError, match=message):
        Predict("?", **arguments)


# Check


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"answer": "a", "options": ["a", "b"]}, "'b' has no hint"),
        ({"answer": "a", "options": ["a", "b"], "mistakes": {"b": " "}}, "no hint"),
        ({"answer": "RAM", "options": ["RAM", "flash"],
          "mistakes": {"flash": "Not flash: ram."}}, "tells the answer"),
        ({"answer": "a", "options": ["a", "b"],
          "mistakes": {"b": "No.", "c": "No."}}, "not a wrong option"),
        ({"answer": "c", "options": ["a", "b"]}, "not one of the options"),
        ({"answer": 16, "mistakes": {12: "You want 16."}}, "tells the answer"),
        ({"answer": 1600, "low": "Less than 1,600?"}, "tells the answer"),
        ({"answer": 0.5, "tolerance": 0.1, "high": "About 0.45."}, "tells the answer"),
        ({"answer": -3, "low": "Try \u22123."}, "tells the answer"),
        ({"answer": 16, "mistakes": {16.0: "Hm."}}, "counts as right"),
        ({"answer": 16, "mistakes": {"12": "Hm."}}, "numbers as keys"),
        ({"answer": 16, "tolerance": -1}, "tolerance"),
        ({}, "needs a number"),
        ({"answer": 1, "test": print}, "Leave out"),
        ({"test": "code"}, "needs a function"),
    ],
)  # fmt: skip
def test_check_refuses_a_question_that_would_teach_badly(arguments, message):
    with pytest.raises(CourseError, match=message):
        Check("?", **arguments)


def test_a_hint_may_name_other_numbers():
    Check("?", answer=16, mistakes={12: "12 weights, and x16 is no number."})


def test_check_never_judges_code_before_it_is_asked():
    calls = []
    widget = Check("?", test=lambda: calls.append(1))
    assert (calls, widget.verdict, widget.solved) == ([], {}, False)
    widget.asked += 1
    assert (calls, widget.verdict["right"], widget.solved) == ([1], True, True)


def student(total, count):
    return total / count


@pytest.mark.parametrize(
    ("test", "hint"),
    [
        (lambda: "Divide by the count.", "Divide by the count."),
        (lambda: student(1, 0), r"ZeroDivisionError in student\(\), line \d+ "
         r"\(`return total / count`\): division by zero"),
        (lambda: missing, "name 'missing' is not defined. Run the cell"),  # noqa: F821
        (lambda: np.zeros((2, 3)) @ np.zeros(2), "ValueError: matmul"),
    ],
)  # fmt: skip
def test_a_failure_in_a_student_s_code_becomes_a_hint(test, hint):
    verdict = Check("?", test=test).judge_code()
    assert not verdict["right"]
    assert re.search(hint, verdict["hint"])
    assert "Traceback" not in verdict["hint"]


def test_an_assertion_and_an_empty_stub_speak_plainly():
    def wrong():
        raise AssertionError("The mean of the list is too small.")

    def stub():
        raise NotImplementedError

    hints = [Check("?", test=test).judge_code()["hint"] for test in (wrong, stub)]
    assert hints[0] == "The mean of the list is too small."
    assert "not written yet" in hints[1]


def test_an_author_s_test_that_returns_false_is_an_error():
    widget = Check("?", test=lambda: False)
    assert not widget.judge_code()["right"]
    assert "must return None or a hint" in widget.error


# Explore


def test_the_picture_follows_the_values():
    widget = explore()
    before = widget.frame["image"]
    widget.values = {"slope": -1.0}
    assert widget.frame["image"] != before
    assert widget.frame["sentence"] == "The right end is at -1.0."


def test_a_frame_is_drawn_once():
    calls = []
    widget = explore(lambda slope: calls.append(slope) or line(slope)[0])
    for slope in (1.0, 0.5, 1.0):
        widget.values = {"slope": slope}
    assert calls == [0.5, 1.0]


def test_no_figure_stays_open_even_when_the_picture_fails():
    from matplotlib import pyplot as plt

    def broken(slope):
        plt.figure()
        raise ValueError("no data")

    widget = explore(broken)
    assert widget.error == "picture(slope=0.5) failed. ValueError: no data"
    explore()
    assert plt.get_fignums() == []


def test_a_prepared_page_has_the_whole_grid(static):
    widget = explore(kind=Choice(["solid", "dotted"], "solid", "kind"), frames=10)
    state = page_state(widget)
    assert [c["positions"] for c in state["controls"]] == [[0, 1], [0, 2, 4, 6, 8]]
    assert len(state["frames"]["items"]) == 10
    lines, item = state["frames"]["lines"], state["frames"]["items"]["0,6"]
    assert "\n".join(lines[i] for i in item["image"]) == widget.frame["image"]


def test_a_prepared_page_tells_which_frame_failed(static):
    widget = explore(lambda slope: line(1 / slope)[0])
    assert "picture(slope=0.0) failed. ZeroDivisionError" in widget.error


@pytest.mark.parametrize("start", range(9))
@pytest.mark.parametrize("most", [3, 4, 6, 20])
def test_thinning_keeps_both_ends_and_the_start(start, most):
    (kept,) = frames.grid([9], [start], [False], most)
    assert {0, 8, start} <= set(kept)
    assert len(kept) <= most
    assert kept == sorted(set(kept))


def test_too_few_frames_for_the_choices_is_refused(static):
    with pytest.raises(CourseError, match="too few"):
        explore(kind=Choice(["solid", "dotted"], "solid", "kind"), frames=5)


def test_equal_figures_are_equal_bytes_without_a_date():
    texts = {frames.draw(line, {"slope": 1}, "A line.")["image"] for _ in range(2)}
    (text,) = texts
    assert "<text" in text
    assert "0.125" in text  # far decimals go from paths, never from labels
    assert "date" not in text


def test_a_large_picture_becomes_a_png():
    def cloud(slope):
        figure, axes = __import__("matplotlib.pyplot").pyplot.subplots()
        axes.scatter(*np.random.default_rng(0).random((2, 4000)))
        return figure

    frame = frames.draw(cloud, {"slope": 1}, "Points.")
    assert frame["image"].startswith("data:image/png;base64,")


def test_a_frame_takes_under_a_fifth_of_a_second():
    widget = explore()  # the first one imports matplotlib
    started = time.process_time()
    for slope in (-1.0, -0.75, -0.5, 0.0, 1.0):
        widget.values = {"slope": slope}
    assert (time.process_time() - started) / 5 < 0.2


def test_without_a_script_the_still_shows(static):
    still = explore(lambda slope: line(slope), frames=3).still_html()
    assert 'alt="A line."' in still
    assert "The right end is at 0.5." in still


def test_a_live_module_gets_plain_data_and_tells_values():
    widget = Explore(live="drag_line", look="See.", alt="A line.",
                     data={"x": np.arange(3), "y": [1.0, 2.0, 3.0]})  # fmt: skip
    assert widget.data == {"x": [0, 1, 2], "y": [1.0, 2.0, 3.0]}
    assert 'LIVE["drag_line"]' in widget._esm
    widget.told = {"slope": 2}
    assert widget.values == {"slope": 2}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"picture": line}, "1 to 3 controls"),
        ({"picture": line, "slope": 3}, "must be a Slider or Choice"),
        ({}, "either a picture"),
        ({"picture": line, "live": "drag_line"}, "either a picture"),
        ({"live": "nothing"}, "Known: .*drag_line"),
        ({"live": "drag_line", "look": " "}, "look="),
        ({"live": "drag_line", "alt": ""}, "alt="),
        ({"live": "drag_line", "data": {"x": [float("inf")]}}, "finite"),
    ],
)
def test_explore_says_what_is_missing(arguments, message):
    arguments = {"look": "See.", "alt": "A line."} | arguments
    with pytest.raises(CourseError, match=message):
        Explore(**arguments)


@pytest.mark.parametrize(
    ("control", "message"),
    [
        (lambda: Slider(0, 1, 0.3, 0, "w"), "do not reach 1"),
        (lambda: Slider(0, 1, 0.25, 0.3, "w"), "the nearest is 0.25"),
        (lambda: Slider(1, 0, 0.1, 0, "w"), "min < max"),
        (lambda: Slider(0, 1, 0, 0, "w"), "step > 0"),
        (lambda: Slider(0, 1, 1, 0, " "), "label"),
        (lambda: Slider(0, 1, 1e-6, 0, "w"), "larger step"),
        (lambda: Choice(["a"], "a", "w"), "2 to 12"),
        (lambda: Choice(["a", "b"], "c", "w"), "not one of"),
    ],
)
def test_a_control_that_cannot_work_is_refused(control, message):
    with pytest.raises(CourseError, match=message):
        control()


def test_slider_values_have_no_rounding_dust():
    slider = Slider(-0.3, 0.3, 0.1, 0.1, "w")
    assert slider.values == (-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3)
    assert Slider(0, 2000, 1000, 0, "n").texts == ("0", "1,000", "2,000")
