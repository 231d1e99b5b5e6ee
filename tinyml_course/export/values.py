"""Real values in and out of a model as C: a graph comes in, ``<name>_io.*`` goes out.

The int8 model stays as it is; these files stand beside it and call it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tinyml_course import __version__
from tinyml_course.errors import CourseError
from tinyml_course.export.c import check_name
from tinyml_course.export.packaged import packaged
from tinyml_course.export.text import floating
from tinyml_course.graph import Graph, Tensor

__all__ = ["Values", "to_io"]


@dataclass(frozen=True)
class Values:
    """What is done to real values before and after a model.

    Attributes
    ----------
    labels : tuple of str
        Names of the values of output 0, in order; empty for none.
    mean, std : float
        An input value x enters the model as (x - mean) / std: 0 and 255 for bytes of
        an image that the model was trained to see as 0 to 1.
    """

    labels: tuple[str, ...] = ()
    mean: float = 0.0
    std: float = 1.0


def _check(graph: Graph, values: Values) -> None:
    if not (math.isfinite(values.mean) and 0 < values.std < math.inf):
        raise CourseError(
            f"mean {values.mean:g} and std {values.std:g} cannot scale an input: "
            "expected a finite mean and a std above 0."
        )
    outputs = graph.tensors[graph.outputs[0]].size
    if values.labels and len(values.labels) != outputs:
        raise CourseError(
            f"Received {len(values.labels):,} labels, expected one for each of the "
            f"{outputs:,} values of output 0."
        )


def _text(label: str) -> str:
    r"""A C string in UTF-8.

    >>> print(_text('a "b"'), _text("ü?"))
    "a \"b\"" "\303\274\077"
    """
    plain = {byte for byte in range(32, 127) if chr(byte) not in '"\\?'}
    shown = (chr(b) if b in plain else f"\\{b:03o}" for b in label.encode("utf-8"))
    return f'"{"".join(shown)}"'.replace("\\042", '\\"')


def _quantized(tensor: Tensor, name: str) -> str:
    scale, zero = tensor.scale[0], tensor.zero_point[0]
    return (
        f"{name} = {{\n    .size = {tensor.size},\n    .scale = {floating(scale)},\n"
        f"    .zero_point = {zero},\n"
    )


def _input(tensor: Tensor, number: int, name: str, values: Values) -> str:
    head = f"void {name}_set_input_{number}(const float *values) {{\n"
    mean, std = floating(values.mean), floating(values.std)
    if tensor.dtype == "int8" and tensor.scale:
        layer = _quantized(tensor, f"static const tc_io_input input_{number}")
        return (
            f"{layer}    .mean = {mean},\n    .std = {std},\n}};\n\n{head}"
            f"  tc_io_quantize(&input_{number}, values, {name}_input_{number}());\n}}\n"
        )
    if tensor.dtype != "float32":
        raise CourseError(
            f"Input {number} is {tensor.dtype}; code for real values can be made for "
            "int8 and float32 inputs. Compile the model without it."
        )
    return (
        f"{head}  float *input = {name}_input_{number}();\n"
        f"  for (int32_t i = 0; i < {tensor.size}; i++) {{\n"
        f"    input[i] = (values[i] - {mean}) / {std};\n  }}\n}}\n"
    )


def _output(tensor: Tensor, number: int, name: str) -> str:
    head = f"void {name}_get_output_{number}(float *values) {{\n"
    if tensor.dtype == "int8" and tensor.scale:
        layer = _quantized(tensor, f"static const tc_io_output output_{number}")
        call = f"tc_io_dequantize(&output_{number}, {name}_output_{number}(), values)"
        return f"{layer}}};\n\n{head}  {call};\n}}\n"
    ctype = "float" if tensor.dtype == "float32" else f"{tensor.dtype}_t"
    cast = "" if tensor.dtype == "float32" else "(float)"
    return (
        f"{head}  const {ctype} *output = {name}_output_{number}();\n"
        f"  for (int32_t i = 0; i < {tensor.size}; i++) {{\n"
        f"    values[i] = {cast}output[i];\n  }}\n}}\n"
    )


def _header(graph: Graph, name: str, values: Values) -> str:
    lines = []
    for role, indices, verb, const in (
        ("input", graph.inputs, "set", "const "),
        ("output", graph.outputs, "get", ""),
    ):
        for number, index in enumerate(indices):
            size = graph.tensors[index].size
            lines.append(
                f"#define {name.upper()}_{role.upper()}_{number}_VALUES {size}"
            )
        suffixes = ["", *(f"_{number}" for number in range(len(indices)))]
        for suffix in suffixes:
            lines.append(f"void {name}_{verb}_{role}{suffix}({const}float *values);")
        lines.append("")
    if values.labels:
        lines += [
            f"#define {name.upper()}_LABELS {len(values.labels)}",
            "/* The name of value `number` of output 0, UTF-8; empty outside. */",
            f"const char *{name}_label(int number);",
            "",
        ]
    scaled = "value"
    if (values.mean, values.std) != (0.0, 1.0):
        scaled = f"(value - {values.mean:g}) / {values.std:g}"
    guard = f"{name.upper()}_IO_H"
    return f"""\
