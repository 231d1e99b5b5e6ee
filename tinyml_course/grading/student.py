"""The student's side of grading: cells come in one by one, what they show goes out.

It runs in a box of its own, holds the student's variables, and answers what the tests
ask: the value of a name, the result of a function. Tests never come here, except those
that the reference solution itself cannot pass by plain data (see ``referee``).
"""

from __future__ import annotations

import contextlib
import traceback
import types

from tinyml_course.grading.nursery import modules
from tinyml_course.grading.outputs import OUTPUT_CHARACTERS, Capped
from tinyml_course.grading.plain import NotPlain, Packer, Unpacker
from tinyml_course.grading.wire import Gone, Wire

__all__ = ["Student", "new_shell"]


def new_shell():
    """IPython as a notebook's kernel has it: no history on disk, no colours."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import CapturingDisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class _Results(DisplayHook):
        """Keeps what the last line of a cell shows."""

        shown: list = []  # noqa: RUF012, a trait would be copied

        def write_output_prompt(self):
            """No prompt."""

        def write_format_data(self, format_dict, md_dict=None):
            """Keep it."""
            self.shown.append({"data": format_dict, "metadata": md_dict or {}})

    shell = InteractiveShell.instance(
        config=Config(HistoryManager={"enabled": False}), colors="nocolor"
    )
    shell.display_pub = CapturingDisplayPublisher()
    shell.displayhook = _Results(shell=shell)
    shell.display_trap.hook = shell.displayhook
    shell.run_cell("1", store_history=False)  # imports what every cell needs
    return shell


class Student:
    """Serves one submission until the connection closes."""

    def __init__(self, wire: Wire, shell):
        self.wire, self.shell = wire, shell
        self.functions: list = []

    def serve(self) -> None:
        """Answer what the referee sends, for ever."""
        doings = {
            "cell": self._cell,
            "test": self._test,
            "get": self._get,
            "call": self._call,
            "modules": self._modules,
        }
        with contextlib.suppress(Gone):
            while True:
                head, payload = self.wire.receive()
                doings[head["do"]](head, payload)

    def _modules(self, head, payload):
        self.wire.send({"done": True, "modules": modules()})

    def _cell(self, head, payload):
        space = self.shell.user_ns
        before = dict(space)
        outputs, error = self._run(payload.decode())
        bound = [
            name
            for name, value in list(space.items())
            if type(name) is str and before.get(name, space) is not value
        ]
        self.wire.send({"done": True, "bound": bound, "error": error, "out": outputs})

    def _test(self, head, payload):
        """Run a test that cannot be run elsewhere, without the student's shell."""
        from tinyml_course.grading.examiner import run_cell

        outputs, error = run_cell(payload.decode(), head["name"], self.shell.user_ns)
        self.wire.send({"done": True, "bound": [], "error": error, "out": outputs})

    def _run(self, source):
        """Run one cell; its outputs in the notebook's form, and the error's name."""
        shell, shown = self.shell, []
        shell.display_pub.outputs = []
        shell.displayhook.shown = results = []
        shell._showtraceback = lambda kind, value, lines: shown.append(
            (kind.__name__, _text(value), list(lines))
        )
        out, err = Capped(), Capped()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            done = shell.run_cell(source, store_history=False)
        outputs = _streams(out, err)
        for told in shell.display_pub.outputs:
            outputs.append({"output_type": "display_data", **_capped(told)})
        for told in results:
            outputs.append({"output_type": "execute_result", **_capped(told)})
        failed = done.error_before_exec or done.error_in_exec
        if failed is None:
            return outputs, None
        plain = traceback.format_exception(failed)
        name, value, lines = (
            shown[-1]
            if shown and shown[-1][2]
            else (type(failed).__name__, _text(failed), plain)
        )
        value = value[:2000]
        lines = [line[:4000] for line in lines[-40:]]
        outputs.append(
            {"output_type": "error", "ename": name, "evalue": value, "traceback": lines}
        )
        return outputs, name

    def _get(self, head, payload):
        """The value of a name."""
        space, name = self.shell.user_ns, head["name"]
        if name not in space:
            self.wire.send({"missing": True})
            return
        value = space[name]
        if type(value) is types.ModuleType:
            self.wire.send({"module": value.__name__})
            return
        packer = Packer(function=self._handle)
        try:
            message = packer.bytes_of(value)
        except NotPlain as error:
            self.wire.send({"unplain": str(error)})
        except Exception as error:
            self.wire.send({"unplain": f"The value of {name} raised {error!r:.200}."})
        else:
            self.wire.send({"ok": True}, message)

    def _handle(self, function) -> int:
        self.functions.append(function)
        return len(self.functions) - 1

    def _call(self, head, payload):
        """The result of a function, and what it did to its arguments."""
        known: dict = {}
        unpacker = Unpacker(known, self._ask, self.functions)
        args, kwargs = unpacker.value(payload)
        before = {number: _content(value) for number, value in known.items()}
        function = self.functions[head["handle"]]
        out, err = Capped(), Capped()
        answer, message = {"ok": True}, b""
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                result = function(*args, **kwargs)
                packer = Packer({id(v): n for n, v in known.items()}, self._handle)
                told = packer.tree(result)
                changed = [
                    _row(number, *_told(value, packer))
                    for number, value in known.items()
                    if _differs(before[number], _content(value))
                ]
                message = packer.message(_row(told, _row(*changed)))
            except NotPlain as error:
                answer = {"unplain": str(error)}
            except BaseException as error:
                answer = _raised(error)
        self.wire.send({**answer, "out": _streams(out, err)}, message)

    def _ask(self, handle, args, kwargs):
        """Call a function of the tests: one that was handed over as an argument."""
        message = Packer(function=self._handle).bytes_of((args, kwargs))
        self.wire.send({"ask": "answer", "handle": handle}, message)
        while True:
            head, payload = self.wire.receive()
            if head.get("do") == "call":  # the function of the tests calls one of ours
                self._call(head, payload)
            elif head.get("do") == "get":
                self._get(head, payload)
            elif "raised" in head:
                raise RuntimeError("A function that was given raised " + head["raised"])
            else:
                return Unpacker(call=self._ask, own=self.functions).value(payload)


