"""A submission comes in with its student's name, feedback goes out without secrets.

Steps for nbgrader's own loop, put in place by ``assignments/nbgrader_config.py``.
"""

from __future__ import annotations

import builtins
import textwrap

from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution

from tinyml_course.grading.sheet import hint_in, visible_part

__all__ = ["BoxedExecute", "PutStudentName", "ShowHints"]


class BoxedExecute(Execute):
    """Runs a submission's kernel in a box, see :mod:`.provisioner`."""

    def create_kernel_manager(self):
        """nbgrader's own, with a word about how the kernel starts."""
        manager = super().create_kernel_manager()
        manager.kernel_spec.metadata["kernel_provisioner"] = {
            "provisioner_name": "tinyml-box"
        }
        return manager


class PutStudentName(NbGraderPreprocessor):
    """Each submission is graded on its own student's data.

    The cell ``student-data`` makes the data from ``STUDENT``. It is locked, so that
    nbgrader has put our text back, and here the submission's name goes before it.
    """

    def preprocess_cell(self, cell, resources, cell_index):
        """Put the name of the submission's folder into the cell ``student-data``."""
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "student-data":
            student = resources["nbgrader"]["student"]
            cell.source = f"STUDENT = {student!r}  # as handed in\n{cell.source}"
        return cell, resources


class ShowHints(NbGraderPreprocessor):
    """Feedback tells of each test cell the hint, and never what was hidden.

    Outputs of test cells go, because tracebacks and prints show the hidden tests'
    text and numbers. Where points were lost the cell's ``### HINT:`` lines take their
    place. It must come after ``GetGrades``, which knows the points.
    """

    def preprocess_cell(self, cell, resources, cell_index):
        """Take out of a test cell what is hidden; say what helps."""
        if not is_grade(cell) or is_solution(cell) or cell.cell_type != "code":
            return cell, resources
        told = cell.metadata["nbgrader"]
        words = hint_in(cell.source)
        hint = f"Hint: {words}" if words else f"Check {told['grade_id']} did not pass."
        lines = [*_stopped(cell), *textwrap.wrap(hint, 72)]
        text = "" if told["score"] >= told["points"] else "\n".join(lines)
        cell.source = visible_part(cell.source)
        cell.outputs = [new_output("stream", name="stdout", text=text)] if text else []
        return cell, resources


def _stopped(cell) -> list[str]:
    """Name the exception of the student's code, where it is one of Python's own.

    Its message may quote a hidden number, and a name of the student's may too.
    """
    names = [out.ename for out in cell.outputs if out.output_type == "error"]
    known = [name for name in names if hasattr(builtins, name)]
    if not known or known[0] == "AssertionError":
        return []
    return [f"Your code stopped with {known[0]}."]
