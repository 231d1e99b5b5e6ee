"""Models that are wrong: one clear line and exit status 2, quickly.

Each is small and written here on purpose; `test_fuzz` makes the others.
"""

import resource
import subprocess
import sys
import time

import numpy as np
import pytest
from tflite_writer import Model

from tinyml_course import cli, graph
from tinyml_course.errors import ModelError
from tinyml_course.graph.instead import _ADVICE, advice
from tinyml_course.graph.schema import KINDS, OPERATOR_NAMES

USUAL = {"scale": 0.05, "zero_point": 3}
SECONDS = 5


def relu(shape=(1, 4), code="RELU", quantization=USUAL, **more) -> bytes:
    """A model of one operator."""
    model = Model()
    x = model.tensor(shape, **quantization, **more)
    y = model.tensor(shape, **USUAL)
    model.operator(code, [x], [y])
    return model.bytes([x], [y])


def wired(inputs, outputs, ends) -> bytes:
    """Two operators on four tensors, wired in any way."""
    model = Model()
    for _ in range(4):
        model.tensor((1, 4), **USUAL)
    for read, written in zip(inputs, outputs, strict=True):
        model.operator("RELU", read, written)
    return model.bytes(*ends)


def dense(weights=None, shape=(3, 4), **quantization) -> bytes:
    model = Model()
    x = model.tensor((1, 4), **USUAL)
    data = np.ones((3, 4), np.int8) if weights is None else weights
    w = model.tensor(shape, data=data, **(quantization or {"scale": 0.1}))
    y = model.tensor((1, 3), **USUAL)
    model.operator("FULLY_CONNECTED", [x, w], [y])
    return model.bytes([x], [y])


def padded(pads) -> bytes:
    model = Model()
    x = model.tensor((1, 4), **USUAL)
    y = model.tensor((1, 4), **USUAL)
    model.operator("PAD", [x, model.constant(pads)], [y])
    return model.bytes([x], [y])


def patched(data: bytes, old: bytes, new: bytes) -> bytes:
    assert data.count(old) >= 1
    return data.replace(old, new, 1)


def with_offset_zero() -> bytes:
    """The first table in the list of tensors is the list itself."""
    data = bytearray(relu())
    names = data.index(b"t0\0")
    for place in range(0, len(data) - 8, 4):
        length, offset = np.frombuffer(data, "<u4", 2, place)
        if length == 2 and place + 4 + offset < names < place + 4 + offset + 64:
            data[place + 4 : place + 8] = bytes(4)
            return bytes(data)
    raise AssertionError("no list of two tables")


def shared_lists() -> bytes:
    """Thousands of tensors that are all the same large one: 100 KB, yet 100 MB."""
    model = Model()
    tensors = [model.tensor((1, 4), **USUAL) for _ in range(3001)]
    model.tensor((1, 4), scale=[0.1] * 3000)
    model.operator("RELU", tensors[:1], tensors[1:2])
    data = bytearray(model.bytes(tensors[:1], tensors[1:2]))
    start = data.index((3002).to_bytes(4, "little")) + 4
    last = start + 4 * 3001
    target = last + int.from_bytes(data[last : last + 4], "little")
    for entry in range(start + 8, last, 4):
        data[entry : entry + 4] = (target - entry).to_bytes(4, "little")
    return bytes(data)


def subtraction_named_add() -> bytes:
    """SUB, whose code is then overwritten with that of ADD."""
    model = Model()
    x, y = (model.tensor((1, 4), **USUAL) for _ in range(2))
    model.operator("SUB", [x, x], [y])
    code = OPERATOR_NAMES.index("SUB")
    data = model.bytes([x], [y])
    assert data.count(code.to_bytes(4, "little")) == 1
    return data.replace(code.to_bytes(4, "little"), bytes(4)).replace(
        bytes([0, 0, 0, code]), bytes(4)
    )


def scaled(scale: float) -> bytes:
    return relu(quantization={"scale": scale, "zero_point": 0})


WHOLE = dense()
CYCLE = wired([[1], [2]], [[2], [1]], ([0], [2]))

