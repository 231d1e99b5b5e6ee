"""Every target is made whole, or the folder stays as it was."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest
from models import DIGITS, GOLDEN, vectors
from sizes import conv_model

from tinyml_course import deploy, graph
from tinyml_course.errors import BudgetError, CourseError


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("c", {"digits.c", "digits.h", "tc.h", "tc_conv2d.c"}),
        ("firmware", {"digits.elf"}),
        ("wasm", {"digits.wasm"}),
        ("arduino", {"digits/digits.ino", "digits/digits_data.cpp"}),
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
