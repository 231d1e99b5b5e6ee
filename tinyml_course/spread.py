"""A function and its tasks come in, results come out as they end, wherever they ran.

In this process, in worker processes by joblib, or on a Dask cluster: the same code.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

from tinyml_course.errors import CourseError, ToolError

if TYPE_CHECKING:
    import distributed

__all__ = ["line_of", "spread"]

_PATIENCE_S = 8  # for a Dask scheduler or its first worker to answer

Task = tuple


@contextlib.contextmanager
def spread(jobs: int = 1, scheduler: str | None = None) -> Iterator[Callable]:
    """Give ``call(function, tasks)``, which yields results as they end, in any order.

    Parameters
    ----------
    jobs : int
        Worker processes on this machine; 1: none, all runs here, in order.
    scheduler : str
        The address of a Dask scheduler, such as ``tcp://127.0.0.1:8786``; then its
        workers run the tasks.

    Raises
    ------
    ToolError
        If no scheduler answers, or a worker cannot run a task.

    >>> with spread() as call:
    ...     list(call(pow, [(2, 3), (3, 2)]))
    [8, 9]
    """
    if scheduler is not None:
        with _client(scheduler) as client:
            yield lambda *what: _explained(_on_cluster(*what, client))
    elif jobs == 1:
        yield lambda function, tasks: (function(*task) for task in tasks)
    else:
        yield lambda *what: _explained(_in_processes(*what, jobs))


def _in_processes(
    function: Callable, tasks: list[Task], jobs: int
) -> Generator[object, None, None]:
    import joblib

    pool = joblib.Parallel(
        jobs,
        backend="loky",
        return_as="generator_unordered",
        batch_size=1,
        initializer=_end_with,
        initargs=(os.getpid(),),
    )
    yield from pool(joblib.delayed(function)(*task) for task in tasks)


def _on_cluster(
    function: Callable, tasks: list[Task], client: distributed.Client
) -> Generator[object, None, None]:
    import distributed

    sent = client.scatter(function, broadcast=True, hash=False)  # sent only once
    futures = [
        client.submit(_beside, sent, *task, key=f"task-{number}-{uuid.uuid4()}")
        for number, task in enumerate(tasks)
    ]
    for future in distributed.as_completed(futures, loop=client.loop):
        yield future.result()


def _beside(function: Callable, *task: object) -> object:
    """Run one task in a process beside the Dask worker that was given it.

    Inside the worker no seed would hold: its own threads, and other tasks, draw from
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
    return pool.submit(function, *task).result()


def _end_with(parent: int) -> None:
    """End this process soon after the one that started it, however that ended."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _explained(results: Generator[object, None, None]) -> Iterator[object]:
    try:
        with contextlib.closing(results):
            yield from results
    except CourseError:
        raise
    except (Exception, asyncio.CancelledError) as error:
        raise ToolError(
            f"A worker could not run the tasks ({line_of(error)}). What is in the "
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


def line_of(error: Exception) -> str:
    """An exception as one short line, with its kind where it is not one of ours."""
    text = " ".join(str(error).split())
    text = text if len(text) <= 200 else f"{text[:200]}..."
    return text if isinstance(error, CourseError) else f"{type(error).__name__}: {text}"
