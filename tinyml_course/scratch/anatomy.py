"""A .tflite taken apart, as in chapter 20: bytes come in, what each is for goes out.

The format is a flatbuffer: tables whose fields are found through offsets. The tables
and the numbers of their fields are those of TensorFlow Lite's schema, version 3.
"""

from __future__ import annotations

import struct

import numpy as np

__all__ = ["KINDS", "anatomy", "fields", "reorder", "unfuse"]

KINDS = ("weights", "names", "scales", "shapes and lists", "records", "filler")

# Table -> field -> what its offset leads to: bytes of a list's item with their kind,
# a "string", one table, or a list of tables.
_SCHEMA = {
    "Model": {
        1: ["OperatorCode"],
        2: ["SubGraph"],
        3: "string",
        4: ["Buffer"],
        5: (4, "records"),
        6: ["Metadata"],
        7: ["Signature"],
    },
    "OperatorCode": {1: "string"},
    "SubGraph": {
        0: ["Tensor"],
        1: (4, "shapes and lists"),
        2: (4, "shapes and lists"),
        3: ["Operator"],
        4: "string",
    },
    "Tensor": {
        0: (4, "shapes and lists"),
        3: "string",
        4: "Quantization",
        7: (4, "shapes and lists"),
    },
    "Quantization": {n: (8 if n == 3 else 4, "scales") for n in range(4)},
    "Operator": {
        1: (4, "shapes and lists"),
        2: (4, "shapes and lists"),
        4: "Options",
        5: (1, "records"),
        8: (4, "shapes and lists"),
    },
    "Options": {},
    "Buffer": {0: (1, "weights")},
    "Metadata": {0: "string"},
    "Signature": {0: ["Entry"], 1: ["Entry"], 2: "string"},
    "Entry": {0: "string"},
}


def fields(file, place):
    """Where the fields of the table at ``place`` are: ``{number: place}``."""
    (back,) = struct.unpack_from("<i", file, place)
    layout = place - back
    size, _ = struct.unpack_from("<2H", file, layout)
    steps = struct.unpack_from(f"<{(size - 4) // 2}H", file, layout + 4)
    return {n: place + step for n, step in enumerate(steps) if step}


def anatomy(file):
    """The kind of every byte, as a number into ``KINDS``: (bytes,) uint8.

    >>> import numpy as np
    >>> from tinyml_course import datasets
    >>> kinds = anatomy(datasets.model_path("digits_cnn").read_bytes())
    >>> kinds.shape
    (8232,)
    """
    kinds = np.full(len(file), KINDS.index("filler"), np.uint8)

    def mark(start, end, kind):
        kinds[start:end] = KINDS.index(kind)

    def target(place):
        return place + struct.unpack_from("<I", file, place)[0]

    def length(place):
        return struct.unpack_from("<I", file, place)[0]

    def string(place):
        mark(place, place + 4 + length(place) + 1, "names")  # a zero at its end

    def table(place, name):
        (back,) = struct.unpack_from("<i", file, place)
        size, own = struct.unpack_from("<2H", file, place - back)
        mark(place - back, place - back + size, "records")
        mark(place, place + own, "records")
        for number, at in fields(file, place).items():
            leads = _SCHEMA[name].get(number)
            if leads == "string":
                string(target(at))
            elif isinstance(leads, str):
                table(target(at), leads)
            elif isinstance(leads, list):
                first = target(at)
                mark(first, first + 4 + 4 * length(first), "records")
                for i in range(length(first)):
                    table(target(first + 4 + 4 * i), leads[0])
            elif leads:
                first, (item, kind) = target(at), leads
                mark(first, first + 4 + item * length(first), kind)

    mark(0, 8, "records")  # where the first table is, and the four letters TFL3
    table(target(0), "Model")
    return kinds


def reorder(file, order):
    """The same file with its operators in another order.

    ``order[i]`` is the operator that comes to place ``i``. The list of operators holds
    offsets, each counted from its own place; only these bytes change.
    """
    new, place = bytearray(file), struct.unpack_from("<I", file, 0)[0]
    for number in (2, 3):  # the model's subgraphs, the subgraph's operators
        place = fields(file, place)[number]
        place += struct.unpack_from("<I", file, place)[0]
        if number == 2:  # the first subgraph
            place += 4
            place += struct.unpack_from("<I", file, place)[0]
    (count,) = struct.unpack_from("<I", file, place)
    if sorted(order) != list(range(count)):
        raise ValueError(f"order has to name each of the {count} operators once")
    entry = [place + 4 + 4 * i for i in range(count)]
    target = [at + struct.unpack_from("<I", file, at)[0] for at in entry]
    for at, number in zip(entry, order, strict=True):
        struct.pack_into("<I", new, at, target[number] - at)
    return bytes(new)


def unfuse(file):
    """The same int8 file with each fused ReLU as an operator of its own.

    The tensor before a ReLU gets twice its scale, so that one byte holds both signs.
    """
    import flatbuffers
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(file, 0)
    (subgraph,) = model.subgraphs
    relu = schema.OperatorCodeT()
    relu.builtinCode = relu.deprecatedBuiltinCode = schema.BuiltinOperator.RELU
    relu.version = 2  # the one for int8
    model.operatorCodes.append(relu)
    operators = []
    for op in subgraph.operators:
        operators.append(op)
        options = op.builtinOptions
        if getattr(options, "fusedActivationFunction", 0) != 1:
            continue
        options.fusedActivationFunction = 0
        after = subgraph.tensors[op.outputs[0]]
        before = schema.TensorT.InitFromPackedBuf(_packed(after), 0)
        before.name = bytes(after.name) + b"/before"
        before.quantization.scale = [2 * after.quantization.scale[0]]
        before.quantization.zeroPoint = [0]
        subgraph.tensors.append(before)
        step = schema.OperatorT()
        step.opcodeIndex = len(model.operatorCodes) - 1
        step.inputs, step.outputs = [len(subgraph.tensors) - 1], op.outputs
        op.outputs = step.inputs
        operators.append(step)
    subgraph.operators = operators
    builder = flatbuffers.Builder(len(file))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _packed(tensor):
    import flatbuffers

    builder = flatbuffers.Builder(256)
    builder.Finish(tensor.Pack(builder))
    return bytes(builder.Output())
