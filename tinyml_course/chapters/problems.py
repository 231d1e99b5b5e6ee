"""An executed notebook comes in; each error in a cell or a widget comes out."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tinyml_course.errors import CourseError

__all__ = ["ChapterError", "problems", "unfinished", "where"]

_WIDGETS = "application/vnd.jupyter.widget-state+json"
_VIEW = "application/vnd.jupyter.widget-view+json"


class ChapterError(CourseError):
    """A cell or a widget of a chapter failed while it was executed."""


def unfinished(notebook) -> int:
    """The index of the code cell that was running."""
    begun = [
        index
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell.metadata.get("execution")
    ]
    return begun[-1] if begun else 0


def where(notebook, index: int) -> str:
    """Name a cell by its place and its first line."""
    source = notebook.cells[index].source.strip()
    first = source.splitlines()[0] if source else ""
    return f"cell {index + 1} ({first[:60]!r})"


def problems(notebook) -> Iterator[str]:
    """Each error in a cell's outputs or in a widget's state, as one line."""
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            wrong = _error_in(output)
            if wrong:
                yield f"{where(notebook, index)} failed: {wrong}"
    state = notebook.metadata.get("widgets", {}).get(_WIDGETS, {}).get("state", {})
    for model, widget in state.items():
        values = widget.get("state", {})
        wrong = values.get("error") or next(
            filter(None, map(_error_in, values.get("outputs") or ())), ""
        )
        if wrong:
            last = str(wrong).strip().splitlines()[-1]
            kind = widget.get("model_name", "widget")
            kind = values.get("_widget_name") or kind.removesuffix("Model")
            cell_index = _shown_in(notebook, state, model)
            place = "" if cell_index is None else f" of {where(notebook, cell_index)}"
            yield f"the {kind} widget{place} failed: {last}"


def _error_in(output) -> str:
    """The error that an output holds, or ``""``."""
    if output.get("output_type") == "error":
        return f"{output.get('ename')}: {output.get('evalue')}".splitlines()[0]
    text = output.get("text", "")
    text = "".join(text) if isinstance(text, list) else text
    if output.get("name") == "stderr" and "Traceback (most recent call last)" in text:
        return text.strip().splitlines()[-1]
    return ""


def _shown_in(notebook, state: dict, model: str) -> int | None:
    """The index of the cell that shows a widget, directly or inside another."""
    wanted = {model}
    while True:
        holders = {
            name
            for name, widget in state.items()
            if any(f"IPY_MODEL_{one}" in json.dumps(widget) for one in wanted)
        }
        if holders <= wanted:
            break
        wanted |= holders
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            if output.get("data", {}).get(_VIEW, {}).get("model_id") in wanted:
                return index
    return None
