"""A folder or an app comes in; JupyterLab or Voila serves it until interrupted."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import warnings
from pathlib import Path

from tinyml_course.errors import CourseError, ToolError

__all__ = ["app", "find_app", "lab"]

# Parts of JupyterLab that are not for students: it asks at its first start whether
# to send Jupyter's news, and nbgrader offers to make and to grade assignments.
# nbgrader's button Validate stays.
SWITCHED_OFF = (
    "@jupyterlab/apputils-extension:announcements",
    "@jupyter/nbgrader:create-assignment",
    "@jupyter/nbgrader:formgrader",
    "@jupyter/nbgrader:course-list",
)
# nbgrader's menu with its list of assignments: where a class has a place for them
HANDING_IN = ("@jupyter/nbgrader:menu", "@jupyter/nbgrader:assignment-list")
NOT_SERVED = ("formgrader", "course_list")  # the same at the server's side
NBGRADER_CONFIG = """\
# Of a class's nbgrader_config.py, the machine's, you need to repeat nothing here.
import os

import zmq

c = get_config()  # nbgrader puts it there
work = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
c.Exchange.assignment_dir = os.path.join(work, "assignments")
c.Execute.timeout = 60  # of Validate, seconds for a cell; ours train for ten at most
if zmq.has("curve"):  # else the kernel that validates warns that others may listen
    c.KernelManager.transport_encryption = "auto"
"""


def lab(
    work: Path, *, port: int = 8888, browser: bool = True, hand_in: bool = False
) -> None:
    """Open JupyterLab on ``work`` at its first chapter; return when it is stopped.

    The first line printed is the URL, when the server answers there. Settings are kept
    in ``work/.jupyter``; nothing of another Jupyter in the home folder is used, and
    nothing is asked of the network. With ``hand_in`` nbgrader's list of assignments is
    in the menu, to fetch and to submit; it needs the exchange of a class.

    Started by a JupyterHub it becomes the server that the hub waits for.
    """
    _own_settings(work, hand_in)
    if "JUPYTERHUB_API_TOKEN" in os.environ:
        server = "jupyterhub-singleuser"
        if shutil.which(server) is None:
            raise _missing("jupyterhub")
        os.execvp(server, [server, *_options(work)])
    try:
        from jupyterlab.labapp import LabApp
    except ImportError:
        raise _missing("jupyterlab") from None
    # Jupyter's own packages tell each other what is deprecated; no news to a student
    warnings.showwarning = lambda *_, **__: None
    token = secrets.token_hex(24)
    server = LabApp.initialize_server(
        argv=[
            *_options(work),
            f"--ServerApp.port={port}",
            f"--IdentityProvider.token={token}",
            "--ServerApp.open_browser=False",
            "--ServerApp.answer_yes=True",
            "--Application.log_level=ERROR",
        ]
    )
    chapters = sorted(path.name for path in work.glob("[0-9][0-9]_*.ipynb"))
    place = f"lab/tree/{chapters[0]}" if chapters else "lab"
    url = f"http://127.0.0.1:{server.port}/{place}?token={token}"

    async def announce() -> None:
        while not await _answers(server.port):
            await asyncio.sleep(0.02)
        print(f"{url}\nThe course is open there. Ctrl-C stops it.", flush=True)
        if browser and _has_display():
            _open(url)

    server.io_loop.add_callback(announce)  # runs once the server does
    server.start()


def _options(work: Path) -> list[str]:
    """What the server is told, whoever starts it."""
    import zmq

    told = [
        f"--ServerApp.root_dir={work}",
        f"--ServerApp.allow_root={_is_root()}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]
    for part in NOT_SERVED:
        module = f"nbgrader.server_extensions.{part}"
        told.append(f"--ServerApp.jpserver_extensions={module}=0")
    if zmq.has("curve"):  # nobody else here reads what kernels say; else each one warns
        told.append("--KernelManager.transport_encryption=auto")
    return told


async def _answers(port: int) -> bool:
    """Whether somebody listens on this computer's ``port``."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def find_app(folder: Path, name: str | None) -> Path:
    """The app called ``name``, or the only one there is.

    Raises
    ------
    CourseError
        Naming the apps there are.
    """
    apps = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    if name in apps:
        return apps[name]
    if name is None and len(apps) == 1:
        return next(iter(apps.values()))
    known = ", ".join(apps) or "none yet"
    if name is None:
        choice = " or ".join(f"tinyml app {each}" for each in apps) or known
        raise CourseError(f"Which app? Try: {choice}.")
    raise CourseError(f"There is no app {name!r}. The apps: {known}.")


def app(notebook: Path, *, port: int = 0, browser: bool = True) -> None:
    """Serve one notebook as an app with Voila; return when it is stopped.

    The first line printed is the URL, when the server answers there.
    """
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    try:
        from voila.app import Voila
    except ImportError:
        raise _missing("voila") from None
    signal.signal(signal.SIGINT, signal.default_int_handler)
    open_it = browser and _has_display()

    class App(Voila):
        def launch_browser(self) -> None:
            # called once the port is bound
            url = f"http://127.0.0.1:{self.port}/"
            print(url, flush=True)
            if open_it:
                _open(url)

    server = App()
    server.initialize(
        [
            str(notebook),
            f"--Voila.port={port or _free_port()}",
            "--Voila.open_browser=True",
            "--Application.log_level=ERROR",
        ]
    )
    server.start()


def _own_settings(work: Path, hand_in: bool = False) -> None:
    settings = work / ".jupyter"
    _switch(settings / "labconfig" / "page_config.json", hand_in)
    if hand_in:  # nbgrader goes into it before it fetches anything
        (work / "assignments").mkdir(exist_ok=True)
    nbgrader = settings / "nbgrader_config.py"
    if not nbgrader.exists() or "get_config" not in nbgrader.read_text("utf-8"):
        nbgrader.write_text(NBGRADER_CONFIG, "utf-8")
    os.environ.setdefault("JUPYTER_CONFIG_DIR", str(settings))
    os.environ.setdefault("JUPYTER_DATA_DIR", str(settings / "data"))
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    # in notebooks and terminals `tinyml` and `python` mean this environment's
    programs = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", "")])


def _switch(page_config: Path, hand_in: bool) -> None:
    """Note it where JupyterLab looks; what the student decided there stays."""
    try:
        config = json.loads(page_config.read_text(encoding="utf-8"))
        before = dict(config.setdefault("disabledExtensions", {}))
    except (OSError, ValueError, AttributeError, TypeError):  # none yet, or no settings
        config, before = {}, {}
    switches = dict.fromkeys(SWITCHED_OFF, True) | before
    switches |= dict.fromkeys(HANDING_IN, not hand_in)
    if switches != before:
        config["disabledExtensions"] = switches
        page_config.parent.mkdir(parents=True, exist_ok=True)
        part = page_config.with_suffix(".part")
        part.write_text(json.dumps(config, indent=1), encoding="utf-8")
        part.replace(page_config)


def _open(url: str) -> None:
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def _has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _missing(package: str) -> ToolError:
    return ToolError(f"{package} is not installed here. Run make setup.")
