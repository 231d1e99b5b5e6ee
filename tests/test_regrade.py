"""A test is mended, and everybody graded again: who has other points, and why."""

import csv
import json
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tinyml_course import cli
from tinyml_course.errors import DataError
from tinyml_course.grading import batch, feedback, integrity, scores
from tinyml_course.grading.course import Course

pytestmark = pytest.mark.slow

CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "other"\n'
TOO_STRICT = "assert half(3) == 1.5\nassert half(4) == 2 and isinstance(half(4), int)"
MENDED = "assert half(3) == 1.5\nassert half(4) == 2"
HIDDEN = "\n### BEGIN HIDDEN TESTS\nassert half(-7) == -3.5\n### END HIDDEN TESTS"
REFERENCE = "def half(x):\n    return x // 2 if x % 2 == 0 else x / 2"


def told(name, **more):
    plain = {"grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": {**plain, "grade_id": name, "schema_version": 3, **more}}


def source(root, test, *, asked="Tell how.", points=2):
    """The instructor's notebook, written anew."""
    graded = told("half-test", grade=True, locked=True, points=points)
    cells = [
        new_code_cell(
            f"### BEGIN SOLUTION\n{REFERENCE}\n### END SOLUTION",
            metadata=told("half", solution=True),
        ),
        new_code_cell(test + HIDDEN, metadata=graded),
        new_markdown_cell(
            asked, metadata=told("words", grade=True, solution=True, points=3)
        ),
    ]
    folder = root / "source" / "week1"
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells), folder / "set.ipynb")


def hand_in(root, student, half, *, words=None, test=None):
    """What students get, with their answers in it."""
    notebook = nbformat.read(root / "release" / "week1" / "set.ipynb", 4)
    first, second, third = notebook.cells
    first.source = half
    second.source = test or second.source
    third.source = words or third.source
    folder = root / "submitted" / student / "week1"
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / "set.ipynb")


def by_name(result):
    return {verdict["student"]: verdict for verdict in result["verdicts"]}


