"""Reading models, running them in NumPy, and planning their memory."""

import itertools

import numpy as np
import pytest
from models import DIGITS, GOLDEN, vectors

from tinyml_course import graph, oracle
from tinyml_course.errors import DataError, ModelError
from tinyml_course.graph import overlap
from tinyml_course.graph import plan as plan_module


@pytest.mark.parametrize("path", [*GOLDEN, DIGITS], ids=lambda p: p.stem)
def test_numpy_equals_tflm(path):
    model = graph.read(path)
    x = vectors(model)
    answer = oracle.ask(path.read_bytes(), x, outputs=len(model.outputs))
    got = graph.invoke(model, *x)
    got = got if isinstance(got, list) else [got]
    for ours, theirs in zip(got, answer.outputs, strict=True):
        # In float32, exp() and tanh() are the C library's there: see test_float.py.
        ulps = 4 * np.spacing(np.abs(theirs).max()) if theirs.dtype == "f4" else 0
        gap = np.abs(ours.reshape(theirs.shape).astype(float) - theirs)
        assert gap.max() <= ulps


@pytest.mark.parametrize("path", [*GOLDEN, DIGITS], ids=lambda p: p.stem)
def test_tensors_that_live_together_overlap_only_as_far_as_the_operator_allows(path):
    plan = graph.read(path).plan
    start = {life: plan.offsets[life.tensors[0]] for life in plan.lives}
    for life, other in itertools.permutations(plan.lives, 2):
        if life.meets(other):
            behind = start[other] + other.bytes <= start[life]
            lead = plan.leads.get((life, other), life.bytes)
            if (other, life) not in plan.leads:
                assert behind or start[life] + lead <= start[other]
    assert max(start[a] + a.bytes for a in plan.lives) == plan.arena_bytes
    assert plan.arena_bytes >= plan.lower_bound_bytes


WINDOWED = ("conv_", "depthwise", "pools", "separable", "residual")


@pytest.mark.parametrize(
    ("path", "number"),
    [
        pytest.param(path, op.index, id=f"{path.stem}-{op.name}")
        for path in GOLDEN
        if path.stem.startswith(WINDOWED)
        for op in graph.read(path).operators
        if op.kind in ("conv2d", "depthwise_conv2d", "max_pool2d", "average_pool2d")
    ],
)
def test_an_output_reaches_into_its_input_as_far_as_its_windows_have_moved_on(
    path, number
):
    model = graph.read(path)
    op = model.operators[number]
    _, in_h, in_w, in_c = model.tensors[op.inputs[0]].shape
    _, out_h, out_w, out_c = model.tensors[op.outputs[0]].shape
    reads = []  # of each output pixel: the first byte of the input that it needs
    layer = "filter_height" not in op.options
    size = (
        model.tensors[op.inputs[1]].shape[1:3]
        if layer
        else (op.options["filter_height"], op.options["filter_width"])
    )
    for y, x in itertools.product(range(out_h), range(out_w)):
        touched = []
        for i, j in itertools.product(range(size[0]), range(size[1])):
            row = y * op.options["stride_h"] + i * op.options.get("dilation_h", 1)
            column = x * op.options["stride_w"] + j * op.options.get("dilation_w", 1)
            row, column = row - pads(op, in_h, out_h, size[0], "h"), column
            column -= pads(op, in_w, out_w, size[1], "w")
            if 0 <= row < in_h and 0 <= column < in_w:
                touched.append((row * in_w + column) * in_c)
        reads.append(min(touched))
    least = max((p + 1) * out_c - min(reads[p:]) for p in range(out_h * out_w))
    assert overlap.lead_bytes(model, op, op.inputs[0]) == max(0, least)


def pads(op, size, count, kernel, axis):
    """Rows or columns before the image, as TensorFlow's SAME has them."""
    if op.options["padding"] != 0:
        return 0
    reach = (kernel - 1) * op.options.get(f"dilation_{axis}", 1) + 1
    return max(0, (count - 1) * op.options[f"stride_{axis}"] + reach - size) // 2


