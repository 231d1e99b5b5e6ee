"""What a real core refuses and Unicorn lets pass; and bytes moved, counted twice."""

import numpy as np
import pytest
from models import DIGITS, GOLDEN, vectors

from tinyml_course import device, export, graph
from tinyml_course.device.emulator import execute
from tinyml_course.errors import BoardFault

PROGRAM = """
#include "board.h"
_Alignas(8) volatile unsigned char bytes[32];
__attribute__((noinline)) uint32_t guilty(volatile unsigned char *at)
{
    uint32_t got = 0, more = 0;
    __asm__ volatile("LOAD" : "+l"(got), "+l"(more) : "l"(at) : "s0", "memory");
    return got;
}
int main(void) { return (int)guilty(bytes + OFFSET) & 1; }
"""
ON_PICO = ("model", "arithmetic", "lstm_step", "means", "separable")
WHOLE = [("ldrd %0, %1, [%2]", 1), ("vldr s0, [%2]", 2), ("ldmia %2, {%0, %1}", 2)]


def program(load, offset, board):
    text = PROGRAM.replace("LOAD", load).replace("OFFSET", str(offset))
    if board == "pico":
        text = text.replace(' : "s0", "memory"', ' : "memory"')
    return device.build({"main.c": text}, board)


@pytest.mark.parametrize(
    ("board", "load", "offset"),
    [
        *(("nano33", *case) for case in WHOLE),
        ("pico", "ldr %0, [%2]", 2),
        ("pico", "strh %0, [%2]", 1),
        ("pico", "ldmia %2!, {%0, %1}", 2),
    ],
)
def test_what_the_core_refuses_is_a_fault_of_a_strict_run(board, load, offset):
    built = program(load, offset, board)
    device.run(built)  # the emulator alone lets it pass
    with pytest.raises(BoardFault, match=r"Unaligned .*in guilty .*Cortex-M") as caught:
        device.run(built, strict=True)
    assert caught.value.kind == "unaligned"
    assert caught.value.address % 4 == offset
    assert device.run(program(load, 4, board), strict=True).exit_code == 0


@pytest.mark.parametrize(
    ("load", "offset"), [("ldr %0, [%2]", 1), ("strh %0, [%2]", 3)]
)
def test_what_an_m4_allows_is_no_fault(load, offset):
    assert device.run(program(load, offset, "nano33"), strict=True).exit_code == 0


@pytest.mark.parametrize("path", [*GOLDEN, DIGITS], ids=lambda path: path.stem)
def test_generated_c_never_moves_a_word_unaligned(path):
    model = graph.read(path)
    x = vectors(model, 2)
    want = device.run_model(model, x)
    for board in ("pico", "nano33") if path.stem in ON_PICO else ("nano33",):
        strict = device.run_model(model, x, board, strict=True)
        assert strict.stdout == want.stdout


@pytest.mark.parametrize("board", ["nano33", "pico", "teensy41"])
@pytest.mark.parametrize("path", [DIGITS, GOLDEN[0]], ids=lambda path: path.stem)
def test_bytes_moved_equal_what_is_seen_moving(path, board):
    model = graph.read(path)
    firmware = device.build_model(export.to_c(model), board=board)
    stdin = b"".join(x[:1].tobytes() for x in vectors(model, 2))
    layers = [name for name in firmware.symbols if name.startswith("model_layer")]
    ended, counter, _ = execute(firmware, stdin, {}, 0, 10**8, strict=True)
    counter.close()
    rows = device.run(firmware, stdin, layers=layers).profile
    counted = np.sum([(row.loaded_bytes, row.stored_bytes) for row in rows], axis=0)
    assert tuple(counted) == ended.moved_bytes