/* Generated by tinyml_course {__version__} from the model with SHA-256
 * {graph.sha256}. Do not edit.
 *
 * Real values in and out of the model: set the inputs, call {name}_invoke(), get the
 * outputs. An input is {scaled} / scale + zero point, rounded to the
 * nearest step, ties away from zero, and clamped. */
#ifndef {guard}
#define {guard}

#include "{name}.h"

#ifdef __cplusplus
extern "C" {{
#endif

{chr(10).join(lines)}
/* Which value of output 0 is the largest; the first of equals. */
int {name}_best(void);

#ifdef __cplusplus
}}
#endif

#endif
"""


def to_io(
    graph: Graph, name: str = "model", values: Values | None = None
) -> dict[str, str]:
    """C for real values in and out of ``graph``, to stand beside what ``to_c`` makes.

    ``<name>_set_input(values)`` scales and quantizes, ``<name>_get_output(values)``
    gives real values back, ``<name>_best()`` says which is the largest and
    ``<name>_label(n)`` its name.

    Raises
    ------
    CourseError
        If there is not one label for each value of output 0, or ``std`` is not above 0.

    >>> from tinyml_course import datasets, graph
    >>> model = graph.read(datasets.model_path("digits_cnn"))
    >>> sorted(to_io(model, "digits", Values(labels=tuple("0123456789"))))
    ['digits_io.c', 'digits_io.h', 'tc_io.c', 'tc_io.h']
    """
    check_name(name)
    values = values or Values()
    _check(graph, values)
    parts = []
    for number, index in enumerate(graph.inputs):
        parts.append(_input(graph.tensors[index], number, name, values))
    for number, index in enumerate(graph.outputs):
        parts.append(_output(graph.tensors[index], number, name))
    first = graph.tensors[graph.outputs[0]]
    ctype = "float" if first.dtype == "float32" else f"{np.dtype(first.dtype).name}_t"
    parts.append(
        f"""\
void {name}_set_input(const float *values) {{ {name}_set_input_0(values); }}

void {name}_get_output(float *values) {{ {name}_get_output_0(values); }}

int {name}_best(void) {{
  const {ctype} *output = {name}_output();
  int best = 0;
  for (int i = 1; i < {first.size}; i++) {{
    best = output[i] > output[best] ? i : best;
  }}
  return best;
}}
"""
    )
    if values.labels:
        rows = "".join(f"    {_text(label)},\n" for label in values.labels)
        parts.append(
            f"""\
static const char *const labels[{len(values.labels)}] = {{
{rows}}};

const char *{name}_label(int number) {{
  return number >= 0 && number < {len(values.labels)} ? labels[number] : "";
}}
"""
        )
    source = (
        f"/* Generated by tinyml_course {__version__}. Do not edit. */\n"
        f'#include "{name}_io.h"\n\n#include "tc_io.h"\n\n' + "\n".join(parts)
    )
    return {
        f"{name}_io.h": _header(graph, name, values),
        f"{name}_io.c": source,
        "tc_io.h": packaged("tc_io.h"),
        "tc_io.c": packaged("tc_io.c"),
    }
