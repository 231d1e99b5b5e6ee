"""The timer's interrupt: samples while a model runs, exact counts, QEMU's opinion."""

import doctest
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import qemu
from models import DIGITS

from tinyml_course import boards, device, export, graph
from tinyml_course.errors import BoardFault

PAGE = Path(__file__).parents[1] / "book" / "engineers" / "boards.md"
WINDOW, WINDOWS, OUTPUTS = 64, 8, 10


@pytest.fixture(scope="module")
def digits():
    return graph.read(DIGITS)


def sampler(model, period=16000, ring=256):
    """The program of the engineers' page."""
    text = re.search(r"```c\n(#include \"board.h\".*?)```", PAGE.read_text(), re.S)[1]
    text = text.replace("PERIOD = 16000", f"PERIOD = {period}")
    text = text.replace("RING = 256", f"RING = {ring}")
    return {**export.to_c(model, "digits"), "main.c": text}


def split(stdout):
    """Samples ``(windows, 64)`` and answers ``(windows, 10)`` that it wrote."""
    rows = np.frombuffer(stdout, np.int8).reshape(WINDOWS, WINDOW + OUTPUTS)
    return rows[:, :WINDOW], rows[:, WINDOW:]


def expected(count):
    return (7 * np.arange(count)).astype(np.int8)


@pytest.mark.parametrize("name", boards.BOARDS)
def test_samples_arrive_in_order_while_the_model_runs(digits, name):
    program = device.build(sampler(digits), name)
    result = device.run(program, name="digits", operators=digits.operators)
    samples, answers = split(result.stdout)
    np.testing.assert_array_equal(samples.ravel(), expected(WINDOWS * WINDOW))
    x = samples.reshape(WINDOWS, 8, 8, 1)
    np.testing.assert_array_equal(answers, graph.invoke(digits, x))
    lost, waiting, late = map(int, re.findall(r"\d+", result.uart))
    assert (lost, result.timer.lost) == (0, 0)
    assert 0 < waiting < WINDOW  # the deadline is kept
    assert result.timer.ticks == result.timer.handled >= WINDOWS * WINDOW
    assert 12 < result.timer.worst_late_cycles < late < 300

    alone = device.run_model(digits, x, name)
    np.testing.assert_array_equal(result.invocations, alone.invocations)
    for with_timer, without in zip(result.profile, alone.profile, strict=True):
        same = replace(with_timer, function=without.function)
        assert same == without
    assert result.stack_bytes >= alone.stack_bytes + 32


