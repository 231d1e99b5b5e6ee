"""The command ``tinyml``: words from the shell come in, one call is made for each.

A user's mistake is one line on stderr and exit status 2.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from tinyml_course import __version__
from tinyml_course.cli import models, review
from tinyml_course.errors import CourseError

__all__ = ["main"]


def _doctor(options: argparse.Namespace) -> int:
    from tinyml_course import doctor

    found = list(map(_tried, doctor.examine()))
    for finding in found:
        print(finding)
    broken = [finding.what for finding in found if finding.needed and not finding.works]
    if broken:
        print(f"Not every command works here; missing: {', '.join(broken)}.")
        return 1
    print("Every student command works here.")
    return 0


def _tried(finding):
    """Of bubblewrap, whether it runs; that it is there says little."""
    if not (finding.what == "bwrap" and finding.works and _has_grading()):
        return finding
    from tinyml_course.grading.box import why_not

    reason = " ".join((why_not() or "").split())
    detail = reason and f"without it: no grading. {reason}"
    return replace(finding, works=not reason, detail=detail)


def _course() -> Path:
    """The checkout; chapters and assignments are there, not in the wheel."""
    from tinyml_course.chapters import ROOT

    if not (ROOT / "notebooks").is_dir():
        raise CourseError(
            "The chapters are not part of the installed package. Get the course's "
            "repository and run make lab in it."
        )
    return ROOT


def _work(root: Path) -> Path:
    """The student's own copy; a class on one machine may say where each one's is."""
    told = os.environ.get("TINYML_WORK")
    return Path(told).expanduser().absolute() if told else root / "work"


def _has_grading() -> bool:
    import importlib.util

    names = ("tinyml_course.grading", "nbgrader")
    return all(map(importlib.util.find_spec, names))


def _classroom(work: Path):
    """Where the student's class hands out and collects, if there is such a place."""
    if not _has_grading():
        return None
    from tinyml_course.grading.classroom import classroom

    try:
        return classroom(work)
    except CourseError as error:  # the chapters work without
        print(error, file=sys.stderr, flush=True)
        return None


def _release(classroom):
    """What makes the students' version of the assignments, where it is installed.

    A class hands out its own.
    """
    if classroom or not _has_grading():
        return None

    def release(source: Path, out: Path) -> object:
        from tinyml_course import grading

        return grading.release(source, out)

    return release


def _lab(options: argparse.Namespace) -> int:
    from tinyml_course import serve, workspace

    root = _course()
    work = _work(root)
    classroom = _classroom(work)
    filled = workspace.fill(root, work, _release(classroom))
    if filled.added or filled.updated or filled.kept:
        print(filled, file=sys.stderr, flush=True)
    serve.lab(
        work,
        port=options.port,
        browser=not options.no_browser,
        hand_in=classroom is not None,
    )
    return 0


def _reset(options: argparse.Namespace) -> int:
    from tinyml_course import workspace

    root = _course()
    work = _work(root)
    classroom = _classroom(work)
    release = _release(classroom)
    if options.name is None:
        print(workspace.fill(root, work, release))
        return 0
    if classroom and classroom.released(options.name):
        raise CourseError(
            f"Your class hands {options.name} out itself. For a fresh one rename your "
            "folder, and fetch it again: menu Nbgrader, Assignment List."
        )
    restored = workspace.reset(root, work, options.name, release)
    for path, mine in restored:
        kept = f"; yours is {str(work / mine)!r}" if mine else ""
        print(f"{work / path}: restored{kept}")
    return 0


def _run(options: argparse.Namespace) -> int:
    from tinyml_course import chapters

    names = options.chapters
    if not names:
        folder = _course() / "notebooks"
        names = [path.name[:2] for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))]
    paths = [chapters.find(name) for name in names]
    rows, failed = [], False
    for path in paths:
        try:
            done = chapters.execute(path, progress=_progress(path.stem))
        except chapters.ChapterError as error:
            failed = True
            print(f"\n{error}", file=sys.stderr)
            rows.append((path.stem, "-", "-", "-", "failed"))
        else:
            times = f"{done.seconds:.1f}", f"{done.slowest_seconds:.1f}"
            rows.append((path.stem, str(done.cells), *times, "ok"))
    print(f"{'chapter':<40}{'cells':>6}{'seconds':>9}{'slowest':>9}")
    for name, cells, seconds, slowest, word in rows:
        print(f"{name:<40}{cells:>6}{seconds:>9}{slowest:>9}  {word}")
    return int(failed)


def _progress(title: str):
    """Show the cell that runs: a moving line on a terminal, else one line in ten."""
    live = sys.stderr.isatty()

    def show(done: int, total: int) -> None:
        if live:
            end = "\n" if done == total else ""
            print(f"\r{title}: cell {done}/{total}", end=end, file=sys.stderr)
        elif done == total or done % 10 == 0:
            print(f"{title}: cell {done}/{total}", file=sys.stderr)
        sys.stderr.flush()

    return show


def _app(options: argparse.Namespace) -> int:
    from tinyml_course import serve

    notebook = serve.find_app(_course() / "notebooks" / "apps", options.name)
    serve.app(notebook, port=options.port, browser=not options.no_browser)
    return 0


def _new_course(options: argparse.Namespace) -> int:
    from tinyml_course.grading.newcourse import new_course

    root = _course()
    names = new_course(root, options.dir, options.key, progress=_course_progress)
    print(f"{options.dir}: {len(names)} assignments, and students.zip for the class.")
    print(f"Keep {options.key} secret: who has it knows the hidden tests' numbers.")
    return 0


def _course_progress(done: int, total: int, name: str) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{done}/{total} {name:<12}", end=end, file=sys.stderr, flush=True)


