"""Submissions that nobody should have to grade, and what may come of each.

``COURSE`` in a text stands for the course's folder, ``PORT`` for a port of this machine
at which a test listens.
"""

import json
import os
from dataclasses import dataclass, field

import nbformat
from foreign import HONEST, TESTS, hand_in
from nbformat.v4 import new_code_cell

ALL = frozenset(TESTS)
SHARED = frozenset({"stack-pops"})  # a test that runs on the student's side
DOUBLE = frozenset({"double-value", "double-array"})
ANSWER = frozenset({"answer-value", "answer-part"})
WRONG = {"answer": "answer = 0", "double": "def double(x):\n    return x"}


@dataclass(frozen=True)
class Case:
    """One submission: honest work with a cell more, other answers, or another file.

    ``lost`` are the items that give nothing, but for those of them that are ``unsure``;
    ``says`` is what the instructor is told.
    """

    name: str
    cell: str | None = None
    answers: dict = field(default_factory=dict)
    lost: frozenset = frozenset()
    unsure: frozenset = frozenset()
    says: str = ""
    at: int = 2
    made: object = None  # a function of the notebook's path, or its bytes


def _answer(text):
    return {"answer": text}


def _double(body):
    return {"double": f"import os, sys, numpy as np\ndef double(x):\n    {body}"}


HONEST_WORK = [
    Case("honest"),
    Case("honest-too", "x = 3\nx"),
    Case("off by three", answers=_double("return x + 3"), lost=DOUBLE),
    Case(
        "numbers alone",
        answers=_double("return 2 * float(x)"),
        lost=frozenset({"double-array"}),
    ),
    Case("no answer", answers=_answer(""), lost=ANSWER),
    Case(
        "a float",
        answers=_answer("answer = 42.0"),
        lost=frozenset({"answer-value"}),
    ),
    Case(
        "sorts a copy",
        answers={"sort": "def in_place(items):\n    items = sorted(items)"},
        lost=frozenset({"sort-place"}),
    ),
    Case(
        "a queue",
        answers={"stack": HONEST["stack"].replace("pop()", "pop(0)")},
        lost=frozenset({"stack-pops"}),
    ),
    Case(
        "once",
        answers={"twice": "def twice(f, x):\n    return f(x)"},
        lost=frozenset({"twice-more"}),
    ),
    Case("nothing done", answers=dict.fromkeys(HONEST, ""), lost=ALL),
    Case("prints a lot", answers=_double("print('x' * 50)\n    return 2 * x")),
    Case("step of its own", "step = 7"),
]

PROCESSES = [
    Case(
        "kills all",
        "import os, signal\nfor pid in [*range(1, 400), os.getppid(), -1]:\n"
        "    try: os.kill(pid, signal.SIGKILL)\n    except OSError: pass",
    ),
    Case(
        "kills its group",
        "import os\nos.killpg(0, 9)",
    ),
    Case("stops itself", "import os\nos.kill(os.getpid(), 19)"),
    Case("exits", "import os\nos._exit(0)", says="the process ended"),
    Case("crashes", "import ctypes\nctypes.string_at(0)", says="the process ended"),
    Case(
        "deep in C",
        "import sys\nsys.setrecursionlimit(10**9)\nx = []\n"
        "for _ in range(10**6): x = [x]\nrepr(x)\n"
        "f = lambda: f()\nf()",
        says="free-2",
    ),
    Case("dies called", answers=_double("os._exit(1)"), lost=DOUBLE, says="double-v"),
    Case("loops", "while True: pass", says="longer than"),
    Case("loops called", answers=_double("while True: pass"), lost=DOUBLE),
    Case("sleeps in the end", "import atexit, time\natexit.register(time.sleep, 1e4)"),
    Case(
        "loops when deleted",
        "class D:\n    def __del__(self):\n        while True: pass\nd = D()\ndel d",
        says="longer than",
    ),
    Case(
        "many threads",
        "import threading\n"
        "def burn():\n    while True: pass\n"
        "for _ in range(20): threading.Thread(target=burn, daemon=True).start()\n"
        "import os\nos._exit(0)",
        says="free-2",
    ),
    Case(
        "forks for ever",
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: os._exit(0)",
        says="free-2",
    ),
    Case(
        "outlives",
        "import os, subprocess, sys\nif os.fork() == 0:\n    os.setsid()\n"
        "    if os.fork() == 0: os.execv('/bin/sleep', ['sleep', '76543'])\n"
        "    os._exit(0)\n"
        "subprocess.Popen(['sleep', '76543'], start_new_session=True)",
    ),
    Case(
        "burns beside",
        "import os\nfor _ in range(30):\n    if os.fork() == 0:\n"
        "        while True: pass",
    ),
]

