"""An int8 convolution of any size as a .tflite, made without TensorFlow."""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema


def _tensor(name, shape, kind, buffer, scale):
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.type, tensor.buffer = name, shape, kind, buffer
    tensor.quantization = schema.QuantizationParametersT()
    tensor.quantization.scale, tensor.quantization.zeroPoint = [scale], [0]
    return tensor


def conv_model(size, channels, filters, kernel=1, seed=0):
    """A model of one convolution: (size, size, channels) to ``filters`` channels."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(-127, 128, (filters, kernel, kernel, channels), np.int8)
    out = size - kernel + 1
    model, graph, op = schema.ModelT(), schema.SubGraphT(), schema.OperatorT()
    model.version = 3
    data = [None, weights.tobytes(), np.zeros(filters, np.int32).tobytes()]
    model.buffers = []
    for content in data:
        buffer = schema.BufferT()
        buffer.data = None if content is None else np.frombuffer(content, np.uint8)
        model.buffers.append(buffer)
    types = schema.TensorType
    graph.tensors = [
        _tensor("x", [1, size, size, channels], types.INT8, 0, 0.1),
        _tensor("w", list(weights.shape), types.INT8, 1, 0.01),
        _tensor("b", [filters], types.INT32, 2, 0.001),
        _tensor("y", [1, out, out, filters], types.INT8, 0, 0.5),
    ]
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.CONV_2D
    code.version = 3
    model.operatorCodes = [code]
    op.opcodeIndex, op.inputs, op.outputs = 0, [0, 1, 2], [3]
    op.builtinOptionsType = schema.BuiltinOptions.Conv2DOptions
    op.builtinOptions = schema.Conv2DOptionsT()
    op.builtinOptions.padding = schema.Padding.VALID
    op.builtinOptions.strideW = op.builtinOptions.strideH = 1
    op.builtinOptions.dilationWFactor = op.builtinOptions.dilationHFactor = 1
    graph.inputs, graph.outputs, graph.operators = [0], [3], [op]
    model.subgraphs = [graph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
