"""Build the book: python book/build.py (into build/book/html).

Chapters that changed are executed first; then the pages of this folder, the executed
chapters and what is computed for both are put into one folder, and Sphinx reads that.
"""

from __future__ import annotations

import json
import shutil
import sys
import tomllib
from pathlib import Path

import figures
import syllabus
from objectives import coverage

from tinyml_course import chapters
from tinyml_course.errors import CourseError
from tinyml_course.widgets import draw_a_digit

BOOK = Path(__file__).resolve().parent
ROOT = BOOK.parent
OUT = ROOT / "build" / "book"
PAGES = ("conf.py", "*.md", "_ext/*.py", "_static/*", "_templates/*", "*/*.md")


def executed_chapters() -> list[Path]:
    """The executed notebooks, run now where a chapter or the package changed."""
    found = []
    for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        saved = chapters.executed(path, ROOT)
        if saved is None:
            print(f"executing {path.name}", flush=True)
            saved = chapters.execute(path, root=ROOT).saved
        found.append(saved)
    return found


def page_of(notebook: Path) -> str:
    """The notebook as the book shows it: without the state that only kernels use."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["metadata"].pop("widgets", None)
    content["metadata"].pop("tinyml", None)
    for cell in content["cells"]:
        cell["metadata"].pop("execution", None)
    return json.dumps(content, indent=1, ensure_ascii=False)


def title_of(notebook: Path) -> str:
    """The first heading of a chapter."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        for line in "".join(cell["source"]).splitlines():
            if line.startswith("# "):
                return line[2:].strip()
    raise CourseError(f"{notebook.name} has no heading. Begin it with '# Title'.")


def parts() -> list[dict]:
    """The parts of the course with their chapters, the unwritten ones too."""
    text = (BOOK / "course_map.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["part"]


def overview(written: dict[str, str]) -> str:
    """One line a part, with how much of it is there, as MyST."""
    lines = []
    for part in parts():
        ready, planned = len(written.keys() & part["chapters"]), len(part["chapters"])
        state = f"{ready} of {planned} chapters ready"
        if planned == 1:
            state = "ready" if ready else "planned"
        lines.append(f"* **{part['title']}** ({state}). {part['about']}")
    return "\n".join(lines) + "\n"


def run_seconds(notebooks: list[Path]) -> dict[str, float]:
    """Number of a chapter to the measured seconds of its last execution."""
    found = {}
    for path in notebooks:
        content = json.loads(path.read_text(encoding="utf-8"))
        found[path.stem[:2]] = content["metadata"]["tinyml"]["seconds"]
    return found


def course_map(written: dict[str, str], seconds: dict[str, float]) -> str:
    """The map of the course as MyST: chapters by part, the unwritten ones as planned.

    Parameters
    ----------
    written : dict
        Number of a chapter to its file name without ending.
    seconds : dict
        Number of a chapter to how long it ran.
    """
    lines = []
    for part in parts():
        lines += [f"## {part['title']}", "", part["about"], ""]
        lines += ["| no. | chapter | state | runs in |", "|---|---|---|---:|"]
        for number, title in part["chapters"].items():
            if number in written:
                link = f"[{title}](chapters/{written[number]}.ipynb)"
                lines.append(f"| {number} | {link} | ready | {seconds[number]:.0f} s |")
            else:
                lines.append(f"| {number} | {title} | planned | |")
        lines.append("")
    return "\n".join(lines)


def contents(notebooks: list[Path]) -> dict[str, str]:
    """What is computed for the pages: file name to text."""
    files = {f"chapters/{path.name}": page_of(path) for path in notebooks}
    listed = "\n".join(
        f"{path.stem[:2]} {title_of(path)} <chapters/{path.stem}>" for path in notebooks
    )
    files["generated/chapters.md"] = (
        f"```{{toctree}}\n:hidden:\n:caption: Chapters\n\n{listed}\n```\n"
    )
    written = {path.stem[:2]: path.stem for path in notebooks}
    files["generated/course_map.md"] = course_map(written, run_seconds(notebooks))
    problem_sets = [path for _, path in chapters.assignments()]
    files["generated/coverage.md"] = coverage(notebooks, problem_sets)
    for length, (about, weeks) in syllabus.plans().items():
        plan = syllabus.table(weeks, notebooks, problem_sets)
        files[f"generated/syllabus_{length}.md"] = f"{about}\n\n{plan}"
    files["generated/overview.md"] = overview(written)
    files["generated/digit.html"] = draw_a_digit().html()
    files["generated/hero.html"] = figures.hero()
    files["generated/digit_model.md"] = figures.digit_model()
    files["generated/operators.md"] = figures.operators()
    files |= figures.memory()
    files["generated/boards.md"] = figures.board_table()
    files["generated/profile.md"] = figures.profile_table()
    files["generated/energy.md"] = figures.energy_table()
    files["generated/mlperf.md"] = figures.mlperf_table()
    return files


def collect(source: Path) -> None:
    """Put everything Sphinx reads into ``source``; files that are equal stay."""
    files = contents(executed_chapters())
    for pattern in PAGES:
        for path in BOOK.glob(pattern):
            files[str(path.relative_to(BOOK))] = path.read_text(encoding="utf-8")
    source.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.rglob("*"), reverse=True):
        if path.is_file() and str(path.relative_to(source)) not in files:
            path.unlink()
    for name, text in files.items():
        path = source / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def main() -> int:
    """Collect, then build with Sphinx; warnings are errors."""
    from sphinx.cmd.build import build_main

    source = OUT / "source"
    try:
        collect(source)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 2
    shutil.rmtree(OUT / "html", ignore_errors=True)  # no page of yesterday stays
    strict = ("-b", "html", "-W", "--keep-going", "-q", "-E", "-d", str(OUT / "trees"))
    status = build_main([*strict, str(source), str(OUT / "html")])
    if status == 0:
        shutil.rmtree(OUT / "html" / "_sources", ignore_errors=True)
        print(f"The book is in {(OUT / 'html').relative_to(ROOT)}/index.html")
    return status


if __name__ == "__main__":
    sys.exit(main())