def _streams(out, err) -> list[dict]:
    texts = (("stdout", out.getvalue()), ("stderr", err.getvalue()))
    return [
        {"output_type": "stream", "name": name, "text": text}
        for name, text in texts
        if text
    ]


def _capped(told) -> dict:
    """What is displayed, each form of it within the limit; pictures may be larger."""
    data = {}
    for kind, value in dict(told["data"]).items():
        limit = 20 * OUTPUT_CHARACTERS if str(kind).startswith("image/") else None
        if isinstance(value, str) and len(value) <= (limit or OUTPUT_CHARACTERS):
            data[str(kind)] = value
    return {"data": data or {"text/plain": "[the output was too long]"}, "metadata": {}}


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""


def _raised(error: BaseException) -> dict:
    """An exception as the name of the closest of Python's own, and its message."""
    import builtins

    names = [k.__name__ for k in type(error).__mro__ if hasattr(builtins, k.__name__)]
    lines = traceback.format_exception(error)[-8:]
    return {
        "raised": names[0] if names else "Exception",
        "kind": type(error).__name__,
        "message": _text(error)[:2000],
        "traceback": [line[:1000] for line in lines],
    }


def _content(value):
    """What of an argument may change: the parts of a container, an array's bytes."""
    if isinstance(value, list | set):
        return [*value]
    if isinstance(value, dict):
        return [part for pair in value.items() for part in pair]
    if isinstance(value, bytearray):
        return bytes(value)
    if type(value).__name__ == "ndarray":
        return value.ravel().tolist() if value.dtype.hasobject else value.tobytes()
    if type(value).__name__ == "Generator":
        return repr(value.bit_generator.state)
    return None


def _differs(before, after) -> bool:
    if isinstance(before, list):
        same = len(before) == len(after)
        return not same or any(a is not b for a, b in zip(before, after, strict=True))
    return before != after


def _row(*trees) -> list:
    """The tree of a tuple of these."""
    return ["t", None, list(trees)]


def _told(value, packer) -> tuple:
    """The new content of an argument that was changed in place."""
    if isinstance(value, list | set):
        return "items", _row(*(packer.tree(item) for item in value))
    if isinstance(value, dict):
        pairs = (_row(packer.tree(k), packer.tree(v)) for k, v in value.items())
        return "pairs", _row(*pairs)
    if isinstance(value, bytearray):
        return "bytes", packer.tree(bytes(value))
    if type(value).__name__ == "Generator":
        packer.known.pop(id(value))
        return "state", packer.tree(value)
    return "array", packer.tree(value.copy())
