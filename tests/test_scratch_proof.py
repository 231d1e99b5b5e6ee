"""Proofs of chapter 22: every operator of the C seen alone, and promises that hold."""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest
from models import GOLDEN

from tinyml_course import datasets, device, export, graph, vectors
from tinyml_course.errors import CourseError
from tinyml_course.scratch import proof

CHAPTER = Path(__file__).parents[1] / "notebooks/src/22_prove_it.py"
PLUMBING = {"BUGS", "first_bad", "litert", "members", "plant", "twin"}
SHOWN = sorted(set(proof.__all__) - PLUMBING)


@pytest.fixture(scope="module")
def words():
    net = graph.read(datasets.model_path("words_dscnn"))
    x = net.tensors[net.inputs[0]].quantize(datasets.load("words").x_test[:3])
    return net, export.to_c(net, "words"), x


def all_int8(path):
    net = graph.read(path)
    return {net.tensors[i].dtype for op in net.operators for i in op.outputs} == {
        "int8"
    }


def code(tree):
    body = tree.body[1:] if ast.get_docstring(tree) else tree.body
    body = [line for line in body if not isinstance(line, ast.ImportFrom)]
    return [ast.dump(tree.args), *map(ast.dump, body)]


@pytest.mark.parametrize("name", SHOWN)
def test_the_chapter_shows_each_function_as_it_is_here(name):
    here = ast.parse(inspect.getsource(getattr(proof, name))).body[0]
    shown = [
        code(node)
        for node in ast.walk(ast.parse(CHAPTER.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert code(here) in shown


@pytest.mark.parametrize("path", [*filter(all_int8, GOLDEN)], ids=lambda p: p.stem)
def test_the_c_cut_after_any_operator_gives_that_operators_values(path):
    net = graph.read(path)
    x = vectors.probe(net, random=2)
    values = graph.invoke(net, *x, all_tensors=True)
    x, sources = [rows.reshape(len(rows), -1) for rows in x], export.to_c(net)
    for op in net.operators:
        out = net.tensors[op.outputs[0]]
        got = device.host(proof.cut(sources, "model", net, op.index)).predict(x)
        got = (got if isinstance(got, np.ndarray) else got[0]).view(np.uint8)
        expected = values[op.outputs[0]].reshape(len(x[0]), -1).view(np.uint8)
        assert np.array_equal(got.reshape(expected.shape), expected), (op, out.shape)


def test_a_cut_runs_on_the_board_too(words):
    net, sources, x = words
    firmware = device.build_model(proof.cut(sources, "words", net, 9), "words")
    out = device.run(firmware, stdin=x[:1].tobytes(), name="words").stdout
    values = graph.invoke(net, x[:1], all_tensors=True)
    assert out == values[net.operators[9].outputs[0]].tobytes()


@pytest.mark.parametrize("bug", proof.BUGS)
def test_each_bug_has_a_place_and_the_program_still_builds(words, bug):
    net, sources, x = words
    broken = proof.plant(sources, bug)
    changed = [file for file in sources if broken[file] != sources[file]]
    assert changed == [proof.BUGS[bug][0]]
    assert device.host(broken, "words", net).predict(x).shape == (3, 10)


def test_a_bug_without_a_place_is_refused():
    with pytest.raises(CourseError, match="no place"):
        proof.plant({}, "sums of 16 bits")


@pytest.mark.parametrize("count", [1, 2, 3, 12, 13])
def test_the_first_bad_is_found_by_halving(count):
    for first in range(count):
        asked = []
        assert (
            proof.first_bad(lambda k, a=asked, f=first: a.append(k) or k >= f, count)
            == first
        )
        assert len(asked) <= np.ceil(np.log2(count))
        assert all(0 <= k < count for k in asked)


@pytest.mark.parametrize(("wrong", "n"), [(0, 1), (0, 59), (3, 100), (20, 400), (7, 7)])
def test_the_bound_is_clopper_and_pearsons(wrong, n):
    from scipy.stats import beta

    expected = 1.0 if wrong == n else beta.ppf(0.95, wrong + 1, n - wrong)
    assert proof.upper_bound(wrong, n) == pytest.approx(expected, abs=1e-9)


def test_a_promise_is_broken_at_most_as_often_as_it_says():
    rng = np.random.default_rng(0)
    broken = 0
    for _ in range(300):
        sure = rng.random(300)
        right = rng.random(300) < sure  # the risk above a threshold t is (1 - t) / 2
        kept = proof.promise(sure, right, 0.1, np.linspace(0.95, 0.5, 10))
        broken += kept is not None and (1 - kept) / 2 > 0.1
    assert broken <= 0.05 * 300 + 3 * np.sqrt(300 * 0.05 * 0.95)


def test_no_promise_without_rows_enough():
    one = np.ones(3)
    assert proof.promise(one, one > 0, 0.05, [0.9]) is None


def test_the_calibration_error_of_an_example_by_hand():
    sure = np.array([0.95, 0.95, 0.55, 0.55])
    right = np.array([True, False, True, False])
    assert proof.calibration_error(sure, right) == pytest.approx((0.9 + 0.1) / 4)


def test_the_temperature_that_was_put_in_comes_out():
    rng = np.random.default_rng(0)
    z = rng.normal(0, 3, (4000, 4))
    y = (rng.random((4000, 1)) < proof.softmax(z).cumsum(1)).argmax(1)
    assert proof.fit_temperature(2 * z, y) == pytest.approx(2, rel=0.1)


@pytest.mark.tf
def test_the_keras_twin_computes_what_the_float_file_does():
    float_net = graph.read(datasets.model_path("words_dscnn").with_name("float.tflite"))
    real = datasets.load("words").x_test[:3]
    out = proof.twin(float_net).predict(real, verbose=0)
    assert np.allclose(out, graph.invoke(float_net, real), atol=1e-5)


@pytest.mark.tf
def test_litert_in_a_hurry_rounds_once_and_so_does_the_c_with_that_bug(words):
    net, sources, _ = words
    x = net.tensors[net.inputs[0]].quantize(datasets.load("words").x_test[:60])
    theirs = proof.litert(datasets.model_path("words_dscnn").read_bytes(), x)
    once = proof.plant(sources, "one rounding, not two")
    assert np.array_equal(device.host(once, "words", net).predict(x), theirs)
    assert not np.array_equal(graph.invoke(net, x), theirs)


@pytest.mark.tf
def test_members_are_several_networks_that_learn():
    import keras

    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    y = np.arange(300) % 3
    x = (rng.normal(0, 0.3, (300, 3)) + np.eye(3)[y]).astype(np.float32)
    z = np.array(proof.members(x, y, count=2, epochs=30, dropout=0.1)(x))
    assert z.shape == (300, 2, 3)
    assert (z.argmax(axis=2) == y[:, np.newaxis]).mean() > 0.9
    assert not np.allclose(z[:, 0], z[:, 1], atol=0.01)
