"""Hand-written files that go out with a model: a name comes in, its text goes out."""

from __future__ import annotations

from functools import cache
from importlib import resources

__all__ = ["packaged"]


@cache
def packaged(name: str) -> str:
    """The text of a file of ``runtime/``.

    >>> packaged("tc_io.h").startswith("/* tc_io.h: ")
    True
    """
    folder = resources.files("tinyml_course").joinpath("runtime")
    return folder.joinpath(*name.split("/")).read_text(encoding="utf-8")
