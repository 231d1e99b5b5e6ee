"""Runs one notebook: the student's cells in one box, the tests in another.

The referee passes messages between the two without reading them, watches the clock, and
when the student's process dies or is late starts it anew without the cell that did it:
only the item that died is lost.
"""

from __future__ import annotations

import contextlib
import select
import time
from dataclasses import dataclass, field

from tinyml_course.grading.box import Box, Limits
from tinyml_course.grading.outputs import (
    checked,
    error_output,
    has_error,
    plain_head,
)
from tinyml_course.grading.sheet import Cell, Sheet, assemble, bound_names, used_names
from tinyml_course.grading.wire import Gone, Late, Wire

__all__ = ["Plan", "Referee", "make_plan"]

WHOLE_SECONDS = 30  # beyond what the items may take, for all restarts of a submission


@dataclass(frozen=True)
class Plan:
    """How a notebook is graded, found out with the reference solution.

    Attributes
    ----------
    given : frozenset of str
        Cells that run on the tests' side too, because tests use their names.
    theirs : tuple of str
        Names that a solution is expected to bind.
    shared : dict
        Tests that have to run on the student's side, and why.
    seconds : dict
        The time that the reference solution took for a test.
    failing : dict
        Tests that the reference solution does not pass, and how it failed.
    notes : tuple of str
        Limits that the reference solution hit: there should be none.
    """

    given: frozenset = frozenset()
    theirs: tuple = ()
    shared: dict = field(default_factory=dict)
    seconds: dict = field(default_factory=dict)
    failing: dict = field(default_factory=dict)
    notes: tuple = ()


class Referee:
    """Two boxes and the clock.

    Parameters
    ----------
    student, examiner : Box
        Where the student's cells run, and where the tests do.
    limits : Limits
        What one submission may take.
    """

    def __init__(self, student: Box, examiner: Box, limits: Limits):
        self.student, self.examiner, self.limits = student, examiner, limits

    def run(
        self, cells: list[Cell], plan: Plan, name: str, files: dict, *, trial=False
    ) -> tuple[dict, list[str]]:
        """Run all cells; the outputs of each, by its name, and what limits were hit.

        With ``trial``, a test that fails for want of plain data is run on the student's
        side as well, and its outputs are those.
        """
        self.cells = [_named(cell, name) for cell in cells]
        self.files, self.banned = files, set()
        self.outputs: dict[str, list] = {}
        self.notes: list[str] = []
        self.unplain: dict[str, str] = {}
        self.seconds: dict[str, float] = {}
        allowed = sum(self._seconds(c, plan) for c in self.cells if c.kind == "test")
        self.until = time.monotonic() + WHOLE_SECONDS + allowed
        try:
            self.s = self.student.start(files)
            self.plan, self.place, self.forgotten = plan, 0, set()
            self._start_examiner()
            for place, cell in enumerate(self.cells):
                if not cell.is_code:
                    continue
                self.place = place
                started = time.monotonic()
                if cell.kind == "test":
                    self._test(place, cell, plan, trial)
                else:
                    self._work(place, cell, plan)
                self.seconds[cell.name] = time.monotonic() - started
        finally:
            self._end()
        return self.outputs, self.notes

    def _start_examiner(self):
        """A process for the tests, with all that locked cells have given it so far."""
        given = [c for c in self.cells if c.name in self.plan.given]
        locked = [bound_names(c.source) for c in given if c.kind == "given"]
        ours = set().union(*locked) - set(self.plan.theirs)
        names = {"names": list(self.plan.theirs), "ours": sorted(ours)}
        self.t = self.examiner.start(self.files)
        self.t.send({"do": "expect", **names})
        for cell in self.cells[: self.place]:
            if cell.name in self.plan.given:
                seconds = self._seconds(cell, self.plan)
                self.t.send({"do": "cell", "name": cell.name}, cell.source.encode())
                with contextlib.suppress(Late):
                    while not _heard(self.t, self._deadline(seconds))[0].get("done"):
                        self.t.send({"missing": True})  # of the student's: not now
        self.t.send({"do": "forget", "names": sorted(self.forgotten)})

    def _end(self):
        for box in (self.student, self.examiner):
            with contextlib.suppress(Gone, Late):
                box.end()

    def _seconds(self, cell, plan) -> float:
        return max(self.limits.seconds, 5 * plan.seconds.get(cell.name, 0.0))

    def _deadline(self, seconds) -> float:
        return min(time.monotonic() + seconds, self.until)

    # -- the student's cells -------------------------------------------------------

    def _work(self, place, cell, plan):
        """A cell of the student's, or one that is given to both sides."""
        if cell.name in plan.given:
            self._ask_examiner(cell, self._deadline(self._seconds(cell, plan)))
        if cell.kind == "aside":
            return
        bound = self._run_there(place, cell, self._seconds(cell, plan))
        if cell.kind != "given" and bound:
            self.forgotten |= set(bound)
            self.t.send({"do": "forget", "names": bound})

    def _run_there(self, place, cell, seconds, *, quiet=False) -> list[str]:
        """Run a cell on the student's side; the names that it bound."""
        if place in self.banned:
            return []
        try:
            what = {"do": "test" if cell.kind == "test" else "cell", "name": cell.name}
            self.s.send(what, cell.source.encode("utf-8", "replace"))
            head, _ = _heard(self.s, self._deadline(seconds))
        except (Gone, Late) as error:
            self.banned.add(place)
            self._stopped(cell, error, seconds)
            self._restart(place)
            return []
        if not quiet:
            self.outputs[cell.name] = checked(head.get("out"))
        names = head.get("bound")
        names = names if isinstance(names, list) else []
        return [n for n in names if isinstance(n, str) and not n.startswith("_")]

    def _stopped(self, cell, error, seconds):
        """Say in the cell, and to the instructor, how the student's process ended."""
        if isinstance(error, Late):
            over = time.monotonic() >= self.until
            why = (
                "the time for the whole notebook was up"
                if over
                else f"it took longer than {seconds:.0f} s"
            )
        else:
            why = "the process ended, or took more memory than it may"
        self.notes.append(f"cell {cell.name}: {why}")
        self.outputs[cell.name] = [error_output("Stopped", f"Stopped: {why}.")]
        return why

    def _restart(self, place):
        """A new process with all that ran before, but for what killed the old one."""
        while True:
            self.s = self.student.start(self.files)
            for earlier in range(place):
                cell = self.cells[earlier]
                if cell.kind in ("test", "aside") or earlier in self.banned:
                    continue
                if not cell.is_code:
                    continue
                try:
                    self.s.send({"do": "cell"}, cell.source.encode("utf-8", "replace"))
                    _heard(self.s, self._deadline(self.limits.seconds))
                except (Gone, Late):
                    self.banned.add(earlier)
                    break
            else:
                return
            if time.monotonic() >= self.until:
                return

    # -- the tests -----------------------------------------------------------------

    def _test(self, place, cell, plan, trial):
        """Run a test; where it needs the student's own objects, on their side."""
        seconds = self._seconds(cell, plan)
        if cell.name in plan.shared:
            self._run_there(place, cell, seconds)
            return
        head, lost = self._ask_examiner(cell, self._deadline(seconds))
        if lost is not None:
            self._stopped(cell, lost, seconds)
            self._restart(place)
            return
        self.outputs[cell.name] = checked(head.get("out"))
        failed = any(o["output_type"] == "error" for o in self.outputs[cell.name])
        if head.get("unplain"):
            self.unplain[cell.name] = str(head["unplain"])
        if trial and failed:
            before = self.outputs[cell.name]
            self._run_there(place, cell, seconds)
            if has_error(self.outputs[cell.name]):
                self.outputs[cell.name] = before
            else:
                why = self.unplain.get(cell.name) or "it fails on the tests' side"
                self.unplain[cell.name] = why

    def _ask_examiner(self, cell, deadline):
        """Have a cell run on the tests' side; pass on what both sides say meanwhile.

        Returns (what it said at the end, why the student's side was lost or None).
        """
        self.t.send({"do": "cell", "name": cell.name}, cell.source.encode())
        lost = None
        while True:
            ready = self._first(deadline, self.t, *([] if lost else [self.s]))
            if ready is None:  # which side is it that takes so long?
                if lost is None:
                    lost = Late("Time is up.")
                    self.t.send({"lost": "too slow"})
                    deadline = time.monotonic() + 2
                    continue
                return self._replace_examiner("it took too long"), lost
            try:
                head, payload = _heard(ready, deadline + 1)
                if ready is self.t:
                    if head.get("done"):
                        return head, lost
                    if lost is None:
                        self.s.send({"do": head.get("ask"), **head}, payload)
                else:
                    self.t.send(plain_head(head), payload)
            except (Gone, Late) as error:
                if ready is self.t:
                    return self._replace_examiner(error), lost
                lost = error
                self.t.send({"lost": "gone"})

    def _first(self, deadline, *wires: Wire):
        """The first wire on which something comes; None when time is up."""
        wait = max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select([wire.socket for wire in wires], [], [], wait)
        return next((w for w in wires if w.socket in ready), None)

    def _replace_examiner(self, why):
        """The tests' side hangs itself: give it up, with what it had."""
        self.notes.append(f"the tests' own process was lost: {why}")
        self._start_examiner()
        return {
            "out": [error_output("Stopped", f"Stopped: the tests' process: {why}.")]
        }


