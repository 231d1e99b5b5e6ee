"""The house: what the README says is so, and nothing names one machine."""

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

from tinyml_course import chapters, datasets
from tinyml_course.install import problems

ROOT = chapters.ROOT
README = (ROOT / "README.md").read_text(encoding="utf-8")
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def committed():
    """Text files that git knows or would add."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    for name in filter(None, names):
        path = ROOT / name
        if path.is_file():
            try:
                yield name, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def test_the_readme_is_one_screen_with_two_commands():
    assert len(README.splitlines()) <= 60
    assert re.findall(r"(?m)^    (make \w+)", README) == ["make lab", "make test"]


def test_the_readme_maps_folders_that_exist():
    made_later = {"work/", "build/"}
    folders = set(re.findall(r"(?m)^    (\w+/) ", README))
    assert {"tinyml_course/", "notebooks/", "tests/"} <= folders
    assert all((ROOT / name).is_dir() for name in folders - made_later)


def test_links_in_the_readme_lead_somewhere():
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_the_size_in_the_readme_is_what_the_set_up_asks_for():
    gigabytes = float(re.search(r"([\d.]+) GB of disk", README).group(1))
    assert gigabytes * 1e9 == problems.NEEDED_BYTES
    present = sum(
        path.lstat().st_size for path in (ROOT / ".venv").rglob("*") if path.is_file()
    )
    assert present < problems.NEEDED_BYTES


def test_the_picture_in_the_readme_shows_what_the_bench_counts():
    spec = importlib.util.spec_from_file_location("picture", ROOT / "book/picture.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    again = "Draw it again: python book/picture.py"
    assert module.PLACE.read_text(encoding="utf-8") == module.picture(), again


def test_the_number_of_packages_in_the_readme_is_the_locks():
    packages = int(re.search(r"(\d+) packages", README).group(1))
    assert packages == len(re.findall(r"(?m)^[\w.-]+==", LOCK))


def test_the_lock_has_hashes_and_no_hosts():
    pins = re.findall(r"(?m)^[\w.-]+==\S+.*(?:\n {4}.*)*", LOCK)
    assert len(pins) > 150
    assert all("--hash=sha256:" in pin for pin in pins)
    assert not re.search(r"https?://|file:|--index|--find-links| @ ", LOCK)


def test_the_lock_names_every_requirement():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(line for extra in extras for line in extra)]
    for line in wanted:
        name = re.match(r"[\w.-]+", line).group()
        assert re.search(rf"(?mi)^{re.escape(name)}==", LOCK), name


def test_no_file_names_a_place_on_one_machine():
    places = re.compile(r"(?<![\w.$}])/(?:root|home/(?!user\b)\w+|work/\w+|Users/\w+)/")
    for name, text in committed():
        found = places.search(text)
        assert not found, f"{name}: {found.group()}"


def test_the_version_is_said_once():
    import tinyml_course

    version = tinyml_course.__version__
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == version
    assert f"version: {version}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.slow
def test_the_package_alone_compiles_and_benches_without_tensorflow(tmp_path):
    source = tmp_path / "source"
    keep = shutil.ignore_patterns(".*", "work", "build", "__pycache__")
    shutil.copytree(ROOT, source, ignore=keep)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-build-isolation"]
        + ["--no-deps", "--no-index", "-w", str(tmp_path), str(source)],
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "env", with_pip=True)
    programs = tmp_path / "env" / "bin"
    subprocess.run([programs / "pip", "install", "-q", wheel], check=True)
    packages = subprocess.run(
        [programs / "pip", "list"], capture_output=True, text=True, check=True
    ).stdout
    assert "tensorflow" not in packages
    model = "from tinyml_course import datasets as d; print(d.model_path('digits_cnn'))"
    path = subprocess.run(
        [programs / "python", "-c", model],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert "_datasets" in path
    assert Path(path).read_bytes() == datasets.model_path("digits_cnn").read_bytes()
    for words in (
        ["bench", path, "--json"],
        ["compile", path, "--target", "firmware", "--out", "out"],
    ):
        subprocess.run([programs / "tinyml", *words], cwd=tmp_path, check=True)
    assert (tmp_path / "out" / "model.elf").exists()
    lab = subprocess.run(
        [programs / "tinyml", "lab"], cwd=tmp_path, capture_output=True, text=True
    )
    assert lab.returncode == 2
    assert "not part of the installed package" in lab.stderr
