"""What the page asks comes in, what it shows goes out: the quantizer as a widget."""

from __future__ import annotations

import math
from collections.abc import Callable

import traitlets

from tinyml_course.errors import CourseError
from tinyml_course.widgets.base import one_line, plain
from tinyml_course.widgets.explore import Explore
from tinyml_course.widgets.quantizer.files import MOST_BYTES
from tinyml_course.widgets.quantizer.session import MOST_CALIBRATE, Session
from tinyml_course.widgets.quantizer.shelf import SHELF

__all__ = ["Quantizer", "quantize_a_model"]

_LOOK = "Which range does each layer need, and what does int8 cost this model?"
_ALT = (
    "The quantizer: choose a Keras model and data, calibrate, see the histogram of "
    "each layer with what would be clipped, choose ranges, quantize, and compare the "
    "int8 model with the float one."
)


class Quantizer(Explore):
    """The app; make it with :func:`quantize_a_model`.

    Attributes
    ----------
    state : dict
        What the page shows: ``message``, ``busy``, ``model``, ``data``, ``layers``,
        ``runs``.
    session : Session
        The work itself; ``session.tflite`` is the newest int8 model.
    """

    state = traitlets.Dict().tag(sync=True, page=True)

    def __init__(self) -> None:
        shelf = [{"name": name, "title": title} for name, (title, _) in SHELF.items()]
        super().__init__(
            live="quantizer",
            look=_LOOK,
            alt=_ALT,
            data={"shelf": shelf, "most_bytes": MOST_BYTES, "rows": MOST_CALIBRATE},
        )
        self.session = Session(self._say)
        self._pieces: list[bytes] = []
        self._keep = 99.9
        self._answers: dict[str, Callable[[dict], str | None]] = {
            "shelf": self._on_shelf,
            "file": self._on_file,
            "calibrate": self._on_calibrate,
            "keep": self._on_keep,
            "quantize": self._on_quantize,
            "download": self._on_download,
        }
        self._show("")
        self.on_msg(self._on_message)

    def _say(self, text: str, done: int, total: int) -> None:
        self.state = self.state | {"busy": {"text": text, "done": done, "total": total}}

    def _show(self, text: str, tone: str = "") -> None:
        """Everything as the session has it now."""
        session = self.session
        model = session.model
        self.state = {
            "busy": None,
            "message": {"text": text, "tone": tone},
            "model": model
            and {
                "name": session.name,
                "input": " x ".join(map(str, model.inputs[0].shape[1:])),
                "parameters": model.count_params(),
                "layers": len(model.layers),
            },
            "data": session.data
            and {
                "note": session.note,
                "rows": len(session.data.x),
                "test_rows": len(session.data.x_test),
                "labels": session.data.y_test is not None,
            },
            "layers": _finite(session.layers(self._keep)),
            "calibrated": session.calibration.rows if session.calibration else 0,
            "runs": _finite(session.runs),
        }

    def _on_message(self, _: object, content: dict, buffers: list) -> None:
        """One wish of the page; whatever goes wrong becomes a line that it shows."""
        kind = content.get("type") if isinstance(content, dict) else None
        answer = self._answers.get(kind)
        if answer is None:
            return
        if kind == "file":
            self._pieces = self._pieces if content["piece"] else []
            self._pieces += [bytes(buffer) for buffer in buffers]
            if content["piece"] + 1 < content["pieces"]:
                return
        try:
            done = answer(content)
        except CourseError as error:
            self._show(" ".join(str(error).split()), "wrong")
        except MemoryError:
            self._show("That needs more memory than this computer has left.", "wrong")
        except Exception as error:  # a mistake of ours must not leave the page waiting
            self._show(f"This did not work. {one_line(error)[:300]}", "wrong")
        else:
            self._show(done or "", "right" if done else "")

    def _on_shelf(self, wish: dict) -> str:
        self.session.take_shelf(str(wish.get("name", "")))
        return "The model and its data are loaded. Now calibrate."

    def _on_file(self, wish: dict) -> str:
        content, self._pieces = b"".join(self._pieces), []
        name = str(wish.get("name", "file"))[:80]
        if wish.get("of") == "data":
            self.session.take_data(name, content)
            return "The data are loaded. Now calibrate."
        self.session.take_model(name, content)
        if self.session.data is None:
            return "The model is loaded. Now give data that fit it."
        return "The model is loaded, and the data at hand fit it. Now calibrate."

    def _on_calibrate(self, wish: dict) -> str:
        rows = wish.get("rows")
        if not isinstance(rows, int):
            raise CourseError(
                f"Type how many rows to calibrate with, 1 to {MOST_CALIBRATE}."
            )
        self.session.calibrate(rows)
        used = self.session.calibration.rows
        return f"{used:,} rows have run through the model. Choose ranges and quantize."

    def _on_keep(self, wish: dict) -> None:
        self._keep = _percent(wish.get("keep"))

    def _on_quantize(self, wish: dict) -> str:
        keep = self._keep = _percent(wish.get("keep"))
        overall = str(wish.get("overall", "min-max"))
        own = wish.get("layers") or {}
        names = [x.name for x in self.session.calibration or () if not x.fixed]
        ranges: dict[str, object] = dict.fromkeys(names, overall)
        for name, choice in own.items():
            ranges[name] = _pair(name, choice) if isinstance(choice, list) else choice
        per_channel = wish.get("weights") != "tensor"
        title = overall + (f" {keep:g} %" if overall == "percentile" else "")
        changed = sum(ranges[name] != overall for name in own)
        if changed:
            title += f", {changed} {'layers' if changed > 1 else 'layer'} changed"
        title += ", per channel" if per_channel else ", per tensor"
        self.session.quantize(ranges, per_channel=per_channel, keep=keep, title=title)
        return "Quantized and validated."

    def _on_download(self, wish: dict) -> None:
        name, content = self.session.file(str(wish.get("kind", "tflite")))
        self.send({"type": "download", "name": name}, [content])

    def still_html(self) -> str:
        """Give what a page without a kernel says."""
        return (
            f"<p>{_LOOK}</p><p>This app computes with Keras, so it needs the notebook, "
            "or <code>tinyml app quantizer</code>.</p>"
        )


def _percent(keep: object) -> float:
    if not isinstance(keep, int | float) or not 0 < keep <= 100:
        raise CourseError("The percentile keeps more than 0 and up to 100 percent.")
    return float(keep)


def _pair(name: str, edges: list) -> tuple[float, float]:
    if len(edges) != 2 or not all(isinstance(edge, int | float) for edge in edges):
        raise CourseError(f"Type both ends of the range of '{name}'.")
    return float(edges[0]), float(edges[1])


def _finite(value: object) -> object:
    """Plain JSON; a number that JSON lacks becomes None."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return plain(value)


def quantize_a_model() -> Quantizer:
    """Load a model, calibrate, choose each layer's range, quantize, validate.

    For a cell of a notebook and for ``tinyml app quantizer``; a page of the book, which
    has no kernel, only says where it runs.

    >>> quantize_a_model().live
    'quantizer'
    """
    return Quantizer()
