"""Train the network that finds boats: python datasets/boats_cnn/make.py (half an hour).

It writes model.keras and model.tflite (of the first seed), and study.json: two edge
detectors and the network on three seeds, each with its own new scenes to learn from
and to be tested on, none of which are in the committed file of boats. The scenes'
generator was fixed before any of this, and so were the seeds.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tinyml_course import quantize, train
from tinyml_course.datasets import boats
from tinyml_course.scratch import vision

HERE = Path(__file__).parent
SEEDS = (1_002, 1_003, 1_004)  # to learn from; to be tested on: ten more
LEARN, TEST, EPOCHS, RATE = 24_000, 2_000, 14, 0.008
HELD = 3_000  # rows of the first to tune the edge detectors on: 2 of 3 to fit
EDGES = [(s, t) for s in (0.5, 1.0, 1.5) for t in (0.1, 0.2, 0.4, 0.8)]  # 12 trials
FEATURES = [  # 12 trials
    (s, cell, c) for s in (0.5, 1.2) for cell in (5, 6, 10) for c in (0.03, 0.3)
]
# What was tried for the network, on the scenes of seed 1,001, tested on those of
# 1,011: pictures, epochs, rate, (channels, stride, kernel) of each layer, pooling, and
# the share of hard scenes right.
TRIALS = [
    (4_000, 3, 0.003, "8/2/3 16/2/3 24/1/3 16/1/3", "max", 0.604),
    (4_000, 6, 0.004, "8/2/3 16/2/3 24/1/3 16/1/3", "max", 0.646),
    (4_000, 6, 0.004, "8/2/3 16/2/3 24/1/3 16/1/3", "mean", 0.611),
    (12_000, 2, 0.004, "8/2/3 16/2/3 24/2/3 24/1/3", "max", 0.618),
    (12_000, 6, 0.006, "8/2/5 16/2/3 32/1/3 24/2/3", "max", 0.707),
    (12_000, 8, 0.008, "8/2/3 16/2/3 24/2/3 24/1/3", "max", 0.708),
]


def tiny_cnn():
    """Four convolutions, then the largest value of each channel: 10,202 parameters."""
    import keras
    from keras.layers import BatchNormalization, Conv2D, Dense, ReLU, Softmax

    layers = [keras.Input((64, 64, 1))]
    for channels, stride in ((8, 2), (16, 2), (24, 2), (24, 1)):
        layers += [
            Conv2D(channels, 3, stride, padding="same", use_bias=False),
            BatchNormalization(momentum=0.9),  # 0.99 is too slow for a short training
            ReLU(),
        ]
    layers += [keras.layers.GlobalMaxPooling2D(), Dense(2), Softmax()]
    return keras.Sequential(layers)


def learn_cnn(x, y, seed=0, epochs=EPOCHS):
    """A trained network; it meets each picture in a mirror drawn anew every time."""
    import keras

    train.seed_everything(seed)
    network = tiny_cnn()
    mirror = keras.layers.RandomFlip("horizontal_and_vertical", seed=seed)
    steps = epochs * -(-len(x) // 64)
    train.fit(
        keras.Sequential([keras.Input((64, 64, 1)), mirror, network]),
        x,
        y,
        epochs=epochs,
        batch_size=64,
        learning_rate=keras.optimizers.schedules.CosineDecay(RATE, steps),
        seed=seed,
    )
    return network


def best_count(counts, y):
    """How many steep pixels make a boat: the number that is right most often."""
    tries = np.unique(np.quantile(counts, np.linspace(0, 1, 60)).astype(int))
    return max(tries, key=lambda least: np.mean((counts >= least) == y))


def learn_edges(x, y):
    """The best of twelve smoothings and thresholds, as a function of pictures."""

    def score(choice):
        counts = vision.edge_pixels(x, *choice)
        return np.mean((counts >= best_count(counts, y)) == y)

    choice = max(EDGES, key=score)
    least = best_count(vision.edge_pixels(x, *choice), y)
    return lambda new: vision.edge_pixels(new, *choice) >= least


def weigher(c):
    """Features with their squares and products, weighed by logistic regression."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    return make_pipeline(
        StandardScaler(),
        PolynomialFeatures(2, include_bias=False),
        StandardScaler(),
        LogisticRegression(C=c, max_iter=2_000, tol=1e-3),
    )


def learn_features(x, y):
    """The best of twelve (one third of the tuning rows judges), fitted on all rows."""
    some, said = x[:HELD], y[:HELD]
    fit = len(some) * 2 // 3

    def score(choice):
        columns = vision.features(some, *choice[:2])
        fitted = weigher(choice[2]).fit(columns[:fit], said[:fit])
        return fitted.score(columns[fit:], said[fit:])

    choice = max(FEATURES, key=score)
    model = weigher(choice[2]).fit(vision.features(x, *choice[:2]), y)
    return lambda new: model.predict(vision.features(new, *choice[:2]))


def compared(right, rows):
    """What each detector gets right on some rows, and what the network is ahead."""
    found = {name: round(float(r[rows].mean()), 4) for name, r in right.items()}
    for name in ("edges", "features"):
        ahead = train.paired_difference(right[name][rows], right["cnn"][rows])
        found[f"cnn - {name}"] = [round(v, 4) for v in ahead]
    return found


def study(seed, learn=LEARN, test=TEST, epochs=EPOCHS):
    """Three detectors on the scenes of one seed: the network, who was right, scenes."""
    known, new = boats.generate(learn, seed), boats.generate(test, seed + 10)
    x, y, x_new = known["x"], known["y"], new["x"]
    hard = known["scene"] != "calm"
    tuned = {  # the edge detector is tuned twice: it may know whether the sea is calm
        is_hard: learn_edges(
            x[hard == is_hard][:HELD, ..., 0], y[hard == is_hard][:HELD]
        )
        for is_hard in (False, True)
    }
    edges = np.where(
        new["scene"] != "calm", tuned[True](x_new[..., 0]), tuned[False](x_new[..., 0])
    )
    weighed = learn_features(x[..., 0], y)(x_new[..., 0])
    model = learn_cnn(x, y, epochs=epochs)
    scores = model.predict(x_new, batch_size=256, verbose=0)
    answers = {"edges": edges, "features": weighed, "cnn": scores.argmax(axis=1)}
    right = {name: said == new["y"] for name, said in answers.items()}
    return model, right, new["scene"]


def summary(right, scene):
    """The figures of one study, or of several put together."""
    places = {"calm": scene == "calm", "hard": scene != "calm"}
    places |= {name: scene == name for name in boats.SCENES[1:]}
    return {name: compared(right, rows) for name, rows in places.items()}


def main() -> None:
    """Run the study and write all three files."""
    seeds, rights, scenes = {}, [], []
    for seed in SEEDS:
        model, right, scene = study(seed)
        seeds[str(seed)] = summary(right, scene)
        rights.append(right)
        scenes.append(scene)
        if seed == SEEDS[0]:
            write_model(model, seed)
    together = {
        name: np.concatenate([right[name] for right in rights]) for name in rights[0]
    }
    write_study(seeds, summary(together, np.concatenate(scenes)))


def write_model(model, seed) -> None:
    """model.keras and model.tflite."""
    model.save(HERE / "model.keras")
    scenes = boats.generate(300, seed)["x"]
    (HERE / "model.tflite").write_bytes(quantize.to_int8(model, scenes))


def write_study(seeds, together) -> None:
    """study.json."""
    study = {"seeds": seeds, "together": together, "trials of the network": TRIALS}
    (HERE / "study.json").write_text(json.dumps(study, indent=1) + "\n")


if __name__ == "__main__":
    main()
