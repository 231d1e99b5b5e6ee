"""Train the networks of chapter 16: python datasets/motion_models/make.py (10 minutes).

Four networks name an activity from the waist, trained anew for every two people left
out; a fifth says where somebody walked. Writes their answers (answers.npz), the walker
(walker.keras), one int8 step of the recurrent one (model.tflite) and the card. The same
machine makes the same bytes; another may differ a little.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import keras
import numpy as np
from keras import layers

from tinyml_course import datasets, graph, quantize, train
from tinyml_course.datasets import motion
from tinyml_course.scratch.flow import folds
from tinyml_course.scratch.motion import askew, cut, features
from tinyml_course.scratch.recurrent import lstm_step

HERE = Path(__file__).parent
FOLDS, UNITS = 7, 24
EPOCHS = {3e-3: 6, 5e-4: 3}  # learning rate: epochs
WALKS, WALK_EPOCHS = 1500, 30


def windows(x, y, who, step=64):
    """Recordings in counts as windows of the waist (n, 128, 6) in g and rad/s."""
    waist = cut(motion.to_units(x[..., :6]), 128, step)
    count = waist.shape[1]
    return waist.reshape(-1, 128, 6), np.repeat(y, count), np.repeat(who, count)


def convolution(filters, width):
    """A convolution along time that halves it, normalized."""
    return [
        layers.Conv1D(filters, width, strides=2, use_bias=False),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
    ]


def cnn():
    """Three convolutions along time."""
    body = [*convolution(16, 7), *convolution(24, 5), *convolution(32, 3)]
    end = [layers.GlobalAveragePooling1D(), layers.Dense(6, activation="softmax")]
    return keras.Sequential([keras.Input((128, 6)), *body, *end])


def rnn():
    """An LSTM that reads four readings a step, 32 steps."""
    body = [layers.Reshape((32, 24)), layers.LSTM(UNITS)]
    end = layers.Dense(6, activation="softmax")
    return keras.Sequential([keras.Input((128, 6)), *body, end])


def crnn():
    """Two convolutions, then a GRU over what they found."""
    body = [*convolution(16, 7), *convolution(24, 5), layers.GRU(UNITS)]
    end = layers.Dense(6, activation="softmax")
    return keras.Sequential([keras.Input((128, 6)), *body, end])


def fusion(intervals=8, length=16, outputs=6):
    """As in DeepSense: a CNN for each sensor, one that merges them, a GRU over time."""
    x = keras.Input((intervals * length, 6))
    cells = layers.Reshape((intervals, length, 6))(x)
    found = []
    for sensor in (cells[..., :3], cells[..., 3:]):
        for filters, width, stride in ((16, 5, 1), (16, 3, 2)):
            sensor = layers.Conv2D(filters, (1, width), (1, stride), use_bias=False)(
                sensor
            )
            sensor = layers.BatchNormalization(momentum=0.9)(sensor)
            sensor = layers.ReLU()(sensor)
        found.append(layers.Reshape((intervals, sensor.shape[2] * 16, 1))(sensor))
    both = layers.Concatenate(axis=3)(found)  # (intervals, what was found, 2 sensors)
    both = layers.Conv2D(16, (1, 16), (1, 16), activation="relu")(both)
    both = layers.Reshape((intervals, both.shape[2] * 16))(both)
    if outputs == 6:
        both = layers.GRU(UNITS)(both)
        return keras.Model(x, layers.Dense(6, activation="softmax")(both))
    both = layers.GRU(64, return_sequences=True)(both)
    return keras.Model(x, layers.Dense(outputs)(both))


NETWORKS = {"cnn": cnn, "rnn": rnn, "crnn": crnn, "fusion": fusion}


def taught(name, x, y, turned=True, seed=0):
    """One of the four, trained on these windows, two copies of each put on askew."""
    rng = np.random.default_rng(seed)
    copies = [askew(x, rng) if turned else x for _ in range(2)]
    train.seed_everything(seed)
    model = NETWORKS[name]()
    many, y_many = np.concatenate([x, *copies]), np.tile(y, 3)
    for rate, epochs in EPOCHS.items():
        train.fit(
            model, many, y_many, epochs=epochs, batch_size=64, learning_rate=rate,
            seed=seed, progress=False,
        )  # fmt: skip
    return model


def classes(model, x):
    """The class of each window, (n,) uint8."""
    return model.predict(x, batch_size=512, verbose=0).argmax(axis=1).astype(np.uint8)


def answers(rows):
    """What each network says to each window of people that it has not met, (n,)."""
    x, y, who = rows
    said = {}
    for name in (*NETWORKS, "plain"):  # plain: the CNN without the turned copies
        said[name] = np.zeros(len(y), np.uint8)
        for held in folds(who, FOLDS):
            kind, turned = ("cnn", False) if name == "plain" else (name, True)
            model = taught(kind, x[~held], y[~held], turned)
            said[name][held] = classes(model, x[held])
    return said


def logistic(rows, turned):
    """What a logistic regression on 132 columns says, with turned copies or without."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def columns(x):
        return np.hstack([features(x[..., :3]), features(x[..., 3:])])

    x, y, who = rows
    rng = np.random.default_rng(0)
    parts = [columns(x)]
    parts += [columns(askew(x, rng)) for _ in range(2)] if turned else []
    said = np.zeros(len(y), np.uint8)
    for held in folds(who, FOLDS):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
        many = np.concatenate([part[~held] for part in parts])
        model.fit(many, np.tile(y[~held], len(parts)))
        said[held] = model.predict(parts[0][held])
    return said


