"""The set-up as a program: ``python3 -m tinyml_course.install [--tests]``."""

import argparse
import contextlib
import json
import sys
from pathlib import Path

from tinyml_course.install import environment
from tinyml_course.install.problems import (
    SetupError,
    check_disk,
    check_folder,
    check_python,
    explain,
)
from tinyml_course.install.progress import Progress
from tinyml_course.install.tools import install_test_tools

__all__ = ["main", "set_up"]

ROOT = Path(__file__).resolve().parents[2]


def set_up(root=ROOT, tests=False, stream=None):
    """Set up whatever is missing; at once when nothing is.

    Parameters
    ----------
    root : Path
        The checkout.
    tests : bool
        Also install the programs that only the tests need.

    Raises
    ------
    SetupError
        With the reason and what to do about it.
    """
    progress = Progress(stream)
    check_python(sys.version_info)
    if not environment.is_current(root):
        check_folder(root)
        check_disk(root)
        print("Setting up the course in %s (once)." % (root / ".venv"))
        try:
            environment.make_environment(root, progress)
            stamp = root / ".venv" / environment.STAMP
            with contextlib.suppress(FileNotFoundError):
                stamp.unlink()
            environment.install_packages(root, progress)
            environment.install_course(root, progress)
            stamp.write_text(json.dumps(environment.fingerprint(root)))
        except OSError as error:
            raise SetupError(explain(str(error)) + " (%s)" % error) from error
    if tests:
        install_test_tools(root, progress)


def main(arguments=None):
    """Set up and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python3 -m tinyml_course.install", description="Set the course up."
    )
    parser.add_argument(
        "--tests", action="store_true", help="also install what only the tests need"
    )
    options = parser.parse_args(arguments)
    try:
        set_up(ROOT, tests=options.tests)
    except SetupError as error:
        sys.stderr.write("\nSet-up stopped. %s\n" % error)
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted; the same command goes on from here.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
