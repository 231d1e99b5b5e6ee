"""Make the family of chapter 11: python datasets/boats_family/make.py (minutes).

Some ten minutes on one core; `python make.py w050_s32` makes that member alone,
`wide` and `few` the other two files.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from tinyml_course import datasets, graph, quantize, train
from tinyml_course.datasets import boats, fleet
from tinyml_course.scratch import small

HERE = Path(__file__).parent
LABELS, SEEDS = (20, 50, 100), range(5)
MEMBERS = [(width, side) for side in (64, 32, 16) for width in (1, 0.5, 0.25)]
LEARN, TEST = (6_000, 2011), (800, 2012)  # scenes and seed
EPOCHS, BATCH = 5, 64


def name(width, side):
    """The file name of a member."""
    return f"w{round(100 * width):03d}_s{side}"


def turned(x, box):
    """Each picture, and as seen from the three other sides: (4 n, ...)."""
    left, top, right, bottom = box.T
    side, there = x.shape[1], (right > 0)[:, None]
    mirrored = np.stack([side - right, top, side - left, bottom], axis=1) * there
    x, box = np.concatenate([x, x[:, :, ::-1]]), np.concatenate([box, mirrored])
    left, top, right, bottom = box.T
    there = (right > 0)[:, None]
    upside = np.stack([left, side - bottom, right, side - top], axis=1) * there
    return np.concatenate([x, x[:, ::-1]]), np.concatenate([box, upside])


def member(x, box, width, side, epochs=EPOCHS, seed=0):
    """A trained member, from pictures of 64 by 64 pixels and their boxes."""
    train.seed_everything(seed)
    model = small.finder(width, side)
    wide, box = turned(small.shrink(x, side), box * (side / 64))
    wanted = small.targets(box * (64 / side), side // 8)
    rate = keras.optimizers.schedules.CosineDecay(
        5e-3, epochs * (-(-len(wide) // BATCH))
    )
    how = {"loss": small.cell_loss, "metrics": (), "progress": False, "seed": seed}
    return train.fit(
        model, wide, wanted, epochs=epochs, batch_size=BATCH, learning_rate=rate, **how
    )[0]


def likely(said):
    """How likely a boat is in each picture: its largest cell's logit, (n,)."""
    return said[..., 0].max(axis=(1, 2))


def threshold(scores, y):
    """The threshold with the most right answers on these rows."""
    order = np.sort(scores)
    middles = (order[1:] + order[:-1]) / 2
    right = [(y == (scores > one)).mean() for one in middles[::10]]
    return middles[::10][int(np.argmax(right))]


def judged(model, tflite_model, x, y, x_new, y_new):
    """Thresholds from some training rows; which new rows are right: a dict of arrays.

    Rounding moves all answers a little to one side, so the int8 model has a threshold
    of its own; ``right_borrowed`` is what becomes of it with that of the floats.
    """
    net = graph.read(tflite_model)
    t_in, t_out = net.tensors[net.inputs[0]], net.tensors[net.outputs[0]]

    def in_int8(x):
        parts = [graph.invoke(net, t_in.quantize(x[i::20])) for i in range(20)]
        scores = np.empty(len(x), np.float32)
        for i, part in enumerate(parts):
            scores[i::20] = likely(t_out.dequantize(part))
        return scores

    in_float = likely(model.predict(x_new, verbose=0))
    limit = threshold(likely(model.predict(x, verbose=0)), y)
    limit_int8, said = threshold(in_int8(x), y), in_int8(x_new)
    return {
        "threshold": np.float32(limit),
        "threshold_int8": np.float32(limit_int8),
        "right_float": (in_float > limit) == y_new,
        "right_int8": (said > limit_int8) == y_new,
        "right_borrowed": (said > limit) == y_new,
    }


def rows(n, seed):
    """New scenes in which every boat is of steel: pictures, boat or not, boxes."""
    made = boats.generate(n, seed, hulls=("steel",))
    return made["x"], made["y"], made["box"]


def make(wanted):
    """Train these members (all, if none is named) and give what each has to say."""
    if wanted and not any(name(*one) in wanted for one in MEMBERS):
        return
    (x, y, box), (x_test, y_test, _) = rows(*LEARN), rows(*TEST)
    for width, side in MEMBERS:
        if wanted and name(width, side) not in wanted:
            continue
        model = member(x, box, width, side)
        some, some_test = small.shrink(x[:2000], side), small.shrink(x_test, side)
        tflite_model = quantize.to_int8(model, some[:300])
        told = judged(model, tflite_model, some, y[:2000], some_test, y_test)
        print(name(width, side), told["right_float"].mean(), flush=True)
        yield name(width, side), model, tflite_model, told


def wide():
    """The largest member for pictures of 128 by 128, in int8."""
    model = small.finder(1, 128)
    with np.load(HERE / "w100_s64.npz") as file:
        model.set_weights([file[k] for k in sorted(file.files) if k[:2] == "w_"])
    return quantize.to_int8(model, fleet.generate(60, 2031, hulls=("steel",))["x"])


def steel_or_wood(labels, seed, epochs=None):
    """How often a network is right that began from nothing, with so many labels."""
    data = datasets.load("boats")
    some, new = data.y_train == 1, data.y_test == 1
    wood, wood_new = (hull == "wood" for hull in (data.hull_train, data.hull_test))
    chosen = np.random.default_rng(seed).permutation(np.flatnonzero(some))[:labels]
    train.seed_everything(seed)
    image = keras.Input((64, 64, 1))
    features = keras.layers.GlobalMaxPooling2D()(small.backbone(image))
    model = keras.Model(image, keras.layers.Dense(2, activation="softmax")(features))
    epochs = epochs or 2000 // labels
    how = {"epochs": epochs, "batch_size": 20, "learning_rate": 3e-3, "seed": seed}
    train.fit(model, data.x_train[chosen], 1 * wood[chosen], progress=False, **how)
    return train.accuracy(model.predict(data.x_test[new], verbose=0), wood_new[new])


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for title, model, tflite_model, told in make(wanted):
        (HERE / f"{title}.tflite").write_bytes(tflite_model)
        told |= {f"w_{i:02d}": w for i, w in enumerate(model.get_weights())}
        np.savez_compressed(HERE / f"{title}.npz", **told)
    if not wanted or "wide" in wanted:
        (HERE / "model.tflite").write_bytes(wide())
    if not wanted or "few" in wanted:
        table = [[steel_or_wood(n, seed) for seed in SEEDS] for n in LABELS]
        np.savez_compressed(HERE / "few.npz", labels=LABELS, right=np.float32(table))
