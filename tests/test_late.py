"""Days late: free ones first, then a share; by nbgrader and by ours the same."""

import csv
import io
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from real_nbgrader import nbgrader
from traitlets.config import Config

from tinyml_course.grading import batch, feedback, scores
from tinyml_course.grading.late import DAY_SECONDS, LateDays, spend

CONFIG = """c = get_config()
c.CourseDirectory.course_id = "other"
c.AssignLatePenalties.plugin_class = "tinyml_course.grading.late.LateDays"
c.LateDays.free_days = 3
c.LateDays.share_a_day = 0.25
"""
DUE = {"w1": "2026-10-01 20:00", "w2": "2026-10-08 20:00", "w3": "2026-10-15 20:00"}
HANDED_IN = {
    "ada": {"w1": "2026-10-01 19:59", "w2": "2026-10-08 20:00", "w3": None},
    "bo": {
        "w1": "2026-10-03 10:00",
        "w2": "2026-10-09 20:01",
        "w3": "2026-10-17 20:00",
    },
    "cy": {
        "w1": "2026-11-20 10:00",
        "w2": "2026-10-08 20:01",
        "w3": "2026-10-15 12:00",
    },
}
# bo: 2 days free; 2 days, 1 free; 2 days. cy: 50 days, 3 free; 1 day; none
CHARGED = {
    "ada": {"w1": 0, "w2": 0, "w3": 0},
    "bo": {"w1": 0, "w2": 1, "w3": 2},
    "cy": {"w1": 47, "w2": 1, "w3": 0},
}
POINTS = 4


def test_free_days_are_spent_in_order():
    late = spend([("a", 1), ("b", DAY_SECONDS), ("c", DAY_SECONDS + 1), ("d", 0)], 3)
    assert [(one.days, one.free, one.charged) for one in late] == [
        (1, 1, 0), (1, 1, 0), (2, 1, 1), (0, 0, 0)
    ]  # fmt: skip


def test_no_more_than_all_is_lost():
    plugin = LateDays(config=Config(LateDays={"share_a_day": 0.3}))
    (late,) = spend([("a", 9 * DAY_SECONDS)], 0)
    assert plugin.penalty(late, 10.0) == 10.0
    assert plugin.penalty(late, 0.0) == 0.0


@pytest.mark.parametrize(
    "wrong", [{"free_days": -1}, {"share_a_day": 1.5}, {"share_a_day": -0.1}]
)
def test_what_makes_no_sense_is_refused(wrong):
    from traitlets import TraitError

    with pytest.raises(TraitError):
        LateDays(config=Config(LateDays=wrong))


# -- whole courses -----------------------------------------------------------------


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """Three assignments, released and handed in, none graded."""
    root = tmp_path_factory.mktemp("released")
    told = {"grade": False, "solution": False, "locked": False, "schema_version": 3}
    graded = {**told, "grade_id": "t", "grade": True, "locked": True, "points": POINTS}
    mine = {**told, "grade_id": "s", "solution": True}
    cells = [
        new_code_cell(
            "### BEGIN SOLUTION\nx = 1\n### END SOLUTION", metadata={"nbgrader": mine}
        ),
        new_code_cell("assert x == 1", metadata={"nbgrader": graded}),
    ]
    (root / "nbgrader_config.py").write_text(CONFIG)
    for name in DUE:
        (root / "source" / name).mkdir(parents=True)
        notebook = new_notebook(cells=cells)
        nbformat.write(notebook, root / "source" / name / "set.ipynb")
    notebook.cells[0].source = "x = 1"
    for student, times in HANDED_IN.items():
        for name, when in times.items():
            folder = root / "submitted" / student / name
            folder.mkdir(parents=True)
            nbformat.write(notebook, folder / "set.ipynb")
            if when:
                (folder / "timestamp.txt").write_text(f"{when}:00.000000 UTC")
    for name in DUE:
        nbgrader(root, "generate_assignment", name)
    return root


def copied(released, root, due=DUE):
    shutil.copytree(released, root, dirs_exist_ok=True)
    with gradebook(root) as book:
        for name, when in due.items():
            book.update_or_create_assignment(name, duedate=f"{when}:00 UTC")
    return root


def gradebook(root):
    from nbgrader.api import Gradebook

    return Gradebook(f"sqlite:///{root / 'gradebook.db'}", "other")


def penalties(root, student):
    with gradebook(root) as book:
        return {
            name: book.find_submission(name, student).late_submission_penalty
            for name in DUE
        }


def expected(charged=CHARGED):
    return {
        student: {name: min(1, 0.25 * days) * POINTS for name, days in mine.items()}
        for student, mine in charged.items()
    }


@pytest.fixture(scope="module")
def course(released, tmp_path_factory):
    root = copied(released, tmp_path_factory.mktemp("ours"))
    for name in DUE:
        batch.grade(name, root)
    return root


@pytest.mark.slow
def test_ours_takes_off_what_the_free_days_do_not_cover(course):
    for student in HANDED_IN:
        assert penalties(course, student) == expected()[student]


