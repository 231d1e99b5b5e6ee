"""What runs inside a box: imports are made once, then a child for each submission.

Started by :mod:`.box` as ``python -m tinyml_course.grading.nursery``. Of each kind,
``student`` and ``examiner``, there is one child at a time. A child gets namespaces of
its own: what is in it, its twin cannot read or reach, and no process, file or message
of one submission is there for the next one. When it is told to go, everything that it
started goes with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import os
import resource
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time
from pathlib import Path

from tinyml_course.grading import cage
from tinyml_course.grading.memory import of_status, too_large
from tinyml_course.grading.wire import Gone, Wire

__all__ = ["main", "modules"]

_NEW_USER, _NEW_NS, _NEW_PID, _NEW_IPC = 0x10000000, 0x20000, 0x20000000, 0x8000000
_NEW_NET = 0x40000000
_NO_SUID = 0x6  # and no devices
_READ_ONLY = 0x1000 | 0x20 | 0x1 | _NO_SUID  # a mount as it is, but for that
_NO_PROGRAMS = 0x8
_NOBODY = 65534
_TMP = Path("/tmp")  # in the box, and for each child another one
_CACHE = Path("/box/cache")  # compiled parts, for courses that use our board
_LIBRARIES = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[1]))
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Import what is asked for, then make and unmake children until nobody asks."""
    wire = Wire(socket.socket(fileno=int(sys.argv[1])))
    told, _ = wire.receive()
    _prepare(told)
    _import(told["imports"])
    wire.send({"ready": True})
    children: dict[str, tuple[int, int]] = {}
    with contextlib.suppress(Gone):
        while True:
            head, _ = _receive(wire, children, told)
            if head["do"] == "child":
                _, (end,), _, _ = socket.recv_fds(wire.socket, 1, 1)
                children[head["kind"]] = _child({**told, **head}, end, wire)
            if head["do"] == "import":
                _import(head["names"])
                wire.send({"ready": True})
            if head["do"] == "end":
                wire.send(_end(children.pop(head["kind"], None)))
    for child in children.values():
        _end(child)


def modules() -> list[str]:
    """What this process has imported, in that order, but for files of a submission."""
    found = []
    for name, module in list(sys.modules.items()):
        path = getattr(getattr(module, "__spec__", None), "origin", None) or ""
        if path in ("built-in", "frozen") or path.startswith(_LIBRARIES):
            found.append(name)
    return found


def _import(names) -> None:
    """Import before any child is made: then it is there, and shared, in all of them."""
    for name in names:
        with contextlib.suppress(Exception):
            __import__(name)
    gc.collect()
    gc.freeze()  # no child looks through it again


def _prepare(told) -> None:
    from tinyml_course.grading import examiner, student  # noqa: F401, children need it

    told["shell"] = student.new_shell()
    seed = Path("/box/seed")
    if seed.exists():
        shutil.copytree(seed, _CACHE / "tinyml-course", dirs_exist_ok=True)
        if os.getuid() == 0:
            for path in [_CACHE, *_CACHE.rglob("*")]:
                os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)


def _receive(wire, children, told):
    """The next order; meanwhile a child that takes too much memory is ended."""
    before = of_status(Path("/proc/meminfo"))["Shmem"]
    while children and not select.select([wire.socket], [], [], 0.1)[0]:
        most = told["memory_bytes"]
        for inner in too_large(most, children, before) if told["sealed"] else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(inner, signal.SIGKILL)
    return wire.receive()


def _child(told, end: int, wire: Wire):
    """Fork a child that serves one submission on the socket ``end``, and no other.

    Returns (pid of the first process of its own world, pid of its parent).
    """
    come, go = os.pipe()
    parent = os.fork()
    if parent:
        os.close(go)
        os.close(end)
        inner = os.read(come, 16)
        os.close(come)
        return (int(inner or b"0"), parent)
    os.close(come)
    wire.close()  # nobody but this process speaks for the box
    try:
        room = _TMP if told["sealed"] else Path(tempfile.mkdtemp(prefix="grading-"))
        if told["sealed"]:
            _isolate()
        inner = os.fork()
        if inner:  # as the world outside counts it
            os.write(go, str(inner).encode())
            os.close(go)
            os.waitpid(inner, 0)
            if not told["sealed"]:
                shutil.rmtree(room, ignore_errors=True)
            os._exit(0)
        os.close(go)
        os.setsid()  # so that "kill my group" reaches nobody else
        _libc.prctl(1, signal.SIGKILL, 0, 0, 0)  # die with the parent
        _furnish(told, room)
        _serve(told, Wire(socket.socket(fileno=end)))
    except BaseException as error:
        with contextlib.suppress(Exception):
            Wire(socket.socket(fileno=end)).send({"broken": repr(error)[:500]})
    os._exit(0)


