"""The command line: right words work, wrong ones are one line and exit status 2."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from tinyml_course import chapters, cli, datasets

KEYS = set(
    "flash_bytes ram_bytes arena_bytes stack_bytes overhead_bytes instructions macs "
    "cycles latency_ms energy_uj tflm_arena_bytes fits board".split()
)


@pytest.fixture(scope="module")
def model():
    return str(datasets.model_path("digits_cnn"))


@pytest.fixture
def fails(capsys):
    """Run ``tinyml`` with these words; it must refuse in one line, which is given."""

    def run(*words):
        assert cli.main([str(word) for word in words]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1, captured.err
        return captured.err

    return run


def bad_models(folder, model):
    """Files that are no int8 model, by what is wrong with them."""
    whole = Path(model).read_bytes()
    rng = np.random.default_rng(0)
    contents = {
        "empty": b"",
        "truncated": whole[: len(whole) // 2],
        "one byte": b"\0",
        "random": rng.bytes(5000),
        "random with the mark": rng.bytes(4) + b"TFL3" + rng.bytes(5000),
        "text": b"this is no model\n" * 100,
    }
    for name, content in contents.items():
        path = folder / f"{name}.tflite"
        path.write_bytes(content)
        yield path
    yield folder / "missing.tflite"
    yield folder


def test_a_bad_model_is_refused_by_every_command(tmp_path, model, fails):
    out = tmp_path / "out"
    for path in bad_models(tmp_path, model):
        fails("bench", path)
        fails("bench", path, "--json")
        fails("verify", path)
        fails("compile", path, "--target", "c", "--out", out)
        assert not out.exists()


def test_bad_inputs_are_refused(tmp_path, model, fails):
    x = np.zeros((2, 8, 8, 1), np.int8)
    cases = {
        "float": {"x": x.astype(np.float32)},
        "nan": {"x": np.full(x.shape, np.nan)},
        "uint8": {"x": x.astype(np.uint8)},
        "shape": {"x": x[:, :7]},
        "none": {"x": x[:0]},
        "scalar": {"x": np.int8(1)},
        "no x": {"data": x},
        "object": {"x": np.array([{}], object)},
        "y": {"x": x, "y": np.zeros((3, 10), np.int8)},
    }
    for name, arrays in cases.items():
        path = tmp_path / f"{name}.npz"
        np.savez(path, **arrays)
        fails("verify", model, "--inputs", path)
    (tmp_path / "text.npz").write_text("no arrays")
    for path in (tmp_path / "text.npz", tmp_path / "missing.npz", tmp_path):
        assert str(path) in fails("bench", model, "--inputs", path)


def test_wrong_places_and_names_are_refused(tmp_path, model, fails):
    (tmp_path / "file").write_text("")
    made = ("compile", model, "--target", "c", "--out")
    assert "is a file" in fails(*made, tmp_path / "file")
    fails(*made, tmp_path / "file" / "below")
    fails(*made, tmp_path / "out", "--name", "int")
    fails(*made, tmp_path / "out", "--name", "a-b")
    fails(*made, tmp_path / "out", "--board", "uno")
    fails("bench", model, "--board", "uno")
    fails("verify", model, "--c", tmp_path / "missing")
    fails("verify", model, "--c", tmp_path)
    fails("run", "77")
    fails("run", tmp_path / "no.ipynb")
    fails("app", "no-such-app")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words", [[], ["fly"], ["compile", "m"], ["lab", "--port", "x"]]
)
def test_wrong_usage_has_status_2(words):
    with pytest.raises(SystemExit) as caught:
        cli.main(words)
    assert caught.value.code == 2


def test_bench_gives_the_keys_of_the_contract(model, capsys):
    assert cli.main(["bench", model, "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert set(row) >= KEYS
    assert row["fits"]
    assert cli.main(["bench", model]) == 0
    assert f"{row['flash_bytes']:,} B" in capsys.readouterr().out


def test_bench_with_profile_prints_every_layer(model, capsys):
    assert cli.main(["bench", model, "--profile"]) == 0
    said = capsys.readouterr().out
    for layer in ("0 conv2d", "4 reshape", "6 softmax", "all"):
        assert re.search(rf"(?m)^{layer} ", said), layer
    assert "latency x 3.3 mA x 3 V" in said
    assert cli.main(["bench", model, "--profile", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["profile"]) == 8


def test_bench_on_another_board_says_what_it_does_not_estimate(model, capsys):
    assert cli.main(["bench", model, "--board", "pico"]) == 0
    assert "not estimated: the maker gives no current" in capsys.readouterr().out


def test_bench_knows_a_benchmarks_model_by_its_fingerprint(model, capsys, monkeypatch):
    from dataclasses import replace

    from tinyml_course import graph, mlperf

    mine = replace(mlperf.RESULTS[0], sha256=graph.read(model).sha256)
    monkeypatch.setattr(mlperf, "RESULTS", (mine,))
    assert cli.main(["bench", model, "--board", "nucleo_l4r5zi"]) == 0
    assert "600.6 ms (TFLM; this is -99 %)" in capsys.readouterr().out
    assert cli.main(["bench", model]) == 0
    assert "TFLM;" not in capsys.readouterr().out


def test_bench_says_in_one_line_what_does_not_fit(model, capsys, monkeypatch):
    from tinyml_course import report

    row = dict.fromkeys(KEYS) | {"fits": False, "reason": "Too big by 1 byte."}
    monkeypatch.setattr(report, "bench", lambda *_, **__: row)
    assert cli.main(["bench", model]) == 0
    assert capsys.readouterr().out == "Too big by 1 byte.\n"


def test_verify_tells_equal_from_unequal(tmp_path, model, capsys):
    out = tmp_path / "c"
    words = ["compile", model, "--target", "c", "--out", str(out), "--name", "kws"]
    assert cli.main(words) == 0
    assert (out / "kws.h").exists()
    assert cli.main(["verify", model, "--c", str(out)]) == 0
    assert "Equal" in capsys.readouterr().out
    source = out / "kws.c"
    text = source.read_text()
    weights = re.search(r"\{\s*(-?\d+(?:,\s*-?\d+){15,})", text)
    changed = re.sub(r"-?\d+", "77", weights.group(1), count=12)
    source.write_text(text.replace(weights.group(1), changed, 1))
    assert cli.main(["verify", model, "--c", str(out), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["mismatches"] > 0


def test_doctor_finds_this_machine_well(capsys):
    assert cli.main(["doctor"]) == 0
    assert "Every student command works here." in capsys.readouterr().out


def test_doctor_fails_when_something_needed_is_missing(capsys, monkeypatch):
    from tinyml_course import doctor

    lost = [doctor.Finding("jupyterlab", False, True, "Run make setup.")]
    monkeypatch.setattr(doctor, "examine", lambda: lost)
    assert cli.main(["doctor"]) == 1
    assert "MISSING  jupyterlab" in capsys.readouterr().out


def test_doctor_says_when_the_box_is_there_and_does_not_run(capsys, monkeypatch):
    from tinyml_course import doctor
    from tinyml_course.grading import box

    found = [doctor.Finding("bwrap", True, False, "")]
    monkeypatch.setattr(doctor, "examine", lambda: found)
    monkeypatch.setattr(box, "why_not", lambda: "bubblewrap does not run here: no\nmap")
    assert cli.main(["doctor"]) == 0
    assert "optional bwrap" in (said := capsys.readouterr().out)
    assert "no grading. bubblewrap does not run here: no map\n" in said
    monkeypatch.setattr(box, "why_not", lambda: None)
    assert cli.main(["doctor"]) == 0
    assert "ok       bwrap" in capsys.readouterr().out


def served(*words):
    """Start a server, give its process and the URL of its first line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tinyml_course.cli", *words],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    return process, process.stdout.readline().strip()


