"""A lock file comes in, a complete ``.venv`` comes out; an interrupted one goes on."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading

from tinyml_course.install.problems import SetupError, explain

__all__ = [
    "STAMP",
    "call",
    "fingerprint",
    "install_course",
    "install_packages",
    "is_current",
    "make_environment",
]

STAMP = "complete.json"


def _venv_python(root):
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return root / ".venv" / folder / name


def _site_packages(root):
    if os.name == "nt":
        return root / ".venv" / "Lib" / "site-packages"
    name = "python%d.%d" % tuple(sys.version_info[:2])
    return root / ".venv" / "lib" / name / "site-packages"


def fingerprint(root):
    """What the installed packages depend on; also the place: scripts in it name it."""
    digest = hashlib.sha256()
    for name in ("requirements.lock", "pyproject.toml"):
        digest.update((root / name).read_bytes())
    return {
        "files": digest.hexdigest(),
        "python": "%d.%d" % tuple(sys.version_info[:2]),
        "root": str(root),
    }


def is_current(root):
    """Tell whether ``.venv`` is complete and belongs to this lock, Python and place."""
    try:
        stamp = json.loads((root / ".venv" / STAMP).read_text())
    except (OSError, ValueError):
        return False
    return stamp == fingerprint(root) and _venv_python(root).exists()


def call(arguments, root, log_name, on_line=None):
    """Run a program, its output in a log; return the output, or raise SetupError."""
    log_path = root / ".venv" / log_name
    environment = dict(os.environ, PIP_USER="0", PIP_NO_INPUT="1")
    environment["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    environment.pop("PYTHONPATH", None)
    environment.pop("PYTHONHOME", None)
    lines = []
    with open(str(log_path), "w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [str(argument) for argument in arguments],
            cwd=str(root),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            for raw in process.stdout:
                line = raw.decode("utf-8", "replace").rstrip()
                log.write(line + "\n")
                lines.append(line)
                if on_line:
                    on_line(line)
        except BaseException:
            process.terminate()
            raise
        finally:
            process.stdout.close()
            code = process.wait()
    text = "\n".join(lines)
    if code:
        tail = "\n".join("  | " + line[:160] for line in lines[-8:])
        what = explain(text) if "pip" in map(str, arguments) else "A step failed."
        raise SetupError(
            "%s\nThe end of %s:\n%s" % (what, log_path.relative_to(root), tail)
        )
    return text


def make_environment(root, progress):
    """Make ``.venv``, or make it anew when another Python or folder made it."""
    progress.step("Making the virtual environment .venv")
    python, folder = _venv_python(root), root / ".venv"
    ask = "import sys, pip; print('%d.%d' % sys.version_info[:2], sys.prefix)"
    want = "%d.%d %s" % (tuple(sys.version_info[:2]) + (folder,))
    try:
        found = subprocess.check_output(
            [str(python), "-c", ask], stderr=subprocess.DEVNULL
        )
        usable = found.decode().strip() == want and _scripts_belong_here(root)
    except (OSError, subprocess.CalledProcessError):
        usable = False
    if not usable:
        result = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if result.returncode:
            text = result.stdout.decode("utf-8", "replace").strip()
            if "No space left" in text:
                raise SetupError(explain(text))
            raise SetupError(
                "Python could not make .venv. On Debian and Ubuntu try: sudo apt-get "
                "install python3-venv\n" + text[-400:]
            )
    progress.done()


def _scripts_belong_here(root):
    """Programs in ``.venv`` name their Python: a moved checkout breaks them."""
    if os.name == "nt":
        return True
    try:
        first = (root / ".venv/bin/pip").read_text(errors="replace").split("\n")
    except OSError:
        return False
    return any(str(root / ".venv") in line for line in first[:3])


def _drop_half_installed(root):
    """pip writes INSTALLER last: without it, the package was cut short."""
    for folder in _site_packages(root).glob("*.dist-info"):
        if not (folder / "INSTALLER").exists():
            shutil.rmtree(str(folder))


def install_packages(root, progress):
    """Install requirements.lock by pip, showing how many packages are there."""
    progress.step("Installing packages")
    _drop_half_installed(root)
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    state = {"total": max(len(re.findall(r"(?m)^[\w.-]+==", lock)), 1), "seen": 0}
    site, stop = _site_packages(root), threading.Event()

    def on_line(line):
        words = line.split()
        if line.startswith("Ignoring "):
            state["total"] = max(state["total"] - 1, 1)
        elif line.startswith(("Collecting ", "Requirement already satisfied")):
            state["seen"] += 1
        elif line.startswith("WARNING: Retrying"):
            state["note"] = "the package index does not answer; trying again"
        elif line.startswith("Installing collected packages"):
            state["install"] = max(len(words) - 3, 1)
            state["before"] = len(list(site.glob("*.dist-info")))
        if line.startswith("Collecting ") and len(words) > 1:
            state["note"] = words[1].split("==")[0]

    def watch():
        while not stop.wait(0.5):
            if "install" in state:
                new = len(list(site.glob("*.dist-info"))) - state["before"]
                share = new / state["install"]
                note = "%d of %d installed" % (new, state["install"])
                progress.update(0.3 + 0.7 * share, note)
            else:
                share = state["seen"] / state["total"]
                progress.update(0.3 * share, "getting " + state.get("note", "..."))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        call(
            [_venv_python(root), "-m", "pip", "install", "--progress-bar", "off"]
            + ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--compile"]
            + ["-r", "requirements.lock"],
            root,
            "packages.log",
            on_line,
        )
    finally:
        stop.set()
        watcher.join()
    progress.done()


def install_course(root, progress):
    """Install the course itself, warm the compilers, fill the working copy."""
    python = _venv_python(root)
    progress.step("Installing the course")
    call(
        [python, "-m", "pip", "install", "--no-build-isolation", "--no-deps"]
        + ["--no-index", "-e", "."],
        root,
        "course.log",
    )
    progress.done()
    progress.step("Warming the compilers")
    warm = "from tinyml_course import device; device.warm()"
    call([python, "-c", warm], root, "compilers.log")
    progress.done()
    progress.step("Filling work/, your copy of the course")
    call([python, "-m", "tinyml_course.cli", "reset"], root, "work.log")
    progress.done()
