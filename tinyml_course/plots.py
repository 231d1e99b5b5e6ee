"""Figures and sentences for people: a matplotlib figure or text comes in, is shown.

Every figure is shown with alternative text that says what there is to see, in a form
that survives JupyterLab, nbconvert, Voila and the book alike: an HTML image.
"""

from __future__ import annotations

import base64
import html
import io

import numpy as np

from tinyml_course.errors import CourseError

__all__ = [
    "COLORS",
    "contours",
    "curve_and_residuals",
    "gridworld",
    "line_and_loss",
    "memory_bars",
    "mosaic",
    "picture",
    "say",
    "show",
    "to_png",
    "use_style",
]

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
    "figure.figsize": (5.6, 3.5),
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


def contours(ax, W, B, loss, *, filled: bool = False) -> None:
    """Draw a loss from above: level lines, closer together near the bottom.

    Parameters
    ----------
    W, B, loss : ndarray
        Three grids ``(rows, columns)``: the two parameters and the loss there.
    """
    levels = np.geomspace(loss.min() * 1.05 + 1e-9, loss.max(), 14)
    draw = ax.contourf if filled else ax.contour
    draw(W, B, loss, levels, norm="log", cmap="cividis", extend="min")


def line_and_loss(
    x, y, W, B, loss, w: float, b: float, labels=("x", "y", "slope w", "intercept b")
):
    """Draw a line among its points, and as one point of the loss over ``(w, b)``.

    Parameters
    ----------
    W, B, loss : ndarray
        Three grids ``(rows, columns)``: slope, intercept and the loss there.
    labels : tuple of str
        What ``x``, ``y``, ``w`` and ``b`` are, with their units.

    Returns
    -------
    tuple of Figure and str
        The line above, the map of the loss and its surface below; and a sentence.
    """
    import matplotlib.pyplot as plt

    height = float(np.mean((y - w * x - b) ** 2))
    here = {"color": COLORS["vermillion"], "markeredgecolor": "white"}
    fig = plt.figure(figsize=(6, 6.2))
    fig.set_layout_engine("none")  # margins by hand: a quarter faster, frame by frame
    margins = {"left": 0.15, "right": 0.9, "bottom": 0.09, "top": 0.98}
    cells = fig.add_gridspec(
        2, 2, height_ratios=[1, 1.2], hspace=0.24, wspace=0.08, **margins
    )

    line = fig.add_subplot(cells[0, :])
    line.scatter(x, y, s=14, color=COLORS["blue"])
    ends = np.array([x.min(), x.max()])
    line.plot(ends, w * ends + b, color=COLORS["vermillion"])
    margin = 0.3 * np.ptp(y)
    line.set(
        xlabel=labels[0], ylabel=labels[1], ylim=(y.min() - margin, y.max() + margin)
    )

    above = fig.add_subplot(cells[1, 0], xlabel=labels[2], ylabel=labels[3])
    contours(above, W, B, loss, filled=True)
    above.plot(w, b, "o", markersize=12, **here)

    bowl = fig.add_subplot(cells[1, 1], projection="3d")
    bowl.plot_surface(W, B, loss, cmap="cividis", rcount=16, ccount=16, alpha=0.7)
    bowl.plot([w], [b], [height], "o", markersize=10, zorder=9, **here)
    bowl.set(xlabel="w", ylabel="b", title="MSE")
    bowl.view_init(elev=34, azim=-58)
    return fig, f"w = {w}, b = {b}: MSE {height:,.1f}"


def curve_and_residuals(x, y, curve, x_range, y_range):
    """Draw points with a fitted curve, and what the curve leaves over below.

    Parameters
    ----------
    curve : callable
        ``curve(x)`` gives the prediction for an array.
    x_range, y_range : tuple of float
        What to show; the range of ``x`` itself is shaded.
    """
    import matplotlib.pyplot as plt

    fig, (top, low) = plt.subplots(
        2, 1, figsize=(5.6, 5.2), height_ratios=[3, 2], sharex=True
    )
    dense = np.linspace(*x_range, 120)
    top.axvspan(x.min(), x.max(), color="#eeeeee")
    top.scatter(x, y, s=14, color=COLORS["blue"])
    top.plot(dense, curve(dense), color=COLORS["vermillion"])
    top.set(ylim=y_range, ylabel="y")
    low.axhline(0, color=COLORS["vermillion"], linewidth=1)
    low.scatter(x, y - curve(x), s=14, color=COLORS["blue"])
    low.set(xlabel="x", ylabel="residual")
    return fig


