"""Make model.tflite and README.md: python datasets/digits_cnn/make.py (3 minutes).

Keras trains a small CNN on the digits data set, turned, sheared, scaled and thickened
a little; TensorFlow Lite makes it int8; the card gets the figures measured here.
The same machine makes the same bytes; another may differ in the last digits.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from tinyml_course import datasets, graph, quantize, train
from tinyml_course.features import from_strokes

HERE = Path(__file__).parent
COPIES = 30  # of each training image, all different
EPOCHS = 24
SEED = 7


def varied(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each (8, 8, 1) image turned, sheared, scaled, moved, with another pen."""
    from scipy import ndimage

    grid = np.stack(np.meshgrid(*[np.arange(32) - 15.5] * 2, indexing="ij"))
    out = np.empty_like(x)
    for i, image in enumerate(x[..., 0]):
        angle, shear = np.deg2rad(rng.normal(0, 5)), rng.normal(0, 0.12)
        y_scale, x_scale = rng.uniform(0.98, 1.12), rng.uniform(0.88, 1.2)
        turn = np.array(
            [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        )
        back = turn @ np.array([[y_scale, 0.0], [shear, x_scale]])
        shift = rng.normal(0, [0.5, 1.0])
        # Where each of the 32x32 fine pixels comes from, in 8x8 coordinates.
        at = np.tensordot(back, grid, 1) + shift[:, None, None]
        wave = rng.normal(0, 1, (2, 4, 4))  # no two hands curve alike
        at += rng.uniform(0, 1.2) * ndimage.zoom(wave, (1, 8, 8), order=3)
        fine = ndimage.map_coordinates(image, (at + 15.5) / 4 - 0.375, order=3)
        ink = np.clip(image.mean() * rng.normal(1.0, 0.06), 0.15, 0.45)
        bitmap = fine > np.quantile(fine, 1 - ink)
        out[i, ..., 0] = bitmap.reshape(8, 4, 8, 4).mean(axis=(1, 3))
    return out


def network():
    """The CNN: two convolutions with pooling, then one dense layer."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(12, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(24, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def trained(data: datasets.Dataset):
    """The network after training, and the images it saw, (n, 8, 8, 1)."""
    rng = np.random.default_rng(SEED)
    copies = [varied(data.x_train, rng) for _ in range(COPIES)]
    x = np.concatenate([data.x_train, *copies])
    y = np.tile(data.y_train, COPIES + 1)
    train.seed_everything(SEED)
    model = network()
    for rate in (2e-3, 4e-4):
        train.fit(
            model,
            x,
            y,
            epochs=EPOCHS // 2,
            batch_size=128,
            learning_rate=rate,
            seed=SEED,
        )
    return model, x


def answers(model: graph.Graph, x: np.ndarray) -> np.ndarray:
    """The class that the int8 model gives to each image, (n,)."""
    q = model.tensors[model.inputs[0]].quantize(x)
    return np.argmax(graph.invoke(model, q).reshape(len(x), 10), axis=1)


def drawings(path: Path) -> list[dict]:
    """The drawings of a file: one, or a list."""
    read = json.loads(path.read_text(encoding="utf-8"))
    return read if isinstance(read, list) else [read]


def score(model: graph.Graph, drawn: list[dict]) -> str:
    """How many drawings are right, for example ``9 of 10``."""
    x = np.stack([from_strokes(item["strokes"]) for item in drawn])
    right = answers(model, x) == [item["digit"] for item in drawn]
    return f"{right.sum()} of {len(right)}"


def card(tflite: bytes, keras_accuracy: float, data: datasets.Dataset) -> str:
    """README.md with the figures of this very model."""
    model = graph.read(tflite)
    right = np.mean(answers(model, data.x_test) == data.y_test)
    ten = sorted((HERE.parents[1] / "tests" / "strokes").glob("[0-9].json"))
    plain = score(model, [item for path in ten for item in drawings(path)])
    others = drawings(HERE / "drawings.json")
    rows = "".join(
        f"| Drawn: {style} | {score(model, [d for d in others if d['style'] == style])}"
        f" right (*measured*, `drawings.json`) |\n"
        for style in dict.fromkeys(item["style"] for item in others)
    )
    kinds = ", ".join(dict.fromkeys(op.kind for op in model.operators))
    end = model.tensors[model.inputs[0]], model.tensors[model.outputs[0]]
    scales = [f"scale {t.scale[0]:.9g}, zero point {t.zero_point[0]}" for t in end]
    return f"""# digits_cnn

A small int8 CNN that reads handwritten digits, ready for the board; and forty drawings.

| | |
|---|---|
| Origin | the model: `make.py`, from the training rows of `digits` (see its card); \
the drawings: `draw.py` |
| Licence | CC BY 4.0, as the data it learned from |
| Input | (1, 8, 8, 1) int8, {scales[0]}; real values are ink from 0 to 1 |
| Output | (1, 10) int8, {scales[1]}: a probability for each digit |
| Operators | {kinds} |
| Cost | {len(tflite):,} bytes of file, {model.macs:,} multiply-accumulates a run \
(*counted*) |
| Accuracy | {right:.4f} on the {len(data.y_test)} test rows of `digits` (*measured*, \
int8); {keras_accuracy:.4f} before quantization |
| Drawn: plain | {plain} right (*measured*, `tests/strokes`) |
{rows}| Checksum | `model.tflite`, sha256 `{hashlib.sha256(tflite).hexdigest()}` |
| How made | {COPIES} copies of each training image, turned, sheared, scaled, bent and \
thickened at random; {EPOCHS} epochs of Adam; int8 with 300 of these images as \
representative data. `python datasets/digits_cnn/make.py` does it again. |

The drawings are lists of points with a tremor, written down as shapes by one person
before the model was trained; nothing was trained on them. They say whether a drawing
in the page meets the model as its data did. They do not say how well it reads *your*
hand: `digits` holds the writing of thirteen people of the 1990s.
"""


def main() -> None:
    """Train, convert, measure, and write both files."""
    data = datasets.load("digits")
    model, x = trained(data)
    scores = model.predict(data.x_test, verbose=0)
    chosen = np.random.default_rng(SEED).permutation(len(x))[:300]
    tflite = quantize.to_int8(model, x[chosen])
    text = card(tflite, train.accuracy(scores, data.y_test), data)
    (HERE / "model.tflite").write_bytes(tflite)
    (HERE / "README.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
