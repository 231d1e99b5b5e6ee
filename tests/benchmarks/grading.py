"""How much work grading is: `tinyml grade` beside `nbgrader autograde`.

    python tests/benchmarks/grading.py [ps07|keras ..] [--students 24] [--cluster]

The same submissions, once each way, in processes of their own: processor seconds (of
the process and all that it waited for), seconds by the clock, and their ratio. nbgrader
runs as it comes, without a box. The gradebook and the graded notebooks, from which
feedback is made, are written both times; both have to say the same of every item.
Beside them, what the cells of the reference solution take by themselves, in a process
that has imported everything: below that no grader comes. With ``--cluster``: also on a
Dask cluster of this machine, with one worker and with two.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import threadpoolctl

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import keras_set  # noqa: E402
from problem_sets import (  # noqa: E402
    failures,
    graded,
    id_of,
    solution,
    wrong_solutions,
)

from tinyml_course import grading  # noqa: E402

AS_IT_COMES = """
from nbgrader.converters import Autograde
steps = Autograde.autograde_preprocessors.default_args[0]
c.Autograde.autograde_preprocessors = steps
"""


def make_course(root: Path, name: str, students: int) -> None:
    """A course folder with ordinary work: right answers, and some that are wrong."""
    shutil.copytree(ROOT / "assignments" / "source" / name, root / "source" / name)
    shutil.copy(ROOT / "assignments" / "nbgrader_config.py", root)
    (released,) = grading.release(root / "source", root / "given")
    bank = [(i, s) for i, wrong in wrong_solutions(name).items() for _, s in wrong]
    for number in range(students):
        notebook = nbformat.read(released, as_version=4)
        mine = {id_of(cell): cell.source for cell in solution(name).cells}
        item, source = bank[7 * number % len(bank)]
        mine |= {item: source} if number % 2 else {}
        for cell in notebook.cells:
            if graded(cell).get("solution"):
                cell.source = mine[id_of(cell)]
        folder = root / "submitted" / f"student{number:02}" / name
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{name}.ipynb")


def run(root: Path, *command: str) -> tuple[float, float]:
    """Run a command in the course's folder: (processor seconds, seconds)."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    beside = os.path.dirname(sys.executable)
    path = {"PATH": f"{beside}:{os.environ['PATH']}", "JUPYTER_PREFER_ENV_PATH": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=root,
        env={**os.environ, **path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    with contextlib.suppress(ChildProcessError):  # what the boxes took comes to us
        while "--scheduler" not in command:  # but a cluster does not end
            os.waitpid(-1, 0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.monotonic() - began


def by_itself(root: Path, name: str) -> float:
    """Processor seconds of a solution's cells, in a process that has run them once."""
    path = root / "source" / name / f"{name}.ipynb"
    notebook, used = nbformat.read(path, as_version=4), 0.0
    notebook.cells = [
        cell
        for cell in notebook.cells
        if "skip-execution" not in cell.metadata.get("tags", ())
    ]
    with contextlib.chdir(path.parent), threadpoolctl.threadpool_limits(1):
        for _ in range(2):  # one thread, as in a box
            before = time.process_time()
            assert not failures(notebook)
            used = time.process_time() - before
    return used


def points(root: Path, name: str) -> dict:
    """What the gradebook says: {(student, item): points}."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "tinyml") as book:
        return {
            (submission.student.id, grade.name): grade.auto_score
            for submission in book.assignment_submissions(name)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


@contextlib.contextmanager
def cluster(workers: int) -> Iterator[str]:
    """A Dask scheduler with some workers on this machine; its address."""
    import distributed

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, dask = f"tcp://127.0.0.1:{port}", [sys.executable, "-m", "dask"]
    local = ["--host", "127.0.0.1", "--no-dashboard"]
    worker = [*dask, "worker", address, "--nthreads", "1", "--no-nanny", *local]
    commands = [[*dask, "scheduler", "--port", str(port), *local]] + [worker] * workers
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [subprocess.Popen(command, **quiet) for command in commands]
    try:
        with distributed.Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
        yield address
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


def main() -> None:
    """Measure, compare, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=["ps07"])
    parser.add_argument("--students", type=int, default=24)
    parser.add_argument("--cluster", action="store_true")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # processes that lose theirs become our own
    beside = os.path.dirname(sys.executable)  # nbgrader calls alembic by its name
    os.environ["PATH"] = f"{beside}:{os.environ['PATH']}"
    for name in options.names:
        measure(name, options.students, options.cluster)


def measure(name: str, students: int, on_cluster: bool) -> None:
    """Grade one class twice, or four times, and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        theirs, ours = Path(folder, "nbgrader"), Path(folder, "tinyml")
        for root in (theirs, ours):
            make = keras_set.make_course if name == "keras" else make_course
            make(root, name, students)
            run(root, "nbgrader", "generate_assignment", name)
        with (theirs / "nbgrader_config.py").open("a") as config:
            config.write(AS_IT_COMES)
        rows = {"nbgrader autograde": run(theirs, "nbgrader", "autograde", name)}
        grade = ("tinyml_course.cli", "grade", name, "--seconds", "60")
        rows["tinyml grade"] = run(ours, *grade)
        alone = students * by_itself(ours, name)
        said, wanted = points(ours, name), points(theirs, name)
        different = sorted(key for key in wanted if said.get(key) != wanted[key])
        for workers in (1, 2) if on_cluster else ():
            with cluster(workers) as address:
                title = f"tinyml grade, {workers} Dask workers"
                rows[title] = run(ours, *grade, "--scheduler", address)
    print(f"{name}, {students} submissions, {len(wanted)} items;", end=" ")
    print(f"{len(different)} graded differently {different[:5] or ''}")
    print(f"{'':<32}{'CPU s':>8}{'ratio':>8}{'s':>8}{'ratio':>8}")
    cpu, wall = rows["nbgrader autograde"]
    print(f"{'the cells by themselves':<32}{alone:>8.1f}{alone / cpu:>8.3f}")
    for title, (used, seconds) in rows.items():
        worker = "Dask" in title  # what workers take is not ours to count
        ratios = f"{'':>16}" if worker else f"{used:>8.1f}{used / cpu:>8.3f}"
        print(f"{title:<32}{ratios}{seconds:>8.1f}{seconds / wall:>8.3f}", flush=True)


if __name__ == "__main__":
    main()
