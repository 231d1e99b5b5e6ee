"""What courses do in practice is graded as nbgrader grades it, item by item."""

import shutil

import nbformat
import pytest
from foreign import scores, told
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from real_nbgrader import nbgrader

from tinyml_course.grading import batch

pytestmark = pytest.mark.slow

# what is given | the solution | tests of it, each worth two points
FIRST = [
    ("given", "import pandas as pd\n%matplotlib inline\nfrom utils import close"),
    ("given", "table = pd.read_csv('data.csv')\nrate = 2"),
    ("free", "rate_seen = rate\n!echo a line of the shell"),
    ("skipped", "rate = 5\nraise RuntimeError('long, and for the student alone')"),
    ("area", "import math\nimport numpy as np\n"
     "def area(r):\n    return math.pi * r**2"),
    ("area-1", "found = area(2)\nassert close(found, 4 * np.pi)"),
    ("area-2", "assert found > 12\ndef half(x):\n    return x / 2"),
    ("area-3", "assert close(half(area(1)), np.pi / 2)"),
    ("ratio", "table['ratio'] = table.a / table.b\n"
     "table.drop(columns='b', inplace=True)"),
    ("ratio-1", "assert list(table.columns) == ['a', 'ratio']"),
    ("ratio-2", "score = 2 * np.isclose(table.ratio, [0.5, 2.0]).mean()\nfloat(score)"),
    ("count", "class Counter:\n    def __init__(self):\n        self.n = 0\n"
     "    def up(self):\n        self.n += 1\n        return self"),
    ("count-1", "assert half(Counter().up().up().n) == 1"),
    ("count-2", "import inspect\nassert 'self.n' in inspect.getsource(Counter.up)"),
    ("chart", "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\n"
     "ax.plot([1, 2], label='volts')\nax.set_xlabel('time')"),
    ("chart-1", "assert ax.get_xlabel() == 'time'\nassert len(ax.lines) == 1"),
    ("late", "import asyncio\nasync def soon(x):\n    await asyncio.sleep(0)\n"
     "    return x\nlater = await soon(3)"),
    ("late-1", "assert later == 3\nassert await soon(4) == 4"),
    ("money", "%%time\ndef money(x):\n    return rate * x"),
    ("rate", "mine = 3 * rate"),
    ("rate-1", "assert mine == 6"),
    ("money-1", "rate = 10\nassert money(3) == 30"),
]  # fmt: skip
SECOND = [
    ("adder", "def adder(n, *, more=0):\n    return lambda x: x + n + more"),
    ("adder-1", "assert adder(3)(4) == 7\nassert adder(3, more=1)(4) == 8"),
    ("greet", "def greet(name):\n    print('hello', name)"),
    ("greet-1", "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) "
     "as out:\n    greet('ada')\nassert out.getvalue() == 'hello ada\\n'"),
    ("ask", "def ask():\n    return int(input('?')) + 1"),
    ("ask-1", "from unittest.mock import patch\n"
     "with patch('builtins.input', return_value='41'):\n    assert ask() == 42"),
    ("root", "class Negative(ValueError):\n    pass\ndef root(x):\n    if x < 0:\n"
     "        raise Negative(f'{x} is negative')\n    return x ** 0.5"),
    ("root-1", "try:\n    root(-4)\nexcept ValueError as error:\n"
     "    assert 'negative' in str(error)\nelse:\n    assert False"),
    ("draw", "import numpy as np\ndef draw(n):\n    return np.random.normal(size=n)"),
    ("draw-1", "np.random.seed(0)\nassert abs(draw(3)[0] - 1.764052) < 1e-6"),
    ("steps", "def steps(n):\n    while True:\n        yield n\n        n += 1"),
    ("steps-1", "import itertools\nassert [*itertools.islice(steps(3), 2)] == [3, 4]"),
    ("lines", "files = !echo one\nwith open('mine.txt', 'w') as f:\n    f.write('x')"),
    ("lines-1", "assert files == ['one']\nassert open('mine.txt').read() == 'x'"),
    ("parts", "def parts():\n    return {'a': (1, 2.5)}, [None, True]"),
    ("parts-1", "one, two = parts()\n(one['a'][0] == 1) + (two == [None, True])"),
    ("by-hand", "kept = [3]"),
    ("kept-1", "assert kept[0] == 3"),
]  # fmt: skip
WORK = {
    "full": {},
    "untouched": None,
    "some": {
        "area": "import math, numpy as np\ndef area(r):\n    return 2 * math.pi * r",
        "ratio": "table['ratio'] = [0.5, 0.0]",
        "count": "class Counter:\n    n = 0\n    def up(self):\n        return self",
        "chart": "fig = ax = None",
        "adder": "def adder(n):\n    return lambda x: x + n",
        "greet": "def greet(name):\n    return name",
        "root": "def root(x):\n    raise TypeError('negative')",
        "parts": "def parts():\n    return {'a': (1, 2)}, []",
        "by-hand": "kept = [4]  # my own",
    },
    "noisy": {
        "area": "import sys, math, numpy as np\ndef area(r):\n"
        "    print('careful', file=sys.stderr)\n    return math.pi * r**2",
        "adder": "import warnings\ndef adder(n, more=0):\n    warnings.warn('old')\n"
        "    return lambda x: x + n + more",
        "money": "def money(x):\n    raise NotImplementedError",
        "steps": "def steps(n):\n    return iter(range(n, 99))",
        "lines": "files = None",
        "late": "later = 3\nasync def soon(x):\n    return x",
    },
}


