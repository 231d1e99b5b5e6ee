"""What all tests share: markers for doctests, and no silent skips on a CI machine."""

import os

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
