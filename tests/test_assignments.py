"""Every assignment grades what it says: solutions, wrong solutions, points, hints."""

import ast
import contextlib
import re

import pytest
from problem_sets import (
    NAMES,
    assignment,
    checks_of,
    failures,
    graded,
    hidden_lines,
    id_of,
    points,
    rejects,
    solution,
    wrong_solutions,
)

from tinyml_course import chapters


@pytest.fixture(scope="module", autouse=True)
def desk(tmp_path_factory):
    """A folder to work in: ps10 has a model's file beside the notebook."""
    with contextlib.chdir(tmp_path_factory.mktemp("desk")):
        yield


every_assignment = pytest.mark.parametrize("name", [*map(assignment, NAMES)])


def test_each_solution_version_is_what_its_text_makes():
    made = {notebook for _, notebook in chapters.assignments()}
    stale = [path.name for path in chapters.build(check=True) if path in made]
    assert stale == [], "run: python -m tinyml_course.chapters build"


@every_assignment
def test_the_solution_passes_every_cell(name):
    assert failures(solution(name)) == {}


@every_assignment
def test_grade_ids_are_unique_and_points_are_as_told(name):
    cells = solution(name).cells
    ids = [id_of(cell) for cell in cells if id_of(cell)]
    assert len(ids) == len(set(ids))
    told = re.search(r"\*\*Points:\*\* (\d+)", cells[0].source)
    total = sum(graded(c)["points"] for c in cells if graded(c).get("grade"))
    assert total == int(told[1])
    text = "\n".join(c.source for c in cells if c.cell_type == "markdown")
    parts = re.findall(r"(?m)^## Part .*\((\d+) points?\)", text)
    assert sum(map(int, parts)) == total


@every_assignment
def test_every_check_has_a_hint_and_enough_of_them_are_hidden(name):
    checks = [cell for cell in solution(name).cells if id_of(cell) in points(name)]
    assert [id_of(c) for c in checks if "### HINT: " not in c.source] == []
    hidden = [c for c in checks if hidden_lines(c.source)]
    assert 3 * len(hidden) >= len(checks)


@every_assignment
def test_every_solution_cell_has_two_wrong_solutions_or_more(name):
    bank = wrong_solutions(name)
    assert set(bank) == set(checks_of(name))
    assert min(len(wrong) for wrong in bank.values()) >= 2


@pytest.mark.parametrize(
    ("name", "item", "source"),
    [
        assignment(name, item, source, id=f"{name}-{item}: {label}")
        for name in NAMES
        for item, wrong in wrong_solutions(name).items()
        for label, source in wrong
    ],
)
def test_a_wrong_solution_fails_checks_of_its_own_item(name, item, source):
    assert rejects(name, item, source)


@every_assignment
def test_every_check_rejects_something(name):
    bank = wrong_solutions(name).items()
    failed = [
        rejects(name, item, source) for item, wrong in bank for _, source in wrong
    ]
    assert set().union(*failed) == set(points(name))


@every_assignment
def test_about_half_of_the_wrong_solutions_pass_what_students_see(name):
    passed = [
        not rejects(name, item, source, hidden=False)
        for item, wrong in wrong_solutions(name).items()
        for _, source in wrong
    ]
    assert 0.35 <= sum(passed) / len(passed) <= 0.75


@every_assignment
def test_the_checks_of_a_function_need_those_of_no_other(name):
    for item, mine in checks_of(name).items():
        assert failures(solution(name), checks=mine) == {}, item


@every_assignment
def test_the_checks_of_a_function_call_no_other(name):
    """So a wrong solution fails the checks of its own item and no others."""
    cells = [c for c in solution(name).cells if c.cell_type == "code"]
    home = {}
    for cell in cells:
        if graded(cell).get("solution"):
            for node in ast.parse(cell.source).body:
                if isinstance(node, ast.FunctionDef):
                    home[node.name] = id_of(cell)
    owner = {check: item for item, mine in checks_of(name).items() for check in mine}
    for cell in cells:
        if id_of(cell) in owner:
            used = {n.id for n in ast.walk(ast.parse(cell.source)) if hasattr(n, "id")}
            owners = {home[word] for word in used if word in home}
            assert owners <= {owner[id_of(cell)]}, id_of(cell)


@every_assignment
def test_what_grading_leaves_out_is_there_to_try_and_says_so(name):
    """No test needs it: the tests above run the checks without cells to try."""
    for cell in solution(name).cells:
        if "skip-execution" in cell.metadata.get("tags", ()):
            assert not graded(cell)
            assert cell.source.startswith("# Try it")
            assert "grading leaves this cell out" in cell.source


@every_assignment
def test_functions_stand_alone(name):
    """A mistake in one function costs the points of no other."""
    cells = [c for c in solution(name).cells if c.cell_type == "code"]
    mine = {id_of(c): c for c in cells if graded(c).get("solution")}
    names = {
        node.name: key
        for key, cell in mine.items()
        for node in ast.parse(cell.source).body
        if isinstance(node, ast.FunctionDef)
    }
    assert len(names) == len(mine)
    for key, cell in mine.items():
        used = {n.id for n in ast.walk(ast.parse(cell.source)) if hasattr(n, "id")}
        others = {name for name, home in names.items() if home != key}
        assert not used & others, key
