"""What to build a model with where an operator is missing: its name in, advice out."""

from __future__ import annotations

from tinyml_course.graph.schema import KINDS

__all__ = ["advice"]

_INSTEAD = {
    "ABS": "Maximum of x and Multiply of x by -1",
    "ADD_N": "Add, two tensors at a time",
    "ARG_MIN": "argmax of the tensor times -1",
    "BATCH_MATMUL": "a Dense layer, whose weights are constant; attention, which "
    "multiplies two activations, is not supported",
    "BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND": "Conv2D with dilation_rate and a fixed "
    "input size, which converts to one CONV_2D",
    "BIDIRECTIONAL_SEQUENCE_LSTM LSTM UNIDIRECTIONAL_SEQUENCE_LSTM": "one step, "
    "LSTMCell, with the old state as inputs and the new one as outputs of the model",
    "BIDIRECTIONAL_SEQUENCE_RNN RNN UNIDIRECTIONAL_SEQUENCE_RNN": "one step, "
    "SimpleRNNCell, with the old state as input and the new one as output of the model",
    "ASSIGN_VARIABLE CALL_ONCE READ_VARIABLE VAR_HANDLE": "inputs and outputs of the "
    "model for what it is to remember from one run to the next",
    "BROADCAST_ARGS BROADCAST_TO": "Add or Multiply, which repeat axes of length 1",
    "CALL IF WHILE": "the loop unrolled, or one step of it as the model",
    "CEIL COS EXP FLOOR FLOOR_DIV FLOOR_MOD LOG POW ROUND RSQRT SIGN SIN SQRT ATAN2": (
        "the calculation in float before the model, as part of its features"
    ),
    "COMPLEX_ABS IMAG REAL RFFT2D": "the spectrum computed before the model, as its "
    "features",
    "CONV_3D CONV_3D_TRANSPOSE": "Conv2D, with the third axis among the channels",
    "CUMSUM": "the sum kept outside the model, from one run to the next",
    "DEPTH_TO_SPACE": "Conv2DTranspose, or Reshape, Permute, Reshape",
    "DIV": "Multiply by a constant, one over the divisor",
    "DYNAMIC_UPDATE_SLICE SCATTER_ND": "a slice and Concatenate",
    "ELU GELU": "ReLU, LeakyReLU or hard_silu",
    "EMBEDDING_LOOKUP GATHER GATHER_ND ONE_HOT": "one-hot inputs, made before the "
    "model, and a Dense layer",
    "EQUAL GREATER GREATER_EQUAL LESS LESS_EQUAL LOGICAL_AND LOGICAL_NOT LOGICAL_OR "
    "NOT_EQUAL SELECT SELECT_V2 WHERE": "Maximum and Minimum, or the decision after "
    "the model, in C",
    "FILL RANGE RANK SHAPE ZEROS_LIKE": "a fixed input shape with batch 1, and numbers "
    "instead of tf.shape: then the converter computes this in advance",
    "L2_NORMALIZATION LOCAL_RESPONSE_NORMALIZATION": "BatchNormalization, which the "
    "converter folds into the layer before it",
    "L2_POOL_2D": "AveragePooling2D or MaxPooling2D",
    "LOG_SOFTMAX": "Softmax, and the logarithm after the model",
    "MIRROR_PAD PADV2": "ZeroPadding2D",
    "MULTINOMIAL RANDOM_STANDARD_NORMAL RANDOM_UNIFORM": "the model as it predicts: "
    "Dropout and noise act only while training",
    "NEG": "Multiply by -1",
    "NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 TOPK_V2 UNIQUE": "the raw scores as "
    "outputs, and the choice after the model, in C",
    "PRELU": "LeakyReLU, one slope for all channels",
    "REDUCE_MIN": "the largest of the tensor times -1",
    "RELU_0_TO_1 RELU_N1_TO_1": "ReLU(6), or Maximum and Minimum with constants",
    "RESIZE_BILINEAR": 'UpSampling2D(interpolation="nearest") or Conv2DTranspose',
    "REVERSE_V2 REVERSE_SEQUENCE": "a slice with step -1",
    "SPACE_TO_DEPTH": "Conv2D with strides, or Reshape, Permute, Reshape",
    "SQUARE": "Multiply of the tensor by itself",
    "SQUARED_DIFFERENCE": "Subtract, then Multiply of the result by itself",
    "SUM": "the mean over the same axes, with a scale in the layer after it",
    "SVDF": "Conv1D over a window of the last inputs",
    "TILE": "Concatenate of the tensor with itself, UpSampling2D, or Add and Multiply, "
    "which repeat axes of length 1",
}

_ADVICE = {code: text for codes, text in _INSTEAD.items() for code in codes.split()}


def advice(code: str) -> str:
    """One sentence on what to use instead of an operator.

    >>> advice("DIV")
    'Use instead: Multiply by a constant, one over the divisor.'
    >>> advice("DENSIFY")[:31]
    'The compiler knows: ADD, ARG_MA'
    """
    if code in _ADVICE:
        return f"Use instead: {_ADVICE[code]}."
    if code.startswith("CUSTOM"):
        return (
            "It is no operator of TensorFlow Lite: build the model of Keras layers, "
            "and convert it without SELECT_TF_OPS."
        )
    return f"The compiler knows: {', '.join(sorted(KINDS))}."
