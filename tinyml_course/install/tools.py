"""The programs that only the tests need: apt installs them where it may."""

import os
import shutil
import subprocess

from tinyml_course.install.environment import call
from tinyml_course.install.problems import SetupError

__all__ = ["TEST_TOOLS", "install_test_tools", "missing_tools"]

# What only the tests need: (programs, any of which will do; Debian package; cost).
TEST_TOOLS = (
    (
        ("chromium", "chromium-browser", "google-chrome"),
        "chromium",
        "the tests that open the book and JupyterLab in a browser",
    ),
    (("bwrap",), "bubblewrap", "grading untrusted work, and its tests"),
    (
        ("qemu-system-arm",),
        "qemu-system-arm",
        "the tests that repeat a run on a second emulator",
    ),
    (
        ("arm-none-eabi-gcc",),
        "gcc-arm-none-eabi",
        "the tests that build the generated C with a second compiler",
    ),
)


def missing_tools():
    """List the rows of TEST_TOOLS none of whose programs is on the PATH."""
    return [row for row in TEST_TOOLS if not any(shutil.which(p) for p in row[0])]


def install_test_tools(root, progress):
    """Install with apt what only the tests need, or say what is skipped without."""
    missing = missing_tools()
    prefix = None
    if missing and shutil.which("apt-get"):
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            prefix = []
        elif shutil.which("sudo"):
            allowed = subprocess.call(
                ["sudo", "-n", "true"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            prefix = ["sudo", "-n"] if allowed == 0 else None
    if prefix is not None:
        packages = [row[1] for row in missing]
        progress.step("Installing test tools with apt: " + " ".join(packages))
        quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
        try:
            call(prefix + quiet + ["update"], root, "apt.log")
            install = ["install", "-y", "--no-install-recommends"]
            call(prefix + quiet + install + packages, root, "apt.log")
        except SetupError as error:
            print("apt-get failed. %s" % error)
        missing = missing_tools()
        progress.done()
    for programs, package, cost in missing:
        print(
            "Skipped without %s: %s. To have them: sudo apt-get install %s"
            % (programs[0], cost, package)
        )
    if missing and os.environ.get("CI", "").lower() in ("1", "true"):
        raise SetupError("On a CI machine (CI=true) no test may be skipped.")
