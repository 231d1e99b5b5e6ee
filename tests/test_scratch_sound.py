"""Spectra of chapter 13: equal to NumPy's, and as the chapter shows them."""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest

from tinyml_course import datasets, features
from tinyml_course.features.sound import hann, power_spectrum
from tinyml_course.scratch import sound

CHAPTER = Path(__file__).parents[1] / "notebooks/src/13_sound_into_pictures.py"
SHOWN = sorted(set(sound.__all__) - {"fft"})  # which the student writes
X = np.random.default_rng(1).normal(size=512)


def code(tree):
    body = tree.body[1:] if ast.get_docstring(tree) else tree.body
    return [ast.dump(tree.args), *map(ast.dump, body)]


@pytest.mark.parametrize("name", SHOWN)
def test_the_chapter_shows_each_function_as_it_is_here(name):
    here = ast.parse(inspect.getsource(getattr(sound, name))).body[0]
    shown = [
        code(node)
        for node in ast.walk(ast.parse(CHAPTER.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert shown == [code(here)]


@pytest.mark.parametrize("transform", [sound.dft, sound.fft])
@pytest.mark.parametrize("n", [1, 2, 8, 512])
def test_a_spectrum_is_numpys(transform, n):
    np.testing.assert_allclose(transform(X[:n]), np.fft.fft(X[:n]), atol=1e-9)


def test_the_dft_takes_any_length():
    np.testing.assert_allclose(sound.dft(X[:15]), np.fft.fft(X[:15]), atol=1e-9)


def test_the_recursion_has_half_n_factors_a_level(monkeypatch):
    taken = []

    def exp(x):
        taken.append(np.size(x))
        return np.exp(x)

    class Counted:
        def __getattr__(self, name):
            return exp if name == "exp" else getattr(np, name)

    monkeypatch.setattr(sound, "np", Counted())
    sound.fft(X)
    assert sum(taken) == 256 * 9


def test_a_tone_has_its_frequency():
    spectrum = np.abs(np.fft.rfft(sound.tone(1000, 1.0)))
    assert spectrum.argmax() == 1000
    assert len(sound.tone(100, 0.25, rate=8000)) == 2000


def test_a_bit_is_worth_six_decibels():
    x = np.random.default_rng(2).uniform(-1, 1, 100_000)
    noise = [np.mean((sound.round_to(x, b) - x) ** 2) for b in (6, 8)]
    assert 10 * np.log10(noise[0] / noise[1]) == pytest.approx(12.04, abs=0.3)
    assert set(np.unique(sound.round_to(x, 2))) == {-1, -0.5, 0, 0.5}


def test_a_hidden_picture_is_found():
    picture = np.random.default_rng(3).integers(0, 2, (8, 10)).astype(float)
    x = sound.hide(picture, step=6, columns=8)
    power = power_spectrum(x, 512, 256)  # (columns, bins)
    middle = power[np.arange(10) * 8 + 4]
    bins = 16 + 6 * np.arange(8)[::-1]
    seen = 0.1 * middle.max() < middle[:, bins].T
    assert np.array_equal(seen, picture > 0)


def test_the_whole_logarithm_is_near():
    assert sound.log2_whole(1) == 0
    assert sound.log2_whole(1024) == 2560
    off = [sound.log2_whole(x) / 256 - np.log2(x) for x in range(1, 10_000)]
    assert -0.1 < min(off) <= max(off) <= 0


def test_as_coefficients_a_word_resembles_itself_and_as_samples_it_does_not():
    data = datasets.load("spoken")
    spoken = np.concatenate([data.x_train, data.x_test]) / 32768
    which = np.concatenate([data.y_train, data.y_test])
    who = np.concatenate([data.groups_train, data.groups_test])

    def right(pictures):
        flat = pictures.reshape(36, -1)
        apart = ((flat[:, None] - flat) ** 2).sum(axis=2)
        apart[who[:, None] == who] = np.inf
        return np.mean(which[apart.argmin(axis=1)] == which)

    assert right(spoken) < 0.3
    assert right(features.mfcc(spoken)[..., 1:]) > 0.85


def test_with_hann_a_soft_tone_is_seen_beside_any_loud_one():
    turns = 2 * np.pi * np.arange(512) / 512
    for waves in np.arange(20, 21.1, 0.25):
        x = np.sin(waves * turns) + 0.001 * np.sin(60 * turns)
        for window, seen in [(hann(512), True), (np.ones(512), waves % 1 == 0)]:
            power = np.abs(np.fft.rfft(x * window)) ** 2
            assert (power[60] > 4 * np.median(power[50:57])) == seen