def test_the_python_of_the_page_runs_as_printed(digits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.c").write_text(sampler(digits)["main.c"])
    (text,) = re.findall(r"(?s)```python\n(.*?)```", PAGE.read_text())
    example = doctest.DocTestParser().get_doctest(text, {}, "page", "", 0)
    said = []
    assert doctest.DocTestRunner().run(example, out=said.append).failed == 0, said


def test_a_model_too_slow_for_its_samples_loses_some_and_says_so(digits):
    program = device.build(sampler(digits, period=4000))
    result = device.run(program, name="digits")
    lost, waiting, _ = map(int, re.findall(r"\d+", result.uart))
    assert lost > 0
    assert waiting == 256
    assert result.timer.lost == 0  # the interrupt itself kept up


@qemu.needed
def test_the_same_firmware_samples_the_same_under_qemu(digits, tmp_path):
    program = device.build(sampler(digits))
    result = device.run(program, name="digits")
    ours = qemu.run(program.elf, b"", tmp_path, "-icount", "shift=6")
    assert (ours[0], ours[2]) == (result.stdout, 0)
    assert ours[1].startswith("lost 0, ")


FLOATS = r"""
#include "board.h"
static volatile float noise;
static volatile uint32_t ticks;
void board_tick(void)
{
    ticks++;
    noise = noise * 1.5f + (float)ticks;
    __asm__ volatile("cmp %0, #3" : : "r"(ticks) : "cc"); /* spoils the flags */
}
__attribute__((noinline)) float work(int n)
{
    float a = 0.0f, b = 1.0f;
    for (int i = 1; i < n; i++) {
        a += b / (float)i;
        b = -b;
        if (a > 0.7f)
            a -= 0.0001f;
    }
    return a;
}
int main(void)
{
    START
    const float a = work(20000);
    board_timer_stop();
    board_write(&a, sizeof a);
    board_print_int(ticks > 100);
    return 0;
}
"""


@pytest.mark.parametrize("name", ["nano33", "teensy41", "nucleo_l152re"])
def test_an_interrupt_disturbs_no_register_and_no_flag(name):
    both = [
        device.run(
            device.build({"main.c": FLOATS.replace("START", start)}, name),
            layers=["work"],
        )
        for start in ("board_timer_start(501);", "")
    ]
    assert both[0].stdout == both[1].stdout
    assert (both[0].uart, both[1].uart) == ("1", "0")
    assert both[1].timer is None
    rows = [{row.function: row for row in result.profile} for result in both]
    assert rows[0]["work"].instructions == rows[1]["work"].instructions
    assert rows[0]["work"].cycles == rows[1]["work"].cycles
    timer, row = both[0].timer, rows[0]["board_tick"]
    assert (row.instructions, row.cycles) == (timer.instructions, timer.cycles)
    assert sum(row.instructions for row in rows[0].values()) == both[0].instructions
    assert sum(row.cycles for row in rows[0].values()) == both[0].cycles


@qemu.needed
def test_what_an_interrupt_leaves_alone_is_so_under_qemu_too(tmp_path):
    text = FLOATS.replace("START", "board_timer_start(501);")
    program = device.build({"main.c": text})
    result = device.run(program)
    said = qemu.run(program.elf, b"", tmp_path, "-icount", "shift=6")
    assert said == (result.stdout, result.uart, 0)


STACKED = r"""
#include "board.h"
static volatile uint32_t frame[8], way_back, number, misaligned;
__attribute__((used)) void look(const uint32_t *sp, uint32_t lr)
{
    if (way_back)
        return;
    for (int i = 0; i < 8; i++)
        frame[i] = sp[i];
    way_back = lr;
    misaligned = (uint32_t)sp & 7u;
    __asm__ volatile("mrs %0, ipsr" : "=r"(number));
}
__attribute__((naked)) void board_tick(void)
{
    __asm__ volatile("mov r0, sp\n\tmov r1, lr\n\tpush {r4, lr}\n\tbl look\n\t"
                     "pop {r4, pc}");
}
void spin(void); /* r0 to r3, r12 hold known values */
int main(void)
{
    board_timer_start(100);
    spin();
    board_timer_stop();
    for (int i = 0; i < 5; i++)
        board_printf("%x ", (unsigned)frame[i]);
    board_printf("%x %u %u %x", (unsigned)way_back, (unsigned)number,
                 (unsigned)misaligned, (unsigned)(frame[7] >> 24 & 1));
    return frame[6] >= (uint32_t)(uintptr_t)spin - 1;
}
"""
SPIN = """
.syntax unified
.thumb
.section .text.spin
.global spin
.type spin, %function
.thumb_func
spin:
    push {r4}
    movs r4, #7
    mov r12, r4
    movs r0, #11
    movs r1, #22
    movs r2, #33
    movs r3, #255
    movs r4, #0
1:  adds r4, #1
    cmp r4, r3
    bne 1b
    pop {r4}
    bx lr
.size spin, . - spin
"""


@pytest.mark.parametrize("name", ["nano33", "pico"])
def test_the_stacked_frame_is_arms(name, tmp_path):
    program = device.build({"main.c": STACKED, "spin.S": SPIN}, name)
    result = device.run(program)
    assert result.uart == "b 16 21 ff 7 fffffff9 15 0 1"
    assert result.exit_code == 1
    if name == "nano33" and qemu.PROGRAM:
        said = qemu.run(program.elf, b"", tmp_path, "-icount", "shift=6")
        assert said == (b"", result.uart, 1)


SLOW = r"""
#include "board.h"
static volatile int ticks;
void board_tick(void)
{
    if (++ticks == 10)
        board_timer_stop();
    for (volatile int i = 0; i < 300; i++) { }
}
int main(void)
{
    board_timer_start(1000);
    MIDDLE
    board_timer_stop();
    return ticks;
}
"""


def test_a_handler_slower_than_its_period_loses_ticks():
    # it leaves nothing for main, as on a real core: it has to stop the timer itself
    middle = "while (ticks < 10) { }"
    result = device.run({"main.c": SLOW.replace("MIDDLE", middle)})
    timer = result.timer
    assert result.exit_code == timer.handled == 10
    assert timer.lost == timer.ticks - 10 > 5
    assert timer.worst_late_cycles > 1000
    assert timer.cycles > 10 * 1000


def test_while_interrupts_are_masked_one_tick_waits_and_the_rest_are_lost():
    middle = """__asm__ volatile("cpsid i");
    for (volatile int i = 0; i < 5000; i++) { }
    __asm__ volatile("cpsie i");
    while (ticks < 1) { }"""
    text = SLOW.replace("++ticks == 10", "++ticks == 1")
    result = device.run({"main.c": text.replace("MIDDLE", middle)})
    assert result.exit_code == result.timer.handled == 1
    assert result.timer.lost > 30
    assert result.timer.worst_late_cycles > 30_000


def test_the_timer_without_a_handler_is_explained():
    text = '#include "board.h"\nint main(void){ board_timer_start(50); for (;;) {} }'
    with pytest.raises(BoardFault, match="write void board_tick"):
        device.run({"main.c": text})


def test_a_fault_in_the_handler_names_it():
    text = SLOW.replace("if", "*(volatile int *)0x70000000 = 1;\n    if", 1)
    with pytest.raises(BoardFault, match="board_tick") as caught:
        device.run({"main.c": text.replace("MIDDLE", "for (;;) { }")})
    assert caught.value.kind == "bad address"


def test_an_interrupt_that_finds_no_room_on_the_stack_is_a_stack_overflow():
    text = SLOW.replace(
        "static volatile int ticks;",
        "static volatile int ticks; volatile char full[262144 - 32];",
    )
    body = "while (full[1] == 0) { }"
    with pytest.raises(BoardFault) as caught:
        device.run({"main.c": text.replace("MIDDLE", body)}, max_instructions=10**6)
    assert caught.value.kind == "stack overflow"
    assert caught.value.address < 0x20000000


def test_a_program_without_the_timer_pays_nothing_for_it():
    program = device.build({"main.c": "int main(void) { return 0; }"})
    assert not any("timer" in name for name in program.symbols)
