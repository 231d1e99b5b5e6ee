"""The tests' side of grading: test cells come in, what they say goes out.

It holds the instructor's names. A name that it does not have is asked of the student's
side, by plain data: a number arrives as a number, a function as something that asks.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import contextlib
import importlib
import inspect
import linecache
import sys
import traceback
import types

from tinyml_course.grading.nursery import modules
from tinyml_course.grading.outputs import Capped
from tinyml_course.grading.plain import NotPlain, Packer, Unpacker
from tinyml_course.grading.wire import Gone, Wire

__all__ = ["Examiner", "run_cell"]


class StudentSideLost(BaseException):
    """The student's process died or was too slow; the referee knows which."""


class _Names(dict):
    """The names of the tests; what is missing is asked of the student's side."""

    def __init__(self, ask, **names):
        super().__init__(**names)
        self._ask = ask

    def __missing__(self, name):
        return self._ask(name)


class _Shell:
    """What test cells and given ones find of a notebook's own commands."""

    _LOOKS = ("config", "load_ext", "matplotlib", "precision", "reload_ext")

    def run_line_magic(self, name, line, *_):
        """Let pass what is about looks; refuse the others."""
        if name not in (*self._LOOKS, "autoreload"):
            raise NameError(f"%{name} is not known to the tests' side")

    def system(self, command):
        """Run no program."""


class Examiner:
    """Serves the tests of one submission until the connection closes."""

    def __init__(self, wire: Wire):
        self.wire = wire
        self.names = _Names(self._name, __name__="__main__", display=_nothing)
        self.names["get_ipython"] = _Shell
        self.functions: list = []
        self.theirs: set[str] = set()  # names that solution cells are expected to bind
        self.ours: set[str] = set()  # names that locked cells bind: never theirs
        self.modules: dict[str, str] = {}  # theirs that are modules, and of what name
        self.asked: dict = {}  # what was asked in this cell
        self.unplain: str | None = None

    def serve(self) -> None:
        """Answer what the referee sends, for ever."""
        with contextlib.suppress(Gone):
            while True:
                head, payload = self.wire.receive()
                if head.get("do") == "cell":
                    self._cell(head, payload.decode())
                elif head.get("do") == "expect":
                    self.theirs, self.ours = set(head["names"]), set(head["ours"])
                    self.modules = head["modules"]
                elif head.get("do") == "forget":
                    self._forget(head["names"])
                elif head.get("do") == "modules":
                    self.wire.send({"done": True, "modules": modules()})

    def _forget(self, names):
        """Names that the student has bound are the student's from now on.

        Modules, functions and classes of the instructor stay, unless the reference
        solution binds the name too: a student's ``np`` is not the tests' ``np``.
        """
        fixed = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type)
        for name in names:
            if name in self.ours or name not in self.names:
                continue
            if name in self.theirs or not isinstance(self.names[name], fixed):
                del self.names[name]

    def _name(self, name):
        if name in self.asked:
            return self.asked[name]
        if (hasattr(builtins, name) and name not in self.theirs) or name in self.ours:
            raise KeyError(name)
        head, payload = self._exchange({"ask": "get", "name": name}, b"")
        if "missing" in head:
            raise KeyError(name)
        if "unplain" in head:
            raise self._refused(f"{name}: {head['unplain']}")
        if "module" in head:  # ours of that name, where it is what the solution imports
            if head["module"] != self.modules.get(name):
                raise self._refused(f"{name}: another module than expected.")
            return importlib.import_module(head["module"])
        value = Unpacker(call=self._call, own=self.functions).value(payload)
        self.asked[name] = value
        return value

    def _call(self, handle, args, kwargs):
        """Call a function of the student's."""
        packer = Packer(function=self._handle)
        try:
            message = packer.bytes_of((args, kwargs))
        except NotPlain as error:
            raise self._refused(f"an argument: {error}") from None
        theirs = {n: v for v, n in zip(packer.kept, _numbers(packer), strict=True)}
        head, payload = self._exchange({"ask": "call", "handle": handle}, message)
        for out in head.get("out", []):  # a test may look at what a function prints
            if out["output_type"] == "stream":
                _pass_on(out["text"], getattr(sys, out["name"]))
        if "raised" in head:
            raise _made(head)
        if "unplain" in head:
            raise self._refused(str(head["unplain"]))
        unpacker = Unpacker(dict(theirs), self._call, self.functions)
        result, changed = unpacker.value(payload)
        for number, how, content in changed:
            _change(theirs[number], how, content)
        return result

    def _exchange(self, head, payload):
        """Ask the student's side; meanwhile it may ask for a function of ours."""
        self.wire.send(head, payload)
        while True:
            head, payload = self.wire.receive()
            if "lost" in head:
                raise StudentSideLost(head["lost"])
            if head.get("ask") != "answer":
                return head, payload
            self._answer(head, payload)

    def _answer(self, head, payload):
        try:
            unpacker = Unpacker(call=self._call, own=self.functions)
            args, kwargs = unpacker.value(payload)
            result = self.functions[head["handle"]](*args, **kwargs)
            message = Packer(function=self._handle).bytes_of(result)
        except Exception as error:
            self.wire.send({"raised": type(error).__name__})
        else:
            self.wire.send({"ok": True}, message)

    def _handle(self, function) -> int:
        self.functions.append(function)
        return len(self.functions) - 1

    def _refused(self, why):
        self.unplain = self.unplain or why
        return NotPlain(why)

    def _cell(self, head, source):
        """Run a cell of the instructor's; say what it showed and how it ended."""
        self.asked, self.unplain = {}, None
        outputs, lost = [], None
        try:
            outputs, _ = run_cell(source, head["name"], self.names)
        except StudentSideLost as gone:
            lost = str(gone)
        self.wire.send(
            {"done": True, "out": outputs} | {"unplain": self.unplain, "lost": lost}
        )


