"""The tables of chapter 10 count what Keras and the compiler count."""

import ast
import inspect
from math import prod
from pathlib import Path

import numpy as np
import pytest

from tinyml_course import datasets
from tinyml_course.scratch import convnet, reading, shapes

CHAPTER = Path(__file__).parents[1] / "notebooks/src/10_convolutional_networks.py"
SHOWN = [
    *(shapes.conv_parameters, shapes.layer_table, shapes.macs, shapes.values),
    *(convnet.conv2d, convnet.forward, convnet.inception, convnet.max_pool),
    *(convnet.residual, convnet.vgg),
]
tf = pytest.mark.tf


def code(tree):
    body = tree.body[1:] if ast.get_docstring(tree) else tree.body
    body = [line for line in body if not isinstance(line, ast.ImportFrom)]
    return [ast.dump(tree.args), *map(ast.dump, body)]


@pytest.mark.parametrize("function", SHOWN, ids=lambda function: function.__name__)
def test_the_chapter_shows_each_function_as_it_is_here(function):
    here = ast.parse(inspect.getsource(function)).body[0]
    shown = [
        code(node)
        for node in ast.walk(ast.parse(CHAPTER.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == function.__name__
    ]
    assert shown == [code(here)]


def classical():
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(16, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


@tf
def test_the_slide_is_right_for_one_channel_and_wrong_for_three():
    table = shapes.layer_table(classical())
    assert [row[3] for row in table if row[3]] == [1216, 12832, 262272, 1290]
    assert [shapes.conv_parameters(5, 1, n) for n in (16, 32)] == [416, 832]
    assert [shapes.conv_parameters(5, c, n) for c, n in ((3, 16), (16, 32))] == [
        1216,
        12832,
    ]
    assert [row[4] for row in table] == [
        *(3072, 16384, 4096, 8192, 2048, 2048, 128, 10),
    ]


def zoo():
    """Models of every kind that Keras makes, without their weights."""
    import keras
    from keras import layers

    image = keras.Input((16, 16, 4))
    inner = keras.Sequential([keras.Input((16, 16, 4)), layers.Conv2D(3, 3, name="in")])
    x = layers.BatchNormalization()(inner(image))
    x = layers.SeparableConv2D(8, 3, strides=2)(x)
    x = layers.DepthwiseConv2D(3, depth_multiplier=2)(x)
    x = layers.Conv2D(16, 3, groups=4, dilation_rate=1, use_bias=False)(x)
    x = layers.Dense(5)(layers.ReLU()(x))
    nested = keras.Model(image, layers.GlobalAveragePooling2D()(x))
    steps = keras.Input((20, 6))
    y = layers.Conv1D(8, 3, padding="causal")(steps)
    y = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(y)
    series = keras.Model(steps, layers.TimeDistributed(layers.Dense(2))(y))
    picture = keras.Input((8, 8, 2))
    z = layers.Conv2DTranspose(3, 2, strides=2)(picture)
    grown = keras.Model(picture, layers.UpSampling2D()(z))
    return nested, series, grown


@tf
def test_the_parameters_are_those_of_keras_for_models_of_every_kind():
    import keras

    models = [classical(), *zoo()]
    with keras.StatelessScope(initialize_variables=False):
        models += [
            keras.applications.MobileNetV2(weights=None),
            keras.applications.ResNet50(weights=None),
            convnet.alexnet(),
            convnet.googlenet(),
        ]
    for model in models:
        table = shapes.layer_table(model)
        assert sum(row[3] for row in table) == model.count_params(), model.name
        assert table[-1][2] == model.output_shape[1:]
        assert all(row[4] == prod(row[2]) for row in table)
        assert shapes.table_text(table).count("\n") == len(table) + 2


@tf
def test_what_is_not_once_at_each_place_has_no_macs():
    nested, series, grown = zoo()
    kinds = {row[1]: row[5] for row in shapes.layer_table(series)}
    assert kinds["Bidirectional"] is None
    assert kinds["Conv1D"] == 20 * 3 * 6 * 8
    assert {r[1]: r[5] for r in shapes.layer_table(grown)}["Conv2DTranspose"] is None
    assert None not in [row[5] for row in shapes.layer_table(nested)]


@tf
def test_the_table_agrees_with_the_compiled_graph():
    import keras
    from keras import layers

    from tinyml_course import graph, quantize

    image = keras.Input((16, 16, 2))
    x = layers.Conv2D(8, 3, 2, "same", activation="relu")(image)
    x = layers.DepthwiseConv2D(3, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D()(convnet.residual(x))
    x = layers.Dense(5, activation="softmax")(layers.Flatten()(x))
    model = keras.Model(image, x)
    rows = np.random.default_rng(0).random((8, 16, 16, 2), np.float32)
    net = graph.read(quantize.to_int8(model, rows))
    table = shapes.layer_table(model)
    assert sum(row[5] for row in table) == net.macs
    ours = [row[4] for row in table if row[5] or row[1] == "MaxPooling2D"]
    kinds = {"conv2d", "depthwise_conv2d", "max_pool2d", "fully_connected"}
    outs = [op.outputs[0] for op in net.operators if op.kind in kinds]
    assert ours == [net.tensors[i].size for i in outs]


@tf
def test_the_published_memory_of_the_zoo_follows_from_shapes():
    """Weights of 4 bytes; data when ReLU, scaling and copies have their own place."""
    import keras

    with keras.StatelessScope(initialize_variables=False):
        alexnet, googlenet = convnet.alexnet(), convnet.googlenet()
        vgg = keras.applications.VGG16(weights=None)
    assert alexnet.count_params() == 60_965_224
    assert googlenet.count_params() == 6_998_552
    megabytes = [model.count_params() / 2**18 for model in (alexnet, vgg, googlenet)]
    assert np.allclose(megabytes, [233, 528, 26], atol=0.75)
    # The most at once in VGG: the two largest maps, in and out of a layer.
    assert shapes.most_alive(vgg) == 2 * 64 * 224 * 224
    widest = [row[4] for row in shapes.layer_table(alexnet)]
    assert shapes.most_alive(alexnet) == 2 * max(widest)


@tf
def test_most_alive_keeps_a_value_for_its_last_reader():
    import keras
    from keras import layers

    image = keras.Input((10,))
    first = layers.Dense(7)(image)
    x = layers.Dense(3)(layers.Dense(20)(first))
    chain = keras.Model(image, x)
    assert shapes.most_alive(chain) == 7 + 20
    joined = keras.Model(image, layers.Concatenate()([first, x]))
    assert shapes.most_alive(joined) == 7 + 20 + 3
    assert shapes.readers(joined)[id(first)] == 2


def test_the_receptive_field_is_what_a_change_reaches():
    layers = [(5, 1), (2, 2), (3, 1), (3, 2), (3, 1)]
    side = shapes.receptive_field(layers)
    ways = shapes.ways(layers)
    assert len(ways) == side == 22
    assert ways.min() >= 1
    assert ways.sum() == prod(k for k, _ in layers)

    def value(row):
        for k, stride in layers:
            windows = np.lib.stride_tricks.sliding_window_view(row, k)[::stride]
            row = windows.sum(axis=1)
        return row

    row = np.zeros(side + 8)
    assert len(value(row[:side])) == 1
    for place in range(side):
        row[:] = 0
        row[place] = 1
        assert value(row[:side])[0] == ways[place]


@tf
def test_a_forward_pass_by_hand_is_that_of_keras():
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((14, 17, 1)),
            layers.Conv2D(4, 5, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(6, 3, activation="relu"),
            layers.Conv2D(11, 2, activation="softmax"),
        ]
    )
    x = np.random.default_rng(0).random((14, 17, 1)).astype(np.float32)
    by_hand = convnet.forward(model.get_weights(), x)
    assert np.allclose(by_hand, model.predict(x[None], verbose=0)[0], atol=1e-6)


def test_hand_made_kernels_are_of_length_one_and_of_three_kinds():
    kernels = convnet.hand_made()
    assert np.allclose(np.linalg.norm(kernels, axis=(1, 2)), 1)
    sums = kernels.reshape(-1, 3, 25).sum(axis=2)
    assert sums[:, 0].min() > 1  # a bell
    assert np.abs(sums[:, 1]).max() < 1e-9  # a slope


def test_squares_show_what_their_labels_say():
    data = datasets.load("digits")
    x, y = data.x_train[..., 0], data.y_train
    squares, labels = reading.cut_out(x, y, lines=40, seed=3)
    assert squares.shape[1:] == (12, 12, 1)
    assert set(labels) == set(range(11))
    assert 0.35 < np.mean(labels == reading.NONE) < 0.5
    images = {image.tobytes() for image in x}
    for square, label in zip(squares[..., 0], labels, strict=True):
        middle = {
            np.ascontiguousarray(square[i : i + 8, j : j + 8]).tobytes()
            for i in (2, 3)
            for j in (2, 3)
        }
        assert bool(middle & images) == (label != reading.NONE)


def test_peaks_read_a_map_from_left_to_right():
    answers = np.zeros((3, 43, 11))
    answers[..., reading.NONE] = 1
    for i, j, digit, sure in [(1, 20, 3, 0.9), (0, 22, 8, 0.8), (2, 5, 7, 0.6)]:
        answers[i, j, digit] = sure
    assert reading.peaks(answers) == [(12, 7), (42, 3)]
    assert reading.peaks(answers, sure=0.95) == []


def test_what_does_not_fit_on_a_line_is_left_out():
    x, y = np.ones((10, 8, 8)), np.arange(10)
    line, places = reading.write("0123456789", x, y, np.random.default_rng(0))
    assert line.shape == (16, 96)
    assert 7 <= len(places) <= 9
    assert all(line[t : t + 8, s : s + 8].min() == 1 for t, s, _ in places)
