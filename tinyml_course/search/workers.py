"""Where trials run: this process, worker processes by joblib, or a Dask cluster."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import math
import os
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

from tinyml_course.errors import CourseError, DataError, ToolError
from tinyml_course.search.trials import Trial

if TYPE_CHECKING:
    import distributed

__all__ = ["measure", "workers"]

_PATIENCE_S = 8  # for a Dask scheduler or its first worker to answer

Task = tuple[int, dict[str, object]]


@contextlib.contextmanager
def workers(jobs: int, scheduler: str | None) -> Iterator[Callable]:
    """Give ``call(evaluate, tasks)``, which yields trials as they end."""
    if scheduler is not None:
        with _client(scheduler) as client:
            yield lambda *what: _explained(_on_cluster(*what, client))
    elif jobs == 1:
        yield lambda evaluate, tasks: (measure(evaluate, *task) for task in tasks)
    else:
        yield lambda *what: _explained(_in_processes(*what, jobs))


def _in_processes(
    evaluate: Callable, tasks: list[Task], jobs: int
) -> Generator[Trial, None, None]:
    import joblib

    pool = joblib.Parallel(
        jobs,
        backend="loky",
        return_as="generator_unordered",
        batch_size=1,
        initializer=_end_with,
        initargs=(os.getpid(),),
    )
    yield from pool(joblib.delayed(measure)(evaluate, *task) for task in tasks)


def _on_cluster(
    evaluate: Callable, tasks: list[Task], client: distributed.Client
) -> Generator[Trial, None, None]:
    import distributed

    function = client.scatter(evaluate, broadcast=True, hash=False)  # sent only once
    futures = [
        client.submit(_beside, function, *task, key=f"trial-{task[0]}-{uuid.uuid4()}")
        for task in tasks
    ]
    for future in distributed.as_completed(futures, loop=client.loop):
        yield future.result()


def _beside(evaluate: Callable, number: int, params: dict[str, object]) -> Trial:
    """Run one trial in a process beside the Dask worker that was given it.

    Inside the worker no seed would hold: its own threads, and other trials, draw from
    the same random numbers of Python as Keras does.
    """
    import multiprocessing

    import distributed
    from joblib.externals.loky import get_reusable_executor

    multiprocessing.current_process()._config["daemon"] = False  # may have children
    threads = distributed.get_worker().state.nthreads
    pool = get_reusable_executor(
        threads, timeout=300, initializer=_end_with, initargs=(os.getpid(),)
    )
    return pool.submit(measure, evaluate, number, params).result()


def _end_with(parent: int) -> None:
    """End this process soon after the one that started it, however that ended."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _explained(trials: Generator[Trial, None, None]) -> Iterator[Trial]:
    try:
        with contextlib.closing(trials):
            yield from trials
    except CourseError:
        raise
    except (Exception, asyncio.CancelledError) as error:
        raise ToolError(
            f"A worker could not run the trials ({_line(error)}). What is in the "
            "journal stays. A function from a file must be importable by the workers; "
            "jobs=1 without a scheduler shows the error itself."
        ) from error


@contextlib.contextmanager
def _client(scheduler: str) -> Iterator[distributed.Client]:
    try:
        import distributed
    except ImportError as error:
        raise ToolError(
            "A scheduler needs Dask, which is not installed. "
            "Try: pip install 'tinyml-course[course]'."
        ) from error
    try:
        _greet(scheduler)
        client = distributed.Client(
            scheduler, timeout=_PATIENCE_S, set_as_default=False
        )
    except Exception as error:  # what is no scheduler answers in many ways
        raise ToolError(
            f"No Dask scheduler answers at {scheduler!r}; expected an address such as "
            "tcp://127.0.0.1:8786. Start one with: dask scheduler"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE_S)
        except TimeoutError as error:
            raise ToolError(
                f"The Dask scheduler at {scheduler} has no workers. "
                f"Start one with: dask worker {scheduler}"
            ) from error
        yield client


def _greet(scheduler: str) -> None:
    """Shake hands; Client alone waits without end for a server of another kind."""
    from distributed.comm import connect

    async def greet() -> None:
        comm = await asyncio.wait_for(
            connect(scheduler, timeout=_PATIENCE_S), _PATIENCE_S + 1
        )
        await comm.close()

    # in a thread of its own: a notebook's thread already runs a loop
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, greet()).result()


def measure(evaluate: Callable, number: int, params: dict[str, object]) -> Trial:
    """Run one trial, wherever this is."""
    began = time.perf_counter()
    try:
        result = evaluate(dict(params))
    except Exception as error:
        seconds = time.perf_counter() - began
        return Trial(number, params, None, error=_line(error), seconds=seconds)
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


def _line(error: Exception) -> str:
    text = " ".join(str(error).split())
    text = text if len(text) <= 200 else f"{text[:200]}..."
    return text if isinstance(error, CourseError) else f"{type(error).__name__}: {text}"
