"""The model as a graph: a .tflite comes in; tensors, operators and costs go out.

``read`` checks the whole file, so that what follows (the NumPy run, the compiler) may
trust every shape, scale and offset.
"""

from tinyml_course.graph.arithmetic import (
    activation_range,
    bias_values,
    binary_factor,
    float_limits,
    mean_factors,
    output_factors,
    table,
)
from tinyml_course.graph.invoke import check_input, invoke
from tinyml_course.graph.model import Graph, Operator, Tensor, row_shape
from tinyml_course.graph.plan import Life, Plan, plan_arena
from tinyml_course.graph.read import load_bytes, read
from tinyml_course.graph.slices import nearest_neighbours, slice_of

__all__ = [
    "Graph",
    "Life",
    "Operator",
    "Plan",
    "Tensor",
    "activation_range",
    "bias_values",
    "binary_factor",
    "check_input",
    "float_limits",
    "invoke",
    "load_bytes",
    "mean_factors",
    "nearest_neighbours",
    "output_factors",
    "plan_arena",
    "read",
    "row_shape",
    "slice_of",
    "table",
]
