"""Figures carry alt text and are reproducible; sentences are shown as text."""

import re

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