def _grade(options: argparse.Namespace) -> int:
    from tinyml_course.cli import grade

    return grade.grade(options)


def _check(options: argparse.Namespace) -> int:
    from tinyml_course.cli import grade

    root = _course()
    work = _work(root)
    title = Path(options.assignment).stem
    return grade.check(options, root, work, _classroom(work), _progress(title))


def _scores(options: argparse.Namespace) -> int:
    from tinyml_course.cli import grade

    return grade.scores(options)


def _feedback(options: argparse.Namespace) -> int:
    from tinyml_course.cli import grade
    from tinyml_course.grading.feedback import write_feedback

    pages = write_feedback(options.course, options.assignment)
    print(f"{len(pages)} pages written, like {pages[0]}.")
    print(f"With an exchange: nbgrader release_feedback {options.assignment}")
    grade.tell_waiting(options)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tinyml",
        description="From a .tflite to C on a 256 KB board, and the course about it.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, call, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(call=call)
        return made

    command("doctor", _doctor, "say what works on this machine and what is missing")
    made = command("lab", _lab, "open your working copy in JupyterLab")
    made.add_argument("--port", type=_port, default=8888)
    made.add_argument("--no-browser", action="store_true")
    made = command("reset", _reset, "restore a chapter; yours is kept as a dated copy")
    made.add_argument("name", nargs="?", metavar="NN", help="without: what is missing")
    made = command("run", _run, "run chapters from top to bottom without a browser")
    made.add_argument("chapters", nargs="*", metavar="NN|PATH", help="without: all")
    made = command("compile", models.compile_model, "compile a model for a target")
    _model(made)
    targets = ["c", "cmake", "zephyr", "firmware", "wasm", "arduino", "python"]
    made.add_argument("--target", choices=targets, required=True)
    made.add_argument("--out", required=True, metavar="DIR")
    made.add_argument("--name", default="model", help="prefix of all names in the C")
    made.add_argument("--board", default="nano33")
    made.add_argument("--io", action="store_true", help="add C for real values")
    made.add_argument("--labels", metavar="A,B,..|FILE.txt", help="names of outputs")
    made.add_argument("--mean", type=float, help="an input enters as (x - mean) / std")
    made.add_argument("--std", type=float, help="--labels, --mean, --std imply --io")
    made = command(
        "verify", models.verify_model, "hold the compiled model against TFLM, by bytes"
    )
    _model(made)
    made.add_argument("--inputs", metavar="X.npz", help="x (n, ...); y optional")
    made.add_argument("--c", metavar="DIR", help="check this C as it stands")
    made.add_argument("--json", action="store_true")
    made = command("bench", models.bench_model, "say what a model costs on the board")
    _model(made)
    made.add_argument("--inputs", metavar="X.npz", help="x (n, ...)")
    made.add_argument("--board", default="nano33")
    made.add_argument("--profile", action="store_true", help="and each layer")
    made.add_argument("--json", action="store_true")
    command("boards", models.list_boards, "list the boards that --board knows")
    made = command("app", _app, "open an app in the browser")
    made.add_argument("name", nargs="?", metavar="NAME")
    made.add_argument("--port", type=_port, default=0, help="0: any free one")
    made.add_argument("--no-browser", action="store_true")
    made = command("check", _check, "run the visible tests of a problem set of yours")
    made.add_argument("assignment", metavar="psNN|PATH")
    made = command("course", _new_course, "make a course folder with your own numbers")
    made.add_argument("new", choices=["new"])
    made.add_argument("dir", type=Path, metavar="DIR", help="a new folder")
    text = "what decides the numbers, for you alone; made if it is not there"
    made.add_argument("--key", type=Path, required=True, metavar="FILE", help=text)
    made = command("grade", _grade, "grade what students handed in, each in a box")
    made.add_argument("assignment", metavar="ASSIGNMENT")
    made.add_argument("--course", type=Path, default=Path(), metavar="DIR")
    made.add_argument("--jobs", type=int, default=1, metavar="N")
    made.add_argument("--scheduler", metavar="tcp://..", help="of a Dask cluster")
    made.add_argument("--student", action="append", default=[], metavar="NAME")
    made.add_argument("--seconds", type=float, default=10.0, help="for each item")
    made.add_argument("--resume", action="store_true", help="keep finished verdicts")
    made.add_argument("--unsafe", action="store_true", help="without boxes")
    made.add_argument("--json", action="store_true")
    made = command("scores", _scores, "everybody's points as CSV, or what items say")
    made.add_argument("assignment", metavar="ASSIGNMENT")
    made.add_argument("--course", type=Path, default=Path(), metavar="DIR")
    made.add_argument("--format", default="nbgrader", metavar="nbgrader|canvas|moodle")
    made.add_argument("--items", action="store_true", help="difficulty of each item")
    made.add_argument("--plot", type=Path, metavar="FILE.png", help="and a picture")
    review.add_commands(command)
    made = command("feedback", _feedback, "write a page for each graded submission")
    made.add_argument("assignment", metavar="ASSIGNMENT")
    made.add_argument("--course", type=Path, default=Path(), metavar="DIR")
    return parser


def _model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL.tflite", help="int8 or float32")


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status.

    >>> main(["run", "99"])
    2
    """
    options = _parser().parse_args(arguments)
    try:
        return options.call(options)
    except CourseError as error:
        line = " ".join(str(error).split())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 0 if options.command in ("app", "lab") else 130
    except OSError as error:
        line = f"{error.filename or 'A file'}: {error.strerror or error}."
    print(f"tinyml {options.command}: {line}", file=sys.stderr)
    return 2
