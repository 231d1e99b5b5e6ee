"""Machines unlike the author's: the same grades, or a refusal that says why."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from foreign import new_course, scores
from hostile import HONEST_WORK, HOSTILE, put

import tinyml_course

pytestmark = pytest.mark.slow

SOME = ("off by three", "kills all", "exits", "eats in secret", "new worlds", "patches")
SOME += ("eats under a name", "eats together")
SPIES = ("spy", "disturbs its twin")  # and "new worlds"
OTHER = 54321  # a user that nobody is


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = new_course(tmp_path_factory.mktemp("course"))
    for case in [
        HONEST_WORK[0],
        *(c for c in HONEST_WORK + HOSTILE if c.name in SOME + SPIES),
    ]:
        put(root, case, 1)
    return root


def grade(course, *words, before=(), **env):
    command = [sys.executable, "-m", "tinyml_course.cli", "grade", "week1"]
    command += ["--course", str(course), "--seconds", "5", "--json", *words]
    return subprocess.run(
        [*before, *command],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=300,
        cwd="/",
    )


def verdicts(done):
    assert done.returncode == 0, done.stderr
    told = re.findall(r'"text": "(SPIED .*?)\\n"', done.stdout)
    if "--unsafe" not in done.args:
        assert told == ["SPIED [[], []]"] * 3, "nothing was found, by three who looked"
    return {v["student"]: scores(v) for v in json.loads(done.stdout)["verdicts"]}


@pytest.fixture(scope="module")
def usual(course):
    """What this user gets on this machine."""
    found = verdicts(grade(course))
    assert sum(points or 0 for points in found["honest"].values()) == 11
    return found


def as_another(folder):
    """The words that make a command another user's, and a home of its own.

    Where root's own folders, in which the Python may lie, are shut to all others, that
    user sees those parts of them that are needed.
    """
    home = folder / "home"
    home.mkdir()
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, OTHER, OTHER)
    needed = [Path(sys.base_prefix), Path(sys.prefix), Path(tinyml_course.__file__)]
    needed = [path.parents[1] if path.suffix else path for path in needed]
    shut = {p for path in [*needed, folder] for p in path.parents if _shut(p)}
    words = "bwrap --dev-bind / /".split()
    for path in sorted(shut):
        words += ["--perms", "0755", "--tmpfs", str(path)]
    for path in needed:
        if shut & {*path.parents}:
            words += ["--ro-bind", str(path), str(path)]
    if shut & {*folder.parents}:
        words += ["--bind", str(folder), str(folder)]
    words += ["setpriv", f"--reuid={OTHER}", f"--regid={OTHER}", "--clear-groups"]
    return [*words, "sh", "-c", 'exec "$@"', "sh"], {"HOME": str(home), "USER": "other"}


def _shut(path):
    return not path.stat().st_mode & 0o001


@pytest.mark.skipif(os.getuid() != 0, reason="it changes the user, as root alone may")
def test_an_ordinary_user_gets_the_same_as_root(course, usual, tmp_path):
    copy = tmp_path / "course"
    shutil.copytree(course, copy, symlinks=True)
    for name in ("grades.sqlite", ".grading", "autograded"):
        path = copy / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    config = (copy / "nbgrader_config.py").read_text()
    config = config.replace(str(course), str(copy))
    (copy / "nbgrader_config.py").write_text(config)
    before, env = as_another(tmp_path)
    assert verdicts(grade(copy, before=before, **env)) == usual


def test_without_bubblewrap_it_refuses_and_says_how_to_go_on(course):
    done = grade(course, PATH=os.path.dirname(sys.executable))
    assert done.returncode == 2
    assert "bwrap" in done.stderr
    assert "--unsafe" in done.stderr


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("echo no namespaces here >&2; exit 1", "no namespaces here"),
        ('while [ "$1" != test ]; do shift; done; exec "$@"', "is seen inside"),
        ("exit 7", "gives no reason"),
    ],
    ids=["refuses", "shuts nothing", "says nothing"],
)
def test_a_bubblewrap_that_does_not_work_is_not_believed(
    course, tmp_path, program, why
):
    fake = tmp_path / "bwrap"
    fake.write_text(f"#!/bin/sh\n{program}\n")
    fake.chmod(0o755)
    done = grade(course, PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert done.returncode == 2, done.stdout
    assert why in done.stderr
    assert "--unsafe" in done.stderr


def test_without_namespaces_of_ones_own_it_refuses_with_the_reason(course):
    """bubblewrap works there, but nobody can be shut in a second time."""
    box = "--unshare-user --disable-userns --dev-bind / /".split()
    if subprocess.run(["bwrap", *box, "true"], capture_output=True).returncode:
        pytest.skip("this bubblewrap knows no --disable-userns")
    done = grade(course, before=["bwrap", *box])
    assert done.returncode == 2, done.stdout
    assert "box" in done.stderr or "room" in done.stderr


def test_where_nothing_but_the_course_can_be_written_to_it_grades(course, usual):
    """No /dev/shm, a small /tmp, caches and homes that are read only."""
    shut = (
        "--ro-bind / / --dev /dev --proc /proc --tmpfs /dev/shm --remount-ro /dev/shm"
    )
    words = ["bwrap", *shut.split(), "--size", "3000000", "--tmpfs", "/tmp"]
    words += ["--bind", str(course), str(course)]
    done = grade(course, before=words, HOME="/nowhere", XDG_CACHE_HOME="/nowhere")
    if done.returncode == 2:  # a box within a box is refused on some machines
        assert "box" in done.stderr, done.stderr
    else:
        assert verdicts(done) == usual


def test_work_that_one_trusts_needs_no_box(course, usual, tmp_path):
    path = os.path.dirname(sys.executable)
    done = grade(course, "--unsafe", "--student", "honest", PATH=path)
    assert verdicts(done) == {"honest": usual["honest"]}
