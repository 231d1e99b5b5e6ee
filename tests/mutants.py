"""Small changes to a reference solution, made by rule: does its test notice them?"""

import ast
import copy
import os
import pickle
import signal
import time

from problem_sets import checks_of, failures, graded, id_of, solution

SECONDS = 10  # at least; a mutant that loops for ever is noticed, too

SWAPS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.Mult, ast.Pow: ast.Mult,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
NAMES = {
    "min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum",
    "argmin": "argmax", "argmax": "argmin", "any": "all", "all": "any",
    "floor": "ceil", "ceil": "floor", "mean": "sum", "sum": "mean",
    "zeros": "ones", "ones": "zeros", "zeros_like": "ones_like",
}  # fmt: skip


def _changes(node):
    """Other nodes in the place of this one, and what was done."""
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in SWAPS:
        other = copy.copy(node)
        other.op = SWAPS[type(node.op)]()
        yield other, "operator"
    if isinstance(node, ast.BoolOp):
        other = copy.copy(node)
        other.op = SWAPS[type(node.op)]()
        yield other, "and, or"
    if isinstance(node, ast.Compare):
        for k, op in enumerate(node.ops):
            if type(op) in SWAPS:
                other = copy.copy(node)
                other.ops = [*node.ops[:k], SWAPS[type(op)](), *node.ops[k + 1 :]]
                yield other, "comparison"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield node.operand, "sign"
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value), "truth"
        elif isinstance(node.value, int | float):
            yield ast.Constant(node.value + 1), "number + 1"
            if node.value not in (0, 1):
                yield ast.Constant(node.value - 1), "number - 1"
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        other = copy.copy(node)
        other.test = ast.UnaryOp(ast.Not(), node.test)
        yield other, "condition"
    if isinstance(node, ast.Call) and node.keywords:
        for k in range(len(node.keywords)):
            other = copy.copy(node)
            other.keywords = [*node.keywords[:k], *node.keywords[k + 1 :]]
            yield other, f"without {node.keywords[k].arg}="
    if isinstance(node, ast.Attribute) and node.attr in NAMES:
        other = copy.copy(node)
        other.attr = NAMES[node.attr]
        yield other, "name"
    if isinstance(node, ast.Name) and node.id in NAMES:
        yield ast.Name(NAMES[node.id], node.ctx), "name"
    if isinstance(node, ast.Return) and node.value is not None:
        yield ast.Return(None), "returns nothing"
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr | ast.Raise):
        text = isinstance(getattr(node, "value", None), ast.Constant)
        if not (isinstance(node, ast.Expr) and text):  # not a docstring
            yield ast.Pass(), "left out"


class _Put(ast.NodeTransformer):
    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        if node is self.old:
            return ast.copy_location(self.new, node)
        return self.generic_visit(node)


def mutants(source):
    """[(what was done, and in which line; source)] for each place of the solution."""
    lines = source.splitlines()
    first, last = (
        1 + next(k for k, line in enumerate(lines) if mark in line)
        for mark in ("BEGIN SOLUTION", "END SOLUTION")
    )
    found = []
    tree = ast.parse(source)
    places = [n for n in ast.walk(tree) if first < getattr(n, "lineno", 0) < last]
    for place, node in enumerate(places):
        for number, (_, what) in enumerate(list(_changes(node))):
            again = ast.parse(source)
            mine = [
                n for n in ast.walk(again) if first < getattr(n, "lineno", 0) < last
            ]
            new = list(_changes(mine[place]))[number][0]
            text = ast.unparse(
                ast.fix_missing_locations(_Put(mine[place], new).visit(again))
            )
            line = lines[node.lineno - 1].strip()
            found.append((f"line {node.lineno}: {what} | {line}", text))
    return found


def survivors(name, item, *, some=None):
    """Mutants of one solution cell that its checks do not notice: [(what, source)].

    The cells before are run once; each mutant runs in a child of that process. Returns
    (survivors, how many there were). ``some``: only every n-th, from the first.

    A mutant has ten times as long as the solution itself, which runs in such a child,
    too: so one that trains is not taken for one that never ends, and where a child
    cannot run at all (TensorFlow hangs in it once its parent has computed something),
    the solution fails.
    """
    notebook = solution(name)
    cells = notebook.cells
    here = next(k for k, cell in enumerate(cells) if id_of(cell) == item)
    mine = checks_of(name)[item]
    last = max(k for k, cell in enumerate(cells) if id_of(cell) in mine)
    before, rest = copy.copy(notebook), copy.copy(notebook)
    before.cells, rest.cells = cells[:here], cells[here : last + 1]
    namespace = {}
    failures(before, checks=set(), namespace=namespace)
    itself = ast.unparse(ast.parse(cells[here].source))
    began = time.monotonic()
    fails = _noticed(rest, item, itself, mine, namespace, 20 * SECONDS)
    assert not fails, "the solution fails"
    seconds = max(SECONDS, 10 * (time.monotonic() - began))
    every = mutants(cells[here].source)[::some]
    alive = [
        (what, text)
        for what, text in every
        if not _noticed(rest, item, text, mine, namespace, seconds)
    ]
    return alive, len(every)


def _noticed(rest, item, text, mine, namespace, seconds):
    """Whether a check of the item fails, in a child process, or it takes too long."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            failed = failures(
                rest, replaced={item: text}, checks=mine, namespace=namespace
            )
            os.write(theirs, pickle.dumps(bool(set(failed) & {*mine, item})))
        finally:
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(said) if said else True


def solution_cells(name):
    """Grade ids of the cells in which students write code."""
    return [
        id_of(c)
        for c in solution(name).cells
        if graded(c).get("solution") and c.cell_type == "code"
    ]