BAD = {
    "unknown operator": (relu(code="DENSIFY"), "uses DENSIFY .*The compiler knows"),
    "operator without a name": (relu(code="operator 250"), "uses operator 250"),
    "custom operator": (relu(code="CUSTOM"), "uses CUSTOM '' .*no operator of Tensor"),
    "missing operator": (relu(code="DIV"), "00 uses DIV .*makes 't1'.*Use instead"),
    "dynamic shape": (relu(signature=(1, -1)), r"dynamic shape \[1, -1\]"),
    "negative axis": (relu(shape=(1, -1)), "every axis must be 1 or more"),
    "zero-size tensor": (relu(shape=(1, 0, 4)), "every axis must be 1 or more"),
    "258 axes": (relu(shape=(1,) * 258), "has 258 axes"),
    "variable": (relu(variable=True), "keeps its value from run to run"),
    "options of another": (subtraction_named_add(), "has the options of another ope"),
    "cycle": (CYCLE, "before any layer has written it"),
    "written twice": (wired([[0], [0]], [[1], [1]], ([0], [1])), "already there"),
    "writes its input": (wired([[0], [1]], [[1], [0]], ([0], [1])), "already there"),
    "list inside itself": (with_offset_zero(), "damaged|axes|axis"),
    "lists that are shared": (shared_lists(), "inside one another"),
    "half": (WHOLE[: len(WHOLE) // 2], "damaged"),
    "without its last bytes": (WHOLE[:-40], "damaged"),
    "input out of range": (
        wired([[9], [1]], [[1], [2]], ([0], [2])),
        "not in the file",
    ),
    "output out of range": (wired([[0], [1]], [[1], [9]], ([0], [1])), "not in the f"),
    "end out of range": (wired([[0], [1]], [[1], [2]], ([0], [9])), "not in the file"),
    "absent input": (wired([[-1], [1]], [[1], [2]], ([0], [2])), "input is absent"),
    "scale of 0": (scaled(0.0), "no usable scale"),
    "scale below 0": (scaled(-1.0), "no usable scale"),
    "scale of 1e30": (scaled(1e30), "no usable scale"),
    "scale of 1e-30": (scaled(1e-30), "no usable scale"),
    "scale not a number": (scaled(float("nan")), "no usable scale"),
    "infinite scale": (scaled(float("inf")), "no usable scale"),
    "scale of the weights": (dense(scale=float("nan")), "no ordinary positive number"),
    "scales too many": (dense(scale=[0.1] * 7), "7 scales for 3 channels"),
    "weights too few": (dense(np.ones((3, 3), np.int8)), "needs 12 bytes, but"),
    "2 GB in one tensor": (relu(shape=(1, 2**31 - 1)), "all together at most"),
    "2 GB of weights": (dense(shape=(2**20, 2**11)), "all together at most"),
    "more than 64 bits": (relu(shape=(1, 2**31 - 1, 2**31 - 1, 2**31 - 1)), "at most"),
    "2 GB of padding": (padded([[0, 0], [0, 2**31 - 1]]), "paddings"),
    "a list of 2 GB": (
        patched(WHOLE, b"\x0c\0\0\0" + b"\1" * 12, b"\xff\xff\xff\x7f" + b"\1" * 12),
        "list of 2,147,483,647 items",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_model_is_refused_by_every_command(name, tmp_path, capsys):
    data, said = BAD[name]
    path, out = tmp_path / "bad.tflite", tmp_path / "out"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=said):
        graph.read(data)
    for words in (
        ["compile", path, "--target", "c", "--out", out],
        ["verify", path],
        ["bench", path],
        ["bench", path, "--json"],
    ):
        start = time.perf_counter()
        assert cli.main([str(word) for word in words]) == 2
        assert time.perf_counter() - start < SECONDS
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        assert len(captured.err) < 1000
    assert not out.exists()


@pytest.mark.parametrize(
    "name", ["2 GB in one tensor", "a list of 2 GB", "lists that are shared"]
)
def test_a_claim_of_2_gb_takes_little_memory_in_a_process_of_its_own(name, tmp_path):
    path = tmp_path / "bad.tflite"
    path.write_bytes(BAD[name][0])

    def limited():
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))

    done = subprocess.run(
        [sys.executable, "-m", "tinyml_course.cli", "bench", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=limited,
        env={"OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr


def test_what_fits_no_plan_is_refused():
    model = Model()
    x = model.tensor((1, 4), **USUAL)
    made = [model.tensor((1, 4), **USUAL) for _ in range(2100)]
    for y in made:
        model.operator("RELU", [x], [y])
    with pytest.raises(ModelError, match="2,101 activations; the compiler plans at mo"):
        _ = graph.read(model.bytes([x], made[:1])).plan
    model = Model()
    values = [model.tensor((1, 2**23), **USUAL) for _ in range(40)]
    for y in values[1:]:
        model.operator("RELU", values[:1], [y])
    with pytest.raises(ModelError, match="bytes for its activations; the compiler"):
        _ = graph.read(model.bytes(values[:1], values[1:])).plan
    model = Model()
    many = [model.tensor((1, 1), **USUAL) for _ in range(20_001)]
    model.operator("RELU", many[:1], many[1:2])
    with pytest.raises(ModelError, match="a list of 20,001 layers or tensors"):
        graph.read(model.bytes(many[:1], many[1:2]))


def test_advice_is_for_operators_that_exist_and_are_missing():
    assert set(_ADVICE) <= set(OPERATOR_NAMES)
    assert not set(_ADVICE) & set(KINDS)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("RESIZE_BILINEAR", "nearest"),
        ("UNIDIRECTIONAL_SEQUENCE_LSTM", "LSTMCell"),
        ("TILE", "UpSampling2D"),
        ("DIV", "one over the divisor"),
        ("PRELU", "LeakyReLU"),
        ("SHAPE", "batch 1"),
        ("BATCH_MATMUL", "Dense"),
        ("CUSTOM 'FlexErf'", "Keras layers"),
    ],
)
def test_a_missing_operator_is_answered_with_what_to_use(code, said):
    assert said in advice(code)
    assert "\n" not in advice(code)
