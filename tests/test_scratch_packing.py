"""A file of chapter 18 holds the network that went into it, and its bill adds up."""

import numpy as np
import pytest

from tinyml_course.scratch import packing, pruning

rng = np.random.default_rng(0)
DENSE = pruning.network(20, 30, 5)
SPARSE = [(w * (rng.random(w.shape) < 0.1), b + 0.3) for w, b in DENSE]
FEW = [(np.round(w * 3) / 3, b - 0.1) for w, b in SPARSE]
FACTORS = [(w, None) for w, _ in DENSE[:1]] + DENSE[1:]


@pytest.mark.parametrize("coded", [False, True])
@pytest.mark.parametrize(
    ("net", "shares"),
    [(DENSE, False), (FACTORS, False), (SPARSE, False), (FEW, True), (FEW, False)],
)
def test_a_network_comes_back_equal(net, shares, coded):
    net = packing.halved([(w.astype(np.float32), b) for w, b in net], shares)
    data = packing.pack(net, shares, coded)
    for (w, b), (v, c) in zip(net, packing.unpack(data), strict=True):
        assert v.dtype == np.float32
        assert np.array_equal(w, v)
        assert (b is None and c is None) or np.array_equal(b, c)
    assert sum(packing.bill(data).values()) == len(data)


def test_a_pruned_layer_with_its_last_weights_gone_comes_back():
    w = np.zeros((8, 40), np.float32)
    w[0, 3], w[2, 5] = 0.5, -1
    (back, _), *_ = packing.unpack(packing.pack([(w, None)]))
    assert np.array_equal(back, w)


def test_coding_makes_uneven_numbers_smaller():
    few = packing.halved([(w.astype(np.float32), b) for w, b in FEW])
    assert len(packing.pack(few, coded=True)) < len(packing.pack(few, coded=False))
