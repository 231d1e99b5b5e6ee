"""The text of an instructor's cell comes in; what it binds, uses and changes goes out.

Only for the instructor's cells: what a student wrote is never parsed by the grader.
"""

from __future__ import annotations

import ast
import functools
import re
import symtable

__all__ = [
    "bound_names",
    "changed_names",
    "helpers",
    "imported",
    "imported_as",
    "imports_of",
    "used_names",
]


def bound_names(source: str) -> set[str]:
    """The names that a cell binds for the cells after it."""
    names: set[str] = set()

    def visit(node):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            return
        if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp):
            return
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.update(a.asname or a.name.partition(".")[0] for a in node.names)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(_parsed(source))
    return names


def changed_names(source: str) -> set[str]:
    r"""The names whose objects a cell may change where they are, without binding them.

    >>> sorted(changed_names("table['a'] = 1\nrows.append(2)\nshuffle(x)\ny = z"))
    ['rows', 'shuffle', 'table', 'x']
    """
    names: set[str] = set()
    for node in ast.walk(_parsed(source)):
        stored = isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(
            node.ctx, ast.Load
        )
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            names |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        elif stored or called:
            base = node.func if called else node
            while isinstance(base, ast.Subscript | ast.Attribute):
                base = base.value
            names |= {base.id} if isinstance(base, ast.Name) else set()
    return names


def helpers(source: str) -> list[str]:
    r"""What a cell defines for the cells after it, statement by statement.

    >>> helpers("import math\nassert f(1)\nlimit = 3")
    ['import math', 'limit = 3']
    """
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign)
    body = getattr(_parsed(source), "body", [])
    return [ast.unparse(node) for node in body if isinstance(node, kinds)]


def imported_as(source: str) -> dict[str, str]:
    """The modules that a cell binds, by the names that it gives them.

    >>> imported_as("import numpy as np, os.path")
    {'np': 'numpy', 'os': 'os'}
    """
    first = (n for n in ast.walk(_parsed(source)) if isinstance(n, ast.Import))
    found = {}
    for alias in (alias for node in first for alias in node.names):
        name = alias.asname or alias.name.partition(".")[0]
        found[name] = alias.name if alias.asname else name
    return found


def used_names(source: str) -> set[str]:
    r"""The names that a cell takes from outside of its functions.

    >>> sorted(used_names("area = lambda r: pi * r**2\nprint(area(size))"))
    ['area', 'pi', 'print', 'size']
    """
    names: set[str] = set()

    def visit(table):
        outermost = table.get_type() == "module"
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (outermost or symbol.is_global()):
                names.add(symbol.get_name())
        for inner in table.get_children():
            visit(inner)

    try:
        visit(symtable.symtable(_without_magics(source), "cell", "exec"))
    except (SyntaxError, ValueError, RecursionError):
        return set()
    return names


def imports_of(source: str) -> tuple[set[str], str]:
    r"""What a cell's own imports bind, and these lines alone.

    >>> imports_of("import numpy as np\nfrom os import path\nx = np.zeros(9**9)")[1]
    'import numpy as np\nfrom os import path'
    """
    body = getattr(_parsed(source), "body", [])
    lines = [n for n in body if isinstance(n, ast.Import | ast.ImportFrom)]
    text = "\n".join(map(ast.unparse, lines))
    return bound_names(text), text


@functools.cache  # asked for every submission of a class
def imported(source: str) -> set[str]:
    """The modules that a cell imports, by their full names."""
    found = set()
    for node in ast.walk(_parsed(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


def _parsed(source: str) -> ast.AST:
    """The cell as Python, without the lines that are for the notebook itself."""
    try:
        return ast.parse(_without_magics(source))
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])


def _without_magics(source: str) -> str:
    return re.sub(r"(?m)^[ \t]*[%!?].*$", "pass", source)
