"""Figures carry alt text and are reproducible; sentences are shown as text."""

import re

import numpy as np
import pytest

from tinyml_course import plots
from tinyml_course.errors import CourseError

plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture
def fig():
    plots.use_style()
    fig, ax = plt.subplots()
    ax.plot([0, 1], [0, 2])
    yield fig
    plt.close("all")


def test_alt_text_is_in_the_html_and_escaped(fig):
    page = plots.picture(fig, 'A line from 0 to 2, "steep", x < y.')
    assert 'alt="A line from 0 to 2, &quot;steep&quot;, x &lt; y."' in page
    assert page.count("<img") == 1


def test_a_picture_shrinks_to_a_narrow_page(fig):
    page = plots.picture(fig, "A rising straight line.")
    assert "max-width: 100%" in page
    assert 'width="560"' in page


@pytest.mark.parametrize("alt", ["", "figure", "figure 1"])
def test_a_figure_without_a_description_is_refused(fig, alt):
    with pytest.raises(CourseError, match="what it shows"):
        plots.show(fig, alt=alt)


def test_equal_figures_are_equal_bytes(fig):
    again, ax = plt.subplots()
    ax.plot([0, 1], [0, 2])
    assert plots.to_png(fig) == plots.to_png(again)


def test_show_closes_the_figure_so_that_it_is_not_drawn_twice(fig, capsys):
    plots.show(fig, alt="A rising straight line.")
    assert plt.get_fignums() == []
    assert capsys.readouterr().out == "Figure: A rising straight line.\n"


def test_colours_are_plain_hex_and_distinct():
    assert all(re.fullmatch("#[0-9A-F]{6}", value) for value in plots.COLORS.values())
    assert len(set(plots.COLORS.values())) == len(plots.COLORS)


def test_memory_bars_label_each_part_and_add_them_up(fig):
    (ax,) = fig.axes
    plots.memory_bars(ax, "RAM", {"arena": 3_000, "stack": 1_000}, 8_000)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["arena 3,000", "stack 1,000"]
    widths = [bar.get_width() for bar in ax.patches]
    assert widths == [1, 0.5, 0.75, 0.25]  # all, in use; then the parts of that
    assert ax.get_title(loc="left") == "RAM: 4,000 of 8,000 bytes"


def test_a_mosaic_shows_each_picture_once_and_frames_the_marked(fig):
    (ax,) = fig.axes
    x = np.zeros((3, 8, 8, 1))
    x[1] = 1
    plots.mosaic(ax, x, "abc", columns=2, rows=2, marked=[False, False, True])
    assert [text.get_text() for text in ax.texts] == ["a", "b", "c"]
    assert ax.images[0].get_array().sum() == 64
    assert len(ax.patches) == 1