def _isolate() -> None:
    """A user, processes, mounts, messages and a network of one's own."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        _libc.prctl(4, 1, 0, 0, 0)  # what follows writes to our own /proc/self
    uid, gid = os.getuid(), os.getgid()
    if _libc.unshare(_NEW_USER | _NEW_NS | _NEW_PID | _NEW_IPC | _NEW_NET):
        raise OSError(ctypes.get_errno(), "a namespace of one's own is refused")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        Path("/proc/self", name).write_text(text)
    with socket.socket() as some:  # a process may speak with itself: netdevice(7)
        up = struct.pack("16sH22x", b"lo", 1)
        fcntl.ioctl(some, 0x8914, up)


def _furnish(told, room: Path) -> None:
    """An empty room: private files of limited size, and limits on everything else.

    Without a box the room is a folder like any other, and the limits are those that a
    process can set for itself.
    """
    if told["sealed"]:
        _mount(told["disk_bytes"])
    for name in ("home", "work"):
        (room / name).mkdir()
    os.environ.update(HOME=str(room / "home"), TMPDIR=str(room))
    os.chdir(room / "work")
    used = 1024 * int(_status("VmData:"))
    limits = [
        # emulators reserve far more than they touch; what is touched is watched above
        (resource.RLIMIT_DATA, used + 4 * told["memory_bytes"]),
        (resource.RLIMIT_FSIZE, told["disk_bytes"]),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, told["cpu_seconds"]),
    ]
    if told["sealed"]:  # else it would count all that this user runs
        limits.append((resource.RLIMIT_NPROC, told["processes"]))
    for what, most in limits:
        resource.setrlimit(what, (most, most))
    if told["sealed"]:
        cage.shut()


def _mount(disk_bytes: int) -> None:
    """Empty folders in memory, and a private layer over what compilers have kept.

    Nothing else can be written to: what one submission leaves the next would find.
    """
    size = f"size={disk_bytes},nr_inodes=100k,mode=1777".encode()
    for place in (bytes(_TMP), b"/dev/shm"):
        if _libc.mount(b"tmpfs", place, b"tmpfs", _NO_SUID, size):
            raise OSError(ctypes.get_errno(), f"no private {place.decode()}")
    if _CACHE.exists():
        upper, work = _TMP / ".upper", _TMP / ".work"
        upper.mkdir()
        work.mkdir()
        layers = f"lowerdir={_CACHE},upperdir={upper},workdir={work},userxattr"
        os.environ["XDG_CACHE_HOME"] = str(_CACHE)
        if _libc.mount(b"overlay", bytes(_CACHE), b"overlay", 0, layers.encode()):
            os.environ["XDG_CACHE_HOME"] = str(_TMP / ".cache")
            shutil.copytree(_CACHE, _TMP / ".cache")
    for place in (b"/box", b"/dev", b"/proc"):  # there, files of the twin lie, too
        if _libc.mount(None, place, None, _READ_ONLY | _NO_PROGRAMS, None):
            raise OSError(ctypes.get_errno(), f"{place.decode()} stays writable")


def _status(name: str) -> str:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return line.split()[1]
    return "0"


def _serve(told, wire) -> None:
    empty = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(empty, number)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _receive_files(wire)
    wire.send({"ready": True})
    if told["kind"] == "student":
        from tinyml_course.grading.student import Student

        sys.path.insert(0, "")
        Student(wire, told["shell"]).serve()
    else:
        from tinyml_course.grading.examiner import Examiner

        Examiner(wire).serve()


def _receive_files(wire) -> None:
    """Files that lie beside the notebook, until one is announced that is none.

    The instructor's come first; what has no place beside them is left out.
    """
    beside = Path.cwd().parent / "given"
    while True:
        head, payload = wire.receive()
        if "file" not in head:
            break
        parts = [p for p in Path(head["file"]).parts if p not in ("..", "/")]
        for folder in (Path.cwd(), beside) if head["given"] else (Path.cwd(),):
            path = folder.joinpath(*parts)
            with contextlib.suppress(FileExistsError, NotADirectoryError):
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as file:
                    file.write(payload)
    if beside.exists():
        sys.path.insert(0, str(beside))


def _end(child) -> dict:
    """End a child and all that it started; what it used, in seconds of a processor."""
    if not child:
        return {"cpu_seconds": 0.0}
    inner, parent = child
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    if inner:
        with contextlib.suppress(ProcessLookupError):
            os.kill(inner, signal.SIGKILL)
    for _ in range(2000):  # its parent counts its time, then ends by itself
        if os.waitpid(parent, os.WNOHANG)[0]:
            break
        time.sleep(0.001)
    else:
        os.kill(parent, signal.SIGKILL)
        os.waitpid(parent, 0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu_seconds": used}


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
