"""One batch of everybody: honest work gets its points, hostile work harms nobody."""

import contextlib
import json
import os
import re
import socket
import sys
import time
from pathlib import Path

import nbformat
import pytest
from foreign import hand_in, new_course, scores, total
from hostile import HONEST_WORK, HOSTILE, put

from tinyml_course.grading import batch, feedback, leaderboard

pytestmark = pytest.mark.slow

MOST_SECONDS = 150  # on two processors that do nothing else
CASES = {case.name: case for case in [*HONEST_WORK, *HOSTILE]}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return new_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def graded(course):
    """Honest work graded alone, then everybody; and who has called, and when."""
    with contextlib.ExitStack() as stack:
        doors = [
            stack.enter_context(socket.socket(kind))
            for kind in (socket.AF_INET, socket.AF_UNIX)
        ]
        doors[0].bind(("127.0.0.1", 0))
        port = doors[0].getsockname()[1]
        doors[1].bind(f"\0tinyml-{port}")
        for door in doors:
            door.listen()
            door.setblocking(False)
        for case in HONEST_WORK:
            put(course, case, port)
        alone = batch.grade("week1", course, seconds=3)["verdicts"]
        for case in HOSTILE:
            put(course, case, port)
        before = {path: _state(path) for path in _kept(course)}
        began = time.monotonic()
        result = batch.grade("week1", course, seconds=3)
        seconds = time.monotonic() - began
        calls = []
        for door in doors:
            with contextlib.suppress(BlockingIOError):
                calls.append(door.accept())
    batch.close_rooms()
    return {
        "alone": {v["student"]: v for v in alone},
        "all": {v["student"]: v for v in result["verdicts"]},
        "changed": [path for path, state in before.items() if _state(path) != state],
        "calls": calls,
        "seconds": seconds,
    }


def _kept(course):
    """What no grading may change."""
    return [p for name in ("source", "handed_in") for p in (course / name).rglob("*")]


def _state(path):
    told = path.lstat()
    return told.st_size, told.st_mtime_ns, told.st_ino


def test_everybody_has_a_verdict_in_time(graded):
    assert set(graded["all"]) == set(CASES)
    busy = max(1, os.getloadavg()[1] / 2)
    assert graded["seconds"] < MOST_SECONDS * busy, graded["seconds"]
    for verdict in graded["all"].values():
        for book in verdict["notebooks"]:
            assert "grader could not" not in str(book["error"]), verdict["student"]


@pytest.mark.parametrize("case", HONEST_WORK, ids=lambda case: case.name)
def test_honest_work_gets_what_it_gets_alone(graded, case):
    alone, here = graded["alone"][case.name], graded["all"][case.name]
    assert scores(here) == scores(alone)
    assert [b["items"] for b in here["notebooks"]] == [
        b["items"] for b in alone["notebooks"]
    ]
    assert here["odd"] == alone["odd"] == []


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.name)
def test_each_loses_what_it_has_to_and_no_more(graded, case):
    mine, full = scores(graded["all"][case.name]), scores(graded["alone"]["honest"])
    mine.pop("words"), full.pop("words")
    for item, points in full.items():
        if item in case.unsure:
            assert mine[item] <= points
        else:
            assert mine[item] == (0 if item in case.lost else points), item


@pytest.mark.parametrize("case", [c for c in HOSTILE if c.says], ids=lambda c: c.name)
def test_the_instructor_is_told_what_happened(graded, case):
    odd = "\n".join(graded["all"][case.name]["odd"])
    assert re.search(case.says, odd), odd
    assert odd.replace("\n", " ").isprintable()


def test_nobody_found_anything_or_called_anyone(graded):
    spied = 0
    for name, verdict in graded["all"].items():
        for cell in verdict["notebooks"][0]["cells"]:
            for output in cell["outputs"]:
                if output.get("text", "").startswith("SPIED"):
                    spied += 1
                    assert output["text"].strip() == "SPIED [[], []]", name
    assert spied == 6
    assert graded["calls"] == []


def test_nothing_is_changed_outside(graded, course):
    assert graded["changed"] == []
    places = ["/tmp", "/dev/shm", "/etc", "/usr", "/usr/local/lib", "/var", "/box"]
    places += [Path.home(), Path.cwd(), course, sys.prefix, Path(os.__file__).parent]
    assert [p for p in places if Path(p, "left-behind").exists()] == []


def test_nothing_is_left_running(graded):
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            told = path.read_bytes().replace(b"\0", b" ")
            assert b"sleep 76543" not in told
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = path.read_text().rpartition(")")[2].split()[1]
            assert parent != str(os.getpid()) or "bwrap" not in path.read_text()


def test_the_gradebook_has_the_points_of_the_verdicts(graded, course):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'grades.sqlite'}", "other") as book:
        found = {s.student.id: s.score for s in book.assignment_submissions("week1")}
    assert found == {name: total(verdict) for name, verdict in graded["all"].items()}


def test_what_is_kept_of_outputs_is_short(graded):
    for name, verdict in graded["all"].items():
        assert len(json.dumps(verdict)) < 300_000, name


def test_what_the_formgrader_shows_does_nothing(graded, course):
    """It shows the graded notebooks with whatever is in their outputs and texts."""
    path = course / "autograded" / "harm" / "week1" / "set.ipynb"
    done = nbformat.read(path, as_version=4)
    nbformat.validate(done)
    kinds = set()
    for cell in done.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"<(script|img|svg|iframe)", cell.source)
        for output in cell.get("outputs", []):
            kinds |= set(output.get("data", {}))
    assert kinds <= {"text/plain", "image/png", "image/jpeg"}


def test_a_page_can_be_made_for_everybody_and_says_nothing_hidden(graded, course):
    pages = feedback.write_feedback(course, "week1")
    assert len(pages) == len(CASES)
    for page in pages:
        text = page.read_text("utf-8")
        assert "np.array_equal(double(secret)" not in text, page
        assert not re.search(r"<(script|svg|iframe|img src=x)", text), page


def test_what_a_function_was_called_with_by_a_hidden_test_is_not_told(course):
    """It can be kept and shown by a later cell; the page leaves that out."""
    hand_in(
        course,
        "keeps",
        double="kept = []\ndef double(x):\n    kept.append(x)\n    return 2 * x",
        words="mine",
        inject="print(kept)",
        at=16,
    )
    batch.grade("week1", course, students=("keeps",), seconds=3)
    feedback.write_feedback(course, "week1")
    page = (course / "feedback" / "keeps" / "week1" / "set.html").read_text()
    assert "print(kept)" in page
    assert "1918" not in page


def test_what_a_function_prints_is_not_what_a_test_measured(course):
    """Else its author would lead the class's table, with the model of a dream."""
    line = json.dumps(dict.fromkeys(leaderboard.COLUMNS, 1.0))
    double = f"def double(x):\n    print('{line}')\n    return 2 * x"
    hand_in(course, "boasts", double=double)
    told = batch.grade("week1", course, students=("boasts",), seconds=3)
    (verdict,) = told["verdicts"]
    assert line in json.dumps(verdict).replace('\\"', '"'), "it was printed"
    assert leaderboard.figures(verdict) is None
