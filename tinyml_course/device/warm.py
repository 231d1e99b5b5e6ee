"""Compiles once what every later build needs: the set-up's last step."""

from __future__ import annotations

from collections.abc import Callable

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
        Called with a short text before each step.
    """
    trim_cache()
    progress("compiling for the board")
    build_model(EMPTY, "empty")
    progress("compiling for this computer")
    host(EMPTY, "empty")
    load_counter()
    progress("compiling for the web page")
    wasm(EMPTY, "empty")
