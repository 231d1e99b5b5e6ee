"""Int8 arithmetic in NumPy: int8 arrays come in, the int8 arrays TFLM gives go out.

Float32 operators are in ``kernels.float32``.

Every operator of the compiler is told three times with equal output: by TFLM, by
these few lines, and by the C in ``runtime/``. A batch of n examples is handled at
once; otherwise shapes are those of the .tflite file (NHWC).
"""

from tinyml_course.kernels.arithmetic import (
    add_parameters,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    requantize,
    rounding_divide_by_power_of_two,
    saturating_rounding_doubling_high_mul,
)
from tinyml_course.kernels.convolution import (
    conv2d,
    depthwise_conv2d,
    output_size,
    transpose_conv2d,
)
from tinyml_course.kernels.dense import add, fully_connected
from tinyml_course.kernels.elementwise import (
    hard_swish,
    leaky_relu,
    logistic,
    multiply,
    relu,
    relu6,
    rescale,
    tanh,
)
from tinyml_course.kernels.pooling import average_pool2d, max_pool2d
from tinyml_course.kernels.reduction import mean, mean_factor
from tinyml_course.kernels.softmax import softmax, softmax_parameters

__all__ = [
    "add",
    "add_parameters",
    "average_pool2d",
    "conv2d",
    "depthwise_conv2d",
    "fully_connected",
    "hard_swish",
    "leaky_relu",
    "logistic",
    "max_pool2d",
    "mean",
    "mean_factor",
    "multiply",
    "multiply_by_quantized_multiplier",
    "output_size",
    "quantize_multiplier",
    "relu",
    "relu6",
    "requantize",
    "rescale",
    "rounding_divide_by_power_of_two",
    "saturating_rounding_doubling_high_mul",
    "softmax",
    "softmax_parameters",
    "tanh",
    "transpose_conv2d",
]
