"""From an int8 .tflite to C on a 256 KB board, and the helpers of the TinyML course.

The stages, each a module that hands on values: ``datasets`` -> ``train`` ->
``quantize`` -> ``graph`` -> ``export`` -> ``device`` -> ``verify`` and ``report``.
Nothing heavy is imported here.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