def make_plan(referee: Referee, sheet: Sheet, name: str, files: dict) -> Plan:
    """Find out with the reference solution how each test can be run."""
    work = [
        {"type": "code" if c.is_code else "markdown", "text": c.source}
        | {"name": c.name if "nbgrader" in c.metadata else None}
        for c in sheet.cells
    ]
    tests = [c for c in sheet.cells if c.kind == "test"]
    solutions = [
        c for c in sheet.cells if c.kind in ("solution", "manual") and c.is_code
    ]
    theirs = sorted(set().union(*(bound_names(c.source) for c in solutions)))
    needed, made, given = set(), set(), set()
    for cell in tests:  # a name that tests make themselves needs no help
        made |= bound_names(cell.source)
        needed |= used_names(cell.source) - made
    for cell in reversed(sheet.cells):
        helps = bound_names(cell.source) & needed
        if cell.kind in ("given", "free") and cell.is_code and helps:
            given.add(cell.name)
            needed |= used_names(cell.source)
    plan = Plan(frozenset(given), tuple(theirs))
    cells, _ = assemble(sheet, work)
    outputs, notes = referee.run(cells, plan, name, files, trial=True)
    failing = {c.name: outputs[c.name] for c in tests if has_error(outputs[c.name])}
    shared = {n: why for n, why in referee.unplain.items() if n not in failing}
    seconds = dict(referee.seconds)
    return Plan(plan.given, plan.theirs, shared, seconds, failing, tuple(notes))


def _named(cell: Cell, student: str) -> Cell:
    """The cell ``student-data`` knows whose work it is, whatever the work says."""
    from dataclasses import replace

    if cell.name != "student-data":
        return cell
    return replace(cell, source=f"STUDENT = {student!r}  # as handed in\n{cell.source}")


def _heard(wire: Wire, deadline: float) -> tuple[dict, bytes]:
    """The next frame; that a process broke down is as if it had gone."""
    head, payload = wire.receive(deadline)
    if "broken" in head:
        raise Gone(str(head["broken"]))
    return head, payload
