"""The WebAssembly and its loader in a real browser: the same bytes as on the board."""

import browser
import numpy as np
import pytest
from models import DIGITS, GOLDEN

from tinyml_course import deploy, device, graph, vectors

KINDS = ("lstm_step", "argmax", "float_ends", "two_outputs", "separable")
PATHS = [DIGITS, *(path for path in GOLDEN if path.stem in KINDS)]

pytestmark = pytest.mark.slow

PREDICT = """async ([url, rows]) => {
  const { load } = await import(url);
  const model = await load();
  const given = rows.map((row) => row.map(
    (x, i) => new model.inputs[i].data.constructor(x)));
  return given.map((row) => {
    const y = model.predict(...row);
    return (model.outputs.length === 1 ? [y] : y).map((part) => Array.from(part));
  });
}"""
REAL = """async ([url, bytes, rows]) => {
  const { load, quantize } = await import(url);
  const wasm = await (await fetch(bytes)).arrayBuffer();
  const model = await load(wasm);
  return rows.map((row) => [
    Array.from(quantize(model.input, row)),
    Array.from(model.predict(new Float32Array(row))),
    Array.from(model.predict(row)),
  ]);
}"""
WRONG = """async (url) => {
  const { load } = await import(url);
  const model = await load();
  const said = [];
  for (const x of [[], [new Int8Array(3)], [Array(64).fill(NaN)]]) {
    try { model.predict(...x); } catch (error) { said.push(error.message); }
  }
  try { await load("missing.wasm"); } catch (error) { said.push(error.message); }
  model.input.data.fill(-128);
  model.invoke();
  return [said, Array.from(model.output.data), model.input.scale,
          model.input.zeroPoint, model.input.shape, model.input.dtype];
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    for path in PATHS:
        deploy.write("wasm", path, folder / path.stem, "net")
    return folder


@pytest.fixture(scope="module")
def page(site):
    with (
        browser.chromium() as chrome,
        browser.serve(site) as url,
        browser.watched(
            chrome,
            allow_console=("404 (File not found)",),  # asked for on purpose
        ) as page,
    ):
        page.goto(f"{url}/")
        yield url, page


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_the_page_gives_the_boards_bytes_for_all_probe_vectors(path, page):
    url, tab = page
    model = graph.read(path)
    x = vectors.probe(model)
    rows = [[a[i].ravel().tolist() for a in x] for i in range(len(x[0]))]
    got = tab.evaluate(PREDICT, [f"{url}/{path.stem}/net.js", rows])
    board = device.run_model(model, x).outputs
    board = board if isinstance(board, list) else [board]
    for number, y in enumerate(board):
        ours = np.array([row[number] for row in got], y.dtype)
        np.testing.assert_array_equal(ours, y.reshape(len(y), -1))


def test_real_values_are_quantized_as_the_graph_quantizes_them(page):
    url, tab = page
    model = graph.read(DIGITS)
    first, last = (model.tensors[i] for i in (model.inputs[0], model.outputs[0]))
    rng = np.random.default_rng(3)
    x = rng.uniform(-0.2, 1.2, (8, 64)).astype(np.float32)
    x[0] = (np.arange(64) - 20.5) * first.scale[0]  # ties
    place = f"{url}/{DIGITS.stem}"
    got = tab.evaluate(REAL, [f"{place}/net.js", f"{place}/net.wasm", x.tolist()])
    for row, (q, typed, listed) in zip(x, got, strict=True):
        assert q == first.quantize(row).tolist()
        y = graph.invoke(model, first.quantize(row).reshape(1, 8, 8, 1))
        assert typed == listed == last.dequantize(y.ravel()).tolist()


def test_mistakes_are_said_and_the_tensors_are_described(page):
    url, tab = page
    said, output, *described = tab.evaluate(WRONG, f"{url}/{DIGITS.stem}/net.js")
    assert said[:3] == [
        "the model takes 1 inputs; received 0",
        "input 0 takes 64 values (1 x 8 x 8 x 1); received 3",
        "value 0 is not a number",
    ]
    assert "404" in said[3]
    model = graph.read(DIGITS)
    tensor = model.tensors[model.inputs[0]]
    assert described == [tensor.scale[0], *tensor.zero_point, [1, 8, 8, 1], "int8"]
    empty = np.full((1, 8, 8, 1), -128, np.int8)
    assert output == graph.invoke(model, empty).ravel().tolist()


def test_the_types_name_what_the_loader_gives(site):
    types = (site / "lstm_step" / "net.d.ts").read_text()
    assert "predict(x0: Int8Array, x1: Int8Array, x2: Int8Array)" in types
    assert "readonly inputs: readonly [Tensor<Int8Array>, Tensor<Int8Array>, " in types
    ends = (site / "argmax" / "net.d.ts").read_text()
    assert "predict(x0: Int8Array): Int32Array;" in ends
    assert "predict(x0: Reals): Float32Array;" in ends
