"""Chapters as text come in, notebooks come out, executed where that is asked.

A chapter is written in ``notebooks/src/NN_name.py`` (py:percent); :func:`build` makes
``notebooks/NN_name.ipynb`` from it, without outputs (and an assignment's solution
version from ``assignments/src/psNN.py``); :func:`execute` runs a notebook
headless and keeps the result in ``build/executed/`` for the book.
"""

from tinyml_course.chapters.build import ROOT, assignments, build, find, sources
from tinyml_course.chapters.problems import ChapterError
from tinyml_course.chapters.run import Execution, execute, executed

__all__ = [
    "ROOT",
    "ChapterError",
    "Execution",
    "assignments",
    "build",
    "execute",
    "executed",
    "find",
    "sources",
]
