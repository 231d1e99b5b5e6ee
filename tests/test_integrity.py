"""Who wrote alike, and what is odd: named when it says something, else not."""

import json
import random
import shutil
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tinyml_course import cli
from tinyml_course.errors import DataError
from tinyml_course.grading import integrity, similar
from tinyml_course.grading.sheet import read_sheet
from tinyml_course.grading.similar import alike, code, groups, prose

MERGE = '''def merge(left, right):
    """Two sorted lists as one."""
    out = []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            out.append(left[i])
            i += 1
        else:
            out.append(right[j])
            j += 1
    out.extend(left[i:])
    out.extend(right[j:])
    return out'''
RENAMED = """def merge(a, b):
    # my own way of doing it
    result = []  # what comes out
    p = q = 0

    while p < len(a) and q < len(b):   # both have more

        if a[p] <= b[q]:
            result.append(a[p])
            p += 1
        else:
            'the other one'
            result.append(b[q])
            q += 1
    result.extend(a[p:])
    result.extend(b[q:])
    return result"""
SEARCH = """def nearest(rows, point):
    best, least = None, float("inf")
    for number, row in enumerate(rows):
        far = 0.0
        for x, y in zip(row, point):
            far += (x - y) ** 2
        if far < least or best is None:
            best, least = number, far
    return best, least ** 0.5"""
OTHER_WAYS = {
    "heap": """def merge(left, right):
    import heapq
    return list(heapq.merge(left, right))""",
    "pops": """def merge(left, right):
    left, right, done = list(left), list(right), []
    while left or right:
        if not right or (left and left[0] <= right[0]):
            done.append(left.pop(0))
        else:
            done.append(right.pop(0))
    return done""",
    "recurses": """def merge(left, right):
    if not left or not right:
        return left + right
    head, *tail = left
    if head > right[0]:
        return [right[0]] + merge(left, right[1:])
    return [head] + merge(tail, right)""",
    "generator": """def merge(left, right):
    def both():
        it = iter(right)
        waiting = next(it, None)
        for x in left:
            while waiting is not None and waiting < x:
                yield waiting
                waiting = next(it, None)
            yield x
        if waiting is not None:
            yield waiting
            yield from it
    return [*both()]""",
}
STUB = "def merge(left, right):\n    raise NotImplementedError"
TELL = (
    "I first sorted both lists again, which was slow for the long ones, and then saw "
    "that the smaller of the two heads is always the next one, so that a single pass "
    "with two places is enough and nothing has to be sorted a second time at all."
)


def works(**sources):
    return {name: {"merge": code(source)} for name, source in sources.items()}


def names(pairs):
    return {pair.names for pair in pairs}


def test_names_comments_and_layout_hide_nothing():
    (pair,) = alike(works(ada=MERGE, bo=RENAMED), [code(STUB)])
    assert pair.names == ("ada", "bo")
    assert pair.share > 0.9
    assert pair.run > 60


def test_honest_ways_to_the_same_function_are_not_named():
    assert alike(works(merge=MERGE, **OTHER_WAYS), [code(STUB)]) == []


def test_in_whichever_order_and_cell_it_stands():
    rest = OTHER_WAYS["generator"]
    one = {"a": code(MERGE), "b": code(rest)}
    two = {"b": code(RENAMED), "a": code(""), "other cells": code(rest)}
    (pair,) = alike({"ada": one, "bo": two})
    assert set(pair.cells) >= {"a", "b"}


def test_what_everybody_wrote_is_no_evidence():
    """Nor when it is long, and renamed by each."""
    crowd = {
        f"s{k}": MERGE.replace("out", f"o{k}").replace("left", f"l{k}")
        for k in range(30)
    }
    assert alike(works(**crowd)) == []
    line = "def relu(x):\n    return np.maximum(x, 0)"
    assert alike(works(ada=line, bo=line)) == []
    assert alike(works(ada=line, bo=line), reference={"merge": code(line)}) == []


