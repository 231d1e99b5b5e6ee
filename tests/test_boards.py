"""Every board: its figures, its programs, and the same bytes on every core."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import qemu
from models import DIGITS, GOLDEN, vectors

from tinyml_course import boards, cli, device, graph, report
from tinyml_course.device import cycles
from tinyml_course.device.profile import model_functions
from tinyml_course.errors import BoardFault, BudgetError, CourseError

OTHERS = [name for name in boards.BOARDS if name != "nano33"]
MIXED = [DIGITS, *(p for p in GOLDEN if p.stem in ("arithmetic", "lstm_step", "means"))]


@pytest.fixture(scope="module", autouse=True)
def compiler_parts():
    """A core's first program has the compiler build its own parts: side by side."""
    program = {"main.c": "int main(void) { return 0; }"}
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda name: device.build(program, name), OTHERS))


def test_a_board_is_data_with_its_sources():
    for name, board in boards.BOARDS.items():
        assert board.name == name
        assert board.sources
        assert board.core in board.title
        assert board.flash_bytes % 1024 == board.ram_bytes % 1024 == 0
        if board.sleep_ua is not None:
            assert f"{board.sleep_ua:g} uA" in " ".join(board.sources)
            assert board.sleep_ua < 1000 * board.run_ma


def test_an_unknown_board_is_answered_with_the_known_ones():
    with pytest.raises(CourseError, match=r"'uno'.*nano33.*pico"):
        boards.get("uno")


def test_the_command_lists_the_boards(capsys):
    assert cli.main(["boards"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in boards.BOARDS)
    assert "Cortex-M0+" in said


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("path", MIXED, ids=lambda path: path.stem)
def test_a_model_gives_the_same_bytes_on_every_core(path, name):
    model = graph.read(path)
    x = vectors(model, 3)
    result = device.run_model(model, x, name)
    want, got = graph.invoke(model, *x), result.outputs
    if not isinstance(want, list):
        want, got = [want], [got]
    for a, b in zip(want, got, strict=True):
        np.testing.assert_array_equal(b, a)
    assert sum(row.instructions for row in result.profile) == max(result.invocations)
    assert result.cycles > result.instructions


ARITHMETIC = r"""
#include "board.h"
int scale = 3;
int main(void)
{
    volatile int64_t a = 1234567890123456789, b = -987654321;
    volatile float x = 3.5f;
    volatile double y = 2.25;
    board_printf("%d %d %d", (int)(a / b), (int)(x * 4.0f), (int)(y * y * 1000.0));
    return scale;
}
"""


@pytest.mark.parametrize("name", OTHERS)
def test_wide_and_fractional_numbers_without_their_instructions(name):
    result = device.run(device.build({"main.c": ARITHMETIC}, name))
    assert (result.uart, result.exit_code) == ("-1249999988 14 5062", 3)


@pytest.mark.parametrize("name", OTHERS)
def test_flash_and_ram_of_the_board_are_enforced(name):
    board = boards.get(name)
    big = f"volatile char huge[{board.ram_bytes + 4}]; int main(void) "
    with pytest.raises(BudgetError) as caught:
        device.build({"main.c": big + "{ return huge[5]; }"}, name)
    assert caught.value.available_bytes == board.ram_bytes
    null = "int main(void) { return *(volatile int *)4; }"
    end = hex(board.ram_origin + board.ram_bytes)
    beyond = f"int main(void) {{ return *(volatile int *){end}; }}"
    for text, kind in ((null, "null pointer"), (beyond, "bad address")):
        if board.flash_origin == 0 and text == null:
            continue
        with pytest.raises(BoardFault) as fault:
            device.run(device.build({"main.c": text}, name))
        assert fault.value.kind == kind


@pytest.mark.parametrize(
    ("core", "code", "want"),
    [
        ("cortex_m0plus", "0888", (2, 0)),  # ldrh r0, [r1]
        ("cortex_m0plus", "0868 4a68 8b68", (6, 0)),  # loads do not overlap
        ("cortex_m0plus", "0860", (2, 0)),  # str r0, [r1]
        ("cortex_m0plus", "f0b5", (6, 0)),  # push {r4-r7, lr}
        ("cortex_m0plus", "f0bd", (6, 2)),  # pop {r4-r7, pc}: 3 + N
        ("cortex_m0plus", "4843", (1, 0)),  # muls r0, r1
        ("cortex_m0plus", "fff7feff", (1, 2)),  # bl: 3
        ("cortex_m0plus", "7047", (1, 1)),  # bx lr: 2
        ("cortex_m3", "00fb0120", (2, 0)),  # mla r0, r0, r1, r2
        ("cortex_m3", "80fb0123", (4, 0)),  # smull
        ("cortex_m7", "00fb0120", (1, 0)),
    ],
)
def test_the_price_of_an_instruction_on_other_cores(core, code, want):
    assert cycles.price_block(bytes.fromhex(code), 0, core) == want


def test_a_bench_on_a_board_without_a_current_estimates_no_energy():
    row = report.bench(DIGITS, board="pico")
    assert row["fits"]
    assert row["board"] == "pico"
    assert row["energy_uj"] is None
    assert row["latency_ms"] == pytest.approx(row["cycles"] / 125_000)
    assert "gives no current" in boards.get("pico").energy_note


def test_the_same_model_costs_the_small_core_more_instructions():
    model = graph.read(DIGITS)
    x = vectors(model, 2)
    counts = {n: device.run_model(model, x, n).invocations[0] for n in boards.BOARDS}
    assert counts["nano33"] == counts["nucleo_l4r5zi"]
    assert counts["pico"] > counts["nucleo_l152re"] >= counts["nano33"]


@qemu.needed
@pytest.mark.parametrize(
    ("name", "machine"),
    [
        ("pico", "microbit"),  # a Cortex-M0: the same instructions
        ("nucleo_l152re", "mps2-an385"),
        ("teensy41", "mps2-an500"),
    ],
)
def test_bytes_and_instructions_of_every_core_equal_qemus(name, machine, tmp_path):
    places = {"flash_origin": 0, "flash_bytes": 256 * 1024, "ram_bytes": 16 * 1024}
    board = replace(boards.get(name), **places)  # where QEMU's machines have them
    model = graph.read(DIGITS)
    x = vectors(model, 3)[0]
    result = device.run_model(model, x, board)
    options = ("-M", machine)
    stdout, _, code = qemu.run(result.firmware.elf, x.tobytes(), tmp_path, *options)
    assert (stdout, code) == (result.stdout, 0)
    pcs = qemu.trace(result.firmware.elf, x[:1].tobytes(), tmp_path, *options)
    once = device.run(result.firmware, x[:1].tobytes())
    assert len(pcs) == once.instructions
    functions = list(model_functions(result.firmware))
    (call,) = qemu.attribute(pcs, result.firmware.symbols, functions)
    assert {row.function: row.instructions for row in once.profile} == call
