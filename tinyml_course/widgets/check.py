"""A question with known mistakes in, instant feedback that hints without telling out.

Numbers and choices are judged in the page; code is judged by a function in the kernel.
"""

from __future__ import annotations

import contextlib
import html
import io
import math
import re
from collections.abc import Callable, Mapping, Sequence

import traitlets

from tinyml_course.errors import CourseError
from tinyml_course.widgets.base import CourseWidget, plain
from tinyml_course.widgets.student_code import explain_failure

__all__ = ["Check"]


class Check(CourseWidget):
    """Check a number, a choice or code, and say what is wrong without the answer.

    A number has `answer` (and `tolerance`); a choice has `options` and `answer`; code
    has `test`. Each widget is exactly one of the three.

    Parameters
    ----------
    question : str
        What to find. `code`, *emphasis* and **strong** are understood.
    answer : number or str
        The right number, or the right option.
    options : list of str, optional
        What to choose from.
    unit : str
        Unit of the number, shown after it.
    tolerance : float
        How far a number may be from the answer (0: equal up to rounding).
    mistakes : dict
        Number: wrong value to hint. Choice: a hint for every wrong option.
    low, high : str
        Hints for any other number below or above the answer.
    test : callable
        Returns None when the student's code is right, else a hint. Called in the
        kernel each time the student presses "Check my code".
    reveal : str
        Confirms a right answer; it may say the answer and more.

    Raises
    ------
    CourseError
        A wrong option without a hint, a hint that contains the answer, an answer that
        is missing or not among the options.

    >>> check = Check("How many bits are in 4 bytes?", answer=32, unit="bits",
    ...               mistakes={4: "That is the count of bytes. A byte holds eight."},
    ...               reveal="32 bits: eight in each byte.")
    >>> Check("How many bits are in 4 bytes?", answer=32, low="It is 32.")
    Traceback (most recent call last):
        ...
    tinyml_course.errors.CourseError: The hint 'It is 32.' tells the answer 32. ...
    """

    form = traitlets.Unicode().tag(sync=True, page=True)
    options = traitlets.List().tag(sync=True, page=True)
    unit = traitlets.Unicode().tag(sync=True, page=True)
    answer = traitlets.Any(None, allow_none=True).tag(sync=True, page=True)
    tolerance = traitlets.Float(0.0).tag(sync=True, page=True)
    mistakes = traitlets.List().tag(sync=True, page=True)
    low = traitlets.Unicode().tag(sync=True, page=True)
    high = traitlets.Unicode().tag(sync=True, page=True)
    reveal = traitlets.Unicode().tag(sync=True, page=True)
    response = traitlets.Any(None, allow_none=True).tag(sync=True, page=True)
    solved = traitlets.Bool(False).tag(sync=True, page=True)
    asked = traitlets.Int(0).tag(sync=True)
    verdict = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        question: str,
        *,
        answer: float | str | None = None,
        options: Sequence[str] | None = None,
        unit: str = "",
        tolerance: float = 0.0,
        mistakes: Mapping[float | str, str] | None = None,
        low: str = "",
        high: str = "",
        test: Callable[[], str | None] | None = None,
        reveal: str = "",
    ) -> None:
        mistakes = dict(mistakes or {})
        names = [str(option) for option in options or ()]
        if test is not None:
            form = "code"
            _refuse(bool(answer is not None or names or mistakes), test)
        elif options is not None:
            form, answer = "choice", str(answer)
            mistakes = {str(option): hint for option, hint in mistakes.items()}
            _check_choice(names, answer, mistakes)
        else:
            form, answer = "number", plain(answer, "answer")
            mistakes = {plain(wrong): hint for wrong, hint in mistakes.items()}
            _check_number(answer, tolerance, mistakes)
        for hint in (*mistakes.values(), low, high):
            if form != "code" and tells(hint, answer, tolerance):
                raise CourseError(
                    f"The hint {hint!r} tells the answer {answer!r}. Say what kind of "
                    f"mistake it is instead; write other numbers as words."
                )
        self._test = test
        super().__init__(
            kind="check", question=question, form=form, answer=answer, options=names,
            unit=unit, tolerance=float(tolerance), low=low, high=high, reveal=reveal,
            mistakes=[[wrong, hint] for wrong, hint in mistakes.items()],
        )  # fmt: skip

    @traitlets.observe("asked")
    def _on_ask(self, change: dict) -> None:
        if self._test is not None:
            self.verdict = {"asked": change["new"], **self.judge_code()}
            self.solved = self.verdict["right"]

    def judge_code(self) -> dict:
        """Run `test` on what the notebook holds now: {"right": bool, "hint": str}.

        >>> Check("Define y.", test=lambda: "y should be 3.").judge_code()
        {'right': False, 'hint': 'y should be 3.'}
        """
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                hint = self._test()
        except (Exception, SystemExit) as error:  # the student's code may do anything
            return {"right": False, "hint": explain_failure(error, self._test)}
        if hint is not None and not isinstance(hint, str):
            self.error = (
                f"test() must return None or a hint; it returned {hint!r} "
                f"({type(hint).__name__})."
            )
            return {"right": False, "hint": self.error}
        return {"right": hint is None, "hint": hint or ""}

    def still_html(self) -> str:
        """Give the question with its options; the answer stays with the script."""
        items = "".join(f"<li>{html.escape(option)}</li>" for option in self.options)
        return super().still_html() + (f"<ul>{items}</ul>" if items else "")


