"""The commands that look at what was graded: integrity, leaderboard."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

__all__ = ["add_commands", "integrity", "leaderboard"]


def add_commands(command) -> None:
    """Add them to the parser, by its ``command(name, call, text)``."""
    made = command("integrity", integrity, "say what is odd, and who wrote alike")
    made.add_argument("assignment", metavar="ASSIGNMENT")
    made.add_argument("--course", type=Path, default=Path(), metavar="DIR")
    made.add_argument("--json", action="store_true")
    made = command("leaderboard", leaderboard, "make a page of the capstone's models")
    made.add_argument("--course", type=Path, default=Path(), metavar="DIR")
    made.add_argument("--assignment", default="ps10", metavar="ASSIGNMENT")
    made.add_argument("--out", type=Path, required=True, metavar="FILE.html")
    made.add_argument("--title", default="Models of the class")
    made.add_argument("--names", action="store_true", help="names, instead of birds")


def integrity(options: argparse.Namespace) -> int:
    """``tinyml integrity``: the report in words, or as JSON."""
    from tinyml_course.grading.integrity import as_text, examine

    report = examine(options.assignment, options.course)
    print(json.dumps(report) if options.json else as_text(report))
    return 0


def leaderboard(options: argparse.Namespace) -> int:
    """``tinyml leaderboard``: one page, written whole or not at all."""
    from tinyml_course.grading.leaderboard import page, read_journal, rows

    verdicts = read_journal(options.course, options.assignment)
    text = page(verdicts, names=options.names, title=options.title)
    half = options.out.with_name(options.out.name + ".part")
    try:
        half.write_text(text, "utf-8")
        half.replace(options.out)
    finally:
        half.unlink(missing_ok=True)
    shown = len(rows(verdicts))
    models = f"{shown} model{'' if shown == 1 else 's'}"
    print(f"{options.out}: {models}; {len(verdicts)} handed in")
    return 0
