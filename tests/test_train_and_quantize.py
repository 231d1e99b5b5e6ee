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


def test_the_learning_rate_may_be_a_schedule():
    """With a rate of nothing from the second epoch on, one epoch is all there is."""
    import keras

    rows = np.random.default_rng(0).random((64, 8, 8, 1)), np.arange(64) % 10
    rate = keras.optimizers.schedules.PiecewiseConstantDecay([1], [1e-2, 0.0])
    once, twice, ever = (
        train.fit(small_cnn(), *rows, epochs=n, learning_rate=r, progress=False)[0]
        for n, r in ((1, rate), (2, rate), (2, 1e-2))
    )
    for first, second in zip(once.get_weights(), twice.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)
    assert np.any(twice.get_weights()[0] != ever.get_weights()[0])


def test_a_model_that_has_not_met_its_input_is_trained_too():
    import keras

    layers = [keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    x, y, model = np.eye(10)[:, :, None], np.arange(10), keras.Sequential(layers)
    train.fit(model, x, y, epochs=20, learning_rate=0.1, progress=False)
    assert train.accuracy(model.predict(x, verbose=0), y) == 1


def test_an_open_input_shape_is_refused():
    import keras

    model = keras.Sequential([keras.Input((None, 4)), keras.layers.Dense(2)])
    with pytest.raises(ModelError, match="fixed size"):
        quantize.to_int8(model, np.zeros((3, 5, 4)))


def test_the_interval_of_a_paired_difference_covers_what_it_should():
    rng = np.random.default_rng(0)
    share = np.array([0.90, 0.03, 0.01, 0.06])  # both, only a, only b, neither
    hits = 0
    for _ in range(2000):
        which = rng.choice(4, size=300, p=share)
        found = train.paired_difference(which < 2, (which == 0) | (which == 2))
        hits += found.low <= share[2] - share[1] <= found.high
    assert 0.93 < hits / 2000 < 0.98  # it is an approximation of 0.95


def test_the_difference_is_that_of_the_accuracies():
    a, b = np.array([1, 1, 0, 0, 1], bool), np.array([1, 0, 1, 1, 1], bool)
    found = train.paired_difference(a, b)
    assert found.difference == pytest.approx(b.mean() - a.mean())
    assert found.low < found.difference < found.high


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ([], [], "n of 1 or more"),
        ([True], [True, False], "same rows"),
        ([0.3, 0.9], [0.1, 0.2], "whether the model was right"),
    ],
)
def test_what_cannot_be_paired_is_one_line(a, b, words):
    with pytest.raises(DataError, match=words):
        train.paired_difference(a, b)


def test_training_with_rounding_agrees_with_the_board_and_saves_two_bits(data):
    import keras

    layers = keras.layers
    train.seed_everything(0)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.DepthwiseConv2D(3, padding="same", activation="relu6"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    rows = data.x_train, data.y_train
    train.fit(model, *rows, epochs=6, progress=False)
    weights = model.get_weights()

    def right(some):
        return some.predict(data.x_test, verbose=0).argmax(-1) == data.y_test

    # Nothing but the ranges changes at a learning rate of nothing: rounding alone.
    double = quantize.aware(model, bits=2)
    train.fit(double, *rows, epochs=1, learning_rate=0.0, progress=False)
    model.set_weights(weights)
    rounded_only = right(double)
    train.fit(double, *rows, epochs=6, progress=False)
    assert train.paired_difference(rounded_only, right(double)).low > 0

    model.set_weights(weights)
    double = quantize.aware(model)
    train.fit(double, *rows, epochs=2, learning_rate=1e-4, progress=False)
    board = graph.read(quantize.to_int8(model, data.x_train[:200]))
    q = board.tensors[board.inputs[0]].quantize(data.x_test)
    same = graph.invoke(board, q).argmax(-1) == double.predict(
        data.x_test, verbose=0
    ).argmax(-1)
    assert same.mean() > 0.98  # rounding in TFLM is of sums, here of values


def test_only_models_whose_layers_are_known_have_a_double():
    import keras

    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ModelError, match="Own"):
        quantize.aware(Own())
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    with pytest.raises(ModelError, match="2 to 8"):
        quantize.aware(model, bits=1)
