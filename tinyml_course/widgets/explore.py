"""A function that draws in, a picture that can be asked questions out.

In a notebook the kernel draws each frame when it is asked for and keeps it. Where pages
are prepared (`TINYML_STATIC=1`) a grid of frames is drawn beforehand. With `live=` the
whole logic runs in the page (`live/<name>.js`) and needs neither.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from urllib.parse import quote

import traitlets

from tinyml_course.errors import CourseError
from tinyml_course.widgets import frames as frames_
from tinyml_course.widgets.assets import live_modules
from tinyml_course.widgets.base import CourseWidget, one_line, plain
from tinyml_course.widgets.controls import Choice, Slider

__all__ = ["Explore"]

CACHE_FRAMES = 500


class Explore(CourseWidget):
    """One to three controls, one picture, one sentence that says what to look for.

    Parameters
    ----------
    picture : callable
        `picture(**values)` returns a matplotlib Figure, or (Figure, sentence) with a
        sentence computed for these values. Aim at under 0.2 s a call.
    look : str
        What to look for, one sentence, shown above the picture.
    alt : str or callable
        What the picture shows, for those who do not see it; a function receives the
        values of the controls.
    frames : int
        The most frames drawn beforehand for a page without a kernel.
    live : str
        Name of a JavaScript module in `tinyml_course/widgets/live` instead of
        `picture`; it receives `data`.
    data : dict
        Plain values and arrays for the live module.
    **controls : Slider or Choice
        One to three, by the name of the argument of `picture`.

    Attributes
    ----------
    values : dict
        What the controls say now, or what a live module last told.
    frame : dict
        The picture that shows: "image" (SVG text or a PNG data URL), "alt",
        "sentence".

    >>> def picture(slope):
    ...     from matplotlib import pyplot as plt
    ...     figure, axes = plt.subplots(figsize=(4, 3))
    ...     axes.plot([0, 1], [0, slope])
    ...     return figure, f"At 1 the line is at {slope}."
    >>> line = Explore(picture, look="Watch the right end.", alt="A line from 0.",
    ...                slope=Slider(-2, 2, 1, 1, "slope"))
    >>> line.values = {"slope": 2}
    >>> line.frame["sentence"]
    'At 1 the line is at 2.'
    """

    look = traitlets.Unicode().tag(sync=True, page=True)
    live = traitlets.Unicode().tag(sync=True, page=True)
    data = traitlets.Dict().tag(sync=True, page=True)
    controls = traitlets.List().tag(sync=True, page=True)
    index = traitlets.List().tag(sync=True, page=True)
    told = traitlets.Dict().tag(sync=True, page=True)
    description = traitlets.Unicode().tag(sync=True, page=True)
    asked = traitlets.Int(0).tag(sync=True)
    frame = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        picture: Callable | None = None,
        *,
        look: str,
        alt: str | Callable[..., str],
        frames: int = 60,
        live: str = "",
        data: dict | None = None,
        **controls: Slider | Choice,
    ) -> None:
        _check_arguments(picture, look, alt, live, controls)
        self._picture, self._alt, self._controls = picture, alt, controls
        self._cache: dict[tuple[int, ...], dict] = {}
        self._grid: dict[str, dict] = {}
        starts = [c.values.index(c.value) for c in controls.values()]
        super().__init__(
            kind="explore",
            question=look,
            look=look,
            live=live,
            bundled=live,
            data=plain(data or {}, "data"),
            description=alt if isinstance(alt, str) else "",
            controls=[_describe(name, control) for name, control in controls.items()],
            index=starts,
        )
        if picture is not None:
            self.frame = self._draw(tuple(starts))
            if self._static:
                self._draw_grid(starts, frames)

    @property
    def values(self) -> dict:
        """What the controls say, or what a live module told."""
        if self.live:
            return dict(self.told)
        return self._values(tuple(self.index))

    @values.setter
    def values(self, new: dict) -> None:
        if self.live:
            self.told = plain(new, "values")
            return
        index = list(self.index)
        for place, (name, control) in enumerate(self._controls.items()):
            if name in new:
                if new[name] not in control.values:
                    raise CourseError(f"{name}={new[name]!r} is not on the control.")
                index[place] = control.values.index(new[name])
        with self.hold_sync():
            self.index = index
            self.asked += 1

    @traitlets.observe("asked")
    def _on_ask(self, change: dict) -> None:
        self.frame = self._draw(tuple(self.index))

    def _values(self, index: tuple[int, ...]) -> dict:
        pairs = zip(self._controls.items(), index, strict=True)
        return {name: control.values[i] for (name, control), i in pairs}

    def _draw(self, index: tuple[int, ...]) -> dict:
        """Give the frame at these positions; a failure becomes its `error`."""
        if index not in self._cache:
            values = self._values(index)
            try:
                frame = frames_.draw(self._picture, values, self._alt) | {"error": ""}
            except Exception as error:  # whatever an author's function raises
                call = ", ".join(f"{name}={value!r}" for name, value in values.items())
                text = f"picture({call}) failed. {one_line(error)}"
                frame = {"image": "", "width": 0, "sentence": "", "alt": ""}
                frame["error"] = self.error = text
            if len(self._cache) >= CACHE_FRAMES:
                self._cache.clear()
            self._cache[index] = frame
        key = ",".join(map(str, index))
        return self._cache[index] | {"key": key, "asked": self.asked}

    def _draw_grid(self, starts: list[int], most: int) -> None:
        """Draw the frames of a page without a kernel; its controls get their values."""
        controls = list(self._controls.values())
        axes = frames_.grid(
            [len(control.values) for control in controls],
            starts,
            [isinstance(control, Choice) for control in controls],
            most,
        )
        for index in frames_.combinations(axes):
            self._grid[",".join(map(str, index))] = self._draw(index)
        self.controls = [
            shown | {"positions": axis}
            for shown, axis in zip(self.controls, axes, strict=True)
        ]

    def page_state(self) -> dict:
        """Add the frames drawn beforehand, each line of a picture stored once."""
        state = super().page_state()
        grid = self._grid or (
            {self.frame["key"]: dict(self.frame)} if self.frame else {}
        )
        drop = ("key", "asked")
        frames = {
            key: {name: value for name, value in frame.items() if name not in drop}
            for key, frame in grid.items()
        }
        return state | {"frames": frames_.pack(frames)}

    def still_html(self) -> str:
        """Give the picture at its first values: what print and a code host show."""
        look = f"<p>{html.escape(self.look)}</p>"
        image = self.frame.get("image", "")
        if not image:
            return look + f"<p>{html.escape(self.description)}</p>"
        if image.startswith("<svg"):
            image = "data:image/svg+xml," + quote(image, safe=" ='/:;,()")
        alt = html.escape(self.frame["alt"])
        said = html.escape(self.frame["sentence"])
        return f'{look}<img src="{image}" alt="{alt}"/><p>{said}</p>'


def _describe(name: str, control: Slider | Choice) -> dict:
    """Give what the page needs of a control; values stay in Python."""
    texts = list(control.texts)
    return {
        "name": name,
        "label": control.label,
        "form": type(control).__name__.lower(),
        "texts": texts,
        "positions": list(range(len(texts))),
    }


def _check_arguments(
    picture: object, look: str, alt: object, live: str, controls: dict
) -> None:
    if not str(look).strip():
        raise CourseError("Explore needs look=: one sentence that says what to see.")
    if not callable(alt) and not str(alt).strip():
        raise CourseError("Explore needs alt=: what the picture shows, in words.")
    if (picture is None) == (live == ""):
        raise CourseError("Explore needs either a picture function or live='name'.")
    if live and live not in live_modules():
        known = ", ".join(live_modules())
        raise CourseError(f"There is no live module {live!r}. Known: {known}.")
    if live and controls:
        raise CourseError(f"The live module {live!r} brings its own controls.")
    if live and callable(alt):
        raise CourseError("With live= the alt text is a sentence, not a function.")
    if not live and not callable(picture):
        raise CourseError(f"picture must be a function; received {picture!r}.")
    if not live and not 1 <= len(controls) <= 3:
        raise CourseError(f"Explore takes 1 to 3 controls; received {len(controls)}.")
    for name, control in controls.items():
        if not isinstance(control, (Slider, Choice)):
            raise CourseError(f"{name} must be a Slider or Choice; got {control!r}.")
