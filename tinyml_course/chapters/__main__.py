"""The notebooks as a program: ``python -m tinyml_course.chapters build [--check]``."""

from __future__ import annotations

import argparse
import sys

from tinyml_course.chapters.build import ROOT, build

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Make or compare the notebooks; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tinyml_course.chapters")
    parser.add_argument("command", choices=["build"])
    parser.add_argument(
        "--check", action="store_true", help="only tell whether they are up to date"
    )
    options = parser.parse_args(arguments)
    stale = build(check=options.check)
    word = "out of date: run make notebooks" if options.check else "made"
    for path in stale:
        print(f"{path.relative_to(ROOT)}: {word}")
    return int(options.check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
