"""Compiles once what every later build needs: the set-up's last step."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

from tinyml_course.device.counter import load_counter
from tinyml_course.device.harness import EMPTY, build_model
from tinyml_course.device.host import host, wasm
from tinyml_course.device.toolchain import trim_cache

__all__ = ["warm"]


def warm(progress: Callable[[str], object] = lambda step: None) -> None:
    """Fill the compiler's cache for every target, so that later builds take moments.

    Parameters
    ----------
    progress : callable
        Called with a short text after each step.
    """
    trim_cache()
    steps = {
        "the board": lambda: build_model(EMPTY, "empty"),
        "this computer": lambda: (load_counter(), host(EMPTY, "empty")),
        "the web page": lambda: wasm(EMPTY, "empty"),
    }
    with ThreadPoolExecutor(len(steps)) as pool:
        running = {pool.submit(step): name for name, step in steps.items()}
        for done in as_completed(running):
            done.result()
            progress(f"the compiler is ready for {running[done]}")
