"""A class's submissions come in; each gets a verdict, in the journal and gradebook."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import itertools
import json
from collections.abc import Callable
from pathlib import Path

from tinyml_course.errors import DataError, ToolError
from tinyml_course.grading import box
from tinyml_course.grading.box import Limits
from tinyml_course.grading.course import Course
from tinyml_course.grading.plan import make_plan
from tinyml_course.grading.records import points, record
from tinyml_course.grading.verdict import Job, close_rooms, grade_job, key_of, room_for
from tinyml_course.spread import spread

__all__ = ["close_rooms", "grade"]


def grade(
    assignment: str,
    course: Path,
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    resume: bool = False,
    unsafe: bool = False,
    seconds: float = 10.0,
    students: tuple[str, ...] = (),
    progress: Callable[[int, int, str], None] | None = None,
) -> dict:
    """Grade everybody who has handed in an assignment.

    Parameters
    ----------
    assignment : str
        Its name, as nbgrader knows it.
    course : Path
        The course's folder: any nbgrader course.
    jobs : int
        Submissions graded at the same time, on this machine.
    scheduler : str
        The address of a Dask scheduler; then its workers grade. They need bubblewrap
        and this package; the gradebook is written here alone.
    resume : bool
        Take over the verdicts that an earlier run has left in the journal.
    unsafe : bool
        Without boxes, for submissions that one trusts.
    seconds : float
        For one cell, or one test.
    students : tuple of str
        Only these; empty: everybody.
    progress : callable
        Called with (how many are done, of how many, whose was the last).

    Returns
    -------
    dict
        ``assignment``, ``released`` (whether its release version was made, or made
        anew because the source has changed), ``plan`` (what the reference solution has
        shown: tests that are ``shared`` or ``failing``), and ``verdicts``: see
        :func:`grade_job`; and of each the ``total`` that the gradebook has now, with
        what a person gave, the points that are ``waiting`` for a person, and what it
        ``was`` before: None where it is the same, or nobody had graded.

    Raises
    ------
    ToolError
        If there can be no boxes here, or they would show the course's own folder, and
        ``unsafe`` was not said.
    """
    if jobs < 1 or not 0 < seconds < float("inf"):
        raise DataError(
            f"{jobs} jobs and {seconds:g} seconds are not possible; expected one job "
            "or more, and more than 0 seconds."
        )
    why_not = None if unsafe else box.why_not()
    if why_not:
        raise ToolError(
            f"Submissions are not run without a box, and here there can be none: "
            f"{why_not}. If you trust every student: --unsafe."
        )
    place = Course(course)
    shown = None if unsafe else box.shows(place.root)
    if shown:
        raise ToolError(
            f"The course lies in {shown}, which every box shows to what runs in it, "
            "tests and all. Move the course's folder to another place."
        )
    limits = Limits(seconds=seconds)
    released = place.release(assignment)
    sheets = place.sheets(assignment)
    given = place.files(assignment)
    everybody = place.students(assignment)
    unknown = sorted(set(students) - set(everybody))
    if unknown:
        raise DataError(f"{unknown[0]!r} has handed in nothing for {assignment}.")
    referee = room_for(sheets, limits, not unsafe).referee
    plans = {
        sheet.name: make_plan(referee, sheet, "solution", given) for sheet in sheets
    }
    names = [sheet.name for sheet in sheets]
    pending = []
    for student in students or everybody:
        work, files, odd = place.work(assignment, student, names)
        job = Job(student, assignment, sheets, plans, work, {**files, **given})
        pending.append(
            dataclasses.replace(job, odd=tuple(odd), limits=limits, sealed=not unsafe)
        )
    verdicts = []
    path = place.root / ".grading" / f"{assignment}.jsonl"
    with _journal(path) as journal:
        known = {v["key"]: v for v in _read(path)} if resume else {}
        done = [known[key] for key in map(key_of, pending) if key in known]
        todo = [job for job in pending if key_of(job) not in known]
        with spread(jobs, scheduler) as call:
            fresh = call(grade_job, [(job,) for job in todo])
            for verdict in itertools.chain(done, fresh):
                if verdict["key"] not in known:
                    verdict["was"], _ = points(place, assignment, verdict["student"])
                    journal.write(json.dumps(verdict) + "\n")
                    journal.flush()
                record(place, verdict)
                verdicts.append(_compared(place, verdict))
                if progress:
                    progress(len(verdicts), len(pending), verdict["student"])
    told = {
        name: {
            "shared": plan.shared,
            "failing": sorted(plan.failing),
            "notes": list(plan.notes),
        }
        for name, plan in plans.items()
    }
    verdicts.sort(key=lambda verdict: verdict["student"])
    return {
        "assignment": assignment,
        "released": released,
        "verdicts": verdicts,
        "plan": told,
    }


def _compared(place: Course, verdict: dict) -> dict:
    """With the points that the gradebook has now, and had before if they changed."""
    total, waiting = points(place, verdict["assignment"], verdict["student"])
    was, now = verdict.get("was"), total or 0.0
    was = None if was is None or abs(was - now) < 1e-9 else was
    return {**verdict, "was": was, "total": now, "waiting": waiting}


@contextlib.contextmanager
def _journal(path: Path):
    """The journal, to append to; one grader at a time."""
    path.parent.mkdir(exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ToolError(f"Another grader is at work on {path.stem}.") from None
        file.seek(0)
        text = file.read()
        if text and not text.endswith("\n"):  # a line that a killed grader began
            file.truncate(len(text[: text.rfind("\n") + 1].encode()))
        yield file


def _read(path: Path) -> list[dict]:
    found = []
    for line in path.read_text("utf-8").splitlines():
        with contextlib.suppress(ValueError):
            found.append(json.loads(line))
    return found