ROOM = [
    Case("eats", "big = [b'x' * 10**8 for _ in range(100)]", says="free-2"),
    Case(
        "eats in secret",
        "import ctypes, mmap\nctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n"
        "m = mmap.mmap(-1, 4 * 10**9)\nfor i in range(0, len(m), 4096): m[i] = 1",
        says="free-2",
    ),
    Case(
        "eats under a name",  # that is no text
        "import ctypes, time\nctypes.CDLL(None).prctl(15, b'\\xff\\xb2', 0, 0, 0)\n"
        "big = [b'x' * 10**8 for _ in range(25)]\ntime.sleep(0.5)",
        says="free-2",
    ),
    Case(
        "eats together",  # what two share is somebody's, too
        "import os, time\nkept = []\nfor _ in range(3):\n"
        "    kept.append(b'x' * 9 * 10**8)\n"
        "    if os.fork() == 0: time.sleep(100)\ntime.sleep(0.5)",
        says="free-2",
    ),
    Case(
        "eats by many",  # small ones, each within what is usual
        "import subprocess, sys, time\n"
        "code = 'x = b\"x\" * 4 * 10**7; import time; time.sleep(100)'\n"
        "some = [subprocess.Popen([sys.executable, '-SEc', code]) for _ in range(90)]\n"
        "time.sleep(1.5)",
        says="free-2",
    ),
    Case(
        "eats unseen",  # shared memory that it has, and no longer shows
        "import ctypes, mmap\nc = ctypes.CDLL(None)\nm = mmap.mmap(-1, 6 * 10**9)\n"
        "at = ctypes.addressof(ctypes.c_char.from_buffer(m))\n"
        "for i in range(0, len(m), 4096):\n    m[i] = 1\n    if i % 2**24 == 0:\n"
        "        c.madvise(ctypes.c_void_p(at), ctypes.c_size_t(i), 4)",
        says="free-2",
    ),
    Case(
        "eats by sockets",
        "import os, socket, time\ndef fill(s):\n    s.setblocking(False)\n"
        "    try:\n        while True: s.send(bytes(60_000))\n"
        "    except OSError: pass\nkept = []\n"
        "for _ in range(90):\n    if os.fork() == 0:\n        try:\n"
        "            while True:\n                kept += socket.socketpair(1, 2)\n"
        "                fill(kept[-1]); fill(kept[-2])\n"
        "        except OSError: time.sleep(100)\ntime.sleep(2)",
        says="free-2",
    ),
    Case(
        "fills disks",
        "for place in ('/tmp/a', '/dev/shm/a', '/box/a', '/dev/a'):\n"
        "    try:\n        with open(place, 'wb') as f:\n"
        "            for _ in range(100): f.write(bytes(10**7))\n"
        "    except OSError as e: print(e)",
    ),
    Case("shouts", "for _ in range(500): print('x' * 100_000)"),
    Case(
        "prints when called",
        answers=_double("print('x' * 10**6)\n    return 2 * x"),
    ),
    Case(
        "returns a lot",
        answers=_double("return [1] * 10**7 if np.ndim(x) else 2 * x"),
        lost=frozenset({"double-array"}),
    ),
    Case(
        "returns deep",
        answers=_double("y = []\n    for _ in range(10**5): y = [y]\n    return y"),
        lost=DOUBLE,
    ),
    Case(
        "returns itself",
        answers=_double("y = []\n    y.append(y)\n    return y"),
        lost=DOUBLE,
    ),
    Case("nan", answers=_answer("answer = float('nan')"), lost=ANSWER),
    Case("a huge number", answers=_answer("answer = 2 ** 100_000"), lost=ANSWER),
    Case("half a letter", answers=_answer("answer = '\\ud800'"), lost=ANSWER),
    Case(
        "says it is large",
        "import struct, os\nhead = b'{\"done\":true}'\n"
        "os.write(3, struct.pack('<IQ', len(head), 10**9) + head)\n"
        "os.write(3, struct.pack('<IQ', 10**9, 0))",
        says="free-2",
    ),
]

