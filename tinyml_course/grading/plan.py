"""The reference solution comes in, how each test can be run comes out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tinyml_course.grading.names import (
    bound_names,
    changed_names,
    imported_as,
    imports_of,
    used_names,
)
from tinyml_course.grading.outputs import has_error, number_shown
from tinyml_course.grading.sheet import Sheet, assemble

if TYPE_CHECKING:
    from tinyml_course.grading.referee import Referee

__all__ = ["Plan", "make_plan"]


@dataclass(frozen=True)
class Plan:
    """How a notebook is graded, found out with the reference solution.

    Attributes
    ----------
    given : frozenset of str
        Cells that run on the tests' side too, because tests use their names.
    theirs : tuple of str
        Names that a solution is expected to bind.
    brief : dict
        Of given cells of which tests need nothing but imports: these lines.
    shared : dict
        Tests that have to run on the student's side, and why.
    modules : dict
        Names that a solution is expected to give to modules.
    touched : dict
        Names of what is given that a solution cell changes, by the cell.
    numeric : frozenset of str
        Tests whose last line is a number of points.
    files : frozenset of str
        The instructor's own files, which tests may import.
    seconds : dict
        The time that the reference solution took for a test.
    failing : dict
        Tests that the reference solution does not pass, and how it failed.
    notes : tuple of str
        Limits that the reference solution hit: there should be none.
    """

    given: frozenset = frozenset()
    theirs: tuple = ()
    brief: dict = field(default_factory=dict)
    shared: dict = field(default_factory=dict)
    modules: dict = field(default_factory=dict)
    touched: dict = field(default_factory=dict)
    numeric: frozenset = frozenset()
    files: frozenset = frozenset()
    seconds: dict = field(default_factory=dict)
    failing: dict = field(default_factory=dict)
    notes: tuple = ()


def make_plan(referee: Referee, sheet: Sheet, name: str, files: dict) -> Plan:
    """Find out with the reference solution how each test can be run."""
    work = [
        {"type": "code" if c.is_code else "markdown", "text": c.source}
        | {"name": c.name if "nbgrader" in c.metadata else None}
        | {"skip": c.is_code and not c.runs}
        for c in sheet.cells
    ]
    tests = [c for c in sheet.cells if c.kind == "test" and c.runs]
    solutions = [
        c for c in sheet.cells if c.kind in ("solution", "manual") and c.is_code
    ]
    theirs = sorted(set().union(*(bound_names(c.source) for c in solutions)))
    needed, made, given, brief = set(), set(), set(), {}
    for cell in tests:  # a name that tests make themselves needs no help
        made |= bound_names(cell.source)
        needed |= used_names(cell.source) - made
    gives, mixed, apart = set(), set(theirs), set()
    for cell in sheet.cells:  # what students make with their functions is asked of them
        if cell.kind == "free" and used_names(cell.source) & mixed:
            mixed |= bound_names(cell.source)
            apart.add(cell.name)
    for cell in reversed(sheet.cells):
        helps = bound_names(cell.source) & needed
        if cell.name in apart and not helps & set(imported_as(cell.source)):
            continue
        if cell.kind in ("given", "free") and cell.runs and helps:
            given.add(cell.name)
            gives |= helps
            bound, text = imports_of(cell.source)
            if helps <= bound:
                brief[cell.name] = text
            else:
                needed |= used_names(cell.source)
    cells, _ = assemble(sheet, work)

    def tried(plan: Plan) -> Plan:
        outputs, notes = referee.run(cells, plan, name, files, trial=True)
        failing = {c.name: outputs[c.name] for c in tests if has_error(outputs[c.name])}
        return replace(
            plan,
            shared={n: why for n, why in referee.unplain.items() if n not in failing},
            numeric=frozenset(
                c.name for c in tests if number_shown(outputs[c.name]) is not None
            ),
            seconds=dict(referee.seconds),
            failing=failing,
            notes=tuple(notes),
        )

    modules: dict = {}
    for cell in solutions:
        modules |= imported_as(cell.source)
    about = {"modules": modules, "files": frozenset(files)}
    base = Plan(frozenset(given), tuple(theirs), brief, **about)
    first = tried(base)
    if brief and (first.failing or first.shared):  # do tests need the whole cells?
        whole = tried(replace(base, brief={}))
        if len(whole.failing | whole.shared) < len(first.failing | first.shared):
            base, first = replace(base, brief={}), whole
    touched = {c.name: changed_names(c.source) & gives for c in solutions}
    if first.shared and any(touched.values()):  # do tests look at what was changed?
        second = tried(replace(base, touched=touched))
        if len(second.failing | second.shared) < len(first.failing | first.shared):
            return second
    return first
