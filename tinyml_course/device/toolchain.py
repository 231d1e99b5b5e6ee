"""C files in, objects, ELF files and libraries out: the compiler in a wheel, cached.

One compiler serves every target: ``zig cc`` from the package ``ziglang``. Objects are
kept in a cache keyed by what goes into them (compiler, flags, file name, text and all
headers), so that a second build of a model compiles only what changed. Sources are
compiled by their bare names in a temporary folder: no path of this machine ends up in
a binary, and an error reads ``main.c:3:5``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

from tinyml_course.errors import CourseError, ToolError

__all__ = [
    "TARGETS",
    "cache_dir",
    "compile_objects",
    "first_error",
    "keep",
    "link",
    "shared_library",
    "trim_cache",
    "zig",
]

# Floating point is never contracted into fused multiply-adds: host, page and board
# then round alike.
_COMMON = ("-std=c11", "-ffp-contract=off", "-fno-common", "-g0")
_SECTIONS = ("-ffunction-sections", "-fdata-sections")


def _cortex(cpu: str, abi: str = "eabi") -> tuple[str, ...]:
    return ("-target", f"thumb-freestanding-{abi}", f"-mcpu={cpu}", "-ffreestanding")


TARGETS = {
    "cortex_m0plus": _cortex("cortex_m0plus"),
    "cortex_m3": _cortex("cortex_m3"),
    "cortex_m4": _cortex("cortex_m4+vfp4d16sp", "eabihf"),
    # the emulator's M7 computes float alone, so double is software, as on the M4
    "cortex_m7": _cortex("cortex_m7+fp_armv8d16sp", "eabihf"),
    "host": ("-mcpu=baseline", "-fPIC"),
    "wasm": ("-target", "wasm32-freestanding", "-ffreestanding"),
}
"""Compiler flags that choose a target; a board's ``cpu`` is one of the names."""


@lru_cache(maxsize=1)
def zig() -> str:
    """The path of the zig program.

    Raises
    ------
    ToolError
        If the package ``ziglang`` is not installed.
    """
    found = importlib.util.find_spec("ziglang")
    name = "zig.exe" if os.name == "nt" else "zig"
    if found is None or not found.submodule_search_locations:
        raise ToolError(
            "The C compiler is missing: the package 'ziglang' is not installed. "
            "Run `make setup`, or `pip install ziglang`."
        )
    return str(Path(found.submodule_search_locations[0]) / name)


@lru_cache(maxsize=1)
def _compiler_version() -> str:
    from importlib.metadata import version

    return version("ziglang")


@lru_cache(maxsize=1)
def cache_dir() -> Path:
    """The folder for compiled things.

    In the virtual environment if it is writable, else the user's cache folder.
    """
    choices = [Path.home() / ".cache", Path(tempfile.gettempdir())]
    if sys.platform == "darwin":
        choices.insert(0, Path.home() / "Library" / "Caches")
    for variable in ("LOCALAPPDATA", "XDG_CACHE_HOME"):
        if os.environ.get(variable):
            choices.insert(0, Path(os.environ[variable]))
    if sys.prefix != sys.base_prefix:
        choices.insert(0, Path(sys.prefix) / "var")
    for choice in choices:
        folder = choice / "tinyml-course"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    raise ToolError(
        "There is no folder to keep compiled files in: neither the virtual "
        f"environment ({sys.prefix}) nor {choices[-2]} can be written to."
    )


