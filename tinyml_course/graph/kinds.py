"""Which operators the compiler knows in float32."""

from __future__ import annotations

__all__ = ["FLOAT_KINDS"]

FLOAT_KINDS = frozenset(
    """
    add average_pool2d concatenation conv2d depthwise_conv2d dequantize
    fully_connected logistic max_pool2d mean multiply pack pad quantize relu relu6
    reshape softmax split strided_slice subtract tanh transpose unpack
    """.split()
)
