"""The coverage table says what the cells' metadata say, and nothing is left out."""

import sys

import nbformat
import pytest

from tinyml_course import chapters

sys.path.insert(0, str(chapters.ROOT / "book"))
from objectives import coverage, graded_items, objectives

NOTEBOOKS = sorted((chapters.ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
ASSIGNMENTS = [path for _, path in chapters.assignments()]


def known_objectives():
    return [name for path in NOTEBOOKS for name in objectives(path)]


@pytest.fixture
def small(tmp_path):
    """A chapter of two objectives and an assignment that grades one of them."""
    v4 = nbformat.v4
    opening = (
        "# A title\n\n**You will**\n\n* **measure** it\n  well;\n* **ship** it.\n\n"
    )
    cells = [
        v4.new_markdown_cell(opening, metadata={"tinyml": {"objectives": ["a", "b"]}}),
        v4.new_markdown_cell("## First"),
    ]
    for role in ("explain", "predict", "explore", "check"):
        about = {"tinyml": {"objective": "a", "role": role}}
        cells.append(v4.new_code_cell("1", metadata=about))
    chapter, problem_set = tmp_path / "07_small.ipynb", tmp_path / "ps99.ipynb"
    nbformat.write(v4.new_notebook(cells=cells), chapter)
    item = {
        "tinyml": {"objective": "a"},
        "nbgrader": {"grade": True, "grade_id": "check-a"},
    }
    graded = v4.new_notebook(cells=[v4.new_code_cell("2", metadata=item)])
    nbformat.write(graded, problem_set)
    return chapter, problem_set


def test_a_row_says_where_an_objective_is_explained_tried_checked_and_graded(small):
    chapter, problem_set = small
    table = coverage([chapter], [problem_set])
    assert "## [07 A title](../chapters/07_small.ipynb)" in table
    row = ("**measure** it well (`a`)", "First", "First (predict); First (explore)")
    row += ("First", "[ps99](ps99.md): `check-a`")
    assert f"| {' | '.join(row)} |" in table
    assert "| **ship** it (`b`) |  |  |  | by its self-check only |" in table


def test_every_objective_of_the_course_is_explained_tried_and_checked():
    for row in coverage(NOTEBOOKS, ASSIGNMENTS).splitlines():
        if row.startswith("| **"):
            assert all(cell.strip() for cell in row.strip("|").split("|")), row


@pytest.mark.parametrize("path", ASSIGNMENTS, ids=lambda path: path.stem)
def test_every_graded_item_stands_for_objectives_of_the_course(path):
    of_objective = graded_items(path)
    assert set(of_objective) <= set(known_objectives())
    graded = [
        cell.metadata.nbgrader.grade_id
        for cell in nbformat.read(path, as_version=4).cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    ]
    assert {item for items in of_objective.values() for item in items} == set(graded)
