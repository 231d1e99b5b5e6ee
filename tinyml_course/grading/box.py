"""A box to run other people's code in: no network, nothing to read, nothing to spoil.

Made by bubblewrap (``bwrap``), which needs no rights of an administrator. Inside one
finds the system's programs and Python, read only; none of the course's folders, none of
the user's files, and no way out but the socket by which the grader speaks to it.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import site
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tinyml_course.errors import ToolError
from tinyml_course.grading.wire import Gone, Late, Wire

__all__ = ["Box", "Limits", "command", "environment", "shows", "why_not"]

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
START_SECONDS = 120.0  # for imports such as TensorFlow's, on a busy machine


@dataclass(frozen=True)
class Limits:
    """What one submission may take.

    Attributes
    ----------
    seconds : float
        For one cell, or for one call of a function by a test.
    memory_bytes, disk_bytes : int
        Beyond what Python and its libraries take themselves; files in memory.
    processes : int
        Processes and threads.
    cpu_seconds : int
        Of one process, in all.
    """

    seconds: float = 10.0
    memory_bytes: int = 2_000_000_000
    disk_bytes: int = 256_000_000
    processes: int = 128
    cpu_seconds: int = 600


class Box:
    """A running box, with everything imported, that makes children for a submission.

    One child of each kind, ``"student"`` and ``"examiner"``, at a time; what is
    imported is shared by both, and nothing else is.

    Parameters
    ----------
    imports : tuple of str
        Modules to import beforehand.
    compiler : bool
        Whether compiled parts of the course's board are needed.
    sealed : bool
        Without bubblewrap where False: only for submissions that one trusts.
    """

    def __init__(
        self,
        imports: tuple[str, ...] = (),
        limits: Limits | None = None,
        *,
        compiler: bool = False,
        sealed: bool = True,
    ):
        self.limits = limits or Limits()
        ours, theirs = socket.socketpair()
        self.said = tempfile.TemporaryFile()  # noqa: SIM115, closed with the box
        python = [sys.executable, "-m", "tinyml_course.grading.nursery"]
        words = [*(command(compiler) if sealed else []), *python]
        self.process = subprocess.Popen(
            [*words, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.said,
            cwd="/",
        )
        theirs.close()
        self.wire, self.children = Wire(ours), {}
        told = {"imports": list(imports), "sealed": sealed}
        told |= asdict(self.limits)
        try:
            self.wire.send(told)
            self.wire.receive(time.monotonic() + START_SECONDS)
        except (Gone, Late) as error:
            self.wire.close()
            self.process.kill()
            self.process.wait()
            self.said.seek(0)
            said = self.said.read(20_000).decode("utf-8", "replace").strip()
            self.close()
            raise ToolError(f"The box did not start: {said or error}") from None

    def start(
        self,
        kind: str,
        files: dict[str, bytes] | None = None,
        given: frozenset = frozenset(),
    ) -> Wire:
        """A fresh child; the wire to it. The one before of its kind is ended.

        The ``given`` ones among the files are the instructor's: the tests' side can
        import them, and none of the others.
        """
        self.end(kind)
        ours, theirs = socket.socketpair()
        with theirs:
            self.wire.send({"do": "child", "kind": kind})
            socket.send_fds(self.wire.socket, [b"."], [theirs.fileno()])
        child = self.children[kind] = Wire(ours)
        until = time.monotonic() + START_SECONDS
        files = files or {}
        for name in sorted(files, key=lambda name: name not in given):
            told = {"file": name, "given": name in given}
            child.send(told, files[name], until)
        child.send({"files": "end"}, deadline=until)
        told, _ = child.receive(until)
        if "broken" in told:
            raise ToolError(f"A submission has no room here: {told['broken']}")
        return child

    def preload(self, names: list[str]) -> None:
        """Import these before the next child is made."""
        for kind in [*self.children]:
            self.end(kind)
        self.wire.send({"do": "import", "names": names})
        self.wire.receive(time.monotonic() + START_SECONDS)

    def end(self, kind: str) -> float:
        """End a child and all that it started; seconds of a processor it took."""
        if kind not in self.children:
            return 0.0
        self.children.pop(kind).close()
        self.wire.send({"do": "end", "kind": kind})
        told, _ = self.wire.receive(time.monotonic() + START_SECONDS)
        return float(told.get("cpu_seconds", 0))

    def close(self) -> None:
        """End everything in the box."""
        self.wire.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2)
        self.process.kill()
        self.process.wait()
        self.said.close()


@functools.cache
def why_not() -> str | None:
    """Why there can be no boxes here; None where they work (it is tried)."""
    if shutil.which("bwrap") is None:
        return (
            "bubblewrap (the program bwrap) is not installed; on Debian and Ubuntu: "
            "apt install bubblewrap"
        )
    with tempfile.NamedTemporaryFile() as outside:
        look = ["test", "!", "-e", outside.name]
        done = subprocess.run([*command(False), *look], capture_output=True, text=True)
    if done.returncode:
        seen = f"a file outside, {outside.name}, is seen inside"
        silent = seen if done.returncode == 1 else "it gives no reason"
        why = done.stderr.strip() or silent
        return f"bubblewrap does not run here: {why}"
    return None


def command(compiler: bool, more: tuple[str, ...] = ()) -> list[str]:
    """The call of bubblewrap, up to the program to run in it; ``more`` of its words."""
    words = ["bwrap", "--die-with-parent", "--new-session", "--unshare-net"]
    words += ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if os.getuid():
        words += ["--unshare-user"]
    words += ["--hostname", "box", "--proc", "/proc", "--dev", "/dev"]
    words += ["--tmpfs", "/tmp", "--tmpfs", "/box"]
    for path in _SYSTEM:
        if os.path.islink(path):
            words += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            words += ["--ro-bind", path, path]
    for path in (
        "ld.so.cache",
        "passwd",
        "group",
        "localtime",
        "fonts",
        "alternatives",
    ):
        words += ["--ro-bind-try", f"/etc/{path}", f"/etc/{path}"]
    folders = _python_folders()
    for parent in sorted({str(p) for f in folders for p in Path(f).parents} - {"/"}):
        if parent.split("/")[1] not in ("usr", "tmp"):
            words += ["--perms", "0755", "--dir", parent]  # bwrap's own are 0700
    for path in folders:
        words += ["--ro-bind", path, path]
    if compiler:
        from tinyml_course import device

        words += ["--ro-bind", str(device.toolchain.cache_dir()), "/box/seed"]
    return [*words, *more, "--remount-ro", "/"]


def _python_folders() -> list[str]:
    """Where Python, its packages and this one lie; a folder within another is left out.

    Of a package that is worked on in its repository only what it needs itself is shown:
    beside it there may lie the sources of assignments.
    """
    home = Path(__file__).resolve().parents[1]
    found = {sys.prefix, sys.base_prefix, sys.exec_prefix, *site.getsitepackages()}
    found |= {sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib")}
    found |= {str(home)}
    if (home.parent / "datasets").is_dir():
        found |= {str(home.parent / "datasets")}
    given = [p for p in _SYSTEM if os.path.isdir(p)]
    paths = sorted({os.path.realpath(p) for p in found if p} | {*filter(None, found)})
    kept: list[str] = []
    for path in paths:
        inside = any(path == k or path.startswith(k + "/") for k in [*given, *kept])
        if os.path.isdir(path) and not inside:
            kept.append(path)
    return kept


def shows(folder: Path) -> str | None:
    """The folder by which a box would show what lies in this one; None if it does not.

    >>> shows(Path("/usr/share/course"))
    '/usr'
    """
    real = Path(folder).resolve()
    places = (*_SYSTEM, *_python_folders())
    return next((p for p in places if real.is_relative_to(p)), None)


def environment() -> dict[str, str]:
    """What programs in the box are told of the world: little, and no secrets."""
    kept = {k: v for k, v in os.environ.items() if k in ("LANG", "LC_ALL", "TZ")}
    return kept | {
        "PATH": f"{os.path.dirname(sys.executable)}:/usr/bin:/bin",
        "HOME": "/tmp",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": "/tmp",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "IPYTHONDIR": "/tmp/ipython",
        "NBGRADER_EXECUTION": "autograde",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
