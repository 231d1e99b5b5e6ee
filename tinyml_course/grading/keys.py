"""A key and an assignment come in; the numbers of a course of one's own come out.

The repository is public, and so are the numbers in its hidden tests. In a course made
with a key they are others, that nobody without the key can know: lines of the form
``hidden_seed = 31`` in hidden tests, from which those tests draw all their data, each
another; ``hidden_seed_of_all = 7`` where several hidden tests of an assignment share
what they draw: there it is one number for all of them; and the line ``COURSE = 0`` that
goes into every student's data and may be seen.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import re
import secrets
from pathlib import Path

from tinyml_course.errors import DataError

__all__ = ["drawn", "keyed", "read_key"]

KEY_BYTES = 32
_NUMBER = re.compile(r"(?m)^(hidden_seed|hidden_seed_of_all|COURSE) = \d+\b")


def read_key(path: Path) -> bytes:
    """The key of a course, from its file; where there is no file, it is made.

    Parameters
    ----------
    path : Path
        A text file of 64 hexadecimal digits, for nobody but the instructors.

    Returns
    -------
    bytes
        32 of them.

    Raises
    ------
    DataError
        If the file holds anything else, or cannot be read or made.
    """
    path = Path(path)
    try:
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(KEY_BYTES) + "\n", "ascii")
        with path.open("rb") as file:
            text = file.read(1001)
        text = text.strip() if len(text) <= 1000 else text  # else it is no line
    except OSError as error:
        raise DataError(
            f"The key {path} cannot be read: {error.strerror or error}. Name a text "
            "file, or one that is not there yet: then it is made."
        ) from None
    if not re.fullmatch(rb"[0-9a-fA-F]{%d}" % (2 * KEY_BYTES), text):
        raise DataError(
            f"{path} is no key: expected {2 * KEY_BYTES} hexadecimal digits and "
            f"nothing else, received {len(text)} bytes of another kind. Name a file "
            "that is not there yet, and a key is made."
        )
    return bytes.fromhex(text.decode())


def drawn(key: bytes, *names: str | int) -> int:
    """A number from 2³⁰ to 2³¹-1 that without the key nobody can tell for these names.

    HMAC-SHA256 (RFC 2104) of the names.

    Examples
    --------
    >>> drawn(b"a key", "ps03", "forward-any", 0)
    1941379209
    """
    told = "\0".join(map(str, names)).encode()
    digest = hmac.new(key, told, hashlib.sha256).digest()
    return 2**30 + int.from_bytes(digest[:8], "big") % 2**30


def keyed(notebook, name: str, key: bytes):
    """The solution version of an assignment, with the numbers that belong to a key.

    Parameters
    ----------
    notebook : NotebookNode
        As in the repository; it stays as it is.
    name : str
        Of the assignment.
    key : bytes
        As :func:`read_key` gives it.

    Returns
    -------
    NotebookNode
        A copy. What draws nothing is the same in it.
    """
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        item = cell.metadata.get("nbgrader", {}).get("grade_id")
        if cell.cell_type != "code" or not item:
            continue
        count = 0

        def number(found, item=item):
            nonlocal count
            what = found[1]  # one for the assignment
            if what == "hidden_seed":
                count += 1
                what = f"{item}/{count}"
            return f"{found[1]} = {drawn(key, name, what)}"

        cell.source = _NUMBER.sub(number, cell.source)
    return notebook
