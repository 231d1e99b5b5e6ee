"""Runs the trials of a search, here or on other machines, and keeps what they gave."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from tinyml_course.errors import DataError
from tinyml_course.search.journal import Journal
from tinyml_course.search.space import Space
from tinyml_course.search.trials import Search, Trial, cell
from tinyml_course.search.workers import workers

__all__ = ["run"]

_METHODS = ("random", "grid", "bayes")


def run(
    evaluate: Callable[[dict[str, object]], object],
    space: dict[str, object],
    *,
    method: str = "random",
    trials: int | None = None,
    seed: int = 0,
    jobs: int = 1,
    scheduler: str | None = None,
    journal: str | Path | None = None,
    batch: int = 4,
    progress: bool = True,
) -> Search:
    """Try settings from ``space`` and keep what ``evaluate`` says of each.

    The settings depend on the arguments alone, not on ``jobs``, ``scheduler`` or
    interruptions; the values do so too if ``evaluate`` seeds what it does.

    Parameters
    ----------
    evaluate : callable
        Takes ``{name: setting}``, gives a number, larger is better, or a dict with
        that number as ``"value"`` and other numbers or text beside it. If it raises,
        the trial is kept as failed and the search goes on.
    space : dict
        For each name a list of choices, :class:`Uniform` or :class:`Integer`.
    method : {"random", "grid", "bayes"}
        Independent draws; every combination; or Optuna's tree-structured Parzen
        estimator, which proposes settings like those that did well so far.
    trials : int, optional
        Without it 20, or the whole grid.
    seed : int
        Another seed tries other settings.
    jobs : int
        1 runs in this process; 2 in two worker processes, -1 in one per core. A
        function from a notebook is sent to them whole, one from a file by its name:
        they must be able to import the file. Each starts TensorFlow for itself.
    scheduler : str, optional
        The address of a Dask scheduler, such as "tcp://127.0.0.1:8786": the trials
        run on all its workers, each in a process beside the worker.
    journal : str or Path, optional
        A file of finished trials. The same call with the same journal goes on where
        it was stopped, and with more ``trials`` adds to them. The journal does not
        know what is inside ``evaluate``: after changing it, use another path.
    batch : int
        How many trials "bayes" proposes before it learns from them.
    progress : bool
        Show a bar that counts trials.

    Raises
    ------
    DataError
        If an argument makes no sense, the journal belongs to another search or is in
        use, ``evaluate`` gives no number, or every trial failed.
    ToolError
        If the scheduler cannot be reached or a worker cannot run the trials.

    >>> found = run(lambda p: -abs(p["x"] - 3), {"x": [1, 2, 4, 8]}, method="grid")
    >>> found.best.params
    {'x': 2}
    >>> print(found)
    trial  x  value
    1      2     -1
    2      4     -1
    0      1     -2
    3      8     -5
    4 trials (grid).
    """
    _check(evaluate, method, trials, seed, jobs, batch)
    space = Space(space)
    points = space.grid() if method == "grid" else None
    if trials is None:
        trials = 20 if points is None else len(points)
    elif points is not None:
        trials = min(trials, len(points))

    done: dict[int, Trial] = {}
    header = {"search": 1, "method": method, "seed": seed, "space": space.describe()}
    if method == "bayes":
        header["batch"] = batch

    def proposed() -> Iterator[list[tuple[int, dict[str, object]]]]:
        """Lists of trials that may run at the same time; `done` has those before."""
        if method == "grid":
            yield list(enumerate(points[:trials]))
        elif method == "random":
            yield [(number, space.random(seed, number)) for number in range(trials)]
        else:
            for start in range(0, trials, batch):
                history = [(done[n].params, done[n].value) for n in range(start)]
                asked = space.bayes(seed, start // batch, history, batch)
                # the last batch is asked for whole, so that more trials go on from it
                yield list(enumerate(asked, start))[: trials - start]

    with contextlib.ExitStack() as stack:
        kept = stack.enter_context(Journal(journal, header)) if journal else None
        if kept:
            done |= _read(kept, space)
        resumed = sum(number < trials for number in done)
        bar = stack.enter_context(_bar(trials, resumed, progress))
        call = stack.enter_context(workers(jobs, scheduler))
        for tasks in proposed():
            left = [task for task in tasks if task[0] not in done]
            for trial in call(evaluate, left) if left else ():
                if kept:
                    kept.add(asdict(trial))
                done[trial.number] = trial
                values = [t.value for t in done.values() if t.value is not None]
                bar.set_postfix(
                    best=cell(max(values)) if values else "-", refresh=False
                )
                bar.update()
    found = tuple(done[number] for number in range(trials))
    if all(trial.value is None for trial in found):
        again = f" Then remove {journal}, which keeps the failures." if journal else ""
        raise DataError(
            f"All {trials:,} trials failed, the first with: {found[0].error} "
            f"Try evaluate on one setting: {found[0].params}.{again}"
        )
    return Search(method, space.names, found, resumed)


def _check(evaluate, method, trials, seed, jobs, batch) -> None:
    if not callable(evaluate):
        raise DataError(
            f"evaluate is {evaluate!r}; expected a function that takes a dict of "
            "settings. Give its name without brackets."
        )
    if method not in _METHODS:
        known = ", ".join(map(repr, _METHODS))
        raise DataError(f"There is no method {method!r}. Known: {known}.")
    limits = {"trials": (trials, 1), "seed": (seed, 0), "batch": (batch, 1)}
    if trials is None:
        del limits["trials"]
    for name, (value, least) in limits.items():
        if not _is_whole(value) or value < least:
            raise DataError(
                f"{name} is {value!r}; expected a whole number, {least} or more."
            )
    if not _is_whole(jobs) or jobs == 0:
        raise DataError(f"jobs is {jobs!r}; expected 1, 2, ... or -1 for all cores.")


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _read(journal: Journal, space: Space) -> dict[int, Trial]:
    found = {}
    for record in journal.records:
        try:
            trial = Trial(**record | {"params": space.read(record["params"])})
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"A line of the journal {journal.path} was changed: {record}. Remove "
                "that line, or give another path."
            ) from error
        found[trial.number] = trial
    return found


def _bar(total: int, resumed: int, progress: bool):
    from tqdm.auto import tqdm

    # A page without a kernel would show the bar as it stood at the start.
    off = not progress or os.environ.get("TINYML_STATIC", "") not in ("", "0")
    return tqdm(total=total, initial=resumed, unit="trial", leave=False, disable=off)