def test_what_reads_in_another_order_keeps_apart():
    moved = graph.read(next(p for p in GOLDEN if p.stem == "join_and_cut"))
    for op in moved.operators:
        if op.kind in ("transpose", "concatenation", "pad", "pack"):
            assert overlap.lead_bytes(moved, op, op.inputs[0]) is None


def test_sharing_makes_arenas_smaller():
    """A plan without leads, as it was before, against the one with them."""
    for path in (*GOLDEN, DIGITS):
        model = graph.read(path)
        lives = plan_module._lives(model)
        by_size = next(iter(plan_module._orders(lives)))
        apart = plan_module._place(by_size, {}, plan_module._company(lives))
        assert model.plan.arena_bytes <= plan_module._arena_bytes(apart)


def test_the_output_survives_until_the_end():
    model = graph.read(next(p for p in GOLDEN if p.stem == "two_outputs"))
    ends = set(model.outputs)
    for life in model.plan.lives:
        if ends & set(life.tensors):
            assert life.last == len(model.operators)


def test_macs_are_counted_by_hand_for_a_convolution():
    model = graph.read(next(p for p in GOLDEN if p.stem == "conv_valid_wide"))
    # input 7x9x2, 3 filters of 2x4, strides (1, 2), no padding: output 6x3x3
    assert model.macs == 6 * 3 * 3 * (2 * 4 * 2)


def test_quantize_and_dequantize_are_inverse_on_the_grid():
    tensor = graph.Tensor(0, "x", (1, 256), "int8", (0.1,), (3,))
    q = np.arange(-128, 128, dtype=np.int8)
    np.testing.assert_array_equal(tensor.quantize(tensor.dequantize(q)), q)


def test_quantize_refuses_nan():
    tensor = graph.Tensor(0, "x", (1, 2), "int8", (0.1,), (3,))
    with pytest.raises(DataError, match="NaN or infinity"):
        tensor.quantize(np.array([0.0, np.nan]))


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (b"", r"empty \(0 bytes\)"),
        (b"plain text, not a model", "no .tflite file"),
        (bytes(8), "no .tflite file"),
        (b"\x10\x00\x00\x00TFL3", "damaged"),
        ("no/such/file.tflite", "no file 'no/such/file.tflite'"),
        (".", "is a folder"),
    ],
)
def test_what_is_no_model_is_refused_with_the_reason(model, said):
    with pytest.raises(ModelError, match=said):
        graph.read(model)


def test_an_unreadable_file_says_so(tmp_path, monkeypatch):
    def denied(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", denied)
    with pytest.raises(ModelError, match="cannot be read: Permission denied"):
        graph.read(tmp_path / "model.tflite")


@pytest.mark.parametrize("part", [8, 100, 1000])
def test_a_truncated_model_is_damaged(part):
    with pytest.raises(ModelError):
        graph.read(DIGITS.read_bytes()[:part])


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (np.zeros((2, 8, 8, 1), np.float32), "float32, expected int8"),
        (np.zeros((2, 8, 8), np.int8), r"shape \(2, 8, 8\), expected \(n, 8, 8, 1\)"),
        (np.zeros((0, 8, 8, 1), np.int8), "n of 1 or more"),
        (np.int8(3), "shape"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(x, said):
    with pytest.raises(DataError, match=said):
        graph.invoke(graph.read(DIGITS), x)


def test_a_wrong_number_of_inputs_is_refused():
    with pytest.raises(DataError, match="has 1 inputs, 2 were given"):
        graph.invoke(graph.read(DIGITS), np.int8(0), np.int8(0))


def test_the_batch_axis_may_be_there_or_not():
    model = graph.read(DIGITS)
    (x,) = vectors(model)
    np.testing.assert_array_equal(
        graph.invoke(model, x), graph.invoke(model, x[:, None])
    )