@pytest.mark.slow
def test_nbgrader_takes_off_the_same(released, tmp_path):
    """Also where both grade, one after the other."""
    copied(released, tmp_path)
    batch.grade("w1", tmp_path, students=("bo",))
    for name in ("w2", "w3"):
        nbgrader(tmp_path, "autograde", name, "--student=bo")
    assert penalties(tmp_path, "bo") == expected()["bo"]
    batch.grade("w3", tmp_path, students=("bo",))
    assert penalties(tmp_path, "bo") == expected()["bo"]


@pytest.mark.slow
def test_in_whichever_order_they_are_graded(released, tmp_path):
    """Free days go to what was due first, although it is graded last."""
    copied(released, tmp_path)
    for name in ("w3", "w2", "w1"):
        batch.grade(name, tmp_path, students=("bo",))
    assert penalties(tmp_path, "bo") == expected()["bo"]


@pytest.mark.slow
def test_an_extension_gives_the_days_back(course):
    with gradebook(course) as book:
        book.grant_extension("w1", "bo", days=2)
    batch.grade("w1", course, students=("bo",), resume=True)
    try:
        mine = {"bo": {"w1": 0, "w2": 0, "w3": 1}}
        assert penalties(course, "bo") == expected(mine)["bo"]
    finally:
        with gradebook(course) as book:
            book.grant_extension("w1", "bo")
        batch.grade("w1", course, students=("bo",), resume=True)


@pytest.mark.slow
def test_a_score_given_by_hand_is_charged_when_graded_again(course):
    with gradebook(course) as book:
        book.find_grade("t", "set", "w2", "cy").manual_score = 2
        book.db.commit()
    batch.grade("w2", course, students=("cy",), resume=True)
    assert penalties(course, "cy")["w2"] == 0.25 * 2


@pytest.mark.slow
@pytest.mark.parametrize("writes", ["table", "feedback"])
def test_a_score_given_by_hand_is_charged_without_grading_again(
    course, tmp_path, writes
):
    root = tmp_path / "course"
    shutil.copytree(course, root)
    with gradebook(root) as book:
        book.find_grade("t", "set", "w3", "bo").manual_score = 3
        book.db.commit()
    if writes == "table":
        found = csv.DictReader(io.StringIO(scores.table(root, "w3")))
        (mine,) = [row for row in found if row["student_id"] == "bo"]
        assert (float(mine["raw_score"]), float(mine["score"])) == (3, 1.5)
    else:
        feedback.write_feedback(root, "w3")
        page = root / "feedback" / "bo" / "w3" / "set.html"
        assert "1.5 of 4 points</b>" in page.read_text()
    assert penalties(root, "bo") == expected()["bo"] | {"w3": 1.5}


@pytest.mark.slow
def test_the_table_of_scores_says_how_late(course):
    text = scores.table(course, "w3").splitlines()
    assert text[0].endswith(",days_late,free_days_used")
    assert [line.split(",")[-2:] for line in text[1:]] == [
        ["0", "0"], ["2", "0"], ["0", "0"]
    ]  # fmt: skip


@pytest.mark.slow
def test_without_due_dates_nothing_is_late(released, tmp_path):
    copied(released, tmp_path, due={})
    batch.grade("w1", tmp_path)
    with gradebook(tmp_path) as book:
        for submission in book.assignment_submissions("w1"):
            assert submission.late_submission_penalty == 0
            assert submission.score == POINTS
    assert "days_late" not in scores.table(tmp_path, "w1")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["words", "bytes", "folder", "link", "long", "year"])
def test_a_time_that_is_none_stops_nobody(course, kind, tmp_path):
    """A student may have written the file."""
    path = course / "submitted" / "ada" / "w3" / "timestamp.txt"
    made = {"words": b"yesterday", "bytes": b"\xff\xfe", "long": b"1" * 1000}
    made["year"] = b"99999999999-01-01 00:00:00 UTC"
    if kind in made:
        path.write_bytes(made[kind])
    elif kind == "folder":
        path.mkdir()
    else:
        (tmp_path / "time").write_text("2020-01-01 00:00:00 UTC")
        path.symlink_to(tmp_path / "time")
    try:
        result = batch.grade("w3", course, students=("ada",))
        (verdict,) = result["verdicts"]
        assert any("timestamp.txt holds no time" in odd for odd in verdict["odd"])
        assert verdict["total"] == POINTS
    finally:
        path.rmdir() if kind == "folder" else path.unlink()


def test_our_own_course_has_free_days_and_no_due_dates():
    from problem_sets import ROOT
    from traitlets.config import PyFileConfigLoader

    folder = str(ROOT / "assignments")
    config = PyFileConfigLoader("nbgrader_config.py", path=folder).load_config()
    plugin = LateDays(config=config)
    assert (plugin.free_days, plugin.share_a_day) == (5, 0.1)
    assert config.AssignLatePenalties.plugin_class.endswith("late.LateDays")