def test_what_was_given_is_no_evidence():
    assert alike(works(ada=MERGE, bo=MERGE), [code(RENAMED)]) == []


def test_a_class_that_leaves_its_cells_as_given_has_written_nothing(course):
    """Where two cells meet there is no passage of anybody's."""
    notebook = nbformat.read(course / "release" / "week1" / "set.ipynb", 4)
    notebook.cells += [new_code_cell(OTHER_WAYS["pops"]), new_code_cell(MERGE)]
    text = nbformat.writes(notebook)
    sheet = read_sheet("set", text, text)
    mine, odd = integrity._read(sheet, text.encode())
    assert odd == []
    given = similar._known(integrity._given(sheet))
    assert {cell: len(similar._mark(one, given)[0]) for cell, one in mine.items()} == {
        "merge": 0, "words": 0, "other cells": 0
    }  # fmt: skip


def test_few_who_share_what_others_do_not_have_are_named():
    some = list(OTHER_WAYS.values())
    crowd = {f"s{k}": some[k % len(some)] for k in range(40)}
    both = f"{MERGE}\n{SEARCH}", f"{SEARCH}\n{RENAMED}"
    found = names(alike(works(**crowd, ada=both[0], bo=both[1])))
    assert found == {("ada", "bo")}


def test_a_ring_is_one_group():
    ring = ("ada", "bo", "cy", "dan")
    some = [code(way) for way in OTHER_WAYS.values()]
    crowd = {f"s{k}": {"a": some[k % 4], "b": some[k // 4 % 4]} for k in range(36)}
    crowd |= {name: {"a": code(MERGE), "b": code(SEARCH)} for name in ring}
    assert groups(alike(crowd)) == [ring]


def test_the_reference_with_other_names_is_named():
    crowd = works(copy=RENAMED, **OTHER_WAYS)
    found = alike(crowd, [code(STUB)], {"merge": code(MERGE)})
    assert names(found) == {("copy",)}


def test_text_is_compared_by_words():
    other = "Two indices are enough because both of my lists come to me in order."
    told = {"ada": TELL, "bo": TELL.upper().replace(",", ";"), "cy": other}
    found = alike({name: {"words": prose(text)} for name, text in told.items()})
    assert names(found) == {("ada", "bo")}


@pytest.mark.parametrize(
    "text", ["", "'''", '"""' * 9, "def (", "\\", "'" * 5001, "\0\ud800", "x" * 300_000]
)
def test_any_text_has_tokens(text):
    assert isinstance(code(text).tokens, tuple)
    assert alike(works(ada=text, bo=MERGE)) == []


def test_text_that_is_made_to_be_slow_is_not():
    began = time.monotonic()
    for text in ("'''" + "\\" * 99_999, '"\\' * 50_000, "1." * 50_000, "r'" * 50_000):
        code(text)
    assert time.monotonic() - began < 5


# -- a whole course ----------------------------------------------------------------


def told(name, **more):
    plain = {"grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": {**plain, "grade_id": name, "schema_version": 3, **more}}


def notebook(merge, words, test="assert merge([1], [2]) == [1, 2]"):
    about = told("test", grade=True, locked=True, points=2)
    by_hand = told("words", grade=True, solution=True, points=3)
    return new_notebook(
        cells=[
            new_code_cell("import numpy as np"),
            new_code_cell(merge, metadata=told("merge", solution=True)),
            new_code_cell(test, metadata=about),
            new_markdown_cell(words, metadata=by_hand),
        ]
    )


def hand_in(root, student, content):
    folder = root / "submitted" / student / "week1"
    folder.mkdir(parents=True)
    if not isinstance(content, bytes):
        content = nbformat.writes(content).encode()
    (folder / "set.ipynb").write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    source = root / "source" / "week1"
    source.mkdir(parents=True)
    config = "c = get_config()\nc.CourseDirectory.course_id = 'other'\n"
    (root / "nbgrader_config.py").write_text(config)
    asked = f"{STUB.splitlines()[0]}\n    ### BEGIN SOLUTION\n"
    body = "\n".join(MERGE.splitlines()[2:])
    mine = notebook(f"{asked}{body}\n    ### END SOLUTION", "A model answer.")
    nbformat.write(mine, source / "set.ipynb")
    released = root / "release" / "week1"
    released.mkdir(parents=True)
    nbformat.write(notebook(STUB, "YOUR ANSWER"), released / "set.ipynb")
    return root


@pytest.fixture(scope="module")
def report(course):
    ways = OTHER_WAYS
    hand_in(course, "copy", notebook(RENAMED, "It was easy."))
    hand_in(course, "pops", notebook(ways["pops"], TELL))
    hand_in(course, "talks", notebook(ways["heap"], TELL))
    long = ways["generator"] + "\n" + SEARCH
    cut = nbformat.writes(notebook(long, "Hm."))
    hand_in(course, "cut", cut[: cut.index("assert")].encode())
    hand_in(course, "whole", notebook(long.replace("left", "one"), "Oh."))
    edited = notebook(ways["recurses"], "Yes.", test="pass")
    edited.cells[2].metadata["nbgrader"]["points"] = 100
    edited.cells.append(edited.cells[1])
    edited.cells[3].cell_type = "raw"
    del edited.cells[3]["id"]
    hand_in(course, "edits", json.dumps(edited).encode())
    (course / "submitted" / "nobody" / "week1").mkdir(parents=True)
    for student in ("pops", "edits"):
        folder = course / "submitted" / student / "week1"
        (folder / "model.tflite").write_bytes(b"TFL3" * 100)
    return integrity.examine("week1", course)


def test_everybody_is_in_the_report(report):
    everybody = "copy cut edits nobody pops talks whole".split()
    assert list(report["students"]) == everybody
    assert report["students"]["pops"]["odd"] == []
    json.dumps(report)


def test_what_is_odd_is_told(report):
    odd = "\n".join(report["students"]["edits"]["odd"])
    assert "cell test was edited" in odd
    assert "cell test says points: 100" in odd
    assert "cell merge is there more than once" in odd
    assert "cell words has become a cell of another type" not in odd
    assert "not handed in" in report["students"]["nobody"]["odd"][0]
    assert "cannot be read as JSON" in report["students"]["cut"]["odd"][0]


def test_pairs_are_named_also_where_one_cannot_be_read(report):
    pairs = {tuple(pair["names"]): pair for pair in report["similar"]}
    assert set(pairs) == {("pops", "talks"), ("cut", "whole")}
    assert set(pairs["pops", "talks"]["cells"]) == {"words"}


def test_who_is_close_to_the_reference_is_named(report):
    assert [one["names"] for one in report["reference"]] == [("copy",)]


def test_files_that_are_equal_are_named(report):
    same = {"name": "model.tflite", "bytes": 400, "names": ["edits", "pops"]}
    assert report["files"] == [same]


def test_a_whole_notebook_of_another_is_named_and_an_empty_one_is_not(course, tmp_path):
    shutil.copytree(course, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "submitted", ignore_errors=True)
    for student in ("ann", "ben"):
        book = notebook(RENAMED, "It was easy.")
        book.cells[0] = new_code_cell('STUDENT = "ann"', id="name")
        for number, cell in enumerate(book.cells):
            cell["id"] = f"c{number}"
        hand_in(tmp_path, student, book)
    for student in ("untouched", "empty"):
        shutil.copytree(
            tmp_path / "release" / "week1", tmp_path / "submitted" / student / "week1"
        )
    found = integrity.examine("week1", tmp_path)
    assert [file["names"] for file in found["files"]] == [["ann", "ben"]]
    assert found["files"][0]["name"] == "set.ipynb"
    assert found["students"]["ann"]["odd"] == []
    assert found["students"]["ben"]["odd"] == ["STUDENT says 'ann', who is another"]


def test_the_command_tells_it_in_words_and_as_json(course, report, capsys):
    command = ["integrity", "week1", "--course", str(course)]
    assert cli.main(command) == 0
    said = capsys.readouterr().out
    assert "Similar is not copied" in said
    assert "pops, talks" in said
    assert cli.main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(report))


def test_mistakes_are_told_in_one_line(course, tmp_path, capsys):
    def fails(*words):
        assert cli.main(["integrity", *map(str, words)]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        return captured.err

    assert "known: week1" in fails("week7", "--course", course)
    assert "is no folder" in fails("week1", "--course", tmp_path / "none")
    assert "that of a course?" in fails("week1", "--course", tmp_path)
    (tmp_path / "source" / "week1").mkdir(parents=True)
    assert "no notebook in" in fails("week1", "--course", tmp_path)
    for step in ("source", "release"):
        shutil.copytree(course / step / "week1", course / step / "week2")
    assert "Nobody has handed in week2" in fails("week2", "--course", course)
    (course / "source" / "week2" / "set.ipynb").write_text("{")
    with pytest.raises(DataError, match="is no notebook"):
        integrity.examine("week2", course)


# -- a whole class -----------------------------------------------------------------

LINES = [
    "_a_ = np.{f}(_x_ - _b_)",
    "_b_ = {n} * _a_ + _c_[{n}]",
    "for _c_ in range({n}, len(_x_)):\n        _b_ += _x_[_c_] ** {n}",
    "if _a_ > {n}:\n        return _b_.{f}({n})",
    "while _a_ < _y_.{f}():\n        _a_ += {n} * _b_",
    "_y_ = [_z_ // {n} for _z_ in _x_]",
    "_c_, _z_ = _y_.{f}(axis={n}), len(_b_)",
    "_x_[{n}:_a_] = _y_ % {n}",
]


def step(rng):
    name = rng.choice("exp log sum mean max min dot round".split())
    return rng.choice(LINES).format(f=name, n=rng.randrange(4))


def person(rng, tasks):
    """Who works alone: at each step a common way or a rarer one; own names, detours."""
    work = {}
    for number, steps in enumerate(tasks):
        body = []
        for ways in steps:
            body.append(rng.choices(ways, weights=(60, 20, 12, 8))[0])
            if rng.random() < 0.15:
                body.append(step(rng))
        work[f"cell{number}"] = renamed(rng, "\n    ".join(["def f(_x_):", *body]))
    return work


def renamed(rng, text):
    for name in "abcxyz":
        text = text.replace(f"_{name}_", rng.choice("pqrstuvw") + rng.choice("01234"))
    return text


@pytest.mark.parametrize(("seed", "people"), [*enumerate((12, 24, 60, 200, 200))])
def test_of_a_class_that_works_alone_only_the_two_are_named(seed, people):
    rng = random.Random(seed)
    tasks = [[[step(rng) for _ in range(4)] for _ in range(5)] for _ in range(8)]
    crowd = {f"s{k:03}": person(rng, tasks) for k in range(people - 2)}
    crowd["ada"] = person(rng, tasks)
    moved = {"q0": "out", "r1": "total", "s2": "k", "p3": "left", "t4": "x"}
    crowd["bo"] = dict(reversed(crowd["ada"].items()))
    for cell, text in crowd["bo"].items():
        for old, new in moved.items():
            text = text.replace(old, new)
        crowd["bo"][cell] = text.replace("\n", "  # now\n")
    began = time.monotonic()
    read = {
        name: {cell: code(text) for cell, text in work.items()}
        for name, work in crowd.items()
    }
    assert names(alike(read)) == {("ada", "bo")}
    assert time.monotonic() - began < 20
