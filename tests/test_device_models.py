"""A model on the board, on the host and in the page: the same bytes."""

import shutil
import threading

import numpy as np
import pytest
from models import DIGITS, GOLDEN, vectors

from tinyml_course import boards, device, export, graph
from tinyml_course.errors import DataError


def inputs_of(model, rows):
    x = vectors(model, rows + 2)
    return x[0][2:] if len(x) == 1 else tuple(a[2:] for a in x)


@pytest.fixture(scope="module")
def digits():
    return graph.read(DIGITS)


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
