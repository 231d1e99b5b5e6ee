"""Make the golden models of the compiler's tests: one .tflite a case, random weights.

Run from the checkout: ``python tests/golden/make.py``. The models need TensorFlow to
make, not to test; what they must answer comes from TFLM when the tests run.
"""

import zlib
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tinyml_course import quantize

L = keras.layers


def cases() -> dict[str, keras.Model]:
    """Small models that together use every operator, padding, stride and dilation."""

    def sequential(shape: tuple[int, ...], *layers: L.Layer) -> keras.Model:
        return keras.Sequential([keras.Input(shape), *layers])

    x = keras.Input((6, 5, 4))
    a = L.Conv2D(4, 1, activation="relu")(x)
    b = L.Conv2D(4, 3, padding="same")(x)
    summed = L.ReLU()(L.Add()([a, b]))
    residual = keras.Model(x, L.Dense(3)(L.Flatten()(summed)))

    x = keras.Input((4, 4, 3))
    two_outputs = keras.Model(
        x, [L.Dense(2)(L.Flatten()(x)), L.Conv2D(2, 2, activation="relu6")(x)]
    )

    p, q = keras.Input((6,)), keras.Input((6,))
    two_inputs = keras.Model([p, q], L.Dense(4)(L.Add()([L.Dense(6)(p), q])))

    def functional(shape: tuple[int, ...], body: Callable) -> keras.Model:
        x = keras.Input(shape)
        return keras.Model(x, body(x))

    def arithmetic(x: keras.KerasTensor) -> list[keras.KerasTensor]:
        a, b = L.Conv2D(3, 1)(x), L.Conv2D(3, 1)(x)
        row = L.Conv2D(3, (4, 1))(x)  # (1, 5, 3), repeated down the image
        return [
            L.Subtract()([a, b]),
            L.Multiply()([a, row]),
            L.Maximum()([a, b]),
            L.Minimum()([a, b]),
        ]

    def one_step(cell: L.Layer, states: int, units: int = 6) -> keras.Model:
        x = keras.Input((4,))
        old = [keras.Input((units,), name=f"state{i}") for i in range(states)]
        y, new = cell(x, old)
        return keras.Model([x, *old], [L.Dense(3)(y), *new])

    return {
        "activations": functional(
            (12,),
            lambda x: (
                [
                    L.Activation(name)(L.Dense(8)(x))
                    for name in ("sigmoid", "tanh", "relu", "relu6", "hard_silu")
                ]
                + [L.LeakyReLU(0.2)(L.Dense(8)(x))]
            ),
        ),
        "argmax": functional(
            (4, 6),
            lambda x: L.Lambda(lambda v: tf.argmax(v, -1, tf.int32))(L.Dense(7)(x)),
        ),
        "arithmetic": functional((4, 5, 2), arithmetic),
        "gru_step": one_step(L.GRUCell(6), 1),
        "join_and_cut": functional(
            (6, 4, 3),
            lambda x: [
                L.Concatenate(axis=2)([L.Conv2D(2, 1)(x), L.Conv2D(2, 1)(x)]),
                ops.stack(ops.split(L.Conv2D(4, 1)(x), 2, axis=-1), axis=1),
                L.Conv2D(2, 3)(L.ZeroPadding2D(((1, 2), (0, 3)))(x)),
                x[:, 1:6:2, ::-1, :2],
                L.Permute((3, 1, 2))(x),
            ],
        ),
        "lstm_step": one_step(L.LSTMCell(6), 2),
        "means": functional(
            (5, 7, 3),
            lambda x: [
                L.GlobalAveragePooling2D()(L.Conv2D(4, 1)(x)),
                ops.mean(x, axis=(1, 3), keepdims=True),
                L.GlobalMaxPooling2D(keepdims=True)(x),
                ops.max(x, axis=2),
            ],
        ),
        "resize": functional(
            (3, 5, 2),
            lambda x: [
                ops.image.resize(x, (6, 10), interpolation="nearest"),
                ops.image.resize(L.Conv2D(1, 1)(x), (2, 7), interpolation="nearest"),
            ],
        ),
        "rnn_step": one_step(L.SimpleRNNCell(6), 1),
        "transpose_convolutions": functional(
            (4, 5, 3),
            lambda x: [
                L.Conv2DTranspose(2, 3, strides=2, padding="same")(x),
                L.Conv2DTranspose(4, (2, 3), strides=(3, 1), activation="relu")(x),
            ],
        ),
        "mlp": sequential((7,), L.Dense(9, activation="relu"), L.Dense(5), L.Softmax()),
        "no_bias": sequential((7,), L.Dense(4, use_bias=False)),
        "conv_same_stride": sequential(
            (9, 8, 3), L.Conv2D(5, 3, strides=2, padding="same", activation="relu6")
        ),
        "conv_valid_wide": sequential((7, 9, 2), L.Conv2D(3, (2, 4), strides=(1, 2))),
        "conv_dilated": sequential(
            (9, 9, 2), L.Conv2D(3, 3, dilation_rate=2, padding="same")
        ),
        "depthwise_multiplier": sequential(
            (6, 6, 3),
            L.DepthwiseConv2D(3, depth_multiplier=2, padding="same", strides=2),
        ),
        "separable": sequential(
            (8, 8, 4),
            L.DepthwiseConv2D(3, padding="same", activation="relu"),
            L.Conv2D(6, 1, activation="relu"),
            L.AveragePooling2D(4),
            L.Flatten(),
            L.Dense(10, activation="softmax"),
        ),
        "pools": sequential(
            (9, 7, 3),
            L.MaxPooling2D(2, padding="same"),
            L.AveragePooling2D((3, 2), strides=1, padding="same"),
            L.MaxPooling2D((2, 3), strides=(2, 1)),
        ),
        "residual": residual,
        "two_outputs": two_outputs,
        "two_inputs": two_inputs,
        "float_activations": functional((12,), float_activations),
        "float_cnn": sequential((8, 8, 2), *float_layers()),
        "float_ends": sequential((8, 8, 2), *float_layers()),
    }


