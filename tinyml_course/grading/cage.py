"""A process that has made its own world comes in; it can make no other one any more.

To be shut in, a submission's process gets a user, processes and mounts of its own, and
with them rights within that world: to mount memory without limit, for one. Here it
gives them up, and with them the calls of the system by which they could come back.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

__all__ = ["shut"]

_SPACES = 0x7E020000  # all CLONE_NEW... flags of clone()
_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_X32 = 0x40000000  # numbers of another table of x86-64
_LEASE = 1024  # of a file: whoever opens it then waits
_FAMILIES = (1, 2, 10, 16)  # sockets: unix, IPv4, IPv6, netlink; all end in the box

# number of the architecture, then of its calls (asm/unistd.h)
_TABLES = {
    "x86_64": (
        0xC000003E,
        {"clone": 56, "socket": 41, "fcntl": 72, "clone3": 435, "memfd_create": 319},
        # mount umount2 pivot_root chroot unshare setns ptrace process_vm_readv/writev
        [165, 166, 155, 161, 272, 308, 101, 310, 311]
        # add_key request_key keyctl bpf perf_event_open userfaultfd shm-/msg-/semget
        + [248, 249, 250, 321, 298, 323, 29, 68, 64]
        # mq_open acct quotactl swapon reboot kexec_load/file init_module finit_module
        + [240, 163, 179, 167, 169, 246, 320, 175, 313]
        # name_to_handle_at open_by_handle_at syslog fanotify_init inotify_init/init1
        + [303, 304, 103, 300, 253, 294],
    ),
    "aarch64": (
        0xC00000B7,
        {"clone": 220, "socket": 198, "fcntl": 25, "clone3": 435, "memfd_create": 279},
        [40, 39, 41, 51, 97, 268, 117, 270, 271]
        + [217, 218, 219, 280, 241, 282, 194, 186, 190]
        + [180, 89, 60, 224, 142, 104, 294, 105, 273]
        + [264, 265, 116, 262, 26],
    ),
}
# the same everywhere: io_uring_setup; open_tree move_mount fsopen fsconfig fsmount
# fspick; mount_setattr quotactl_fd memfd_secret
_NEWER = [425, 428, 429, 430, 431, 432, 433, 442, 443, 447]


def shut() -> None:
    """Give up all rights, for this process and all that it will start.

    Raises
    ------
    OSError
        If the system cannot do it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    _must(libc.prctl(38, 1, 0, 0, 0), "no new privileges")
    right = 0
    while libc.prctl(24, right, 0, 0, 0) == 0:  # out of what a program may regain
        right += 1
    head, none = struct.pack("Ii", 0x20080522, 0), bytes(24)
    _must(libc.capset(head, none), "no capabilities")
    table = _TABLES.get(os.uname().machine)
    if table is None:
        return  # no rights, but calls of other architectures are not known here
    code = _filter(*table)
    held = ctypes.create_string_buffer(code)
    told = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(held))
    _must(libc.prctl(22, 2, ctypes.c_char_p(told), 0, 0), "a filter of system calls")


def _must(result: int, what: str) -> None:
    if result:
        raise OSError(ctypes.get_errno(), f"{what}: refused")


def _filter(machine: int, names: dict[str, int], refused: list[int]) -> bytes:
    """The filter as instructions for the kernel (linux/filter.h, seccomp(2))."""
    lines: list[tuple[int, int, int, int]] = []

    def add(code, value, yes=0, no=0):
        lines.append((code, yes, no, value))

    def answer(number):
        add(_RETURN, _REFUSE | number if number else _ALLOW)

    add(_LOAD, 4)  # the architecture
    add(_EQUAL, machine, 1, 0)
    answer(errno.ENOSYS)
    add(_LOAD, 0)  # the number of the call
    add(_AT_LEAST, _X32, 0, 1)
    answer(errno.ENOSYS)
    for number in sorted({*refused, *_NEWER}):
        add(_EQUAL, number, 0, 1)
        answer(errno.EPERM)
    for name in ("clone3", "memfd_create"):  # programs have another way for these
        add(_EQUAL, names[name], 0, 1)
        answer(errno.ENOSYS)
    add(_EQUAL, names["fcntl"], 0, 4)
    add(_LOAD, 24)  # its second argument
    add(_EQUAL, _LEASE, 0, 1)
    answer(errno.EPERM)
    answer(0)
    add(_EQUAL, names["clone"], 0, 4)
    add(_LOAD, 16)  # its first argument
    add(_ANY_BIT, _SPACES, 0, 1)
    answer(errno.EPERM)
    answer(0)
    add(_EQUAL, names["socket"], 0, len(_FAMILIES) + 2)
    add(_LOAD, 16)
    for k, family in enumerate(_FAMILIES):
        add(_EQUAL, family, len(_FAMILIES) - k, 0)
    answer(errno.EAFNOSUPPORT)
    answer(0)
    return b"".join(struct.pack("HBBI", *line) for line in lines)
