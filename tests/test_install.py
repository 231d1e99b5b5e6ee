"""The set-up says clearly what is wrong; each condition is faked here."""

import io
import os
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from tinyml_course.install import __main__ as setup
from tinyml_course.install import environment, problems, tools
from tinyml_course.install.problems import SetupError
from tinyml_course.install.progress import Progress

ROOT = Path(__file__).parents[1]
Disk = namedtuple("Disk", "total used free")


@pytest.fixture
def checkout(tmp_path):
    """A checkout with a lock of two packages and a .venv that only looks like one."""
    (tmp_path / "requirements.lock").write_text("a==1 \\\n    --hash=x\nb==2\n")
    (tmp_path / "pyproject.toml").write_text("")
    python = environment._venv_python(tmp_path)
    python.parent.mkdir(parents=True)
    python.write_text("")
    environment._site_packages(tmp_path).mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize("version", [(3, 6), (3, 10), (3, 14), (4, 0)])
def test_an_unsuitable_python_is_named(version):
    with pytest.raises(SetupError, match=rf"This is Python {version[0]}\.{version[1]}"):
        problems.check_python(version)


def test_suitable_pythons_pass():
    for version in [(3, 11, 7), (3, 12), (3, 13)]:
        problems.check_python(version, has_venv=True)


def test_a_missing_venv_module_names_its_package():
    with pytest.raises(SetupError, match="apt-get install python3-venv"):
        problems.check_python((3, 11), has_venv=False)


def test_a_full_disk_is_seen_before_the_start(tmp_path, monkeypatch):
    monkeypatch.setattr(problems.shutil, "disk_usage", lambda _: Disk(9, 8, 10**9))
    with pytest.raises(SetupError, match=r"needs 3,500 MB .* 1,000 MB are free"):
        problems.check_disk(tmp_path)


def test_what_is_already_there_counts(tmp_path, monkeypatch):
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "half").write_bytes(bytes(3000))
    monkeypatch.setattr(problems, "NEEDED_BYTES", 5000)
    monkeypatch.setattr(problems.shutil, "disk_usage", lambda _: Disk(9, 8, 2500))
    problems.check_disk(tmp_path)


def test_a_read_only_folder_is_named(tmp_path, monkeypatch):
    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(problems.tempfile, "TemporaryFile", refuse)
    with pytest.raises(SetupError, match="cannot be written"):
        problems.check_folder(tmp_path)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("ERROR: [Errno 28] No space left on device", "disk is full"),
        (
            "NewConnectionError('Temporary failure in name resolution')\n"
            "ERROR: No matching distribution found for absl-py==2.5.1",
            "cannot be reached.*HTTPS_PROXY",
        ),
        ("ProxyError('Cannot connect to proxy.')", "proxy refused.*NO_PROXY"),
        ("SSLError(CERTIFICATE_VERIFY_FAILED)", "not trusted.*PIP_CERT"),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS\n"
            "    numpy==2.4.6 from file:///numpy.whl:\n        Expected sha256 1",
            r"\(numpy==2.4.6\).*cache purge",
        ),
        ("No matching distribution found for numpy==2.4.6", "no numpy==2.4.6 for Pyth"),
        ("PermissionError: [Errno 13] Permission denied", "Remove .venv"),
    ],
)
def test_pips_log_is_explained(log, words):
    assert problems.re.search(words, problems.explain(log))


def test_a_failed_program_shows_the_end_of_its_log(checkout):
    with pytest.raises(SetupError, match=r"(?s)A step failed.*course\.log.*\| out of"):
        environment.call(
            [sys.executable, "-c", "print('out of luck'); raise SystemExit(3)"],
            checkout,
            "course.log",
        )
    assert "out of luck" in (checkout / ".venv/course.log").read_text()


def test_the_stamp_holds_lock_python_and_place(checkout):
    stamp = checkout / ".venv" / environment.STAMP
    assert not environment.is_current(checkout)
    stamp.write_text(setup.json.dumps(environment.fingerprint(checkout)))
    assert environment.is_current(checkout)
    (checkout / "requirements.lock").write_text("a==2\n")
    assert not environment.is_current(checkout)
    stamp.write_text("{")
    assert not environment.is_current(checkout)


def test_a_half_installed_package_is_dropped(checkout):
    site = environment._site_packages(checkout)
    for name in ("a-1.dist-info", "b-2.dist-info"):
        (site / name).mkdir()
    (site / "a-1.dist-info" / "INSTALLER").write_text("pip")
    environment._drop_half_installed(checkout)
    assert [path.name for path in site.iterdir()] == ["a-1.dist-info"]


def test_an_interrupted_set_up_leaves_no_stamp(checkout, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(setup, "ROOT", checkout)
    monkeypatch.setattr(environment, "make_environment", lambda *_: None)
    monkeypatch.setattr(environment, "install_packages", interrupted)
    monkeypatch.setattr(setup, "check_disk", lambda _: None)
    assert setup.main([]) == 130
    assert not environment.is_current(checkout)


def test_progress_counts_packages(checkout, monkeypatch):
    lines = ["Ignoring b: markers do not match", "Collecting a==1"]

    def play(arguments, root, log, on_line):
        for line in lines:
            on_line(line)
        environment.threading.Event().wait(0.7)

    monkeypatch.setattr(environment, "call", play)
    stream = io.StringIO()
    environment.install_packages(checkout, Progress(stream))
    assert "30 %  getting a" in stream.getvalue()


def test_missing_test_tools_are_named_and_fatal_on_ci(checkout, monkeypatch, capsys):
    monkeypatch.setattr(tools.shutil, "which", lambda _: None)
    monkeypatch.delenv("CI", raising=False)
    tools.install_test_tools(checkout, Progress(io.StringIO()))
    assert "Skipped without chromium: the tests" in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    with pytest.raises(SetupError, match="no test may be skipped"):
        tools.install_test_tools(checkout, Progress(io.StringIO()))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no make: README")
def test_make_alone_lists_every_word():
    text = subprocess.run(
        ["make", "-C", ROOT], capture_output=True, text=True, check=True
    ).stdout
    for word in "lab test setup notebooks book lint lock clean help".split():
        assert f"make {word} " in text
    makefile = (ROOT / "Makefile").read_text()
    assert "|| true" not in makefile
    assert "make test" in (ROOT / ".ci/run").read_text()
