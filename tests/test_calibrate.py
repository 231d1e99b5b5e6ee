"""Ranges chosen from histograms, and int8 models that use exactly them."""

import numpy as np
import pytest
import tflm_batch
from models import vectors

from tinyml_course import datasets, graph, quantize, train, verify
from tinyml_course.errors import DataError, ModelError
from tinyml_course.quantize.ranges import BINS

pytestmark = pytest.mark.tf


def cnn(keras, layers):
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same", activation="relu", name="first"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Conv2D(12, 3, use_bias=False, name="second"),
            layers.BatchNormalization(),
            layers.ReLU(name="positive"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax", name="head"),
        ]
    )


def depthwise(keras, layers):
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, strides=2, padding="same", activation="relu6"),
            layers.DepthwiseConv2D(3, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(6.0),
            layers.Conv2D(12, 1, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10),
        ]
    )


def dense(keras, layers):
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(24, activation="tanh"),
            layers.Dense(16, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def branches(keras, layers):
    x = keras.Input((8, 8, 1))
    a = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    b = layers.Conv2D(8, 3, padding="same", name="b")(a)
    c = layers.MaxPooling2D(2)(layers.ReLU()(layers.Add()([a, b])))
    d = layers.Conv2D(4, 1, activation="relu", name="d")(c)
    y = layers.ZeroPadding2D(1)(layers.Concatenate(name="joined")([c, d]))
    y = layers.Flatten()(layers.Conv2D(6, 3, activation="relu")(y))
    return keras.Model(x, layers.Dense(10, activation="softmax")(y))


def inner(keras, layers):
    x = keras.Input((8, 8, 1))
    y = layers.AveragePooling2D(2)(layers.Conv2D(4, 3, name="first")(x))
    return keras.Model(x, layers.Dense(3, activation="softmax")(cut(keras, layers)(y)))


def cut(keras, layers):
    x = keras.Input((3, 3, 4))
    y = layers.Flatten()(layers.Conv2D(5, 3, activation="relu", name="deep")(x))
    return keras.Model(x, y, name="cut")


MODELS = [cnn, depthwise, dense, branches, inner]


@pytest.fixture(scope="module")
def x():
    return datasets.load("digits").x_train[:120]


@pytest.fixture(scope="module", params=MODELS, ids=lambda make: make.__name__)
def made(request, x):
    import keras

    train.seed_everything(0)
    model = request.param(keras, keras.layers)
    return model, quantize.observe(model, x)


@pytest.fixture(scope="module")
def tflm():
    child = tflm_batch.Tflm()
    yield child
    child.close()


def equals_tflm(tflm, tflite):
    model = graph.read(tflite)
    rows = vectors(model, n=8)
    (expected,) = tflm.ask(tflite, rows, 1)
    got = graph.invoke(model, *rows)
    np.testing.assert_array_equal(got.reshape(expected.shape), expected)


def tensors(tflite):
    return [
        (t.scale, t.zero_point, None if t.data is None else t.data.tobytes())
        for t in graph.read(tflite).tensors
    ]


def test_min_max_is_the_plain_conversion(made, x):
    model, calibration = made
    plain = quantize.to_int8(model, x)
    assert tensors(calibration.to_int8()) == tensors(plain)


def test_every_choice_is_equal_to_tflm(made, tflm):
    for how in quantize.METHODS:
        for per_channel in (True, False):
            equals_tflm(tflm, made[1].to_int8(how, per_channel=per_channel))
    found = verify.verify(made[1].to_int8("percentile"))
    assert found["stages"] == {"numpy": 0, "board": 0, "host": 0}


def test_each_layer_uses_exactly_the_range_that_was_chosen(made, tflm):
    _, calibration = made
    whole = {t.name: t for t in graph.read(calibration.to_int8()).tensors}
    for layer in calibration:
        if layer.fixed:
            continue
        low, high = -0.37, 1.91
        tflite = calibration.to_int8({layer.name: (low, high)})
        equals_tflm(tflm, tflite)
        model = graph.read(tflite)
        own = [name[:100] for name in layer.tensors]  # as graph cuts them
        for tensor in model.tensors:
            if tensor.name in own and tensor.data is None:
                assert tensor.scale[0] == pytest.approx((high - low) / 255, rel=1e-6)
                assert tensor.zero_point[0] == round(-128 - low / tensor.scale[0])
            elif tensor.data is None:  # nothing else has moved
                assert tensor.scale == whole[tensor.name].scale


def test_the_histogram_is_that_of_what_keras_computes(x):
    import keras

    train.seed_everything(0)
    model = cnn(keras, keras.layers)
    calibration = quantize.observe(model, x)
    assert calibration.rows == len(x)
    assert [layer.name for layer in calibration] == [
        "input",
        "first",
        "positive",
        "head",
        "head softmax",
    ]
    part = keras.Model(model.inputs, model.get_layer("positive").output)
    values = part.predict(x, verbose=0).astype(float)
    layer = calibration["positive"]
    assert (layer.low, layer.high) == pytest.approx(
        (values.min(), values.max()), rel=1e-5
    )
    assert layer.counts.sum() == values.size
    expected = np.histogram(values, BINS, (layer.low, layer.high))[0]
    assert np.abs(layer.counts - expected).sum() < 0.01 * values.size
    clip = 0.6 * layer.high
    assert layer.clipped(0, clip) == pytest.approx((values > clip).mean(), abs=2e-3)


def test_the_noise_of_a_layer_is_that_of_its_steps_and_of_clipping(made, x):
    _, calibration = made
    fine = calibration.sqnr(calibration.to_int8(), x)
    assert list(fine) == [layer.name for layer in calibration]
    first = calibration["input"]
    power = np.mean(np.square(x.astype(float)))
    step = (first.high - first.low) / 255
    steps = np.clip(np.floor(x / np.float32(step) + 0.5), 0, 255) * step
    expected = 10 * np.log10(power / np.mean((steps - x) ** 2))
    assert fine["input"] == pytest.approx(expected, abs=0.5)
    assert all(value > 15 for value in fine.values())
    tight = calibration.sqnr(calibration.to_int8({"input": (0, 0.5)}), x)
    assert tight["input"] < fine["input"] - 20


def test_layers_that_share_a_range_are_found_by_each_of_their_names(x):
    import keras

    model = branches(keras, keras.layers)
    names = [layer.name for layer in model.layers]
    calibration = quantize.observe(model, x)
    assert names == [layer.name for layer in model.layers]
    assert calibration["d"] is calibration["joined"]
    assert calibration["b"] is not calibration["joined"]
    with pytest.raises(DataError, match="shares its range with 'joined'"):
        calibration.to_int8({"d": (0, 1), "joined": (0, 2)})


def test_per_tensor_weights_have_one_scale_and_per_channel_ones_more(x):
    import keras

    calibration = quantize.observe(cnn(keras, keras.layers), x)

    def scales(per_channel):
        model = graph.read(calibration.to_int8(per_channel=per_channel))
        return [
            len(model.tensors[op.inputs[1]].scale)
            for op in model.operators
            if op.kind == "conv2d"
        ]

    assert scales(True) == [8, 12]
    assert scales(False) == [1, 1]


def test_to_int8_takes_the_same_choices(x):
    import keras

    train.seed_everything(0)
    model = cnn(keras, keras.layers)
    wishes = {"first": (0, 0.5), "positive": "entropy"}
    direct = quantize.to_int8(model, x, ranges=wishes, per_channel=False)
    observed = quantize.observe(model, x).to_int8(wishes, per_channel=False)
    assert tensors(direct) == tensors(observed)


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        ("best", "no method 'best'"),
        ({"first": "best"}, "Take min-max, percentile, entropy"),
        ({"nowhere": (0, 1)}, "no layer 'nowhere'.*The layers: input, first"),
        ({"first": (1, 0)}, "1 to 0; the first must be the smaller"),
        ({"first": (0, 0)}, "must be the smaller"),
        ({"first": (0.5, 2)}, r"leaves out zero.*Take 0 to 2\."),
        ({"first": (-2, -1)}, r"Take -2 to 0\."),
        ({"first": (0, float("nan"))}, "two finite numbers"),
        ({"first": (0, float("inf"))}, "two finite numbers"),
        ({"first": (0, 1e-9)}, "beyond what int8 arithmetic"),
        ({"first": 3}, r"is 3; expected a pair \(low, high\)"),
        ({"first": (0, 1, 2)}, "expected a pair"),
        ({"first": ("a", "b")}, "expected a pair"),
        ({"head softmax": (0, 1)}, "settled by the operator"),
        (("first",), "ranges is a tuple; expected a method"),
        (None, "ranges is a NoneType"),
    ],
)
def test_what_is_no_range_is_one_line(x, ranges, said):
    import keras

    calibration = quantize.observe(cnn(keras, keras.layers), x)
    with pytest.raises(DataError, match=said) as caught:
        calibration.to_int8(ranges)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (np.zeros((3, 8, 8)), r"shape \(3, 8, 8\), expected \(n, 8, 8, 1\)"),
        (np.zeros((0, 8, 8, 1)), "n of 1 or more"),
        (np.full((3, 8, 8, 1), np.inf), "NaN or infinity"),
        ([np.zeros((3, 8, 8, 1))] * 2, "has 1 inputs, representative data came for 2"),
        (np.array([["a"]]), "not numbers"),
    ],
)
def test_bad_representative_data_is_refused(rows, said):
    import keras

    with pytest.raises(DataError, match=said):
        quantize.observe(cnn(keras, keras.layers), rows)


