"""The TensorFlow Lite schema as far as the course reads it: numbers become words.

Source: tensorflow/compiler/mlir/lite/schema/schema.fbs, version 3. A field's number
is its place in the schema's table.
"""

from __future__ import annotations

from tinyml_course.graph.flatbuffer import Table

__all__ = [
    "ACTIVATIONS",
    "DTYPES",
    "KINDS",
    "OPERATOR_NAMES",
    "OPTION_TYPES",
    "read_options",
]

OPERATOR_NAMES = """
ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE
DEQUANTIZE EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION
L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL
RELU RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH
CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD
UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE
MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE
BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE
BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2
GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE
TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT
REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK
REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE
RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE
CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG
QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE NON_MAX_SUPPRESSION_V4
NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL
PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG
REAL COMPLEX_ABS HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL
CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS
RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM MULTINOMIAL GELU
DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX
UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT
""".split()

DTYPES = """
float32 float16 int32 uint8 int64 string bool int16 complex64 int8 float64
complex128 uint64 resource variant uint32 uint16 int4 bfloat16
""".split()

ACTIVATIONS = ["none", "relu", "relu_n1_to_1", "relu6", "tanh", "sign_bit"]

# TensorFlow Lite's name -> the course's word for the operator
KINDS = {
    "ADD": "add",
    "ARG_MAX": "argmax",
    "AVERAGE_POOL_2D": "average_pool2d",
    "CONCATENATION": "concatenation",
    "CONV_2D": "conv2d",
    "DEPTHWISE_CONV_2D": "depthwise_conv2d",
    "DEQUANTIZE": "dequantize",
    "EXPAND_DIMS": "reshape",
    "FULLY_CONNECTED": "fully_connected",
    "HARD_SWISH": "hard_swish",
    "LEAKY_RELU": "leaky_relu",
    "LOGISTIC": "logistic",
    "MAXIMUM": "maximum",
    "MAX_POOL_2D": "max_pool2d",
    "MEAN": "mean",
    "MINIMUM": "minimum",
    "MUL": "multiply",
    "PACK": "pack",
    "PAD": "pad",
    "QUANTIZE": "rescale",
    "REDUCE_MAX": "reduce_max",
    "RELU": "relu",
    "RELU6": "relu6",
    "RESHAPE": "reshape",
    "RESIZE_NEAREST_NEIGHBOR": "resize_nearest",
    "SLICE": "strided_slice",
    "SOFTMAX": "softmax",
    "SPLIT": "split",
    "SPLIT_V": "split",
    "SQUEEZE": "reshape",
    "STRIDED_SLICE": "strided_slice",
    "SUB": "subtract",
    "TANH": "tanh",
    "TRANSPOSE": "transpose",
    "TRANSPOSE_CONV": "transpose_conv2d",
    "UNPACK": "unpack",
}

_POOL = {
    "padding": (0, "b", 0),
    "stride_w": (1, "i", 0),
    "stride_h": (2, "i", 0),
    "filter_width": (3, "i", 0),
    "filter_height": (4, "i", 0),
    "activation": (5, "b", 0),
}

_KEEP_DIMS = {"keep_dims": (0, "b", 0)}

# TensorFlow Lite's name -> option name -> (field number, struct letter, default)
_OPTIONS = {
    "ADD": {"activation": (0, "b", 0)},
    "AVERAGE_POOL_2D": _POOL,
    "CONCATENATION": {"axis": (0, "i", 0), "activation": (1, "b", 0)},
    "CONV_2D": {
        "padding": (0, "b", 0),
        "stride_w": (1, "i", 0),
        "stride_h": (2, "i", 0),
        "activation": (3, "b", 0),
        "dilation_w": (4, "i", 1),
        "dilation_h": (5, "i", 1),
    },
    "DEPTHWISE_CONV_2D": {
        "padding": (0, "b", 0),
        "stride_w": (1, "i", 0),
        "stride_h": (2, "i", 0),
        "depth_multiplier": (3, "i", 0),
        "activation": (4, "b", 0),
        "dilation_w": (5, "i", 1),
        "dilation_h": (6, "i", 1),
    },
    "FULLY_CONNECTED": {
        "activation": (0, "b", 0),
        "weights_format": (1, "b", 0),
        "keep_num_dims": (2, "b", 0),
    },
    "LEAKY_RELU": {"alpha": (0, "f", 0.0)},
    "MAX_POOL_2D": _POOL,
    "MEAN": _KEEP_DIMS,
    "MUL": {"activation": (0, "b", 0)},
    "PACK": {"axis": (1, "i", 0)},
    "REDUCE_MAX": _KEEP_DIMS,
    "RESIZE_NEAREST_NEIGHBOR": {
        "align_corners": (0, "b", 0),
        "half_pixel_centers": (1, "b", 0),
    },
    "SOFTMAX": {"beta": (0, "f", 0.0)},
    "STRIDED_SLICE": {
        "begin_mask": (0, "i", 0),
        "end_mask": (1, "i", 0),
        "ellipsis_mask": (2, "i", 0),
        "new_axis_mask": (3, "i", 0),
        "shrink_axis_mask": (4, "i", 0),
    },
    "SUB": {"activation": (0, "b", 0)},
    "TRANSPOSE_CONV": {
        "padding": (0, "b", 0),
        "stride_w": (1, "i", 0),
        "stride_h": (2, "i", 0),
        "activation": (3, "b", 0),
    },
    "UNPACK": {"axis": (1, "i", 0)},
}

# TensorFlow Lite's name -> the number that says which table of options follows
OPTION_TYPES = {
    "ADD": 11,
    "ARG_MAX": 40,
    "AVERAGE_POOL_2D": 5,
    "CONCATENATION": 10,
    "CONV_2D": 1,
    "DEPTHWISE_CONV_2D": 2,
    "EXPAND_DIMS": 52,
    "FULLY_CONNECTED": 8,
    "HARD_SWISH": 91,
    "LEAKY_RELU": 75,
    "MAXIMUM": 39,
    "MAX_POOL_2D": 5,
    "MEAN": 27,
    "MINIMUM": 39,
    "MUL": 21,
    "PACK": 59,
    "PAD": 22,
    "QUANTIZE": 89,
    "REDUCE_MAX": 27,
    "RESHAPE": 17,
    "RESIZE_NEAREST_NEIGHBOR": 74,
    "SLICE": 48,
    "SOFTMAX": 9,
    "SPLIT": 35,
    "SPLIT_V": 79,
    "SQUEEZE": 30,
    "STRIDED_SLICE": 32,
    "SUB": 28,
    "TRANSPOSE": 26,
    "TRANSPOSE_CONV": 49,
    "UNPACK": 64,
}


def read_options(operator: str, table: Table | None) -> dict[str, int | float]:
    """The settings of an operator, with the schema's defaults where they are absent."""
    return {
        name: default if table is None else table.number(number, code, default)
        for name, (number, code, default) in _OPTIONS.get(operator, {}).items()
    }
