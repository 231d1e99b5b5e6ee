"""``work/`` is the student's: filled and updated, never overwritten."""

import json
import os

import pytest

from tinyml_course import workspace
from tinyml_course.errors import CourseError


@pytest.fixture
def root(tmp_path):
    """A checkout with two chapters, an app and an assignment."""
    for name, text in {
        "notebooks/00_start.ipynb": "start",
        "notebooks/02_line.ipynb": "line",
        "notebooks/apps/draw.ipynb": "draw",
        "notebooks/src/02_line.py": "not for students",
        "assignments/source/ps01/ps01.ipynb": "task SOLUTION",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def release(source, out):
    """What stands for nbgrader here: it removes the word SOLUTION."""
    for path in source.rglob("*.ipynb"):
        target = out / path.relative_to(source)
        target.parent.mkdir(parents=True)
        target.write_text(path.read_text().replace(" SOLUTION", ""))


def contents(work):
    return {
        path.relative_to(work).as_posix(): path.read_text()
        for path in work.rglob("*.ipynb")
    }


def test_an_empty_work_is_filled_without_solutions(root):
    filled = workspace.fill(root, root / "work", release)
    assert contents(root / "work") == {
        "00_start.ipynb": "start",
        "02_line.ipynb": "line",
        "apps/draw.ipynb": "draw",
        "assignments/ps01/ps01.ipynb": "task",
    }
    assert len(filled.added) == 4


def test_a_bundle_has_its_assignments_unless_the_class_hands_them_out(root):
    bundled = root / "assignments" / "release" / "ps01" / "ps01.ipynb"
    bundled.parent.mkdir(parents=True)
    bundled.write_text("the class's own")
    workspace.fill(root, root / "fetched")
    assert "assignments/ps01/ps01.ipynb" not in contents(root / "fetched")
    workspace.fill(root, root / "work", release)
    mine = contents(root / "work")["assignments/ps01/ps01.ipynb"]
    assert mine == "the class's own"


def test_the_second_time_nothing_happens(root):
    work = root / "work"
    workspace.fill(root, work, release)

    def never(source, out):
        raise AssertionError("the assignments did not change")

    assert workspace.fill(root, work, never) == workspace.Filled()


def test_an_update_reaches_what_the_student_did_not_change(root):
    work = root / "work"
    workspace.fill(root, work, release)
    (work / "00_start.ipynb").write_text("mine")
    (root / "notebooks/00_start.ipynb").write_text("start 2")
    (root / "notebooks/02_line.ipynb").write_text("line 2")
    filled = workspace.fill(root, work, release)
    assert contents(work)["00_start.ipynb"] == "mine"
    assert contents(work)["02_line.ipynb"] == "line 2"
    assert (filled.updated, filled.kept) == (["02_line.ipynb"], ["00_start.ipynb"])
    assert "tinyml reset 00" in str(filled)


def test_what_is_deleted_comes_back(root):
    work = root / "work"
    workspace.fill(root, work, release)
    (work / "02_line.ipynb").unlink()
    (work / "assignments/ps01/ps01.ipynb").unlink()
    filled = workspace.fill(root, work, release)
    assert filled.added == ["02_line.ipynb", "assignments/ps01/ps01.ipynb"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"files": 3}', "\xff", '{"files": {}}', "null"]
)
def test_a_broken_manifest_loses_no_work(root, text):
    work = root / "work"
    workspace.fill(root, work, release)
    (work / "02_line.ipynb").write_text("mine")
    (work / ".manifest.json").write_text(text, encoding="latin-1")
    (root / "notebooks/02_line.ipynb").write_text("line 2")
    workspace.fill(root, work, release)
    assert contents(work)["02_line.ipynb"] == "mine"
    assert json.loads((work / ".manifest.json").read_text())["files"]


def test_reset_gives_both(root):
    work = root / "work"
    workspace.fill(root, work, release)
    for text in ("mine", "mine again"):
        (work / "02_line.ipynb").write_text(text)
        ((path, copy),) = workspace.reset(root, work, "2", release)
        assert (work / path).read_text() == "line"
        assert (work / copy).read_text() == text
    assert len(contents(work)) == 6


def test_reset_of_an_assignment_and_of_nothing_known(root):
    work = root / "work"
    assert workspace.reset(root, work, "ps01", release) == [
        ("assignments/ps01/ps01.ipynb", "")
    ]
    with pytest.raises(CourseError, match=r"called '77'.*02_line\.ipynb"):
        workspace.reset(root, work, "77", release)


def test_a_work_that_is_a_file_is_one_clear_line(root):
    (root / "work").write_text("")
    with pytest.raises(CourseError, match="cannot be read or written"):
        workspace.fill(root, root / "work")


def test_a_read_only_work_is_one_clear_line(root, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", str(root / "work"))

    monkeypatch.setattr(workspace.tempfile, "mkstemp", refuse)
    with pytest.raises(CourseError, match="Permission denied"):
        workspace.fill(root, root / "work")


def test_a_cut_short_write_leaves_the_old_file(root, monkeypatch):
    work = root / "work"
    workspace.fill(root, work)
    (root / "notebooks/02_line.ipynb").write_text("line 2")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(CourseError, match="No space"):
        workspace.fill(root, work)
    assert contents(work)["02_line.ipynb"] == "line"
    assert [p.name for p in work.iterdir() if p.name.startswith(".new")] == []
