"""The front end in whole numbers: near the floats, and in C equal to Python."""

import shutil
import subprocess

import numpy as np
import pytest
import qemu

from tinyml_course import device
from tinyml_course.device import toolchain
from tinyml_course.errors import CourseError, DataError
from tinyml_course.features import FrontEnd, fixed_log_mel, frontend_c, log_mel, sound
from tinyml_course.features.fixed_sound import log2_q15

RATE = 16000
T = np.arange(RATE) / RATE
FLAGS = (
    "-Wall -Wextra -Werror -Wundef -Wshadow -Wdouble-promotion -Wconversion -fno-common"
).split()


def samples(x):
    return np.clip(np.round(x * 32768), -32768, 32767).astype(np.int16)


def sounds():
    rng = np.random.default_rng(3)
    return {
        "tone": samples(0.5 * np.sin(2 * np.pi * 1000 * T)),
        "quiet tone": samples(0.001 * np.sin(2 * np.pi * 440 * T)),
        "chirp": samples(np.sin(2 * np.pi * 4000 * T**2)),
        "noise": samples(rng.normal(0, 0.1, RATE)),
        "silence": np.zeros(RATE, np.int16),
        "one step": rng.integers(-1, 2, RATE).astype(np.int16),
        "clipped": samples(3 * np.sin(2 * np.pi * 300 * T)),
        "lowest": np.full(RATE, -32768, np.int16),
        "highest": np.full(RATE, 32767, np.int16),
        "alternating": samples(np.where(np.arange(RATE) % 2, 1.0, -1.0)),
        "full-scale noise": rng.integers(-32768, 32768, RATE).astype(np.int16),
        "full-scale signs": np.where(rng.random(RATE) < 0.5, -32768, 32767).astype(
            np.int16
        ),
        "click": np.eye(1, RATE, 8000, dtype=np.int16)[0] * np.int16(32767),
    }


SOUNDS = sounds()
ALL = np.stack(list(SOUNDS.values()))
SMALL = FrontEnd(
    rate_hz=8000,
    window_ms=32,
    hop_ms=10,
    bands=20,
    low_hz=100,
    high_hz=3800,
    scale=0.2,
    zero_point=-3,
)
LARGE = FrontEnd(window_ms=64, hop_ms=64, bands=64, scale=0.1, zero_point=127)


def windows(x, front):
    cut = sound.frames(x, front.window, front.hop)
    return np.ascontiguousarray(cut.reshape(-1, front.window))


def rounded(x, front):
    """The floats, as the front end's output would hold them."""
    steps = np.round(log_mel(x) / front.scale) + front.zero_point
    return np.clip(steps, -128, 127)


@pytest.mark.parametrize("name", SOUNDS)
def test_whole_numbers_are_within_one_step_of_the_floats(name):
    front = FrontEnd()
    off = np.abs(fixed_log_mel(SOUNDS[name]) - rounded(SOUNDS[name], front))
    assert off.max() <= 1
    assert off.mean() < 0.4


@pytest.mark.parametrize("front", [FrontEnd(), SMALL, LARGE])
def test_the_c_on_this_computer_equals_python(front):
    x = windows(ALL, front)
    said = device.host(frontend_c(front, "ear"), "ear").predict(x)
    np.testing.assert_array_equal(
        said, fixed_log_mel(ALL, front).reshape(-1, front.bands)
    )


def test_the_worst_windows_of_each_bin_do_not_overflow():
    front = FrontEnd()
    turn = 2 * np.pi * np.outer(np.arange(1, 256, 3), np.arange(480)) / 512
    worst = np.concatenate([np.cos(turn), np.sin(turn)])
    x = np.where(worst < 0, -32768, 32767).astype(np.int16)
    said = device.host(frontend_c(front, "ear"), "ear").predict(x)
    np.testing.assert_array_equal(said, fixed_log_mel(x, front)[:, 0])
    assert np.abs(said - rounded(x, front)[:, 0]).max() <= 1


@pytest.mark.parametrize("board", ["nano33", "pico"])
def test_the_board_equals_python(board):
    front = FrontEnd()
    x = windows(ALL[:, :2000], front)
    firmware = device.build_model(frontend_c(front, "ear"), "ear", board)
    result = device.run(firmware, x.tobytes(), name="ear")
    assert result.stdout == fixed_log_mel(ALL[:, :2000]).tobytes()
    names = [row.kind for row in result.profile]
    assert names == ["pack", "transform", "bands", "log", "other"]


@qemu.needed
def test_qemu_says_the_same(tmp_path):
    x = windows(ALL[:, :1000], FrontEnd())
    firmware = device.build_model(frontend_c(), "frontend")
    said, _, status = qemu.run(firmware.elf, x.tobytes(), tmp_path)
    assert status == 0
    assert said == fixed_log_mel(ALL[:, :1000]).tobytes()


