"""One operator as C: its constants, and the calls that run it."""

from __future__ import annotations

from tinyml_course import kernels
from tinyml_course.export import moves
from tinyml_course.export.floats import FLOAT_LAYERS, USE_EXP
from tinyml_course.export.shapes import Fields, broadcast, window
from tinyml_course.export.text import array, c_type, struct
from tinyml_course.graph import (
    Graph,
    Operator,
    activation_range,
    bias_values,
    binary_factor,
    mean_factors,
    nearest_neighbours,
    output_factors,
    table,
)

__all__ = ["layer_source"]


def _weighted(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    """Weights, bias and output scaling of a convolution or fully connected layer."""
    number = f"{op.index:02d}"
    multiplier, shift = output_factors(graph, op)
    low, high = activation_range(op, graph.tensors[op.outputs[0]])
    weights = graph.tensors[op.inputs[1]]
    x = graph.tensors[op.inputs[2 if op.kind == "transpose_conv2d" else 0]]
    for ctype, key, values in (
        ("int8_t", f"weights_{weights.index}", weights.data),
        ("int32_t", f"bias_{number}", bias_values(graph, op)),
        ("int32_t", f"multiplier_{number}", multiplier),
        ("int8_t", f"shift_{number}", shift),
    ):
        constants[key] = array(ctype, key, values)
    return {
        "input_zero_point": x.zero_point[0],
        "weights": f"weights_{weights.index}",
        "bias": f"bias_{number}",
        "output": {
            "multiplier": f"multiplier_{number}",
            "shift": f"shift_{number}",
            "zero_point": graph.tensors[op.outputs[0]].zero_point[0],
            "low": low,
            "high": high,
        },
    }


def _convolution(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    return {"window": window(graph, op), **_weighted(graph, op, constants)}


def _fully_connected(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    outputs, inputs = graph.tensors[op.inputs[1]].shape
    return {
        "rows": graph.tensors[op.inputs[0]].size // inputs,
        "inputs": inputs,
        "outputs": outputs,
        "per_channel": int(len(graph.tensors[op.inputs[1]].scale) > 1),
        **_weighted(graph, op, constants),
    }


def _pool2d(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    low, high = activation_range(op, graph.tensors[op.outputs[0]])
    return {"window": window(graph, op), "low": low, "high": high}


def _softmax(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    x = graph.tensors[op.inputs[0]]
    parameters = kernels.softmax_parameters(x.scale[0], op.options["beta"])
    depth = x.shape[-1]
    return {"rows": x.size // depth, "depth": depth, **parameters._asdict()}


def _zero_points(graph: Graph, op: Operator) -> Fields:
    a, b = (graph.tensors[i] for i in op.inputs)
    return {
        "zero_point_1": a.zero_point[0],
        "zero_point_2": b.zero_point[0],
        "output_zero_point": graph.tensors[op.outputs[0]].zero_point[0],
    }


def _limits(graph: Graph, op: Operator) -> Fields:
    low, high = activation_range(op, graph.tensors[op.outputs[0]])
    return {"low": low, "high": high}


def _add(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    a, b, y = (graph.tensors[i].scale[0] for i in (*op.inputs, op.outputs[0]))
    parameters = kernels.add_parameters(a, b, y)
    return {
        "operands": broadcast(graph, op),
        **_zero_points(graph, op),
        "multiplier_1": parameters.input_1[0],
        "multiplier_2": parameters.input_2[0],
        "output_multiplier": parameters.output[0],
        "shift_1": parameters.input_1[1],
        "shift_2": parameters.input_2[1],
        "output_shift": parameters.output[1],
        "left_shift": parameters.left_shift,
        "sign": -1 if op.kind == "subtract" else 1,
        **_limits(graph, op),
    }


def _multiply(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    multiplier, shift = binary_factor(graph, op)
    return {
        "operands": broadcast(graph, op),
        **_zero_points(graph, op),
        "multiplier": multiplier,
        "shift": shift,
        **_limits(graph, op),
    }


def _extreme(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    return broadcast(graph, op)


def _table(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    key = f"table_{op.index:02d}"
    constants[key] = array("int8_t", key, table(graph, op))
    return {"size": graph.tensors[op.outputs[0]].size, "table": key}


def _reduce(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    multiplier, shift = mean_factors(graph, op) if op.kind == "mean" else (0, 0)
    return {
        **moves.reduction(graph, op),
        "input_zero_point": x.zero_point[0],
        "output_zero_point": y.zero_point[0] if op.kind == "mean" else 0,
        "multiplier": multiplier,
        "shift": shift,
    }


def _resize_nearest(graph: Graph, op: Operator, constants: dict[str, str]) -> Fields:
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    found = nearest_neighbours(graph, op)
    keys = [f"{axis}_{op.index:02d}" for axis in ("rows", "columns")]
    for key, values in zip(keys, found, strict=True):
        constants[key] = array("int16_t", key, values)
    return {
        "in_w": x.shape[2],
        "out_h": y.shape[1],
        "out_w": y.shape[2],
        "channels": x.shape[3],
        "rows": keys[0],
        "columns": keys[1],
    }


# kind -> (its structure in tc.h, its C file, the function that fills the structure)
_LAYERS = {
    "add": ("tc_add_layer", "add", _add),
    "argmax": ("tc_reduce_layer", "argmax", _reduce),
    "average_pool2d": ("tc_pool2d_layer", "average_pool2d", _pool2d),
    "conv2d": ("tc_conv2d_layer", "conv2d", _convolution),
    "depthwise_conv2d": ("tc_conv2d_layer", "depthwise_conv2d", _convolution),
    "fully_connected": (
        "tc_fully_connected_layer",
        "fully_connected",
        _fully_connected,
    ),
    "max_pool2d": ("tc_pool2d_layer", "max_pool2d", _pool2d),
    "maximum": ("tc_broadcast", "maximum", _extreme),
    "mean": ("tc_reduce_layer", "mean", _reduce),
    "minimum": ("tc_broadcast", "minimum", _extreme),
    "multiply": ("tc_multiply_layer", "multiply", _multiply),
    "reduce_max": ("tc_reduce_layer", "reduce_max", _reduce),
    "resize_nearest": ("tc_resize_nearest_layer", "resize_nearest", _resize_nearest),
    "softmax": ("tc_softmax_layer", "softmax", _softmax),
    "subtract": ("tc_add_layer", "add", _add),
    "transpose_conv2d": ("tc_conv2d_layer", "transpose_conv2d", _convolution),
}
_TABLE = ("tc_table_layer", "table", _table)
_TWO_INPUTS = ("add", "maximum", "minimum", "multiply", "subtract")


def layer_source(
    graph: Graph, op: Operator, constants: dict[str, str]
) -> tuple[list[str], set[str]]:
    """The C statements that run ``op``, and the runtime's files they call.

    What they need is added to ``constants``. No statement for a reshape: its output is
    its input's block of the arena.
    """

    def place(index: int) -> str:
        if not graph.is_constant(index):
            offset = graph.plan.offsets[index]
            if graph.tensors[index].dtype != "int8":
                ctype = c_type(graph.tensors[index].dtype)
                return f"({ctype} *)(void *)(arena + {offset})"
            return f"arena + {offset}"
        key = f"constant_{index}"
        data = graph.tensors[index].data
        constants[key] = array(c_type(data.dtype.name), key, data)
        return key

    if op.kind == "reshape":
        return [], set()
    if op.kind in moves.KINDS:
        return moves.statements(graph, op, constants, place)
    known = FLOAT_LAYERS if graph.is_float(op) else _LAYERS
    ctype, file, fields = known.get(op.kind, _TABLE)
    layer = f"layer_{op.index:02d}"
    constants[layer] = struct(ctype, layer, fields(graph, op, constants))
    if op.kind == "transpose_conv2d":
        inputs = op.inputs[2:3]
    else:
        inputs = op.inputs if op.kind in _TWO_INPUTS else op.inputs[:1]
    places = [place(index) for index in (*inputs, *op.outputs)]
    files = {file, "float_exp"} if file in USE_EXP else {file}
    return [f"tc_{file}(&{layer}, {', '.join(places)});"], files
