"""A crash on the board is explained: what, where, and what to do."""

import dataclasses

import pytest
from models import DIGITS, vectors

from tinyml_course import boards, device, export, graph
from tinyml_course.errors import BoardFault, CourseError


def main_c(body, above=""):
    text = (
        f'#include "board.h"\n{above}\nint main(void)\n{{\n{body}\n    return 0;\n}}\n'
    )
    return {"main.c": text}


def inputs_of(model, rows):
    x = vectors(model, rows + 2)
    return x[0][2:] if len(x) == 1 else tuple(a[2:] for a in x)


@pytest.fixture(scope="module")
def digits():
    return graph.read(DIGITS)


@pytest.mark.parametrize(
    ("crash", "kind", "address"),
    [
        ("*(volatile int *)8 = 1;", "null pointer", 8),
        ("*(volatile int *)0x5000 = 1;", "write to flash", 0x5000),
        ("(void)*(volatile int *)0x60000000;", "bad address", 0x60000000),
        ("*(volatile char *)0x20040004 = 1;", "bad address", 0x20040004),
        ("((void (*)(void))0x20000101)();", "bad jump", 0x20000100),
        ("((void (*)(void))0x50000101)();", "bad jump", 0x50000100),
        ('__asm__ volatile("udf #1");', "undefined instruction", None),
        ("board_write((void *)0x70000000, 9);", "bad address", None),
        ("for (;;) { }", "timeout", None),
    ],
)
def test_a_crash_is_explained_with_its_place(crash, kind, address):
    stay = '__asm__ volatile("");'  # or the compiler would jump there, not call
    above = f"__attribute__((noinline)) void guilty(void) {{ {crash} {stay} }}"
    with pytest.raises(BoardFault, match="guilty") as caught:
        device.run(main_c("guilty();\nboard_putc('x');", above), max_instructions=10**6)
    fault = caught.value
    assert fault.kind == kind
    assert "guilty" in fault.calls
    assert fault.calls[-1] == "main"
    assert "\n" not in str(fault)
    if address is not None:
        assert fault.address == address
        assert f"0x{address:08x}" in str(fault)
    assert fault.registers["sp"] > 0x20000000


@pytest.mark.parametrize(
    ("crash", "cfsr", "bfar"),
    [
        ("(void)*(volatile int *)0x60000000;", 0x8200, 0x60000000),
        ("*(volatile int *)0x5000 = 1;", 0x8200, 0x5000),
        ("((void (*)(void))0x20000101)();", 0x100, None),
        ("((void (*)(void))0x50000101)();", 0x1, None),
        ('__asm__ volatile("udf #1");', 0x10000, None),
        ("for (;;) { }", 0, None),
    ],
)
def test_the_fault_registers_are_those_of_arms_manual(crash, cfsr, bfar):
    with pytest.raises(BoardFault) as caught:
        device.run(main_c(crash), max_instructions=10**6)
    assert caught.value.registers["cfsr"] == cfsr
    assert caught.value.registers.get("bfar") == bfar


def test_an_unaligned_access_of_a_strict_run_is_a_usage_fault():
    load = "volatile long long *p = (void *)0x20000101; (void)*p;"
    asm = '__asm__ volatile("ldrd r2, r3, [%0]" : : "r"(p) : "r2", "r3");'
    with pytest.raises(BoardFault) as caught:
        device.run(main_c(load.replace("(void)*p;", asm)), strict=True)
    assert caught.value.registers["cfsr"] == 1 << 24


def test_a_core_without_fault_registers_shows_none():
    program = device.build(main_c("(void)*(volatile int *)0x60000000;"), "pico")
    with pytest.raises(BoardFault) as caught:
        device.run(program)
    assert not {"cfsr", "bfar"} & set(caught.value.registers)


def test_a_listing_shows_the_instruction_that_failed():
    program = device.build(main_c("(void)*(volatile int *)0x60000000;"))
    with pytest.raises(BoardFault) as caught:
        device.run(program)
    lines = dict(line.split(None, 1) for line in program.listing("main").splitlines())
    assert lines[f"{caught.value.registers['pc']:08x}"].startswith("ldr")
    with pytest.raises(CourseError, match="no function called 'mian'"):
        program.listing("mian")


DEEP = r"""
#include "board.h"
__attribute__((noinline)) int deep(int n)
{
    volatile char room[5000];
    for (int i = 0; i < 5000; i++) room[i] = (char)n;
    return n == 0 ? 0 : deep(n - 1) + room[n];
}
int main(void) { board_print_int(deep(LEVELS)); return 0; }
"""


def test_a_stack_overflow_says_how_much_stack_the_program_needs():
    sources = {"main.c": DEEP.replace("LEVELS", "99")}
    with pytest.raises(BoardFault, match=r"Stack overflow in deep \(called") as caught:
        device.run(sources)
    fault = caught.value
    assert fault.kind == "stack overflow"
    assert fault.address < 0x20000000
    assert 100 * 5000 <= fault.needed_bytes < 100 * 5000 + 20_000
    assert fault.available_bytes == 262_144
    assert f"{fault.needed_bytes:,}" in str(fault)

    nano33 = boards.get("nano33")
    room = -(-fault.needed_bytes // 4096) * 4096
    big = dataclasses.replace(nano33, ram_bytes=room)
    assert device.run(device.build(sources, big)).stack_bytes == fault.needed_bytes


def test_static_data_that_leaves_no_stack_is_explained():
    sources = main_c(
        "full[9] = 1; char to[400]; board_read(to, 400);",
        "volatile char full[262144 - 80];",
    )
    with pytest.raises(BoardFault, match="64 are free") as caught:
        device.run(sources)
    assert (caught.value.kind, caught.value.available_bytes) == ("stack overflow", 64)
    assert 400 < caught.value.needed_bytes < 600


def test_recursion_without_an_end_is_called_that():
    with pytest.raises(BoardFault, match="does deep call itself") as caught:
        device.run({"main.c": DEEP.replace("LEVELS", "100000")})
    assert caught.value.needed_bytes is None


def test_static_data_above_the_stack_stays_whole_until_the_fault():
    # the stack runs out of RAM at its bottom: it never meets a variable
    sources = {
        "main.c": DEEP.replace("LEVELS", "99").replace("int main", "int x;int main")
    }
    program = device.build(sources)
    labels = program.image.labels
    ram = boards.get("nano33")
    assert labels["board_ram_end"] == ram.ram_origin + ram.ram_bytes
    assert (
        labels["board_stack_top"] == labels["board_ram_end"] - program.static_ram_bytes
    )


def test_a_fault_inside_a_model_names_its_layer(digits):
    sources = export.to_c(digits)
    broken = sources["tc_max_pool2d.c"].replace(
        "{\n", "{\n*(volatile int *)0 = 1;\n", 1
    )
    with pytest.raises(BoardFault) as caught:
        device.run_model(
            digits, inputs_of(digits, 1), sources={**sources, "tc_max_pool2d.c": broken}
        )
    assert caught.value.layer == "model_layer_01_max_pool2d"
    assert "model_layer_01_max_pool2d" in str(caught.value)
