"""Files go into a folder, all or none; what belongs to somebody else stays.

``.tinyml.json`` in the folder lists what was written there, with checksums. So a second
compilation knows which files it may replace or remove: its own, as it wrote them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
from pathlib import Path

from tinyml_course import __version__
from tinyml_course.boards import Board
from tinyml_course.deploy.make import make
from tinyml_course.errors import CourseError
from tinyml_course.export import Values

__all__ = ["MANIFEST", "write"]

MANIFEST = ".tinyml.json"


def write(
    target: str,
    tflite: bytes | str | Path,
    out_dir: str | Path,
    name: str = "model",
    board: str | Board = "nano33",
    *,
    values: Values | None = None,
) -> list[Path]:
    """Make the files of ``target`` and write them into ``out_dir``.

    Files that an earlier call wrote there for the same target and name, and that are
    no longer needed, are removed. No other file is changed or removed.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    CourseError
        As :func:`make`; if ``out_dir`` cannot be written to, holds another model's C,
        or holds a file that would be replaced and that is not ours as we wrote it.

    >>> from tinyml_course import datasets
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = write("c", datasets.model_path("digits_cnn"), folder, "digits")
    >>> sorted(path.name for path in made)[:2]
    ['digits.c', 'digits.h']
    """
    files = make(target, tflite, name, board, values=values)
    folder = Path(out_dir)
    try:
        manifest = _read(folder)
        _refuse_another_model(folder, files, name)
        stale = _stale(folder, files, manifest, f"{target} {name}")
        _refuse_to_replace(folder, [*files, *stale], files, manifest)
        manifest["made"][f"{target} {name}"] = sorted(files)
        for file in stale:
            del manifest["files"][file]
        manifest["files"] |= {file: _sum(data) for file, data in files.items()}
        manifest["by"] = f"tinyml_course {__version__}"
        listed = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
        _exchange(folder, {**files, MANIFEST: listed.encode("utf-8")}, stale)
    except (FileExistsError, NotADirectoryError):
        raise CourseError(
            f"'{folder}' is a file, expected a folder to write into. Choose another "
            "--out."
        ) from None
    except OSError as error:
        raise CourseError(
            f"The folder '{folder}' cannot be written to: {error.strerror}. Choose "
            "another --out."
        ) from None
    return [folder / file for file in files]


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read(folder: Path) -> dict[str, dict]:
    """The folder's manifest: {"files": {path: checksum}, "made": {target: [path]}}."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError
    empty = {"files": {}, "made": {}}
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        names = [*found["files"], *(f for made in found["made"].values() for f in made)]
        if all(map(_inside, names)):
            return {key: found[key] for key in empty}
    except FileNotFoundError:
        return empty
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # not ours: then no file here is
    raise CourseError(
        f"'{folder / MANIFEST}' is not as tinyml wrote it, and it lists which files "
        "there are its own. Move it, or choose another --out."
    )


def _inside(file: str) -> bool:
    path = Path(file)
    return not path.is_absolute() and ".." not in path.parts


def _refuse_another_model(folder: Path, files: dict[str, bytes], name: str) -> None:
    """A folder holds the C of one model: who builds all of it would link both."""
    if f"{name}.h" not in files:
        return
    for path in sorted(folder.glob("*.h")):
        other = path.stem
        text = path.read_text(encoding="utf-8", errors="replace")
        if other != name and re.search(rf"\b{re.escape(other)}_invoke\(void\)", text):
            raise CourseError(
                f"'{folder}' holds the C of the model '{other}', and a folder is for "
                f"one model. Choose another --out, or --name {other} to replace it."
            )


def _stale(
    folder: Path, files: dict[str, bytes], manifest: dict, made: str
) -> list[str]:
    """What the last call for this target and name wrote and this one does not."""
    others = {
        file for key, names in manifest["made"].items() if key != made for file in names
    }
    last = set(manifest["made"].get(made, ())) & set(manifest["files"])
    return sorted(last - others - set(files))


def _refuse_to_replace(
    folder: Path, touched: list[str], files: dict[str, bytes], manifest: dict
) -> None:
    for file in touched:
        path = folder / file
        if not os.path.lexists(path):
            continue
        if path.is_symlink() or not path.is_file():
            raise CourseError(
                f"'{path}' is in the way: a file would be written there. Move it, or "
                "choose another --out."
            )
        there = path.read_bytes()
        if there != files.get(file) and _sum(there) != manifest["files"].get(file):
            raise CourseError(
                f"'{path}' is not as tinyml wrote it: it is yours, or was changed "
                "since. Move it, or choose another --out."
            )


def _exchange(folder: Path, files: dict[str, bytes], stale: list[str]) -> None:
    """Put ``files`` in place of what is there and remove ``stale``, or change nothing.

    All is written beside the place first; then files are only renamed, and renamed
    back if one fails.
    """
    made = _make_folders(folder)
    stage: Path | None = None
    undo: list[tuple[Path, Path | None]] = []  # (place, where its old file is)
    try:
        stage = Path(tempfile.mkdtemp(dir=folder, prefix=".tinyml-"))
        for number, content in enumerate(files.values()):
            new = stage / f"{number}.new"
            new.write_bytes(content)
            new.chmod(0o644)
        for number, file in enumerate([*files, *stale]):
            place, old = folder / file, stage / f"{number}.old"
            made += _make_folders(place.parent)
            if place.exists():
                os.replace(place, old)
                undo.append((place, old))
            else:
                undo.append((place, None))
            if file in files:
                os.replace(stage / f"{number}.new", place)
    except BaseException:
        for place, old in reversed(undo):
            with contextlib.suppress(OSError):
                if old is None:
                    place.unlink(missing_ok=True)
                else:
                    os.replace(old, place)
        _drop(stage, made)
        raise
    _drop(stage, [])
    for file in stale:  # folders that are empty now
        with contextlib.suppress(OSError):
            (folder / file).parent.rmdir()


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; returns those that were not there."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
    return missing[::-1]


def _drop(stage: Path | None, made: list[Path]) -> None:
    if stage is not None:
        shutil.rmtree(stage, ignore_errors=True)
    for path in reversed(made):
        with contextlib.suppress(OSError):
            path.rmdir()
