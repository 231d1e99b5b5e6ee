"""Plans for 6, 10 and 14 weeks as tables: who does what when, and how long it takes.

`syllabus.toml` says which chapters and problem sets fall in which week. Minutes, what
is needed and what is learned are read from the notebooks; nothing is typed here.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from objectives import cells_of, objectives

__all__ = ["Week", "minutes", "needed", "plans", "table", "titles"]

BOOK = Path(__file__).resolve().parent
SITTINGS = {"Two": 2, "Three": 3, "Four": 4}


@dataclass(frozen=True)
class Week:
    """What a class does in a week.

    Attributes
    ----------
    chapters : tuple of str
        Their numbers.
    out, due : tuple of str
        Problem sets that are handed out after the chapters, and handed in.
    """

    chapters: tuple[str, ...]
    out: tuple[str, ...] = ()
    due: tuple[str, ...] = ()


def plans() -> dict[int, tuple[str, list[Week]]]:
    """Number of weeks to what the plan is for, and its weeks."""
    told = tomllib.loads((BOOK / "syllabus.toml").read_text(encoding="utf-8"))["plan"]
    return {
        int(length): (
            plan["about"],
            [
                Week(**{what: tuple(text.split()) for what, text in week.items()})
                for week in plan["weeks"]
            ],
        )
        for length, plan in told.items()
    }


def opening(notebook: Path) -> str:
    """The first cell on one line."""
    return " ".join(cells_of(notebook)[0]["source"].split())


def minutes(notebook: Path) -> int:
    """How long a chapter or a problem set says that it takes.

    All sittings together: "Two sittings of about 80 minutes" are 160.
    """
    found = re.search(
        r"(?:(\w+) sittings of )?[Aa]bout (\d+) minutes", opening(notebook)
    )
    return SITTINGS.get(found[1], 1) * int(found[2])


def needed(notebook: Path) -> set[str]:
    """The numbers of the chapters that it says a reader needs: what is named first."""
    text = opening(notebook).split("**You need**", 1)[1]
    text = re.split(r";|\*\*|[Aa]bout \d", text)[0]
    found = set(re.findall(r"\b\d\d\b", text))
    for first, last in re.findall(r"\b(\d\d) to (\d\d)\b", text):
        found |= {f"{number:02}" for number in range(int(first), int(last) + 1)}
    return found


def titles() -> dict[str, str]:
    """Number of a chapter to its title on the map of the course."""
    told = tomllib.loads((BOOK / "course_map.toml").read_text(encoding="utf-8"))
    return {n: title for part in told["part"] for n, title in part["chapters"].items()}


def table(weeks: list[Week], chapters: list[Path], sets: list[Path]) -> str:
    """A plan as MyST: a row a week, and the sums.

    Parameters
    ----------
    weeks : list of Week
        The plan.
    chapters, sets : list of Path
        The notebooks of chapters and of problem sets.
    """
    title = titles()
    chapter = {path.name[:2]: path for path in chapters}
    work = {path.stem: path for path in sets}
    lines = [
        "| week | chapters: their objectives | sets | minutes |",
        "|---:|---|---|---:|",
    ]
    sums = [0, 0]
    for number, week in enumerate(weeks, start=1):
        names = []
        for name in week.chapters:
            goals = ", ".join(
                g.removeprefix(f"{name}-") for g in objectives(chapter[name])
            )
            link = f"[{name} {title[name]}](../chapters/{chapter[name].stem}.ipynb)"
            names.append(f"{link}: {goals}")
        told = [f"[{name}]({name}.md) due" for name in week.due]
        told += [f"[{name}]({name}.md) out" for name in week.out]
        spent = [
            sum(minutes(chapter[name]) for name in week.chapters),
            sum(minutes(work[name]) for name in week.due),
        ]
        sums = [whole + part for whole, part in zip(sums, spent, strict=True)]
        time = " + ".join(f"{part}" for part in spent if part)
        row = (f"{number}", "<br>".join(names), "<br>".join(told), time)
        lines.append(f"| {' | '.join(row)} |")
    lines.append(f"| | **in all** | | **{sums[0]:,} + {sums[1]:,}** |")
    hours = sum(sums) / 60
    each = f"{hours:.0f} hours in all, {hours / len(weeks):.1f} a week"
    return "\n".join(lines) + f"\n\nA student works {each}.\n"
