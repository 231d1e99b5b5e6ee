"""The controls of an `Explore`: a slider over a range, a choice among a few values.

Both turn into a list of values; the page hands back positions in that list, so that
`picture` receives exactly the Python values that the author wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tinyml_course.errors import CourseError
from tinyml_course.widgets.base import plain

__all__ = ["Choice", "Slider"]

MOST_VALUES = 10_000  # past that a slider on a page cannot hit each value


@dataclass(frozen=True)
class Slider:
    """A number between `min` and `max` in steps, both ends included.

    Parameters
    ----------
    min, max, step : number
        The range; `step` must lead from `min` to `max` exactly.
    value : number
        Where the slider stands at first: a value of the range.
    label : str
        Its name for the student, with the unit: "slope (bytes per weight)".

    >>> Slider(0, 1, 0.25, 0.5, "rate").values
    (0.0, 0.25, 0.5, 0.75, 1.0)
    """

    min: float
    max: float
    step: float
    value: float
    label: str

    def __post_init__(self) -> None:
        for name in ("min", "max", "step", "value"):
            number = plain(getattr(self, name), f"{name} of the slider {self.label!r}")
            if isinstance(number, bool) or not isinstance(number, (int, float)):
                raise CourseError(
                    f"Slider {self.label!r} needs a number as {name}; received "
                    f"{number!r}."
                )
            object.__setattr__(self, name, number)
        if not str(self.label).strip():
            raise CourseError("A slider needs a label that says what it changes.")
        if self.step <= 0 or self.max <= self.min:
            raise CourseError(
                f"Slider {self.label!r} needs min < max and step > 0; received min="
                f"{self.min}, max={self.max}, step={self.step}."
            )
        if (self.max - self.min) / self.step > MOST_VALUES:
            raise CourseError(
                f"Slider {self.label!r} has more than {MOST_VALUES:,} steps; try a "
                f"larger step."
            )
        if self.values[-1] != self.max:
            raise CourseError(
                f"Slider {self.label!r}: steps of {self.step} from {self.min} do not "
                f"reach {self.max}; the last one is {self.values[-1]}."
            )
        if self.value not in self.values:
            near = min(self.values, key=lambda value: abs(value - self.value))
            raise CourseError(
                f"Slider {self.label!r}: the value {self.value} is not on a step; the "
                f"nearest is {near}."
            )

    @property
    def values(self) -> tuple[float, ...]:
        """All values from `min` to `max`, whole numbers as int when all are whole."""
        low, high, step = (Decimal(str(n)) for n in (self.min, self.max, self.step))
        whole = all(isinstance(n, int) for n in (self.min, self.max, self.step))
        cast = int if whole else float
        return tuple(cast(low + i * step) for i in range(int((high - low) / step) + 1))

    @property
    def texts(self) -> tuple[str, ...]:
        """Give the values as the student reads them: same decimals for all."""
        parts = (Decimal(str(n)).normalize() for n in (self.min, self.step))
        decimals = max(0, *(-part.as_tuple().exponent for part in parts))
        return tuple(f"{value:,.{decimals}f}" for value in self.values)


@dataclass(frozen=True)
class Choice:
    """One of a few values: texts or numbers.

    Parameters
    ----------
    options : list
        Two to twelve different texts, numbers or booleans.
    value : one of the options
        The one chosen at first.
    label : str
        Its name for the student.

    >>> Choice([0.001, 0.01, 0.1], 0.01, "learning rate").texts
    ('0.001', '0.01', '0.1')
    """

    options: Sequence
    value: object
    label: str

    def __post_init__(self) -> None:
        options = tuple(self.options)
        object.__setattr__(self, "options", options)
        if not str(self.label).strip():
            raise CourseError("A choice needs a label that says what it changes.")
        if not 2 <= len(options) <= 12 or len(set(self.texts)) < len(options):
            raise CourseError(
                f"Choice {self.label!r} needs 2 to 12 different options; received "
                f"{list(options)}."
            )
        if self.value not in options:
            raise CourseError(
                f"Choice {self.label!r}: the value {self.value!r} is not one of "
                f"{list(options)}."
            )

    @property
    def values(self) -> tuple:
        """Give the options."""
        return self.options

    @property
    def texts(self) -> tuple[str, ...]:
        """Give the options as the student reads them."""
        return tuple(
            f"{option:,}" if isinstance(option, int) and option is not True
            and option is not False else str(option)
            for option in self.options
        )  # fmt: skip


def positions(control: Slider | Choice) -> int:
    """Give the position of the value at first."""
    return control.values.index(control.value)
