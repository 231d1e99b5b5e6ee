"""One submission comes in, its verdict goes out: points, outputs, and what was odd."""

from __future__ import annotations

import atexit
import hashlib
import time
from dataclasses import dataclass, field

from tinyml_course.grading.box import Box, Limits
from tinyml_course.grading.names import imported
from tinyml_course.grading.outputs import number_shown
from tinyml_course.grading.plan import Plan
from tinyml_course.grading.referee import Referee
from tinyml_course.grading.sheet import (
    Cell,
    Sheet,
    SubmissionError,
    assemble,
    read_work,
)

__all__ = [
    "Job",
    "Room",
    "close_rooms",
    "digest_of",
    "grade_job",
    "key_of",
    "room_for",
]


@dataclass(frozen=True)
class Job:
    """All that is needed to grade one submission, wherever that happens.

    Attributes
    ----------
    student, assignment : str
        Whose work, of what.
    sheets : tuple of Sheet
        The assignment's notebooks.
    plans : dict
        How each of them is graded.
    work : dict
        The submitted notebooks by name, as bytes; None where one is missing.
    files : dict
        Other files that lie beside the notebooks, by their path.
    odd : tuple of str
        What was odd about the folder.
    limits : Limits
        What a submission may take.
    sealed : bool
        False: without boxes, as the instructor has asked for.
    """

    student: str
    assignment: str
    sheets: tuple[Sheet, ...]
    plans: dict[str, Plan]
    work: dict[str, bytes | None]
    files: dict[str, bytes] = field(default_factory=dict)
    odd: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    sealed: bool = True


def key_of(job: Job) -> str:
    """The same for the same work under the same assignment, and for nothing else."""
    digest = hashlib.sha256()
    for sheet in job.sheets:
        digest.update(repr((sheet.name, sheet.cells)).encode())
    for name in sorted(job.work):
        digest.update(repr((name, job.work[name])).encode())
    for name in sorted(job.files):
        digest.update(repr((name, job.files[name])).encode())
    digest.update(repr((job.student, job.assignment, job.limits, job.odd)).encode())
    return digest.hexdigest()


def digest_of(work: dict[str, bytes | None], files: dict[str, bytes]) -> str:
    """The same for the same work, under whatever assignment."""
    digest = hashlib.sha256()
    for some in (work, files):
        for name in sorted(some):
            digest.update(repr((name, some[name])).encode())
    return digest.hexdigest()


def needs(sheets: tuple[Sheet, ...]) -> tuple[tuple[str, ...], bool]:
    """The modules that a room imports beforehand, and whether it compiles C."""
    code = [c.source for sheet in sheets for c in sheet.cells if c.is_code]
    names = set().union(*(imported(source) for source in code)) if code else set()
    return tuple(sorted(names)), any(n.startswith("tinyml_course") for n in names)


class Room:
    """A box that grades one submission after the other."""

    def __init__(self, sheets: tuple[Sheet, ...], limits: Limits, sealed: bool = True):
        modules, compiler = needs(sheets)
        self.key = (modules, compiler, limits, sealed)
        self.box = Box(modules, limits, compiler=compiler, sealed=sealed)
        self.referee = Referee(self.box, limits)

    def close(self) -> None:
        """End the box."""
        self.box.close()


_rooms: list[Room] = []  # of this process, from one submission to the next


def room_for(sheets: tuple[Sheet, ...], limits: Limits, sealed: bool) -> Room:
    """The room that this process keeps, made anew where it does not fit."""
    modules, compiler = needs(sheets)
    if _rooms and _rooms[0].key != (modules, compiler, limits, sealed):
        close_rooms()
    if not _rooms:
        _rooms.append(Room(sheets, limits, sealed))
    return _rooms[0]


def close_rooms() -> None:
    """End the boxes that this process keeps for the next submission."""
    while _rooms:
        _rooms.pop().close()


atexit.register(close_rooms)


def grade_job(job: Job) -> dict:
    """The verdict on one submission, as plain JSON.

    Returns
    -------
    dict
        ``student``, ``assignment``, ``key``, ``work`` (:func:`digest_of` it), ``odd``
        (list of str), ``notes`` (what of it came up in running), ``seconds`` and
        ``notebooks``: for each, ``name``, ``error`` (str or None), ``items`` (``name``,
        ``points``, ``score`` or None for a person to give, ``comment``), ``cells``.
    """
    began, books, odd, ran = time.monotonic(), [], list(job.odd), []
    for sheet in job.sheets:
        kind = (job.sheets, job.limits, job.sealed)
        try:
            book, found, notes = _grade_notebook(job, sheet, room_for(*kind))
        except Exception:  # a box broke: once more, in a new one
            close_rooms()
            room = room_for(*kind)  # where there can be no box this ends it all
            try:
                book, found, notes = _grade_notebook(job, sheet, room)
            except Exception as error:
                close_rooms()
                book = _ungraded(sheet, f"{type(error).__name__}: {error}"[:300])
                found, notes = [f"{sheet.name}: {book['error']}"], []
        books.append(book)
        odd += [*found, *notes]
        ran += notes
    return {
        "student": job.student,
        "assignment": job.assignment,
        "key": key_of(job),
        "work": digest_of(job.work, job.files),
        "odd": _printable(odd),
        "notes": ran,
        "seconds": round(time.monotonic() - began, 3),
        "notebooks": books,
    }


