"""Verification: equal when it is equal, and unequal when anything was touched."""

import re

import numpy as np
import pytest
from models import DIGITS, GOLDEN

from tinyml_course import datasets, deploy, graph, oracle, vectors, verify
from tinyml_course.errors import CourseError, DataError, ModelError


def write_c(folder, path=DIGITS):
    deploy.write("c", path, folder)
    return folder


def test_every_stage_equals_tflm_over_all_test_digits():
    """The digits CNN: TFLM, NumPy, C here and the board, byte for byte."""
    data = datasets.load("digits")
    model = graph.read(DIGITS)
    x = model.tensors[model.inputs[0]].quantize(data.x_test)
    found = verify.verify(DIGITS, x)
    assert found["inputs"] == len(data.x_test) >= 300
    assert found["outputs"] == 10 * len(data.x_test)
    assert found["stages"] == {"numpy": 0, "board": 0, "host": 0}
    assert found["mismatches"] == found["worst"] == 0
    assert found["oracle"].startswith("TFLM")


def test_without_inputs_it_takes_seeded_vectors_and_extremes():
    assert verify.verify(DIGITS)["inputs"] == 36


@pytest.mark.parametrize("name", ["two_inputs", "two_outputs"])
def test_several_inputs_and_outputs(name):
    path = next(p for p in GOLDEN if p.stem == name)
    assert verify.verify(path)["mismatches"] == 0


def test_a_stored_y_is_compared_too():
    model = graph.read(DIGITS)
    x = vectors.probe(model)[0]
    y = graph.invoke(model, x)
    assert verify.verify(DIGITS, x, y=y.reshape(len(y), -1))["mismatches"] == 0
    y[0, 0] += 1
    found = verify.verify(DIGITS, x, y=y.reshape(len(y), -1))
    assert (found["mismatches"], found["worst"]) == (1, 1)


def changed_weights(text, rng):
    """One weight of a generated model changed by its lowest bits, and where."""
    pattern = r"int8_t weights_\d+\[\d+\] = \{(.*?)\}"
    arrays = list(re.finditer(pattern, text, re.DOTALL))
    chosen = arrays[rng.integers(len(arrays))]
    numbers = list(re.finditer(r"-?\d+", chosen[1]))
    number = numbers[rng.integers(len(numbers))]
    value = int(number[0])
    new = value ^ int(rng.integers(1, 16))
    new = new if -128 <= new <= 127 else value - 1
    start = chosen.start(1) + number.start()
    return text[:start] + str(new) + text[start + len(number[0]) :]


@pytest.mark.slow
def test_changed_weights_are_all_caught(tmp_path):
    """Of changes that alter some output, none passes; the NumPy run says which do."""
    model = graph.read(DIGITS)
    data = datasets.load("digits")
    x = model.tensors[model.inputs[0]].quantize(data.x_test[:40])
    folder = write_c(tmp_path / "c")
    original = (folder / "model.c").read_text()
    rng = np.random.default_rng(0)
    from tinyml_course import device

    expected, alters, caught = graph.invoke(model, x), 0, 0
    while alters < 25:
        text = changed_weights(original, rng)
        (folder / "model.c").write_text(text)
        sources, name = verify.read_c(folder)
        got = device.host(sources, name, model).predict(x)
        if (got == expected).all():
            continue
        alters += 1
        caught += verify.verify(DIGITS, x, c_dir=folder)["mismatches"] > 0
    assert caught == alters


def test_code_that_crashes_the_board_is_unequal_not_an_error(tmp_path):
    folder = write_c(tmp_path)
    text = (folder / "model.c").read_text()
    bad = text.replace("  return 0;", "  *(volatile int *)0xF0000000 = 1;\n  return 0;")
    (folder / "model.c").write_text(bad)
    found = verify.verify(DIGITS, c_dir=folder)
    assert found["mismatches"] == found["outputs"]
    assert "the board stopped" in " ".join(found["notes"])


def test_c_under_another_name_is_found(tmp_path):
    deploy.write("c", DIGITS, tmp_path, name="kws")
    assert verify.verify(DIGITS, c_dir=tmp_path)["mismatches"] == 0


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(CourseError, match="holds 0 model headers"):
        verify.verify(DIGITS, c_dir=tmp_path)
    with pytest.raises(CourseError, match="no folder"):
        verify.verify(DIGITS, c_dir=tmp_path / "none")


def test_c_that_belongs_to_another_model_is_refused_or_unequal(tmp_path):
    write_c(tmp_path, next(p for p in GOLDEN if p.stem == "mlp"))
    with pytest.raises(CourseError):
        verify.verify(DIGITS, c_dir=tmp_path)


def test_without_tflm_the_kernels_judge_and_it_says_so(monkeypatch):
    monkeypatch.setattr(oracle, "available", lambda: False)
    found = verify.verify(DIGITS)
    assert (found["oracle"], found["mismatches"]) == ("NumPy kernels", 0)
    assert "TFLM is not installed" in found["notes"][0]


def test_a_model_that_tflm_refuses_is_a_model_error():
    with pytest.raises(ModelError, match="does not run this model"):
        oracle.ask(b"no model", [np.zeros((1, 4), np.int8)])


class TestInputs:
    model = graph.read(DIGITS)

    def saved(self, folder, **arrays):
        path = folder / "inputs.npz"
        np.savez(path, **arrays)
        return path

    def test_x_with_or_without_the_batch_axis_and_other_keys(self, tmp_path):
        x = np.zeros((3, 1, 8, 8, 1), np.int8)
        path = self.saved(tmp_path, x=x, y=np.zeros((3, 10), np.int8), extra=1)
        (got,), y = vectors.load(path, self.model)
        assert got.shape == (3, 8, 8, 1)
        assert y.shape == (3, 10)

    @pytest.mark.parametrize(
        ("arrays", "said"),
        [
            ({"z": np.zeros(3)}, "has no array 'x', only: z"),
            ({"x": np.zeros((3, 8, 8, 1))}, "float64, expected int8"),
            ({"x": np.zeros((3, 9), np.int8)}, "shape"),
            (
                {"x": np.zeros((3, 8, 8, 1), np.int8), "y": np.zeros(4, np.int8)},
                "expected outputs y",
            ),
        ],
    )
    def test_wrong_arrays_are_refused(self, tmp_path, arrays, said):
        with pytest.raises(DataError, match=said):
            vectors.load(self.saved(tmp_path, **arrays), self.model)

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"some text", bytes(99)])
    def test_what_is_no_npz_is_refused(self, tmp_path, content):
        path = tmp_path / "inputs.npz"
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"no readable \.npz"):
            vectors.load(path, self.model)

    def test_missing_folder_and_single_array(self, tmp_path):
        with pytest.raises(DataError, match="no file"):
            vectors.load(tmp_path / "none.npz", self.model)
        with pytest.raises(DataError, match="is a folder"):
            vectors.load(tmp_path, self.model)
        np.save(tmp_path / "one.npy", np.zeros(3))
        with pytest.raises(DataError, match="single array"):
            vectors.load(tmp_path / "one.npy", self.model)

    def test_pickled_objects_are_never_loaded(self, tmp_path):
        path = self.saved(tmp_path, x=np.array([print], dtype=object))
        with pytest.raises(DataError):
            vectors.load(path, self.model)
