"""What the boxes say comes in, outputs in the notebook's form come out, and no more."""

from __future__ import annotations

import io
import re

__all__ = [
    "OUTPUT_CHARACTERS",
    "Capped",
    "checked",
    "error_output",
    "has_error",
    "number_shown",
    "plain_head",
    "size_of",
]

_PICTURES = ("image/png", "image/jpeg")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
PICTURE_CHARACTERS = 400_000
OUTPUT_CHARACTERS = 20_000  # that one cell, or one call, prints


class Capped(io.StringIO):
    """A text that grows no longer than it may; what comes later is dropped."""

    def write(self, text):
        """Keep what still fits."""
        left = OUTPUT_CHARACTERS - self.tell()
        if left > 0:
            super().write(text[:left])
            if len(text) > left:
                super().write("\n[the rest of the output was cut off]\n")
        return len(text)


def plain_head(head: dict) -> dict:
    """What the student's side may say to the tests' side; nothing else passes."""
    kept = {
        k: v
        for k, v in head.items()
        if k in ("ask", "raised", "message", "unplain", "module")
    }
    kept = {k: _plain(v)[:2000] for k, v in kept.items()}
    if isinstance(head.get("handle"), int):
        kept["handle"] = head["handle"]
    for word in ("ok", "missing"):
        if head.get(word):
            kept[word] = True
    return {**kept, "out": checked(head.get("out"))}


def error_output(name: str, text: str) -> dict:
    """An error as a cell shows it."""
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [text]}


def has_error(outputs: list[dict]) -> bool:
    """Whether a test with these outputs gives no points."""
    return any(
        o["output_type"] == "error" or o.get("name") == "stderr" for o in outputs
    )


def number_shown(outputs: list[dict]) -> float | None:
    """The value of a cell's last line, where it is a number."""
    for output in outputs:
        if output["output_type"] == "execute_result":
            try:
                return float(output["data"].get("text/plain", ""))
            except ValueError:
                return None
    return None


def size_of(outputs: list[dict]) -> int:
    """How many characters these outputs have."""
    return sum(
        len(text)
        for o in outputs
        for text in (
            *(o.get("text", ""), o.get("evalue", "")),
            *(*o.get("traceback", ()), *o.get("data", {}).values()),
        )
    )


def checked(outputs) -> list[dict]:
    """Outputs in the notebook's form, whatever the process on the other side sent.

    Of what is displayed only text and pictures are kept: whatever else a notebook can
    hold would run, or look, in the browser of the instructor as the student likes.
    """
    kept = []
    for told in outputs if isinstance(outputs, list) else ():
        if not isinstance(told, dict) or len(kept) >= 100:
            continue
        kind = told.get("output_type")
        if kind == "stream":
            name = "stderr" if told.get("name") == "stderr" else "stdout"
            text = _plain(told.get("text", ""))[:25_000]
            kept.append({"output_type": "stream", "name": name, "text": text})
        elif kind == "error":
            lines = told.get("traceback")
            lines = lines if isinstance(lines, list) else []
            kept.append(
                {
                    "output_type": "error",
                    "ename": _plain(told.get("ename", ""))[:200],
                    "evalue": _plain(told.get("evalue", ""))[:2000],
                    "traceback": [_plain(line)[:4000] for line in lines[:60]],
                }
            )
        elif kind in ("display_data", "execute_result"):
            made = {"output_type": kind, "data": _data(told.get("data"))}
            made["metadata"] = {}
            if kind == "execute_result":
                made["execution_count"] = None
            kept.append(made)
    return kept


def _data(told) -> dict[str, str]:
    """The forms of one displayed thing that do nothing but show it."""
    told = told if isinstance(told, dict) else {}
    data = {}
    for kind in _PICTURES:
        picture = told.get(kind)
        short = isinstance(picture, str) and len(picture) <= PICTURE_CHARACTERS
        if short and _BASE64.fullmatch(picture):
            data[kind] = picture
    data["text/plain"] = _plain(told.get("text/plain", ""))[:25_000]
    return data


def _plain(text) -> str:
    """A text without halves of characters, which no file and no database takes."""
    return str(text).encode("utf-8", "replace").decode()
