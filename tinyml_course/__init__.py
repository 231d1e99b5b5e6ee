"""From an int8 .tflite to C on a 256 KB board, and the helpers of the TinyML course.

The stages, each a module that hands on values: ``datasets`` -> ``train`` ->
``quantize`` -> ``graph`` -> ``export`` -> ``device`` -> ``verify`` and ``report``.
Nothing heavy is imported here.
"""

import os

# TensorFlow reads these when it is first imported. Its notes on the CPU are for its
# developers and would stand red under a student's first cell; without oneDNN the order
# of its sums, and so the last digits, depend less on the CPU at hand.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

__all__ = ["__version__"]

__version__ = "0.1.0"
