"""Frames between the processes of grading: a small head as JSON, a payload of bytes."""

from __future__ import annotations

import json
import select
import socket
import time

from tinyml_course.errors import CourseError

__all__ = ["Gone", "Late", "Wire"]

HEAD_BYTES = 1_000_000
PAYLOAD_BYTES = 128_000_000


class Gone(CourseError):
    """The other end has closed, died, or talks nonsense."""


class Late(CourseError):
    """Nothing came before the time was up."""


class Wire:
    """One end of a connection that carries frames.

    >>> ours, theirs = socket.socketpair()
    >>> Wire(ours).send({"do": "cell"}, b"x = 1")
    >>> Wire(theirs).receive()
    ({'do': 'cell'}, b'x = 1')
    """

    def __init__(self, end: socket.socket):
        self.socket = end

    def send(self, head: dict, payload: bytes = b"") -> None:
        """Send one frame; Gone if nobody is there to take it."""
        text = json.dumps(head).encode()
        sizes = len(text).to_bytes(4, "little") + len(payload).to_bytes(8, "little")
        try:
            self.socket.sendall(sizes + text + payload)
        except OSError as error:
            raise Gone(f"Nobody takes what is sent ({error}).") from None

    def receive(self, deadline: float | None = None) -> tuple[dict, bytes]:
        """The next frame: its head and its payload.

        Raises
        ------
        Late
            If it is not here at ``deadline``, a time of ``time.monotonic()``.
        Gone
            If the other end is closed, or sends what is no frame or too large.
        """
        sizes = self._bytes(12, deadline)
        head = int.from_bytes(sizes[:4], "little")
        payload = int.from_bytes(sizes[4:], "little")
        if head > HEAD_BYTES or payload > PAYLOAD_BYTES:
            raise Gone(f"A message of {head + payload:,} bytes is too large.")
        try:
            told = json.loads(self._bytes(head, deadline))
        except (ValueError, RecursionError):
            raise Gone("What came is no message.") from None
        if not isinstance(told, dict):
            raise Gone("What came is no message.")
        return told, self._bytes(payload, deadline)

    def _bytes(self, count: int, deadline: float | None) -> bytes:
        parts, left = [], count
        while left:
            if deadline is not None:
                wait = deadline - time.monotonic()
                if wait <= 0 or not select.select([self.socket], [], [], wait)[0]:
                    raise Late("Time is up.")
            try:
                part = self.socket.recv(min(left, 1 << 20))
            except OSError as error:
                raise Gone(f"The connection broke ({error}).") from None
            if not part:
                raise Gone("The other end has closed.")
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Close this end; the other one then finds it gone."""
        self.socket.close()
