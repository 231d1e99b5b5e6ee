"""`nbgrader autograde`, as it is, with each kernel in a box."""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

pytestmark = pytest.mark.slow

LOOK = """
import json, os, pathlib, socket, subprocess
def works(call):
    try:
        call()
    except BaseException as error:
        return False
    return True
seen = {
    "source": works(lambda: os.listdir(COURSE + "/source")),
    "gradebook": works(lambda: open(COURSE + "/gradebook.db")),
    "others": works(lambda: os.listdir(COURSE + "/submitted")),
    "passwords": works(lambda: open("/etc/shadow")),
    "net": works(lambda: socket.create_connection(("127.0.0.1", PORT), 1)),
    "writes": works(lambda: open(MARK, "w")),
    "beside": open("data.txt").read(),
    "mine": works(lambda: open("made.txt", "w").write("1")),
    "uid": os.getuid(),
}
pathlib.Path("found.json").write_text(json.dumps(seen))
print("SEEN" + json.dumps(seen))
"""
FORK = """
subprocess.Popen("sleep 987.5 & sleep 987.5", shell=True, start_new_session=True)
"""


def cell(source, name, **more):
    plain = {"grade": False, "solution": False, "locked": False, "task": False}
    about = {**plain, "grade_id": name, "schema_version": 3, **more}
    return new_code_cell(source, metadata={"nbgrader": about})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    server = socket.create_server(("127.0.0.1", 0))
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'other'\nc.Execute.timeout = 5"
    )
    test = "assert double(4) == 8"
    cells = [
        cell("### BEGIN SOLUTION\nx = 0\n### END SOLUTION", "look", solution=True),
        cell(
            "### BEGIN SOLUTION\ndef double(x):\n    return 2 * x\n### END SOLUTION",
            "double",
            solution=True,
        ),
        cell(test, "double-value", grade=True, locked=True, points=2),
    ]
    for place in ("source/one", "submitted/ada/one", "submitted/loops/one"):
        (root / place).mkdir(parents=True)
        (root / place / "data.txt").write_text("for all")
    nbformat.write(new_notebook(cells=cells), root / "source/one/set.ipynb")
    look = LOOK.replace("COURSE", repr(str(root)))
    look = look.replace("PORT", str(server.getsockname()[1]))
    look = look.replace("MARK", repr(str(root / "mark")))
    cells[1].source = "def double(x):\n    return x + x"
    for student, first in (("ada", look + FORK), ("loops", "while True: pass")):
        cells[0].source = first
        path = root / f"submitted/{student}/one/set.ipynb"
        nbformat.write(new_notebook(cells=cells), path)
    assert nbgrader(root, "generate_assignment", "one").returncode == 0
    yield root, look
    server.close()


@pytest.fixture(scope="module")
def course(made):
    return made[0]


def nbgrader(course, *words, **env):
    env = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1", **env}
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=course,
        env=env,
        capture_output=True,
        text=True,
    )


def seen_in(text):
    return json.loads(re.search(r"SEEN(.*})", text)[1])


def test_without_a_box_the_same_cell_reaches_all_of_it(made, course):
    """The control: what the next test does not find is there to be found."""
    done = subprocess.run(
        [sys.executable, "-c", made[1]],
        cwd=course / "source" / "one",
        capture_output=True,
        text=True,
    )
    seen = seen_in(done.stdout)
    assert all(seen[name] for name in ("source", "gradebook", "others", "net"))
    assert seen["writes"]
    (course / "mark").unlink()
    for name in ("made.txt", "found.json"):
        (course / "source" / "one" / name).unlink()


def test_nbgrader_grades_in_a_box_and_nothing_is_left(course):
    rooms = Path(tempfile.gettempdir())
    before = set(rooms.glob("box-*"))
    boxed = {"JUPYTER_DEFAULT_PROVISIONER_NAME": "tinyml-box"}
    done = nbgrader(course, "autograde", "one", **boxed)
    assert done.returncode == 0, done.stderr[-3000:]
    graded = nbformat.read(course / "autograded/ada/one/set.ipynb", as_version=4)
    seen = seen_in(graded.cells[0].outputs[0].text)
    assert seen.pop("beside") == "for all"
    assert seen.pop("mine")
    assert seen.pop("uid") != 0
    assert not any(seen.values()), seen
    assert not (course / "mark").exists()
    assert not (course / "autograded/ada/one/found.json").exists()
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        points = {s.student.id: s.score for s in book.assignment_submissions("one")}
    assert points == {"ada": 2, "loops": 2}  # a loop was interrupted, and it went on
    until = time.monotonic() + 10
    while "sleep 987.5" in _processes() and time.monotonic() < until:
        time.sleep(0.1)
    assert "sleep 987.5" not in _processes()
    assert set(rooms.glob("box-*")) <= before


def _processes():
    return subprocess.run(
        ["ps", "ax", "-o", "args"], capture_output=True, text=True
    ).stdout


def test_without_bubblewrap_no_kernel_is_started(course, tmp_path):
    for name in ("sh", "env"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    boxed = {"JUPYTER_DEFAULT_PROVISIONER_NAME": "tinyml-box", "PATH": str(tmp_path)}
    done = nbgrader(course, "autograde", "one", "--student=ada", "--force", **boxed)
    assert done.returncode != 0
    assert "bubblewrap (the program bwrap) is not installed" in done.stderr
