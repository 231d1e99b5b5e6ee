"""How nbgrader grades this course: `cd assignments`, then any `nbgrader` command.

Copy it beside the `source/` of a course folder of your own.
"""

import os
import sys

from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.preprocessors import Execute, GetGrades, OverwriteCells

from tinyml_course.grading.preprocessors import (
    BoxedExecute,
    PutStudentName,
    ShowHints,
)

c = get_config()  # noqa: F821, nbgrader puts it there

c.CourseDirectory.course_id = "tinyml"

# nbgrader calls alembic by its bare name, also where .venv/bin is not on the path
here = os.path.dirname(sys.executable)
if here not in os.environ["PATH"].split(os.pathsep):
    os.environ["PATH"] = here + os.pathsep + os.environ["PATH"]


def with_step(steps, after, step):
    """nbgrader's own list of steps, with one more after a known one."""
    place = steps.index(after) + 1
    return [*steps[:place], step, *steps[place:]]


# zip_collect reads such names: ps01_ada_attempt_2026-11-20-10-00-00_ps01.ipynb
c.FileNameCollectorPlugin.named_regexp = (
    r".*/[^/_]+_(?P<student_id>[^/]+)_attempt_(?P<timestamp>[0-9-]+)_(?P<file_id>\w+)"
)
c.FileNameCollectorPlugin.valid_ext = [".ipynb", ".tflite"]  # of the capstone, too

# each student's data come from the name the work was handed in under
c.Autograde.sanitize_preprocessors = with_step(
    Autograde.sanitize_preprocessors.default_args[0], OverwriteCells, PutStudentName
)

# what students hand in runs in a box, also when nbgrader grades
c.Autograde.autograde_preprocessors = [
    BoxedExecute if step is Execute else step
    for step in Autograde.autograde_preprocessors.default_args[0]
]

# feedback shows hints; with nbgrader's own list it would show the hidden tests
c.GenerateFeedback.preprocessors = with_step(
    GenerateFeedback.preprocessors.default_args[0], GetGrades, ShowHints
)
# HTML that a student's code displays is cleaned; what students write as text is not
c.HTMLExporter.sanitize_html = True
c.Execute.timeout = 60  # seconds for a cell; the slowest of ours train for ten

# days late, once an assignment has a due date in the gradebook: five are free in the
# whole course, each one more costs a tenth of the score
c.AssignLatePenalties.plugin_class = "tinyml_course.grading.late.LateDays"
c.LateDays.free_days = 5
c.LateDays.share_a_day = 0.1
