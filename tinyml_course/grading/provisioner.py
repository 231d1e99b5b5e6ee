"""A notebook's kernel comes in, it starts in a box: for plain ``nbgrader autograde``.

`tinyml grade` keeps the tests out of the student's process; nbgrader runs them there.
What this can do for nbgrader is to shut that process in: no network, nothing of the
machine to write to, no ``source/``, no gradebook, and an end to all that it started.

Jupyter knows it as ``tinyml-box``: ``assignments/nbgrader_config.py`` asks for it, and
in any other course ``JUPYTER_DEFAULT_PROVISIONER_NAME=tinyml-box`` does.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from jupyter_client.provisioning import LocalProvisioner

from tinyml_course.errors import ToolError
from tinyml_course.grading import box

__all__ = ["BoxProvisioner"]

_DROP = "setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all".split()
# of each process: what it makes its own of memory, the largest file, processor seconds
_LIMITS = "--data=8000000000 --fsize=250000000 --cpu=600 --core=0 --nproc=1024"
_START = f"""cp -r /box/given /tmp/desk
if [ -d /box/seed ]; then mkdir -p /tmp/cache/tinyml-course
cp -r /box/seed/. /tmp/cache/tinyml-course; export XDG_CACHE_HOME=/tmp/cache; fi
unset JPY_PARENT_PID; cd /tmp/desk; exec prlimit {_LIMITS} "$@" """


class BoxProvisioner(LocalProvisioner):
    """Starts kernels in bubblewrap and speaks with them through sockets in a folder.

    The folder in which a kernel starts is copied into memory: it may read and write
    there, and what it writes is gone with it.

    Examples
    --------
    In the shell, in the folder of any nbgrader course::

        JUPYTER_DEFAULT_PROVISIONER_NAME=tinyml-box nbgrader autograde ps01
    """

    _room: str | None = None

    async def pre_launch(self, **kwargs):
        """Put the box around the command that starts the kernel.

        Raises
        ------
        ToolError
            If there can be no box here, with the reason.
        """
        why_not = box.why_not()
        if why_not:
            raise ToolError(
                "A kernel is not started without a box, and here there can be none: "
                f"{why_not}. Grade where there is one; or, if you trust every student, "
                "take BoxedExecute out of nbgrader_config.py."
            )
        if self._room is None:  # a kernel that is started again keeps its sockets
            self._room = tempfile.mkdtemp(prefix="box-")
        wires, desk = Path(self._room, "wires"), Path(self._room, "desk")
        wires.mkdir(exist_ok=True)
        here = kwargs.pop("cwd", None) or os.getcwd()
        shutil.rmtree(desk, ignore_errors=True)
        shutil.copytree(here, desk, symlinks=True)
        self.parent.transport, self.parent.ip = "ipc", f"{wires}/kernel"
        self.parent.connection_file = f"{wires}/kernel.json"
        self.kernel_spec.interrupt_mode = "message"  # a signal ends at the box's wall
        told = await super().pre_launch(**kwargs)
        for path in (wires, desk, *wires.iterdir(), *desk.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o777 if path.is_dir() else 0o666)
        more = ["--size", "512000000", "--perms", "1777", "--tmpfs", "/tmp"]
        for parent in sorted(str(p) for p in wires.parents):
            if not parent.startswith(("/usr", "/tmp/")) and parent not in ("/", "/tmp"):
                more += ["--perms", "0755", "--dir", parent]
        more += ["--perms", "0755", "--dir", self._room]
        more += ["--bind", str(wires), str(wires), "--ro-bind", str(desk), "/box/given"]
        needs_board = any(b"tinyml_course" in p.read_bytes() for p in _notebooks(desk))
        words = box.command(needs_board, tuple(more))
        words += [*(_DROP if os.getuid() == 0 else []), "sh", "-c", _START, "sh"]
        return told | {
            "cmd": [*words, *told["cmd"]],
            "cwd": "/",
            "env": box.environment(),
        }

    async def cleanup(self, restart: bool = False) -> None:
        """Take the kernel's folder away."""
        await super().cleanup(restart=restart)
        if self._room and not restart:
            shutil.rmtree(self._room, ignore_errors=True)
            self._room = None


def _notebooks(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return [p for p in folder.glob("*.ipynb") if not p.is_symlink()]
    return []
