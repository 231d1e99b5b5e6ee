"""What was tried: a trial, and all trials of a search with a table of the best."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tinyml_course.tables import Table

__all__ = ["Search", "Trial", "cell"]

_SHOWN = 10  # rows of a table


@dataclass(frozen=True)
class Trial:
    """One setting that was tried.

    Attributes
    ----------
    number : int
        From 0, in the order in which the trials were proposed.
    params : dict
        The settings.
    value : float or None
        What was maximised; None if the trial failed.
    metrics : dict
        What else ``evaluate`` told.
    error : str
        Why the trial failed, in one line; empty if it did not.
    seconds : float
        Measured; two trials that differ in this alone are equal.
    """

    number: int
    params: dict[str, object]
    value: float | None
    metrics: dict[str, object] = field(default_factory=dict)
    error: str = ""
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True, repr=False)
class Search:
    """The trials of a search; shows the best of them as a table.

    Attributes
    ----------
    method : str
        "random", "grid" or "bayes".
    names : tuple of str
        The names of the space.
    trials : tuple of Trial
        In the order in which they were proposed.
    resumed : int
        How many of them were read from the journal.
    """

    method: str
    names: tuple[str, ...]
    trials: tuple[Trial, ...]
    resumed: int = field(default=0, compare=False)

    @property
    def best(self) -> Trial:
        """The trial with the largest value; of equal ones, the first."""
        good = [trial for trial in self.trials if trial.value is not None]
        return max(good, key=lambda trial: (trial.value, -trial.number))

    @property
    def best_so_far(self) -> np.ndarray:
        """The best value after each trial, (trials,) float64; NaN before the first."""
        values = [np.nan if t.value is None else t.value for t in self.trials]
        return np.fmax.accumulate(np.array(values, dtype=np.float64))

    @property
    def seconds(self) -> float:
        """The time that all trials took together, measured."""
        return sum(trial.seconds for trial in self.trials)

    def table(self, rows: int = _SHOWN) -> Table:
        """The best ``rows`` trials, the best first."""
        good = sorted(
            (trial for trial in self.trials if trial.value is not None),
            key=lambda trial: (-trial.value, trial.number),
        )
        metrics = list(dict.fromkeys(key for trial in good for key in trial.metrics))
        body = tuple(
            (
                str(trial.number),
                *(cell(trial.params[name]) for name in self.names),
                cell(trial.value),
                *(cell(trial.metrics.get(key, "-")) for key in metrics),
            )
            for trial in good[:rows]
        )
        failed = len(self.trials) - len(good)
        note = f"{len(self.trials):,} trials ({self.method})"
        if len(good) > len(body):
            note += f", the best {len(body):,} shown"
        if failed:
            why = next(trial.error for trial in self.trials if trial.error)
            note += f"; {failed:,} failed, the first with: {why}"
        return Table(("trial", *self.names, "value", *metrics), body, f"{note}.")

    def __str__(self) -> str:
        return str(self.table())

    def __repr__(self) -> str:
        return f"Search({self.method}: {len(self.trials):,} trials, {self.best})"

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def cell(value: object) -> str:
    """A value as a table shows it, numbers with four digits."""
    if isinstance(value, float):
        return f"{value:.4g}"
    whole = isinstance(value, int) and not isinstance(value, bool)
    return f"{value:,}" if whole else str(value)
