"""The programs of chapter 20: each says to the same model what the others say."""

import numpy as np
import pytest

from tinyml_course import datasets, graph, oracle, quantize
from tinyml_course.scratch import anatomy, folding, runtimes

pytestmark = pytest.mark.tf


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


@pytest.fixture(scope="module")
def normed(digits):
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(digits.x_train[:640], digits.y_train[:640], epochs=2, verbose=0)
    return model


def test_keras_onnx_and_litert_agree_in_floats(normed, digits):
    x = digits.x_test[:50]
    wanted = normed.predict(x, verbose=0)
    file = runtimes.to_onnx(normed, x)
    opset, kinds, constants = runtimes.onnx_contents(file)
    assert opset >= 13
    assert {"Conv", "Relu", "Softmax"} <= set(kinds)
    assert "BatchNormalization" not in kinds
    assert 4 * normed.count_params() * 0.9 < constants < len(file)
    assert np.allclose(runtimes.onnx(file, x), wanted, atol=1e-5)
    assert np.allclose(runtimes.lite(quantize.to_float(normed), x), wanted, atol=1e-5)
    small = runtimes.onnx_int8(file, digits.x_train[:50])
    assert runtimes.onnx_contents(small)[2] < constants
    assert np.abs(runtimes.onnx(small, x) - wanted).max() < 0.3


def test_unfolded_and_unfused_models_have_more_operators_and_the_same_answers(
    normed, digits
):
    x = digits.x_train[:100]
    folded = quantize.to_int8(normed, x)
    apart = quantize.to_int8(folding.unfolded(normed, x), x)
    versions = [anatomy.unfuse(apart), anatomy.unfuse(folded), folded]
    counts = [len(graph.read(one).operators) for one in versions]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == counts[1] + 2 == counts[2] + 3
    wanted = normed.predict(digits.x_test, verbose=0).argmax(axis=1)
    for one in versions:
        net = graph.read(one)
        said = graph.invoke(net, net.tensors[net.inputs[0]].quantize(digits.x_test))
        assert np.mean(said.reshape(wanted.size, -1).argmax(axis=1) == wanted) > 0.95


@pytest.mark.skipif(not oracle.available(), reason="TFLM has a wheel for Linux only")
def test_litert_rounds_a_dense_layer_once_and_tflm_twice(digits):
    file = datasets.model_path("digits_cnn").read_bytes()
    net = graph.read(file)
    dense = next(op for op in net.operators if op.kind == "fully_connected")
    x = net.tensors[net.inputs[0]].quantize(digits.x_test)
    said, sums = runtimes.lite(file, x, dense.outputs)
    inner = oracle.ask(file, [x], tensors=dense.outputs).tensors[dense.outputs[0]]
    differ = inner.reshape(sums.shape).astype(int) - sums
    assert 0 < np.count_nonzero(differ) < 20
    assert np.abs(differ).max() == 1
    assert said.shape == sums.shape


@pytest.mark.skipif(not oracle.available(), reason="TFLM has a wheel for Linux only")
def test_tflm_says_what_its_arena_holds_and_which_operator_it_lacks(digits):
    import keras
    from keras import layers

    file = datasets.model_path("digits_cnn").read_bytes()
    parts = oracle.arena_parts(file)
    assert sum(parts.values()) == oracle.arena_bytes(file)
    assert all(size >= 0 for size in parts.values())
    gelu = keras.Sequential([keras.Input((4,)), layers.Dense(2, activation="gelu")])
    lacks = quantize.to_int8(gelu, np.eye(4, dtype=np.float32))
    with pytest.raises(Exception, match="GELU"):
        oracle.ask(lacks, [np.zeros((1, 4), np.int8)])
