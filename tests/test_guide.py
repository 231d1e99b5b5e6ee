"""The instructor's guide does what it says: its commands and its code are run here."""

import getpass
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path

import hostile
import mutants
import nbformat
import problem_sets
import pytest
import test_assignments as rules
from nbformat.v4 import new_code_cell, new_notebook
from problem_sets import ROOT, graded, id_of
from traitlets.config import Config

from tinyml_course import chapters, grading
from tinyml_course.grading import batch, feedback
from tinyml_course.grading.keys import keyed

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parent
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


def told(name, **more):
    """What a cell of an assignment says of itself."""
    plain = {"grade": False, "solution": False, "locked": True, "task": False}
    return {"nbgrader": {**plain, "grade_id": name, "schema_version": 3, **more}}


def scores(verdict):
    items = (item for book in verdict["notebooks"] for item in book["items"])
    return {item["name"]: item["score"] for item in items}


# How to write an assignment


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """The page's example in a repository of its own: name, place, wrong answers."""
    root = tmp_path_factory.mktemp("repository")
    text = page("assignment")
    name = re.search(r"`assignments/src/(\w+)\.py`", text)[1]
    source, bank = blocks(text, "python")
    (root / "assignments" / "src").mkdir(parents=True)
    (root / "assignments" / "src" / f"{name}.py").write_text(source, "utf-8")
    chapters.build(root)
    module = types.ModuleType(f"wrong_solutions.{name}")
    exec(bank, module.__dict__)
    return name, root, module


@pytest.fixture
def example(repository, monkeypatch):
    """The name of the example, and where it is; the rules find it there."""
    name, root, module = repository
    monkeypatch.setattr(problem_sets, "ROOT", root)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return name, root


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
    mine = root / "assignments" / "source" / name
    shutil.copytree(mine, course / "source" / name)
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

    written = f"### BEGIN SOLUTION\n{SHOWN}\n### END SOLUTION"
    cells = [
        new_code_cell("import inspect\nimport numpy as np", metadata=told("given")),
        new_code_cell(written, metadata=told("all", solution=True, locked=False)),
    ]
    for number, (test, _) in enumerate(rows):
        about = told(f"row{number}", grade=True, points=1)
        cells.append(new_code_cell(test, metadata=about))
    (tmp_path / "source" / "rows").mkdir(parents=True)
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    path = tmp_path / "source" / "rows" / "rows.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    result = batch.grade("rows", tmp_path)
    assert result["plan"]["rows"]["failing"] == []
    beside = {f"row{k}" for k, (_, where) in enumerate(rows) if where == "beside"}
    assert set(result["plan"]["rows"]["shared"]) == beside


# What the grader does not defend

TELLS = """
import os
def double(x):
    asked.append(x)
    return 2 * x
asked = []
"""
HIDDEN = (
    "### BEGIN HIDDEN TESTS\nnumber = 19181\nassert double(number) == 38362\n"
    "### END HIDDEN TESTS"
)


def test_what_is_said_not_to_be_defended_is_not(tmp_path):
    """A function sees what it is asked, and where; its author does not read it."""
    cells = [
        new_code_cell(
            f"### BEGIN SOLUTION\n{TELLS}\n### END SOLUTION",
            metadata=told("double", solution=True, locked=False),
        ),
        new_code_cell(HIDDEN, metadata=told("any", grade=True, points=1)),
    ]
    (tmp_path / "source" / "week").mkdir(parents=True)
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    notebook = new_notebook(cells=cells)
    nbformat.write(notebook, tmp_path / "source" / "week" / "week.ipynb")
    spy = "print('asked for', asked, os.environ.get('NBGRADER_EXECUTION'))"
    notebook.cells.append(new_code_cell(spy))
    hand_in(tmp_path, "week", notebook, "spy", {"double": TELLS})
    (verdict,) = batch.grade("week", tmp_path)["verdicts"]
    assert scores(verdict) == {"any": 1}
    (path,) = feedback.write_feedback(tmp_path, "week")
    assert "asked for [19181] autograde" in json.dumps(verdict)
    assert "19181" not in path.read_text("utf-8")


@pytest.mark.parametrize("name", ["threat", "class", "assignment"])
def test_each_test_that_a_page_names_is_there(name):
    written = {path.name: path.read_text("utf-8") for path in TESTS.glob("test_*.py")}
    everything = "\n".join(written.values())
    for test in re.findall(r"`(test_\w+)`", page(name)):
        assert f"def {test}(" in everything, test
    for file in re.findall(r"`tests/(test_\w+\.py)`", page(name)):
        assert file in written


