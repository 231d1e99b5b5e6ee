"""What the early chapters derive, ready to import: arrays in, plain arrays out.

Each function is written in front of the student first; here it is again, word for
word, for the chapters that come after (a test compares the two).
"""

from tinyml_course.scratch.descent import (
    adadelta,
    adagrad,
    adam,
    batches,
    gradient_descent,
    momentum,
    mse_gradient,
    nesterov,
    noisy_gradient,
    numeric_gradient,
    optimize,
    rmsprop,
    sgd,
)
from tinyml_course.scratch.lines import (
    design_matrix,
    fit_line,
    least_squares,
    mse,
    predict,
)
from tinyml_course.scratch.logistic import (
    auc,
    confusion,
    cross_entropy,
    logistic_gradient,
    roc,
    sigmoid,
    softmax,
    softmax_cross_entropy,
    softmax_gradient,
)
from tinyml_course.scratch.nearest import (
    k_means,
    knn_vote,
    neighbours,
    squared_distances,
)

__all__ = [
    "adadelta",
    "adagrad",
    "adam",
    "auc",
    "batches",
    "confusion",
    "cross_entropy",
    "design_matrix",
    "fit_line",
    "gradient_descent",
    "k_means",
    "knn_vote",
    "least_squares",
    "logistic_gradient",
    "momentum",
    "mse",
    "mse_gradient",
    "neighbours",
    "nesterov",
    "noisy_gradient",
    "numeric_gradient",
    "optimize",
    "predict",
    "rmsprop",
    "roc",
    "sgd",
    "sigmoid",
    "softmax",
    "softmax_cross_entropy",
    "softmax_gradient",
    "squared_distances",
]
