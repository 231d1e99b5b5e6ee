"""A search space and a seed come in, the settings of every trial come out."""

from __future__ import annotations

import itertools
import json
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinyml_course.errors import DataError, ToolError

__all__ = ["Integer", "Space", "Uniform"]


@dataclass(frozen=True)
class Uniform:
    """Any number from ``low`` to ``high``; with ``log``, each factor equally likely.

    >>> Uniform(1e-4, 1e-1, log=True)
    Uniform(low=0.0001, high=0.1, log=True)
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        _check_range(self)


@dataclass(frozen=True)
class Integer:
    """Any whole number from ``low`` to ``high``, both included.

    >>> Integer(1, 12)
    Integer(low=1, high=12, log=False)
    """

    low: int
    high: int
    log: bool = False

    def __post_init__(self) -> None:
        if int(self.low) != self.low or int(self.high) != self.high:
            raise DataError(
                f"{self} has bounds that are no whole numbers. Try: Uniform."
            )
        _check_range(self)


def _check_range(r: Uniform | Integer) -> None:
    if not (math.isfinite(r.low) and math.isfinite(r.high) and r.low < r.high):
        raise DataError(f"{r} is no range; expected numbers with low < high.")
    if r.log and r.low <= 0:
        raise DataError(f"{r} has log=True; expected low > 0.")


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def _text(value: object) -> str:
    return json.dumps(value)


class Space:
    """Checked names with their choices or ranges; proposes settings from a seed.

    >>> space = Space({"units": [8, 16], "rate": Uniform(0, 1)})
    >>> space.names
    ('units', 'rate')
    >>> Space({"a": [1, 2], "b": Integer(0, 1)}).grid()[2]
    {'a': 2, 'b': 0}
    """

    def __init__(self, space: dict[str, object]) -> None:
        if not isinstance(space, dict) or not space:
            raise DataError(
                "The search space is empty; expected names with choices or ranges, "
                'such as {"units": [8, 16], "rate": Uniform(1e-4, 1e-1, log=True)}.'
            )
        self.axes = {name: _axis(name, axis) for name, axis in space.items()}
        self.names = tuple(self.axes)

    def describe(self) -> list[list[object]]:
        """What is searched, as plain lists that JSON can hold."""
        return [
            [name, list(axis) if isinstance(axis, tuple) else repr(axis)]
            for name, axis in self.axes.items()
        ]

    def grid(self) -> list[dict[str, object]]:
        """Every combination; the last name changes fastest."""
        values = []
        for name, axis in self.axes.items():
            if isinstance(axis, Uniform):
                raise DataError(
                    f"A grid needs a list of choices for {name!r}; {axis} holds "
                    "infinitely many numbers. Try a list, or method='random'."
                )
            whole = isinstance(axis, Integer)
            values.append(range(axis.low, axis.high + 1) if whole else axis)
        combinations = itertools.product(*values)
        return [dict(zip(self.names, c, strict=True)) for c in combinations]

    def random(self, seed: int, number: int) -> dict[str, object]:
        """The settings of trial ``number`` of a random search."""
        rng = np.random.default_rng([seed, number])
        return {name: _draw(axis, rng) for name, axis in self.axes.items()}

    def bayes(
        self,
        seed: int,
        batch: int,
        history: list[tuple[dict[str, object], float | None]],
        count: int,
    ) -> list[dict[str, object]]:
        """``count`` settings that look promising after ``history``, by Optuna's TPE.

        The sampler is made anew from ``(seed, batch)``, so a search that is resumed
        goes on as one that was never interrupted.
        """
        optuna = _optuna()
        axes = {name: _distribution(optuna, a) for name, a in self.axes.items()}
        state = np.random.SeedSequence([seed, batch]).generate_state(1)
        before = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.WARNING)  # for our study alone
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                # constant_liar: trials of one batch keep away from one another
                sampler = optuna.samplers.TPESampler(
                    seed=int(state[0]), constant_liar=True
                )
                study = optuna.create_study(sampler=sampler, direction="maximize")
                for params, value in history:
                    study.add_trial(
                        optuna.trial.create_trial(
                            state=optuna.trial.TrialState.FAIL
                            if value is None
                            else optuna.trial.TrialState.COMPLETE,
                            value=value,
                            params=self._encode(params),
                            distributions=axes,
                        )
                    )
                asked = [study.ask(axes).params for _ in range(count)]
        finally:
            optuna.logging.set_verbosity(before)
        return [self._decode(params) for params in asked]

    def read(self, params: dict[str, object]) -> dict[str, object]:
        """Settings as JSON gave them, with the choices' own types."""
        if set(params) != set(self.names):
            raise ValueError(params)
        return self._decode(self._encode(params))

    def _encode(self, params: dict[str, object]) -> dict[str, object]:
        # a choice is its position: Optuna then takes choices of any type
        return {
            name: [_text(choice) for choice in axis].index(_text(params[name]))
            if isinstance(axis, tuple)
            else params[name]
            for name, axis in self.axes.items()
        }

    def _decode(self, params: dict[str, object]) -> dict[str, object]:
        return {
            name: axis[params[name]] if isinstance(axis, tuple) else params[name]
            for name, axis in self.axes.items()
        }


def _axis(name: object, axis: object) -> tuple | Uniform | Integer:
    if not isinstance(name, str):
        raise DataError(f"A name of the space is text; received {name!r}.")
    if isinstance(axis, Uniform | Integer):
        return axis
    if isinstance(axis, np.ndarray):
        axis = axis.tolist()
    if isinstance(axis, str) or not isinstance(axis, Sequence):
        raise DataError(
            f"The space has {axis!r} for {name!r}; expected a list of choices, "
            f"Uniform or Integer. To keep it fixed: [{axis!r}]."
        )
    choices = tuple(_plain(choice) for choice in axis)
    if not choices:
        raise DataError(f"The list of choices for {name!r} is empty.")
    try:
        texts = [_text(choice) for choice in choices]
    except TypeError as error:
        raise DataError(
            f"A choice for {name!r} cannot be written down: {error}. Use numbers, "
            "text or lists of them, and look the object up in evaluate."
        ) from None
    if len(set(texts)) < len(texts):
        raise DataError(f"The choices for {name!r} hold a value twice: {axis!r}.")
    return choices


def _draw(axis: tuple | Uniform | Integer, rng: np.random.Generator) -> object:
    if isinstance(axis, tuple):
        return axis[rng.integers(len(axis))]
    low, high = axis.low, axis.high
    if isinstance(axis, Integer):
        if not axis.log:
            return int(rng.integers(low, high + 1))
        low, high = low - 0.5, high + 0.5  # so that the ends get their full share
    if axis.log:
        value = math.exp(rng.uniform(math.log(low), math.log(high)))
    else:
        value = rng.uniform(low, high)
    value = round(value) if isinstance(axis, Integer) else float(value)
    return min(max(value, axis.low), axis.high)


def _distribution(optuna, axis: tuple | Uniform | Integer):
    if isinstance(axis, tuple):
        return optuna.distributions.CategoricalDistribution(range(len(axis)))
    if isinstance(axis, Integer):
        return optuna.distributions.IntDistribution(axis.low, axis.high, log=axis.log)
    return optuna.distributions.FloatDistribution(axis.low, axis.high, log=axis.log)


def _optuna():
    try:
        import optuna
    except ImportError as error:
        raise ToolError(
            "method='bayes' needs Optuna, which is not installed. "
            "Try: pip install 'tinyml-course[course]'."
        ) from error
    return optuna
