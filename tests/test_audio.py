"""Sounds to press and hear: files that other programs read, players that say what."""

import base64
import html
import io
import re
import wave

import numpy as np
import pytest

from tinyml_course import audio
from tinyml_course.errors import DataError


def read(data):
    with wave.open(io.BytesIO(data)) as file:
        raw = file.readframes(file.getnframes())
        return file.getframerate(), file.getnchannels(), np.frombuffer(raw, "<i2")


def test_a_wav_file_holds_the_samples():
    x = np.array([0, 0.5, -1, 1, 7])
    rate, channels, samples = read(audio.to_wav(x, 8000))
    assert (rate, channels) == (8000, 1)
    assert samples.tolist() == [0, 16384, -32768, 32767, 32767]


def test_whole_samples_stay_as_they_are():
    x = np.array([-32768, 5, 32767], np.int16)
    assert read(audio.to_wav(x))[2].tolist() == x.tolist()


def test_equal_sounds_are_equal_bytes():
    x = np.sin(np.arange(100))
    assert audio.to_wav(x) == audio.to_wav(x.copy())


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.zeros((2, 5)), "one row of samples"),
        (np.zeros(0), "one row of samples"),
        (np.array([np.nan]), "not finite"),
        (np.zeros(16000 * 21), "at most 20 seconds"),
    ],
)
def test_what_is_no_sound_is_refused(x, words):
    with pytest.raises(DataError, match=words):
        audio.to_wav(x)


def test_each_player_has_its_name_and_its_samples(monkeypatch):
    shown = []
    monkeypatch.setattr(audio, "_display", shown.append)
    audio.play({"soft & low": np.zeros(8), "loud": np.ones(8)}, rate_hz=8000)
    (bundle,) = shown
    assert bundle["text/plain"] == "Sound: soft & low, loud"
    page = bundle["text/html"]
    assert page.count("<audio controls") == 2
    assert html.unescape(re.findall('aria-label="([^"]*)"', page)[0]) == "soft & low"
    data = re.findall(r"base64,([^\"]+)", page)[1]
    assert read(base64.b64decode(data))[2].tolist() == [32767] * 8
    assert "http" not in page


@pytest.mark.slow
def test_axe_finds_nothing_in_a_player(monkeypatch, tmp_path):
    import browser

    shown = []
    monkeypatch.setattr(audio, "_display", shown.append)
    audio.play({"a click": np.eye(1, 800)[0], "silence": np.zeros(800)})
    (tmp_path / "index.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title>'
        f"<main><h1>Sounds</h1>{shown[0]['text/html']}</main>",
        encoding="utf-8",
    )
    with (
        browser.chromium() as chrome,
        browser.serve(tmp_path) as url,
        browser.watched(chrome) as page,
    ):
        page.goto(f"{url}/index.html")
        page.wait_for_function("document.querySelector('audio').duration > 0.04")
        assert browser.axe_violations(page) == []