def float_layers() -> list[L.Layer]:
    """A small network for images."""
    return [
        L.DepthwiseConv2D(3, padding="same", activation="relu"),
        L.Conv2D(6, 3, strides=2, padding="same", activation="relu6"),
        L.MaxPooling2D(2),
        L.Conv2D(5, 1),
        L.AveragePooling2D((1, 2), strides=1, padding="same"),
        L.Flatten(),
        L.Dense(10, activation="softmax"),
    ]


def float_activations(x: keras.KerasTensor) -> list[keras.KerasTensor]:
    """Float32 arithmetic and activations."""
    a, b = L.Dense(8, activation="tanh")(x), L.Dense(8, activation="sigmoid")(x)
    c, d = L.Dense(8, activation="relu")(x), L.Dense(8, use_bias=False)(x)
    joined = L.Concatenate()([L.Multiply()([a, b]), L.Subtract()([c, d])])
    image = L.ZeroPadding2D(1)(L.Reshape((4, 4, 1))(joined))
    return [L.Add()([a, c]), L.GlobalAveragePooling2D()(image), L.ReLU(6)(joined)]


def converted(name: str, model: keras.Model, x: list[np.ndarray]) -> bytes:
    """The .tflite: int8, but float32 as a name says."""
    if not name.startswith("float_"):
        return quantize.to_int8(model, x if len(x) > 1 else x[0])
    if name != "float_ends":
        return quantize.to_float(model)
    # Int8 inside, with the inputs and outputs that the converter has by default.
    converter = quantize._converter(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: (
        [a[None] for a in row] for row in zip(*x, strict=True)
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    return converter.convert()


def main() -> None:
    """Write every case beside this file."""
    for name, model in cases().items():
        seed = zlib.crc32(name.encode())  # its own: a new case changes no other
        keras.utils.set_random_seed(seed)
        rng = np.random.default_rng(seed)
        model.set_weights([rng.normal(0, 0.5, w.shape) for w in model.get_weights()])
        shapes = [tuple(i.shape[1:]) for i in model.inputs]
        x = [rng.normal(0.3, 1, (64, *shape)).astype("float32") for shape in shapes]
        tflite = converted(name, model, x)
        Path(__file__).with_name(f"{name}.tflite").write_bytes(tflite)
        print(f"{name}: {len(tflite):,} bytes")


if __name__ == "__main__":
    main()
