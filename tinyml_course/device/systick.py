"""SysTick, the timer of every ARMv7-M processor, and the interrupt that it raises.

Registers, stacking and return follow ARM's *ARMv7-M Architecture Reference Manual* (ARM
DDI 0403): B3.3 (SysTick), B1.5.6 to B1.5.8 (exception entry, stacking, return). The
timer ticks in estimated cycles of the core; its interrupt is taken in front of the next
basic block, so it comes late by at most the longest block, on top of the cycles that
entering takes. Gaps: no tail-chaining (a real core enters the next interrupt sooner),
registers of the FPU are stacked at once rather than when the handler needs them.
"""

from __future__ import annotations

import struct

from tinyml_course.device.counter import Counter

__all__ = ["SYSTICK", "SysTick"]

SYSTICK = range(0x010, 0x020)
"""Where its registers lie in the System Control Space."""

_CONTROL, _RELOAD, _VALUE = 0x010, 0x014, 0x018
_ENABLE, _INTERRUPT, _CORE_CLOCK, _COUNTED = 1, 2, 4, 1 << 16
_EXCEPTION = 15
_THUMB, _PADDED = 1 << 24, 1 << 9
_FPU_IN_USE = 1 << 2
_RETURN, _RETURN_FPU = 0xFFFFFFF9, 0xFFFFFFE9


class SysTick:
    """The timer's registers and its interrupt, for one run."""

    def __init__(self, uc, counter: Counter, handler: int) -> None:
        from unicorn import arm_const as a

        self._uc, self._counter, self.handler = uc, counter, handler
        self._control, self._reload = _CORE_CLOCK, 0
        self._sp, self._lr = a.UC_ARM_REG_SP, a.UC_ARM_REG_LR
        self._pc, self._xpsr = a.UC_ARM_REG_PC, a.UC_ARM_REG_XPSR
        self._mode = a.UC_ARM_REG_CONTROL
        self._basic = [getattr(a, f"UC_ARM_REG_R{n}") for n in (0, 1, 2, 3, 12)]
        self._fpu = [getattr(a, f"UC_ARM_REG_S{n}") for n in range(16)]
        self._fpu.append(a.UC_ARM_REG_FPSCR)
        self._way_back = 0  # what the handler returns to; 0: no handler runs

    @property
    def handling(self) -> bool:
        """Whether the handler is under way."""
        return bool(self._way_back)

    def read(self, offset: int) -> int:
        """What the program reads from a register."""
        timer = self._counter.timer
        if offset == _CONTROL:
            ticked, timer.ticked = timer.ticked, 0
            return self._control | (_COUNTED if ticked else 0)
        if offset == _RELOAD:
            return self._reload
        if offset == _VALUE and timer.period:
            return min(self._reload, max(0, timer.due - timer.cycles - 1))
        return 0

    def write(self, offset: int, value: int) -> None:
        """What the program writes to a register."""
        timer = self._counter.timer
        if offset == _RELOAD:
            self._reload = value & 0xFFFFFF
        elif offset == _VALUE:
            timer.ticked = 0
            if timer.period:
                self._counter.set_timer(self._reload + 1)
        elif offset == _CONTROL:
            self._control = (value & (_ENABLE | _INTERRUPT)) | _CORE_CLOCK
            timer.interrupts_on = bool(value & _INTERRUPT)
            on = bool(value & _ENABLE) and self._reload > 0
            if on != bool(timer.period):
                self._counter.set_timer(self._reload + 1 if on else 0)

    def enter(self) -> None:
        """Stack the registers; ``handler`` is to run next."""
        uc = self._uc
        xpsr, mode = uc.reg_read(self._xpsr), uc.reg_read(self._mode)
        with_fpu = bool(mode & _FPU_IN_USE)
        frame = [uc.reg_read(register) for register in self._basic]
        frame += [uc.reg_read(self._lr), uc.reg_read(self._pc) & ~1]
        if with_fpu:
            frame_bytes = 4 * 26
            extra = [*(uc.reg_read(register) for register in self._fpu), 0]
        else:
            frame_bytes, extra = 4 * 8, []
        top = uc.reg_read(self._sp)
        padded = bool(top & 4)
        bottom = ((top - frame_bytes) & ~7) & 0xFFFFFFFF
        words = [*frame, xpsr & ~_PADDED | (_PADDED if padded else 0), *extra]
        uc.reg_write(self._sp, bottom)  # first, so that an overflow is told from it
        uc.mem_write(bottom, struct.pack(f"<{len(words)}I", *words))
        self._way_back = _RETURN_FPU if with_fpu else _RETURN
        uc.reg_write(self._lr, self._way_back)
        if with_fpu:
            uc.reg_write(self._mode, mode & ~_FPU_IN_USE)
        uc.reg_write(self._xpsr, _THUMB | _EXCEPTION)
        self._counter.enter_interrupt()

    def leave(self) -> int:
        """Give the registers back; returns where the program goes on."""
        uc = self._uc
        with_fpu = self._way_back == _RETURN_FPU
        size = 26 if with_fpu else 8
        bottom = uc.reg_read(self._sp)
        words = struct.unpack(f"<{size}I", uc.mem_read(bottom, 4 * size))
        for register, value in zip(self._basic, words, strict=False):
            uc.reg_write(register, value)
        uc.reg_write(self._lr, words[5])
        if with_fpu:
            for register, value in zip(self._fpu, words[8:25], strict=True):
                uc.reg_write(register, value)
        mode = uc.reg_read(self._mode) & ~_FPU_IN_USE
        uc.reg_write(self._mode, mode | (_FPU_IN_USE if with_fpu else 0))
        padding = 4 if words[7] & _PADDED else 0
        uc.reg_write(self._sp, bottom + 4 * size + padding)
        uc.reg_write(self._xpsr, words[7] & ~_PADDED)
        self._way_back = 0
        self._counter.leave_interrupt()
        return words[6]
