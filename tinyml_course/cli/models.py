"""The commands about models: compile, verify, bench, boards."""

from __future__ import annotations

import argparse
import json

__all__ = ["bench_model", "compile_model", "list_boards", "verify_model"]


def compile_model(options: argparse.Namespace) -> int:
    """``tinyml compile``: write a model for a target."""
    from tinyml_course import deploy

    values = deploy.values(options.io, options.labels, options.mean, options.std)
    place = (options.out, options.name, options.board)
    written = deploy.write(options.target, options.model, *place, values=values)
    total = sum(path.stat().st_size for path in written)
    print(f"{options.out}: {len(written)} files, {total:,} bytes written.")
    return 0


def _inputs(options: argparse.Namespace):
    """The arrays x and y of --inputs, or None and None."""
    if options.inputs is None:
        return None, None
    from tinyml_course import graph, vectors

    return vectors.load(options.inputs, graph.read(options.model))


def verify_model(options: argparse.Namespace) -> int:
    """``tinyml verify``: hold compiled C against TFLM; 1 where they differ."""
    from tinyml_course import verify

    inputs, y = _inputs(options)
    result = verify.verify(options.model, inputs, y=y, c_dir=options.c)
    if options.json:
        print(json.dumps(result))
    else:
        for note in result["notes"]:
            print(f"Note: {note}.")
        if result["mismatches"]:
            stages = [name for name, n in result["stages"].items() if n]
            print(
                f"NOT equal: {result['mismatches']:,} of {result['outputs']:,} output "
                f"bytes differ from {result['oracle']} (worst by {result['worst']}; "
                f"in: {', '.join(stages)}), {result['inputs']} inputs."
            )
        else:
            within = f" within {result['worst']} ulp" if result["worst"] else ""
            print(
                f"Equal{within}: {result['outputs']:,} output bytes of "
                f"{result['inputs']} inputs are those of {result['oracle']}."
            )
    return int(bool(result["mismatches"]))


def bench_model(options: argparse.Namespace) -> int:
    """``tinyml bench``: what a model costs."""
    from tinyml_course import report

    inputs, _ = _inputs(options)
    row = report.bench(
        options.model, inputs, board=options.board, profile=options.profile
    )
    if options.json:
        print(json.dumps(row))
    elif row["fits"]:
        for title, text, kind in _figures(row):
            print(f"{title:<22}{text:>14}  {kind}")
        _print_published(options.model, row)
        if options.profile:
            print()
            print(report.profile_table(row["profile"]))
    else:
        print(row["reason"])
    return 0


def _print_published(model: str, row: dict) -> None:
    """For a model of MLPerf Tiny on its core and clock: what others measured."""
    from tinyml_course import boards, graph, mlperf

    board = boards.get(row["board"])
    known = mlperf.published(graph.read(model).sha256)
    if known and (board.cpu, board.clock_hz) == ("cortex_m4", mlperf.CLOCK_HZ):
        print(f"{'':<38}{known.beside(row['latency_ms'])}")


def _figures(row: dict) -> list[tuple[str, str, str]]:
    """Rows to print: title, value with its unit, and how the figure came about."""
    from tinyml_course import boards

    note = boards.get(row["board"]).energy_note
    figures = [
        ("flash", "flash_bytes", "B", "counted"),
        ("  of it start-up", "overhead_bytes", "B", "counted"),
        ("RAM", "ram_bytes", "B", "counted"),
        ("  of it arena", "arena_bytes", "B", "counted"),
        (
            "  at least",
            "arena_bound_bytes",
            "B",
            "counted: what its fullest step needs",
        ),
        ("  of it stack", "stack_bytes", "B", "measured, high-water"),
        ("TFLM's arena", "tflm_arena_bytes", "B", "counted"),
        ("MACs", "macs", "", "counted"),
        ("instructions", "instructions", "", "counted, the largest over the inputs"),
        ("cycles", "cycles", "", "estimated from the core's cycles per instruction"),
        ("latency", "latency_ms", "ms", "estimated: cycles / clock"),
        ("energy", "energy_uj", "µJ", f"estimated: {note}"),
    ]
    rows = []
    for title, key, unit, kind in figures:
        if row[key] is not None:
            value = f"{row[key]:,.2f}" if isinstance(row[key], float) else None
            rows.append((title, f"{value or format(row[key], ',')} {unit:<2}", kind))
        elif key == "energy_uj":
            rows.append((title, f"-{unit:>3}", note))
    return rows


def list_boards(options: argparse.Namespace) -> int:
    """``tinyml boards``: the boards that are known."""
    from tinyml_course.boards import BOARDS

    print(f"{'name':<15}{'core':<12}{'clock':>8}{'flash':>10}{'RAM':>8}  board")
    for board in BOARDS.values():
        clock = f"{board.clock_hz / 1e6:g} MHz"
        flash, ram = board.flash_bytes // 1024, board.ram_bytes // 1024
        sizes = f"{clock:>8}{f'{flash:,} kB':>10}{f'{ram} kB':>8}"
        print(f"{board.name:<15}{board.core:<12}{sizes}  {board.title}")
    return 0
