"""Processes come in, those come out that take more memory than they may in all.

A child of the :mod:`.nursery` may start others and share memory with them, so it is all
of them that are looked at, by what the system says in ``/proc``.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

__all__ = ["of_status", "too_large"]


def too_large(most_bytes: int, children, before: int) -> list[int]:
    """The first process of each child that takes more memory than it may in all.

    What lies in no file counts, beyond what every child has from here. All but the
    first process step back, so that many cannot slow down who is graded beside.
    ``children`` are pairs by kind: its first process, and the one that waits for it;
    ``before``: the kilobytes of shared memory that the system had without them.
    """
    mine = of_status(Path("/proc/self/status"))
    seen, below = {}, {}
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            seen[path.name] = told_of = of_status(path / "status")
            below.setdefault(str(told_of["PPid"]), []).append(path.name)
    most = most_bytes // 1024
    usual, unshared = mine["RssAnon"], _reserved(mine)
    shared = of_status(Path("/proc/meminfo"))["Shmem"] - before > 2 * most
    found = []
    for inner, parent in filter(all, children.values()):
        known = [*below.get(str(parent), ())]
        for pid in known:  # grows: all that the child has started, and theirs
            known += below.get(pid, ())
            if pid != str(inner):
                with contextlib.suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, int(pid), 19)
        quick = sum(_taken(seen[pid]) for pid in known)
        large = quick > most + usual and (
            sum(_taken(seen[pid], pid) for pid in known) > most + usual
        )
        # memory that no process shows any more is somebody's who has room for it
        hides = shared and sum(_reserved(seen[pid]) for pid in known) - unshared > most
        if large or hides:
            found.append(inner)
    return found


def _taken(told_of: dict[str, int], pid: str | None = None) -> int:
    """Kilobytes that a process takes: as is quickly seen, or with its number exactly.

    Exactly: of what several share, each has its part. Tables of pages count, and what
    may wait in the sockets of one who has many.
    """
    more = told_of.get("VmPTE", 0) + 208 * max(0, told_of.get("FDSize", 0) - 64)
    if pid:
        with contextlib.suppress(OSError, KeyError):  # who hides it is counted roughly
            rolled = of_status(Path("/proc", pid, "smaps_rollup"))
            return more + rolled["Pss_Anon"] + rolled["Pss_Shmem"]
    return more + told_of.get("RssAnon", 0) + told_of.get("RssShmem", 0)


def _reserved(told_of: dict[str, int]) -> int:
    """Kilobytes of addresses that are not a process's own data."""
    return told_of.get("VmSize", 0) - told_of.get("VmData", 0)


def of_status(path: Path) -> dict[str, int]:
    """The lines ``name: number`` of a file of the system; what is memory, in kB.

    A process may call itself as it likes, in bytes that are no text or end lines.
    """
    rows = (line.split() for line in path.read_text("ascii", "replace").split("\n"))
    return {
        r[0].rstrip(":"): int(r[1]) for r in rows if len(r) in (2, 3) and r[1].isdigit()
    }
