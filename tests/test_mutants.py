"""Reference solutions, each with one small change: a check notices nearly all."""

import contextlib

import mutants
import nbformat
import problem_sets
import pytest
from problem_sets import NAMES, assignment

NOTICED = 0.9  # what is left may be the same function, written otherwise
DESIGNS = {
    "build",
    "hand-in",
}  # a network: with one filter more it is as good an answer


@pytest.mark.slow
@pytest.mark.parametrize("name", [assignment(name) for name in NAMES])
def test_checks_notice_nine_of_ten_changes_of_a_solution(name, tmp_path):
    alive, total = [], 0
    with contextlib.chdir(tmp_path):
        for item in mutants.solution_cells(name):
            if item not in DESIGNS:
                living, count = mutants.survivors(name, item)
                alive += [f"{item}, {what}" for what, _ in living]
                total += count
    told = f"{len(alive)} of {total} live:\n" + "\n".join(alive)
    assert len(alive) <= (1 - NOTICED) * total, told


WRITTEN = """
def most(values):
    ### BEGIN SOLUTION
    best = values[0]
    while values:
        best = max(best, values.pop())
    return best
    ### END SOLUTION
"""


def survivors(monkeypatch, check):
    """Mutants of the function above that live under a check; how many there are."""
    cells = (
        (WRITTEN, {"grade_id": "most", "solution": True}),
        (check, {"grade_id": "check", "grade": True, "solution": False, "points": 1}),
    )
    made = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(source, metadata={"nbgrader": about})
            for source, about in cells
        ]
    )
    for module in (mutants, problem_sets):
        monkeypatch.setattr(module, "solution", lambda name: made)
    alive, count = mutants.survivors("any", "most")
    return {what for what, _ in alive}, count


def test_a_check_that_looks_at_nothing_lets_mutants_live(monkeypatch):
    monkeypatch.setattr(mutants, "SECONDS", 0.3)
    alive, count = survivors(monkeypatch, "assert most([3, 5, 4]) is not None")
    assert count == 6
    assert "line 6: name | best = max(best, values.pop())" in alive
    assert "line 4: number + 1 | best = values[0]" in alive
    assert "line 7: returns nothing | return best" not in alive


def test_a_check_that_looks_closely_lets_only_what_is_the_same_live(monkeypatch):
    """One mutant never ends, and one begins with another value: the same function."""
    monkeypatch.setattr(mutants, "SECONDS", 0.3)
    check = "assert [most([3, 5, 4]), most([7, 1]), most([2])] == [5, 7, 2]"
    alive, _ = survivors(monkeypatch, check)
    assert alive == set()
    alive, _ = survivors(
        monkeypatch, check.replace(", most([2])", "").replace(", 2]", "]")
    )
    assert alive == {"line 4: number + 1 | best = values[0]"}


def test_a_solution_that_fails_its_own_check_is_told(monkeypatch):
    with pytest.raises(AssertionError, match="the solution fails"):
        survivors(monkeypatch, "assert most([3, 5]) == 4")