def walker(x, path):
    """The network that follows a walk: where one is after each half second."""
    train.seed_everything(0)
    model = fusion(16, 25, 2)
    for rate in (3e-3, 1e-3, 3e-4):
        train.fit(
            model, x, path[:, 24::25], epochs=WALK_EPOCHS // 3, batch_size=32,
            learning_rate=rate, loss="mse", metrics=(), progress=False,
        )  # fmt: skip
    return model


def one_step(W, U, b, V, a):
    """Chapter 15's step of an LSTM, with as many scores as V has columns."""
    x, h, c = (keras.Input((n,)) for n in (len(W), UNITS, UNITS))
    both = layers.Concatenate()([x, h])
    bends = ("sigmoid", "sigmoid", "tanh", "sigmoid")
    gates = [layers.Dense(UNITS, activation=bend) for bend in bends]
    i, f, g, o = (gate(both) for gate in gates)
    new_c = layers.Add()([layers.Multiply()([f, c]), layers.Multiply()([i, g])])
    new_h = layers.Multiply()([o, layers.Activation("tanh")(new_c)])
    head = layers.Dense(V.shape[1])
    model = keras.Model([x, h, c], [head(new_h), new_h, new_c])
    for n, gate in enumerate(gates):
        mine = slice(n * UNITS, (n + 1) * UNITS)
        gate.set_weights([np.concatenate([W[:, mine], U[:, mine]]), b[mine]])
    head.set_weights([V, a])
    return model


def step_of(model, x):
    """One int8 step of the recurrent network, with what it meets on these windows."""
    W, U, b, V, a = model.get_weights()
    steps = x.reshape(len(x), 32, 24)
    h = c = np.zeros((len(x), UNITS), np.float32)
    met = []
    for now in range(32):
        met.append((steps[:, now], h, c))
        h, c = lstm_step(steps[:, now], h, c, W, U, b)
    met = [np.concatenate(part) for part in zip(*met, strict=True)]
    return quantize.to_int8(one_step(W, U, b, V, a), met)


def main() -> None:
    """Train, measure, and write all four files."""
    data = datasets.load("motion")
    rows = windows(data.x_train, data.y_train, data.groups_train)
    said = answers(rows)
    said["logistic"], said["turned"] = (logistic(rows, t) for t in (False, True))
    print({name: np.mean(said[name] == rows[1]) for name in said}, flush=True)
    new = windows(data.x_test, data.y_test, data.groups_test)
    for name in NETWORKS:
        model = taught(name, *rows[:2])
        said[f"{name}_new"] = classes(model, new[0])
        said[f"{name}_size"] = np.array(model.count_params())
        if name == "rnn":
            (HERE / "model.tflite").write_bytes(step_of(model, rows[0][::16]))
    np.savez_compressed(HERE / "answers.npz", **said)
    x, path = motion.walks(WALKS, seed=1)
    model = walker(motion.to_units(x), path)
    bare = fusion(16, 25, 2)  # without what only the training needs
    bare.set_weights(model.get_weights())
    bare.save(HERE / "walker.keras")
    x, path = motion.walks(200, seed=2)
    guess = model.predict(motion.to_units(x), verbose=0)[:, -1]
    miss = np.linalg.norm(guess - path[:, -1], axis=1)
    text = card(said, rows[1], new[1], float(miss.mean()))
    (HERE / "README.md").write_text(text, encoding="utf-8")
    print(text)


def card(said, y, y_new, miss):
    """README.md with the figures of this very run."""
    tflite = (HERE / "model.tflite").read_bytes()
    step = graph.read(tflite)
    ends = [
        ", ".join(str(step.tensors[i].size) for i in numbers)
        for numbers in (step.inputs, step.outputs)
    ]
    rows = "".join(
        f"| Accuracy: {name} | {np.mean(said[name] == y):.4f} by people left out, "
        f"{np.mean(said[f'{name}_new'] == y_new):.4f} on the test people (*measured*)"
        " |\n"
        for name in NETWORKS
    )
    sums = "; ".join(
        f"`{file}`, sha256 `{hashlib.sha256((HERE / file).read_bytes()).hexdigest()}`"
        for file in ("model.tflite", "answers.npz", "walker.keras")
    )
    return f"""# motion_models

What the networks of chapter 16 answer, trained beforehand; one step of one of them for
the board; and a network that follows a walk.

| | |
|---|---|
| Origin | `make.py`, from the training people of `motion`, and from walks of other \
simulated people (`motion.walks`) |
| Licence | CC BY 4.0 |
| Input | `model.tflite`, a step of the LSTM, int8: four readings of six channels in g \
and rad/s, state, memory ({ends[0]} values). `walker.keras`: (n, 400, 6), as these |
| Output | six scores, new state, new memory ({ends[1]} values). `walker.keras`: \
(n, 16, 2), metres ahead and to the left after each half second |
| Cost | {len(tflite):,} bytes of file, {step.macs:,} multiply-accumulates a step \
(*counted*) |
{rows}| Accuracy | the walker misses the end of 200 walks of new people by \
{miss:.2f} m on average (*measured*) |
| Checksum | {sums} |
| How made | `python make.py`: for every two of the 14 people a network that has not \
met them, {sum(EPOCHS.values())} epochs of Adam on their windows and two copies of \
each turned by about 12 degrees; `plain` is the CNN without the turning, `turned` and \
`logistic` a logistic regression on 132 columns with and without it. The walker \
learned from {WALKS:,} walks. A test trains one fold of the CNN again and allows 0.08 \
of difference in its accuracy |

`answers.npz` holds, for each model, its class for every window of the training people,
in the order of `windows`, and, as `NAME_new`, for the test people.
"""


if __name__ == "__main__":
    main()