CHEATS = [
    Case(
        "equal to all",
        answers=_answer(
            "class Any:\n    def __eq__(self, other): return True\n"
            "    def __rmul__(self, other): return 4\n"
            "    def __float__(self): return 42.0\nanswer = Any()"
        ),
        lost=ANSWER,
    ),
    Case(
        "an int of its own",
        answers=_answer(
            "class I(int):\n    def __eq__(self, other): return True\n"
            "    __hash__ = int.__hash__\nanswer = I(3)"
        ),
        lost=ANSWER,
    ),
    Case(
        "a str of its own",
        answers=_answer(
            "class S(str):\n    def __eq__(self, other): return True\n"
            "    __hash__ = str.__hash__\nanswer = S('no')"
        ),
        lost=ANSWER,
    ),
    Case(
        "an array of its own",
        answers=_double(
            "class A(np.ndarray):\n"
            "        def __array_ufunc__(self, *a, **k): return np.True_\n"
            "        def __array_function__(self, *a, **k): return True\n"
            "        def __eq__(self, o): return np.True_\n"
            "    return np.zeros(2).view(A)"
        ),
        lost=DOUBLE,
    ),
    Case(
        "an array for a number",
        answers=_answer("import numpy\nanswer = numpy.zeros(2)"),
        lost=ANSWER,
    ),
    Case(
        "patches",
        "import builtins, numpy, operator\n"
        "builtins.abs = builtins.isinstance = lambda *a: True\n"
        "numpy.array_equal = numpy.allclose = lambda *a, **k: True\n"
        "operator.eq = lambda *a: True",
        WRONG,
        DOUBLE | ANSWER,
    ),
    Case(
        "patches the wires",
        "import json, pickle, socket, struct\n"
        'json.dumps = lambda *a, **k: \'{"done": true, "ok": true}\'\n'
        "pickle.dumps = struct.pack = lambda *a, **k: b''",
        lost=ALL,
        unsure=SHARED,
    ),
    Case(
        "patches later",
        "import threading, time, builtins\n"
        "def later():\n    time.sleep(0.3)\n    builtins.isinstance = lambda *a: True\n"
        "    import numpy; numpy.array_equal = lambda *a: True\n"
        "threading.Thread(target=later, daemon=True).start()",
        WRONG,
        DOUBLE | ANSWER,
    ),
    Case(
        "transforms trees",
        "import ast\nclass T(ast.NodeTransformer):\n"
        "    def visit_Assert(self, node): return ast.Pass()\n"
        "get_ipython().ast_transformers.append(T())",
        WRONG,
        DOUBLE | ANSWER,
    ),
    Case(
        "transforms text",
        "get_ipython().input_transformers_post.append(lambda lines: ['pass\\n'])",
        lost=ALL,
    ),
    Case(
        "formats",
        "ip = get_ipython()\nfor kind in (int, float, bool):\n"
        "    ip.display_formatter.formatters['text/plain'].for_type(\n"
        "        kind, lambda *a: a[1].text('4'))\n"
        "ip.events.register('pre_run_cell', lambda *a: exit())",
        WRONG,
        DOUBLE | ANSWER,
    ),
    Case(
        "traces",
        "import sys, threading\nsys.settrace(lambda *a: None)\n"
        "sys.excepthook = lambda *a: None\n"
        "class F:\n    def find_spec(self, *a): raise SystemExit\n"
        "sys.meta_path.insert(0, F())",
        WRONG,
        DOUBLE | ANSWER,
    ),
    Case(
        "forges frames",
        "import json, os, struct\n"
        "told = {'done': True, 'ok': True, 'bound': ['step', 'np']}\n"
        "head = json.dumps(told).encode()\n"
        "for fd in range(3, 256):\n"
        "    try: os.write(fd, struct.pack('<IQ', len(head), 0) + head)\n"
        "    except OSError: pass",
        lost=ALL,
        unsure=ALL,
        says="",
    ),
    Case(
        "forges later",
        "import json, os, struct, threading, time\n"
        "head = json.dumps({'ok': True, 'ask': 'answer', 'handle': 0}).encode()\n"
        "def flood():\n    time.sleep(0.2)\n    while True:\n"
        "        os.write(3, struct.pack('<IQ', len(head), 0) + head)\n"
        "threading.Thread(target=flood, daemon=True).start(); time.sleep(0.5)",
        lost=ALL,
        unsure=ALL,
    ),
    Case(
        "asks for ever",
        answers={"twice": "def twice(f, x):\n    while True: f(1)"},
        lost=frozenset({"twice-more"}),
        says="longer than",
    ),
    Case(
        "stops called",
        answers=_double("os.kill(os.getpid(), 19)"),
        lost=DOUBLE,
    ),
    Case(
        "a generator that reads on",
        answers={
            "double": "import numpy as np\ndef double(x):\n"
            "    g = np.random.Generator(np.random.MT19937())\n"
            "    s = g.bit_generator.state\n    s['state']['pos'] = 10**9\n"
            "    g.bit_generator.state = s\n    return g"
        },
        lost=DOUBLE,
    ),
]