def _run(arguments: Sequence[str], folder: Path) -> str:
    """Run zig in ``folder``; returns its complaint, empty when all is well."""
    environment = {
        **os.environ,
        "ZIG_GLOBAL_CACHE_DIR": str(cache_dir() / "zig"),  # the compiler's own parts
        "ZIG_LOCAL_CACHE_DIR": str(folder / ".zig"),  # ours, which we keep ourselves
    }
    try:
        done = subprocess.run(
            [zig(), *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise ToolError(f"The C compiler could not be started: {error}.") from error
    if done.returncode == 0:
        return ""
    return done.stderr.strip() or f"the compiler ended with status {done.returncode}"


def _write_sources(sources: dict[str, str], folder: Path) -> None:
    for name, text in sources.items():
        path = folder / name
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise CourseError(
                f"{name!r} is not a file name inside the program: use a plain name "
                "such as 'main.c'."
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def first_error(complaint: str) -> str:
    r"""The first error of a compiler or linker, as one line.

    >>> first_error("a.c:1:5: warning: x\na.c:3:1: error: expected ';'\n  int")
    "a.c:3:1: error: expected ';'"
    """
    lines = complaint.splitlines()
    for line in lines:
        if re.search(r"(^|\s)(fatal )?error: ", line):
            return line.strip()
    return lines[0].strip() if lines else "no message"


def compile_objects(
    sources: dict[str, str],
    target: str,
    optimize: str | Callable[[str], str] = "-O2",
    flags: Sequence[str] = (),
) -> list[Path]:
    """Compile every ``.c`` and ``.S`` of ``sources``; other files are only included.

    Returns the object files, in the order of the sources' names.

    Raises
    ------
    CourseError
        With the compiler's first error line, if the C is wrong.
    """
    units = sorted(name for name in sources if name.endswith((".c", ".S")))
    headers = "".join(
        f"{name}\0{text}\0"
        for name, text in sorted(sources.items())
        if name not in units
    )
    store = cache_dir() / "objects"
    store.mkdir(exist_ok=True)
    command: dict[str, list[str]] = {}
    objects: dict[str, Path] = {}
    for name in units:
        level = optimize if isinstance(optimize, str) else optimize(name)
        command[name] = [*TARGETS[target], *_COMMON, *_SECTIONS, level, *flags]
        recipe = [_compiler_version(), *command[name], name, sources[name], headers]
        key = hashlib.sha256("\0".join(recipe).encode()).hexdigest()[:40]
        objects[name] = store / f"{key}.o"
    missing = [name for name in units if not objects[name].exists()]
    if missing:
        with tempfile.TemporaryDirectory(prefix="tinyml-") as place:
            folder = Path(place)
            _write_sources(sources, folder)

            def compile_one(name: str) -> str:
                made = folder / (objects[name].name)
                complaint = _run(
                    ["cc", *command[name], "-I.", "-c", name, "-o", made.name], folder
                )
                if not complaint:
                    keep(made.read_bytes(), objects[name])
                return complaint

            with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
                complaints = [text for text in pool.map(compile_one, missing) if text]
        if complaints:
            raise _compile_error(first_error(complaints[0]), sources, target)
    return [objects[name] for name in units]


def _compile_error(error: str, sources: dict[str, str], target: str) -> CourseError:
    if not any(f"{name}:" in error for name in sources):
        return ToolError(f"The C compiler failed: {error}")
    message = f"The C does not compile: {error}"
    header = re.search(r"'(\w+\.h)' file not found", error)
    if header and target != "host" and header[1] in _HOSTED_HEADERS:
        message += (
            f" (the board has no C library: instead of <{header[1]}>, "
            'use #include "board.h")'
        )
    return CourseError(message)


_HOSTED_HEADERS = ("stdio.h", "stdlib.h", "time.h", "math.h", "unistd.h")


def keep(data: bytes, kept: Path) -> None:
    """Write a file of the cache in one step, so that nobody reads half of it."""
    with tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as file:
        file.write(data)
    os.replace(file.name, kept)


def link(
    objects: Sequence[Path], target: str, flags: Sequence[str], files: dict[str, str]
) -> tuple[bytes, str]:
    """Link objects; returns ``(file, "")``, or ``(b"", complaint)`` if it failed.

    ``files`` are texts that the flags name, such as a linker script.
    """
    with tempfile.TemporaryDirectory(prefix="tinyml-") as place:
        folder = Path(place)
        _write_sources(files, folder)
        names = []
        for index, path in enumerate(objects):  # by bare names: no path in the result
            name = f"{index:03}.o"
            (folder / name).write_bytes(path.read_bytes())
            names.append(name)
        complaint = _run(
            ["cc", *TARGETS[target], "-O2", *names, *flags, "-o", "linked"], folder
        )
        if complaint:
            return b"", complaint
        return (folder / "linked").read_bytes(), ""


def shared_library(objects: list[Path]) -> Path:
    """Link objects for this machine to a library in the cache, named by content."""
    key = hashlib.sha256("".join(path.name for path in objects).encode()).hexdigest()
    kept = cache_dir() / "host" / f"{key[:40]}.so"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        flags = ["-shared"]
        if sys.platform != "darwin":
            flags.append("-Wl,-Bsymbolic")  # its functions never meet another model's
        data, complaint = link(objects, "host", flags, {})
        if complaint:
            raise ToolError(f"The host library does not link: {complaint}")
        keep(data, kept)
    return kept


def trim_cache(files: int = 2000) -> None:
    """Drop the objects and libraries that were made longest ago, but ``files``."""
    for store in ("objects", "host"):
        kept = sorted(
            (cache_dir() / store).glob("*.*"), key=lambda p: p.stat().st_mtime
        )
        for path in kept[:-files]:
            path.unlink(missing_ok=True)
