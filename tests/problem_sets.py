"""What tests of assignments share: the solution version, its cells, and a quick run."""

import ast
import contextlib
import importlib
import io
import re
import warnings
from functools import cache

import nbformat
import pytest

from tinyml_course import chapters

ROOT = chapters.ROOT
NAMES = [text.stem for text, _ in chapters.assignments()]
TRAINS = {"ps05", "ps10"}  # their checks, or their solutions, train networks


def assignment(name, *rest, **kwargs):
    """One case of a test, marked where it needs TensorFlow."""
    marks = [pytest.mark.tf] * (name in TRAINS)
    return pytest.param(name, *rest, marks=marks, **kwargs)


def solution(name):
    """The solution version, as a fresh notebook."""
    path = ROOT / "assignments" / "source" / name / f"{name}.ipynb"
    return nbformat.read(path, as_version=4)


def wrong_solutions(name):
    """``{solution cell: [(label, source), ...]}``."""
    return importlib.import_module(f"wrong_solutions.{name}").WRONG


def graded(cell):
    return cell.metadata.get("nbgrader", {})


def id_of(cell):
    return graded(cell).get("grade_id")


def points(name):
    """Points of each automatically graded cell."""
    return {
        id_of(cell): graded(cell)["points"]
        for cell in solution(name).cells
        if graded(cell).get("grade") and not graded(cell)["solution"]
    }


def checks_of(name):
    """The graded cells of each solution cell: those that follow it."""
    checks, item = {}, None
    for cell in solution(name).cells:
        if graded(cell).get("solution") and cell.cell_type == "code":
            item = id_of(cell)
            checks[item] = set()
        elif id_of(cell) in points(name):
            checks[item].add(id_of(cell))
    return checks


def hidden_lines(source):
    """What stands between the marks of hidden tests."""
    lines, inside = [], False
    for line in source.splitlines():
        if "BEGIN HIDDEN TESTS" in line:
            inside = True
        elif "END HIDDEN TESTS" in line:
            inside = False
        elif inside:
            lines.append(line)
    return lines


def without_hidden(source):
    hidden = r"(?ms)^### BEGIN HIDDEN TESTS.*?^### END HIDDEN TESTS$"
    return re.sub(hidden, "", source)


@cache
def compiled(source, name):
    """The cell's statements, and its last line where that is an expression."""
    tree, last = ast.parse(source), None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)
        last = compile(last, name, "eval")
    return compile(tree, name, "exec"), last


def failures(notebook, *, replaced=None, hidden=True, checks=None, namespace=None):
    """Run the code cells in one namespace; each cell that raised, and what.

    A test whose last line gives fewer points than there are has failed, too. With
    ``checks``, only these graded cells are run, and no cell that says *Try it*.
    """
    namespace, failed = {} if namespace is None else namespace, {}
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        source = (replaced or {}).get(id_of(cell), cell.source)
        if (replaced or checks is not None) and source.startswith("# Try it"):
            continue  # students change these cells, so no graded one may lean on them
        is_test = graded(cell).get("grade")
        if is_test and checks is not None and id_of(cell) not in checks:
            continue
        if is_test and not hidden:
            source = without_hidden(source)
        try:
            with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                # nbgrader gives no points where a test cell writes to stderr
                warnings.simplefilter("error" if is_test else "ignore")
                statements, last = compiled(source, id_of(cell) or str(number))
                exec(statements, namespace)
                value = eval(last, namespace) if last else None
            if is_test and isinstance(value, float):
                assert value >= graded(cell)["points"], f"{value} points"
        except Exception as error:
            failed[id_of(cell) or number] = error
    return failed


@cache
def rejects(name, item, source, *, hidden=True):
    """The checks of one solution cell that fail when it holds ``source``."""
    mine = checks_of(name)[item]
    failed = failures(
        solution(name), replaced={item: source}, hidden=hidden, checks=mine
    )
    return frozenset(failed) & frozenset(mine)
