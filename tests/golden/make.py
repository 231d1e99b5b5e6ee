"""Make the golden models of the compiler's tests: one .tflite a case, random weights.

Run from the checkout: ``python tests/golden/make.py``. The models need TensorFlow to
make, not to test; what they must answer comes from TFLM when the tests run.
"""

from pathlib import Path

import keras
import numpy as np

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

    return {
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
    }


def main() -> None:
    """Write every case beside this file."""
    for seed, (name, model) in enumerate(cases().items()):
        keras.utils.set_random_seed(seed)
        rng = np.random.default_rng(seed)
        model.set_weights([rng.normal(0, 0.5, w.shape) for w in model.get_weights()])
        shapes = [tuple(i.shape[1:]) for i in model.inputs]
        x = [rng.normal(0.3, 1, (64, *shape)).astype("float32") for shape in shapes]
        tflite = quantize.to_int8(model, x if len(x) > 1 else x[0])
        Path(__file__).with_name(f"{name}.tflite").write_bytes(tflite)
        print(f"{name}: {len(tflite):,} bytes")


if __name__ == "__main__":
    main()