def notebook(rows):
    cells = [new_markdown_cell("# Week 1")]
    for number, (name, text) in enumerate(rows):
        if name == "free":
            cells.append(new_code_cell(text))
        elif name == "skipped":
            tags = {"tags": ["skip-execution"]}
            cells.append(new_code_cell(text, metadata=tags))
        elif name == "given":
            about = told(f"given-{number}", locked=True)
            cells.append(new_code_cell(text, metadata=about))
        elif name[-1].isdigit():
            about = told(name, grade=True, locked=True, points=2)
            cells.append(new_code_cell(text, metadata=about))
        else:
            hand = {"grade": True, "points": 3} if name == "by-hand" else {}
            text = f"### BEGIN SOLUTION\n{text}\n### END SOLUTION"
            if text.count("%%"):  # a cell's magic has to be its first line
                magic, _, rest = text.partition("\n")[2].partition("\n")
                text = f"{magic}\n### BEGIN SOLUTION\n{rest}"
            about = told(name, solution=True, **hand)
            cells.append(new_code_cell(text, metadata=about))
    about = told("a-task", task=True, points=5, locked=True)
    cells.append(new_markdown_cell("Draw something.", metadata=about))
    return new_notebook(cells=cells)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """By nbgrader and by us: {student: {item: points or None}}, and what we planned."""
    root = tmp_path_factory.mktemp("features")
    (root / "nbgrader_config.py").write_text("c = get_config()\n")
    source = root / "source" / "week1"
    source.mkdir(parents=True)
    for name, rows in (("first", FIRST), ("second", SECOND)):
        nbformat.write(notebook(rows), source / f"{name}.ipynb")
    (source / "utils.py").write_text("def close(a, b):\n    return abs(a - b) < 1e-9\n")
    (source / "data.csv").write_text("a,b\n1,2\n4,2\n")
    nbgrader(root, "generate_assignment", "week1")
    for student, answers in WORK.items():
        folder = root / "submitted" / student / "week1"
        folder.mkdir(parents=True)
        for name in ("first", "second"):
            release = root / "release" / "week1" / f"{name}.ipynb"
            mine = nbformat.read(release, as_version=4)
            theirs = nbformat.read(source / f"{name}.ipynb", as_version=4)
            for cell, full in zip(mine.cells, theirs.cells, strict=True):
                about = full.metadata.get("nbgrader", {})
                if about.get("solution") and answers is not None:
                    cell.source = answers.get(about["grade_id"], full.source)
            nbformat.write(mine, folder / f"{name}.ipynb")
    ours = batch.grade("week1", root, seconds=10)
    batch.close_rooms()
    (root / "gradebook.db").unlink()
    shutil.rmtree(root / "autograded")
    nbgrader(root, "generate_assignment", "week1", "--force")
    nbgrader(root, "autograde", "week1")
    from nbgrader.api import Gradebook

    found = {}
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        for submission in book.assignment_submissions("week1"):
            found[submission.student.id] = {
                grade.name: (None if grade.needs_manual_grade else grade.score)
                for part in submission.notebooks
                for grade in part.grades
            }
    return found, {v["student"]: scores(v) for v in ours["verdicts"]}, ours["plan"]


@pytest.mark.parametrize("student", WORK)
def test_each_item_gives_what_nbgrader_gives(graded, student):
    theirs, ours, _ = graded
    assert ours[student] == theirs[student]


def test_the_reference_solution_gets_it_all(graded):
    _, ours, plan = graded
    assert [told["failing"] for told in plan.values()] == [[], []]
    assert {n for n, points in ours["full"].items() if points is None} == {
        "by-hand",
        "a-task",
    }
    assert all(points in (2, None) for points in ours["full"].values())


def test_a_test_runs_on_the_students_side_only_where_it_has_to(graded):
    _, _, plan = graded
    assert {name for told in plan.values() for name in told["shared"]} == {
        *("count-1", "count-2"),  # a class
        *("chart-1", "late-1"),  # a figure, a coroutine
        *("money-1", "ask-1", "draw-1"),  # a name, a function, a state that is changed
        *("steps-1", "lines-1"),  # values without end, a file
    }
