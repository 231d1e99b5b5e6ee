"""The instructor's guide does what it says: its commands and its code are run here."""

import inspect
import re
import sys
import types

import mutants
import nbformat
import problem_sets
import pytest
import test_assignments as rules
from nbformat.v4 import new_code_cell, new_notebook
from problem_sets import ROOT, graded, id_of

from tinyml_course import chapters, grading
from tinyml_course.grading import batch
from tinyml_course.grading.keys import keyed

pytestmark = pytest.mark.slow

CONFIG = ROOT / "assignments" / "nbgrader_config.py"


def page(name):
    return (ROOT / "book" / "instructors" / f"{name}.md").read_text(encoding="utf-8")


def blocks(text, language):
    """The blocks of code of one language."""
    return re.findall(rf"(?s)```{language}\n(.*?)```", text)


def hand_in(course, name, released, student, answers):
    """A submission: the release with some answers."""
    notebook = nbformat.from_dict(released)
    for cell in notebook.cells:
        if graded(cell).get("solution"):
            cell.source = answers.get(id_of(cell), cell.source)
    folder = course / "submitted" / student / name
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")


def scores(verdict):
    items = (item for book in verdict["notebooks"] for item in book["items"])
    return {item["name"]: item["score"] for item in items}


# How to write an assignment


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The page's example in a repository of its own: its name, where it is."""
    root = tmp_path_factory.mktemp("repository")
    text = page("assignment")
    name = re.search(r"`assignments/src/(\w+)\.py`", text)[1]
    source, bank = blocks(text, "python")
    (root / "assignments" / "src").mkdir(parents=True)
    (root / "assignments" / "src" / f"{name}.py").write_text(source, "utf-8")
    chapters.build(root)
    module = types.ModuleType(f"wrong_solutions.{name}")
    exec(bank, module.__dict__)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(problem_sets, "ROOT", root)
        patch.setitem(sys.modules, module.__name__, module)
        yield name, root


EVERY_RULE = [
    test
    for name, test in vars(rules).items()
    if name.startswith("test_") and [*inspect.signature(test).parameters] == ["name"]
]


@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: rule.__name__)
def test_the_example_keeps_the_rules_of_the_courses_own_sets(example, rule):
    assert len(EVERY_RULE) > 8
    rule(example[0])


def test_each_wrong_answer_of_the_example_is_noticed(example):
    name, _ = example
    for item, wrong in problem_sets.wrong_solutions(name).items():
        for _, source in wrong:
            assert problem_sets.rejects(name, item, source)


def test_the_examples_tests_notice_nine_of_ten_mutants(example):
    alive, total = mutants.survivors(example[0], "days")
    assert total > 10
    assert len(alive) <= total / 10, alive


def test_the_example_takes_numbers_from_a_key(example):
    name, _ = example
    public = problem_sets.solution(name)
    for key in (b"one", b"another"):
        mine = keyed(public, name, key)
        changed = {
            id_of(cell)
            for cell, before in zip(mine.cells, public.cells, strict=True)
            if cell.source != before.source
        }
        assert changed == {"student-data", "days-any"}
        assert problem_sets.failures(mine) == {}


def test_the_example_is_graded_as_the_page_says(example, tmp_path):
    name, root = example
    grading.release(root / "assignments" / "source", tmp_path / "given")
    path = tmp_path / "given" / name / f"{name}.ipynb"
    released = nbformat.read(path, as_version=4)
    hidden = [cell.source for cell in released.cells if id_of(cell) == "days-any"]
    assert hidden == ["# 2 points, hidden: " + hidden[0].partition("hidden: ")[2]]
    course = tmp_path / "course"
    (course / "source").mkdir(parents=True)
    (root / "assignments" / "source" / name).rename(course / "source" / name)
    (course / "nbgrader_config.py").write_text(CONFIG.read_text("utf-8"), "utf-8")
    reference = nbformat.read(course / "source" / name / f"{name}.ipynb", 4)
    answers = {id_of(cell): cell.source for cell in reference.cells}
    bank = dict(problem_sets.wrong_solutions(name)["days"])
    hand_in(course, name, released, "all", answers)
    hand_in(course, name, released, "nothing", {})
    half = {"days": bank["the current asleep is forgotten"]}
    hand_in(course, name, released, "half", half)
    result = batch.grade(name, course)
    assert result["plan"][name] == {"shared": {}, "failing": [], "notes": []}
    said = {verdict["student"]: scores(verdict) for verdict in result["verdicts"]}
    assert said["all"] == {"days-example": 1, "days-any": 2}
    assert said["half"] == {"days-example": 1, "days-any": 1}
    assert said["nothing"] == {"days-example": 0, "days-any": 0}


SHOWN = """
import matplotlib.pyplot as plt
import pandas as pd

def double(x):
    return 2 * x
def twice(f, x):
    return f(f(x))
class Stack:
    def __init__(self):
        self.items = []
    def push(self, x):
        self.items.append(x)
        return self
prices = pd.DataFrame({"apple": [3, 5], "pear": [4, 4]})
_, axes = plt.subplots()
axes.set_xlabel("time (s)");
"""


def test_each_row_about_what_a_test_may_ask_is_so(tmp_path):
    """The tests of the table, in one notebook: those that run beside the student's."""
    rows = re.findall(r"(?m)^\| `(assert .*)` \| (apart|beside) \|", page("assignment"))
    assert len(rows) >= 7

    def about(name, **more):
        plain = {"grade": False, "solution": False, "locked": True, "task": False}
        return {"nbgrader": {**plain, "grade_id": name, "schema_version": 3, **more}}

    written = f"### BEGIN SOLUTION\n{SHOWN}\n### END SOLUTION"
    cells = [
        new_code_cell("import inspect\nimport numpy as np", metadata=about("given")),
        new_code_cell(written, metadata=about("all", solution=True, locked=False)),
    ]
    for number, (test, _) in enumerate(rows):
        told = about(f"row{number}", grade=True, points=1)
        cells.append(new_code_cell(test, metadata=told))
    (tmp_path / "source" / "rows").mkdir(parents=True)
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    path = tmp_path / "source" / "rows" / "rows.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    result = batch.grade("rows", tmp_path)
    assert result["plan"]["rows"]["failing"] == []
    beside = {f"row{k}" for k, (_, where) in enumerate(rows) if where == "beside"}
    assert set(result["plan"]["rows"]["shared"]) == beside
