"""What the early chapters derive, ready to import: arrays in, plain arrays out.

Each function is written in front of the student first; here it is again, word for
word, for the chapters that come after (a test compares the two).
"""

from tinyml_course.scratch.lines import (
    design_matrix,
    fit_line,
    least_squares,
    mse,
    predict,
)

__all__ = ["design_matrix", "fit_line", "least_squares", "mse", "predict"]
