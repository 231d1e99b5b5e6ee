"""The capstone's model file: whatever is handed in gets a verdict, in words."""

import contextlib
import json
import shutil

import nbformat
import pytest
from problem_sets import ROOT, graded, id_of, points, solution, wrong_solutions
from real_nbgrader import nbgrader

from tinyml_course import grading
from tinyml_course.grading import batch, feedback
from tinyml_course.grading.leaderboard import figures

pytestmark = pytest.mark.slow

READS = "def hand_in():\n    return Path('model.tflite').read_bytes(), 0.88\n"
MODEL = {name for name in points("ps10") if name.startswith("model-")}
WIDE = """
def hand_in():
    layers = keras.layers
    model = keras.Sequential([keras.Input((256, 1)), layers.Conv1D(1200, 1),
        layers.GlobalAveragePooling1D(), layers.Dense(4, activation="softmax")])
    return quantize.to_int8(model, x_train[:5]), 0.5
"""
POOLS = """
def hand_in():
    layers = keras.layers
    pools = [layers.AveragePooling1D(128, 1, "same") for _ in range({count})]
    model = keras.Sequential([keras.Input((256, 1)), *pools,
        layers.GlobalAveragePooling1D(), layers.Dense(4, activation="softmax")])
    return quantize.to_int8(model, x_train[:5]), 0.5
"""
SLOW = WIDE.replace("1200, 1)", '64, 5), layers.Conv1D(64, 5, padding="same")')
WORDS = {  # whose file gives no points, and what the verdict has to say
    "missing": "No such file",
    "empty": "0 bytes",
    "text": "no .tflite file",
    "damaged": "damaged",
    "float": "expected int8 (1, 256, 1)",
    "other": "int8 (1, 8, 8, 1)",
    "elu": "ELU",
    "large": "more than 1,000,000",
    "wide": "bytes of RAM",
    "slow": "not even tried",
    "pools": "The board refuses",
    "deep": "more than 100",
    "useless": "of your own windows, not half",
    "nothing": "hand_in gives two things",
    "path": "as bytes, not as str",
}
GIVEN = {  # what hand_in says, where it is not what stands in the file
    "nothing": "def hand_in():\n    pass\n",
    "path": "def hand_in():\n    return 'model.tflite', 0.88\n",
}


