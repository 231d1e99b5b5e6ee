"""What the three widgets share: their page side, their HTML form, their errors.

`CourseWidget` is an anywidget whose state is small and plain JSON. It shows itself
twice: as a widget view (JupyterLab and Voila take that) and as `text/html`, a `div`
with the same state in it, which the book's script brings to life without a kernel.
"""

from __future__ import annotations

import html
import json
import math
import os

import anywidget
import traitlets

from tinyml_course.errors import CourseError
from tinyml_course.widgets import assets

__all__ = ["CourseWidget", "one_line", "plain", "static_mode"]


def static_mode() -> bool:
    """Tell whether a run prepares pages without a kernel (`TINYML_STATIC=1`)."""
    return os.environ.get("TINYML_STATIC", "") not in ("", "0")


class CourseWidget(anywidget.AnyWidget):
    """A widget of the course; use `Predict`, `Check` or `Explore`.

    Attributes
    ----------
    error : str
        What went wrong in a function that the author handed over, "" when nothing
        did. It is shown in the widget; `tinyml run` fails on it.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    kind = traitlets.Unicode().tag(sync=True)
    question = traitlets.Unicode().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)

    def __init__(self, *, bundled: str = "", **state: object) -> None:
        self._static = static_mode()
        if not self._static:  # the book loads one script for all widgets of a page
            state.update(_esm=assets.module(bundled), _css=assets.style())
        super().__init__(**state)

    def page_state(self) -> dict:
        """Give what the page without a kernel needs to know, as plain JSON."""
        names = self.trait_names(sync=True, page=True)
        state = {name: getattr(self, name) for name in sorted(names)}
        return {"kind": self.kind, "question": self.question, **state}

    def still_html(self) -> str:
        """Give what shows where no script runs: in print, or on a code host."""
        return f"<p><strong>{html.escape(self.question)}</strong></p>"

    def html(self) -> str:
        """Give the `div` that the book's script brings to life.

        >>> "tinyml-widget" in CourseWidget(kind="check", question="Why?").html()
        True
        """
        state = json.dumps(self.page_state() | {"error": self.error}, sort_keys=True)
        state = state.replace("<", "\\u003c")  # no tag may end the script element
        return (
            f'<div class="tinyml-widget" data-kind="{html.escape(self.kind)}">'
            f'<script type="application/json">{state}</script>'
            f'<div class="tinyml-still">{self.still_html()}</div></div>'
        )

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        if self._static:  # then the HTML form is the one every reader of the file takes
            data = {"text/plain": data["text/plain"]}
        data["text/html"] = self.html()
        return data, metadata

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.question!r})"


def plain(value: object, what: str = "value") -> object:
    """Turn NumPy values, tuples and their nests into plain JSON values.

    Raises
    ------
    CourseError
        For what JSON has no word for: nan, infinity, objects.

    >>> import numpy as np
    >>> plain({"x": np.array([1.5, 2.0]), "n": np.int64(3)})
    {'x': [1.5, 2.0], 'n': 3}
    """
    if hasattr(value, "tolist"):  # an array, or one NumPy number
        value = value.tolist()
    if isinstance(value, dict):
        return {
            str(key): plain(item, f"{what}[{key!r}]") for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [plain(item, what) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise CourseError(
            f"The {what} is {value}; a page can show finite numbers only."
        )
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise CourseError(
        f"The {what} is a {type(value).__name__}; expected a number, text, "
        f"or a list or dictionary of them."
    )


def one_line(error: BaseException) -> str:
    """Give an exception as one readable line.

    >>> one_line(ZeroDivisionError("division by zero"))
    'ZeroDivisionError: division by zero'
    """
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
