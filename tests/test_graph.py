"""Reading models, running them in NumPy, and planning their memory."""

import random
import warnings

import numpy as np
import pytest
from models import DIGITS, GOLDEN, vectors

from tinyml_course import graph, oracle
from tinyml_course.errors import CourseError, DataError, ModelError


@pytest.mark.parametrize("path", [*GOLDEN, DIGITS], ids=lambda p: p.stem)
def test_numpy_equals_tflm_byte_for_byte(path):
    model = graph.read(path)
    x = vectors(model)
    answer = oracle.ask(path.read_bytes(), x, outputs=len(model.outputs))
    got = graph.invoke(model, *x)
    got = got if isinstance(got, list) else [got]
    for ours, theirs in zip(got, answer.outputs, strict=True):
        np.testing.assert_array_equal(ours.reshape(theirs.shape), theirs)


@pytest.mark.parametrize("path", [*GOLDEN, DIGITS], ids=lambda p: p.stem)
def test_no_two_tensors_that_live_together_overlap(path):
    plan = graph.read(path).plan
    places = [
        (plan.offsets[life.tensors[0]], life) for life in plan.lives if life.bytes
    ]
    for i, (start, life) in enumerate(places):
        assert start + life.bytes <= plan.arena_bytes
        for other_start, other in places[:i]:
            apart = (
                start + life.bytes <= other_start or other_start + other.bytes <= start
            )
            assert apart or not life.meets(other)
    assert plan.arena_bytes >= plan.lower_bound_bytes


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


def test_mutated_models_give_one_line_or_a_checked_graph():
    """A short run of the fuzz; the models that survive must also be exportable."""
    from tinyml_course import export

    rng, survivors = random.Random(0), 0
    originals = [path.read_bytes() for path in GOLDEN]
    for _ in range(1500):
        data = bytearray(rng.choice(originals))
        for _ in range(rng.choice([1, 1, 2, 8])):
            data[rng.randrange(len(data))] = rng.choice([0, 1, 127, 128, 255])
        said = ""
        try:
            with warnings.catch_warnings(action="error"):
                export.to_c(graph.read(bytes(data)))
            survivors += 1
        except CourseError as error:
            said = str(error)
        assert "\n" not in said
    assert 100 < survivors < 1400


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
