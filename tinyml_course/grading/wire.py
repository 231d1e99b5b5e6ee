"""Frames between the processes of grading: a small head as JSON, a payload of bytes."""

from __future__ import annotations

import json
import select
import socket
import time

from tinyml_course.errors import CourseError

__all__ = ["Gone", "Late", "Wire", "heard"]

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

    def send(
        self, head: dict, payload: bytes = b"", deadline: float | None = None
    ) -> None:
        """Send one frame.

        Raises
        ------
        Late
            If it is not taken by ``deadline``, a time of ``time.monotonic()``.
        Gone
            If nobody is there to take it.
        """
        text = json.dumps(head).encode()
        sizes = len(text).to_bytes(4, "little") + len(payload).to_bytes(8, "little")
        if deadline is not None:
            deadline = max(0.05, deadline - time.monotonic())
        try:
            self.socket.settimeout(deadline)
            self.socket.sendall(sizes + text + payload)
            self.socket.settimeout(None)
        except TimeoutError:
            raise Late("Nobody takes what is sent.") from None
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
        content = self._bytes(head + payload, deadline)
        try:
            told = json.loads(content[:head])
        except (ValueError, RecursionError):
            raise Gone("What came is no message.") from None
        if not isinstance(told, dict):
            raise Gone("What came is no message.")
        return told, content[head:]

    def _bytes(self, count: int, deadline: float | None) -> bytes:
        parts, left = [], count
        how = 0 if deadline is None else socket.MSG_DONTWAIT
        while left:
            if deadline is not None and time.monotonic() >= deadline:
                raise Late("Time is up.")
            try:
                part = self.socket.recv(min(left, 1 << 20), how)
            except BlockingIOError:
                wait = max(0.0, deadline - time.monotonic())
                select.select([self.socket], [], [], wait)
                continue
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


def heard(wire: Wire, deadline: float) -> tuple[dict, bytes]:
    """The next frame; that a process broke down is as if it had gone."""
    head, payload = wire.receive(deadline)
    if "broken" in head:
        raise Gone(str(head["broken"]))
    return head, payload
