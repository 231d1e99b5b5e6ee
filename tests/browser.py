"""A real browser for tests: Chromium, a page server on loopback, a watch on requests.

    with browser.chromium() as chrome, browser.serve(folder) as url:
        with browser.watched(chrome) as page:
            page.goto(url + "/index.html")

`watched` fails the test on a request to any other machine, on an error in the
console and on an exception in the page.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HERE = {"127.0.0.1", "localhost", ""}
# Voila loads every Lab extension it finds; these need parts that Voila lacks
LAB_ONLY = (
    "jupyterlab-jupytext",
    "@jupyter-notebook/lab-extension",
    "@jupyter/nbgrader",
)
PHONE = {"width": 360, "height": 740}


@contextlib.contextmanager
def chromium() -> Iterator:
    """Start Debian's Chromium; skip with the reason where it is missing."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/favicon.ico":  # browsers ask for it; no site needs one
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *args: object) -> None:
        pass


@contextlib.contextmanager
def serve(folder: str | Path) -> Iterator[str]:
    """Serve a folder on loopback; gives its URL without a slash at the end."""
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def jupyter(app: str, folder: str | Path, *options: str) -> Iterator[str]:
    """Start `jupyterlab` or `voila` on a folder, apart from the user's settings.

    Gives the server's URL; ends the server and its kernels.
    """
    port = free_port()
    home = Path(folder) / ".jupyter"
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    environment.pop("TINYML_STATIC", None)
    command = [sys.executable, "-m", app, "--no-browser", f"--port={port}", *options]
    if app == "voila":
        command += [f"--VoilaConfiguration.extension_denylist={x}" for x in LAB_ONLY]
    if app == "jupyterlab":
        command += [
            "--allow-root",
            "--IdentityProvider.token=",
            f"--notebook-dir={folder}",
        ]
        command += ["--LabApp.news_url=", "--ServerApp.ip=127.0.0.1"]
    log = home / "server.log"
    home.mkdir(exist_ok=True)
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        _wait_for(port, server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(15)
        server.kill()


def free_port() -> int:
    """A port of this computer that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(port: int, server: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.2)
    raise AssertionError(f"the server did not start:\n{log.read_text()[-2000:]}")


def run_all_in_lab(page: object, url: str, notebook: str) -> None:
    """Open a notebook in JupyterLab, run all cells, wait until the kernel rests."""
    page.goto(f"{url}/lab/tree/{notebook}?reset")
    page.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for(timeout=60_000)
    idle = ".jp-Notebook-ExecutionIndicator[data-status='idle']"
    page.locator(idle).wait_for(timeout=60_000, state="attached")
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt")
    deadline = time.monotonic() + 120

    def shown() -> list[str]:  # a cell whose input is hidden has no prompt
        return [text.strip() for text in prompts.all_inner_texts() if text.strip()]

    while not (now := shown()) or not all(t.strip("[]:").isdigit() for t in now):
        assert time.monotonic() < deadline, f"stuck: {now}"
        if set(now) == {"[ ]:"}:
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.wait_for_timeout(500)  # an opening menu swallows a click
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            page.wait_for_timeout(2500)  # a session that reconnects drops the run
        page.wait_for_timeout(200)
    page.locator(idle).wait_for(timeout=60_000, state="attached")


class Watch:
    """What a page asked for and complained about."""

    def __init__(self, context: object, allow_console: tuple[str, ...] = ()) -> None:
        self.outside: list[str] = []
        self.problems: list[str] = []
        self._allow = allow_console
        context.on("request", self._on_request)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.problems.append(str(error.error)))

    def _on_request(self, request: object) -> None:
        parts = urlsplit(request.url)
        if (
            parts.scheme in ("http", "https", "ws", "wss")
            and parts.hostname not in HERE
        ):
            self.outside.append(request.url)

    def _on_console(self, message: object) -> None:
        allowed = any(text in message.text for text in self._allow)
        if message.type == "error" and not allowed:
            self.problems.append(message.text)

    def check(self, outside: bool = True) -> None:
        """Fail on anything that was seen."""
        assert not (outside and self.outside), f"requests elsewhere: {self.outside}"
        assert not self.problems, f"errors in the page: {self.problems}"


@contextlib.contextmanager
def watched(
    browser: object,
    *,
    allow_console: tuple[str, ...] = (),
    block_outside: bool = False,
    **options: object,
) -> Iterator:
    """Open a page in a context of its own; requests outside and errors fail.

    Parameters
    ----------
    allow_console : tuple of str
        Texts of console errors that are another project's (name the reason beside).
    block_outside : bool
        For servers whose own pages ask elsewhere (Voila: a style sheet of icons):
        such requests are refused as without a network, and do not fail the test.
    **options
        For playwright's `new_context`: viewport, color_scheme, ...
    """
    context = browser.new_context(**options)
    if block_outside:
        elsewhere = re.compile(r"^https?://(?!127\.0\.0\.1|localhost)")
        context.route(elsewhere, lambda route: route.abort())
        allow_console += ("net::ERR_FAILED",)
    watch = Watch(context, allow_console)
    page = context.new_page()
    page.set_default_timeout(15_000)
    try:
        yield page
        watch.check(outside=not block_outside)
    finally:
        context.close()


def axe_violations(page: object, within: str | None = None) -> list[str]:
    """Run axe on the page (or one selector): "rule: first element" for each."""
    from axe_playwright_python.sync_playwright import Axe

    results = Axe().run(page, context=within)
    return [
        f"{found['id']}: {found['nodes'][0]['html'][:200]}"
        for found in results.response["violations"]
    ]