def stopped(process):
    """Interrupt it and give the exit status."""
    os.kill(process.pid, signal.SIGINT)
    process.stdout.close()
    return process.wait(60)


@pytest.mark.slow
def test_lab_answers_at_its_url_and_asks_nobody_for_news():
    process, url = served("lab", "--no-browser", "--port", "0")
    try:
        page = urllib.request.urlopen(url, timeout=30).read().decode()
        assert '"news": {"disabled": true}' in page
        assert "/lab/tree/0" in url
    finally:
        status = stopped(process)
    assert status == 0


@pytest.mark.slow
def test_every_app_answers_at_its_url():
    for path in sorted((chapters.ROOT / "notebooks" / "apps").glob("*.ipynb")):
        process, url = served("app", path.stem, "--no-browser")
        try:
            page = urllib.request.urlopen(url, timeout=120).read().decode()
            assert "<html" in page
        finally:
            status = stopped(process)
        assert status == 0


def test_labels_from_the_command_line_and_from_a_file(tmp_path, model):
    words = tmp_path / "labels.txt"
    words.write_text("\n".join(f"no. {i}" for i in range(10)) + "\n")
    for number, labels in enumerate((",".join("0123456789"), str(words))):
        out = tmp_path / str(number)
        command = ["compile", model, "--target", "c", "--out", str(out), "--std", "16"]
        assert cli.main([*command, "--labels", labels]) == 0
    assert '"9",' in (tmp_path / "0" / "model_io.c").read_text()
    assert '"no. 9",' in (tmp_path / "1" / "model_io.c").read_text()


def test_labels_that_do_not_fit(tmp_path, model, fails):
    made = ("compile", model, "--target", "c", "--out", tmp_path / "out", "--labels")
    assert "Received 2 labels" in fails(*made, "a,b")
    assert "cannot be read" in fails(*made, tmp_path / "none.txt")
    assert not (tmp_path / "out").exists()