SPIES = [
    Case(
        "spy",
        "import gc, glob, json, os, sqlite3, sys\nfound = []\n"
        "for o in gc.get_objects() + list(get_ipython().user_ns.get('In', [])):\n"
        "    if isinstance(o, str) and '1918' + ', 2025' in o: found.append(o)\n"
        "frame = sys._getframe()\n"
        "while frame: found += [k for k in frame.f_locals if 'sec' + 'ret' in k]; "
        "frame = frame.f_back\n"
        "for p in [*glob.glob('/proc/[0-9]*')]:\n"
        "    for f in ('root/etc', 'cwd', 'map_files'):\n"
        "        if p[6:] != os.readlink('/proc/self'):\n"
        "            try: os.listdir(f'{p}/{f}'); found.append(f'{p}/{f}')\n"
        "            except OSError: pass\n"
        "    for fd in range(9):  # their numbers it may see\n"
        "        if p[6:] != os.readlink('/proc/self'):\n"
        "            try: os.readlink(f'{p}/fd/{fd}'); found.append(f'{p}/fd')\n"
        "            except OSError: pass\n"
        "    for f in ('environ', 'mem', 'maps', 'auxv', 'stack', 'pagemap'):\n"
        "        if p[6:] != os.readlink('/proc/self'):\n"
        "            try:\n"
        "                if open(f'{p}/{f}', 'rb').read(1): found.append(f'{p}/{f}')\n"
        "            except OSError: pass\n"
        "reach = [p for p in ('COURSE', '/etc/shadow', os.path.expanduser('~/.ssh'))\n"
        "         if os.path.exists(p)]\n"
        "print('SPIED', json.dumps([found, reach]))",
        at=16,
    ),
    Case(
        "reads its own memory",
        "import re\nhits = 0\n"
        "with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb') as mem:\n"
        "    for line in maps:\n"
        "        lo, hi = (int(x, 16) for x in line.split()[0].split('-'))\n"
        "        if 'rw' not in line.split()[1] or hi - lo > 10**8: continue\n"
        "        try: mem.seek(lo); data = mem.read(hi - lo)\n"
        "        except OSError: continue\n"
        "        hits += len(re.findall(b'equal[(]double[(]sec', data))\n"
        "print('SPIED', [hits * [1], []])",
        at=16,
    ),
    Case(
        "disturbs its twin",
        "import ctypes, glob, os, resource, signal\nfound = []\n"
        "libc, mine = ctypes.CDLL(None, use_errno=True), os.readlink('/proc/self')\n"
        "for p in [q[6:] for q in glob.glob('/proc/[0-9]*') if q[6:] != mine]:\n"
        "    n, low = int(p), (resource.RLIMIT_CPU, (1, 1))\n"
        "    for what in (lambda: os.kill(n, signal.SIGKILL),\n"
        "            lambda: os.setpriority(os.PRIO_PROCESS, n, 19),\n"
        "            lambda: os.sched_setaffinity(n, {0}),\n"
        "            lambda: resource.prlimit(n, *low), lambda: os.pidfd_open(n),\n"
        "            lambda: open(f'/proc/{p}/comm', 'wb', 0).write(b'mine'),\n"
        "            lambda: open(f'/proc/{p}/oom_score_adj', 'w').write('999'),\n"
        "            lambda: open(f'/proc/{p}/autogroup', 'w').write('19'),\n"
        "            lambda: open(f'/proc/{p}/clear_refs', 'w').write('1'),\n"
        "            lambda: open(f'/proc/{p}/mem', 'r+b', 0)):\n"
        "        if n > 2:  # its own numbers are others: 1 is itself\n"
        "            try: what(); found.append(p)\n            except OSError: pass\n"
        "print('SPIED', [found, []])",
        at=16,
    ),
    Case(
        "writes the gradebook",
        "import os, sqlite3\n"
        "roots = ['', '/proc/1/root', '/proc/2/root', f'/proc/{os.getppid()}/root']\n"
        "for root in roots:\n"
        "    place = root + 'COURSE/grades.sqlite'\n"
        "    try:\n        with sqlite3.connect(place) as book:\n"
        "            book.execute('update grade set manual_score = 500')\n"
        "    except sqlite3.Error: pass\n"
        "    try: open(place, 'ab').write(b'left-behind')\n    except OSError: pass",
    ),
    Case(
        "writes",
        "import pathlib\n"
        "for place in ('/etc', '/usr', '/usr/local/lib', '/tmp', '/var',\n"
        "        '/dev/shm', '/box', '/root', 'COURSE', '/proc/1/root/tmp',\n"
        "        pathlib.Path.home(), pathlib.__file__ + '/..'):\n"
        "    try: pathlib.Path(place, 'left-behind').write_text('mine')\n"
        "    except OSError: pass",
    ),
    Case(
        "finds what was left",
        "import os\nfound = [p for p in ('/tmp', '/dev/shm', '/box', '/dev', '.')\n"
        "         if 'left-behind' in os.listdir(p)]\nprint('SPIED', [found, []])",
    ),
    Case(
        "calls out",
        "import socket\nfound = []\n"
        "def to(family, kind, where):\n"
        "    try:\n        with socket.socket(family, kind) as s:\n"
        "            s.settimeout(0.5); s.connect(where); s.send(b'hello')\n"
        "            found.append(str(where))\n    except (OSError, TypeError): pass\n"
        "to(2, 1, ('127.0.0.1', PORT)); to(2, 1, ('1.1.1.1', 53))\n"
        "to(2, 2, ('8.8.8.8', 53)); to(2, 3, ('1.1.1.1', 1))\n"
        "to(1, 1, '\\0tinyml-PORT')\n"
        "to(40, 1, (2, 22))\nprint('SPIED', [found, []])",
    ),
    Case(
        "new worlds",
        "import ctypes, os\nc = ctypes.CDLL(None)\nfound = []\n"
        "for n, f in (('user', lambda: c.unshare(0x10000000)),\n"
        "             ('mount', lambda: c.mount(b't', b'/tmp', b'tmpfs', 0, None)),\n"
        "             ('umount', lambda: c.umount2(b'/tmp', 2)),\n"
        "             ('chroot', lambda: c.chroot(b'/tmp')),\n"
        "             ('memfd', lambda: c.memfd_create(b'x', 0)),\n"
        "             ('shm', lambda: c.shmget(7, 4096, 0o1600)),\n"
        "             ('sem', lambda: c.semget(0, 32000, 0o1600)),\n"
        "             ('watch', lambda: c.inotify_init1(0)),\n"
        "             ('lease', lambda: c.fcntl(os.open('/tmp/l', 64), 1024, 0)),\n"
        "             ('trace', lambda: c.ptrace(16, os.getppid(), 0, 0))):\n"
        "    if f() >= 0: found.append(n)\nprint('SPIED', [found, []])",
    ),
]


