"""Finished trials come in, one line of JSON each; a later search reads them back.

The first line says which search it is. A line is written whole as soon as its trial
ends, so that a search killed at any moment loses only what was under way.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from types import TracebackType

from tinyml_course.errors import DataError

__all__ = ["Journal"]


class Journal:
    """A file of finished trials, held by one search at a time.

    Parameters
    ----------
    path : str or Path
        The file; made if it is not there.
    header : dict
        Which search it belongs to. A journal with another header is refused.

    Attributes
    ----------
    records : list of dict
        The finished trials found in it.
    """

    def __init__(self, path: str | Path, header: dict[str, object]) -> None:
        self.path = Path(path)
        if self.path.exists() and not (self.path.is_file() or self.path.is_dir()):
            raise DataError(f"The journal {self.path} is no file. Give another path.")
        try:
            self._file = self.path.open("a+b")
        except OSError as error:
            raise DataError(
                f"The journal {self.path} cannot be opened: {error.strerror}. "
                "Give the path of a file in a folder that exists and can be written."
            ) from error
        try:
            self._lock()
            self.records = self._read(header)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()  # which also gives the lock back

    def add(self, record: dict[str, object]) -> None:
        """Write one finished trial."""
        try:
            self._file.write(json.dumps(record).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise DataError(
                f"The journal {self.path} cannot be written: {error.strerror}. What is "
                "in it stays; make room and run the same search again."
            ) from error

    def _lock(self) -> None:
        # The system takes the lock back when the process ends, however it ends.
        try:
            try:
                import fcntl
            except ImportError:  # Windows
                import msvcrt

                self._file.seek(1 << 30)  # a place that is never written
                msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DataError(
                f"Another search is writing to the journal {self.path}. Wait until it "
                "ends, or give this search a journal of its own."
            ) from error

    def _read(self, header: dict[str, object]) -> list[dict[str, object]]:
        first = json.dumps(header).encode()
        self._file.seek(0)
        text = self._file.read()
        lines = text.split(b"\n")
        tail = lines.pop()  # what a killed search left of its last line
        if not lines and first.startswith(tail):  # not even the first line is whole
            self._repair(0)
            self.add(header)
            return []
        records = []
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise ValueError(record)
            except ValueError as error:
                raise DataError(
                    f"Line {number:,} of {self.path} cannot be read, so it is no "
                    "journal of a search, or was changed. Give another path."
                ) from error
            records.append(record)
        if not records or "search" not in records[0]:
            raise DataError(
                f"{self.path} is no journal of a search. Give another path."
            )
        self._compare(records.pop(0), json.loads(first))
        if tail:
            with contextlib.suppress(ValueError):
                records.append(json.loads(tail))  # only its line end is missing
                self._file.write(b"\n")
                self._file.flush()
                return records
            self._repair(len(text) - len(tail))
        return records

    def _repair(self, size: int) -> None:
        self._file.seek(size)
        self._file.truncate()

    def _compare(self, found: dict[str, object], wanted: dict[str, object]) -> None:
        for key in {**wanted, **found}:
            theirs, ours = found.get(key), wanted.get(key)
            if theirs == ours:
                continue
            if key == "space":
                theirs, ours = _first_difference(theirs, ours)
            raise DataError(
                f"The journal {self.path} belongs to another search: its {key} is "
                f"{theirs}, here it is {ours}. Use the same, or another path."
            )


def _first_difference(theirs: list, ours: list) -> tuple[object, object]:
    if [name for name, _ in theirs] != [name for name, _ in ours]:
        return [name for name, _ in theirs], [name for name, _ in ours]
    return next(pair for pair in zip(theirs, ours, strict=True) if pair[0] != pair[1])
