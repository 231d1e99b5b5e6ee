"""Trains the keyword models and listens for hours: python make.py.

Writes beside this file (or into the folder named as its argument): model.tflite (the
depthwise separable network, int8), float.tflite (the same in float32), tiny.tflite
(one convolution and one dense layer, int8), scores.npz (what the int8 model says to
hours of generated sound) and results.json (the trainings' figures).

Needs eSpeak NG. Takes about 25 minutes on one core.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tinyml_course import datasets, device, export, features, graph, quantize, train
from tinyml_course.datasets import words

LABELS = len(words.LABELS)
EACH = [900] * len(words.KEYWORDS) + [3000, 1800]
SEED = 61
RATES = ((3e-3, 12), (1e-3, 4), (2e-4, 2))  # learning rate, epochs
PLAIN = {"anywhere": False, "rooms": False, "noise": False}
STEPS = {  # what the words of the ablation's trainings were mixed with
    "as spoken, in the middle": PLAIN,
    "at any moment": PLAIN | {"anywhere": True},
    "in rooms, too": PLAIN | {"anywhere": True, "rooms": True},
    "in noise, too": {},
    "of other sizes, too": {"sizes": 0.15},
}
FRONT = features.FrontEnd(scale=0.125, zero_point=112)
HOP = 8  # columns between two runs of the model: 192 ms
TUNE_BUSY, TUNE_QUIET = 60, 100  # blocks of 12 s: with keywords, without
TEST_BUSY, TEST_QUIET = 120, 300


def picture(audio: np.ndarray) -> np.ndarray:
    """Seconds (n, 16000) int16 -> what the models see (n, 41, 32, 1) float32."""
    pieces = [audio[i : i + 250] for i in range(0, len(audio), 250)]
    made = [features.fixed_log_mel(piece, FRONT) for piece in pieces]
    return np.concatenate(made)[..., np.newaxis].astype(np.float32) / 8


def ds_cnn(channels=((24, 1), (48, 2), (64, 2), (64, 1)), first=16):
    """A convolution of 10 x 4, then depthwise separable blocks (channels, stride)."""
    from keras import Input, Model, layers

    def settled(x):
        return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))

    x = entrance = Input((41, 32, 1))
    full = {"padding": "same", "use_bias": False}
    x = settled(layers.Conv2D(first, (10, 4), strides=2, **full)(x))
    for width, stride in channels:
        x = settled(layers.DepthwiseConv2D(3, strides=stride, **full)(x))
        x = settled(layers.Conv2D(width, 1, **full)(x))
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    return Model(entrance, layers.Dense(LABELS, activation="softmax")(x))


def tiny_conv():
    """One convolution of 8 x 10, one dense layer (as TensorFlow's micro_speech)."""
    from keras import Sequential, layers

    return Sequential(
        [
            layers.Input((41, 32, 1)),
            layers.Conv2D(8, (10, 8), strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(LABELS, activation="softmax"),
        ]
    )


def taught(build, x: np.ndarray, y: np.ndarray, rates=RATES, seed: int = 0):
    """A model built and trained at falling learning rates."""
    train.seed_everything(seed)
    model = build()
    for rate, epochs in rates:
        settings = {"batch_size": 64, "learning_rate": rate, "progress": False}
        train.fit(model, x, y, epochs=epochs, seed=seed, **settings)
    return model


def to_int8(model, x: np.ndarray) -> bytes:
    """int8 with the front end's own steps: its bytes go into the model as they are."""
    rows = x[:300].copy()
    rows[0].flat[:2] = -16.0, 15.875  # the whole range of the front end
    return quantize.to_int8(model, rows)


def recall(scores: np.ndarray, y: np.ndarray) -> float:
    """The mean over the labels of the share that is recognised."""
    right = scores.argmax(axis=1) == y
    return float(np.mean([right[y == label].mean() for label in range(LABELS)]))


def ablation(each: int = 200) -> dict[str, float]:
    """Trainings that differ in what their words were mixed with."""
    test = datasets.load("words")
    found = {}
    for name, how in STEPS.items():
        made = words.generate("train", each, SEED + 1, snr_db=(5, 30), **how)
        x = picture(made["audio"])
        model = taught(ds_cnn, x, made["y"], ((3e-3, 10), (5e-4, 4)))
        scores = model.predict(test.x_test, verbose=0, batch_size=256)
        found[name] = recall(scores, test.y_test)
        print(name, found[name], flush=True)
    return found


def columns_of(audio):
    """Columns (n, bands) of pieces of one long recording, piece by piece."""
    rest = np.zeros(0, np.int16)
    for piece in audio:
        rest = np.concatenate([rest, piece])
        made = features.fixed_log_mel(rest, FRONT)
        rest = rest[len(made) * FRONT.hop :]
        yield made


def listen(tflite: bytes, part: str, blocks: int, seed: int, keywords: bool):
    """What the model says every HOP columns (n, labels) int8; the words in it."""
    net = graph.read(tflite)
    ear = device.host(export.to_c(net), "model", net)
    scores, events = [], []

    def pieces():
        for block in range(blocks):
            audio, heard = words.stream(part, 1, seed + block, keywords=keywords)
            heard[:, :2] += block * words.BLOCK_S
            events.append(heard)
            yield audio

    left = np.zeros((0, FRONT.bands), np.int8)
    for made in columns_of(pieces()):
        left = np.vstack([left, made])
        windows = sliding_window_view(left, 41, axis=0)[::HOP].swapaxes(1, 2)
        scores.append(ear.predict(np.ascontiguousarray(windows)[..., np.newaxis]))
        left = left[len(windows) * HOP :]
    return np.concatenate(scores).reshape(-1, LABELS), np.concatenate(events)


def hours(tflite: bytes) -> dict[str, np.ndarray]:
    """Scores of recordings with keywords and without, to tune by and to test on."""
    found = {}
    for name, part, busy, quiet, seed in (
        ("tune", "train", TUNE_BUSY, TUNE_QUIET, 70_000),
        ("test", "test", TEST_BUSY, TEST_QUIET, 80_000),
    ):
        found[f"{name}_busy"], found[f"{name}_words"] = listen(
            tflite, part, busy, seed, True
        )
        found[f"{name}_quiet"], _ = listen(tflite, part, quiet, seed + 5_000, False)
        print(name, {key: value.shape for key, value in found.items()}, flush=True)
    return found


def main(folder: Path) -> None:
    """All of it."""
    made = words.generate("train", EACH, SEED, snr_db=(5, 30), sizes=0.15)
    x, y = picture(made["audio"]), made["y"]
    test = datasets.load("words")
    results = {"recall": {}}
    for file, build in (("model", ds_cnn), ("tiny", tiny_conv)):
        model = taught(build, x, y)
        (folder / f"{file}.tflite").write_bytes(to_int8(model, x))
        scores = model.predict(test.x_test, verbose=0, batch_size=256)
        results["recall"][file] = recall(scores, test.y_test)
        print(file, results["recall"][file], flush=True)
        if file == "model":
            (folder / "float.tflite").write_bytes(quantize.to_float(model))
    results["ablation"] = ablation()
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    scores = hours((folder / "model.tflite").read_bytes())
    np.savez_compressed(folder / "scores.npz", **scores)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