def _changed(change):
    """The file of honest work, after a function has changed the notebook."""

    def made(path):
        notebook = nbformat.read(path, as_version=4)
        change(notebook)
        path.write_text(json.dumps(notebook))

    return made


def _twice(notebook):
    again = [dict(c) for c in notebook.cells if c.cell_type == "code"]
    notebook.cells += [
        new_code_cell("double = None", metadata=a["metadata"]) for a in again
    ]


def _edited(notebook):
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = "assert True"
            cell.metadata["nbgrader"]["points"] = 1000


def _retyped(notebook):
    for cell in notebook.cells:
        cell.cell_type = "markdown"


def _skipped(notebook):
    """Cells with the tag that leaves a cell out, and cells with tags that are none."""
    odd = (7, {"skip-execution": 1}, [["skip-execution"]], [{}] * 9)
    for number, cell in enumerate(notebook.cells):
        is_code = cell.cell_type == "code"
        cell.metadata["tags"] = ["skip-execution"] if is_code else odd[number % 4]
        cell["id"] = [number]


def _as(content):
    return lambda path: path.write_bytes(content)


def _instead(make):
    def made(path):
        path.unlink()
        make(path)

    return made


def _beside(path):
    """Files that would be imported, if anybody looked for them there."""
    for name in ("numpy", "sitecustomize", "conftest", "json", "tinyml_course"):
        (path.parent / f"{name}.py").write_text("import os\nos._exit(3)")
    hidden = path.parent / ".ipynb_checkpoints"
    hidden.mkdir()
    (hidden / "set-checkpoint.ipynb").write_text("{}")
    with (path.parent / "large.bin").open("wb") as file:
        file.truncate(300_000_000)
    os.mkfifo(path.parent / "pipe")
    (path.parent / "up").symlink_to("/etc")


