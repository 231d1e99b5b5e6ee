"""A graded assignment comes in; grades as CSV, and what its items say, come out."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinyml_course.errors import DataError
from tinyml_course.grading.course import Course
from tinyml_course.grading.late import LateDays
from tinyml_course.grading.records import late_plugin, settle_late

__all__ = ["FORMATS", "Item", "items", "plot_items", "table", "waiting"]

FORMATS = ("nbgrader", "canvas", "moodle")


@dataclass(frozen=True)
class Item:
    """What the answers of a class say about one item.

    Attributes
    ----------
    name : str
        The grade id.
    points : float
        The most that it gives.
    graded : int
        How many have a score for it.
    difficulty : float
        Mean share of the points, 0 to 1: the smaller, the harder (the usual name).
    discrimination : float
        Correlation of this item with the points of all others: near 0 or below, those
        who know the rest do not do better here. NaN where one of the two never varies.
    """

    name: str
    points: float
    graded: int
    difficulty: float
    discrimination: float


def table(course: Path, assignment: str, form: str = "nbgrader") -> str:
    """Everybody's points as CSV.

    Parameters
    ----------
    course : Path
        The course's folder.
    assignment : str
        Its name.
    form : str
        ``nbgrader``, as its own export, and days late where there is a due date;
        ``canvas`` and ``moodle``, to import there.

    Raises
    ------
    DataError
        If nobody has been graded, or the form is unknown.
    """
    if form not in FORMATS:
        raise DataError(f"The form {form!r} is unknown; expected {', '.join(FORMATS)}.")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    rows = _submissions(course, assignment)
    most = rows[0]["max_score"]
    if form == "nbgrader":
        writer.writerow(rows[0])
        for row in rows:
            values = [round(v, 6) if isinstance(v, float) else v for v in row.values()]
            writer.writerow(map(_plain, values))
        return out.getvalue()
    if form == "canvas":
        head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment]
        writer.writerow(head)
        writer.writerow(["    Points Possible", "", "", "", "", f"{most:g}"])
        for row in rows:
            name = f"{row['last_name']}, {row['first_name']}".strip(", ")
            known = [name or row["student_id"], row["lms_user_id"], row["student_id"]]
            known += [row["student_id"], "", f"{row['score']:g}"]
            writer.writerow(map(_plain, known))
        return out.getvalue()
    head = ["Username", "First name", "Last name", "Email address", assignment]
    writer.writerow(head)
    for row in rows:
        known = [row["student_id"], row["first_name"], row["last_name"], row["email"]]
        writer.writerow([*map(_plain, known), f"{row['score']:g}"])
    return out.getvalue()


def waiting(course: Path, assignment: str) -> list[str]:
    """Those for whom a person has points to give, which are in no total yet."""
    with Course(course).gradebook() as book:
        return sorted(
            submission.student.id
            for submission in book.assignment_submissions(assignment)
            if any(
                grade.auto_score is None and grade.manual_score is None
                for notebook in submission.notebooks
                for grade in notebook.grades
            )
        )


def items(course: Path, assignment: str) -> list[Item]:
    """How hard each item was, and whether it tells those apart who know the rest."""
    scores: dict[str, dict[str, float]] = {}
    most: dict[str, float] = {}
    with _graded(course, assignment).gradebook() as book:
        for submission in book.assignment_submissions(assignment):
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    most[grade.name] = grade.max_score
                    if not grade.needs_manual_grade or grade.manual_score is not None:
                        mine = scores.setdefault(submission.student.id, {})
                        mine[grade.name] = grade.score
    if not scores:
        raise DataError(f"Nobody has been graded for {assignment}.")
    found = []
    for name, points in most.items():
        if not points:
            continue
        with_score = [mine for mine in scores.values() if name in mine]
        here = np.array([mine[name] for mine in with_score])
        rest = np.array([sum(mine.values()) - mine[name] for mine in with_score])
        varies = len(here) > 2 and here.std() > 0 and rest.std() > 0
        tells = float(np.corrcoef(here, rest)[0, 1]) if varies else float("nan")
        share = float(here.mean() / points) if len(here) else float("nan")
        found.append(Item(name, points, len(here), share, tells))
    return found


def plot_items(found: list[Item], path: Path) -> str:
    """Draw items by difficulty and discrimination into a PNG or SVG; its alt text."""
    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise DataError(f"{path} is no picture; expected a .png, .svg or .pdf.")
    import matplotlib

    matplotlib.use("agg", force=False)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 0.34 * len(found) + 1.2), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    rows = range(len(found))
    left.barh(rows, [item.difficulty for item in found], color="#0b6e99")
    left.set(xlim=(0, 1), xlabel="difficulty\n(mean share of the points)")
    left.set_yticks(rows, [item.name for item in found])
    left.invert_yaxis()
    right.barh(
        rows, [item.discrimination for item in found], color="#b35900", hatch="//"
    )
    right.axvline(0, color="black", linewidth=0.8)
    right.set(xlim=(-1, 1), xlabel="discrimination\n(correlation with the rest)")
    figure.savefig(path, dpi=150)
    most = max(item.graded for item in found)  # a few blank answers say nothing
    whole = [item for item in found if item.graded == most]
    hard = min(whole, key=lambda item: item.difficulty)
    return (
        f"Two bars for each of {len(found)} items: difficulty and discrimination. The "
        f"hardest is {hard.name}, with {hard.difficulty:.0%} of its points."
    )


def _graded(course: Path, assignment: str) -> Course:
    place = Course(course)
    if not place.has_gradebook():
        raise DataError(
            f"Nobody has been graded for {assignment}: {place.root} has no gradebook. "
            "First: tinyml grade, in your course's folder."
        )
    return place


def _submissions(course: Path, assignment: str) -> list[dict]:
    from nbgrader.api import MissingEntry

    rows, place = [], _graded(course, assignment)
    settle_late(place, assignment)
    plugin = late_plugin(place)
    with place.gradebook() as book:
        try:
            due = book.find_assignment(assignment).duedate
        except MissingEntry:
            due = None
        for submission in book.assignment_submissions(assignment):
            student, penalty = submission.student, submission.late_submission_penalty
            rows.append(
                {
                    "assignment": assignment,
                    "duedate": due or "",
                    "timestamp": submission.timestamp or "",
                    "student_id": student.id,
                    "last_name": student.last_name or "",
                    "first_name": student.first_name or "",
                    "email": student.email or "",
                    "lms_user_id": student.lms_user_id or "",
                    "raw_score": submission.score,
                    "late_submission_penalty": penalty,
                    "score": max(0.0, submission.score - penalty),
                    "max_score": submission.max_score,
                }
            )
            if due and isinstance(plugin, LateDays):
                spent = {
                    late.assignment: late for late in plugin.spent(book, student.id)
                }
                rows[-1]["days_late"] = spent[assignment].days
                rows[-1]["free_days_used"] = spent[assignment].free
    if not rows:
        raise DataError(
            f"Nobody has been graded for {assignment}; first: tinyml grade."
        )
    return sorted(rows, key=lambda row: row["student_id"])


def _plain(value):
    """A cell that no spreadsheet takes for a formula."""
    dangerous = isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t")
    return f"'{value}" if dangerous else value
