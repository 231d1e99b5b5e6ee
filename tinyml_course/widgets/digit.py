"""A digits model comes in, a drawing area where that model reads digits goes out."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np

from tinyml_course import datasets, device, export, graph
from tinyml_course.errors import ModelError
from tinyml_course.widgets.explore import Explore

__all__ = ["draw_a_digit"]

_ALT = (
    "A drawing area; beside it the drawing as the model sees it, 8 by 8 grey pixels, "
    "and ten bars with the probability of each digit."
)


def draw_a_digit(tflite_model: bytes | str | Path | None = None) -> Explore:
    """Draw with mouse, pen, finger or keys, and let a model on the page read it.

    The model is exported to C and compiled to WebAssembly: what runs in the page is
    the arithmetic that runs on the board, byte for byte.

    Parameters
    ----------
    tflite_model : bytes or path, optional
        An int8 model from (8, 8, 1) pixels of 0 to 1 to ten classes, your own for
        example; without it the one that comes with the course.

    Returns
    -------
    Explore
        Its ``values`` tell what was drawn last: ``counts`` (64 of 0 to 16), ``input``
        and ``output`` (int8), ``digit``.

    Raises
    ------
    ModelError
        If the model's input or output has another shape or type.

    >>> draw_a_digit().live
    'digit'
    """
    if tflite_model is None:
        tflite_model = datasets.model_path("digits_cnn")
    model = graph.read(tflite_model)
    return Explore(
        live="digit",
        look="Draw a digit. Which strokes change the model's mind?",
        alt=_ALT,
        data=_page_data(model),
    )


def _page_data(model: graph.Graph) -> dict:
    """What digit.js needs: the compiled model, its scales, drawings to choose from."""
    first, last = model.tensors[model.inputs[0]], model.tensors[model.outputs[0]]
    if (first.dtype, first.size, last.dtype, last.size) != ("int8", 64, "int8", 10):
        raise ModelError(
            f"This model goes from {first.dtype} {first.shape} to {last.dtype} "
            f"{last.shape}; expected int8 (1, 8, 8, 1) to int8 (1, 10). Train one on "
            "datasets.load('digits') and convert it with quantize.to_int8."
        )
    wasm = device.wasm(export.to_c(model))
    file = datasets.model_path("digits_cnn").with_name("drawings.json")
    drawings = json.loads(file.read_text(encoding="utf-8"))
    return {
        "wasm": base64.b64encode(wasm).decode("ascii"),
        "levels": first.quantize(np.arange(17, dtype=np.float32) / 16),
        "scale": last.scale[0],
        "zero_point": last.zero_point[0],
        "samples": [
            {"digit": item["digit"], "style": item["style"], "strokes": item["strokes"]}
            for item in sorted(drawings, key=lambda item: item["digit"])
        ],
        "note": (
            f"The model is {model.weight_bytes:,} bytes of weights and "
            f"{model.macs:,} multiply-accumulates; with its code it is {len(wasm):,} "
            "bytes of WebAssembly (counted)."
        ),
    }
