"""The coverage table: objective x explained, tried, checked, graded, as MyST.

Read from the metadata that the cells carry (`tinyml`), in chapters and in assignments;
nothing here is kept by hand.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

__all__ = ["coverage", "graded_items", "objectives"]

TRIED = ("predict", "explore", "exercise")


def cells_of(notebook: Path) -> list[dict]:
    """The cells of a notebook, each source as one text."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        cell["source"] = "".join(cell["source"])
    return content["cells"]


def objectives(notebook: Path) -> dict[str, dict]:
    """What a chapter promises and where it keeps it.

    Returns
    -------
    dict
        Objective to `{"promise": text, role: [heading of the section, ...], ...}`, in
        the order of the promises; the same heading once for a role.
    """
    cells = cells_of(notebook)
    names = cells[0]["metadata"]["tinyml"]["objectives"]
    block = cells[0]["source"].split("You will", 1)[1].split("\n\n")[1]
    promises = re.split(r"(?m)^[*-] ", block)[1:]
    found: dict[str, dict] = {
        name: {"promise": " ".join(promise.split()).rstrip(";.")}
        for name, promise in zip(names, promises, strict=True)
    }
    section = "the opening"
    for cell in cells:
        heading = re.search(r"(?m)^##+ (.+)$", cell["source"])
        if cell["cell_type"] == "markdown" and heading:
            section = heading[1]
        about = cell["metadata"].get("tinyml", {})
        if "objective" in about:
            places = found[about["objective"]].setdefault(about["role"], [])
            if section not in places:
                places.append(section)
    return found


def graded_items(assignment: Path) -> dict[str, list[str]]:
    """Objective to the graded items of an assignment that stand for it."""
    found: dict[str, list[str]] = {}
    for cell in cells_of(assignment):
        graded = cell["metadata"].get("nbgrader", {})
        about = cell["metadata"].get("tinyml", {})
        if graded.get("grade"):
            several = about.get("objectives") or [about.get("objective")]
            for objective in filter(None, several):
                found.setdefault(objective, []).append(graded["grade_id"])
    return found


def coverage(chapters: list[Path], assignments: list[Path]) -> str:
    """The table of all chapters as MyST, a section each."""
    items = {path.stem: graded_items(path) for path in assignments}
    lines = []
    for path in chapters:
        title = cells_of(path)[0]["source"].splitlines()[0].removeprefix("# ")
        lines += [f"## [{path.stem[:2]} {title}](../chapters/{path.stem}.ipynb)", ""]
        lines += ["| you will | explained | tried | self-check | graded |"]
        lines += ["|---|---|---|---|---|"]
        for name, kept in objectives(path).items():
            graded = [
                f"[{problem_set}]({problem_set}.md): "
                + ", ".join(f"`{item}`" for item in of_objective[name])
                for problem_set, of_objective in items.items()
                if name in of_objective
            ]
            tried = [
                f"{place} ({role})" for role in TRIED for place in kept.get(role, ())
            ]
            row = (
                f"{kept['promise']} (`{name}`)",
                "; ".join(kept.get("explain", ())),
                "; ".join(tried),
                "; ".join(kept.get("check", ())),
                "; ".join(graded) or "by its self-check only",
            )
            lines.append(f"| {' | '.join(row)} |")
        lines.append("")
    return "\n".join(lines)