def test_each_number_on_the_page_about_threats_leads_to_a_test():
    claims, tests = page("threat").split("## The tests\n")
    listed = re.findall(r"(?m)^(\d+)\. `test_\w+`", tests)
    assert listed == [str(k + 1) for k in range(len(listed))]
    told = re.findall(r"\(([\d, ]+)\)", claims)
    assert {n for some in told for n in some.split(", ")} == set(listed)
    known = {case.name for case in hostile.HOSTILE}
    rows = re.findall(r"(?m)^\|.*\|(.*)\|$", claims)
    cases = {case for row in rows for case in re.findall(r"`(.*?)`", row)}
    assert len(cases) > 20
    assert cases <= known, cases - known


# From release to feedback

SET = "ps01"
SECONDS = 300  # of one command


def commands(text, *, exchange):
    """The commands of the page in their order, for a class with an exchange or not."""
    other = "Without" if exchange else "With the exchange"
    text = re.sub(rf"(?s):::{{tab-item}} {other}\n.*?\n:::\n", "", text)
    lines = "".join(blocks(text, "console")).splitlines()
    assert all(line.startswith("$ ") for line in lines)
    return [line[2:] for line in lines]


class Shell:
    """Runs commands as a person does, one after the other, at home in a folder."""

    def __init__(self, home):
        self.home = self.cwd = home
        beside = os.path.dirname(sys.executable)
        mine = {k: v for k, v in os.environ.items() if "JUPYTER" not in k}
        path = f"{beside}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**mine, "HOME": str(home), "PATH": path}

    def run(self, command, cwd=None):
        """What a command printed; it must succeed."""
        done = subprocess.run(
            f"set -e\n{command}\npwd > {self.home}/.cwd",
            shell=True,
            cwd=cwd or self.cwd,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr[-3000:]}"
        if cwd is None:
            self.cwd = Path((self.home / ".cwd").read_text().strip())
        return done.stdout