def memory_bars(ax, title: str, parts: dict[str, int], size_bytes: int) -> None:
    """Draw what of a memory is in use, and below it the part in use, enlarged.

    Parameters
    ----------
    parts : dict of str to int
        Up to six kinds of use, in bytes.
    size_bytes : int
        The whole memory.

    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots()
    >>> memory_bars(ax, "RAM", {"arena": 960, "stack": 200}, 262_144)
    >>> ax.get_title(loc="left")
    'RAM: 1,160 of 262,144 bytes'
    """
    used, left = sum(parts.values()), 0.0
    hues = [COLORS[c] for c in ("blue", "sky", "green", "orange", "purple", "black")]
    ax.barh([2, 2], [1, used / size_bytes], color=["#e4e4e4", COLORS["vermillion"]])
    for whole, enlarged in ((0, 0), (used / size_bytes, 1)):
        ax.plot([whole, enlarged], [1.6, 0.4], color=COLORS["grey"], linewidth=1)
    for hue, (name, count) in zip(hues, parts.items(), strict=False):
        width = count / used
        label = f"{name} {count:,}"
        ax.barh(0, width, left=left, color=hue, edgecolor="white", label=label)
        left += width
    ax.set_title(f"{title}: {used:,} of {size_bytes:,} bytes", loc="left")
    ax.set(xlim=(0, 1), xticks=[])
    ax.set_yticks([2, 0], ["all", "used"])
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0.02), ncols=2)
    ax.grid(visible=False)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.tick_params(length=0)


def mosaic(ax, x, texts, *, columns: int = 10, rows: int = 5, marked=()) -> None:
    """Draw pictures in a grid, each under a short text, in one image: that is fast.

    Parameters
    ----------
    x : ndarray (n, height, width, 1)
        Pictures with ink from 0 to 1; the first ``rows * columns`` are shown.
    texts : sequence
        What stands above each.
    marked : sequence of bool
        Which ones stand out, by colour and by a frame; none if it is empty.

    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots()
    >>> mosaic(ax, np.zeros((4, 8, 8, 1)), "0123", columns=2, rows=2)
    >>> [text.get_text() for text in ax.texts]
    ['0', '1', '2', '3']
    """
    from matplotlib.patches import Rectangle

    height, width = x.shape[1:3]
    tall, wide = round(height * 1.7), round(width * 1.2)
    sheet = np.zeros((rows * tall, columns * wide))
    count = min(len(x), rows * columns)
    for place in range(count):
        top, left = place // columns * tall, place % columns * wide
        down = tall - height
        sheet[top + down : top + tall, left : left + width] = x[place, ..., 0]
        mark = len(marked) > 0 and marked[place]
        color = COLORS["vermillion" if mark else "blue"]
        middle = left + width / 2 - 0.5
        ax.text(middle, top + down - 1.8, str(texts[place]), color=color, ha="center")
        if mark:
            corner = (left - 0.7, top + down - 0.7)
            frame = Rectangle(corner, width + 0.4, height + 0.4, fill=False, lw=2)
            frame.set(edgecolor=color, clip_on=False)
            ax.add_patch(frame)
    ax.imshow(sheet, cmap="Greys", vmin=0, vmax=1)
    ax.axis("off")


def gridworld(ax, values, symbols, marked=()) -> None:
    """Draw a room of square tiles, each with a symbol and, below it, its value.

    Parameters
    ----------
    values, symbols : dict
        By tile ``(row, column)``: a number from -1 to 1, and a short text. A place of
        the room that is in neither stays empty.
    marked : sequence of tiles
        Tiles with a frame.

    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots()
    >>> gridworld(ax, {(0, 0): 0.5, (0, 1): 1.0}, {(0, 0): "→", (0, 1): "end"})
    >>> [text.get_text() for text in ax.texts]
    ['→', '0.50', 'end', '1.00']
    """
    from matplotlib.patches import Rectangle

    ground = np.full(np.max(list(values), axis=0) + 1, np.nan)
    for (row, column), value in values.items():
        ground[row, column] = value
        symbol = symbols.get((row, column), "")
        style = {"ha": "center", "color": "white" if abs(value) > 0.6 else "black"}
        size = 18 if len(symbol) == 1 else 11
        ax.text(column, row - 0.02, symbol, fontsize=size, **style)
        ax.text(column, row + 0.32, f"{value:.2f}", fontsize=11, **style)
        if (row, column) in marked:
            corner = column - 0.45, row - 0.45
            ax.add_patch(Rectangle(corner, 0.9, 0.9, fill=False, lw=2.5))
    ax.imshow(ground, cmap="PuOr", vmin=-1.2, vmax=1.2)
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)


def _display(bundle: dict[str, str]) -> None:
    """Give a notebook the richest form, and a plain Python the text."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.display import display

    if InteractiveShell.initialized():
        display(bundle, raw=True)
    else:
        print(bundle["text/plain"])
