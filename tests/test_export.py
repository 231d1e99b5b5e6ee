"""The generated C: its interface, its manners, and that it cannot be told from TFLM."""

import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from models import DIGITS, GOLDEN, vectors

from tinyml_course import device, export, graph
from tinyml_course.errors import CourseError

FLAGS = (
    "-std=c11 -O2 -Wall -Wextra -Werror -Wundef -Wshadow -Wdouble-promotion "
    "-Wconversion -fno-common"
).split()
# zig's own clang is always there; a system's compilers are tested where they are.
COMPILERS = {"zig": [sys.executable, "-m", "ziglang", "cc"]}
COMPILERS |= {name: [name] for name in ("gcc", "clang") if shutil.which(name)}


def write(folder, sources):
    for name, text in sources.items():
        (folder / name).write_text(text)


@pytest.mark.parametrize("path", [*GOLDEN, DIGITS], ids=lambda p: p.stem)
def test_c_on_this_computer_and_on_the_board_equals_numpy(path):
    model = graph.read(path)
    x = vectors(model, n=8)
    expected = graph.invoke(model, *x)
    expected = expected if isinstance(expected, list) else [expected]
    on_host = device.host(export.to_c(model), "model", model).predict(x)
    on_board = device.run_model(model, x).outputs
    for got in (on_host, on_board):
        got = [got] if isinstance(got, np.ndarray) else got
        for ours, theirs in zip(got, expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_the_same_graph_gives_the_same_text():
    first, second = (export.to_c(graph.read(DIGITS)) for _ in range(2))
    assert first == second


def test_the_header_keeps_the_contract():
    header = export.to_c(graph.read(DIGITS), "digits")["digits.h"]
    for promised in (
        r"#define DIGITS_ARENA_BYTES \d+\n",
        r"#define DIGITS_INPUT_0_BYTES 64\n",
        r"#define DIGITS_INPUT_0_TYPE int8_t\n",
        r"#define DIGITS_INPUT_0_SCALE 0\.\d+f\n",
        r"#define DIGITS_INPUT_0_ZERO_POINT \(-128\)\n",
        r"#define DIGITS_OUTPUT_0_BYTES 10\n",
        r"int8_t \*digits_input\(void\);",
        r"int8_t \*digits_input_0\(void\);",
        r"const int8_t \*digits_output\(void\);",
        r"int digits_invoke\(void\);",
    ):
        assert re.search(promised, header), promised


def test_there_is_one_header_of_the_name_and_no_main():
    sources = export.to_c(graph.read(DIGITS), "digits")
    assert [file for file in sources if file == "digits.h"] == ["digits.h"]
    assert not any(re.search(r"\bmain\s*\(", text) for text in sources.values())


def test_no_float_in_int8_no_double_no_heap_no_libc():
    for path in GOLDEN:
        for file, text in export.to_c(graph.read(path)).items():
            code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
            if file.endswith(".c"):
                assert not re.search(r"\b(double|malloc|free|printf)\b", code)
                if not path.stem.startswith("float"):
                    assert not re.search(r"\bfloat\b", code)
            assert set(re.findall(r"#include <(.*)>", code)) <= {"stdint.h"}


@pytest.mark.parametrize("compiler", COMPILERS)
def test_every_warning_is_an_error_and_there_is_none(compiler, tmp_path):
    for path in GOLDEN:
        write(tmp_path, export.to_c(graph.read(path), path.stem))
    files = sorted(tmp_path.glob("*.c"))
    done = subprocess.run(
        [*COMPILERS[compiler], *FLAGS, "-c", *map(str, files)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_two_models_link_into_one_program(tmp_path):
    main = """
#include <stdio.h>
#include "mlp.h"
#include "digits.h"
int main(void) { printf("%d %d", mlp_invoke(), digits_invoke()); return 0; }
"""
    folders = []
    for name, path in (("mlp", GOLDEN[0].with_stem("mlp")), ("digits", DIGITS)):
        folder = tmp_path / name
        folder.mkdir()
        write(folder, export.to_c(graph.read(path), name))
        folders.append(folder)
    (tmp_path / "main.c").write_text(main)
    files = [str(f) for folder in folders for f in folder.glob("*.c")]
    includes = [f"-I{folder}" for folder in folders]
    program = tmp_path / "program"
    subprocess.run(
        [
            *COMPILERS.get("gcc", COMPILERS["zig"]),
            *includes,
            str(tmp_path / "main.c"),
            *files,
        ]
        + ["-o", str(program)],
        check=True,
        capture_output=True,
    )
    assert subprocess.run([program], capture_output=True, text=True).stdout == "0 0"


@pytest.mark.parametrize("name", ["int", "2x", "", "a b", "tc", "tc_conv2d", "x" * 41])
def test_a_name_that_c_cannot_use_is_refused(name):
    with pytest.raises(CourseError, match="cannot name a model in C"):
        export.to_c(graph.read(DIGITS), name)


def test_a_name_inside_the_model_cannot_break_out_of_a_comment():
    data = DIGITS.read_bytes()
    model = graph.read(data)
    made = model.tensors[model.operators[0].outputs[0]].name
    evil = ("*/ int evil; /*" + "x" * len(made))[: len(made)]
    sources = export.to_c(graph.read(data.replace(made.encode(), evil.encode())))
    assert "*/ int evil" not in sources["model.c"]


def test_the_arduino_sketch_registers_what_the_model_uses():
    model = graph.read(DIGITS)
    files = export.to_arduino(model, DIGITS.read_bytes(), "digits", arena_bytes=8192)
    sketch = files["digits/digits.ino"]
    codes = {op.code for op in model.operators}
    assert f"MicroMutableOpResolver<{len(codes)}>" in sketch
    assert sketch.count("resolver.Add") == len(codes)
    assert "resolver.AddConv2D();" in sketch
    numbers = re.search(r"\{\n(.*?)\};", files["digits/digits_data.cpp"], re.DOTALL)
    assert bytes(map(int, numbers[1].split(","))) == DIGITS.read_bytes()
