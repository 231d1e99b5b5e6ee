"""The board: builds, budgets, runs and counts."""

import dataclasses
import shutil
import subprocess
from pathlib import Path

import pytest
from models import DIGITS, GOLDEN, vectors

from tinyml_course import boards, device, export, graph
from tinyml_course.device import cycles, toolchain
from tinyml_course.device.emulator import execute
from tinyml_course.errors import BoardFault, BudgetError, CourseError


def main_c(body, above=""):
    text = (
        f'#include "board.h"\n{above}\nint main(void)\n{{\n{body}\n    return 0;\n}}\n'
    )
    return {"main.c": text}


@pytest.fixture(scope="module")
def digits():
    return graph.read(DIGITS)


# Building


def test_the_same_sources_give_the_same_bytes_without_the_cache(tmp_path, monkeypatch):
    sources = main_c('board_printf("%d", 1);')
    first = device.build(sources)
    (tmp_path / "zig").symlink_to(toolchain.cache_dir() / "zig")
    monkeypatch.setattr(toolchain, "cache_dir", lambda: tmp_path)
    second = device.build(sources)
    assert any((tmp_path / "objects").iterdir())
    assert second.elf == first.elf


def test_no_path_of_this_machine_is_in_the_firmware(digits):
    elf = device.build_model(export.to_c(digits)).elf
    for place in (str(Path.home()), "/tmp", str(toolchain.cache_dir())):
        assert place.encode() not in elf


def test_a_header_that_changed_is_compiled_anew():
    program = '#include "value.h"\nint main(void) { return VALUE; }'
    for value in (3, 4):
        header = f"#define VALUE {value}"
        result = device.run({"main.c": program, "value.h": header})
        assert result.exit_code == value


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ({"main.c": "int main(void) { return y; }"}, r"main\.c:1:25: error: .*'y'"),
        ({"main.c": "int main(void) { f(); }"}, r"main\.c:1:18: error: .*'f'"),
        ({"main.c": "#include <stdio.h>\n"}, r"no C library.*board\.h"),
        ({"f.c": "int f(void) { return 0; }"}, r"undefined symbol: main .*int main"),
        ({"main.c": "int g(void); int main(void) { return g(); }"}, "symbol: g"),
        ({"board.c": ""}, r"'board\.c' is the board's own"),
        ({"../main.c": "int main(void) { return 0; }"}, "not a file name inside"),
        ({}, r"at least one \.c file"),
    ],
)
def test_a_program_that_does_not_build_says_why_in_one_line(sources, message):
    with pytest.raises(CourseError, match=message) as caught:
        device.build(sources)
    assert "\n" not in str(caught.value)


def test_flash_and_ram_equal_what_size_says(digits, tmp_path):
    size = shutil.which("arm-none-eabi-size")
    if size is None:
        pytest.skip("arm-none-eabi-size is not installed: sizes are not compared")
    programs = [device.build(main_c("seen[init] = 1;", "int init = 2, seen[99];"))]
    programs.append(device.build_model(export.to_c(digits)))
    for program in programs:
        (tmp_path / "fw.elf").write_bytes(program.elf)
        said = subprocess.check_output([size, "-B", tmp_path / "fw.elf"], text=True)
        text, data, bss = map(int, said.splitlines()[1].split()[:3])
        assert text + data == program.flash_bytes
        assert data + bss == program.static_ram_bytes


def test_symbols_equal_what_nm_says(digits, tmp_path):
    nm = shutil.which("arm-none-eabi-nm")
    if nm is None:
        pytest.skip("arm-none-eabi-nm is not installed: symbols are not compared")
    program = device.build_model(export.to_c(digits))
    (tmp_path / "fw.elf").write_bytes(program.elf)
    said = subprocess.check_output([nm, "-S", tmp_path / "fw.elf"], text=True)
    rows = [line.split() for line in said.splitlines()]
    want = {
        row[3]: (int(row[0], 16), int(row[1], 16))
        for row in rows
        if len(row) == 4 and row[2].lower() in "tdbr"
    }
    assert {name: program.symbols[name] for name in want} == want


def test_what_is_never_called_takes_no_flash():
    unused = "int never(int x) { return x * 77 / 13; }\nconst char big[5000] = {1};"
    with_unused = device.build(main_c("", unused))
    assert with_unused.flash_bytes == device.build(main_c("")).flash_bytes


# Budgets


@pytest.mark.parametrize(
    ("region", "above", "body"),
    [
        ("RAM", "volatile char huge[300000];", "huge[5] = 1;"),
        (
            "flash",
            "const volatile char huge[1200000] = {1};",
            "board_putc(huge[board_read(0, 0)]);",
        ),
    ],
)
def test_over_budget_says_what_is_needed_to_the_byte(region, above, body):
    sources = main_c(body, above)
    with pytest.raises(BudgetError, match=f"bytes of {region}.*huge") as caught:
        device.build(sources)
    error = caught.value
    nano33 = boards.get("nano33")
    field = "ram_bytes" if region == "RAM" else "flash_bytes"
    assert (error.region, error.available_bytes) == (region, getattr(nano33, field))

    exact = dataclasses.replace(nano33, **{field: error.needed_bytes})
    program = device.build(sources, exact)
    used = program.static_ram_bytes if region == "RAM" else program.flash_bytes
    assert used == error.needed_bytes
    small = dataclasses.replace(nano33, **{field: error.needed_bytes - 16})
    with pytest.raises(BudgetError):
        device.build(sources, small)


def test_absurd_sizes_are_still_counted():
    with pytest.raises(BudgetError) as caught:
        device.build(main_c("huge[5] = 1;", "volatile char huge[2000000000];"))
    assert caught.value.needed_bytes == 2_000_000_000


# Running


