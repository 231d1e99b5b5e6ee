"""Figures and sentences for people: a matplotlib figure or text comes in, is shown.

Every figure is shown with alternative text that says what there is to see, in a form
that survives JupyterLab, nbconvert, Voila and the book alike: an HTML image.
"""

from __future__ import annotations

import base64
import html
import io

from tinyml_course.errors import CourseError

__all__ = ["COLORS", "picture", "say", "show", "to_png", "use_style"]

#: Okabe and Ito's palette: told apart with any kind of colour vision.
COLORS = {
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "green": "#009E73",
    "purple": "#CC79A7",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "black": "#000000",
    "grey": "#767676",
}

_STYLE = {
    "figure.figsize": (6.4, 3.8),
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    "font.size": 12,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.8,
    "lines.linewidth": 2.2,
    "legend.frameon": False,
    "image.cmap": "cividis",
}


def use_style() -> None:
    """Make every later figure follow the course: sizes, colours, quiet axes.

    >>> use_style()
    """
    import matplotlib
    from cycler import cycler

    cycle = [COLORS[name] for name in COLORS if name != "grey"]
    matplotlib.rcParams.update(_STYLE)
    matplotlib.rcParams["axes.prop_cycle"] = cycler(color=cycle)


def to_png(fig, scale: float = 2.0) -> bytes:
    """The figure as a PNG, ``scale`` pixels for each of its own; equal each time.

    >>> import matplotlib.pyplot as plt
    >>> to_png(plt.figure())[1:4]
    b'PNG'
    """
    file = io.BytesIO()
    # Without the version of matplotlib in it, equal figures are equal bytes.
    fig.savefig(file, format="png", dpi=fig.dpi * scale, metadata={"Software": None})
    return file.getvalue()


def picture(fig, alt: str) -> str:
    """The figure as one HTML image that carries its own pixels and its alt text.

    Raises
    ------
    CourseError
        If ``alt`` is empty or only repeats a file name.
    """
    if len(alt.split()) < 3:
        raise CourseError(
            "A figure needs alt text that says what it shows to someone who cannot "
            f"see it; received {alt!r}. Try a sentence: what is drawn, what stands out."
        )
    width = round(fig.get_figwidth() * fig.dpi)
    pixels = base64.b64encode(to_png(fig)).decode("ascii")
    return (
        f'<img alt="{html.escape(alt)}" width="{width}" '
        'style="max-width: 100%; height: auto; background: white" '
        f'src="data:image/png;base64,{pixels}">'
    )


def show(fig, alt: str) -> None:
    """Show a matplotlib figure with alternative text, and close it.

    Parameters
    ----------
    alt : str
        What the figure shows, for a reader who cannot see it.
    """
    import matplotlib.pyplot as plt

    _display({"text/html": picture(fig, alt), "text/plain": f"Figure: {alt}"})
    plt.close(fig)


def say(text: str) -> None:
    """Show a sentence with figures that the calling cell has just computed.

    >>> say(f"The slope is **{2 * 1.5:.1f}**.")
    The slope is **3.0**.
    """
    _display({"text/markdown": text, "text/plain": text})


def _display(bundle: dict[str, str]) -> None:
    """Give a notebook the richest form, and a plain Python the text."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.display import display

    if InteractiveShell.initialized():
        display(bundle, raw=True)
    else:
        print(bundle["text/plain"])
