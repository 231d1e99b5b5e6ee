"""What the pages show about the digit model, computed when the book is built."""

from __future__ import annotations

import io

from matplotlib import pyplot as plt

from tinyml_course import (
    boards,
    datasets,
    device,
    export,
    graph,
    mlperf,
    pictures,
    plots,
    report,
    verify,
)
from tinyml_course.graph.schema import KINDS

__all__ = [
    "board_table",
    "digit_model",
    "energy_table",
    "hero",
    "memory",
    "mlperf_table",
    "operators",
    "profile_table",
]


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


def _table(titles: tuple[str, ...], rows) -> str:
    """A MyST table: text to the left in the first column, figures to the right."""
    lines = [titles, ("---", *["---:"] * (len(titles) - 1)), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def board_table() -> str:
    """Every board with its limits and sources, and what the digit model costs there."""
    rows, notes = [], []
    for board in boards.BOARDS.values():
        cost = report.bench(datasets.model_path("digits_cnn"), board=board)
        rows.append(
            (
                f"`{board.name}`",
                board.core,
                f"{board.clock_hz / 1e6:g} MHz",
                f"{board.flash_bytes // 1024:,} kB",
                f"{board.ram_bytes // 1024:,} kB",
                f"{cost['instructions']:,}",
                f"{cost['latency_ms']:.2f} ms",
            )
        )
        sources = ". ".join(board.sources)
        notes.append(f"* **{board.name}**: {board.title}. {sources}.\n")
    titles = ("board", "core", "clock", "flash", "RAM", "instructions", "latency")
    return (
        _table(titles, rows)
        + "\nInstructions (counted) and latency (estimated) are the digit model's. "
        "Where the figures of the boards are from:\n\n" + "".join(notes)
    )


def profile_table() -> str:
    """The digit model's profile, layer by layer."""
    row = report.bench(datasets.model_path("digits_cnn"), profile=True)
    table = report.profile_table(row["profile"])
    return _table(table.titles, table.rows)


def energy_table() -> str:
    """What an energy estimate assumes for each board, and the digit model's."""
    rows = []
    for board in boards.BOARDS.values():
        cost = report.bench(datasets.model_path("digits_cnn"), board=board)
        energy = cost["energy_uj"]
        shown = "-" if energy is None else f"{energy:.0f} µJ"
        rows.append((f"`{board.name}`", board.energy_note, shown))
    return _table(("board", "formula", "digit model (estimated)"), rows)


def mlperf_table() -> str:
    """Cycles for each MAC: the course's model (estimated), MLPerf Tiny (published)."""
    board = boards.get("nucleo_l4r5zi")
    cost = report.bench(datasets.model_path("digits_cnn"), board=board)
    ours = cost["cycles"] / cost["macs"]
    rows = [
        (
            "this course's digit model",
            f"{cost['macs']:,}",
            f"{cost['latency_ms']:.2f} ms (estimated)",
            f"{ours:.2f}",
            "",
        )
    ]
    for one in mlperf.RESULTS:
        for ms, by in ((one.tflm_ms, "TFLM"), (one.best_ms, one.best_by)):
            cycles = one.cycles_per_mac(ms)
            cells = (
                f"{ms:g} ms (published)",
                f"{cycles:.2f}",
                f"{ours / cycles:.1f} x",
            )
            rows.append((f"{one.title}, {by}", f"{one.macs:,}", *cells))
    titles = ("model", "MACs", "latency at 120 MHz", "cycles per MAC", "ours to it")
    return (
        _table(titles, rows)
        + "\nPublished: MLCommons, MLPerf Tiny, rounds v0.5 (TFLM), v1.1 (Plumerai) "
        "and v1.2 (X-CUBE-AI).\n"
    )


def _svg(figure) -> str:
    """A figure as SVG text, the same at each build."""
    file = io.StringIO()
    with plt.rc_context({"svg.hashsalt": "book"}):
        figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
    return file.getvalue()


def memory() -> dict[str, str]:
    """The digit model's arena, flash and RAM: two figures and the MyST to show them."""
    plots.use_style()
    model = graph.read(datasets.model_path("digits_cnn"))
    cost = report.bench(datasets.model_path("digits_cnn"))
    firmware = device.build_model(export.to_c(model))
    plan, stack = model.plan, cost["stack_bytes"]
    parts = pictures.flash_by_layer(firmware, model)
    largest = max(parts, key=lambda part: sum(parts[part].values()))
    shown = {
        "memory_plan": (
            pictures.memory_plan(model),
            f"Boxes for {len(plan.lives)} activations: upward the bytes of the arena "
            f"that each takes, to the right the layers it lives through. The arena is "
            f"{plan.arena_bytes:,} bytes; the fullest layer needs "
            f"{plan.lower_bound_bytes:,}.",
        ),
        "memory_budget": (
            pictures.budget(firmware, model, stack),
            f"Bars of flash by layer, {firmware.flash_bytes:,} bytes in all, the "
            f"longest is {largest}; below, a bar of RAM: arena {plan.arena_bytes:,}, "
            f"stack {stack:,} bytes.",
        ),
    }
    files = {}
    for name, (figure, alt) in shown.items():
        files[f"generated/{name}.svg"] = _svg(figure)
        files[f"generated/{name}.md"] = (
            f"```{{image}} /generated/{name}.svg\n:alt: {alt}\n:class: on-white\n```\n"
        )
    return files
