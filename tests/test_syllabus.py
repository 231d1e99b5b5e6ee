"""The plans for a class can be kept: nothing comes before what it needs."""

import sys

import pytest

from tinyml_course import chapters

sys.path.insert(0, str(chapters.ROOT / "book"))
import syllabus
from objectives import objectives

CHAPTERS = sorted((chapters.ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
SETS = [path for _, path in chapters.assignments()]
BY_NAME = {path.name[:2]: path for path in CHAPTERS} | {p.stem: p for p in SETS}
TITLES = syllabus.titles()
PLANS = syllabus.plans()
FULLEST = 480  # minutes of a week

every_plan = pytest.mark.parametrize("length", PLANS)


def weeks(length):
    return PLANS[length][1]


def test_there_is_a_plan_for_6_10_and_14_weeks():
    assert set(PLANS) == {6, 10, 14}
    for length in PLANS:
        assert len(weeks(length)) == length
    for length in (10, 14):
        named = [name for week in weeks(length) for name in week.chapters]
        assert named == sorted(path.name[:2] for path in CHAPTERS)


def test_minutes_and_needs_are_those_that_notebooks_tell():
    told = {name: syllabus.minutes(path) for name, path in BY_NAME.items()}
    assert (told["02"], told["19"], told["22"], told["ps10"]) == (75, 160, 210, 240)
    assert all(20 <= number <= 250 for number in told.values())
    assert syllabus.needed(BY_NAME["14"]) == {"08", "10", "11", "12", "13"}
    assert syllabus.needed(BY_NAME["19"]) == {"08", "10", "12", "14", "16", "18"}
    assert syllabus.needed(BY_NAME["ps08"]) == {"17", "18", "19"}


@every_plan
def test_nothing_comes_before_what_it_needs(length):
    met, given = set(), set()
    for week in weeks(length):
        assert set(week.due) <= given
        for name in week.chapters:
            assert syllabus.needed(BY_NAME[name]) <= met, name
            met.add(name)
        for name in week.out:
            assert syllabus.needed(BY_NAME[name]) <= met, name
            given.add(name)
    assert given == {name for week in weeks(length) for name in week.due}


@every_plan
def test_no_week_is_too_full(length):
    for week in weeks(length):
        spent = [syllabus.minutes(BY_NAME[n]) for n in week.chapters + week.due]
        assert sum(spent) <= FULLEST, week


@every_plan
def test_the_table_says_what_the_notebooks_say(length):
    text = syllabus.table(weeks(length), CHAPTERS, SETS)
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| ")
    ][1:-1]
    assert len(rows) == length
    for row, week in zip(rows, weeks(length), strict=True):
        for name in week.chapters:
            assert f"[{name} {TITLES[name]}]" in row[1]
            for goal in objectives(BY_NAME[name]):
                assert goal.partition("-")[2] in row[1]
        spent = [
            sum(syllabus.minutes(BY_NAME[name]) for name in names)
            for names in (week.chapters, week.due)
        ]
        assert row[3] == " + ".join(str(part) for part in spent if part)


def test_the_page_shows_every_plan_and_names_the_figures_it_computes():
    page = (chapters.ROOT / "book" / "instructors" / "syllabus.md").read_text("utf-8")
    for length in PLANS:
        assert f"generated/syllabus_{length}.md" in page
