"""The LSTM step on the board: TFLM's equal over a whole sequence, state fed back."""

import subprocess
import sys

import numpy as np
import pytest

from tinyml_course import datasets, device, export, graph, oracle, train
from tinyml_course.scratch import recurrent

FOLDER = datasets.folder("code_lstm")
STEPS = 256

# Runs in a child process: TFLM alone, which gets its own states back, by the tables.
CHILD = """
import sys
import numpy as np
from tflite_micro import runtime
folder = sys.argv[1]
given = np.load(folder + "/given.npz")
tflm = runtime.Interpreter.from_file(sys.argv[2], arena_size=1 << 20)
h, c = given["h"], given["c"]
out = []
for row in given["x"]:
    for number, value in enumerate((row[None], h, c)):
        tflm.set_input(value, number)
    tflm.invoke()
    scores, h, c = (tflm.get_output(k).reshape(1, -1) for k in range(3))
    out.append(np.concatenate([scores, h, c], axis=1)[0])
    h, c = given["H"][h.astype(int) + 128], given["C"][c.astype(int) + 128]
np.savez(folder + "/out.npz", out=np.stack(out))
"""


@pytest.fixture(scope="module")
def net():
    return graph.read(FOLDER / "model.tflite")


@pytest.fixture(scope="module")
def codes():
    return datasets.load("code").x_test[300:].reshape(-1)[:STEPS]


@pytest.fixture(scope="module")
def tables(net):
    _, h, c = (net.tensors[i] for i in net.inputs)
    _, new_h, new_c = (net.tensors[i] for i in net.outputs)
    return recurrent.hand_on(new_h, h), recurrent.hand_on(new_c, c)


@pytest.mark.skipif(not oracle.available(), reason="TFLM has no wheel for this system")
def test_a_whole_sequence_is_tflms_byte_for_byte(net, codes, tables, tmp_path):
    x, h, c = (net.tensors[i] for i in net.inputs)
    zero = [t.quantize(np.zeros((1, t.size))) for t in (h, c)]
    rows = x.quantize(np.eye(x.size))[codes]
    np.savez(
        tmp_path / "given.npz", x=rows, h=zero[0], c=zero[1], H=tables[0], C=tables[1]
    )
    child = [sys.executable, "-c", CHILD, str(tmp_path), str(FOLDER / "model.tflite")]
    subprocess.run(child, check=True, capture_output=True, timeout=120)
    with np.load(tmp_path / "out.npz") as answer:
        theirs = answer["out"]

    sources = export.to_c(net)
    on_host = device.host(sources, graph=net)
    seen = []

    def step(net, *state):
        y = on_host.predict(state)
        seen.append(np.concatenate([part.reshape(1, -1) for part in y], axis=1)[0])
        assert all(
            np.array_equal(a.reshape(-1), b.reshape(-1))
            for a, b in zip(y, graph.invoke(net, *state), strict=True)
        )
        return y

    fed, _ = recurrent.follow(step, net, codes[None])
    assert np.array_equal(np.stack(seen), theirs)

    run = device.run_model(net, [part[0] for part in fed], sources=sources)
    board = np.concatenate([y.reshape(STEPS, -1) for y in run.outputs], axis=1)
    assert np.array_equal(board, theirs)
    assert len(np.unique(theirs[:, x.size :], axis=0)) > 200  # its state does move


def test_marks_handed_on_mean_what_they_meant(net, tables):
    for taken, given, table in zip(
        net.inputs[1:], net.outputs[1:], tables, strict=True
    ):
        a, b = net.tensors[given], net.tensors[taken]
        marks = np.arange(-128, 128).astype(np.int8)
        before, after = a.dequantize(marks), b.dequantize(table)
        low, high = b.dequantize(np.array([-128, 127], np.int8))
        inside = (before >= low) & (before <= high)
        assert np.abs(before - after)[inside].max() <= b.scale[0] * 0.51
        assert table[0] == -128
        assert np.all(np.diff(table.astype(int)) >= 0)


def test_the_representative_states_decide_whether_int8_can_remember():
    data = datasets.load("code")
    pieces = data.x_test[:1536].reshape(384, 512)[::24, :160]
    with np.load(FOLDER / "weights.npz") as kept:
        W, U, b, V, a = (kept[name].astype(np.float32) for name in "WUbVa")
    scores = recurrent.read(pieces, W, U, b)[0] @ V + a

    def foretold(scores):
        return (scores[:, :-1].argmax(axis=2) == pieces[:, 1:]).ravel()

    apart, cost = {}, {}
    for name in ("naive", "model"):
        net = graph.read(FOLDER / f"{name}.tflite")
        on_host = device.host(export.to_c(net), graph=net)
        _, marks = recurrent.follow(lambda _, *x, c=on_host: c.predict(x), net, pieces)
        found = net.tensors[net.outputs[0]].dequantize(marks)
        apart[name] = train.paired_difference(foretold(scores), foretold(found))
        cost[name] = recurrent.bits(found, pieces) - recurrent.bits(scores, pieces)
    assert apart["naive"].high < -0.01  # states as they come cost more than a point
    assert apart["model"].difference > -0.01
    assert cost["naive"] > 0.1
    assert cost["model"] < 0.03


def test_memories_that_grow_large_have_a_forget_gate_that_stays_open():
    data = datasets.load("code")
    pieces = data.x_test[:1536].reshape(384, 512)[::48]
    with np.load(FOLDER / "weights.npz") as kept:
        W, U, b = (kept[name].astype(np.float32) for name in "WUb")
    gates = [recurrent.gates(piece, W, U, b) for piece in pieces]
    forget = np.mean([gate[1] for gate in gates], axis=(0, 1))
    far = np.abs([gate[3] for gate in gates]).max(axis=(0, 1))
    assert forget[far > 20].mean() > 0.85
    assert forget[far < 6].mean() < 0.6


def test_the_board_fits_it_with_room_to_spare(net):
    run = device.run_model(
        net, [np.zeros((1, net.tensors[i].size), np.int8) for i in net.inputs]
    )
    assert run.firmware.flash_bytes < 160_000
    assert run.ram_bytes < 2_000
