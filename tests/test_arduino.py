"""The sketches compile without Arduino's core; the one with our C runs here."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from models import DIGITS, GOLDEN, vectors

from tinyml_course import deploy, export, graph

STUBS = Path(__file__).parent / "arduino"
ZIG = [sys.executable, "-m", "ziglang", "cc"]  # c++ would build its library first
# Arduino's own flags for C++, as far as they change the language
CPP = "-std=gnu++14 -fno-exceptions -fno-rtti -fno-threadsafe-statics -Wall -Wextra"
# and those of its core for this board, which calls a compiler by this name
BOARD = "-mcpu=cortex-m4 -mthumb -mfloat-abi=softfp -mfpu=fpv4-sp-d16 -DARDUINO=10819"
GCC = shutil.which("arm-none-eabi-g++")
SEVERAL = [p for p in GOLDEN if p.stem in ("lstm_step", "float_ends")]


def compiled(sketch, compiler, folder):
    """Compile a sketch folder as Arduino does: the .ino as C++, src/ as it is."""
    objects = []
    for path in [*sketch.glob("*.ino"), *sketch.rglob("*.cpp"), *sketch.rglob("*.c")]:
        made = folder / f"{path.name}.o"
        language = ["-x", "c++", *CPP.split()]
        if path.suffix == ".c":
            language = ["-x", "c", "-std=c11"]
        if path.suffix == ".ino":
            language += ["-include", "Arduino.h"]
        command = [*compiler, *language, "-Werror", f"-I{STUBS}", "-c", str(path)]
        done = subprocess.run([*command, "-o", made], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        objects.append(made)
    return objects


def answers(text):
    """What the sketch printed: one dict of name to words for each inference."""
    found = []
    for line in text.splitlines():
        key, words = line.split(":")
        if key == "output 0":
            found.append({})
        found[-1][key] = words.split()
    return found


@pytest.mark.parametrize("path", [DIGITS, *SEVERAL], ids=lambda p: p.stem)
def test_the_sketch_with_our_c_answers_as_the_model(path, tmp_path):
    model = graph.read(path)
    labels = [f"no. {i}" for i in range(model.tensors[model.outputs[0]].size)]
    values = export.Values(labels=tuple(labels))
    deploy.write("arduino", path, tmp_path, "net", values=values)
    objects = compiled(tmp_path / "net_c", ZIG, tmp_path)
    objects += compiled(STUBS, ZIG, tmp_path)
    program = tmp_path / "sketch"
    subprocess.run([*ZIG, *objects, "-o", program], check=True)
    x = vectors(model, 4)
    points = [(*model.tensors[i].zero_point, 0)[0] for i in model.inputs]
    zeros = [np.full_like(a[:1], q) for a, q in zip(x, points, strict=True)]
    stdin = b"".join(a[row].tobytes() for row in range(4) for a in x)
    said = subprocess.run([program], input=stdin, capture_output=True, check=True)
    found = answers(said.stdout.decode())
    rows = [np.concatenate(pair) for pair in zip(zeros, x, strict=True)]
    expected = graph.invoke(model, *rows)
    expected = [expected] if isinstance(expected, np.ndarray) else expected
    assert len(found) == 5
    for row, answer in enumerate(found):
        for number, y in enumerate(expected):
            said_y = np.array(answer[f"output {number}"], float)
            np.testing.assert_allclose(said_y, y[row].ravel(), atol=1e-6)
        best = int(expected[0][row].argmax())
        assert (answer["best"], answer["label"]) == ([str(best)], ["no.", str(best)])
        assert answer["microseconds"] == ["1000"]


@pytest.mark.parametrize("path", [DIGITS, *SEVERAL], ids=lambda p: p.stem)
def test_the_sketch_with_tflm_fits_the_documented_interface(path, tmp_path):
    data = path.read_bytes()
    files = export.to_arduino(graph.read(data), data, "net", arena_bytes=4096)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert len(compiled(tmp_path / "net", ZIG, tmp_path)) == 2


def test_every_operator_that_compiles_has_a_name_in_the_resolver():
    from tinyml_course.export.arduino import _registration
    from tinyml_course.graph.schema import KINDS

    folder = STUBS / "tensorflow" / "lite" / "micro"
    header = (folder / "micro_mutable_op_resolver.h").read_text()
    known = set(re.findall(r"TfLiteStatus (Add\w+)\(", header))
    assert {_registration(code) for code in KINDS} <= known


@pytest.mark.skipif(
    GCC is None,
    reason="arm-none-eabi-g++ is not installed (apt install gcc-arm-none-eabi)",
)
def test_both_sketches_compile_for_the_board(tmp_path):
    deploy.write("arduino", DIGITS, tmp_path, "digits", values=export.Values())
    for name in ("digits", "digits_c"):
        assert compiled(tmp_path / name, [GCC, *BOARD.split()], tmp_path)
