"""What the boxes say comes in, outputs in the notebook's form come out, and no more."""

from __future__ import annotations

__all__ = ["checked", "error_output", "has_error", "plain_head"]


def plain_head(head: dict) -> dict:
    """What the student's side may say to the tests' side; nothing else passes."""
    kept = {
        k: v for k, v in head.items() if k in ("ask", "raised", "message", "unplain")
    }
    kept = {k: str(v)[:2000] for k, v in kept.items()}
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


def checked(outputs) -> list[dict]:
    """Outputs in the notebook's form, whatever the process on the other side sent."""
    kept = []
    for told in outputs if isinstance(outputs, list) else ():
        if not isinstance(told, dict) or len(kept) >= 100:
            continue
        kind = told.get("output_type")
        if kind == "stream":
            name = "stderr" if told.get("name") == "stderr" else "stdout"
            text = str(told.get("text", ""))[:25_000]
            kept.append({"output_type": "stream", "name": name, "text": text})
        elif kind == "error":
            lines = told.get("traceback")
            lines = lines if isinstance(lines, list) else []
            kept.append(
                {
                    "output_type": "error",
                    "ename": str(told.get("ename", ""))[:200],
                    "evalue": str(told.get("evalue", ""))[:2000],
                    "traceback": [str(line)[:4000] for line in lines[:60]],
                }
            )
        elif kind in ("display_data", "execute_result"):
            data = told.get("data")
            data = data if isinstance(data, dict) else {}
            data = {str(k)[:60]: v for k, v in data.items() if isinstance(v, str)}
            made = {"output_type": kind, "data": data, "metadata": {}}
            if kind == "execute_result":
                made["execution_count"] = None
            kept.append(made)
    return kept