def _printable(odd: list[str]) -> list[str]:
    """Remarks for a terminal, whatever names a student has given to things."""
    more = [f"and {len(odd) - MOST_ODD:,} remarks more"] if len(odd) > MOST_ODD else []
    plain = (text.encode("utf-8", "replace").decode() for text in odd[:MOST_ODD])
    return ["".join(c if c.isprintable() else "?" for c in t) for t in plain] + more


def _grade_notebook(job: Job, sheet: Sheet, room: Room):
    """One notebook of a verdict, what is odd about it, and what came up in running."""
    content = job.work.get(sheet.name)
    try:
        if content is None:
            raise SubmissionError(f"{sheet.name}.ipynb was not handed in.")
        cells, odd = assemble(sheet, read_work(content))
    except SubmissionError as error:
        return _nothing(sheet, str(error)), [f"{sheet.name}: {error}"], []
    plan, referee = job.plans[sheet.name], room.referee
    outputs, notes = referee.run(cells, plan, job.student, job.files)
    items = [_item(c, sheet, outputs, plan) for c in cells if c.kind in _GRADED]
    told = [
        {
            "name": c.name,
            "kind": c.kind,
            "code": c.is_code,
            "source": c.source,
            "metadata": c.metadata,
            "outputs": outputs.get(c.name, []),
            "after_hidden": c.name in referee.after,
        }
        for c in cells
        if c.kind != "aside"
    ]
    book = {"name": sheet.name, "error": None, "items": items, "cells": told}
    return book, odd, list(notes)


_GRADED = ("test", "manual")
MOST_ODD = 60  # remarks on one submission


def _nothing(sheet: Sheet, why: str) -> dict:
    """The verdict on what cannot be graded: no points, and the reason."""
    items = [
        {"name": c.name, "points": c.points, "score": 0.0, "comment": why}
        for c in sheet.items
    ]
    return {"name": sheet.name, "error": why, "items": items, "cells": []}


def _ungraded(sheet: Sheet, why: str) -> dict:
    """The verdict where it is the grader that failed: a person has to look."""
    why = f"The grader could not grade it; grade it again, or by hand. {why}"
    items = [
        {"name": c.name, "points": c.points, "score": None, "comment": why}
        for c in sheet.items
    ]
    return {"name": sheet.name, "error": why, "items": items, "cells": []}


def _item(cell: Cell, sheet: Sheet, outputs: dict, plan: Plan) -> dict:
    comment = None
    if cell.kind == "manual":
        score = None
        stubs = sheet.released.get(cell.name, ""), *sheet.earlier.get(cell.name, ())
        empty = cell.source.strip() in {stub.strip() for stub in stubs}
        if empty and not cell.is_task:
            score, comment = 0.0, "No response."
    else:
        found = outputs.get(cell.name, [])
        score = points_of(found, cell.points)
        if cell.name in plan.numeric and number_shown(found) is None:
            score = 0.0  # the points were to be the value of the last line
        if score < cell.points:
            comment = cell.hint or f"check {cell.name} did not pass"
    item = {"name": cell.name, "points": cell.points, "score": score}
    if cell.name in plan.shared:
        item["shared"] = plan.shared[cell.name]
    return {**item, "comment": comment}


def points_of(outputs: list[dict], most: float) -> float:
    """The points of a test cell, by nbgrader's rules.

    An error, or anything written to stderr, gives none. A number as the value of the
    last line is the number of points. Everything else gives all.

    >>> result = {"output_type": "execute_result", "data": {"text/plain": "1.5"}}
    >>> points_of([result], 2)
    1.5
    """
    for output in outputs:
        if output["output_type"] == "error" or output.get("name") == "stderr":
            return 0.0
        if output["output_type"] == "execute_result":
            try:
                points = float(output["data"].get("text/plain", ""))
            except ValueError:
                return most
            return points if 0 <= points <= most else most if points < 0 else 0.0
    return most
