"""Chapters and assignments come in, ``work/`` comes out: the student's own copy.

Students edit what is in ``work/`` and updates come through here. The manifest
``work/.manifest.json`` keeps the hash of every file as it was put there: a file that
still has its hash is ours to update, any other is the student's and is never touched.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tinyml_course.errors import CourseError

__all__ = ["Filled", "fill", "matches", "reset"]

_MANIFEST = ".manifest.json"
Release = Callable[[Path, Path], object]


@dataclass
class Filled:
    """What :func:`fill` did, as paths below ``work/``.

    Attributes
    ----------
    added, updated : list of str
        Files put there now, and files of ours replaced by a newer version.
    kept : list of str
        Files that the student changed although there is a newer version.
    """

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        parts = [
            f"{len(names)} {word}"
            for names, word in ((self.added, "added"), (self.updated, "updated"))
            if names
        ]
        lines = [f"work/: {', '.join(parts) or 'up to date'}."]
        for name in self.kept:
            number = Path(name).name.split("_")[0].removesuffix(".ipynb")
            lines.append(
                f"  {name}: you changed it and there is a newer version; yours stays. "
                f"`tinyml reset {number}` gives you both."
            )
        return "\n".join(lines)


def fill(root: Path, work: Path, release: Release | None = None) -> Filled:
    """Put into ``work`` what is missing, update what the student did not change.

    Parameters
    ----------
    root : Path
        The checkout, with ``notebooks/`` and ``assignments/source/``; or what a class
        was given, with ``assignments/release/`` instead.
    release : callable, optional
        ``release(source, out)`` writes the students' version of the assignments into
        the folder ``out``; without it no assignment is put into ``work``.

    Raises
    ------
    CourseError
        When ``work`` cannot be written.
    """
    with _explained(work):
        work.mkdir(parents=True, exist_ok=True)
        manifest = _read_manifest(work)
        before = json.dumps(manifest, sort_keys=True)
        filled = Filled()
        offered = _offered(root, work, manifest, release)
        for name, content in sorted(offered.items()):
            _offer(work / name, name, content, manifest["files"], filled)
        if json.dumps(manifest, sort_keys=True) != before:
            text = json.dumps(manifest, indent=1, sort_keys=True)
            _write_whole(work / _MANIFEST, text.encode())
    return filled


def reset(
    root: Path, work: Path, name: str, release: Release | None = None
) -> list[tuple[str, str]]:
    """Restore a chapter, app or assignment; the student's file becomes a dated copy.

    Parameters
    ----------
    name : str
        The number of a chapter (``"02"``), or the name of a file or folder.

    Returns
    -------
    list of (str, str)
        Each restored file and the student's copy beside it, below ``work``; the
        copy is ``""`` where there was nothing to keep.
    """
    with _explained(work):
        work.mkdir(parents=True, exist_ok=True)
        manifest = _read_manifest(work)
        offered = _offered(root, work, manifest, release, always=True)
        chosen = sorted(path for path in offered if matches(path, name))
        if not chosen:
            numbers = [Path(path).name for path in sorted(offered)]
            raise CourseError(
                f"Nothing in the course is called {name!r}. Name one of: "
                f"{', '.join(numbers) or 'nothing is there yet'}."
            )
        restored = []
        for path in chosen:
            target, copy = work / path, ""
            if target.exists() and target.read_bytes() != offered[path]:
                mine = _dated(target)
                target.rename(mine)
                copy = str(mine.relative_to(work))
            target.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(target, offered[path])
            manifest["files"][path] = _hash(offered[path])
            restored.append((path, copy))
        text = json.dumps(manifest, indent=1, sort_keys=True)
        _write_whole(work / _MANIFEST, text.encode())
    return restored


def matches(path: str, name: str) -> bool:
    """Tell whether the file at ``path`` is what a person calls ``name``.

    >>> matches("02_line.ipynb", "2"), matches("assignments/ps01/a.ipynb", "ps01")
    (True, True)
    >>> matches("12_trees.ipynb", "2")
    False
    """
    parts = Path(path).parts
    stem = Path(path).stem
    if name.isdecimal():
        return len(parts) == 1 and stem.split("_")[0] == name.zfill(2)
    return name in (path, stem, Path(path).name) or name in parts[:-1]


def _offered(
    root: Path,
    work: Path,
    manifest: dict,
    release: Release | None,
    *,
    always: bool = False,
) -> dict[str, bytes]:
    """All files of the course by their path below ``work``.

    Making the students' assignments takes seconds: it is left out when their source
    is as it was and all of them are there (unless ``always``).
    """
    notebooks = root / "notebooks"
    offered = {
        str(path.relative_to(notebooks).as_posix()): path.read_bytes()
        for pattern in ("[0-9][0-9]_*.ipynb", "apps/*.ipynb")
        for path in notebooks.glob(pattern)
    }
    if release is None:
        return offered
    released = root / "assignments" / "release"
    if released.is_dir():  # a class's own bundle, see grading.newcourse
        for path in sorted(released.rglob("*")):
            if path.is_file():
                name = f"assignments/{path.relative_to(released).as_posix()}"
                offered[name] = path.read_bytes()
        return offered
    source = root / "assignments" / "source"
    if not source.is_dir():
        return offered
    files = [path for path in sorted(source.rglob("*")) if path.is_file()]
    key = _hash(
        b"".join(str(p.relative_to(source)).encode() + p.read_bytes() for p in files)
    )
    known = [name for name in manifest["files"] if name.startswith("assignments/")]
    fresh = manifest["assignments"] == key and known
    if not always and fresh and all((work / name).exists() for name in known):
        return offered
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "release"
        release(source, out)
        for path in out.rglob("*"):
            if path.is_file() and ".ipynb_checkpoints" not in path.parts:
                name = f"assignments/{path.relative_to(out).as_posix()}"
                offered[name] = path.read_bytes()
    manifest["assignments"] = key
    return offered


def _offer(
    target: Path, name: str, content: bytes, known: dict[str, str], filled: Filled
) -> None:
    """Put one file in place unless the student's is there."""
    new = _hash(content)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(target, content)
        filled.added.append(name)
    else:
        present = _hash(target.read_bytes())
        if present != new and present != known.get(name):
            if known.get(name) != new:
                filled.kept.append(name)
            return
        if present != new:
            _write_whole(target, content)
            filled.updated.append(name)
    known[name] = new


def _read_manifest(work: Path) -> dict:
    """Read the manifest; a broken one counts as empty, so that nothing is ours."""
    try:
        manifest = json.loads((work / _MANIFEST).read_text(encoding="utf-8"))
        files = {str(name): str(value) for name, value in manifest["files"].items()}
        return {"files": files, "assignments": str(manifest["assignments"])}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {"files": {}, "assignments": ""}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _dated(path: Path) -> Path:
    """A free name for the student's copy: ``02_line (mine 2026-11-21 0815).ipynb``."""
    stamp = datetime.now().strftime("%Y-%m-%d %H%M")
    mine = path.with_name(f"{path.stem} (mine {stamp}){path.suffix}")
    count = 2
    while mine.exists():
        mine = path.with_name(f"{path.stem} (mine {stamp}, {count}){path.suffix}")
        count += 1
    return mine


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


@contextlib.contextmanager
def _explained(work: Path):
    """Turn the system's refusal to write into one line."""
    try:
        yield
    except OSError as error:
        raise CourseError(
            f"The working copy {error.filename or work} cannot be read or written "
            f"({error.strerror}). Check its owner and permissions, or move it away: "
            "the next `tinyml lab` fills a new one."
        ) from None
