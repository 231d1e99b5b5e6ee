"""Train the LSTM that writes code: python datasets/code_lstm/make.py (5 minutes).

Keras trains it on the training files of ``code``; weights.npz holds its weights as
float16. One step of it is then made int8 twice: ``naive.tflite`` with the states as
they come, ``model.tflite`` with the memory cut at 6. The card gets what is measured
here. Another machine may differ in the last digits.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np

from tinyml_course import datasets, graph, quantize, train
from tinyml_course.scratch import recurrent

HERE = Path(__file__).parent
UNITS = 128
STREAMS = 32  # places in the text that are read side by side
EPOCHS = 30
SEED = 0
WIDEST = 6  # what the board's memory holds, to each side


def streams(rows: np.ndarray) -> np.ndarray:
    """Rows (n, 128) as (n // 32, 32, 128): each stream goes on where it stopped."""
    count = len(rows) // STREAMS
    return rows[: count * STREAMS].reshape(STREAMS, count, -1).swapaxes(0, 1)


def network(kinds: int):
    """One LSTM that keeps its state from batch to batch, and a score per character."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(batch_shape=(STREAMS, datasets.code.ROW, kinds)),
            layers.LSTM(UNITS, return_sequences=True, stateful=True),
            layers.Dropout(0.1),
            layers.Dense(kinds),
        ]
    )


def trained(data: datasets.Dataset, steps: int | None = None) -> list[np.ndarray]:
    """Weights W, U, b of the LSTM and V, a of the scores, after training.

    ``steps`` stops earlier, for a test: so many batches of the whole plan.
    """
    import keras
    from tqdm import tqdm

    train.seed_everything(SEED)
    kinds = len(data.labels)
    model = network(kinds)
    x, y = streams(data.x_train), streams(data.y_train)
    rate = keras.optimizers.schedules.CosineDecay(4e-3, EPOCHS * len(x), alpha=0.03)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate, clipnorm=1.0), loss)
    one_hot = np.eye(kinds, dtype=np.float32)
    done = 0
    for _ in tqdm(range(EPOCHS), unit="epoch", disable="PYTEST_VERSION" in os.environ):
        model.layers[0].reset_state()
        for now, after in zip(x, y, strict=True):
            model.train_on_batch(one_hot[now], after)
            done += 1
            if done == steps:
                return model.get_weights()
    return model.get_weights()


def step_int8(weights: list[np.ndarray], rows: np.ndarray, widest: float) -> bytes:
    """One step as int8; the states it meets in ``rows``, cut at ``widest``, say how."""
    W, U, b, _, _ = weights
    h, c = recurrent.read(rows, W, U, b)
    before = [np.roll(part, 1, axis=1) for part in (h, c)]  # a row begins with nothing
    for part in before:
        part[:, 0] = 0
    pick = np.random.default_rng(SEED).permutation(rows.size)[:2000]
    x = np.eye(len(W), dtype=np.float32)[rows.ravel()[pick]]
    h, c = (part.reshape(rows.size, -1)[pick] for part in before)
    model = recurrent.one_step(*weights)
    return quantize.to_int8(model, [x, h, np.clip(c, -widest, widest)])


def begun(data: datasets.Dataset) -> float:
    """Nats per character on unseen code after the first sixty batches."""
    W, U, b, V, a = trained(data, steps=60)
    codes = held_out(data)[:, :200]
    return recurrent.bits(recurrent.read(codes, W, U, b)[0] @ V + a, codes) * np.log(2)


def surprises(scores: np.ndarray, codes: np.ndarray) -> tuple[float, float]:
    """Bits per character, and how many are foretold: the first has no score."""
    right = scores[:, :-1].argmax(axis=2) == codes[:, 1:]
    return float(recurrent.bits(scores, codes)), float(right.mean())


def held_out(data: datasets.Dataset) -> np.ndarray:
    """Pieces of 1,024 characters from the test files, (24, 1024)."""
    return data.x_test[:1536].reshape(192, 1024)[::8]


def main() -> None:
    """Train, convert, measure, and write everything."""
    data = datasets.load("code")
    weights = [part.astype(np.float16) for part in trained(data)]
    names = ("W", "U", "b", "V", "a")
    np.savez_compressed(HERE / "weights.npz", **dict(zip(names, weights, strict=True)))
    weights = [part.astype(np.float32) for part in weights]
    for name, widest in (("naive", np.inf), ("model", WIDEST)):
        tflite = step_int8(weights, data.x_train[::50], widest)
        (HERE / f"{name}.tflite").write_bytes(tflite)
    text = card(weights, data)
    (HERE / "README.md").write_text(text, encoding="utf-8")
    print(text)


def card(weights: list[np.ndarray], data: datasets.Dataset) -> str:
    """README.md with the figures of these very files."""
    codes = held_out(data)
    h, _ = recurrent.read(codes, *weights[:3])
    found = {"float": surprises(h @ weights[3] + weights[4], codes)}
    for name in ("naive", "model"):
        net = graph.read(HERE / f"{name}.tflite")
        _, marks = recurrent.follow(graph.invoke, net, codes)
        found[name] = surprises(net.tensors[net.outputs[0]].dequantize(marks), codes)
    said = {name: f"{b:.3f} bits, {100 * r:.1f} %" for name, (b, r) in found.items()}
    files = ("weights.npz", "naive.tflite", "model.tflite")
    sums = ", ".join(
        f"`{name}` `{hashlib.sha256((HERE / name).read_bytes()).hexdigest()}`"
        for name in files
    )
    tensors = [net.tensors[i] for i in (*net.inputs, *net.outputs)]
    ends = [f"{t.size} int8, scale {t.scale[0]:.6g}" for t in tensors]
    return f"""# code_lstm

One step of an LSTM that writes Python, ready for the board; its state is the caller's.

| | |
|---|---|
| Origin | `make.py`, from the training files of `code` (see its card) |
| Licence | PSF License Version 2, as the text it learned from |
| Input | the character, one of {ends[0]}; the state, {ends[1]}; the memory, {ends[2]} |
| Output | scores, {ends[3]}; the new state, {ends[4]}; the new memory, {ends[5]} |
| Accuracy | on 24 pieces of 1,024 characters of the six test files (*measured*; bits \
per character, next characters foretold): float {said["float"]}; `model.tflite` \
{said["model"]}; `naive.tflite` {said["naive"]} |
| Cost | {len((HERE / "model.tflite").read_bytes()):,} bytes of file, {net.macs:,} \
multiply-accumulates a character (*counted*) |
| Checksum | sha256: {sums} |
| How made | {UNITS} units, {EPOCHS} epochs over {STREAMS} streams, Adam, slopes \
clipped to length 1; weights rounded to float16. int8 with 2,000 steps as \
representative data, in `model.tflite` with memories beyond {WIDEST} cut there. \
`python datasets/code_lstm/make.py` does it again |
| Tolerance | after 60 batches {begun(data):.3f} nats a character on the first 200 of \
those pieces; a test begins the training anew and must come within 0.05 |

`naive.tflite` is here to be looked at, not to be used: its memory has one level for
each {tensors_level(HERE / "naive.tflite"):.2f}, too coarse to learn a character by.
"""


def tensors_level(path: Path) -> float:
    """The step between two levels of the memory that a model takes."""
    net = graph.read(path)
    return float(net.tensors[net.inputs[2]].scale[0])


if __name__ == "__main__":
    main()
