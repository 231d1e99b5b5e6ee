"""Where trials run, and what is kept of each."""

from __future__ import annotations

import contextlib
import functools
import math
import time
from collections.abc import Callable, Iterator

from tinyml_course.errors import DataError
from tinyml_course.search.trials import Trial
from tinyml_course.spread import line_of, spread

__all__ = ["measure", "workers"]


@contextlib.contextmanager
def workers(jobs: int, scheduler: str | None) -> Iterator[Callable]:
    """Give ``call(evaluate, tasks)``, which yields trials as they end."""
    with spread(jobs, scheduler) as call:
        yield lambda evaluate, tasks: call(functools.partial(measure, evaluate), tasks)


def measure(evaluate: Callable, number: int, params: dict[str, object]) -> Trial:
    """Run one trial, wherever this is."""
    began = time.perf_counter()
    try:
        result = evaluate(dict(params))
    except Exception as error:
        seconds = time.perf_counter() - began
        return Trial(number, params, None, error=line_of(error), seconds=seconds)
    seconds = time.perf_counter() - began
    metrics = dict(result) if isinstance(result, dict) else {"value": result}
    value = _number(metrics.pop("value", None), result)
    metrics = {str(key): _plain(key, metrics[key]) for key in metrics}
    error = "" if math.isfinite(value) else f"The value is {value}."
    return Trial(number, params, None if error else value, metrics, error, seconds)


def _number(value: object, result: object) -> float:
    with contextlib.suppress(TypeError, ValueError):
        if not isinstance(value, str | bytes):
            return float(value)
    raise DataError(
        f"evaluate gave {str(result)[:80]!r}, a {type(result).__name__}; expected a "
        'number, or a dict with a number as "value".'
    )


def _plain(key: object, value: object) -> object:
    if hasattr(value, "item") and getattr(value, "size", 1) == 1:
        value = value.item()
    if not (value is None or isinstance(value, str | int | float)):
        raise DataError(
            f"evaluate gave a {type(value).__name__} as {key!r}; expected a number or "
            "text: what is kept must fit in one line of a journal."
        )
    return value
