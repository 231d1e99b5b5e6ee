"""Every target is made whole, or the folder stays as it was."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from models import DIGITS, GOLDEN, vectors
from sizes import conv_model

from tinyml_course import deploy, graph, verify
from tinyml_course.errors import BudgetError, CourseError


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("c", {"digits.c", "digits.h", "tc.h", "tc_conv2d.c"}),
        ("firmware", {"digits.elf"}),
        ("cmake", {"digits.c", "digits.h", "tc_conv2d.c", "CMakeLists.txt"}),
        ("zephyr", {"digits.c", "zephyr/module.yml", "zephyr/Kconfig"}),
        ("wasm", {"digits.wasm", "digits.js", "digits.d.ts", "README.md"}),
        ("arduino", {"digits/digits.ino", "digits/digits_data.cpp"}),
        ("arduino", {"digits_c/digits_c.ino", "digits_c/src/digits.c"}),
        ("python", {"digits.py", "digits.c"}),
    ],
)
def test_a_target_has_its_files(target, expected, tmp_path):
    made = deploy.write(target, DIGITS, tmp_path, "digits")
    assert expected <= {path.relative_to(tmp_path).as_posix() for path in made}
    assert all(path.stat().st_size for path in made)


def test_the_same_model_gives_the_same_bytes():
    for target in deploy.TARGETS:
        assert deploy.make(target, DIGITS) == deploy.make(target, DIGITS)


def test_the_python_target_predicts(tmp_path):
    deploy.write("python", DIGITS, tmp_path, "digits")
    code = (
        "import digits, numpy as np, sys;"
        "x = np.arange(128, dtype=np.int8).reshape(2, 8, 8, 1);"
        "sys.stdout.buffer.write(digits.predict(x).tobytes())"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True
    )
    x = np.arange(128, dtype=np.int8).reshape(2, 8, 8, 1)
    assert said.stdout == graph.invoke(graph.read(DIGITS), x).tobytes()


def test_the_python_target_gives_a_tuple_for_several_outputs(tmp_path):
    path = next(p for p in GOLDEN if p.stem == "two_outputs")
    deploy.write("python", path, tmp_path, "pair")
    spec = importlib.util.spec_from_file_location("pair", tmp_path / "pair.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    x = vectors(graph.read(path), n=3)
    for ours, theirs in zip(
        module.predict(*x), graph.invoke(graph.read(path), *x), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_what_does_not_fit_writes_nothing(tmp_path):
    out = tmp_path / "out"
    with pytest.raises(BudgetError, match="RAM"):
        deploy.write("firmware", conv_model(96, 32, 4), out)
    assert not out.exists()


def test_unknown_target_and_board(tmp_path):
    with pytest.raises(CourseError, match=r"no target 'rust'\. Known targets: c, "):
        deploy.write("rust", DIGITS, tmp_path)
    with pytest.raises(CourseError, match="no board called 'uno'"):
        deploy.write("firmware", DIGITS, tmp_path, board="uno")


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "out").write_text("here first")
    with pytest.raises(CourseError, match="is a file, expected a folder"):
        deploy.write("c", DIGITS, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "here first"


def test_a_full_disk_leaves_no_half_written_file(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(CourseError, match="No space left"):
        deploy.write("c", DIGITS, tmp_path)
    assert not list(tmp_path.iterdir())


MLP = next(path for path in GOLDEN if path.stem == "mlp")


def files_in(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_new_model_replaces_the_old_ones_files_and_nothing_else(tmp_path):
    deploy.write("c", DIGITS, tmp_path, "net")
    (tmp_path / "main.c").write_text("int main(void) { return 0; }")
    assert "tc_conv2d.c" in files_in(tmp_path)
    made = deploy.write("c", MLP, tmp_path, "net")
    names = {path.name for path in made}
    assert "tc_conv2d.c" not in names
    assert files_in(tmp_path) == {*names, "main.c", ".tinyml.json"}
    assert verify.read_c(tmp_path)[0]["net.c"] == deploy.make("c", MLP, "net")[
        "net.c"
    ].decode("utf-8")


def test_a_folder_is_for_one_model(tmp_path):
    deploy.write("c", DIGITS, tmp_path, "digits")
    before = files_in(tmp_path)
    with pytest.raises(CourseError, match="holds the C of the model 'digits'"):
        deploy.write("python", MLP, tmp_path, "net")
    assert files_in(tmp_path) == before


def test_targets_share_a_folder_and_each_cleans_its_own(tmp_path):
    deploy.write("wasm", DIGITS, tmp_path, "digits")
    deploy.write("firmware", DIGITS, tmp_path, "digits")
    deploy.write("arduino", DIGITS, tmp_path, "digits")
    deploy.write("arduino", MLP, tmp_path, "digits")
    assert {"digits.wasm", "digits.elf", "digits/digits.ino"} <= files_in(tmp_path)
    assert "digits_c/src/tc_conv2d.c" not in files_in(tmp_path)


@pytest.mark.parametrize("file", ["net.c", "tc_conv2d.c"])
def test_a_file_that_was_changed_is_neither_replaced_nor_removed(file, tmp_path):
    deploy.write("c", DIGITS, tmp_path, "net")
    (tmp_path / file).write_text("/* mine */")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(CourseError, match=f"{file}' is not as tinyml wrote it"):
        deploy.write("c", MLP, tmp_path, "net")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_file_that_was_there_first_stays(tmp_path):
    (tmp_path / "tc.h").write_text("somebody else's")
    with pytest.raises(CourseError, match="it is yours, or was changed"):
        deploy.write("c", DIGITS, tmp_path)
    assert files_in(tmp_path) == {"tc.h"}


def test_writing_the_same_again_changes_nothing(tmp_path):
    deploy.write("c", DIGITS, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / ".tinyml.json").unlink()  # as a copy made without hidden files
    deploy.write("c", DIGITS, tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "[]",
        '{"files": 3}',
        '{"files": {"../mine": "0"}, "made": {"c model": ["x"]}}',
    ],
)
def test_a_broken_manifest_makes_no_file_ours(manifest, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "mine").write_text("kept")
    (out / ".tinyml.json").write_text(manifest)
    with pytest.raises(CourseError, match=r"tinyml\.json' is not as tinyml wrote it"):
        deploy.write("c", DIGITS, out)
    assert files_in(tmp_path) == {"mine", "out/.tinyml.json"}


@pytest.mark.parametrize("after", [0, 1, 3, 7])
def test_a_failure_midway_puts_everything_back(after, tmp_path, monkeypatch):
    deploy.write("arduino", DIGITS, tmp_path / "old", "net")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    replace, calls = os.replace, []

    def fails_once(*places):
        calls.append(places)
        if len(calls) == after + 1:
            raise OSError(5, "Input/output error")
        return replace(*places)

    monkeypatch.setattr(os, "replace", fails_once)
    for folder in ("old", "new/deeper"):
        calls.clear()
        with pytest.raises(CourseError, match="Input/output error"):
            deploy.write("arduino", MLP, tmp_path / folder, "net")
    now = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert now == before
    assert not (tmp_path / "new").exists()


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / "tc.h").symlink_to(tmp_path / "mine.txt")
    with pytest.raises(CourseError, match="is in the way"):
        deploy.write("c", DIGITS, out)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_the_licence_of_the_runtime_goes_out_with_it():
    whole = (Path(__file__).parents[1] / "LICENSE").read_text()
    said = deploy.make("c", DIGITS)["tc_LICENSE.txt"].decode()
    assert said[said.index("Copyright") :] in whole
    assert "arduino_c/src/tc_LICENSE.txt" in deploy.make("arduino", DIGITS, "arduino")
