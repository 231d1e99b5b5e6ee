"""The board: builds, budgets, counts, faults, and the same C on the host."""

import dataclasses
import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
from models import DIGITS, GOLDEN, vectors

from tinyml_course import boards, device, export, graph
from tinyml_course.device import cycles, toolchain
from tinyml_course.device.emulator import execute
from tinyml_course.errors import BoardFault, BudgetError, CourseError, DataError


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


# Faults


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


# Models


@pytest.mark.parametrize("path", [*GOLDEN, DIGITS], ids=lambda path: path.stem)
def test_board_host_and_numpy_kernels_agree(path):
    model = graph.read(path)
    x = vectors(model, 5)
    want = graph.invoke(model, *x)
    host = device.host(export.to_c(model), graph=model).predict(x)
    board = device.run_model(model, x).outputs
    assert isinstance(want, list) == isinstance(board, list) == isinstance(host, list)
    if not isinstance(want, list):
        want, host, board = [want], [host], [board]
    for a, b, c in zip(want, host, board, strict=True):
        np.testing.assert_array_equal(b, a)
        np.testing.assert_array_equal(c, a)
        assert a.dtype == b.dtype == c.dtype


def test_the_profile_names_every_layer_and_sums_to_the_longest_inference(digits):
    result = device.run_model(digits, inputs_of(digits, 5))
    assert result.invocations.shape == (5,)
    assert sum(row.instructions for row in result.profile) == result.invocations.max()
    assert result.inference_instructions == result.invocations.max()
    assert sum(row.share for row in result.profile) == pytest.approx(1)
    assert sum(row.macs or 0 for row in result.profile) == digits.macs
    named = {row.layer: row.kind for row in result.profile if row.layer is not None}
    assert named == {op.index: op.kind for op in digits.operators}
    assert list(named) == sorted(named)
    cycles_per_ms = boards.get("nano33").clock_hz / 1000
    assert result.latency_ms == result.inference_cycles / cycles_per_ms
    assert result.instructions > result.invocations.sum()


def test_the_cost_of_start_up_and_harness_is_known(digits):
    overhead = device.overhead_bytes()
    assert 200 < overhead < 1024
    assert overhead < device.build_model(export.to_c(digits)).flash_bytes


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x.astype(np.float32), "takes int8; received float32"),
        (lambda x: x[:, :7], r"takes \(n, 8, 8, 1\); received shape \(2, 7, 8, 1\)"),
        (lambda x: x[:0], "no rows"),
        (lambda x: (x, x), "has 1 inputs; received 2"),
        (lambda x: x[0, 0, 0, 0], "received shape"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(digits, change, message):
    x = inputs_of(digits, 2)
    host = device.host(export.to_c(digits), graph=digits)
    for call in (host.predict, lambda x: device.run_model(digits, x)):
        with pytest.raises(DataError, match=message):
            call(change(x))


def test_a_batch_dimension_of_one_is_welcome(digits):
    x = inputs_of(digits, 4)
    plain = device.run_model(digits, x).outputs
    np.testing.assert_array_equal(device.run_model(digits, x[:, None]).outputs, plain)


# The same C elsewhere


def test_two_models_on_the_host_do_not_disturb_each_other(digits):
    other = graph.read(GOLDEN[0])
    first = device.host(export.to_c(digits), graph=digits)
    x = inputs_of(digits, 4)
    before = first.predict(x)
    second = device.host(export.to_c(other), graph=other)
    second.predict(inputs_of(other, 4))
    np.testing.assert_array_equal(first.predict(x), before)


def test_threads_share_a_host_model(digits):
    sources = export.to_c(digits)
    models = [device.host(sources, graph=digits) for _ in range(2)]
    x = inputs_of(digits, 200)
    want, wrong = models[0].predict(x), []

    def work(model):
        for _ in range(5):
            if not np.array_equal(model.predict(x), want):
                wrong.append(model)

    threads = [threading.Thread(target=work, args=(m,)) for m in models * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_without_the_graph_a_host_models_outputs_are_rows_of_elements(digits):
    out = device.host(export.to_c(digits)).predict(inputs_of(digits, 3).reshape(3, 64))
    assert (out.shape, out.dtype) == ((3, 10), np.int8)


def test_the_web_module_needs_nothing_and_is_small(digits):
    module = device.wasm(export.to_c(digits, name="kws"), name="kws")
    assert module[:8] == b"\0asm\1\0\0\0"
    sections = set()
    at = 8
    while at < len(module):
        sections.add(module[at])
        size, shift, at = 0, 0, at + 1
        while True:
            size |= (module[at] & 0x7F) << shift
            shift, at = shift + 7, at + 1
            if module[at - 1] < 0x80:
                break
        at += size
    assert 2 not in sections  # no imports
    for name in ("memory", "kws_input", "kws_invoke", "kws_output", "kws_output_0"):
        assert name.encode() in module
    assert len(module) < 3 * digits.weight_bytes + 8000


@pytest.mark.slow
def test_the_web_module_in_a_browser_equals_the_board(digits):
    sync_api = pytest.importorskip("playwright.sync_api")
    module, x = device.wasm(export.to_c(digits)), inputs_of(digits, 20)
    script = """([module, rows]) => {
        const wasm = new WebAssembly.Module(new Uint8Array(module));
        const { memory, ...model } = new WebAssembly.Instance(wasm).exports;
        return rows.map((row) => {
            new Int8Array(memory.buffer, model.model_input(), row.length).set(row);
            if (model.model_invoke() !== 0) throw new Error("model_invoke");
            return [...new Int8Array(memory.buffer, model.model_output(), 10)];
        });
    }"""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        page = browser.new_page()
        rows = page.evaluate(script, [list(module), x.reshape(20, -1).tolist()])
        browser.close()
    np.testing.assert_array_equal(rows, device.run_model(digits, x).outputs)


def test_warming_tells_of_every_target():
    said = []
    device.warm(said.append)
    assert sorted(text.rsplit(" ", 1)[1] for text in said) == [
        "board",
        "computer",
        "page",
    ]
