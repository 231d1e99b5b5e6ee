"""Real source code, character by character: files of Python's standard library.

The committed ``code.npz`` is the truth; :func:`collect` makes it from an installation
of Python 3.11, other patch releases of which differ in a few lines.
"""

from __future__ import annotations

import sysconfig
from pathlib import Path

import numpy as np

from tinyml_course.datasets.base import Dataset, card, folder
from tinyml_course.errors import DataError

__all__ = ["FILES", "ROW", "collect", "load", "prepared", "stored"]

FILES = tuple(
    """
    bdb calendar cgi compileall configparser contextlib csv dataclasses fileinput
    gettext imaplib mimetypes modulefinder pathlib pkgutil plistlib poplib posixpath
    pprint selectors shutil smtplib socket sysconfig tempfile threading traceback
    warnings weakref zipimport
    """.split()
)
"""Modules without a licence of their own, and none that is a copy of another."""

ROW = 128
"""Characters in a row."""

_TEST_FILES = 6


def prepared(text: str) -> str:
    r"""The text with each four spaces at the head of a line as one tab.

    >>> prepared("def f():\n    return 1  # one\n")
    'def f():\n\treturn 1  # one\n'
    """
    lines = []
    for line in text.replace("\t", "    ").replace("\f", "").split("\n"):
        body = line.lstrip(" ")
        tabs, spaces = divmod(len(line) - len(body), 4)
        lines.append("\t" * tabs + " " * spaces + body.rstrip())
    return "\n".join(lines)


def collect() -> dict[str, str]:
    """The modules of this Python's standard library, prepared: ``{name: text}``.

    Raises
    ------
    DataError
        If this installation of Python comes without one of them.

    >>> "import" in collect()["csv"]
    True
    """
    place = Path(sysconfig.get_paths()["stdlib"])
    texts = {}
    for name in FILES:
        path = place / f"{name}.py"
        if not path.is_file():
            raise DataError(
                f"This Python has no module {name} in its standard library; the "
                "collection is of Python 3.11. The committed code.npz needs no Python."
            )
        texts[name] = prepared(path.read_text(encoding="ascii"))
    return texts


def stored() -> dict[str, str]:
    r"""The committed modules: ``{name: text}``.

    >>> stored()["csv"].count("\t") > 100
    True
    """
    with np.load(folder("code") / "code.npz") as kept:
        text = kept["text"].tobytes().decode("ascii")
        ends = np.cumsum(kept["lengths"]).tolist()
    starts = [0, *ends]
    return {name: text[a:b] for name, a, b in zip(FILES, starts, ends, strict=False)}


def load(seed: int) -> Dataset:
    """Rows of 128 characters with the character that follows each, as numbers."""
    texts = stored()
    letters = sorted(set("".join(texts.values())))
    number = np.zeros(128, np.uint8)
    for place, letter in enumerate(letters):
        number[ord(letter)] = place
    rows, files = [], []
    for which, text in enumerate(texts.values()):
        told = number[np.frombuffer(text.encode("ascii"), np.uint8)]
        count = (len(told) - 1) // ROW
        rows.append(
            np.stack([told[s : s + count * ROW].reshape(count, ROW) for s in (0, 1)])
        )
        files.append(np.full(count, which))
    x, y = np.concatenate(rows, axis=1)
    groups = np.concatenate(files)
    test = np.random.default_rng(seed).permutation(len(FILES))[:_TEST_FILES]
    held = np.isin(groups, test)
    return Dataset(
        name="code",
        x_train=x[~held],
        y_train=y[~held],
        x_test=x[held],
        y_test=y[held],
        labels=tuple(letters),
        card=card("code"),
        groups_train=groups[~held],
        groups_test=groups[held],
    )
