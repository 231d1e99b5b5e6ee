"""Weights of chapter 18 stored another way: the same answers, in less flash."""

from pathlib import Path

import numpy as np
import pytest

from tinyml_course import device, export, graph, quantize
from tinyml_course.scratch import pruning, retraining, stored
from tinyml_course.scratch.coding import k_means, start

CHAPTER = (
    Path(__file__).parents[1] / "notebooks/src/18_sharing_coding_distilling.py"
).read_text(encoding="utf-8")
WAYS = ["numbers, by rows", "words, by rows", "table, by rows", "words, once"]

pytestmark = pytest.mark.tf


def test_the_chapter_shows_the_decoder_as_it_is_here():
    assert f'next_c = """{stored.NEXT_C}"""' in CHAPTER


@pytest.fixture(scope="module")
def shared():
    """A small network with 9 values in each layer, as int8."""
    rng = np.random.default_rng(0)
    net = []
    for w, b in pruning.network(30, 17, 12, 4):
        w = w * (rng.random(w.shape) < 0.4)
        book, numbers = k_means(w.ravel(), start(w, 9, "linear"))
        book[np.abs(book).argmin()] = 0
        net.append((book[numbers].reshape(w.shape).astype(np.float32), b))
    x = rng.random((40, 30)).astype(np.float32)
    model = graph.read(quantize.to_int8(retraining.to_keras(net), x, per_channel=False))
    return model, model.tensors[model.inputs[0]].quantize(x)


@pytest.fixture(scope="module")
def plain(shared):
    return device.run_model(*shared)


@pytest.mark.parametrize("way", WAYS)
def test_every_byte_of_every_answer_is_equal(shared, plain, way):
    model, x = shared
    layers = [model.tensors[op.inputs[1]].data for op in model.operators[:3]]
    sources = stored.stored(export.to_c(model), layers, way)
    run = device.run_model(model, x, sources=sources)
    assert np.array_equal(run.outputs, plain.outputs)
    if way == "words, once":
        assert run.invocations[0] > 3 * run.invocations[-1]
        assert run.invocations[-1] < 1.05 * plain.invocations[-1]
    else:
        assert run.invocations[-1] > 1.5 * plain.invocations[-1]
