"""Firmware and input in, a run on the emulated board out.

The processor is Unicorn's (QEMU's Cortex-M as a library). Only what the board has is
mapped, so a stray access is a fault with an address:

* flash (read and execute) and RAM (read and write) at the board's own sizes;
* CMSDK UART0 at 0x40004000, for printing;
* the System Control Space at 0xE000E000: SysTick (:mod:`.systick`), switching on the
  FPU;
* semihosting (``BKPT 0xAB``) for standard input, output and the end of the program.

Gaps: no interrupt but SysTick's; memory has no wait states; unaligned accesses that a
real core refuses work here, unless the run is ``strict`` (:mod:`.alignment`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from time import perf_counter

from tinyml_course.device.alignment import Alignment
from tinyml_course.device.counter import Counter
from tinyml_course.device.firmware import Firmware
from tinyml_course.device.systick import SYSTICK, SysTick

__all__ = ["Ended", "execute"]

_UART, _UART_BYTES, _UART_DATA, _UART_STATUS = 0x40004000, 0x1000, 0x00, 0x04
_SYSTEM, _SYSTEM_BYTES = 0xE000E000, 0x1000
_PAINT = 0xA5
_FAULT_VECTOR, _SYSTICK_VECTOR = 3, 15
_CORES = {
    "cortex_m0plus": "UC_CPU_ARM_CORTEX_M0",  # the same instructions (ARMv6-M)
    "cortex_m3": "UC_CPU_ARM_CORTEX_M3",
    "cortex_m4": "UC_CPU_ARM_CORTEX_M4",
    "cortex_m7": "UC_CPU_ARM_CORTEX_M7",
}
_BREAKPOINT, _RETURN = 7, 8  # QEMU's numbers of exceptions
_EXIT = 0xFFFFFFFE
EXCEPTIONS = {1: "undefined instruction", 2: "supervisor call", 3: "bad jump"}
_SYS_OPEN, _SYS_CLOSE, _SYS_WRITEC, _SYS_WRITE0 = 0x01, 0x02, 0x03, 0x04
_SYS_WRITE, _SYS_READ = 0x05, 0x06
_SYS_EXIT, _SYS_EXIT_EXTENDED, _APPLICATION_EXIT = 0x18, 0x20, 0x20026
_INPUT, _OUTPUT = 1, 2

Stdin = bytes | Callable[[int, bytes], bytes]


def _in_order(data: bytes) -> Callable[[int, bytes], bytes]:
    """A reader that hands out ``data`` from its first byte to its last."""
    stream = BytesIO(data)
    return lambda count, _: stream.read(count)


@dataclass
class Ended:
    """How a run ended, as raw facts.

    ``fault`` is empty, or one of "read", "write", "fetch", "undefined instruction",
    "supervisor call", "bad jump", "unknown breakpoint", "semihosting", "no handler".
    """

    stdout: bytearray = field(default_factory=bytearray)
    uart: bytearray = field(default_factory=bytearray)
    exit_code: int | None = None
    fault: str = ""
    address: int | None = None
    access_bytes: int = 0
    registers: dict[str, int] = field(default_factory=dict)
    stack_bytes: int = 0
    seconds: float = 0.0
    moved_bytes: tuple[int, int] | None = None

    def note_watch(self, watch: Alignment) -> None:
        """What the watcher of a strict run saw: bytes loaded, stored; a refusal."""
        self.moved_bytes = watch.state.loaded, watch.state.stored
        if watch.state.refused:
            self.fault, self.exit_code = "unaligned", None
            self.address, self.access_bytes = watch.state.address, watch.state.size


class _Machine:
    def __init__(self, firmware: Firmware, stdin: Stdin, extra_stack: int) -> None:
        import unicorn
        from unicorn import arm_const

        self._u, self._a = unicorn, arm_const
        self.ended = Ended()
        self._stdin = stdin if callable(stdin) else _in_order(stdin)
        self._uart: dict[int, int] = {}
        self._system: dict[int, int] = {}
        board, labels = firmware.board, firmware.image.labels
        self._stack_low = board.ram_origin - extra_stack
        self._stack_top = labels["board_stack_top"]

        uc = unicorn.Uc(
            unicorn.UC_ARCH_ARM,
            unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS,
            cpu=getattr(arm_const, _CORES[board.cpu]),
        )
        self.uc = uc
        read, write, run = (
            unicorn.UC_PROT_READ,
            unicorn.UC_PROT_WRITE,
            unicorn.UC_PROT_EXEC,
        )
        flash = bytearray(board.flash_bytes)
        for address, data in firmware.image.segments:
            at = address - board.flash_origin
            flash[at : at + len(data)] = data
        self.flash = bytes(flash)
        uc.mem_map(board.flash_origin, board.flash_bytes, read | run)
        uc.mem_write(board.flash_origin, self.flash)
        uc.mem_map(self._stack_low, board.ram_bytes + extra_stack, read | write)
        uc.mem_write(
            self._stack_low, bytes([_PAINT]) * (self._stack_top - self._stack_low)
        )
        uc.mmio_map(
            _SYSTEM, _SYSTEM_BYTES, self._system_read, None, self._system_write, None
        )
        uc.mmio_map(_UART, _UART_BYTES, self._uart_read, None, self._uart_write, None)
        uc.hook_add(unicorn.UC_HOOK_INTR, self._exception)
        uc.hook_add(unicorn.UC_HOOK_MEM_INVALID, self._bad_access)
        uc.reg_write(arm_const.UC_ARM_REG_SP, int.from_bytes(self.flash[:4], "little"))

    def _vector(self, number: int) -> int:
        return int.from_bytes(self.flash[4 * number : 4 * number + 4], "little")

    def run(self, counter: Counter) -> None:
        self._systick = SysTick(self.uc, counter, self._vector(_SYSTICK_VECTOR))
        began = perf_counter()
        try:
            self.uc.emu_start(self._vector(1), _EXIT)
            while counter.timer.wanted and self._interrupt():
                self.uc.emu_start(self._systick.handler, _EXIT)
        except self._u.UcError as error:
            if not self.ended.fault:
                self.ended.fault = {
                    self._u.UC_ERR_INSN_INVALID: "undefined instruction",
                    self._u.UC_ERR_READ_UNALIGNED: "unaligned",
                    self._u.UC_ERR_WRITE_UNALIGNED: "unaligned",
                    self._u.UC_ERR_FETCH_UNALIGNED: "unaligned",
                }.get(error.errno, str(error))
                self._note_registers()
        self.ended.seconds = perf_counter() - began
        if not self.ended.registers:
            self._note_registers()
        stack = self.uc.mem_read(self._stack_low, self._stack_top - self._stack_low)
        self.ended.stack_bytes = len(bytes(stack).lstrip(bytes([_PAINT])))

    def _interrupt(self) -> bool:
        if self._systick.handler == self._vector(_FAULT_VECTOR):
            self._stop("no handler")
            return False
        try:
            self._systick.enter()
        except self._u.UcError:
            self._stop("write", self.uc.reg_read(self._a.UC_ARM_REG_SP), 4)
        return not self.ended.fault

    def _note_registers(self) -> None:
        a = self._a
        ids = {f"r{i}": getattr(a, f"UC_ARM_REG_R{i}") for i in range(13)}
        ids |= {"sp": a.UC_ARM_REG_SP, "lr": a.UC_ARM_REG_LR, "pc": a.UC_ARM_REG_PC}
        ids["xpsr"] = a.UC_ARM_REG_XPSR
        self.ended.registers = {name: self.uc.reg_read(i) for name, i in ids.items()}

    def _stop(self, fault: str, address: int | None = None, size: int = 0) -> None:
        self.ended.fault, self.ended.address = fault, address
        self.ended.access_bytes = size
        self._note_registers()
        self.uc.emu_stop()

    def _bad_access(self, uc, access, address, size, value, _) -> bool:
        u = self._u
        kinds = {
            u.UC_MEM_WRITE_UNMAPPED: "write",
            u.UC_MEM_WRITE_PROT: "write",
            u.UC_MEM_FETCH_UNMAPPED: "fetch",
            u.UC_MEM_FETCH_PROT: "fetch",
        }
        self._stop(kinds.get(access, "read"), address, size)
        return False

    def _system_read(self, uc, offset, size, _) -> int:
        if offset in SYSTICK:
            return self._systick.read(offset)
        return self._system.get(offset, 0)

    def _system_write(self, uc, offset, size, value, _) -> None:
        if offset in SYSTICK:
            self._systick.write(offset, value)
        self._system[offset] = value

    def _uart_read(self, uc, offset, size, _) -> int:
        # status: never full, nothing received; the others read as written
        return 0 if offset in (_UART_DATA, _UART_STATUS) else self._uart.get(offset, 0)

    def _uart_write(self, uc, offset, size, value, _) -> None:
        self._uart[offset] = value
        if offset == _UART_DATA:
            self.ended.uart.append(value & 0xFF)

    def _exception(self, uc, number, _) -> None:
        pc = uc.reg_read(self._a.UC_ARM_REG_PC)
        if number == _RETURN and self._systick.handling:
            uc.reg_write(self._a.UC_ARM_REG_PC, self._systick.leave() | 1)
        elif number != _BREAKPOINT:
            self._stop(EXCEPTIONS.get(number, f"exception {number}"), pc)
        elif bytes(uc.mem_read(pc, 2)) != b"\xab\xbe":
            self._stop("unknown breakpoint", pc)
        else:
            operation = uc.reg_read(self._a.UC_ARM_REG_R0)
            argument = uc.reg_read(self._a.UC_ARM_REG_R1)
            try:
                result = self._semihost(operation, argument)
            except self._u.UcError:
                self._stop("semihosting", argument)
                return
            uc.reg_write(self._a.UC_ARM_REG_R0, result & 0xFFFFFFFF)
            uc.reg_write(self._a.UC_ARM_REG_PC, (pc + 2) | 1)

    def _words(self, address: int, count: int) -> list[int]:
        data = bytes(self.uc.mem_read(address, 4 * count))
        return [
            int.from_bytes(data[i : i + 4], "little") for i in range(0, 4 * count, 4)
        ]

    def _semihost(self, operation: int, argument: int) -> int:
        if operation == _SYS_OPEN:
            _, mode, _ = self._words(argument, 3)
            return _INPUT if mode < 4 else _OUTPUT
        if operation == _SYS_READ:
            _, to, count = self._words(argument, 3)
            data = self._stdin(count, bytes(self.ended.stdout))[:count]
            self.uc.mem_write(to, data)
            return count - len(data)
        if operation == _SYS_WRITE:
            _, at, count = self._words(argument, 3)
            self.ended.stdout += self.uc.mem_read(at, count)
            return 0
        if operation == _SYS_WRITEC:
            self.ended.stdout += self.uc.mem_read(argument, 1)
            return 0
        if operation == _SYS_WRITE0:
            while (byte := self.uc.mem_read(argument, 1)) != b"\0":
                self.ended.stdout += byte
                argument += 1
            return 0
        if operation in (_SYS_EXIT, _SYS_EXIT_EXTENDED):
            reason, code = argument, 0
            if operation == _SYS_EXIT_EXTENDED:
                reason, code = self._words(argument, 2)
            signed = code - ((code & 0x8000_0000) << 1)
            self.ended.exit_code = signed if reason == _APPLICATION_EXIT else 1
            self.uc.emu_stop()
            return 0
        return 0 if operation == _SYS_CLOSE else -1


def execute(
    firmware: Firmware,
    stdin: Stdin,
    marks: dict[str, int],
    invoke_slot: int,
    max_instructions: int,
    extra_stack: int = 0,
    strict: bool = False,
) -> tuple[Ended, Counter, bytes]:
    """Run a program to its end, a fault, or ``max_instructions``.

    Parameters
    ----------
    stdin : bytes or callable
        What the program reads, or a function ``(count, written) -> bytes`` that gives
        the next ``count`` bytes or fewer, and knows all that was written so far.
    marks : dict of str to int
        Functions whose work is counted apart, with their slots (from 1).
    invoke_slot : int
        The slot whose calls are recorded one by one; 0 for none.
    extra_stack : int
        Bytes of memory below RAM, which the real board does not have.
    strict : bool
        Watch every load and store; those that the real core refuses are faults.

    Returns
    -------
    tuple
        How it ended, the counter, and the flash it ran from.
    """
    machine = _Machine(firmware, stdin, extra_stack)
    slots = 2 + max(marks.values(), default=0)
    counter = Counter(
        machine.flash,
        firmware.board.flash_origin,
        slots,
        invoke_slot,
        max_instructions,
        firmware.board.cpu,
    )
    counter.attach(machine.uc._uch)
    symbols = firmware.symbols
    for name, slot in marks.items():
        counter.mark(symbols[name][0], slot)
    watch = Alignment(machine.flash, firmware.board) if strict else None
    if watch:
        watch.attach(machine.uc._uch)
    try:
        machine.run(counter)
    except BaseException:  # such as an interrupt from the keyboard
        counter.close()
        raise
    counter.finish()
    if watch:
        machine.ended.note_watch(watch)
    return machine.ended, counter, machine.flash
