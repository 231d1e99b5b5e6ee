"""A verdict comes in; the gradebook and the folder of graded notebooks have it.

Only this module writes to the gradebook: points of tests, their comments, and what is
taken off for being late. What a person gave stays.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
from pathlib import Path

from tinyml_course.errors import DataError
from tinyml_course.grading.clean import as_html
from tinyml_course.grading.course import NBGRADERS_OWN, Course

__all__ = ["by_hand", "late_plugin", "points", "record", "settle_late"]


def points(place: Course, assignment: str, student: str):
    """What a student has in the gradebook: (points, points that a person has to give).

    Points are by tests and by hand, before anything is taken off; None: not graded.
    """
    from nbgrader.api import MissingEntry

    with place.gradebook() as book:
        try:
            submission = book.find_submission(assignment, student)
        except MissingEntry:
            return None, 0.0
        grades = [grade for one in submission.notebooks for grade in one.grades]
        by_tests = [grade for grade in grades if grade.auto_score is not None]
        by_hand = [grade for grade in grades if grade.manual_score is not None]
        waiting = [
            grade.max_score
            for grade in grades
            if grade.auto_score is None and grade.manual_score is None
        ]
        if not (by_tests or by_hand):
            return None, float(sum(waiting))
        return float(sum(grade.score for grade in grades)), float(sum(waiting))


def by_hand(place: Course, assignment: str, student: str) -> dict[str, dict]:
    """What a person gave: ``{notebook: {item: (points, comment, extra)}}``.

    Under the item ``""``: what was taken off for being late.
    """
    found = {}
    with place.gradebook() as book:
        for notebook in book.find_submission(assignment, student).notebooks:
            found[notebook.name] = given = {}
            for grade in notebook.grades:
                given[grade.name] = (grade.manual_score, None, grade.extra_credit)
            for comment in notebook.comments:
                if comment.manual_comment:
                    score, _, extra = given.get(comment.name, (None, None, None))
                    given[comment.name] = (score, comment.manual_comment, extra)
            given[""] = (notebook.late_submission_penalty, None, None)
    return found


def record(place: Course, verdict: dict) -> None:
    """Write a verdict into the gradebook, and the graded notebook to its folder."""
    _write_scores(place, verdict)
    _write_notebooks(place, verdict)


def late_plugin(place: Course, **told):
    """The course's own plugin for late submissions, as nbgrader makes it.

    What is told is known to it through ``parent``, as within nbgrader.
    """
    from nbgrader.preprocessors import AssignLatePenalties

    step = AssignLatePenalties(config=place.config)
    for name, value in told.items():
        setattr(step, name, value)
    step.init_plugin()
    return step.plugin_inst


def settle_late(place: Course, assignment: str) -> None:
    """Charge late days as points, due dates and extensions are now.

    A person may have given some since it was graded. Only where the course has our
    plugin: what others take off is set by grading.
    """
    plugin = late_plugin(place)
    if not hasattr(plugin, "settle"):
        return
    with place.gradebook() as book:
        for submission in book.assignment_submissions(assignment):
            plugin.settle(book, submission.student.id)
        book.db.commit()


def _write_scores(place: Course, verdict: dict) -> None:
    assignment, student = verdict["assignment"], verdict["student"]
    stamp, _ = place.handed_in_at(assignment, student)
    told = {"timestamp": stamp} if stamp else {}
    with place.gradebook() as book, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SQLAlchemy's, about nbgrader's own ways
        book.update_or_create_student(student)
        submission = book.update_or_create_submission(assignment, student, **told)
        for graded in verdict["notebooks"]:
            notebook = book.find_submission_notebook(
                graded["name"], assignment, student
            )
            names = _names(notebook)
            items = {item["name"]: item for item in graded["items"]}
            missing = set(items) - {names[grade.cell_id] for grade in notebook.grades}
            if missing:
                raise DataError(
                    f"The gradebook does not know cell {sorted(missing)[0]!r} of "
                    f"{assignment}: it was released from another version. Run: "
                    f"nbgrader generate_assignment {assignment} --force"
                )
            for grade in notebook.grades:
                item = items.get(names[grade.cell_id])
                if item is not None:
                    grade.auto_score = item["score"]
                    is_given = grade.manual_score is not None
                    grade.needs_manual_grade = is_given or item["score"] is None
            for comment in notebook.comments:
                item = items.get(names[comment.cell_id], {})
                comment.auto_comment = item.get("comment")
        book.db.commit()
        _take_off(place, book, submission)
        book.db.commit()


def _names(notebook) -> dict[str, str]:
    """The names of a notebook's cells, by their number in the gradebook.

    ``grade.name`` says the same, and asks the database for each.
    """
    source = notebook.notebook
    cells = source.grade_cells + source.solution_cells + source.task_cells
    return {cell.id: cell.name for cell in cells}


def _take_off(place: Course, book, submission) -> None:
    """What the course's own plugin takes off for being late, as nbgrader does it."""
    assignment, student = submission.name, submission.student.id
    plugin = late_plugin(
        place,
        gradebook=book,
        assignment_id=assignment,
        student_id=student,
        db_url=place.folders.db_url,
    )
    for notebook in submission.notebooks:
        notebook.late_submission_penalty = None
        plugin.parent.notebook_id = notebook.name
        if submission.total_seconds_late > 0:
            penalty = plugin.late_submission_penalty(
                student, notebook.score, submission.total_seconds_late
            )
            if penalty is not None:
                penalty = min(max(penalty, 0), notebook.score)
            notebook.late_submission_penalty = penalty
    if hasattr(plugin, "settle"):  # ours: other assignments have the same free days
        plugin.settle(book, student)


def _write_notebooks(place: Course, verdict: dict) -> None:
    """The graded notebooks, as nbgrader's formgrader shows them; whole or not."""
    assignment, student = verdict["assignment"], verdict["student"]
    folder = place.path("autograded", student, assignment)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".grading-", dir=folder.parent))
    try:
        for graded in verdict["notebooks"]:
            text = json.dumps(_notebook(graded), indent=1) + "\n"
            (fresh / f"{graded['name']}.ipynb").write_text(text, "utf-8")
        for name in NBGRADERS_OWN:
            kept = place.path("submitted", student, assignment) / name
            if kept.is_file() and not kept.is_symlink():
                shutil.copyfile(kept, fresh / name)
        fresh.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _shown(cell: dict) -> str:
    """A text as the formgrader's browser may have it: the student's own, cleaned."""
    theirs = cell["kind"] == "manual" or cell["name"].startswith("free-")
    return as_html(cell["source"]) if theirs else cell["source"]


def _notebook(graded: dict) -> dict:
    """A verdict's cells as a notebook file."""
    cells = []
    for number, cell in enumerate(graded["cells"]):
        made = {
            "cell_type": "code" if cell["code"] else "markdown",
            "id": f"c{number}",
            "metadata": cell["metadata"],
            "source": cell["source"] if cell["code"] else _shown(cell),
        }
        if cell["code"]:
            made |= {"execution_count": None, "outputs": cell["outputs"]}
        cells.append(made)
    if graded["error"]:
        text = f"**This submission could not be graded.** {graded['error']}"
        cells.append(
            {"cell_type": "markdown", "id": "why", "metadata": {}, "source": text}
        )
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
