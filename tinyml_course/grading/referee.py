"""Runs one notebook: the student's cells in one process, the tests in another.

The referee passes messages between the two without reading them, watches the clock, and
when the student's process dies or is late starts it anew without the cell that did it:
only the item that died is lost.
"""

from __future__ import annotations

import contextlib
import select
import time
from dataclasses import replace

from tinyml_course.grading.box import Box, Limits
from tinyml_course.grading.names import bound_names, helpers, used_names
from tinyml_course.grading.outputs import (
    checked,
    error_output,
    has_error,
    plain_head,
    size_of,
)
from tinyml_course.grading.plan import Plan
from tinyml_course.grading.sheet import Cell, visible_part
from tinyml_course.grading.wire import Gone, Late, Wire, heard

__all__ = ["Referee"]

TRIAL_SECONDS = 120  # for each cell of the reference solution
WHOLE_SECONDS = 30  # beyond what the items may take, for all restarts of a submission
WHOLE_OUTPUT = 4_000_000  # characters of all outputs of a submission
NOTES = 30  # on one submission


class Referee:
    """A box with two children, and the clock.

    Parameters
    ----------
    box : Box
        Where the student's cells run in one child, and the tests in another.
    limits : Limits
        What one submission may take.
    """

    def __init__(self, box: Box, limits: Limits):
        self.box, self.limits = box, limits

    def run(
        self, cells: list[Cell], plan: Plan, name: str, files: dict, *, trial=False
    ) -> tuple[dict, list[str]]:
        """Run all cells; the outputs of each, by its name, and what limits were hit.

        With ``trial``, a test that fails for want of plain data is run on the student's
        side as well, and its outputs are those.
        """
        self.trial = trial
        self.cells = [_named(cell, name) for cell in cells]
        self.files, self.banned, self.left = files, set(), WHOLE_OUTPUT
        self.outputs: dict[str, list] = {}
        self.after: set[str] = set()  # cells run when hidden tests had asked things
        self.notes: list[str] = []
        self.unplain: dict[str, str] = {}
        self.seconds: dict[str, float] = {}
        allowed = sum(self._allowed(cell, plan) for cell in self.cells)
        self.until = time.monotonic() + WHOLE_SECONDS + allowed
        hidden = False
        try:
            self.s = self.box.start("student", files)
            self.plan, self.place, self.forgotten = plan, 0, set()
            self._start_examiner()
            for place, cell in enumerate(self.cells):
                if not cell.runs:
                    continue
                self.place = place
                started = time.monotonic()
                if started >= self.until:
                    self._note("the time for the whole notebook was up")
                    self._show(cell, [error_output("Stopped", "Stopped: too late.")])
                elif cell.kind == "test":
                    hidden = hidden or visible_part(cell.source) != cell.source.rstrip()
                    self._test(place, cell, plan)
                else:
                    self._work(place, cell, plan)
                if hidden:
                    self.after.add(cell.name)
                self.seconds[cell.name] = time.monotonic() - started
            if trial:
                self._learn_imports()
        finally:
            self._end()
        return self.outputs, self.notes

    def _learn_imports(self):
        """What the reference solution has imported, every work will: import it once."""
        names: dict[str, None] = {}
        for wire in (self.s, self.t):
            wire.send({"do": "modules"})
            head, _ = heard(wire, time.monotonic() + TRIAL_SECONDS)
            names |= dict.fromkeys(head["modules"])
        self.box.preload([*names])

    def _allowed(self, cell, plan) -> float:
        """What a cell adds to the time that the whole notebook may take."""
        if cell.kind == "test" or (self.trial and cell.is_code):
            return self._seconds(cell, plan)
        return 5 * plan.seconds.get(cell.name, 0.0)

    def _note(self, text):
        if text not in self.notes and len(self.notes) < NOTES:
            self.notes.append(text)

    def _show(self, cell, outputs):
        """Keep a cell's outputs, as long as all of them are not too long together."""
        self.left -= size_of(outputs)
        if self.left < 0 and cell.kind != "test":
            self._note("what it shows is too long altogether, the rest is left out")
            outputs = []
        self.outputs[cell.name] = outputs

    def _start_examiner(self):
        """A process for the tests, with all that locked cells have given it so far.

        And with what earlier tests have defined, as far as the student has no part in
        it: a test that lost its process shall not cost the tests after it.
        """
        given = [c for c in self.cells if c.name in self.plan.given]
        locked = [bound_names(c.source) for c in given if c.kind == "given"]
        ours = set().union(*locked) - set(self.plan.theirs)
        ours -= set().union(*self.plan.touched.values())
        names = {"names": list(self.plan.theirs), "ours": sorted(ours)}
        names["modules"] = self.plan.modules
        self.t = self.box.start("examiner", self.files, self.plan.files)
        self.t.send({"do": "expect", **names})
        for cell in self.cells[: self.place]:
            if cell.name in self.plan.given:
                source = self.plan.brief.get(cell.name, cell.source)
                self._repeat(source, cell.name, self._seconds(cell, self.plan))
        self.t.send({"do": "forget", "names": sorted(self.forgotten)})
        for cell in self.cells[: self.place]:
            if cell.kind == "test":
                for source in helpers(cell.source):
                    self._repeat(source, cell.name, self.limits.seconds)

    def _repeat(self, source, name, seconds):
        """Have the tests' side run something without the student's, and forget it."""
        self.t.send({"do": "cell", "name": name}, source.encode())
        with contextlib.suppress(Late):
            while not heard(self.t, self._deadline(seconds))[0].get("done"):
                self.t.send({"missing": True})  # of the student's: not now

    def _end(self):
        for kind in ("student", "examiner"):
            with contextlib.suppress(Gone, Late):
                self.box.end(kind)

    def _seconds(self, cell, plan) -> float:
        """How long a cell may take; the reference solution is trusted to end."""
        least = TRIAL_SECONDS if self.trial else self.limits.seconds
        return max(least, 5 * plan.seconds.get(cell.name, 0.0))

    def _deadline(self, seconds) -> float:
        return min(time.monotonic() + seconds, self.until)

    # -- the student's cells -------------------------------------------------------

    def _work(self, place, cell, plan):
        """A cell of the student's, or one that is given to both sides."""
        if cell.name in plan.given:
            brief = replace(cell, source=plan.brief.get(cell.name, cell.source))
            self._ask_examiner(brief, self._deadline(self._seconds(cell, plan)))
        if cell.kind == "aside":
            return
        bound = self._run_there(place, cell, self._seconds(cell, plan))
        bound = {*plan.touched.get(cell.name, ()), *bound}
        if cell.kind != "given" and bound:
            self.forgotten |= bound
            self._tell({"do": "forget", "names": sorted(bound)})

    def _run_there(self, place, cell, seconds) -> list[str]:
        """Run a cell on the student's side; the names that it bound."""
        if place in self.banned:
            return []
        deadline = self._deadline(seconds)
        try:
            what = {"do": "test" if cell.kind == "test" else "cell", "name": cell.name}
            self.s.send(what, _bytes(cell.source), deadline)
            head, _ = heard(self.s, deadline)
        except (Gone, Late) as error:
            self.banned.add(place)
            self._stopped(cell, error, seconds)
            self._restart(place)
            return []
        self._show(cell, checked(head.get("out")))
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
            why = "the process ended, took more memory than it may, or spoke unasked"
        self._note(f"cell {cell.name}: {why}")
        self._show(cell, [error_output("Stopped", f"Stopped: {why}.")])

    def _restart(self, place):
        """A new process with all that ran before, but for what killed the old one."""
        while time.monotonic() < self.until:
            self.s = self.box.start("student", self.files)
            for earlier in range(place):
                cell = self.cells[earlier]
                if cell.kind in ("test", "aside") or earlier in self.banned:
                    continue
                if not cell.runs:
                    continue
                deadline = self._deadline(self._seconds(cell, self.plan))
                try:
                    self.s.send({"do": "cell"}, _bytes(cell.source), deadline)
                    heard(self.s, deadline)
                except (Gone, Late):
                    self.banned.add(earlier)
                    break
            else:
                return

    # -- the tests -----------------------------------------------------------------

    def _test(self, place, cell, plan):
        """Run a test; where it needs the student's own objects, on their side."""
        seconds = self._seconds(cell, plan)
        if cell.name in plan.shared:
            self._run_there(place, self._with_helpers(place, cell), seconds)
            return
        head, lost = self._ask_examiner(cell, self._deadline(seconds))
        if lost is not None:
            self._stopped(cell, lost, seconds)
            self._restart(place)
            return
        self._show(cell, checked(head.get("out")))
        failed = has_error(self.outputs[cell.name])
        if head.get("unplain"):
            self.unplain[cell.name] = str(head["unplain"])
        if self.trial and failed:
            before = self.outputs[cell.name]
            self._run_there(place, self._with_helpers(place, cell), seconds)
            if has_error(self.outputs[cell.name]):
                self.outputs[cell.name] = before
            else:
                why = self.unplain.get(cell.name) or "it fails on the tests' side"
                self.unplain[cell.name] = why

    def _with_helpers(self, place, cell):
        """A test for the student's side, after what it needs of the tests before it."""
        needed, found = used_names(cell.source), []
        for earlier in reversed(self.cells[:place]):
            if earlier.kind != "test" or earlier.name in self.plan.shared:
                continue
            for source in reversed(helpers(earlier.source)):
                if bound_names(source) & needed:
                    found.insert(0, source)
                    needed |= used_names(source)
        return replace(cell, source="\n".join([*found, cell.source]))

    def _ask_examiner(self, cell, deadline):
        """Have a cell run on the tests' side; pass on what both sides say meanwhile.

        They speak in turn. A student's process that speaks when it was not asked is
        given up like one that died: an answer that waits already is no answer.

        Returns (what it said at the end, why the student's side was lost or None).
        """
        self._tell({"do": "cell", "name": cell.name}, cell.source.encode())
        lost, turn = None, self.t
        while True:
            ready = self._first(deadline, self.t, *([] if lost else [self.s]))
            if ready is None:  # which side is it that takes so long?
                if lost is None:
                    lost = Late("Time is up.")
                    self.t.send({"lost": "too slow"})
                    turn, deadline = self.t, time.monotonic() + 2
                    continue
                return self._replace_examiner("it took too long"), lost
            try:
                if ready is not turn:
                    raise Gone("It has gone, or spoke when nobody had asked.")
                head, payload = heard(ready, deadline + 1)
                if ready is self.t:
                    if head.get("done"):
                        return head, lost
                    if lost is None:
                        turn = self.s
                        self.s.send({"do": head.get("ask"), **head}, payload, deadline)
                else:
                    turn = self.t
                    self.t.send(plain_head(head), payload, deadline + 5)
            except (Gone, Late) as error:
                if ready is self.t and turn is self.t:
                    return self._replace_examiner(error), lost
                lost, turn = error, self.t
                self.t.send({"lost": "gone"})

    def _tell(self, head, payload=b""):
        """Send to the tests' side, anew if it has gone since its last test.

        What a student's functions have returned may have been too much for it.
        """
        try:
            self.t.send(head, payload)
        except Gone:
            self._note("the tests' own process was lost between two tests")
            self._start_examiner()
            self.t.send(head, payload)

    def _first(self, deadline, *wires: Wire):
        """The first wire on which something comes; None when time is up."""
        wait = deadline - time.monotonic()
        if wait <= 0:
            return None
        ready, _, _ = select.select([wire.socket for wire in wires], [], [], wait)
        return next((w for w in wires if w.socket in ready), None)

    def _replace_examiner(self, why):
        """The tests' side hangs itself: give it up, with what it had."""
        self._note(f"the tests' own process was lost: {why}")
        self._start_examiner()
        return {
            "out": [error_output("Stopped", f"Stopped: the tests' process: {why}.")]
        }


def _named(cell: Cell, student: str) -> Cell:
    """The cell ``student-data`` knows whose work it is, whatever the work says."""
    if cell.name != "student-data":
        return cell
    return replace(cell, source=f"STUDENT = {student!r}  # as handed in\n{cell.source}")


def _bytes(source: str) -> bytes:
    return source.encode("utf-8", "replace")
