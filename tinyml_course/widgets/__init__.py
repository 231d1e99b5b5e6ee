"""Pictures and questions that answer back: in JupyterLab, in Voila and in the book.

A question is asked, a guess is locked, a control is moved; the page reacts by itself
(the logic is JavaScript that travels with the widget), so the same cell works in a
notebook, in an app and in a page of the book that has no kernel.

* `Predict`: the student commits to a guess, then the answer is shown.
* `Check`: a number, a choice or code, with a hint for each kind of mistake.
* `Explore`: one to three controls (`Slider`, `Choice`) and one picture.
"""

from tinyml_course.widgets.assets import static_assets
from tinyml_course.widgets.base import CourseWidget
from tinyml_course.widgets.check import Check
from tinyml_course.widgets.controls import Choice, Slider
from tinyml_course.widgets.digit import draw_a_digit
from tinyml_course.widgets.explore import Explore
from tinyml_course.widgets.predict import Predict
from tinyml_course.widgets.quantizer import quantize_a_model
from tinyml_course.widgets.recorder import record_motion

__all__ = [
    "Check",
    "Choice",
    "CourseWidget",
    "Explore",
    "Predict",
    "Slider",
    "draw_a_digit",
    "quantize_a_model",
    "record_motion",
    "static_assets",
]