def told_by(capsys, *words):
    assert cli.main([str(word) for word in words]) == 0
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Graded, points given by hand, the test mended, graded again."""
    root = tmp_path_factory.mktemp("course")
    (root / "nbgrader_config.py").write_text(CONFIG)
    source(root, TOO_STRICT)
    Course(root).release("week1")
    hand_in(root, "ada", "def half(x):\n    return x / 2", words="By dividing.")
    hand_in(root, "bo", REFERENCE, words="By two ways.")
    hand_in(root, "cy", "def half(x):\n    return x")
    hand_in(root, "dan", "def half(x):\n    return x / 2", test="pass")
    first = batch.grade("week1", root)
    with Course(root).gradebook() as book:
        book.find_grade("words", "set", "week1", "ada").manual_score = 2.5
        comment = book.find_comment("words", "set", "week1", "ada")
        comment.manual_comment = "Which of the two divisions?"
        book.find_grade("half-test", "set", "week1", "bo").extra_credit = 0.5
        book.db.commit()
    feedback.write_feedback(root, "week1")
    page = root / "feedback" / "ada" / "week1" / "set.html"
    before = page.read_text()
    source(root, MENDED)
    second = batch.grade("week1", root)
    feedback.write_feedback(root, "week1")
    return {
        "root": root,
        "first": by_name(first),
        "second": by_name(second),
        "released": (first["released"], second["released"]),
        "pages": (before, page.read_text()),
    }


def test_the_first_time_nothing_was_before(story):
    assert all(verdict["was"] is None for verdict in story["first"].values())
    assert story["first"]["ada"]["total"] == 0
    assert story["first"]["bo"]["total"] == 2


def test_whose_points_changed_is_told_with_those_before(story):
    changed = {name: (v["was"], v["total"]) for name, v in story["second"].items()}
    assert changed["ada"] == (2.5, 4.5)
    assert changed["dan"] == (0, 2)
    assert changed["bo"] == (None, 2.5)
    assert changed["cy"] == (None, 0)


def test_what_a_person_gave_stays(story):
    with Course(story["root"]).gradebook() as book:
        assert book.find_grade("words", "set", "week1", "ada").manual_score == 2.5
        comment = book.find_comment("words", "set", "week1", "ada")
        assert comment.manual_comment == "Which of the two divisions?"
        assert book.find_grade("half-test", "set", "week1", "bo").extra_credit == 0.5
        assert book.find_submission("week1", "ada").score == 4.5


def test_the_release_version_follows_the_source(story):
    assert story["released"] == (False, True)
    path = story["root"] / "release" / "week1" / "set.ipynb"
    test = nbformat.read(path, 4).cells[1].source
    assert "isinstance" not in test
    assert "half(4) == 2" in test
    assert "half(-7)" not in test


def test_a_copy_of_what_was_given_before_is_not_called_edited(story):
    earlier = "cell half-test is from an earlier version"
    assert story["first"]["ada"]["odd"] == []
    assert story["second"]["ada"]["odd"] == [earlier]
    for odd in (story["first"]["dan"]["odd"], story["second"]["dan"]["odd"]):
        assert odd == ["cell half-test was edited"]
    report = integrity.examine("week1", story["root"])
    assert report["students"]["ada"]["odd"] == [earlier]


def test_feedback_has_the_new_points_and_the_comment(story):
    before, after = story["pages"]
    assert "2.5 of 5 points" in before
    assert "4.5 of 5 points" in after
    assert "Which of the two divisions?" in after
    assert "isinstance" not in after


def test_the_table_has_the_new_points(story):
    rows = csv.DictReader(scores.table(story["root"], "week1").splitlines())
    said = {row["student_id"]: float(row["score"]) for row in rows}
    assert said == {"ada": 4.5, "bo": 2.5, "cy": 0, "dan": 2}


def test_the_journal_keeps_what_was(story):
    lines = (story["root"] / ".grading" / "week1.jsonl").read_text().splitlines()
    mine = [json.loads(line) for line in lines]
    scores_of_ada = [
        [item["score"] for item in verdict["notebooks"][0]["items"]]
        for verdict in mine
        if verdict["student"] == "ada"
    ]
    assert scores_of_ada[:2] == [[0.0, None], [2.0, None]]


# -- each of these on a course of its own ------------------------------------------


@pytest.fixture
def again(story, tmp_path):
    """The course of the story, as it was left."""
    for name in ("source", "release", "submitted", "autograded", ".grading"):
        shutil.copytree(story["root"] / name, tmp_path / name)
    for name in ("nbgrader_config.py", "gradebook.db"):
        shutil.copy(story["root"] / name, tmp_path)
    return tmp_path


def test_one_student_asks_and_is_graded_alone(again, capsys):
    hand_in(again, "cy", REFERENCE)
    line = ("grade", "week1", "--course", again, "--student", "cy")
    said = told_by(capsys, *line)
    assert said.split() == "cy 2 of 5 points, was 0".split()
    assert told_by(capsys, *line).split() == "cy 2 of 5 points".split()
    hand_in(again, "cy", "def half(x):\n    return 0")
    (verdict,) = json.loads(told_by(capsys, *line, "--json"))["verdicts"]
    assert (verdict["student"], verdict["was"], verdict["total"]) == ("cy", 2, 0)


def test_what_waits_for_a_person_is_told_until_it_is_given(again, capsys):
    said = told_by(capsys, "grade", "week1", "--course", again)
    lines = {line.split()[0]: line for line in said.splitlines() if line[0] != " "}
    assert lines["ada"].endswith("4.5 of 5 points")
    assert lines["bo"].endswith("2.5 of 5 points, 3 to be given by hand")


def test_nbgrader_may_make_the_release_version_itself(again):
    """As by the button in the formgrader; what was given before is still known."""
    source(again, MENDED + "\nassert half(2) == 1")
    from tinyml_course.grading.versions import make_release

    make_release(again, "week1")
    result = batch.grade("week1", again, students=("ada",))
    assert not result["released"]
    assert by_name(result)["ada"]["odd"] == [
        "cell half-test is from an earlier version"
    ]


def test_other_points_for_an_item_reach_the_gradebook(again):
    source(again, MENDED, points=4)
    result = batch.grade("week1", again, students=("dan",))
    assert by_name(result)["dan"]["was"] == 2
    assert by_name(result)["dan"]["total"] == 4
    with Course(again).gradebook() as book:
        assert book.find_assignment("week1").max_score == 7


def test_an_answer_that_nobody_wrote_stays_without_one(again):
    """Also where the words around it have changed since."""
    source(again, MENDED, asked="Tell how, please.")
    result = by_name(batch.grade("week1", again, students=("cy",)))
    items = {item["name"]: item for item in result["cy"]["notebooks"][0]["items"]}
    assert items["words"]["comment"] == "No response."
    assert items["words"]["score"] == 0


def test_a_cell_that_is_new_is_refused_in_words(again):
    source(again, MENDED)
    path = again / "source" / "week1" / "set.ipynb"
    notebook = nbformat.read(path, 4)
    more = told("half-more", grade=True, locked=True, points=1)
    notebook.cells.insert(2, new_code_cell("assert half(0) == 0", metadata=more))
    nbformat.write(notebook, path)
    with pytest.raises(DataError, match="Put what is new into a cell that was there"):
        batch.grade("week1", again)


def test_a_gradebook_that_is_lost_is_filled_from_the_journal(again):
    (again / "gradebook.db").unlink()
    result = batch.grade("week1", again, resume=True)
    assert result["released"]
    totals = {name: one["total"] for name, one in by_name(result).items()}
    assert totals == {"ada": 2, "bo": 2, "cy": 0, "dan": 2}
    assert len(scores.table(again, "week1").splitlines()) == 5


def test_a_gradebook_that_cannot_be_used_is_one_line(again, capsys):
    (again / "gradebook.db").write_bytes(b"no database " * 1000)
    for command in ("grade", "scores", "feedback"):
        assert cli.main([command, "week1", "--course", str(again)]) == 2
        said = capsys.readouterr().err
        assert "gradebook.db cannot be used: file is not a database" in said
        assert said.count("\n") == 1


def test_scores_make_no_gradebook_in_a_wrong_folder(tmp_path, capsys):
    for more in ([], ["--items"]):
        assert cli.main(["scores", "week1", "--course", str(tmp_path), *more]) == 2
        assert "has no gradebook" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_points_that_a_person_has_to_give_are_told_beside_the_table(again, capsys):
    assert cli.main(["scores", "week1", "--course", str(again)]) == 0
    captured = capsys.readouterr()
    assert "Note" not in captured.out
    assert captured.err == "Note: 1 submission waits for points by hand, 'bo' first.\n"
    with Course(again).gradebook() as book:
        book.find_grade("words", "set", "week1", "bo").manual_score = 1
        book.db.commit()
    assert cli.main(["scores", "week1", "--course", str(again)]) == 0
    assert capsys.readouterr().err == ""


def test_an_item_without_a_figure_has_a_dash(again, capsys):
    assert "nan" not in told_by(capsys, "scores", "week1", "--items", "--course", again)
    picture = ["scores", "week1", "--course", str(again), "--plot", "items.txt"]
    assert cli.main(picture) == 2
    assert "is no picture" in capsys.readouterr().err


def test_nobody_has_handed_in(again, capsys):
    shutil.rmtree(again / "submitted")
    said = told_by(capsys, "grade", "week1", "--course", again)
    assert said == "Nobody has handed in week1.\n"


def test_mistakes_are_told_in_one_line(again, capsys):
    def fails(*words):
        assert cli.main(["grade", *map(str, words)]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        return captured.err

    assert "known: week1" in fails("week7", "--course", again)
    assert "is no folder" in fails("week1", "--course", again / "none")
    assert "'eve' has handed in" in fails(
        "week1", "--course", again, "--student", "eve"
    )
    for name in ("week1/", "../source/week1", "", ".", ".."):
        assert "known: week1" in fails(name, "--course", again)
    for wrong in (("--jobs", "0"), ("--seconds", "0"), ("--seconds", "nan")):
        assert "not possible" in fails("week1", "--course", again, *wrong)
    (again / "source" / "week1" / "set.ipynb").write_text("{")
    assert "is no notebook" in fails("week1", "--course", again)


# -- tests that nbgrader writes itself ---------------------------------------------


@pytest.fixture(scope="module")
def written_by_nbgrader(tmp_path_factory):
    """A course whose tests are made from a template, out of the reference solution."""
    from nbgrader.tests.apps import files

    root = tmp_path_factory.mktemp("autotest")
    (root / "nbgrader_config.py").write_text(CONFIG)
    (root / "source" / "week1").mkdir(parents=True)
    template = Path(files.__path__[0]) / "autotests.yml"
    shutil.copy(template, root / "source" / "week1")
    autotest(root, "### AUTOTEST half(3)")
    return root


def autotest(root, test):
    source(root, test)
    path = root / "source" / "week1" / "set.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells[1].source = test
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata["kernelspec"] = kernel
    nbformat.write(notebook, path)


def test_a_test_that_nbgrader_writes_is_run_as_it_wrote_it(written_by_nbgrader):
    root = written_by_nbgrader
    Course(root).release("week1")
    hand_in(root, "ada", REFERENCE)
    hand_in(root, "bo", "def half(x):\n    return 7")
    hand_in(root, "cy", "def half(x):\n    return {3: 1.5}.get(x, 0)")
    first = by_name(batch.grade("week1", root))
    assert {name: one["total"] for name, one in first.items()} == {
        "ada": 2, "bo": 0, "cy": 2
    }  # fmt: skip
    assert first["ada"]["odd"] == []
    autotest(root, "### HASHED AUTOTEST half(9)")
    result = batch.grade("week1", root)
    assert result["released"]
    second = by_name(result)
    assert {name: one["total"] for name, one in second.items()} == {
        "ada": 2, "bo": 0, "cy": 0
    }  # fmt: skip
    assert second["ada"]["odd"] == ["cell half-test is from an earlier version"]
    assert not batch.grade("week1", root)["released"]
