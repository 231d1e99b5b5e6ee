"""A Keras model and data come in, a trained model and its figures go out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tinyml_course.errors import DataError

if TYPE_CHECKING:
    import keras

__all__ = ["Paired", "accuracy", "fit", "paired_difference", "seed_everything"]


class Paired(NamedTuple):
    """How much more often ``b`` is right than ``a``, with its 95 % interval.

    >>> str(Paired(-0.004, -0.012, 0.004))
    '-0.4 points (95 % interval -1.2 to +0.4)'
    """

    difference: float
    low: float
    high: float

    def __str__(self) -> str:
        points = [f"{100 * share + 0.0:+.1f}" for share in self]
        return "{} points (95 % interval {} to {})".format(*points)


def seed_everything(seed: int = 0) -> None:
    """Seed Python, NumPy and TensorFlow, so that a model built next starts the same.

    >>> import keras
    >>> def first_weights():
    ...     seed_everything(0)
    ...     model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    ...     return model.get_weights()[0]
    >>> bool((first_weights() == first_weights()).all())
    True
    """
    import keras

    keras.utils.set_random_seed(seed)


def _progress(epochs: int) -> keras.callbacks.Callback:
    import keras
    from tqdm.auto import tqdm

    class Progress(keras.callbacks.Callback):
        """One bar that counts epochs and carries the newest figures."""

        def on_train_begin(self, logs: dict | None = None) -> None:
            # A page without a kernel would show the bar as it stood at the start.
            off = os.environ.get("TINYML_STATIC", "") not in ("", "0")
            self.bar = tqdm(total=epochs, unit="epoch", leave=False, disable=off)

        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            self.bar.set_postfix({k: f"{v:.3f}" for k, v in (logs or {}).items()})
            self.bar.update()

        def on_train_end(self, logs: dict | None = None) -> None:
            self.bar.close()

    return Progress()


def fit(
    model: keras.Model,
    x_train: np.ndarray,
    y_train: np.ndarray,
    *,
    epochs: int,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    batch_size: int = 32,
    learning_rate: float | keras.optimizers.schedules.LearningRateSchedule = 1e-3,
    loss: str = "sparse_categorical_crossentropy",
    metrics: tuple[str, ...] = ("accuracy",),
    seed: int = 0,
    progress: bool = True,
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Train ``model`` with Adam, with a progress bar and a seeded order of examples.

    Parameters
    ----------
    learning_rate : float or a schedule of Keras
        One call whose steps become smaller costs less than two calls: each prepares
        the model anew, which takes as long as some epochs of a small one.

    Returns
    -------
    model, history
        The same model, trained; and one list per figure with a value per epoch.

    Raises
    ------
    DataError
        If ``x_train`` and ``y_train`` differ in length, are empty or contain NaN.

    >>> import keras
    >>> layers = [keras.Input((2,)), keras.layers.Dense(2), keras.layers.Softmax()]
    >>> x, y = np.eye(2, dtype="float32"), np.array([0, 1])
    >>> _, history = fit(keras.Sequential(layers), x, y, epochs=3, progress=False)
    >>> len(history["loss"])
    3
    """
    import keras

    x_train, y_train = np.asarray(x_train), np.asarray(y_train)
    if len(x_train) != len(y_train) or not len(x_train):
        raise DataError(
            f"x_train has {len(x_train):,} examples and y_train {len(y_train):,}; "
            "expected the same number, 1 or more."
        )
    if not np.all(np.isfinite(x_train)):
        raise DataError("x_train contains NaN or infinity. Clean the data first.")
    seed_everything(seed)
    optimizer = keras.optimizers.Adam(learning_rate)
    if model.built:  # else the first step makes the optimizer's variables, traced twice
        optimizer.build(model.trainable_variables)
    model.compile(optimizer=optimizer, loss=loss, metrics=list(metrics))
    run = model.fit(
        x_train,
        y_train,
        epochs=epochs,
        batch_size=batch_size,
        validation_data=validation,
        verbose=0,
        callbacks=[_progress(epochs)] if progress else [],
    )
    return model, {key: [float(v) for v in run.history[key]] for key in run.history}


def accuracy(scores: np.ndarray, y: np.ndarray) -> float:
    """The share of rows of ``scores`` (n, classes) whose largest entry is class ``y``.

    >>> accuracy(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    0.5
    """
    return float(np.mean(np.argmax(np.asarray(scores), axis=-1) == np.asarray(y)))


def paired_difference(right_a: np.ndarray, right_b: np.ndarray) -> Paired:
    """Compare two models on the same rows: accuracy of ``b`` less accuracy of ``a``.

    Only rows on which the two disagree say anything about the difference. The 95 %
    interval is Wald's after half a row is added to each of the four counts of right
    and wrong, which keeps it honest where few rows differ (Agresti and Min 2005,
    "Simple improved confidence intervals for comparing matched proportions").

    Parameters
    ----------
    right_a, right_b : ndarray, (n,) bool
        For each row, whether the model was right.

    Raises
    ------
    DataError
        If they differ in shape, are empty, or hold other values than right and wrong.

    >>> right = np.arange(400) % 10 > 0
    >>> str(paired_difference(right, right))
    '+0.0 points (95 % interval -0.5 to +0.5)'
    """
    a, b = np.asarray(right_a), np.asarray(right_b)
    if a.shape != b.shape or a.ndim != 1 or not a.size:
        raise DataError(
            f"right_a has shape {a.shape} and right_b {b.shape}; expected the same "
            "rows for both, (n,) with n of 1 or more."
        )
    if not all(np.isin(side, (0, 1)).all() for side in (a, b)):
        raise DataError(
            "right_a and right_b say for each row whether the model was right: True or "
            "False. Try: scores.argmax(axis=-1) == y_test."
        )
    a, b = a.astype(bool), b.astype(bool)
    gained, lost = np.sum(b & ~a), np.sum(a & ~b)
    rows = len(a) + 2
    middle = (gained - lost) / rows
    spread = np.sqrt((gained + lost + 1) / rows - middle**2) / np.sqrt(rows)
    low, high = middle - 1.96 * spread, middle + 1.96 * spread
    return Paired(
        float((gained - lost) / len(a)), max(-1.0, float(low)), min(1.0, float(high))
    )
