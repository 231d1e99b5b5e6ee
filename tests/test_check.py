"""`tinyml check` before handing in: what passes, what does not, what is missing."""

import re

import nbformat
import pytest
from problem_sets import ROOT, graded, id_of, solution

from tinyml_course import cli, grading
from tinyml_course.grading.check import check
from tinyml_course.grading.sheet import read_sheet

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    (path,) = grading.release(ROOT / "assignments" / "source", folder, only="ps07")
    return path


def written(release, tmp_path, **replaced):
    """The release with the reference solution in it, or other answers."""
    notebook = nbformat.read(release, as_version=4)
    mine = {id_of(cell): cell.source for cell in solution("ps07").cells} | replaced
    for cell in notebook.cells:
        if graded(cell).get("solution"):
            cell.source = mine[id_of(cell)]
        cell.source = cell.source.replace('"your-name"', '"ada"')
    path = tmp_path / "ps07.ipynb"
    nbformat.write(notebook, path)
    return path


def said(capsys, path):
    status = cli.main(["check", str(path)])
    return status, capsys.readouterr().out


def test_the_untouched_release_hears_what_to_do(release, capsys):
    status, out = said(capsys, release)
    assert status == 1
    assert "STUDENT is still your-name" in out
    for item in ("rnn-states", "lstm-step", "by-person"):
        assert f"{item} still raises NotImplementedError" in out
    assert "lstm-value                 2  not written yet" in out
    assert "NotImplementedError:" not in out
    assert "FAILS" not in out
    assert "nothing is written in words" in out
    assert "\n0 of the " in out


def test_a_finished_one_is_ready_and_hidden_tests_are_told(release, tmp_path, capsys):
    status, out = said(capsys, written(release, tmp_path, words="Two states."))
    assert status == 0
    assert "FAILS" not in out
    assert "To do" not in out
    assert out.endswith(" 4 a person gives. Ready to hand in.\n")
    assert "rnn-any                    3  hidden tests" in out
    assert "words                      4  graded by a person" in out


def test_a_wrong_answer_hears_the_message_and_the_hint(release, tmp_path, capsys):
    wrong = "def rnn_states(x, h, W, U, b):\n    return np.zeros((len(x), len(h)))"
    path = written(release, tmp_path, **{"rnn-states": wrong})
    before = path.read_bytes()
    status, out = said(capsys, path)
    assert status == 1
    assert "AssertionError: After step 0" in out
    assert "Hint: Row times matrix" in out
    assert "lstm-value                 2  passes" in out
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def lstm_step(\n    return 1", "lstm-step stops with SyntaxError: "),
        ("n = input()", "lstm-step stops with input(): nobody answers"),
        ("print('x' * 2_000_000)", "lstm-step prints 2,000,001 characters"),
    ],
)
def test_a_cell_that_stops_or_prints_too_much_is_named(
    release, tmp_path, capsys, source, told
):
    path = written(release, tmp_path, words="Two states.", **{"lstm-step": source})
    status, out = said(capsys, path)
    assert status == 1
    assert f"To do: {told}" in out
    assert out.count("To do") == 1
    assert ".py" not in out


def test_an_endless_loop_is_stopped_and_said(release, tmp_path):
    path = written(release, tmp_path, **{"lstm-step": "while True:\n    pass"})
    sheet = read_sheet("ps07", release.read_text("utf-8"))
    told = check(path, sheet, seconds=5).missing
    assert "lstm-step stops with KeyboardInterrupt: it took longer than 5 seconds" in (
        told
    )


def test_a_cell_that_grading_leaves_out_is_left_out(release, tmp_path, capsys):
    path = written(release, tmp_path, words="Two states.")
    notebook = nbformat.read(path, as_version=4)
    cell = nbformat.v4.new_code_cell("raise RuntimeError('for the student alone')")
    cell.metadata["tags"] = ["skip-execution"]
    notebook.cells.insert(3, cell)
    nbformat.write(notebook, path)
    assert said(capsys, path)[0] == 0


def test_a_cell_can_know_that_it_is_looked_at(release, tmp_path, capsys):
    """The capstone trains where nobody checks, and hands in the file."""
    cell = "import os\nassert os.environ['NBGRADER_EXECUTION'] == 'validate'"
    path = written(release, tmp_path, words="Two.", **{"rnn-states": cell})
    assert "rnn-states stops" not in said(capsys, path)[1]


def test_an_edited_test_is_told_and_does_not_count(release, tmp_path, capsys):
    path = written(release, tmp_path, words="Two.", **{"rnn-states": "pass"})
    notebook = nbformat.read(path, as_version=4)
    (cell,) = [cell for cell in notebook.cells if id_of(cell) == "rnn-value"]
    cell.source = "pass"
    nbformat.write(notebook, path)
    _, out = said(capsys, path)
    assert "To do: cell rnn-value was edited: in grading it is as it was given." in out
    assert "rnn-value                  2  FAILS" in out


def test_a_copy_of_another_class_is_told_for_what_it_is(release, tmp_path, capsys):
    path = written(release, tmp_path, words="Two.")
    text, count = re.subn(r"COURSE = \d+", "COURSE = 77", path.read_text("utf-8"))
    assert count == 1
    other = tmp_path / "ps07 (mine 2026-11-22 0815).ipynb"
    other.write_text(text, "utf-8")
    status, out = said(capsys, other)
    assert status == 1
    assert "To do: this copy has COURSE = 77, and your class has COURSE = " in out
    assert out.count("To do") == 1


def test_a_cell_that_ends_the_kernel_is_one_line(release, tmp_path, capsys):
    path = written(release, tmp_path, **{"lstm-step": "import os\nos._exit(3)"})
    assert cli.main(["check", str(path)]) == 2
    assert "A cell ended the kernel" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "why"),
    [("", "The file is empty"), ("no", "no notebook"), ('{"cells": []}', "format")],
)
def test_what_is_no_notebook_is_one_line(tmp_path, capsys, content, why):
    path = tmp_path / "ps07.ipynb"
    path.write_text(content)
    assert cli.main(["check", str(path)]) == 2
    assert why in capsys.readouterr().err


def test_an_unknown_set_is_one_line_with_what_there_is(capsys):
    assert cli.main(["check", "ps99"]) == 2
    assert "known: ps01, ps02" in capsys.readouterr().err
