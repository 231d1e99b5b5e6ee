"""A matplotlib figure in, one picture with its sentence and alt text out.

The same figure gives the same bytes, so that an executed chapter does not change from
run to run. A picture is compact SVG; where that is large (images, many points), PNG.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Sequence
from itertools import product

from tinyml_course.errors import CourseError

__all__ = ["draw", "grid", "pack", "picture_text"]

LARGEST_SVG = 150_000  # characters; past that a PNG is smaller and scrolls better
PNG_DPI = 144
PICTURE_INCHES = (5.0, 3.4)


def draw(
    picture: Callable, values: dict, alt: str | Callable[..., str]
) -> dict[str, object]:
    """Call `picture(**values)` and give {"image", "width", "sentence", "alt"}.

    The figure is closed, and any other figure that the call opened. One made without
    a size is 5 x 3.4 inches, so that its labels can be read on a phone.

    Raises
    ------
    CourseError
        `picture` returned something else than a Figure or (Figure, sentence).
    """
    import matplotlib
    from matplotlib import pyplot as plt

    before = set(plt.get_fignums())
    try:
        with matplotlib.rc_context({"figure.figsize": PICTURE_INCHES}):
            result = picture(**values)
        figure, sentence = result if isinstance(result, tuple) else (result, "")
        if not hasattr(figure, "savefig") or not isinstance(sentence, str):
            raise CourseError(
                f"picture() must return a matplotlib Figure or (Figure, sentence); it "
                f"returned {type(result).__name__}."
            )
        return {
            "image": picture_text(figure),
            "width": round(float(figure.get_size_inches()[0]) * 96),
            "sentence": sentence,
            "alt": str(alt(**values)) if callable(alt) else alt,
        }
    finally:
        for number in set(plt.get_fignums()) - before:
            plt.close(number)


def picture_text(figure: object) -> str:
    """Give a figure as SVG text, or as a PNG data URL where the SVG is large."""
    import matplotlib

    style = {"svg.fonttype": "none", "svg.hashsalt": "tinyml", "path.simplify": True}
    if figure.get_layout_engine() is None:
        figure.set_layout_engine("constrained")  # no label is cut off
    with matplotlib.rc_context(style):
        out = io.StringIO()
        blank = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(out, format="svg", metadata=blank)
    svg = compact(out.getvalue())
    if len(svg) <= LARGEST_SVG:
        return svg
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()


def compact(svg: str) -> str:
    r"""Drop what a page does not need: the prologue, comments, indents, far decimals.

    >>> compact('<?xml version="1.0"?><svg>\n  <path d="M 1.23456 7"/>0.001')
    '<svg>\n<path d="M 1.23 7"/>0.001'
    """
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<!--.*?-->\n?|<metadata>.*?</metadata>\n?", "", svg, flags=re.DOTALL)
    svg = re.sub(r' (?:d|x|y|points)="[^"]*"', _two_decimals, svg)  # never a label
    return re.sub(r"(?m)^[ \t]+|[ \t]+$", "", svg).strip()


def _two_decimals(match: re.Match) -> str:
    return re.sub(r"(\d\.\d\d)\d+", r"\1", match[0])


def grid(counts: Sequence[int], starts: Sequence[int], frozen: Sequence[bool],
         most: int) -> list[list[int]]:  # fmt: skip
    """Thin the positions of each control until at most `most` combinations remain.

    First, last and start position of a control always stay; a frozen control (a
    choice) keeps all of its positions.

    >>> grid([5, 2], [1, 0], [False, True], 6)
    [[0, 1, 4], [0, 1]]
    """
    sizes = list(counts)
    least = [
        count if fixed else len({0, start, count - 1})
        for count, start, fixed in zip(counts, starts, frozen, strict=True)
    ]
    while _product(sizes) > most:
        free = [i for i, size in enumerate(sizes) if size > least[i]]
        if not free:
            raise CourseError(
                f"frames={most} is too few: ends and start of the controls alone make "
                f"{_product(sizes)} combinations. Raise frames or drop a control."
            )
        sizes[max(free, key=lambda i: sizes[i])] -= 1
    return [
        _spread(count, start, size)
        for count, start, size in zip(counts, starts, sizes, strict=True)
    ]


def _spread(count: int, start: int, size: int) -> list[int]:
    """Pick `size` of `count` positions, evenly, with 0, `start` and the last."""
    picked = sorted({round(i * (count - 1) / max(1, size - 1)) for i in range(size)})
    if start not in picked:
        inner = picked[1:-1]
        if len(inner) and len(picked) >= size:
            picked.remove(min(inner, key=lambda i: abs(i - start)))
        picked = sorted({*picked, start})
    return picked


def _product(sizes: Sequence[int]) -> int:
    total = 1
    for size in sizes:
        total *= size
    return total


def pack(frames: dict[str, dict]) -> dict:
    r"""Store each line of the pictures once: frames of one figure share most of theirs.

    >>> pack({"0": {"image": "a\nb"}, "1": {"image": "a\nc"}})["lines"]
    ['a', 'b', 'c']
    """
    number: dict[str, int] = {}
    items = {}
    for key, frame in frames.items():
        lines = frame["image"].split("\n")
        items[key] = frame | {
            "image": [number.setdefault(line, len(number)) for line in lines]
        }
    return {"lines": list(number), "items": items}


def combinations(axes: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """Give every combination of positions, in order.

    >>> combinations([[0, 2], [1]])
    [(0, 1), (2, 1)]
    """
    return list(product(*axes))
