"""Hidden tests are not in the student's process: its memory is read, from outside."""

import contextlib
import os
import signal
import sys
import textwrap
import threading
import time
from pathlib import Path

import nbformat
import pytest
from foreign import HONEST, source_notebook
from problem_sets import (
    NAMES,
    assignment,
    hidden_lines,
    id_of,
    solution,
    without_hidden,
)

from tinyml_course.grading.box import Limits
from tinyml_course.grading.plan import make_plan
from tinyml_course.grading.sheet import assemble, read_sheet
from tinyml_course.grading.verdict import Room

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="it needs /proc"),
]
LONG = ("ps05", "ps09", "ps10")  # a gigabyte to read, or minutes on the emulated board
FORMS = ("utf-8", "utf-16-le", "utf-32-le")


def below(pid):
    """All processes that this one has started, and theirs."""
    found = [pid]
    with contextlib.suppress(OSError):  # it may end meanwhile
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in task.read_text().split():
                found += below(int(child))
    return found


def alive(pids):
    """Those that have not ended, waiting only to be counted."""
    found = []
    for pid in pids:
        try:
            if "zombie" not in Path(f"/proc/{pid}/status").read_text():
                found.append(pid)
        except OSError:
            continue
    return found


def memory_of(pid):
    """What a process may write to, piece by piece."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if rights.startswith("rw"):
                start, end = (int(part, 16) for part in span.split("-"))
                memory.seek(start)
                try:
                    yield memory.read(end - start)
                except OSError:
                    continue  # a part that is kept by the system


def seen_in(pids, words):
    """Those of the words that are in the memory of any of these processes."""
    found = set()
    for pid in pids:
        read = 0
        with contextlib.suppress(
            ProcessLookupError, FileNotFoundError
        ):  # one that was ending already
            for piece in memory_of(pid):
                read += len(piece)
                found |= {w for w in words if any(w.encode(f) in piece for f in FORMS)}
    assert read > 10_000_000, "of the last one: the one that is meant"
    return found


def graded_slowly(notebook, words, *, last="", answers=None):
    """Grade the reference solution; look into both boxes when it waits."""
    sheet = read_sheet("set", nbformat.writes(notebook))
    room = Room((sheet,), Limits(seconds=30))
    try:
        plan = make_plan(room.referee, sheet, "ada", {})
        work = [
            {"type": cell.cell_type, "text": cell.source, "name": id_of(cell)}
            for cell in notebook.cells
        ]
        for cell in work:
            cell["text"] = (answers or {}).get(cell["name"], cell["text"])
        work.append({"type": "code", "text": last, "name": None})
        cells, _ = assemble(sheet, work)
        run = threading.Thread(
            target=room.referee.run, args=(cells, plan, "ada", {}), daemon=True
        )
        run.start()
        found = None
        while run.is_alive() and found is None:
            everybody = alive(below(room.box.process.pid)[1:])
            theirs = [pid for pid in everybody if "waits" in _name(pid)]
            if theirs:  # what is before it, it comes from; the tests' are the last
                before, ours = everybody[: everybody.index(theirs[0])], everybody[-1:]
                found = seen_in([*before, *theirs], words), seen_in(ours, words)
                os.kill(theirs[0], signal.SIGUSR1)
            time.sleep(0.01)
        assert found is not None, "it never came to where it waits"
        run.join(60)
    finally:
        room.close()
    return plan, *found


def _name(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""


WAIT = """signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
__import__('ctypes').CDLL(None).prctl(15, b'waits', 0, 0, 0)
signal.sigtimedwait([signal.SIGUSR1], 25)"""


def test_while_a_hidden_test_calls_a_students_function_its_text_is_not_there():
    words = ["secret = np.array([1918, 2025])", "np.array_equal(double(secret)"]
    slow = "import signal\ndef double(x):\n    if hasattr(x, 'shape'):\n"
    slow += textwrap.indent(WAIT, " " * 8) + "\n    return 2 * x"
    plan, there, here = graded_slowly(
        source_notebook(), words, answers={**HONEST, "double": slow}
    )
    assert plan.failing == {}
    assert there == set()
    assert here == set(words), "the control: where the tests are, they are found"


@pytest.mark.parametrize("name", [assignment("ps05"), "ps09"])
def test_of_the_long_ones_no_test_runs_where_the_student_is(name):
    """So none can be there. test_capstone holds it of ps10."""
    sheet = read_sheet(name, nbformat.writes(solution(name)))
    room = Room((sheet,), Limits(seconds=30))
    try:
        plan = make_plan(room.referee, sheet, "ada", {})
    finally:
        room.close()
    assert plan.failing == plan.shared == {}


@pytest.mark.parametrize("name", [n for n in NAMES if n not in LONG])
def test_of_our_hidden_tests_nothing_was_ever_there(name):
    """At the end of all tests; and all of them run without the student's side."""
    notebook = solution(name)
    open_text = "\n".join(without_hidden(cell.source) for cell in notebook.cells)
    hidden = [line.strip() for c in notebook.cells for line in hidden_lines(c.source)]
    words = {w for w in hidden if w not in open_text and "### HINT" not in w}
    words = sorted(words, key=len)[-12:]
    last = f"import signal\n{WAIT}"
    plan, there, here = graded_slowly(notebook, words, last=last)
    assert plan.failing == plan.shared == {}
    assert len(words) == 12
    assert there == set()
    assert len(here) > 6, "the control"