HARM = "<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>"
DEEP = b'{"nbformat": 4, "cells": [' + b"[" * 500_000 + b"]" * 500_000 + b"]}"
MANY = b'{"nbformat": 4, "cells": [' + b"{}," * 30_000_000 + b"{}]}"

FILES = [
    Case("cells twice", made=_changed(_twice), says="more than once"),
    Case("tests edited", made=_changed(_edited), says="was edited"),
    Case(
        "tests deleted",
        made=_changed(lambda n: n.update(cells=list(n.cells[:-9]))),
        lost=frozenset({"table-best", "stack-pops", "twice-more"}),
        says="is missing",
    ),
    Case("other order", made=_changed(lambda n: n.cells.reverse())),
    Case(
        "tests skipped",
        answers=WRONG,
        made=_changed(_skipped),
        lost=DOUBLE | ANSWER,
    ),
    Case("retyped", made=_changed(_retyped), says="another type"),
    Case(
        "no metadata",
        made=_changed(lambda n: [c.update(metadata={}) for c in n.cells]),
        says="is missing",
    ),
    Case("empty", made=_as(b""), lost=ALL, says="is empty"),
    Case("half", made=_as(b'{"cells": ['), lost=ALL, says="cannot be read as JSON"),
    Case("old", made=_as(b'{"worksheets": [], "nbformat": 3}'), lost=ALL, says="old"),
    Case("a list", made=_as(b"[1, 2]"), lost=ALL, says="no list of cells"),
    Case("latin-1", made=_as(b'{"cells": ["\xe9"]}'), lost=ALL, says="JSON"),
    Case(
        "half a letter's format",
        made=_as(b'{"cells": [], "nbformat": "\\ud800"}'),
        lost=ALL,
        says="says format",
    ),
    Case("deep", made=_as(DEEP), lost=ALL, says="JSON"),
    Case("fills memory", made=_as(MANY), lost=ALL, says=r"cells|too much"),
    Case("with a mark", made=lambda p: p.write_bytes(b"\xef\xbb\xbf" + p.read_bytes())),
    Case(
        "50 MB shown",
        made=_changed(
            lambda n: n.cells[1].update(
                outputs=[
                    {
                        "output_type": "stream",
                        "name": "stdout",
                        "text": "0, " * 17_000_000,
                    }
                ]
            )
        ),
    ),
    Case(
        "many cells",
        made=_changed(lambda n: n.update(cells=n.cells + [new_code_cell("1")] * 5000)),
        lost=ALL,
        says="cells; at most",
    ),
    Case(
        "a folder", made=_instead(lambda p: p.mkdir()), lost=ALL, says="no plain file"
    ),
    Case(
        "a link",
        made=_instead(
            lambda p: p.symlink_to(p.parents[3] / "source" / "week1" / "set.ipynb")
        ),
        lost=ALL,
        says="no plain file",
    ),
    Case("a pipe", made=_instead(os.mkfifo), lost=ALL, says="no plain file"),
    Case("files beside", made=_beside, says="large.bin is left out"),
    Case("ünï \n [x] {y}*"),
    Case("..ä <b>"),
    Case(
        "harm",
        f"from IPython.display import *\ndisplay(HTML({HARM!r})); print({HARM!r})\n"
        f"display(Javascript('alert(4)'))\n"
        f"display(SVG('<svg xmlns=\"x\">{HARM}</svg>'))\n"
        f"display({{'image/png': '\"><script>alert(5)</script>'}}, raw=True)\n"
        f"raise type({HARM!r}, (ValueError,), {{}})({HARM!r})",
        {"words": f"**Mine** {HARM} [go](javascript:alert(6)) <iframe src=x>"},
    ),
]

HOSTILE = [*PROCESSES, *ROOM, *CHEATS, *SPIES, *FILES]


def put(course, case, port):
    """Hand a case in."""

    def told(text):
        return text and text.replace("COURSE", str(course)).replace("PORT", str(port))

    folder = hand_in(
        course, case.name, at=case.at, inject=told(case.cell), **case.answers
    )
    if case.made:
        case.made(folder / "set.ipynb")
