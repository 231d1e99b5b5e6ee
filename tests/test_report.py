"""Benching: the contract's keys, figures that agree with each other and with `size`."""

import shutil
import subprocess
import time

import numpy as np
import pytest
from models import DIGITS, GOLDEN
from sizes import conv_model

from tinyml_course import boards, deploy, device, graph, report

KEYS = {
    "flash_bytes",
    "ram_bytes",
    "arena_bytes",
    "arena_bound_bytes",
    "stack_bytes",
    "overhead_bytes",
    "instructions",
    "macs",
    "cycles",
    "latency_ms",
    "energy_uj",
    "tflm_arena_bytes",
    "fits",
    "board",
}


def test_the_row_has_the_keys_of_the_contract():
    assert set(report.bench(DIGITS)) == KEYS


def test_the_figures_agree_with_each_other():
    row, board = report.bench(DIGITS), boards.get()
    model = graph.read(DIGITS)
    assert row["fits"] is True
    assert row["arena_bytes"] == model.plan.arena_bytes
    assert row["macs"] == model.macs
    assert row["arena_bytes"] < row["ram_bytes"] < board.ram_bytes
    assert row["overhead_bytes"] + model.weight_bytes < row["flash_bytes"]
    assert row["latency_ms"] == pytest.approx(1e3 * row["cycles"] / board.clock_hz)
    power_w = board.run_ma * 1e-3 * board.volts
    assert row["energy_uj"] == pytest.approx(row["latency_ms"] * 1e3 * power_w)


def test_instructions_are_the_largest_over_the_inputs():
    x = np.random.default_rng(0).integers(-128, 128, (6, 8, 8, 1), np.int8)
    each = [report.bench(DIGITS, x[i : i + 1])["instructions"] for i in range(len(x))]
    assert report.bench(DIGITS, x)["instructions"] == max(each)


@pytest.mark.parametrize("path", [GOLDEN[0], DIGITS], ids=lambda p: p.stem)
def test_flash_and_ram_are_what_size_says_of_the_compiled_firmware(path, tmp_path):
    size = shutil.which("arm-none-eabi-size") or shutil.which("size")
    if not size:
        pytest.skip("neither arm-none-eabi-size nor size is installed")
    (elf,) = deploy.write("firmware", path, tmp_path)
    said = subprocess.run([size, "-B", elf], capture_output=True, text=True, check=True)
    text, data, bss = map(int, said.stdout.splitlines()[1].split()[:3])
    row = report.bench(path)
    assert row["flash_bytes"] == text + data
    assert row["ram_bytes"] - row["stack_bytes"] == data + bss


def test_a_model_too_big_for_ram_says_what_it_needs():
    row = report.bench(conv_model(size=96, channels=32, filters=4))
    assert (row["fits"], row["available_bytes"]) == (False, 262144)
    assert row["needed_bytes"] > row["arena_bytes"] > 262144
    assert "RAM" in row["reason"]
    assert row["instructions"] is row["latency_ms"] is row["flash_bytes"] is None


def test_a_model_too_big_for_flash_says_what_it_needs():
    row = report.bench(conv_model(size=4, channels=600, filters=250, kernel=3))
    assert (row["fits"], row["available_bytes"]) == (False, 1048576)
    assert row["needed_bytes"] > 600 * 250 * 9
    assert "flash" in row["reason"]


def test_after_the_first_build_a_bench_takes_under_a_second():
    report.bench(DIGITS)
    start = time.perf_counter()
    report.bench(DIGITS)
    assert time.perf_counter() - start < 1.0


def test_the_profile_names_every_layer_and_sums_to_the_inference():
    model = graph.read(DIGITS)
    x = np.zeros((2, 8, 8, 1), np.int8)
    run = device.run_model(model, x)
    assert sum(row.instructions for row in run.profile) == run.inference_instructions
    named = [row.kind for row in run.profile if row.layer is not None]
    assert named == [op.kind for op in model.operators]


def test_the_table_shows_labels_and_dashes_as_text_and_html():
    rows = {
        "small": {"accuracy": 0.97, "flash_bytes": 8000, "fits": True},
        "<b>big</b>": {"accuracy": None, "flash_bytes": None, "fits": False},
    }
    table = report.compare(rows)
    assert "accuracy (measured)" in str(table)
    assert "97.0%" in str(table)
    assert "&lt;b&gt;big&lt;/b&gt; (does not fit)" in table._repr_html_()


def test_a_bench_with_profile_has_rows_that_sum_to_its_figures():
    row = report.bench(DIGITS, profile=True)
    assert set(row) == KEYS | {"profile"}
    model = graph.read(DIGITS)
    for key in ("instructions", "cycles", "macs"):
        assert sum(layer[key] or 0 for layer in row["profile"]) == row[key]
    named = [layer["kind"] for layer in row["profile"] if layer["layer"] is not None]
    assert named == [op.kind for op in model.operators]
    # each layer reads its weights and writes its output at least once
    for layer, op in zip(row["profile"], model.operators, strict=False):
        if layer["instructions"]:
            assert layer["stored_bytes"] >= model.tensors[op.outputs[0]].bytes
            weights = [model.tensors[i].bytes for i in op.inputs[1:]]
            assert layer["loaded_bytes"] >= sum(weights)
    table = report.profile_table(row["profile"])
    assert table.rows[-1][1] == f"{row['instructions']:,}"
    assert len(table.rows) == len(row["profile"]) + 1
