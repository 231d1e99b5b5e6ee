"""Due dates and times of handing in come in; days late, and what they cost, come out.

A plugin for nbgrader's late submissions, for any course. In ``nbgrader_config.py``::

    c.AssignLatePenalties.plugin_class = "tinyml_course.grading.late.LateDays"
    c.LateDays.free_days = 5
    c.LateDays.share_a_day = 0.1

Due dates are those of the gradebook, with extensions. Where there are none, nothing is
late.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Float, Integer

__all__ = ["Late", "LateDays", "spend"]

DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Late:
    """What one assignment takes of a student's free days.

    Attributes
    ----------
    assignment : str
        Its name.
    days : int
        Begun days after the due date.
    free : int
        How many of them are free.
    """

    assignment: str
    days: int
    free: int

    @property
    def charged(self) -> int:
        """Days that cost points."""
        return self.days - self.free


def spend(seconds_late: Iterable[tuple[str, float]], free_days: int) -> list[Late]:
    """Spend free days on assignments in the order given, while there are any.

    Examples
    --------
    >>> for late in spend([("ps01", 90_000), ("ps02", 0), ("ps03", 200_000)], 3):
    ...     print(late.assignment, late.days, late.charged)
    ps01 2 0
    ps02 0 0
    ps03 3 2
    """
    found, left = [], free_days
    for assignment, seconds in seconds_late:
        days = math.ceil(max(seconds, 0) / DAY_SECONDS)
        free = min(days, left)
        left -= free
        found.append(Late(assignment, days, free))
    return found


class LateDays(LateSubmissionPlugin):
    """Some days late are free in the whole course; each one more costs a share."""

    free_days = Integer(
        0, min=0, help="Days late that cost nothing, in all assignments together."
    ).tag(config=True)
    share_a_day = Float(
        0.1, min=0.0, max=1.0, help="Of the score, lost for each day beyond them."
    ).tag(config=True)

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        """The points that this notebook loses; nbgrader calls it where one is late."""
        step = self.parent
        spent = self.spent(step.gradebook, student_id)
        self.settle(step.gradebook, student_id)
        late = next(one for one in spent if one.assignment == step.assignment_id)
        return self.penalty(late, score)

    def penalty(self, late: Late, score: float) -> float:
        """The points that a notebook with this score loses."""
        return score * min(1.0, self.share_a_day * late.charged)

    def spent(self, book, student_id: str) -> list[Late]:
        """The student's assignments that have a due date, by it, with their days.

        Parameters
        ----------
        book : nbgrader.api.Gradebook
            Open.
        student_id : str
            Whose.
        """
        due = [
            submission
            for submission in _submissions(book, student_id)
            if submission.assignment.duedate is not None
        ]
        due.sort(key=lambda one: (one.assignment.duedate, one.name))
        return spend(
            [(one.name, one.total_seconds_late) for one in due], self.free_days
        )

    def settle(self, book, student_id: str) -> None:
        """Charge all of a student's late assignments anew; the caller commits.

        Free days that one assignment takes are not there for those due after it, which
        may have been graded before.
        """
        spent = {late.assignment: late for late in self.spent(book, student_id)}
        for submission in _submissions(book, student_id):
            late = spent.get(submission.name)
            for notebook in submission.notebooks:
                points = self.penalty(late, notebook.score) if late else 0
                notebook.late_submission_penalty = max(points, 0) or None


def _submissions(book, student_id: str) -> list:
    return list(book.find_student(student_id).submissions)
