"""Titles and rows of text come in, a table for a notebook or a terminal comes out."""

from __future__ import annotations

import html
from dataclasses import dataclass

__all__ = ["Table"]


@dataclass(frozen=True)
class Table:
    """Rows of figures side by side; shows itself in a notebook and as text.

    >>> print(Table(("model", "bytes"), (("a", "1,000"), ("bb", "20")), note="Small."))
    model  bytes
    a      1,000
    bb        20
    Small.
    """

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def __str__(self) -> str:
        lines = [self.titles, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.titles))]
        text = [
            "  ".join(
                cell.ljust(w) if i == 0 else cell.rjust(w)
                for i, (cell, w) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        ]
        return "\n".join([*text, self.note] if self.note else text)

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(t)}</th>' for t in self.titles)
        body = "".join(
            f'<tr><th scope="row">{html.escape(row[0])}</th>'
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
            + "</tr>"
            for row in self.rows
        )
        note = f"<caption>{html.escape(self.note)}</caption>" if self.note else ""
        return (
            f'<table class="tinyml-table">{note}<thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table>"
        )
