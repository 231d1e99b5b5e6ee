"""Sound as floats: against SciPy, TensorFlow and what can be known without either."""

import numpy as np
import pytest
from scipy import fft, signal

from tinyml_course.errors import DataError
from tinyml_course.features import log_mel, mel_filters, mfcc, sound, stft

RATE = 16000
T = np.arange(RATE) / RATE
NOISE = np.random.default_rng(0).normal(0, 0.1, (2, RATE))


def test_hann_is_scipys():
    np.testing.assert_allclose(sound.hann(480), signal.get_window("hann", 480))


def test_stft_is_scipys():
    window = signal.get_window("hann", 480)
    theirs = signal.ShortTimeFFT(window, 384, RATE, mfft=512, phase_shift=None)
    want = theirs.stft(NOISE, p0=1, k_offset=0)[:, :, :41]
    ours = stft(NOISE, 480, 384)
    centred = np.arange(1, 42) * 384 - 240  # where theirs has the middle of a window
    shifted = np.stack(
        [np.fft.rfft(NOISE[:, m : m + 480] * window, 512) for m in centred[:40]], 1
    )
    np.testing.assert_allclose(np.abs(want[..., :40]), np.abs(shifted.swapaxes(1, 2)))
    assert ours.shape == (2, 41, 257)
    again = np.fft.rfft(NOISE[:, 384 : 384 + 480] * window, 512)
    np.testing.assert_allclose(ours[:, 1], again)


def test_a_full_scale_tone_has_power_one():
    tone = np.cos(2 * np.pi * 1000 * T)
    power = sound.power_spectrum(tone, 480, 384)
    np.testing.assert_allclose(power.max(axis=1), 1)


def test_int16_is_the_same_sound():
    whole = np.round(NOISE * 32768).astype(np.int16)
    np.testing.assert_array_equal(log_mel(whole), log_mel(whole / 32768))


def test_frames_leave_the_rest_over():
    assert sound.frames(np.zeros(RATE), 480, 384).shape == (41, 480)
    with pytest.raises(DataError, match="at least 480 samples"):
        sound.frames(np.zeros(100), 480, 384)


def test_mel_is_there_and_back():
    hz = np.linspace(0, 8000, 50)
    np.testing.assert_allclose(sound.mel_to_hz(sound.hz_to_mel(hz)), hz, atol=1e-9)


@pytest.mark.tf
def test_mel_filters_and_mfcc_are_tensorflows():
    import tensorflow as tf

    ours = mel_filters(32, 512, RATE, 80, 7600)
    theirs = tf.signal.linear_to_mel_weight_matrix(32, 257, RATE, 80.0, 7600.0).numpy()
    np.testing.assert_allclose(ours, theirs, atol=1e-3)
    logs = log_mel(NOISE)
    theirs = tf.signal.mfccs_from_log_mel_spectrograms(logs).numpy()
    basis = sound.dct_matrix(32, 13)
    basis[:, 0] *= np.sqrt(2)  # theirs is not orthonormal there
    np.testing.assert_allclose(logs @ basis, theirs[..., :13], rtol=1e-3, atol=1e-3)


def test_neighbouring_bands_share_each_bin():
    weights = mel_filters()
    centres = sound.mel_to_hz(
        np.linspace(sound.hz_to_mel(80), sound.hz_to_mel(7600), 34)
    )
    hz = np.arange(257) * RATE / 512
    between = (hz > centres[1]) & (hz < centres[-2])
    np.testing.assert_allclose(weights[between].sum(axis=1), 1)
    assert (weights[(hz <= 80) | (hz >= 7600)] == 0).all()


def test_a_band_without_bins_is_refused():
    with pytest.raises(DataError, match="hold no bin"):
        mel_filters(80, 256)
    with pytest.raises(DataError, match="half the rate"):
        mel_filters(32, 512, 8000, 80, 7600)


def test_log_mel_of_a_tone_lights_the_band_it_lies_in():
    for hz in (200, 1000, 4000):
        picture = log_mel(np.sin(2 * np.pi * hz * T))
        weights = mel_filters()[round(hz * 512 / RATE)]
        assert (picture.argmax(axis=1) == weights.argmax()).all()
        assert -1 < picture.max() < 1


def test_halving_a_sound_lowers_it_by_two_doublings_of_power():
    np.testing.assert_allclose(log_mel(NOISE) - log_mel(NOISE / 2), 2, atol=0.01)


def test_mfcc_is_scipys_dct():
    theirs = fft.dct(log_mel(NOISE), norm="ortho", axis=-1)[..., :13]
    np.testing.assert_allclose(mfcc(NOISE), theirs, atol=1e-4)
    assert mfcc(NOISE).dtype == np.float32


def test_all_coefficients_give_the_bands_back():
    logs = log_mel(NOISE)
    basis = sound.dct_matrix(32, 32)
    np.testing.assert_allclose(mfcc(NOISE, coefficients=32) @ basis.T, logs, atol=1e-4)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"hop_ms": 0}, "Window and hop .* received 480 and 0"),
        ({"hop_ms": -24}, "Window and hop .* received 480 and -384"),
        ({"bands": 0}, "1 mel band at least.* received 0 from 80 to 7,600 Hz"),
        ({"rate_hz": 8000}, "half the rate, 4,000 Hz.* Give low_hz and high_hz"),
        ({"low_hz": 0}, "all lie above 0"),
    ],
)
def test_what_no_picture_can_have_is_told(wrong, says):
    with pytest.raises(DataError, match=says):
        log_mel(NOISE, **wrong)


def test_sounds_of_another_kind_are_told_and_not_taken_for_loud_ones():
    with pytest.raises(DataError, match="received int64"):
        log_mel(np.round(NOISE * 32768).astype(np.int64))
    with pytest.raises(DataError, match="not finite"):
        log_mel(np.full(RATE, np.nan))


def test_a_transform_does_not_cut_its_window():
    with pytest.raises(DataError, match=r"256 points would cut off .* Take 512 points"):
        stft(NOISE, 480, 384, points=256)


def test_there_are_no_more_coefficients_than_bands():
    assert mfcc(NOISE, coefficients=32).shape == (2, 41, 32)
    with pytest.raises(DataError, match=r"Of 32 values 1 to 32 .* received 33"):
        mfcc(NOISE, coefficients=33)
