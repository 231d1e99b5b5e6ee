"""From an int8 .tflite to C on a 256 KB board, and the helpers of the TinyML course.

The stages, each a module that hands on values: ``datasets`` -> ``train`` ->
``quantize`` -> ``graph`` -> ``export`` -> ``device`` -> ``verify`` and ``report``.
Nothing heavy is imported here.
"""

import os

# TensorFlow reads this when it is first imported: its notes on the CPU are for its
# developers and would stand red under a student's first cell.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

__all__ = ["__version__"]

__version__ = "0.1.0"
