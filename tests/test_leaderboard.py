"""The capstone's page: figures from the tests alone, no points, nothing fetched."""

import json
import re
from html.parser import HTMLParser

import pytest

from tinyml_course import cli
from tinyml_course.errors import DataError
from tinyml_course.grading import leaderboard

TOLD = {
    "accuracy": 0.8625,
    "flash_bytes": 6960,
    "ram_bytes": 840,
    "instructions": 231277,
    "latency_ms": 4.69,
}


def shown(*texts, error=False):
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": text} for text in texts
    ]
    stopped = {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}
    return outputs + [stopped] * error


def verdict(student, outputs, *, item=None, kind="test"):
    cell = {"name": "model-accuracy", "kind": kind, "outputs": outputs}
    item = {"name": "model-accuracy", "points": 8, "score": 7.25} | (item or {})
    book = {"name": "ps10", "error": None, "items": [item], "cells": [cell]}
    return {"student": student, "key": f"key of {student}", "notebooks": [book]}


def told(student, **more):
    return verdict(student, shown(json.dumps(TOLD | more) + "\n"))


CLASS = [
    told("ada"),
    told("bo", accuracy=0.91, ram_bytes=1900, latency_ms=9.5),
    told("<script>cy", accuracy=0.80, ram_bytes=900),
    verdict("dan", shown(error=True)),
]


class Page(HTMLParser):
    """Tags, with their attributes, and the rows of the table."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.rows = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "tr":
            self.rows.append([])

    def handle_data(self, data):
        if self.rows and data.strip():
            self.rows[-1].append(data.strip())


def test_figures_are_those_of_the_test():
    assert leaderboard.figures(CLASS[0]) == TOLD
    assert leaderboard.figures(CLASS[3]) is None


@pytest.mark.parametrize(
    "forged",
    [
        verdict("x", shown(json.dumps(TOLD), error=True)),
        verdict("x", shown(json.dumps(TOLD), "no line of figures\n")),
        verdict("x", shown(json.dumps(TOLD)), item={"shared": "why"}),
        verdict("x", shown(json.dumps(TOLD)), kind="solution"),
        verdict("x", shown(json.dumps(TOLD | {"accuracy": "good"}))),
        verdict("x", shown(json.dumps(TOLD | {"latency_ms": float("inf")}))),
        verdict("x", shown(json.dumps({"accuracy": 1.0}))),
        verdict("x", shown("[1, 2]")),
        verdict("x", shown("\n")),
    ],
)
def test_what_the_student_prints_or_a_test_does_not_finish_is_no_figure(forged):
    assert leaderboard.figures(forged) is None


def test_a_line_of_the_students_before_the_tests_is_not_read():
    mine = verdict("x", shown(json.dumps(TOLD | {"accuracy": 1.0}), json.dumps(TOLD)))
    assert leaderboard.figures(mine) == TOLD


def test_rows_are_sorted_and_what_nothing_beats_is_marked():
    rows = leaderboard.rows(CLASS, names=True)
    assert [row["name"] for row in rows] == ["bo", "ada", "<script>cy"]
    assert [row["front"] for row in rows] == [True, True, False]
    twins = leaderboard.rows([told("a"), told("b")])
    assert [row["front"] for row in twins] == [True, True]


def test_names_are_birds_and_no_two_students_share_one():
    crowd = [told(f"student {number}") for number in range(300)]
    names = [row["name"] for row in leaderboard.rows(crowd)]
    assert len(set(names)) == 300
    assert len(set(leaderboard.BIRDS)) == len(leaderboard.BIRDS)
    page = leaderboard.page(CLASS)
    assert not re.search(r"\b(ada|bo|dan)\b", page)


def test_the_page_needs_nothing_from_outside_and_runs_nothing():
    text = leaderboard.page(CLASS, names=True, title="Pumps & more")
    page = Page(text)
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object"}
    words = {word for _, attributes in page.tags for word in attributes}
    assert not words & {"src", "href", "onerror", "onload", "style"}
    assert "url(" not in text
    assert "&lt;script&gt;cy" in text
    assert "<title>Pumps &amp; more</title>" in text


def test_the_table_has_headers_for_rows_and_columns_and_no_points():
    page = Page(leaderboard.page(CLASS, names=True))
    first = page.rows[1]
    assert first == "1 bo 91.0% 6,960 1,900 231,277 9.50".split() + ["not beaten"]
    scopes = [a.get("scope") for tag, a in page.tags if tag == "th"]
    assert scopes.count("row") == 3
    assert scopes.count("col") == 8
    assert "7.25" not in leaderboard.page(CLASS)


def test_both_pictures_say_in_words_what_they_show():
    pictures = [a for tag, a in Page(leaderboard.page(CLASS, names=True)).tags]
    pictures = [a for a in pictures if a.get("role") == "img"]
    assert len(pictures) == 2
    for picture, cost in zip(pictures, ("RAM", "latency"), strict=True):
        assert f"Accuracy against {cost}" in picture["aria-label"]
        assert "The most often right, bo, has 91.0%" in picture["aria-label"]


@pytest.mark.parametrize("ram", [1, 199, 200, 840, 5001, 262_144])
@pytest.mark.parametrize("accuracy", [0.0, 0.549, 1.0])
def test_every_dot_is_inside_its_picture(ram, accuracy):
    text = leaderboard.page([told("a", ram_bytes=ram, accuracy=accuracy), told("b")])
    for tag, about in Page(text).tags:
        if tag == "circle":
            assert 52 <= float(about["cx"]) <= 410.1
            assert 19.9 <= float(about["cy"]) <= 270.1


def test_a_class_without_a_model_gets_a_page_that_says_so():
    text = leaderboard.page([CLASS[3]])
    assert "No model could be measured yet. 1 more handed in nothing" in text
    assert "<table>" not in text


def test_the_last_verdict_of_the_journal_counts(tmp_path):
    with pytest.raises(DataError, match="tinyml grade ps10"):
        leaderboard.read_journal(tmp_path)
    (tmp_path / ".grading").mkdir()
    lines = [json.dumps(told("ada", accuracy=0.5)), json.dumps(told("ada")), '{"half']
    (tmp_path / ".grading" / "ps10.jsonl").write_text("\n".join(lines))
    (only,) = leaderboard.read_journal(tmp_path)
    assert leaderboard.figures(only) == TOLD


def test_the_command_writes_the_page_or_says_why_not(tmp_path, capsys):
    page = tmp_path / "page.html"
    command = ["leaderboard", "--course", str(tmp_path), "--out", str(page)]
    assert cli.main(command) == 2
    assert "tinyml grade ps10" in capsys.readouterr().err
    assert not page.exists()
    (tmp_path / ".grading").mkdir()
    (tmp_path / ".grading" / "ps10.jsonl").write_text(json.dumps(CLASS[0]) + "\n")
    assert cli.main(command) == 0
    assert "1 model; 1 handed in" in capsys.readouterr().out
    assert page.read_text() == leaderboard.page([CLASS[0]])
    assert cli.main([*command, "--names"]) == 0
    assert page.read_text() == leaderboard.page([CLASS[0]], names=True)


@pytest.mark.parametrize("place", ["none/page.html", "folder"])
def test_a_page_that_cannot_be_written_is_told_in_one_line(tmp_path, place, capsys):
    (tmp_path / ".grading").mkdir()
    (tmp_path / ".grading" / "ps10.jsonl").write_text(json.dumps(CLASS[0]) + "\n")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.iterdir())
    words = ["leaderboard", "--course", str(tmp_path), "--out", str(tmp_path / place)]
    assert cli.main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before