class Classroom:
    """A class of four, and what each command has to leave behind.

    Students are known by their accounts in an exchange, so one of them is the account
    that runs the tests.
    """

    def __init__(self, home, *, exchange):
        self.shell, self.exchange = Shell(home), home / "exchange" if exchange else None
        self.ada = getpass.getuser() if exchange else "ada"
        if exchange:
            found = blocks(page("class"), "python")
            (configured,) = (text for text in found if "Exchange.root" in text)
            self.exchange.mkdir(mode=0o1777)
            text = re.sub(r'(?<=root = ").*(?=")', str(self.exchange), configured)
            (home / ".jupyter").mkdir()
            (home / ".jupyter" / "nbgrader_config.py").write_text(text)

    @property
    def course(self):
        return self.shell.cwd

    def works(self, released):
        """Who hands in what: (notebook, solution cells that are wrong)."""
        bank = problem_sets.wrong_solutions(SET)
        right = {id_of(c): c.source for c in problem_sets.solution(SET).cells}
        stubs = {id_of(c): c.source for c in released.cells}
        item, wrong = next(iter(bank.items()))
        said = {
            self.ada: (right, set()),
            "bo.o_neil": (stubs, set(bank)),
            "cy": (right | {item: wrong[0][1]}, {item}),
            "dan": (right, set()),
        }
        made = {}
        for student, (answers, lost) in said.items():
            notebook = nbformat.from_dict(released)
            for cell in notebook.cells:
                if graded(cell).get("solution"):
                    words = cell.cell_type == "markdown" and student != "bo.o_neil"
                    mine = f"In my own words: {student}."
                    cell.source = mine if words else answers[id_of(cell)]
                if student == "dan" and graded(cell).get("grade"):
                    cell.source += "\n# everything passes"
            made[student] = notebook, lost
        return made

    def scores(self, student):
        """Everybody's automatic points in the gradebook."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.course / 'gradebook.db'}", "tinyml") as book:
            grades = book.find_submission(SET, student).notebooks[0].grades
            return {grade.name: grade.auto_score for grade in grades}

    # -- what happens before a command, and what it leaves

    def before_collect(self):
        desk = self.shell.home / "desk"
        desk.mkdir()
        self.shell.run(f"nbgrader fetch_assignment {SET} --course tinyml", desk)
        path = desk / SET / f"{SET}.ipynb"
        works = self.works(nbformat.read(path, as_version=4))
        nbformat.write(works[self.ada][0], path)
        self.shell.run(f"nbgrader submit {SET} --course tinyml", desk)
        (mine,) = (self.exchange / "tinyml" / "inbound").iterdir()
        for student in works.keys() - {self.ada}:
            other = mine.with_name(mine.name.replace(self.ada, student, 1))
            shutil.copytree(mine, other)
            (other / "submission_secret.txt").write_text(f"{student:>64}")
            nbformat.write(works[student][0], other / f"{SET}.ipynb")

    def before_zip_collect(self):
        released = self.course / "release" / SET / f"{SET}.ipynb"
        archive = self.course / "downloaded" / SET / "archive"
        archive.mkdir(parents=True)
        name = re.search(r"`(\w+_ada_attempt_[\d-]+_\w+\.ipynb)`", page("loop"))[1]
        for student, (notebook, _) in self.works(nbformat.read(released, 4)).items():
            nbformat.write(notebook, archive / name.replace("ada", student))

    def after_course(self, said):
        assert (self.shell.home / "mycourse.key").stat().st_mode & 0o777 == 0o600
        course = self.shell.home / "mycourse"
        assert (course / "students.zip").is_file()
        public = problem_sets.solution(SET)
        mine = nbformat.read(course / "source" / SET / f"{SET}.ipynb", as_version=4)
        pairs = zip(mine.cells, public.cells, strict=True)
        assert any("hidden_seed" in a.source != b.source for a, b in pairs)

    def after_cd(self, said):
        assert self.course == self.shell.home / "mycourse"

    def after_generate_assignment(self, said):
        released = self.course / "release" / SET / f"{SET}.ipynb"
        assert "HIDDEN TESTS" not in released.read_text()
        assert (self.course / "gradebook.db").is_file()
        (due,) = re.findall(r"(?m)^nbgrader db .*$", page("loop"))
        self.shell.run(due)

    def after_release_assignment(self, said):
        assert (self.exchange / "tinyml" / "outbound" / SET / f"{SET}.ipynb").is_file()

    def after_collect(self, said):
        found = {path.name for path in (self.course / "submitted").iterdir()}
        assert found == {self.ada, "bo.o_neil", "cy", "dan"}
        assert (self.course / "submitted" / "cy" / SET / f"{SET}.ipynb").is_file()

    after_zip_collect = after_collect

    def after_grade(self, said):
        assert f"{self.ada} " in said
        assert "to be given by hand" in said
        journal = (self.course / ".grading" / f"{SET}.jsonl").read_text()
        assert len(journal.splitlines()) == 4
        most = problem_sets.points(SET)
        released = self.course / "release" / SET / f"{SET}.ipynb"
        for student, (_, wrong) in self.works(nbformat.read(released, 4)).items():
            got = self.scores(student)
            lost = {name for name, points in most.items() if got[name] < points}
            for item, checks in problem_sets.checks_of(SET).items():
                assert bool(lost & checks) == (item in wrong), (student, item)

    def after_integrity(self, said):
        assert re.search(r"(?m)^ *dan.*\n?.* was edited", said), said
        assert "bo.o_neil" not in said

    def after_items(self, said):
        for name in problem_sets.points(SET):
            assert name in said

    def after_feedback(self, said):
        folder = self.course / "feedback"
        everybody = {path.parent.parent.name for path in folder.glob(f"*/{SET}/*.html")}
        assert everybody == {self.ada, "bo.o_neil", "cy", "dan"}
        text = (folder / "cy" / SET / f"{SET}.html").read_text()
        assert "Hint: " in text
        assert "HIDDEN" not in text

    def after_release_feedback(self, said):
        desk = self.shell.home / "desk"
        self.shell.run(f"nbgrader fetch_feedback {SET} --course tinyml", desk)
        (mine,) = (desk / SET / "feedback").glob(f"*/{SET}.html")
        given = self.course / "feedback" / self.ada / SET / f"{SET}.html"
        assert mine.read_bytes() == given.read_bytes()

    def after_scores(self, said):
        text = (self.course / f"{SET}.csv").read_text()
        for student in (self.ada, "bo.o_neil", "cy", "dan"):
            assert student in text


def test_settings_and_checks_on_the_page_about_a_class_work(tmp_path):
    for text in blocks(page("class"), "python"):
        settings = Config()
        exec(text, {"get_config": lambda settings=settings: settings})
        assert settings
    shell = Shell(tmp_path)
    said = [shell.run(command) for command in commands(page("class"), exchange=True)]
    assert "Every student command works here." in said[0]
    assert said[1] == "works\n"


def test_late_days_cost_what_the_page_says():
    text = " ".join(page("loop").split())
    assert "Five late days" in text
    assert "a tenth of the set's score" in text
    config = CONFIG.read_text("utf-8")
    assert "free_days = 5\n" in config
    assert "share_a_day = 0.1\n" in config


@pytest.mark.parametrize("exchange", [True, False], ids=["exchange", "no exchange"])
def test_the_ten_commands_lead_from_a_key_to_points(exchange, tmp_path):
    room = Classroom(tmp_path, exchange=exchange)
    done = []
    for command in commands(page("loop"), exchange=exchange):
        name = command.split()[0 if command.startswith("cd ") else 1]
        name = "items" if command.endswith("--items") else name
        getattr(room, f"before_{name}", lambda: None)()
        said = room.shell.run(command)
        getattr(room, f"after_{name}")(said)
        done.append(name)
    assert done[:2] == ["course", "cd"]
    assert done[-1] == "scores"
    assert len(done) - 1 == len(set(done)) - 1 == (10 if exchange else 8)