def models():
    """Files by student: the reference, those of the wrong solutions, and worse."""
    names = {}
    for cell in solution("ps10").cells:
        aside = graded(cell).get("grade") or cell.source.startswith("# Try it")
        if cell.cell_type == "code" and not aside:
            exec(cell.source, names)
    given, bank = names["hand_in"], dict(wrong_solutions("ps10")["hand-in"])

    def made(source):
        exec(source, names)
        return names["hand_in"]()[0]

    good = given()[0]
    float_model, other = bank["a float model"], bank["the model of chapter 21"]
    flat = "one weight for every moment, promised by windows left out by chance"
    untrained = bank[flat].replace("epochs=8", "epochs=1").replace("flat.", "raw.")
    return {
        "ada": good,
        "flat": made(bank[flat]),
        "dense": made(bank["dense, and above the flash"]),
        "fine": made(bank["looks at every moment, through too many channels"]),
        "float": made(float_model),
        "other": made(other),
        "elu": made(bank["an operator that the compiler does not know"]),
        "large": made(bank["larger than the board"]),
        "wide": made(WIDE),
        "slow": made(SLOW),
        "pools": made(POOLS.format(count=8)),
        "deep": made(POOLS.format(count=120)),
        "useless": made(untrained.replace("train.fit(", "0 and train.fit(")),
        "damaged": good[: len(good) // 2],
        "empty": b"",
        "text": b"This is my model. " * 100,
        "missing": None,
        "nothing": good,
        "path": good,
    }


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course where all of them have handed in, and one who has written nothing."""
    root = tmp_path_factory.mktemp("capstone")
    source = ROOT / "assignments" / "source"
    shutil.copytree(source / "ps10", root / "source" / "ps10")
    shutil.copy(source.parent / "nbgrader_config.py", root)
    grading.release(root / "source", root / "out")
    released = (root / "out" / "ps10" / "ps10.ipynb").read_text()
    mine = {id_of(cell): cell.source for cell in solution("ps10").cells}
    (root / "desk").mkdir()
    with contextlib.chdir(root / "desk"):
        files = models()
    for student, content in {**files, "untouched": None}.items():
        notebook = nbformat.reads(released, as_version=4)
        for cell in notebook.cells:
            if graded(cell).get("solution") and student != "untouched":
                cell.source = mine[id_of(cell)]
                if id_of(cell) == "hand-in":
                    cell.source = GIVEN.get(student, READS)
        folder = root / "submitted" / student / "ps10"
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / "ps10.ipynb")
        if content is not None:
            (folder / "model.tflite").write_bytes(content)
    return root


@pytest.fixture(scope="module")
def verdicts(course):
    result = batch.grade("ps10", course)
    batch.close_rooms()
    plan = result["plan"]["ps10"]
    assert (plan["shared"], plan["failing"]) == ({}, [])
    return {verdict["student"]: verdict for verdict in result["verdicts"]}


def scores(verdict):
    return {item["name"]: item["score"] for item in verdict["notebooks"][0]["items"]}


def said(verdict, name):
    """All that a cell has shown."""
    (cell,) = (c for c in verdict["notebooks"][0]["cells"] if c["name"] == name)
    return "\n".join(o.get("text") or o.get("evalue", "") for o in cell["outputs"])


def test_the_reference_gets_all_points_and_the_log_waits_for_a_person(verdicts):
    got = scores(verdicts["ada"])
    assert got.pop("design-log") is None
    assert got == points("ps10")
    assert verdicts["ada"]["odd"] == []


def test_nothing_written_gives_nothing(verdicts):
    assert set(scores(verdicts["untouched"]).values()) == {0}


@pytest.mark.parametrize("student", WORDS)
def test_a_file_that_cannot_be_graded_gets_a_verdict_with_the_reason(verdicts, student):
    got, verdict = scores(verdicts[student]), verdicts[student]
    assert {got[name] for name in MODEL} == {0}
    assert got["not-beaten-any"] == points("ps10")["not-beaten-any"]
    assert verdict["odd"] == []
    assert verdict["notebooks"][0]["error"] is None
    for name in MODEL:
        assert WORDS[student] in said(verdict, name)


def test_what_is_over_a_limit_or_often_wrong_gets_a_part(verdicts):
    dense, fine = scores(verdicts["dense"]), scores(verdicts["fine"])
    assert dense["model-flash"] == 0
    assert dense["model-ram"] == dense["model-speed"] == 3
    assert 0 < dense["model-accuracy"] < 4 < fine["model-accuracy"] < 8
    assert fine["model-ram"] == fine["model-speed"] == 0


def test_every_item_is_lost_by_two_files_or_more(verdicts):
    for name in MODEL:
        most = points("ps10")[name]
        lost = [s for s, v in verdicts.items() if scores(v)[name] < most]
        assert len(set(lost) - {"untouched"}) >= 2, name


def test_the_figures_are_told_in_one_line(verdicts):
    told = json.loads(said(verdicts["ada"], "model-accuracy").splitlines()[0])
    keys = ["accuracy", "flash_bytes", "ram_bytes", "instructions", "latency_ms"]
    assert list(told) == keys
    assert 0.82 <= told["accuracy"] < 1
    assert told["ram_bytes"] <= 1000


def test_no_submission_takes_a_minute(verdicts):
    assert max(verdict["seconds"] for verdict in verdicts.values()) < 60


def test_feedback_says_what_the_model_does_on_the_board(course, verdicts):
    pages = {
        p.parts[-3]: p.read_text() for p in feedback.write_feedback(course, "ps10")
    }
    measured = figures(verdicts["ada"])
    assert f"right: {measured['accuracy']:.1%}; flash, bytes: " in pages["ada"]
    assert f"RAM, bytes: {measured['ram_bytes']:,.0f}; instr" in pages["ada"]
    assert "Your model on the board" not in pages["missing"]


def test_nbgrader_alone_gives_the_same_points(course, verdicts, tmp_path):
    """Without our grader, in one process with the tests."""
    shutil.copytree(course / "source", tmp_path / "source")
    shutil.copy(course / "nbgrader_config.py", tmp_path)
    some = ("dense", "missing")  # test_grading.py has right and wrong ones
    for student in some:
        folder = course / "submitted" / student
        shutil.copytree(folder, tmp_path / "submitted" / student)
    for words in (["generate_assignment"], ["autograde"]):
        nbgrader(tmp_path, *words, "ps10", HOME=str(tmp_path))
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}", "tinyml") as book:
        for student in some:
            (notebook,) = book.find_submission("ps10", student).notebooks
            got = {grade.name: grade.auto_score for grade in notebook.grades}
            assert got == scores(verdicts[student]), student
