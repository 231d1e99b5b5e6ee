"""From arrays to an int8 model: trained, converted, and still the same model."""

import numpy as np
import pytest

from tinyml_course import datasets, graph, quantize, train, verify
from tinyml_course.errors import DataError, ModelError

pytestmark = pytest.mark.tf


def small_cnn():
    import keras

    train.seed_everything(0)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


@pytest.fixture(scope="module")
def data():
    return datasets.load("digits")


@pytest.fixture(scope="module")
def trained(data):
    return train.fit(small_cnn(), data.x_train, data.y_train, epochs=8, progress=False)[
        0
    ]


@pytest.fixture(scope="module")
def tflite_model(trained, data):
    return quantize.to_int8(trained, data.x_train[:200])


def test_keras_and_its_int8_model_agree_on_all_test_digits(trained, tflite_model, data):
    model = graph.read(tflite_model)
    q = model.tensors[model.inputs[0]].quantize(data.x_test)
    scores = trained.predict(data.x_test, verbose=0)
    output = model.tensors[model.outputs[0]]
    int8_scores = output.dequantize(graph.invoke(model, q))
    # int8 steps are 1/256; scores of a trained softmax move by a few of them
    assert np.mean(np.abs(scores - int8_scores)) < 0.02
    assert (
        abs(
            train.accuracy(scores, data.y_test)
            - train.accuracy(int8_scores, data.y_test)
        )
        < 0.02
    )
    assert train.accuracy(scores, data.y_test) > 0.9


def test_the_students_own_model_equals_tflm_at_every_stage(tflite_model, data):
    model = graph.read(tflite_model)
    q = model.tensors[model.inputs[0]].quantize(data.x_test)
    found = verify.verify(tflite_model, q)
    assert found["stages"] == {"numpy": 0, "board": 0, "host": 0}


def test_int8_is_much_smaller_than_float(trained, tflite_model):
    assert len(quantize.to_float(trained)) > 1.5 * len(tflite_model)


def test_training_twice_gives_the_same_model(trained, tflite_model, data):
    again = train.fit(
        small_cnn(), data.x_train, data.y_train, epochs=8, progress=False
    )[0]
    for first, second in zip(trained.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)
    model = graph.read(tflite_model)
    twin = graph.read(quantize.to_int8(again, data.x_train[:200]))
    # the bytes differ: Keras counts its models' names up
    for first, second in zip(model.tensors, twin.tensors, strict=True):
        assert (first.scale, first.zero_point) == (second.scale, second.zero_point)
        np.testing.assert_array_equal(first.data, second.data)


def test_a_float_model_predicts_what_keras_does(trained, data):
    model, x = graph.read(quantize.to_float(trained)), data.x_test[:20]
    ours = graph.invoke(model, x.astype(np.float32))
    np.testing.assert_allclose(ours, trained.predict(x, verbose=0), atol=1e-5)


def test_an_unsupported_operator_is_named_with_its_layer(data):
    import keras

    model = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.UpSampling2D(), keras.layers.Flatten()]
    )
    tflite = quantize.to_int8(model, data.x_train[:10])
    with pytest.raises(ModelError, match=r"Layer 01 uses TILE \(it makes '.*'\)"):
        graph.read(tflite)


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (np.zeros((3, 8, 8)), r"shape \(3, 8, 8\), expected \(n, 8, 8, 1\)"),
        (np.zeros((0, 8, 8, 1)), "n of 1 or more"),
        (np.full((3, 8, 8, 1), np.nan), "NaN or infinity"),
    ],
)
def test_bad_representative_data_is_refused(trained, x, said):
    with pytest.raises(DataError, match=said):
        quantize.to_int8(trained, x)


def test_bad_training_data_is_refused():
    with pytest.raises(DataError, match="3 examples and y_train 2"):
        train.fit(small_cnn(), np.zeros((3, 8, 8, 1)), np.zeros(2), epochs=1)
    x = np.full((3, 8, 8, 1), np.nan)
    with pytest.raises(DataError, match="NaN"):
        train.fit(small_cnn(), x, np.zeros(3), epochs=1)


def test_an_open_input_shape_is_refused():
    import keras

    model = keras.Sequential([keras.Input((None, 4)), keras.layers.Dense(2)])
    with pytest.raises(ModelError, match="fixed size"):
        quantize.to_int8(model, np.zeros((3, 5, 4)))
