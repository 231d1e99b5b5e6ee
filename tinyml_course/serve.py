"""A folder or an app comes in; JupyterLab or Voila serves it until interrupted."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import socket
import sys
import warnings
from pathlib import Path

from tinyml_course.errors import CourseError, ToolError

__all__ = ["app", "find_app", "lab"]

# Parts of JupyterLab that are not for students: it asks at its first start whether
# to send Jupyter's news, and nbgrader offers to make assignments. nbgrader's list of
# assignments and its button Validate stay.
SWITCHED_OFF = (
    "@jupyterlab/apputils-extension:announcements",
    "@jupyter/nbgrader:create-assignment",
)


def lab(work: Path, *, port: int = 8888, browser: bool = True) -> None:
    """Open JupyterLab on ``work`` at its first chapter; return when it is stopped.

    The first line printed is the URL, when the server answers there. Settings are kept
    in ``work/.jupyter``; nothing of another Jupyter in the home folder is used, and
    nothing is asked of the network.
    """
    _own_settings(work)
    try:
        from jupyterlab.labapp import LabApp
    except ImportError:
        raise _missing("jupyterlab") from None
    # Jupyter's own packages tell each other what is deprecated; no news to a student
    warnings.showwarning = lambda *_, **__: None
    token = secrets.token_hex(24)
    server = LabApp.initialize_server(
        argv=[
            f"--ServerApp.root_dir={work}",
            f"--ServerApp.port={port}",
            f"--IdentityProvider.token={token}",
            "--ServerApp.open_browser=False",
            "--ServerApp.answer_yes=True",
            f"--ServerApp.allow_root={_is_root()}",
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.extension_manager=readonly",
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


def _own_settings(work: Path) -> None:
    settings = work / ".jupyter"
    _switch_off(settings / "labconfig" / "page_config.json")
    nbgrader = settings / "nbgrader_config.py"
    if not nbgrader.exists():  # else it warns that it found none
        nbgrader.write_text("# A student needs no settings of nbgrader's.\n")
    os.environ.setdefault("JUPYTER_CONFIG_DIR", str(settings))
    os.environ.setdefault("JUPYTER_DATA_DIR", str(settings / "data"))
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    # in notebooks and terminals `tinyml` and `python` mean this environment's
    programs = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", "")])


def _switch_off(page_config: Path) -> None:
    """Note it where JupyterLab looks; what the student decided there stays."""
    try:
        config = json.loads(page_config.read_text(encoding="utf-8"))
        switches = config.setdefault("disabledExtensions", {})
        missing = [name for name in SWITCHED_OFF if name not in switches]
    except (OSError, ValueError, AttributeError, TypeError):  # none yet, or no settings
        config = {"disabledExtensions": (switches := {})}
        missing = list(SWITCHED_OFF)
    if missing:
        switches.update(dict.fromkeys(missing, True))
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