def test_what_the_front_end_costs_on_the_board():
    firmware = device.build_model(frontend_c(), "frontend")
    x = windows(ALL, FrontEnd())[:40]
    result = device.run(firmware, x.tobytes(), name="frontend")
    assert firmware.flash_bytes - device.overhead_bytes() < 6000
    assert result.ram_bytes < 3600
    assert result.latency_ms < 24 / 12  # of a hop of 24 ms


PUSH = """#include "board.h"
#include "ear.h"

int main(void) {
  int16_t hop[EAR_HOP];
  for (int twice = 0; twice < 2; twice++) {
    ear_reset();
    for (int i = 0; i < 4; i++) {
      board_read(hop, sizeof hop);
      ear_push(hop);
      board_write(ear_output(), EAR_BANDS);
    }
  }
  return 0;
}
"""


def test_pushed_hop_by_hop_it_equals_the_sound_after_silence():
    front = FrontEnd()
    x = SOUNDS["chirp"][: 4 * front.hop]
    said = device.run({**frontend_c(front, "ear"), "main.c": PUSH}, x.tobytes() * 2)
    before = np.zeros(front.window - front.hop, np.int16)
    want = fixed_log_mel(np.concatenate([before, x]), front)
    assert want.shape == (4, 32)
    assert said.stdout == want.tobytes() * 2


def test_the_c_compiles_without_a_warning():
    for target in ("host", "cortex_m4", "cortex_m0plus", "wasm"):
        toolchain.compile_objects(frontend_c(name="ear"), target, flags=FLAGS)


def test_it_becomes_webassembly():
    assert device.wasm(frontend_c(), "frontend").startswith(b"\0asm")


def test_two_front_ends_link_into_one_program():
    main = """#include "left.h"
#include "right.h"
int main(void) { return left_invoke() + right_invoke(); }
"""
    sources = frontend_c(FrontEnd(), "left") | frontend_c(SMALL, "right")
    assert device.run({**sources, "main.c": main}).exit_code == 0


@pytest.mark.skipif(not shutil.which("gcc"), reason="gcc is not installed")
def test_gcc_finds_nothing_undefined(tmp_path):
    front = FrontEnd()
    main = """#include <stdio.h>
#include "ear.h"
int main(void) {
  while (fread(ear_input(), EAR_INPUT_0_BYTES, 1, stdin) == 1) {
    ear_invoke();
    fwrite(ear_output(), EAR_BANDS, 1, stdout);
  }
  return 0;
}
"""
    for file, text in {**frontend_c(front, "ear"), "main.c": main}.items():
        (tmp_path / file).write_text(text)
    flags = ["-std=c11", "-O1", *FLAGS, "-fsanitize=address,undefined"]
    flags += ["-fno-sanitize-recover=all", "-o", "program"]
    units = ["main.c", "ear.c", "tc_frontend.c"]
    subprocess.run(["gcc", *flags, *units], cwd=tmp_path, check=True)
    x = windows(ALL, front)
    done = subprocess.run(
        [tmp_path / "program"], input=x.tobytes(), capture_output=True, check=True
    )
    assert done.stdout == fixed_log_mel(ALL).tobytes()


def test_the_logarithm_is_near_the_true_one():
    powers = np.uint64(1) << np.arange(64, dtype=np.uint64)
    small = np.arange(1, 5000, dtype=np.uint64)
    x = np.concatenate([small, powers, (powers - np.uint64(1))[1:]])
    off = log2_q15(x) / 32768 - np.log2(x.astype(np.float64))
    assert np.abs(off).max() < 0.0003


def test_the_same_front_end_gives_the_same_c():
    assert frontend_c(FrontEnd(), "a") == frontend_c(FrontEnd(), "a")
    text = "".join(frontend_c().values())
    assert "float" not in text.replace("no float", "")


def test_wrong_wishes_are_refused():
    with pytest.raises(DataError, match="int16"):
        fixed_log_mel(np.zeros(16000))
    with pytest.raises(DataError, match="33 to 1,024 samples"):
        FrontEnd(window_ms=100)
    with pytest.raises(DataError, match="1 to 64 bands"):
        FrontEnd(bands=100)
    with pytest.raises(DataError, match="zero point"):
        FrontEnd(zero_point=200)
    with pytest.raises(DataError, match="whole zero point"):
        FrontEnd(zero_point=3.5)
    with pytest.raises(DataError, match="hold no bin"):
        FrontEnd(window_ms=8, hop_ms=8, bands=60)
    with pytest.raises(CourseError, match="cannot name a front end"):
        frontend_c(name="2 ears")
