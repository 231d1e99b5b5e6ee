"""`tinyml course new`: an instructor's folder whose numbers nobody else knows."""

import os
import re
import subprocess
import sys
import zipfile

import nbformat
import pytest
from problem_sets import NAMES, id_of, solution

from tinyml_course.cli import main
from tinyml_course.grading import batch

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two courses made with one key."""
    here = tmp_path_factory.mktemp("courses")
    for name in ("one", "two"):
        assert (
            main(["course", "new", str(here / name), "--key", str(here / "key")]) == 0
        )
    return here


@pytest.fixture(scope="module")
def bundle(folder):
    return zipfile.ZipFile(folder / "one" / "students.zip")


def book(folder, name):
    path = folder / "source" / name / f"{name}.ipynb"
    return nbformat.read(path, as_version=4)


def numbers(notebook, what="hidden_seed"):
    text = "\n".join(c.source for c in notebook.cells if c.cell_type == "code")
    return re.findall(rf"(?m)^{what} = (\d+)\b", text)


def test_one_key_makes_one_course(folder):
    for path in sorted((folder / "one").rglob("*")):
        if path.is_file():
            other = folder / "two" / path.relative_to(folder / "one")
            assert path.read_bytes() == other.read_bytes(), path


def test_every_number_is_another_than_the_public_one(folder):
    for name in NAMES:
        public, mine = solution(name), book(folder / "one", name)
        assert [id_of(cell) for cell in mine.cells] == [id_of(c) for c in public.cells]
        assert numbers(public), name
        assert set(numbers(public)) & set(numbers(mine)) == set()
        [course] = numbers(mine, "COURSE")
        assert int(course) > 0


def test_the_readme_of_the_class_names_what_is_there(bundle):
    files = bundle.namelist()
    text = bundle.read("tinyml-course/README.md").decode()
    folders = re.findall(r"(?m)^    (\S+/) ", text)
    assert len(folders) == 4
    for folder in folders:
        assert any(name.startswith(f"tinyml-course/{folder}") for name in files), folder
    (makefile,) = [name for name in files if name.endswith("/Makefile")]
    for target in re.findall(r"(?m)^    make (\w+)", text):
        assert f"\n{target}:" in bundle.read(makefile).decode()
    for command in re.findall(r"(?m)^    tinyml (\w+)", text):
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0


def test_the_class_gets_no_solution_no_hidden_test_and_no_number_of_one(folder, bundle):
    names = [name.split("/", 1)[1] for name in bundle.namelist()]
    assert not [
        n for n in names if n.startswith(("assignments/source", "assignments/src"))
    ]
    assert not [n for n in names if n.startswith(("tests", "book", "work", "build"))]
    everything = b"\0".join(bundle.read(name) for name in bundle.namelist())
    for name in NAMES:
        mine = book(folder / "one", name)
        for number in numbers(mine):
            assert number.encode() not in everything
        [course] = numbers(mine, "COURSE")
        released = nbformat.reads(
            bundle.read(f"tinyml-course/assignments/release/{name}/{name}.ipynb"), 4
        )
        text = "\n".join(cell.source for cell in released.cells)
        assert f"COURSE = {course}" in text
        assert "BEGIN SOLUTION" not in text
        assert "HIDDEN TESTS" not in text


def test_what_the_class_gets_works(folder, bundle, tmp_path):
    bundle.extractall(tmp_path)
    root = tmp_path / "tinyml-course"
    for words in (["reset"], ["check", "ps01"]):
        done = subprocess.run(
            [sys.executable, "-m", "tinyml_course.cli", *words],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == (1 if words[0] == "check" else 0), done.stderr
    assert "mse still raises NotImplementedError" in done.stdout
    work = root / "work" / "assignments" / "ps01" / "ps01.ipynb"
    text = work.read_text()
    assert f"COURSE = {numbers(book(folder / 'one', 'ps01'), 'COURSE')[0]}" in text


def test_it_is_graded_with_its_own_numbers(folder):
    """The solution passes; what was made for the public numbers has no use."""
    place = folder / "two"
    desk = place / "submitted" / "ada" / "ps01"
    desk.mkdir(parents=True)
    nbformat.write(solution("ps01"), desk / "ps01.ipynb")
    [verdict] = batch.grade("ps01", place)["verdicts"]
    batch.close_rooms()
    [found] = verdict["notebooks"]
    tests = [item for item in found["items"] if item["score"] is not None]
    assert [item["name"] for item in tests if item["score"] < item["points"]] == []
    assert len(tests) >= 6


@pytest.mark.parametrize(
    ("make", "key", "why"),
    [
        (lambda here: (here / "new").write_text("mine"), "key", "is there already"),
        (
            lambda here: [(here / "new").mkdir(), (here / "new" / "a").write_text("")],
            "key",
            "is there already",
        ),
        (lambda here: None, "new/key", "would lie in the course's folder"),
        (lambda here: (here / "key").write_text("secret"), "key", "is no key"),
        (lambda here: (here / "key").mkdir(), "key", "cannot be read"),
    ],
    ids=["a file", "full", "key inside", "no key", "folder"],
)
def test_it_refuses_and_leaves_nothing(make, key, why, tmp_path, capsys):
    make(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    words = ["course", "new", str(tmp_path / "new"), "--key", str(tmp_path / key)]
    assert main(words) == 2
    assert why in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_the_key_and_the_folder_are_for_their_owner_only(folder):
    for name in ("key", "one"):
        assert (folder / name).stat().st_mode & 0o077 == 0
    assert len((folder / "key").read_text().strip()) == 64