def test_printing():
    result = device.run(
        main_c(
            'board_printf("%d|%5d|%-", -7, 42);'
            'board_printf("%05d|%u|%x|%08x|%c|%s|%%|", -42, 4000000000u, 255, 48879,'
            "    'A', \"text\");"
            'board_print_int(-2147483647 - 1); board_puts(" "); board_print_hex(171);'
        )
    )
    want = "-7|   42|--0042|4000000000|ff|0000beef|A|text|%|-2147483648 ab"
    assert result.uart == want


def test_reading_and_writing_and_the_exit_code():
    body = """
    static char word[8];
    size_t n;
    while ((n = board_read(word, sizeof word)) > 0)
        board_write(word, n);
    return -5;"""
    result = device.run(main_c(body), b"nineteen characters")
    assert result.stdout == b"nineteen characters"
    assert result.exit_code == -5


def test_a_simulation_can_answer_what_the_program_writes():
    body = """    uint8_t byte = 1;
    while (board_read(&byte, 1) == 1) {
        byte += 1;
        board_write(&byte, 1);
    }"""
    asked = []

    def double(count, written):
        asked.append((count, written))
        return (
            bytes([2 * written[-1]])
            if len(written) < 4 and written
            else b"\x05"[: 1 - bool(written)]
        )

    result = device.run(main_c(body), stdin=double)
    assert result.stdout == bytes([6, 13, 27, 55])
    assert asked[0] == (1, b"")
    assert asked[-1] == (1, result.stdout)


def test_a_simulation_that_ends_in_a_fault_is_not_asked_again():
    body = "    uint8_t byte; board_read(&byte, 1); *(volatile int *)0x70000000 = byte;"
    asked = []
    with pytest.raises(BoardFault):
        device.run(main_c(body), stdin=lambda count, _: asked.append(1) or b"a")
    assert len(asked) == 1


def test_static_data_starts_as_c_says():
    above = 'int zeroes[100], seven = 7; static const char *words[] = {"a", "bc"};'
    body = """
    for (int i = 0; i < 100; i++)
        if (zeroes[i] != 0) return 1;
    board_puts(words[seven - 6]);"""
    assert device.run(main_c(body, above)).uart == "bc"


def test_arithmetic_of_64_bits_and_floats():
    body = """
    volatile int64_t a = 1234567890123456789, b = -987654321;
    volatile float x = 3.5f;
    volatile double y = 2.25;
    board_printf("%d %d %d", (int)(a / b), (int)(x * 4.0f), (int)(y * y * 1000.0));"""
    assert device.run(main_c(body)).uart == "-1249999988 14 5062"


LOOP = """
.syntax unified
.thumb
.section .text.loop
.global loop
.type loop, %function
.thumb_func
loop:
    movs r1, #10
1:  subs r1, #1
    bne 1b
    cmp r0, #1
    ite eq
    moveq r0, #5
    movne r0, #6
    bx lr
.size loop, . - loop
"""


def test_instructions_and_cycles_of_a_hand_counted_function():
    sources = main_c("return loop(1) + loop(2);", "int loop(int);")
    result = device.run({**sources, "loop.S": LOOP}, layers=["loop"])
    assert result.exit_code == 11
    row = next(row for row in result.profile if row.function == "loop")
    # movs, 10 x (subs, bne), cmp, ite, moveq, movne, bx; called twice
    assert row.instructions == 2 * (1 + 20 + 5)
    # 9 of the branches are taken, and bx: each refills the pipeline
    assert row.cycles == 2 * (26 + 10 * cycles.REFILL)
    assert sum(r.instructions for r in result.profile) == result.instructions
    assert sum(r.cycles for r in result.profile) == result.cycles


@pytest.mark.parametrize(
    ("code", "want"),
    [
        ("0888", (2, 0)),  # ldrh r0, [r1]
        ("0868 4a68 8b68", (4, 0)),  # three loads in a row: N + 1
        ("0968 0a68", (4, 0)),  # the second load needs the first one's result
        ("0860", (1, 0)),  # str r0, [r1]
        ("f0b5", (6, 0)),  # push {r4-r7, lr}
        ("f0bd", (6, 2)),  # pop {r4-r7, pc}
        ("90fbf1f0", (7, 0)),  # sdiv r0, r0, r1
        ("80ee200a", (14, 0)),  # vdiv.f32 s0, s0, s1
        ("20fb0100", (1, 0)),  # smlad
    ],
)
def test_the_price_of_an_instruction(code, want):
    assert cycles.price_block(bytes.fromhex(code), 0) == want


@pytest.mark.parametrize("path", [*GOLDEN, DIGITS], ids=lambda path: path.stem)
def test_every_executed_instruction_is_decoded_and_priced(path):
    model = graph.read(path)
    program = device.build_model(export.to_c(model))
    stdin = b"".join(x[0].tobytes() for x in vectors(model, 2))
    _, counter, flash = execute(program, stdin, {}, 0, 10**8)
    blocks = counter.blocks
    counter.close()
    for block in blocks:
        code = flash[block["address"] : block["address"] + block["bytes"]]
        price, _ = cycles.price_block(code, int(block["address"]))
        assert price >= block["instructions"]


def test_the_stack_is_measured():
    above = """__attribute__((noinline)) void use(volatile char *to, int n)
    { for (int i = 0; i < n; i++) to[i] = 1; }"""
    small = device.run(main_c("volatile char a[96]; use(a, 96);", above))
    large = device.run(main_c("volatile char a[5096]; use(a, 5096);", above))
    assert 96 <= small.stack_bytes <= 96 + 64
    assert large.stack_bytes - small.stack_bytes == pytest.approx(5000, abs=8)
    assert large.ram_bytes == large.stack_bytes
