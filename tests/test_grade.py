"""`tinyml grade`: honest work gets its points, hostile work harms nobody."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import pytest
from foreign import (
    FULL,
    HONEST,
    TESTS,
    hand_in,
    new_course,
    scores,
    source_notebook,
    told,
    total,
)
from nbformat.v4 import new_code_cell, new_notebook

from tinyml_course.errors import ToolError
from tinyml_course.grading import batch, feedback
from tinyml_course.grading.scores import items, plot_items, table

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return new_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def graded(course):
    """One batch of everybody, graded once."""
    hand_in(course, "honest")
    hand_in(course, "zoe", double="def double(x):\n    return x + 3")
    hand_in(
        course,
        "equal",
        answer=(
            "class Any:\n    def __eq__(self, other): return True\n"
            "    def __class__(self): return int\nanswer = Any()"
        ),
    )
    hand_in(course, "dies", double="def double(x):\n    import os\n    os._exit(1)")
    hand_in(course, "late", double="def double(x):\n    while True: pass")
    hand_in(
        course,
        "stderr",
        double=(
            "import sys\ndef double(x):\n"
            "    print('hm', file=sys.stderr)\n    return 2 * x"
        ),
    )
    hand_in(course, "twin", nbformat.writes(_twin()))
    hand_in(course, "empty", b"")
    hand_in(course, "broken", b'{"cells": [')
    hand_in(course, "old", b'{"worksheets": [], "nbformat": 3}')
    hand_in(course, "list", b"[1, 2]")
    hand_in(course, "bare", json.dumps({"cells": [], "nbformat": 4}))
    (course / "handed_in" / "nobody" / "week1").mkdir(parents=True)
    (course / "handed_in" / "gone").mkdir()
    folder = hand_in(course, "links")
    (folder / "set.ipynb").unlink()
    (folder / "set.ipynb").symlink_to(course / "source" / "week1" / "set.ipynb")
    began = time.monotonic()
    result = batch.grade("week1", course, seconds=4)
    result["wall"] = time.monotonic() - began
    return {v["student"]: v for v in result["verdicts"]} | {"": result}


def _twin():
    """Cells twice, one missing, one edited, one of another type, odd metadata."""
    notebook = source_notebook()
    kept = []
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in HONEST:
            cell.source = HONEST[name]
        if name == "sort-place":
            continue
        if name == "double-value":
            cell.source = "assert True"
        if name == "answer-part":
            cell.metadata["nbgrader"]["points"] = 1000
        kept.append(cell)
        if name == "double":
            again = new_code_cell("double = None", metadata=dict(cell.metadata))
            kept.append(again)
    kept[2].metadata["nbgrader"] = "what?"
    notebook.cells = kept
    return notebook


def test_the_reference_solution_passes_and_one_item_needs_the_students_side(graded):
    plan = graded[""]["plan"]["set"]
    assert plan["failing"] == []
    assert list(plan["shared"]) == ["stack-pops"]


def test_honest_work_gets_its_points_and_a_person_gives_the_rest(graded):
    mine = scores(graded["honest"])
    assert mine.pop("words") is None
    assert sum(mine.values()) == FULL
    assert mine["answer-part"] == 2  # partial credit, by the value of the last line
    assert graded["honest"]["odd"] == []


def test_wrong_work_loses_its_item_and_is_told_the_hint(graded):
    mine = scores(graded["zoe"])
    assert mine["double-value"] == mine["double-array"] == 0
    assert total(graded["zoe"]) == FULL - 4
    items = {i["name"]: i for i in graded["zoe"]["notebooks"][0]["items"]}
    hint = "An array is doubled number by number."
    assert items["double-array"]["comment"] == hint
    assert items["double-value"]["comment"] == "check double-value did not pass"


def test_what_is_no_plain_data_is_no_answer(graded):
    mine = scores(graded["equal"])
    assert mine["answer-value"] == mine["answer-part"] == 0
    assert total(graded["equal"]) == FULL - 3


@pytest.mark.parametrize("student", ["dies", "late"])
def test_a_function_that_dies_or_hangs_loses_its_own_items_only(graded, student):
    mine = scores(graded[student])
    assert mine["double-value"] == mine["double-array"] == 0
    assert total(graded[student]) == FULL - 4
    assert any("double-value" in odd for odd in graded[student]["odd"])


def test_stderr_gives_no_points_as_with_nbgrader(graded):
    assert total(graded["stderr"]) == FULL - 4


def test_what_was_done_to_the_frame_is_told_and_changes_nothing(graded):
    odd = "\n".join(graded["twin"]["odd"])
    assert total(graded["twin"]) == FULL
    assert "double is there more than once" in odd
    assert "sort-place is missing" in odd
    assert "double-value was edited" in odd


@pytest.mark.parametrize(
    ("student", "why"),
    [
        ("empty", "empty"),
        ("broken", "cannot be read as JSON"),
        ("old", "old format"),
        ("list", "no list of cells"),
        ("nobody", "not handed in"),
        ("gone", "not handed in"),
        ("links", "not handed in"),
    ],
)
def test_what_cannot_be_read_gets_a_clear_verdict(graded, student, why):
    assert total(graded[student]) == 0
    assert why in graded[student]["notebooks"][0]["error"]
    assert None not in scores(graded[student]).values()


def test_a_notebook_without_cells_is_graded_as_nothing_written(graded):
    assert total(graded["bare"]) == 0
    assert graded["bare"]["notebooks"][0]["error"] is None


def test_the_gradebook_has_it_all(course, graded):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'grades.sqlite'}", "other") as book:
        everybody = {s.student.id: s for s in book.assignment_submissions("week1")}
        assert set(everybody) == set(graded) - {""}
        for student, submission in everybody.items():
            assert submission.score == total(graded[student]), student
        (mine,) = everybody["honest"].notebooks
        assert [g.name for g in mine.grades if g.needs_manual_grade] == ["words"]
    done = nbformat.read(course / "autograded" / "zoe" / "week1" / "set.ipynb", 4)
    nbformat.validate(done)


def test_a_manual_score_stays_when_it_is_graded_again(course, graded):
    from nbgrader.api import Gradebook

    url = f"sqlite:///{course / 'grades.sqlite'}"
    with Gradebook(url, "other") as book:
        book.find_grade("words", "set", "week1", "honest").manual_score = 2.5
        book.db.commit()
    batch.grade("week1", course, students=("honest",))
    with Gradebook(url, "other") as book:
        assert book.find_submission("week1", "honest").score == FULL + 2.5


def test_a_grader_that_is_killed_goes_on_where_it_was(course, graded, tmp_path):
    """The same verdicts, and none that was in the journal is run again."""
    journal = course / ".grading" / "week1.jsonl"
    before = journal.read_text()
    journal.unlink()
    names = ("honest", "zoe", "equal", "dies", "twin", "stderr")
    command = [sys.executable, "-m", "tinyml_course.cli", "grade", "week1"]
    command += ["--course", str(course), "--seconds", "4"]
    for name in names:
        command += ["--student", name]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while not journal.exists() or journal.read_text().count("\n") < 3:
        assert running.poll() is None, "it ended too soon"
        time.sleep(0.05)
    running.kill()
    running.wait()
    finished = journal.read_text().count("\n")
    assert 3 <= finished < len(names)
    with journal.open("a") as file:
        file.write('{"half a li')
    done = subprocess.run(
        [*command, "--resume", "--json"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    verdicts = {v["student"]: v for v in json.loads(done.stdout)["verdicts"]}
    for name in names:
        assert scores(verdicts[name]) == scores(graded[name])
    lines = journal.read_text().splitlines()
    assert len(lines) == len({json.loads(line)["key"] for line in lines}) == len(names)
    journal.write_text(before)


def test_a_course_that_every_box_would_show_is_refused():
    """A virtual environment is in every box, and so is what lies in it."""
    with (
        tempfile.TemporaryDirectory(dir=sys.prefix) as folder,
        pytest.raises(ToolError, match="which every box shows"),
    ):
        batch.grade("week1", Path(folder))


def test_without_bubblewrap_it_refuses_with_the_reason(course, graded):
    path = os.path.dirname(sys.executable)
    done = subprocess.run(
        [sys.executable, "-m", "tinyml_course.cli", "grade", "week1"]
        + ["--course", str(course), "--student", "honest"],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "bwrap" in done.stderr
    assert "--unsafe" in done.stderr


SOME = ("honest", "zoe", "equal", "twin")


def test_work_that_one_trusts_is_graded_without_a_box_too(course, graded):
    result = batch.grade("week1", course, unsafe=True, students=("honest", "zoe"))
    for verdict in result["verdicts"]:
        assert scores(verdict) == scores(graded[verdict["student"]])


def test_jobs_side_by_side_give_the_same(course, graded):
    result = batch.grade("week1", course, jobs=2, students=SOME)
    for verdict in result["verdicts"]:
        assert scores(verdict) == scores(graded[verdict["student"]])


def test_a_cluster_gives_the_same(course, graded, cluster):
    result = batch.grade("week1", course, scheduler=cluster, students=SOME)
    assert len(result["verdicts"]) == len(SOME)
    for verdict in result["verdicts"]:
        assert scores(verdict) == scores(graded[verdict["student"]])


HARM = "<script>alert(1)</script><img src=x onerror=alert(2)> [go](javascript:alert(3))"


@pytest.fixture(scope="module")
def pages(course, graded):
    hand_in(
        course,
        "harm",
        words=f"**Mine**: {HARM}",
        double="def double(x):\n    return 3 * x",
        inject="from IPython.display import HTML, Markdown, display\n"
        f"display(HTML({HARM!r})); print({HARM!r})",
    )
    batch.grade("week1", course, students=("harm",))
    made = feedback.write_feedback(course, "week1")
    return {path.parent.parent.name: path.read_text() for path in made}


def test_everybody_with_a_verdict_gets_a_page(pages, graded):
    assert set(pages) == {name for name in graded if name} | {"harm"}


def test_feedback_tells_hints_and_never_hidden_text(pages, graded):
    for student, text in pages.items():
        for secret in ("1918", "secret", "HIDDEN", "BEGIN SOLUTION"):
            assert secret not in text, (student, secret)
    assert "Hint: An array is doubled number by number." in pages["zoe"]
    assert "Hint: check double-value did not pass" in pages["zoe"]
    assert pages["honest"].count("Hint") == 1  # of the half of an item
    assert "2 of 2 points" in pages["honest"]
    assert "not yet graded" in pages["zoe"]


def test_feedback_shows_what_a_person_gave(pages, course):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'grades.sqlite'}", "other") as book:
        book.find_grade("words", "set", "week1", "zoe").manual_score = 1.5
        book.find_comment("words", "set", "week1", "zoe").manual_comment = "<b>Why?</b>"
        book.db.commit()
    feedback.write_feedback(course, "week1")
    text = (course / "feedback" / "zoe" / "week1" / "set.html").read_text()
    assert "1.5 of 3 points" in text
    assert "&lt;b&gt;Why?&lt;/b&gt;" in text


def test_nothing_in_feedback_runs(pages, course):
    """In a real browser: no script, no request, no dialog; the words are there."""
    from browser import axe_violations, chromium, watched

    dialogs = []
    with chromium() as browser, watched(browser) as page:
        page.on("dialog", lambda dialog: dialogs.append(dialog.dismiss()))
        page.goto((course / "feedback" / "harm" / "week1" / "set.html").as_uri())
        assert page.locator("script, iframe, object, [onerror]").count() == 0
        assert page.locator("a[href^=javascript]").count() == 0
        assert page.locator("strong", has_text="Mine").count() == 1
        assert "alert(1)" in page.inner_text("body")
        assert axe_violations(page) == []
    assert dialogs == []


@pytest.mark.parametrize("form", ["nbgrader", "canvas", "moodle"])
def test_everybody_is_in_the_csv_with_the_points_of_the_verdict(course, graded, form):
    import csv

    rows = [*csv.reader(table(course, "week1", form).splitlines())]
    ids, points = {"nbgrader": (3, 10), "canvas": (2, 5), "moodle": (0, 4)}[form]
    said = {
        row[ids]: float(row[points]) for row in rows[2 if form == "canvas" else 1 :]
    }
    assert set(graded) - {""} <= set(said)
    for student in ("zoe", "equal", "empty", "twin"):
        by_hand = 1.5 if student == "zoe" and said["zoe"] > total(graded["zoe"]) else 0
        assert said[student] == total(graded[student]) + by_hand


def test_a_name_that_is_a_formula_is_text(course, graded):
    hand_in(course, "=1+1")
    batch.grade("week1", course, students=("=1+1",))
    assert "\n'=1+1," in table(course, "week1", "moodle")


def test_items_tell_how_hard_they_were_and_whom_they_tell_apart(
    course, graded, tmp_path
):
    found = {item.name: item for item in items(course, "week1")}
    assert set(found) == {*TESTS, "words"}
    harder, easier = found["double-array"], found["sort-place"]
    assert 0 < harder.difficulty < easier.difficulty < 1
    assert 0 < easier.discrimination <= 1
    told = plot_items([*found.values()], tmp_path / "items.png")
    assert (tmp_path / "items.png").stat().st_size > 5000
    assert f"{len(found)} items" in told


def test_a_tests_process_that_dies_gives_nothing_away(tmp_path):
    """A helper that is given stays the instructor's, also after a fresh start."""
    written = "### BEGIN SOLUTION\n{}\n### END SOLUTION"
    dies = "import os, threading\nif first() == [2]:\n    os._exit(1)\n"
    dies += "if first() == [3]:\n    threading.Timer(0.2, os._exit, [1]).start()\n"
    dies += "assert first() == [1]"
    helper = "def close(a, b):\n    return abs(a - b) < 1e-9"
    one, two = "def first():\n    return [1]", "def second(x):\n    return x + 1"
    cells = [
        new_code_cell(helper, metadata=told("given", locked=True)),
        new_code_cell(written.format(one), metadata=told("one", solution=True)),
        new_code_cell(dies, metadata=told("t1", grade=True, locked=True, points=1)),
        new_code_cell(written.format(two), metadata=told("two", solution=True)),
        new_code_cell(
            "assert close(second(1), 2)",
            metadata=told("t2", grade=True, locked=True, points=1),
        ),
    ]
    (tmp_path / "source" / "week1").mkdir(parents=True)
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'other'\n"
        "c.CourseDirectory.submitted_directory = 'handed_in'\n"
    )
    source = new_notebook(cells=cells)
    nbformat.write(source, tmp_path / "source" / "week1" / "set.ipynb")
    for student, first, second in (
        ("honest", one, two),
        ("killer", "def first():\n    return [2]", two),
        ("forger", "def first():\n    return [2]", "def second(x):\n    return 7"),
        ("late", "def first():\n    return [3]", f"import time; time.sleep(1)\n{two}"),
    ):
        mine = nbformat.from_dict(source)
        mine.cells[1].source, mine.cells[3].source = first, second
        if student == "forger":
            mine.cells.insert(4, new_code_cell("def close(a, b):\n    return True"))
        hand_in(tmp_path, student, nbformat.writes(mine))
    result = batch.grade("week1", tmp_path, seconds=3)
    said = {v["student"]: scores(v) for v in result["verdicts"]}
    assert said["honest"] == {"t1": 1, "t2": 1}
    assert said["killer"] == said["late"] == {"t1": 0, "t2": 1}
    assert said["forger"] == {"t1": 0, "t2": 0}
