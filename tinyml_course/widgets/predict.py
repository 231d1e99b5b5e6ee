"""A question in, a guess locked by the student, then the answer with its reason.

`Predict` makes the student commit before the result shows. The guess is compared in
words by the page; it stays in the widget's state (`guess`, `locked`).
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

import traitlets

from tinyml_course.errors import CourseError
from tinyml_course.widgets.base import CourseWidget, one_line, plain

__all__ = ["Predict"]


class Predict(CourseWidget):
    """Ask for a guess, lock it, then show the answer and how far off the guess was.

    Where a number is asked, the student may write 12000, 12,000, 12 000, 12k
    (thousand), 1.5M (million), 1.2e4, with or without the unit.

    Parameters
    ----------
    question : str
        One sentence or two. `code`, *emphasis* and **strong** are understood.
    answer : number, str or callable
        The answer, or a function without arguments that computes it when the guess
        is locked (at once when pages are prepared, `TINYML_STATIC=1`).
    options : list of str, optional
        The answers to choose from; then `answer` is one of them.
    unit : str
        Unit of the number, shown after it.
    explain : str or callable
        Why; a function receives the answer and returns the text.

    Raises
    ------
    CourseError
        The answer is neither a finite number nor one of the options.

    >>> guess = Predict("How many bytes hold 10,000 int8 weights?", answer=10_000,
    ...                 unit="bytes", explain="One byte each.")
    >>> guess.guess, guess.locked = 40_000, True     # what the page does
    >>> guess.answer, guess.explain
    (10000, 'One byte each.')
    """

    options = traitlets.List().tag(sync=True, page=True)
    unit = traitlets.Unicode().tag(sync=True, page=True)
    answer = traitlets.Any(None, allow_none=True).tag(sync=True, page=True)
    explain = traitlets.Unicode().tag(sync=True, page=True)
    guess = traitlets.Any(None, allow_none=True).tag(sync=True, page=True)
    locked = traitlets.Bool(False).tag(sync=True, page=True)
    revealed = traitlets.Bool(False).tag(sync=True, page=True)

    def __init__(
        self,
        question: str,
        *,
        answer: float | str | Callable[[], float | str],
        options: Sequence[str] | None = None,
        unit: str = "",
        explain: str | Callable[[object], str] = "",
    ) -> None:
        self._answer, self._explain = answer, explain
        names = [str(option) for option in options or ()]
        if options is not None and (len(names) < 2 or len(set(names)) < len(names)):
            raise CourseError(
                f"Predict needs at least two different options; received {names}."
            )
        super().__init__(kind="predict", question=question, options=names, unit=unit)
        if not callable(answer):
            self._valid(answer)  # an author's slip shows now, not when a student locks
        if self._static or not (callable(answer) or callable(explain)):
            self._reveal()

    @traitlets.observe("locked")
    def _on_lock(self, change: dict) -> None:
        if change["new"] and not self.revealed:
            self._reveal()

    def _reveal(self) -> None:
        """Compute answer and explanation; a failure is told, never raised."""
        try:
            answer = self._answer() if callable(self._answer) else self._answer
            answer = self._valid(answer)
            explain = self._explain
            text = str(explain(answer)) if callable(explain) else explain
        except Exception as error:  # whatever an author's function raises
            self.error = f"The answer could not be computed. {one_line(error)}"
            return
        with self.hold_sync():
            self.answer, self.explain, self.revealed = answer, text, True

    def _valid(self, answer: object) -> float | str:
        answer = plain(answer, "answer")
        if self.options:
            if str(answer) not in self.options:
                raise CourseError(
                    f"The answer {answer!r} is not one of the options {self.options}."
                )
            return str(answer)
        if isinstance(answer, bool) or not isinstance(answer, (int, float)):
            raise CourseError(
                f"Predict without options needs a number as answer; received "
                f"{answer!r}. Try options=[...]."
            )
        return answer

    def still_html(self) -> str:
        """Give the question with its options; the answer stays with the script."""
        items = "".join(f"<li>{html.escape(option)}</li>" for option in self.options)
        return super().still_html() + (f"<ul>{items}</ul>" if items else "")