def tells(hint: str, answer: float | str, tolerance: float = 0.0) -> bool:
    """Tell whether a hint contains the answer: its words, or a number that is right.

    >>> tells("Not 64: halve it.", 32), tells("Is it 32?", 32), tells("x32", 32)
    (False, True, False)
    """
    if isinstance(answer, str):
        phrase = rf"(?<!\w){re.escape(answer.strip())}(?!\w)"
        return re.search(phrase, hint, re.IGNORECASE) is not None
    numbers = re.findall(
        r"(?<![\w.])[-\u2212]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?(?!\w)", hint, re.I
    )
    values = [float(n.replace(",", "").replace("\u2212", "-")) for n in numbers]
    return any(_same(value, answer, tolerance) for value in values)


def _same(value: float, answer: float, tolerance: float) -> bool:
    return abs(value - answer) <= tolerance + 1e-9 * max(1.0, abs(answer))


def _refuse(mixed: bool, test: object) -> None:
    if not callable(test):
        raise CourseError(f"Check needs a function as test; received {test!r}.")
    if mixed:
        raise CourseError(
            "Check judges a number, a choice or code; received test together with "
            "answer, options or mistakes. Leave out what does not belong."
        )


def _check_choice(names: list[str], answer: str, mistakes: dict[str, str]) -> None:
    if len(names) < 2 or len(set(names)) < len(names):
        raise CourseError(
            f"Check needs at least two different options; received {names}."
        )
    if answer not in names:
        raise CourseError(f"The answer {answer!r} is not one of the options {names}.")
    for option in names:
        if option != answer and not mistakes.get(option, "").strip():
            raise CourseError(
                f"The wrong option {option!r} has no hint. Add it to mistakes."
            )
    for option in mistakes:
        if option == answer or option not in names:
            raise CourseError(
                f"mistakes has a hint for {option!r}, which is not a wrong option."
            )


def _check_number(answer: object, tolerance: float, mistakes: dict) -> None:
    if isinstance(answer, bool) or not isinstance(answer, (int, float)):
        raise CourseError(
            f"Check needs a number as answer, options, or test; received {answer!r}."
        )
    if not (math.isfinite(tolerance) and tolerance >= 0):
        raise CourseError(f"tolerance must be 0 or more; received {tolerance}.")
    for wrong in mistakes:
        if isinstance(wrong, bool) or not isinstance(wrong, (int, float)):
            raise CourseError(f"mistakes needs numbers as keys; received {wrong!r}.")
        if _same(wrong, answer, tolerance):
            raise CourseError(
                f"mistakes has {wrong:,}, which counts as right: the answer is "
                f"{answer:,} and the tolerance {tolerance:g}."
            )
