"""The training of chapter 18 is that of chapter 17 where its new doors stay shut."""

import numpy as np
import pytest

from tinyml_course.scratch import pruning, retraining

rng = np.random.default_rng(0)
X = rng.normal(size=(300, 6)).astype(np.float32)
Y = (X[:, 0] > X[:, 1]).astype(int) + (X[:, 2] > 1)
NET = pruning.network(6, 9, 5, 3)


def test_closed_doors_give_chapter_17s_network():
    theirs = pruning.fit(NET, X, Y, epochs=3)
    mine = retraining.fit(NET, X, Y, epochs=3)
    for (w, b), (v, c) in zip(theirs, mine, strict=True):
        assert np.allclose(w, v, atol=1e-6)
        assert np.allclose(b, c, atol=1e-6)
    assert retraining.accuracy(mine, X, Y) == pruning.accuracy(mine, X, Y)


def test_a_change_of_slopes_can_be_a_mask():
    masks = pruning.masks_of(NET, 0.5)
    theirs = pruning.fit(NET, X, Y, epochs=2, masks=masks)
    cut = [(w * mask, b) for (w, b), mask in zip(NET, masks, strict=True)]
    mine = retraining.fit(cut, X, Y, epochs=2, change=lambda i, g: g * masks[i])
    for (w, _), (v, _) in zip(theirs, mine, strict=True):
        assert np.allclose(w, v, atol=1e-6)


def loss(net, target):
    p = retraining.soft(net, X.astype(np.float64))
    penalty = sum(np.sum(w * w) for w, _ in net) * 5e-5
    return -np.mean(np.sum(target * np.log(p), axis=1)) + penalty


def test_slopes_are_those_of_the_loss():
    net = [(rng.normal(size=(6, 4)), None), (rng.normal(size=(4, 5)), np.zeros(5))]
    net += [(rng.normal(size=(5, 3)), np.zeros(3))]
    target = np.full((300, 3), 1 / 3) + rng.normal(size=(300, 3)) * 0.01
    target /= target.sum(axis=1, keepdims=True)
    slopes = retraining._slopes(net, X.astype(np.float64), target, None)
    flat = [part for layer in net for part in layer if part is not None]
    for slope, part in zip(slopes, flat, strict=True):
        place = tuple(0 for _ in part.shape)
        before = part[place]
        part[place] = before + 1e-5
        above = loss(net, target)
        part[place] = before - 1e-5
        below = loss(net, target)
        part[place] = before
        assert np.isclose(slope[place], (above - below) / 2e-5, rtol=1e-3, atol=1e-6)


def test_a_teacher_teaches():
    teacher = retraining.fit(NET, X, Y, epochs=60, rate=0.02)
    target = retraining.soft(teacher, X, 2.0)
    student = pruning.network(6, 4, 3, seed=1)
    student = retraining.fit(student, X, target, 80, rate=0.02)
    agree = np.mean(
        retraining.forward(student, X)[-1].argmax(axis=1) == target.argmax(axis=1)
    )
    assert agree > 0.85


@pytest.mark.tf
def test_the_keras_model_says_the_same():
    net = [(NET[0][0], None), *NET[1:]]
    sums = retraining.soft(net, X)
    assert np.allclose(retraining.to_keras(net).predict(X, verbose=0), sums, atol=1e-5)
