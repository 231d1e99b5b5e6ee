"""The two steps of ours in nbgrader's loop, one cell at a time."""

import pytest
from nbformat.v4 import new_code_cell, new_output
from nbgrader.preprocessors import (
    GetGrades,
    OverwriteCells,
)
from problem_sets import ROOT
from traitlets.config import PyFileConfigLoader

from tinyml_course.grading.preprocessors import PutStudentName, ShowHints

SOURCE = """# 2 points, hidden: other shapes
visible = 1
### BEGIN HIDDEN TESTS
### HINT: Think of
### HINT: empty arrays.
assert f(271828) == 1
### END HIDDEN TESTS
after = 2"""


def shown(source, *, score, outputs=()):
    """A test cell worth 2 points, as the feedback shows it."""
    told = {"grade_id": "shapes", "grade": True, "solution": False, "points": 2}
    cell = new_code_cell(source, metadata={"nbgrader": {**told, "score": score}})
    cell.outputs = list(outputs)
    return ShowHints().preprocess_cell(cell, {}, 0)[0]


def error(name):
    return new_output(
        "error", ename=name, evalue="271828", traceback=["assert f(271828) == 1"]
    )


def said(cell):
    return "".join(output.text for output in cell.outputs)


def test_the_hint_takes_the_place_of_outputs_and_hidden_tests():
    cell = shown(SOURCE, score=0, outputs=[error("AssertionError")])
    assert said(cell) == "Hint: Think of empty arrays."
    assert cell.source == "# 2 points, hidden: other shapes\nvisible = 1\nafter = 2"


def test_full_points_show_no_hint_and_no_print():
    printed = new_output("stream", name="stdout", text="271828")
    cell = shown(SOURCE, score=2, outputs=[printed])
    assert cell.outputs == []
    assert "271828" not in cell.source


def test_partial_credit_shows_the_hint():
    result = new_output("execute_result", data={"text/plain": "1"})
    assert "Hint:" in said(shown(SOURCE, score=1, outputs=[result]))


def test_a_cell_without_a_hint_is_named():
    cell = shown("assert f(1) == 1", score=0, outputs=[error("AssertionError")])
    assert said(cell) == "Check shapes did not pass."


@pytest.mark.parametrize("end", ["", "\nassert g(271828)"])
def test_a_hidden_part_without_its_end_is_hidden_to_the_end(end):
    start = SOURCE.split("### END")[0]
    assert "271828" not in shown(start + end, score=0).source


def test_python_s_own_exception_is_named_and_one_of_the_student_s_is_not():
    told = said(shown(SOURCE, score=0, outputs=[error("ZeroDivisionError")]))
    assert told.startswith("Your code stopped with ZeroDivisionError.\nHint:")
    told = said(shown(SOURCE, score=0, outputs=[error("Saw271828")]))
    assert told == "Hint: Think of empty arrays."


def test_what_a_student_wrote_stays():
    told = {"grade_id": "f", "grade": True, "solution": True, "points": 2, "score": 0}
    cell = new_code_cell("### BEGIN HIDDEN TESTS", metadata={"nbgrader": told})
    cell, _ = ShowHints().preprocess_cell(cell, {}, 0)
    assert cell.source == "### BEGIN HIDDEN TESTS"


@pytest.mark.parametrize("student", ["ada", "o'neil", 'a"b', "x\ny", "{z}"])
def test_any_name_goes_before_the_data(student):
    told = {"grade_id": "student-data", "locked": True}
    cell = new_code_cell("mine = STUDENT", metadata={"nbgrader": told})
    resources = {"nbgrader": {"student": student}}
    cell, _ = PutStudentName().preprocess_cell(cell, resources, 0)
    names = {}
    exec(cell.source, names)
    assert names["mine"] == student


def test_the_configuration_adds_each_step_after_the_one_it_needs():
    folder = ROOT / "assignments"
    config = PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config()
    for steps, before, ours in (
        (config.Autograde.sanitize_preprocessors, OverwriteCells, PutStudentName),
        (config.GenerateFeedback.preprocessors, GetGrades, ShowHints),
    ):
        assert steps.index(ours) == steps.index(before) + 1
