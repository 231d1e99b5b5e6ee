"""What all tests share: markers for doctests, and no silent skips on a CI machine."""

import os
import socket
import subprocess
import sys

import pytest
from _pytest.doctest import DoctestItem

# modules whose examples train or convert with TensorFlow
TENSORFLOW = ("tinyml_course.train", "tinyml_course.quantize")
CI = os.environ.get("CI", "").lower() in ("1", "true")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if isinstance(item, DoctestItem) and item.name.startswith(TENSORFLOW):
            item.add_marker("tf")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if CI and skipped and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    for report in skipped:
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else ""
        terminalreporter.write_line(f"skipped: {report.nodeid}: {reason}")
    if CI and skipped:
        terminalreporter.write_line("CI=true: a skipped test is a failure.", red=True)


def _free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@pytest.fixture
def cluster(tmp_path):
    """The address of a Dask scheduler with two workers, each a process."""
    address = f"tcp://127.0.0.1:{_free_port()}"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    local = ["--host", "127.0.0.1", "--no-dashboard"]
    port = address.rpartition(":")[2]
    processes = [
        subprocess.Popen(
            [*dask, "scheduler", "--port", port, *local], cwd=tmp_path, **quiet
        )
    ]
    worker = [*dask, "worker", address, "--nthreads", "1", "--no-nanny", *local]
    processes += [subprocess.Popen(worker, cwd=tmp_path, **quiet) for _ in range(2)]
    yield address
    for process in reversed(processes):
        process.kill()
        process.wait()
