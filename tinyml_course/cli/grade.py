"""The commands about assignments: grade, check, scores."""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import tempfile
from pathlib import Path

__all__ = ["check", "grade", "scores", "tell_waiting"]


def grade(options: argparse.Namespace) -> int:
    """``tinyml grade``: a verdict for every submission of an assignment."""
    from tinyml_course.grading import batch

    live = sys.stderr.isatty()

    def progress(done: int, total: int, student: str) -> None:
        if live:
            end = "\n" if done == total else ""
            print(f"\r{done}/{total} {student:<30.30}", end=end, file=sys.stderr)

    result = batch.grade(
        options.assignment,
        options.course,
        jobs=options.jobs,
        scheduler=options.scheduler,
        resume=options.resume,
        unsafe=options.unsafe,
        seconds=options.seconds,
        students=tuple(options.student),
        progress=progress,
    )
    if options.json:
        print(json.dumps(result))
        return 0
    if result["released"]:
        name = options.assignment
        print(f"Note: {name}: the release version was made from the source as it is.")
    for name, told in result["plan"].items():
        for item, why in told["shared"].items():
            print(f"Note: {name}: {item} runs on the student's side ({why})")
        for note in told["notes"]:
            print(f"Warning: {name}: with the reference solution, {note}")
        for item in told["failing"]:
            print(f"Warning: {name}: the reference solution does not pass {item}")
    if not result["verdicts"]:
        print(f"Nobody has handed in {options.assignment}.")
    for verdict in result["verdicts"]:
        for line in (_line(verdict), *(f"    {odd}" for odd in verdict["odd"])):
            print("".join(sign if sign.isprintable() else "?" for sign in line))
    return 0


def _line(verdict: dict) -> str:
    items = [item for book in verdict["notebooks"] for item in book["items"]]
    most = sum(item["points"] for item in items)
    was = "" if verdict["was"] is None else f", was {verdict['was']:g}"
    waiting = verdict["waiting"]
    more = f", {waiting:g} to be given by hand" if waiting else ""
    return (
        f"{verdict['student']:<24} {verdict['total']:g} of {most:g} points{was}{more}"
    )


def check(options: argparse.Namespace, root: Path, work: Path, classroom, progress):
    """``tinyml check``: 0 when nothing is missing and no visible test fails."""
    from tinyml_course.errors import DataError
    from tinyml_course.grading.check import check

    path = Path(options.assignment)
    # a copy of ps01 has its name and more: ps01-1.ipynb, "ps01 (mine 2026-11-22 0815)"
    copied = re.match(r"ps\d\d(?!\w)", path.stem) if path.suffix else None
    name = copied[0] if copied else path.stem
    if not path.suffix:
        path = work / "assignments" / name / f"{name}.ipynb"
    released = _released(name, root, classroom)
    if not path.is_file():
        how = "Fetch it in JupyterLab" if classroom else "`tinyml lab` puts it there"
        raise DataError(f"{path} is not there. {how}.")
    result = check(path, released, progress=progress)
    print(result)
    return 0 if result.ready else 1


def _released(name: str, root: Path, classroom):
    """The problem set as the class handed it out, else as it is made here."""
    from tinyml_course import grading
    from tinyml_course.errors import DataError
    from tinyml_course.grading.sheet import read_sheet

    given = classroom and classroom.released(name)
    given = given or root / "assignments" / "release" / name / f"{name}.ipynb"
    if given.exists():
        text = given.read_text("utf-8")
        return read_sheet(name, text, text)
    source = root / "assignments" / "source"
    bundle = root / "assignments" / "release"
    known = sorted(p.name for place in (source, bundle) for p in place.glob("ps*"))
    if name not in known:
        raise DataError(
            f"There is no problem set {name!r}; known: {', '.join(known) or 'none'}."
        )
    with tempfile.TemporaryDirectory() as folder:
        made = grading.release(source, Path(folder), only=name)
        text = made[0].read_text("utf-8")
        return read_sheet(name, text, text)


def scores(options: argparse.Namespace) -> int:
    """``tinyml scores``: a CSV, or a table of the items."""
    from tinyml_course.grading.scores import items, plot_items, table

    if not (options.items or options.plot):
        print(table(options.course, options.assignment, options.format), end="")
        tell_waiting(options)
        return 0
    found = items(options.course, options.assignment)
    print(f"{'item':<28}{'points':>7}{'graded':>8}{'difficulty':>12}{'discrim.':>10}")
    for item in found:
        figures = f"{_figure(item.difficulty):>12}{_figure(item.discrimination):>10}"
        print(f"{item.name:<28}{item.points:>7g}{item.graded:>8}{figures}")
    if options.plot:
        print(plot_items(found, options.plot))
    return 0


def _figure(value: float) -> str:
    """A figure of an item; a dash where the answers give none."""
    return "-" if math.isnan(value) else f"{value:.2f}"


def tell_waiting(options: argparse.Namespace) -> None:
    """Say, beside what goes into a file, that a person has points to give yet."""
    from tinyml_course.grading.scores import waiting

    if names := waiting(options.course, options.assignment):
        count = f"{len(names)} submission{' waits' if len(names) == 1 else 's wait'}"
        print(f"Note: {count} for points by hand, {names[0]!r} first.", file=sys.stderr)
