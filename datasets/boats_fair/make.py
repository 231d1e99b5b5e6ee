"""Make every file here: python datasets/boats_fair/make.py (a quarter of an hour).

The pictures first, then five ways to mend a model that was trained on the archive, each
with three seeds, and two of the models themselves. ``make.py pictures`` stops early.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from tinyml_course import train
from tinyml_course.datasets import boats_fair
from tinyml_course.scratch.slices import balance

HERE = Path(__file__).parent
SEEDS = (0, 1, 2)
MORE = 300  # pictures that a team can pay to have labelled
EPOCHS, LAST_EPOCHS = 8, 3
RECIPES = ("as it is", "weigh", "repeat", "more of the same", "what is missing")


def cnn():
    """Three convolutions: a picture (32, 32, 1) -> probabilities of empty and boat."""
    import keras
    from keras import layers

    stack = [keras.Input((boats_fair.SIDE, boats_fair.SIDE, 1))]
    for filters in (8, 16, 32):
        stack += [
            layers.Conv2D(filters, 3, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
        ]
        if filters < 32:
            stack.append(layers.MaxPooling2D())
    stack += [layers.GlobalMaxPooling2D(), layers.Dense(2, activation="softmax")]
    return keras.Sequential(stack)


def join(*parts):
    """Rows of several parts below one another."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def rows_of(recipe: str, seed: int) -> tuple[dict, np.ndarray | None]:
    """The pictures that a recipe trains on, and their weights."""
    archive = boats_fair.load("archive")
    if recipe == "weigh":
        return archive, evened(archive)
    if recipe == "repeat":
        weights = evened(archive)
        drawn = np.random.default_rng(seed).choice(
            len(weights), len(weights), p=weights / weights.sum()
        )
        return {name: column[drawn] for name, column in archive.items()}, None
    if recipe == "more of the same":
        counts = np.array(boats_fair.COUNTS["archive"]) * MORE // len(archive["y"])
        counts[0] += MORE - counts.sum()  # what rounding left over
        return join(archive, boats_fair.draw(tuple(counts), 6_000 + 100 * seed)), None
    if recipe == "what is missing":
        third = MORE // 3
        counts = (0, third, third, third, 0, 0)
        return join(archive, boats_fair.draw(counts, 7_000 + 100 * seed)), None
    return archive, None


def evened(rows):
    """Weights for all rows: the four kinds of boats weigh the same."""
    weights, boat = np.ones(len(rows["y"])), rows["y"] == 1
    weights[boat] = balance(rows["slice"][boat])
    return weights


def fitted(recipe: str, seed: int):
    """The model of a recipe."""
    rows, weights = rows_of(recipe, seed)
    x = np.concatenate([rows["x"], rows["x"][:, :, ::-1]])  # and mirrored
    y = np.tile(rows["y"], 2)
    train.seed_everything(seed)
    model = cnn()
    for epochs, rate in ((EPOCHS, 3e-3), (LAST_EPOCHS, 3e-4)):
        if weights is None:
            train.fit(
                model, x, y, epochs=epochs, batch_size=64, learning_rate=rate,
                seed=seed, progress=False,
            )  # fmt: skip
        else:
            import keras

            train.seed_everything(seed)
            model.compile(
                keras.optimizers.Adam(rate), "sparse_categorical_crossentropy"
            )
            model.fit(
                x, y, epochs=epochs, batch_size=64, sample_weight=np.tile(weights, 2),
                verbose=0,
            )  # fmt: skip
    return model


def main() -> None:
    """Write pictures.npz, sweep.npz and the two models."""
    np.savez_compressed(HERE / "pictures.npz", **boats_fair.pack())
    if "pictures" in sys.argv:
        return
    parts = {part: boats_fair.load(part) for part in ("validation", "test")}
    said = {part: [] for part in parts}
    for recipe in RECIPES:
        models = [fitted(recipe, seed) for seed in SEEDS]
        for part, rows in parts.items():
            scores = [m.predict(rows["x"], verbose=0)[:, 1] for m in models]
            said[part].append(np.array(scores, np.float16))
        print(recipe, [np.mean((s > 0.5) == rows["y"]).round(3) for s in scores])
        keep = {"as it is": "archive", "what is missing": "mended"}.get(recipe)
        if keep:
            bare = cnn()  # without the optimizer and its memory
            bare.set_weights(models[0].get_weights())
            bare.save(HERE / f"{keep}.keras")
    arrays = {part: np.array(scores) for part, scores in said.items()}
    np.savez_compressed(HERE / "sweep.npz", recipes=np.array(RECIPES), **arrays)


if __name__ == "__main__":
    main()