def test_a_dead_layer_has_a_range_of_nothing_and_still_converts(x, tflm):
    import keras

    model = cnn(keras, keras.layers)
    model.get_layer("head").bias.assign(np.linspace(-1, 1, 10))
    model.get_layer("second").set_weights([np.zeros((3, 3, 8, 12), np.float32)])
    calibration = quantize.observe(model, x)
    layer = calibration["positive"]
    assert max(-layer.low, layer.high) < 1e-5  # the quantizer needs some width
    assert layer.counts.sum() == 120 * 4 * 12
    for how in quantize.METHODS:
        equals_tflm(tflm, calibration.to_int8(how))


def test_a_loop_over_time_is_refused_before_it_ends_python():
    import keras

    model = keras.Sequential([keras.Input((5, 3)), keras.layers.GRU(4, name="loop")])
    for call in (quantize.observe, quantize.to_int8):
        with pytest.raises(ModelError, match="'loop' is a loop over time"):
            call(model, np.zeros((3, 5, 3)))


def test_a_model_that_hides_its_inputs_is_refused():
    import keras

    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ModelError, match="Own"):
        quantize.observe(Own(), np.zeros((3, 5)))


def test_a_percentile_is_numpys_to_a_bin():
    values = np.random.default_rng(1).laplace(size=300_000)
    counts, edges = np.histogram(values, BINS)
    for keep in (90, 99, 99.9):
        found = quantize.percentile(counts, edges, keep)
        tail = (100 - keep) / 2
        expected = np.percentile(values, [tail, 100 - tail])
        assert found == pytest.approx(expected, abs=2 * (edges[1] - edges[0]))
    assert quantize.percentile(counts, edges, 100) == (edges[0], edges[-1])
    for keep in (0, 101, -3):
        with pytest.raises(DataError, match="The percentile keeps"):
            quantize.percentile(counts, edges, keep)


def test_entropy_keeps_a_compact_distribution_and_clips_a_lone_outlier():
    rng = np.random.default_rng(2)
    even = rng.uniform(-1, 1, 100_000)
    low, high = quantize.entropy(*np.histogram(even, BINS))
    assert high - low > 1.9
    bell = np.append(rng.normal(size=100_000), 40.0)
    low, high = quantize.entropy(*np.histogram(bell, BINS))
    assert 3 < high < 10
    assert low == pytest.approx(bell.min())
    positive = np.append(np.abs(rng.normal(size=100_000)), 40.0)
    positive = np.append(positive, np.zeros(300_000))  # a ReLU's zeros do not vote
    low, high = quantize.entropy(*np.histogram(positive, BINS))
    assert low == 0
    assert 3 < high < 10
