"""JavaScript and CSS files of this folder in, the texts that a page loads out.

The files under `js/` and `live/` are plain ES modules without imports. They are
joined in two ways: as one module per widget for anywidget (JupyterLab, Voila), and as
one classic script for pages without a kernel, where a small host plays the kernel's
part. A classic script also works when a student opens the book from a folder.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from tinyml_course.errors import CourseError

__all__ = ["live_modules", "module", "static_assets", "style"]

FOLDER = Path(__file__).parent
PARTS = ("core", "predict", "check", "explore", "plot", "surface")


@cache
def live_modules() -> tuple[str, ...]:
    """Give the names that `Explore(live=...)` knows.

    >>> "drag_line" in live_modules()
    True
    """
    return tuple(sorted(path.stem for path in (FOLDER / "live").glob("*.js")))


@cache
def module(live: str = "") -> str:
    """Join the parts, and one live module where it is named, for anywidget.

    >>> module().count("export default")
    1
    """
    names = (live,) if live else ()
    return _body(names) + "\nexport default { render };\n"


@cache
def style() -> str:
    """Give the style sheet of all widgets."""
    return (FOLDER / "widgets.css").read_text(encoding="utf-8")


def static_assets() -> dict[str, str]:
    """Give the two files that make the widgets live in a page without a kernel.

    A page that loads both turns each `<div class="tinyml-widget">` into its widget.
    The script is a classic one: `<script defer src="tinyml-widgets.js"></script>`.

    Returns
    -------
    dict
        File name to text: `tinyml-widgets.js` and `tinyml-widgets.css`.

    >>> sorted(static_assets())
    ['tinyml-widgets.css', 'tinyml-widgets.js']
    """
    host = _plain_script((FOLDER / "js" / "host.js").read_text(encoding="utf-8"))
    script = f'(() => {{\n"use strict";\n{_body(live_modules())}\n{host}}})();\n'
    return {"tinyml-widgets.js": script, "tinyml-widgets.css": style()}


def _body(live: tuple[str, ...]) -> str:
    texts = [
        _plain_script((FOLDER / "js" / f"{part}.js").read_text(encoding="utf-8"))
        for part in PARTS
    ]
    for name in live:
        if name not in live_modules():
            known = ", ".join(live_modules())
            raise CourseError(
                f"There is no live module {name!r}. Known: {known}. A new one is a "
                f"file {name}.js in tinyml_course/widgets/live that exports render."
            )
        source = (FOLDER / "live" / f"{name}.js").read_text(encoding="utf-8")
        texts.append(
            f'LIVE["{name}"] = (() => {{\n{_plain_script(source)}return render;\n}})();'
        )
    return "\n".join(texts)


def _plain_script(source: str) -> str:
    """Drop the word `export`: joined into one text, the parts see each other."""
    return re.sub(r"(?m)^export ", "", source)