def run_cell(source: str, name: str, names: dict) -> tuple[list[dict], str | None]:
    """Execute a test cell; its outputs in the notebook's form, and the error's name."""
    out, err, outputs, error = Capped(), Capped(), [], None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            value = _value(source, name, names)
            if value is not None:
                data = {"text/plain": _shown(value)[:2000]}
                outputs.append({"output_type": "execute_result", "data": data})
        except (StudentSideLost, Gone, KeyboardInterrupt):
            raise
        except BaseException as raised:
            outputs.append(_error(raised))
            error = type(raised).__name__
    streams = [
        {"output_type": "stream", "name": name, "text": text}
        for name, text in (("stdout", out.getvalue()), ("stderr", err.getvalue()))
        if text
    ]
    return streams + outputs, error


def _shown(value) -> str:
    """The value as a notebook shows it; points that NumPy has counted are a number."""
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        value = value.item()
    return repr(value)


def _value(source, name, names):
    """Execute; the value of the last line, where it is an expression."""
    filename = f"<{name}>"
    try:
        tree = ast.parse(source, filename)
    except SyntaxError:  # a line that only notebooks understand
        from IPython.core.inputtransformer2 import TransformerManager

        source = TransformerManager().transform_cell(source)
        tree = ast.parse(source, filename)
    lines = source.splitlines(keepends=True)
    linecache.cache[filename], last = (len(source), None, lines, filename), None
    shown = tree.body and not source.rstrip().endswith(";")
    if shown and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)
    _run(compile(tree, filename, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
    if last is None:
        return None
    return _run(compile(last, filename, "eval", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)


def _run(code: types.CodeType, names: dict):
    """Execute, or evaluate; ``await`` outside of functions works as in a notebook."""
    result = eval(code, names)
    if code.co_flags & inspect.CO_COROUTINE:
        result = asyncio.run(result)
    return result


def _numbers(packer):
    """The numbers of what the packer kept, in that order."""
    return [packer.known[id(value)] for value in packer.kept]


def _pass_on(text, stream):
    """What a student's function prints; beside a test's own words it is marked."""
    if isinstance(stream, Capped):  # else the test itself looks at it
        text = "".join("| " + line for line in text.splitlines(keepends=True))
    stream.write(text)


def _change(mine, how, content):
    """Do to our object what the student's function did to its copy."""
    unpacked = content
    if how == "items":
        mine.clear()
        (mine.extend if isinstance(mine, list) else mine.update)(unpacked)
    elif how == "pairs":
        mine.clear()
        mine.update(map(tuple, unpacked))
    elif how == "bytes":
        mine[:] = unpacked
    elif how == "state":
        mine.bit_generator.state = unpacked.bit_generator.state
    elif how == "array" and mine.flags.writeable and mine.shape == unpacked.shape:
        mine[...] = unpacked


def _made(head):
    """The exception that the student's function raised, as one of Python's own."""
    kind = getattr(builtins, str(head["raised"]), Exception)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        kind = (
            RuntimeError  # SystemExit and KeyboardInterrupt end a cell, not the tests
        )
    try:
        return kind(str(head.get("message", "")))
    except Exception:
        return RuntimeError(str(head.get("message", "")))


def _error(raised: BaseException) -> dict:
    frames = traceback.extract_tb(raised.__traceback__)
    mine = [frame for frame in frames if frame.filename.startswith("<")]
    lines = [f"line {f.lineno}: {f.line}" for f in mine]
    return {
        "output_type": "error",
        "ename": type(raised).__name__,
        "evalue": str(raised)[:2000],
        "traceback": [*lines, f"{type(raised).__name__}: {raised}"[:4000]],
    }


def _nothing(*_, **__):
    """What ``display`` does in a test cell."""
