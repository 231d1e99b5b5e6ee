"""Each chapter, run a second time: the same numbers, and its code checks at work.

After a cell with a `Check` of code, each answer of the table (`self_checks/NN.py`) is
executed where the student would write it, judged by the check, and taken back.
"""

import ast
import importlib
import json
import os
import re

import nbformat
import pytest
from nbclient import NotebookClient

from tinyml_course import chapters

NOTEBOOKS = sorted((chapters.ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
BY_NUMBER = {path.name[:2]: path for path in NOTEBOOKS}

pytestmark = pytest.mark.slow

# In the kernel: every Check is kept where the test can ask it.
KEEP = """
import tinyml_course.widgets.check as _module
_module.kept, _first = [], _module.Check.__init__
def _init(self, *args, **named):
    _first(self, *args, **named)
    _module.kept.append(self)
_module.Check.__init__ = _init
"""
JUDGE = """
def _judge(answers):
    import contextlib, io, json
    import IPython
    import tinyml_course.widgets.check as module
    shell, check = IPython.get_ipython(), module.kept[-1]
    before, verdicts = dict(shell.user_ns), []
    for source in answers if check.form == "code" else []:
        with contextlib.redirect_stdout(io.StringIO()):
            shell.run_cell(source)
        verdicts.append(check.judge_code())
        shell.user_ns.clear()
        shell.user_ns.update(before)
    print(json.dumps([check.question, check.form, verdicts]))
_judge(%r)
"""


def numbers_shown(cell):
    """What a cell shows, without what a clock said and without a widget's own name.

    What is printed may arrive in one piece or in several: it is taken together.
    """
    printed, shown = "", []
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        if output.get("output_type") == "stream":
            printed += output["text"] if output["name"] == "stdout" else ""
            continue
        text = data.get("text/markdown") or data.get("text/html")
        shown.append(text or data.get("text/plain", ""))
    for text in (printed, *shown):
        sentences = re.split(r"(?<=[.:])\s+|\n", text)
        yield [one for one in sentences if not re.search(r"seconds?\b|\bms\b", one)]


def has_check(cell):
    return any(
        isinstance(node, ast.Call) and ast.unparse(node.func) == "Check"
        for node in ast.walk(ast.parse(re.sub(r"(?m)^[%!].*", "pass", cell.source)))
    )


class Kernel:
    """A fresh kernel as `tinyml run` has it."""

    def __init__(self, notebook, folder):
        self.client = NotebookClient(
            notebook,
            timeout=600,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            extra_arguments=["--log-level=ERROR"],
        )

    def run(self, cell, place):
        return self.client.execute_cell(cell, place, store_history=False)

    def ask(self, source):
        """Run code that is not the chapter's; give what it printed."""
        cell = nbformat.v4.new_code_cell(source)
        self.client.nb.cells.append(cell)
        done = self.run(cell, len(self.client.nb.cells) - 1)
        self.client.nb.cells.pop()
        return "".join(o["text"] for o in done.outputs if o.get("name") == "stdout")


@pytest.mark.parametrize("number", sorted(BY_NUMBER, reverse=True))
def test_a_second_run_shows_the_same_and_code_is_judged(number, monkeypatch):
    path = BY_NUMBER[number]
    first = chapters.executed(path) or chapters.execute(path).saved
    first = nbformat.read(first, as_version=4).cells
    rows = iter(importlib.import_module(f"self_checks.{number}").CHECKS)
    notebook = nbformat.read(path, as_version=4)
    kernel = Kernel(notebook, path.parent)
    cells = list(enumerate(notebook.cells))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    with kernel.client.setup_kernel(env=dict(os.environ, TINYML_STATIC="1")):
        kernel.ask(KEEP)
        for place, cell in cells:
            if cell.cell_type != "code":
                continue
            kernel.run(cell, place)
            assert list(numbers_shown(cell)) == list(numbers_shown(first[place]))
            if has_check(cell):
                judge_the_code(kernel, *next(rows))


def judge_the_code(kernel, question, right, wrong):
    """A number or a choice is answered in a page, in test_self_checks."""
    as_shipped = ""
    answers = [as_shipped, *wrong, right]
    shown, form, verdicts = json.loads(kernel.ask(JUDGE % answers))
    assert shown.startswith(question)
    if form == "code":
        *refused, accepted = verdicts
        assert accepted == {"right": True, "hint": ""}, question
        hints = [verdict["hint"] for verdict in refused]
        assert not any(verdict["right"] for verdict in refused), question
        assert all(hints), question
        assert len(set(hints[1:])) >= 2, hints
