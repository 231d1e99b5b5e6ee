"""What the pages show about the digit model, computed when the book is built."""

from __future__ import annotations

from tinyml_course import boards, datasets, graph, report, verify
from tinyml_course.graph.schema import KINDS

__all__ = ["digit_model", "hero", "operators"]


def _step(name: str, figure: str) -> str:
    return f"<li><strong>{name}</strong><span>{figure}</span></li>"


def _bar(name: str, used: int, whole: int) -> str:
    percent = 100 * used / whole
    text = f"{name}: {used:,} of {whole:,} bytes, {percent:.1f} %"
    return (
        f'<div class="memory"><span>{text}</span><div class="track">'
        f'<div style="width: {max(percent, 0.4):.2f}%"></div></div></div>'
    )


def hero() -> str:
    """The digit model on its way to the board, as an HTML figure."""
    path = datasets.model_path("digits_cnn")
    model, cost = graph.read(path), report.bench(path)
    board = boards.get("nano33")
    steps = [
        _step("A drawing", "64 pixels"),
        _step("A network", f"{model.macs:,} multiply-adds"),
        _step("int8 .tflite", f"{model.file_bytes:,} bytes"),
        _step("C", "no interpreter"),
        _step("Firmware", f"{cost['flash_bytes']:,} bytes of flash"),
        _step("An answer", f"after {cost['latency_ms']:.0f} ms (estimated)"),
    ]
    bars = [
        _bar("Flash", cost["flash_bytes"], board.flash_bytes),
        _bar("RAM", cost["ram_bytes"], board.ram_bytes),
    ]
    return (
        '<figure class="hero"><ol class="path">'
        + "".join(steps)
        + "</ol>"
        + "".join(bars)
        + "<figcaption>The digit model below, on its way to the board: "
        f"{cost['instructions']:,} instructions for one digit. Bytes and instructions "
        "are counted on the emulated board.</figcaption></figure>\n"
    )


def digit_model() -> str:
    """Cost and agreement of the digit model, as MyST."""
    path = datasets.model_path("digits_cnn")
    cost, agreed = report.bench(path), verify.verify(path)
    if agreed["mismatches"]:
        raise SystemExit("The digit model's C does not equal TFLM; see tinyml verify.")
    rows = [
        ("flash", f"{cost['flash_bytes']:,} bytes", "counted"),
        ("RAM", f"{cost['ram_bytes']:,} bytes, stack included", "counted"),
        ("instructions", f"{cost['instructions']:,} for one picture", "counted"),
        ("latency at 64 MHz", f"{cost['latency_ms']:.1f} ms", "estimated"),
        ("energy", f"{cost['energy_uj']:.0f} microjoules", "estimated"),
    ]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return (
        f"Yes. On {agreed['inputs']} inputs the C on this book's computer, the "
        f"firmware on the board and the reference ({agreed['oracle']}) gave the same "
        f"{agreed['outputs']:,} bytes each. On the board the model costs:\n\n"
        f"| what | on a Nano 33 BLE Sense | how we know |\n|---|---|---|\n{table}\n"
    )


def operators() -> str:
    """The operators that compile, as a sentence."""
    return f"Operators: {', '.join(sorted(KINDS))}.\n"
