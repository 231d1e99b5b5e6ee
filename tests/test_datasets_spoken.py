"""The spoken words are what their card says, and can be spoken anew."""

import numpy as np

from tinyml_course import datasets, features
from tinyml_course.datasets import spoken


def everything():
    data = datasets.load("spoken")
    x = np.concatenate([data.x_train, data.x_test])
    y = np.concatenate([data.y_train, data.y_test])
    voice = np.concatenate([data.groups_train, data.groups_test])
    return x[np.lexsort([voice, y])]


def test_each_word_is_there_by_each_voice_and_voices_are_not_on_both_sides():
    data = datasets.load("spoken", seed=3)
    assert data.x_train.shape == (24, 8000)
    assert data.x_test.shape == (12, 8000)
    assert data.x_train.dtype == np.int16
    assert set(data.groups_train).isdisjoint(data.groups_test)
    assert data.labels == spoken.WORDS
    assert np.bincount(data.y_train).tolist() == [4] * 6


def test_recordings_are_words_with_zeros_behind_them():
    for x in everything():
        assert abs(int(np.abs(x.astype(int)).max()) - 0.6 * 32767) < 2
        assert 0.2 < np.flatnonzero(x)[-1] / 16000 < 0.5


def test_spoken_anew_they_are_nearly_the_same():
    again = features.log_mel(spoken.generate())
    off = np.abs(again - features.log_mel(everything())).mean(axis=(1, 2))
    assert off.max() < 1.5
    assert off.mean() < 0.5
