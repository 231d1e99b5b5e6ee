"""A function to maximise and a space of settings come in, the tried settings go out."""

from tinyml_course.search.running import run
from tinyml_course.search.space import Integer, Uniform
from tinyml_course.search.trials import Search, Trial

__all__ = ["Integer", "Search", "Trial", "Uniform", "run"]
