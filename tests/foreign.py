"""A course that is not ours, and work handed in for it."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

HONEST = {
    "double": "def double(x):\n    return 2 * x",
    "sort": "def in_place(items):\n    items.sort()",
    "answer": "answer = 41 + 1",
    "table": "def best(table):\n    return table['points'].max()",
    "stack": (
        "class Stack:\n    def __init__(self):\n        self.items = []\n"
        "    def push(self, x):\n        self.items.append(x)\n"
        "    def pop(self):\n        return self.items.pop()"
    ),
    "twice": "def twice(f, x):\n    return f(f(x))",
    "words": "I wrote this myself.",
}
TESTS = {
    "double-value": (2, "assert double(3) == 6\nassert double(0.5) == 1.0"),
    "double-array": (
        2,
        "### HINT: An array is doubled number by number.\n"
        "### BEGIN HIDDEN TESTS\n"
        "secret = np.array([1918, 2025])\n"
        "assert np.array_equal(double(secret), 2 * secret)\n### END HIDDEN TESTS",
    ),
    "sort-place": (1, "mine = [3, 1, 2]\nin_place(mine)\nassert mine == [1, 2, 3]"),
    "answer-value": (1, "assert answer == 42\nassert isinstance(answer, int)"),
    "answer-part": (4, "half = 4 * (answer == 42) / 2\nhalf"),
    "table-best": (
        1,
        "import pandas as pd\nassert best(pd.DataFrame({'points': [1, 5, 2]})) == 5",
    ),
    "stack-pops": (1, "s = Stack()\ns.push(1)\ns.push(2)\nassert s.pop() == 2"),
    "twice-more": (1, "assert twice(lambda x: x + step, 1) == 1 + 2 * step"),
}
ORDER = "double double-value double-array sort sort-place answer answer-value".split()
ORDER += "answer-part table table-best stack stack-pops twice twice-more words".split()
FULL = 2 + 2 + 1 + 1 + 2 + 1 + 1 + 1


def told(name, **more):
    plain = {"grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": {**plain, "grade_id": name, "schema_version": 3, **more}}


def source_notebook():
    cells = [
        new_markdown_cell("# A set of problems"),
        new_code_cell("import numpy as np"),
        new_code_cell("step = 5", metadata=told("given", locked=True)),
    ]
    for name in ORDER:
        if name in TESTS:
            points, text = TESTS[name]
            about = told(name, grade=True, locked=True, points=points)
            cells.append(new_code_cell(text, metadata=about))
        elif name == "words":
            about = told(name, grade=True, solution=True, points=3)
            cells.append(new_markdown_cell("A model answer.", metadata=about))
        else:
            text = f"### BEGIN SOLUTION\n{HONEST[name]}\n### END SOLUTION"
            about = told(name, solution=True)
            cells.append(new_code_cell(text, metadata=about))
    return new_notebook(cells=cells)


def new_course(root):
    """Names of folders of its own, no hook of the course."""
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        "c.CourseDirectory.course_id = 'other'\n"
        "c.CourseDirectory.submitted_directory = 'handed_in'\n"
        "c.CourseDirectory.db_url = 'sqlite:///%s'\n" % (root / "grades.sqlite")
    )
    (root / "source" / "week1").mkdir(parents=True)
    nbformat.write(source_notebook(), root / "source" / "week1" / "set.ipynb")
    return root


def hand_in(root, student, content=None, *, at=2, inject=None, **answers):
    """A submission: the honest one, with other answers or one more cell."""
    folder = root / "handed_in" / student / "week1"
    folder.mkdir(parents=True, exist_ok=True)
    if content is None:
        notebook = source_notebook()
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in HONEST:
                cell.source = answers.get(name, HONEST[name])
            cell.source = cell.source.split("### BEGIN HIDDEN")[0].rstrip()
        if inject is not None:
            notebook.cells.insert(at, new_code_cell(inject))
        content = nbformat.writes(notebook)
    (folder / "set.ipynb").write_bytes(
        content if isinstance(content, bytes) else content.encode()
    )
    return folder


def scores(verdict):
    items = (item for book in verdict["notebooks"] for item in book["items"])
    return {item["name"]: item["score"] for item in items}


def total(verdict):
    return sum(score or 0 for score in scores(verdict).values())
