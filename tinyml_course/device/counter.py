"""The counter of executed instructions, as Python sees it: counter.c does the work."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from importlib.resources import files

import numpy as np

from tinyml_course.device.cycles import EXCEPTION, price_block
from tinyml_course.device.toolchain import compile_objects, shared_library
from tinyml_course.errors import ToolError

__all__ = ["Counter", "load_counter"]

_CALLS_DEEP = 256
_CAPACITY = 16384  # distinct blocks a program may execute
_BLOCK = np.dtype(
    [
        ("address", "<u4"),
        ("bytes", "<u4"),
        ("instructions", "<u4"),
        ("mark", "<i4"),
        ("is_call", "<u4"),
        ("next", "<u4"),
        ("cycles", "<u4"),
        ("taken", "<u4"),
    ]
)
_PRICE = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_uint32, ctypes.c_uint32)
_CELL = np.dtype([("runs", "<u8"), ("falls", "<u8")])


class _State(ctypes.Structure):
    """``counter_t`` of counter.c, up to its private part."""

    _fields_ = [
        ("flash", ctypes.c_char_p),
        ("flash_origin", ctypes.c_uint32),
        ("flash_bytes", ctypes.c_uint32),
        ("slots", ctypes.c_uint32),
        ("capacity", ctypes.c_uint32),
        ("invoke_slot", ctypes.c_uint32),
        ("limit", ctypes.c_uint64),
        ("stop", ctypes.c_void_p),
        ("read_register", ctypes.c_void_p),
        ("instructions", ctypes.c_uint64),
        ("stopped", ctypes.c_uint32),
        ("blocks", ctypes.c_uint32),
        ("calls_deep", ctypes.c_uint64),
        ("calls", ctypes.c_uint32 * _CALLS_DEEP),
        ("slot", ctypes.c_uint32),
        ("invocations", ctypes.c_uint64),
        ("invocations_room", ctypes.c_uint64),
        ("invocation", ctypes.c_void_p),
        ("block", ctypes.c_void_p),
        ("total", ctypes.c_void_p),
        ("worst", ctypes.c_void_p),
        ("now", ctypes.c_void_p),
        ("price", _PRICE),
        ("period", ctypes.c_uint64),
        ("due", ctypes.c_uint64),
        ("interrupts_on", ctypes.c_uint32),
        ("interrupt_slot", ctypes.c_uint32),
        ("exception_cycles", ctypes.c_uint32),
        ("cycles", ctypes.c_uint64),
        ("ticked", ctypes.c_uint32),
        ("wanted", ctypes.c_uint32),
        ("ticks", ctypes.c_uint64),
        ("handled", ctypes.c_uint64),
        ("lost", ctypes.c_uint64),
        ("worst_late", ctypes.c_uint64),
        ("handler_instructions", ctypes.c_uint64),
    ]


@lru_cache(maxsize=1)
def load_counter() -> ctypes.CDLL:
    """Compile counter.c for this machine (once; kept in the cache) and load it."""
    source = (files("tinyml_course") / "device" / "counter.c").read_text("utf-8")
    objects = compile_objects({"counter.c": source}, "host")
    path = shared_library(objects)
    library = ctypes.CDLL(str(path))
    library.counter_bytes.restype = ctypes.c_size_t
    return library


class Counter:
    """Instructions by slot and block, for one run of one program.

    Parameters
    ----------
    flash : bytes
        The program as it lies in flash.
    slots : int
        How many kinds of work are told apart (0 is everything not marked, the last one
        the timer's interrupt).
    invoke_slot : int
        The slot whose calls are recorded one by one; 0 for none.
    limit : int
        The run is stopped after about this many instructions in one invocation, or
        without one.
    core : str
        Whose timings the timer ticks by.
    """

    def __init__(
        self,
        flash: bytes,
        origin: int,
        slots: int,
        invoke_slot: int,
        limit: int,
        core: str,
    ) -> None:
        from unicorn.unicorn_py3.unicorn import uclib

        self._library = load_counter()
        self._memory = ctypes.create_string_buffer(self._library.counter_bytes())
        self._state = _State.from_buffer(self._memory)
        state = self._state
        state.flash, state.flash_origin, state.flash_bytes = flash, origin, len(flash)
        state.slots, state.capacity = slots, _CAPACITY
        state.invoke_slot, state.limit = invoke_slot, limit
        state.stop = ctypes.cast(uclib.uc_emu_stop, ctypes.c_void_p)
        state.read_register = ctypes.cast(uclib.uc_reg_read, ctypes.c_void_p)
        state.interrupt_slot = slots - 1
        state.exception_cycles = EXCEPTION[core]

        def price(address: int, size: int) -> int:
            at = address - origin
            cycles, taken = price_block(flash[at : at + size], address, core)
            return cycles | taken << 32

        state.price = self._price = _PRICE(price)
        if not self._library.counter_open(self._memory):
            raise MemoryError("the instruction counter")

    def attach(self, handle) -> None:
        """Give the counter to a Unicorn engine, as its hook for basic blocks."""
        from unicorn import UC_HOOK_BLOCK
        from unicorn.unicorn_py3.unicorn import uclib

        hook = ctypes.c_size_t()
        status = uclib.uc_hook_add(
            handle,
            ctypes.byref(hook),
            UC_HOOK_BLOCK,
            ctypes.cast(self._library.counter_block, ctypes.c_void_p),
            ctypes.cast(self._memory, ctypes.c_void_p),
            ctypes.c_uint64(1),
            ctypes.c_uint64(0),
        )
        if status:
            raise ToolError(f"The emulator refused the instruction counter ({status}).")

    def mark(self, address: int, slot: int) -> None:
        """Charge the function that begins at ``address`` to ``slot``."""
        self._library.counter_mark(self._memory, ctypes.c_uint32(address), slot)

    @property
    def timer(self) -> _State:
        """The state, of which ``due`` to ``handler_instructions`` are the timer's."""
        return self._state

    def set_timer(self, period: int) -> None:
        """Tick every ``period`` cycles from now on; 0 stops it."""
        self._library.counter_timer(self._memory, ctypes.c_uint64(period))

    def enter_interrupt(self) -> None:
        """Charge what follows to the interrupt's slot."""
        self._library.counter_enter_interrupt(self._memory)

    def leave_interrupt(self) -> None:
        """Go on with who was interrupted."""
        self._library.counter_leave_interrupt(self._memory)

    def finish(self) -> None:
        """Add up; call once, when the run is over."""
        self._library.counter_finish(self._memory)

    @property
    def instructions(self) -> int:
        """Instructions executed so far."""
        return self._state.instructions

    @property
    def stopped(self) -> int:
        """0, or why the run was stopped: 1 limit, 2 too many blocks."""
        return self._state.stopped

    @property
    def slot(self) -> int:
        """The slot that was running at the end."""
        return self._state.slot

    @property
    def calls(self) -> list[int]:
        """Return addresses of the calls under way, the outermost first."""
        depth = min(self._state.calls_deep, _CALLS_DEEP)
        return list(self._state.calls[:depth])

    @property
    def calls_deep(self) -> int:
        """How many calls were under way (``calls`` keeps the first 256)."""
        return self._state.calls_deep

    @property
    def invocations(self) -> np.ndarray:
        """Instructions of each call of the marked model, ``(n,) uint64``."""
        return self._array(self._state.invocation, self._state.invocations, "<u8")

    @property
    def blocks(self) -> np.ndarray:
        """The blocks that ran: address, bytes, instructions."""
        return self._array(self._state.block, self._state.blocks, _BLOCK)

    @property
    def total(self) -> np.ndarray:
        """Runs and fall-throughs ``(slots, blocks)`` of the whole run."""
        return self._cells(self._state.total)

    @property
    def worst(self) -> np.ndarray:
        """Runs and fall-throughs ``(slots, blocks)`` of the longest invocation."""
        return self._cells(self._state.worst)

    def _cells(self, address: int) -> np.ndarray:
        shape = self._state.slots * _CAPACITY
        cells = self._array(address, shape, _CELL, copy=False)
        rows = cells.reshape(self._state.slots, _CAPACITY)
        return rows[:, : self._state.blocks].copy()

    @staticmethod
    def _array(address: int | None, count: int, dtype, copy: bool = True) -> np.ndarray:
        dtype = np.dtype(dtype)
        if not count or not address:
            return np.zeros(0, dtype)
        memory = (ctypes.c_char * (count * dtype.itemsize)).from_address(address)
        array = np.frombuffer(memory, dtype)
        return array.copy() if copy else array

    def close(self) -> None:
        """Give the memory back."""
        if self._memory is not None:
            self._library.counter_close(self._memory)
            self._state = self._memory = None
