"""The same ELF file under QEMU: same bytes, same counts, layer by layer."""

import shutil
import subprocess

import numpy as np
import pytest
import qemu
from models import DIGITS, GOLDEN, vectors

from tinyml_course import boards, device, export, graph
from tinyml_course.device import firmware, harness
from tinyml_course.device.profile import model_functions

pytestmark = qemu.needed


@pytest.mark.parametrize("path", [*GOLDEN, DIGITS], ids=lambda path: path.stem)
def test_bytes_and_instructions_of_every_layer_equal_qemus(path, tmp_path):
    model = graph.read(path)
    x = [a[1:] for a in vectors(model, 3)]  # one extreme, one random row
    result = device.run_model(model, x)
    stdin = b"".join(a[row].tobytes() for row in range(2) for a in x)
    program = result.firmware

    stdout, _, code = qemu.run(program.elf, stdin, tmp_path)
    assert (stdout, code) == (result.stdout, 0)

    pcs = qemu.trace(program.elf, stdin, tmp_path)
    assert len(pcs) == result.instructions
    functions = list(model_functions(program))
    calls = qemu.attribute(pcs, program.symbols, functions)
    assert [sum(call.values()) for call in calls] == list(result.invocations)
    worst = calls[int(np.argmax(result.invocations))]
    profile = {r.function: r.instructions for r in result.profile if r.function}
    assert profile == worst


PROGRAM = r"""
#include "board.h"
static int scale = 3;
static uint8_t seen[64];
int main(void)
{
    const size_t n = board_read(seen, sizeof seen);
    float mean = 0.0f;
    for (size_t i = 0; i < n; i++)
        mean += (float)seen[i] / (float)n;
    board_printf("%u bytes, mean %d\n", (unsigned)n, (int)mean);
    board_write(seen, n / 2);
    return scale;
}
"""


def test_uart_stdout_and_exit_status_equal_qemus(tmp_path):
    program = device.build({"main.c": PROGRAM})
    result = device.run(program, b"abcdefgh")
    assert result.uart == "8 bytes, mean 100\n"
    assert qemu.run(program.elf, b"abcdefgh", tmp_path) == (b"abcd", result.uart, 3)
    assert len(qemu.trace(program.elf, b"abcdefgh", tmp_path)) == result.instructions


BRANCHES = r"""
#include "board.h"
typedef int (*step_t)(int);
__attribute__((noinline)) static int ackermann(int m, int n)
{
    if (m == 0) return n + 1;
    return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}
__attribute__((noinline)) static int chosen(int x)
{
    switch (x) {
    case 0: return 7;   case 1: return x * 3;   case 2: board_putc('c'); return 1;
    case 3: return -x;  case 4: return x / 3;   case 5: board_putc('f'); return 2;
    case 6: return x % 5; case 7: return x << 3; default: return 0;
    }
}
static int twice(int x) { return 2 * x; }
static step_t volatile steps[] = {twice, chosen};
int straight(int);
int main(void)
{
    int sum = ackermann(2, 3);
    for (int i = 0; i < 20; i++)
        sum += chosen(i % 9) + steps[i & 1](i);
    volatile double mean = sum / 7.0;
    volatile int64_t large = (int64_t)sum << 33;
    board_printf("%d %d %d", straight(sum), (int)mean, (int)(large / 12345));
    return 0;
}
"""

# 3,000 instructions without a branch: longer than a block of the emulator, and 4-byte
# instructions that lie across the boundaries of pages
STRAIGHT = """
.syntax unified
.thumb
.section .text.straight
.global straight
.type straight, %function
.thumb_func
straight:
    nop
.rept 3000
    addw r0, r0, #1
.endr
    bx lr
"""


def test_any_kind_of_branch_and_long_code_are_counted_as_qemu_counts(tmp_path):
    program = device.build({"main.c": BRANCHES, "straight.S": STRAIGHT})
    result = device.run(program, layers=["ackermann", "chosen"])
    pcs = qemu.trace(program.elf, b"", tmp_path)
    assert len(pcs) == result.instructions
    assert (tmp_path / "uart.txt").read_text() == result.uart
    counted = {row.function: row.instructions for row in result.profile}
    start, size = program.symbols["ackermann"]
    assert counted["ackermann"] == np.sum((pcs >= start) & (pcs < start + size))


@pytest.mark.parametrize(
    "crash",
    [
        "*(volatile int *)0x70000000 = 1;",
        '__asm__ volatile("udf #1");',
        "((void (*)(void))0x70000001)();",
    ],
)
def test_what_faults_on_our_board_faults_under_qemu(crash, tmp_path):
    program = device.build({"main.c": f"int main(void) {{ {crash} return 0; }}"})
    _, _, code = qemu.run(program.elf, b"", tmp_path)
    assert code == 255


FLAGS = (
    "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -std=c11 -O2 "
    "-ffreestanding -ffunction-sections -fdata-sections -nostartfiles "
    "-Wl,-e,board_reset -Wl,--gc-sections -Wl,-z,max-page-size=16 --specs=nosys.specs"
)


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None,
    reason="arm-none-eabi-gcc is not installed (apt install gcc-arm-none-eabi)",
)
@pytest.mark.parametrize("path", [*GOLDEN, DIGITS], ids=lambda path: path.stem)
def test_the_c_built_by_another_compiler_gives_the_same_bytes_in_qemu(path, tmp_path):
    model = graph.read(path)
    x = vectors(model, 4)
    sources = export.to_c(model)
    inputs, outputs = harness.ends(sources)
    board = boards.get("nano33")
    files = {
        **sources,
        **firmware.board_files(),
        "main.c": harness.harness("model", len(inputs), len(outputs)),
        "board.ld": firmware._script(board, board.flash_bytes, board.ram_bytes),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    built = [name for name in files if name.endswith((".c", ".S"))]
    command = ["arm-none-eabi-gcc", *FLAGS.split(), *built, "-T", "board.ld"]
    subprocess.run([*command, "-o", "gcc.elf"], cwd=tmp_path, check=True)
    stdin = b"".join(a[row].tobytes() for row in range(4) for a in x)
    stdout, _, code = qemu.run((tmp_path / "gcc.elf").read_bytes(), stdin, tmp_path)
    assert (stdout, code) == (device.run_model(model, x).stdout, 0)
