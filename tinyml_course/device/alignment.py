"""The watcher of loads and stores, as Python sees it: alignment.c does the work."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from importlib.resources import files

from tinyml_course.boards import Board
from tinyml_course.device.toolchain import compile_objects, shared_library
from tinyml_course.errors import ToolError

__all__ = ["Alignment"]


class _State(ctypes.Structure):
    """``alignment_t`` of alignment.c."""

    _fields_ = [
        ("flash", ctypes.c_char_p),
        ("flash_origin", ctypes.c_uint32),
        ("flash_bytes", ctypes.c_uint32),
        ("strict", ctypes.c_uint32),
        ("stop", ctypes.c_void_p),
        ("read_register", ctypes.c_void_p),
        ("loaded", ctypes.c_uint64),
        ("stored", ctypes.c_uint64),
        ("refused", ctypes.c_uint32),
        ("address", ctypes.c_uint32),
        ("size", ctypes.c_uint32),
    ]


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL:
    source = (files("tinyml_course") / "device" / "alignment.c").read_text("utf-8")
    objects = compile_objects({"alignment.c": source}, "host")
    return ctypes.CDLL(str(shared_library(objects)))


class Alignment:
    """Watch one run: ``refused`` with ``address`` and ``size``, and the bytes moved."""

    def __init__(self, flash: bytes, board: Board) -> None:
        from unicorn.unicorn_py3.unicorn import uclib

        self.state = _State()
        self.state.flash, self.state.flash_bytes = flash, len(flash)
        self.state.flash_origin = board.flash_origin
        self.state.strict = board.cpu == "cortex_m0plus"
        self.state.stop = ctypes.cast(uclib.uc_emu_stop, ctypes.c_void_p)
        self.state.read_register = ctypes.cast(uclib.uc_reg_read, ctypes.c_void_p)

    def attach(self, handle) -> None:
        """Give the watcher to a Unicorn engine, as its hook for loads and stores."""
        from unicorn import UC_HOOK_MEM_READ, UC_HOOK_MEM_WRITE
        from unicorn.unicorn_py3.unicorn import uclib

        hook = ctypes.c_size_t()
        status = uclib.uc_hook_add(
            handle,
            ctypes.byref(hook),
            UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE,
            ctypes.cast(_library().alignment_access, ctypes.c_void_p),
            ctypes.byref(self.state),
            ctypes.c_uint64(1),
            ctypes.c_uint64(0),
        )
        if status:
            raise ToolError(f"The emulator refused the watcher of memory ({status}).")
