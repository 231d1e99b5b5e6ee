"""A run that went wrong in, one sentence for a person out."""

from __future__ import annotations

from tinyml_course.boards import Board
from tinyml_course.device.counter import Counter
from tinyml_course.device.emulator import Ended, execute
from tinyml_course.device.firmware import Firmware
from tinyml_course.errors import BoardFault

__all__ = ["explain"]

# Bits of CFSR (ARM DDI 0403, B3.2.15); BFARVALID says that BFAR holds the address
_IACCVIOL, _IBUSERR, _PRECISERR, _BFARVALID = 1 << 0, 1 << 8, 1 << 9, 1 << 15
_UNDEFINSTR, _UNALIGNED = 1 << 16, 1 << 24
_ROOM_BELOW = 16 * 1024 * 1024  # how far a stack overflow is followed
_NULL_PAGE = 0x400


def explain(
    firmware: Firmware,
    ended: Ended,
    counter: Counter,
    functions: tuple[str, ...],
    stdin: bytes,
    max_instructions: int,
) -> BoardFault:
    """The fault with its address, function, layer and what to do about it."""
    image = firmware.image
    layer = functions[counter.slot - 1] if 0 < counter.slot <= len(functions) else ""
    chain = _chain(firmware, ended, counter)
    if layer and layer not in chain:  # it handed its work on by a jump
        chain.insert(1, layer)
    function = chain[0]
    where = f"in {function}"
    if len(chain) > 1:
        callers = ", ".join(chain[1:4]) + (", ..." if len(chain) > 4 else "")
        where += f" (called from {callers})"
    needed = available = None

    if not ended.fault:
        kind, text = (
            "timeout",
            (
                f"The program was stopped after {counter.instructions:,} instructions "
                f"{where}. It may be in a loop without an end; if not, raise "
                "max_instructions."
            ),
        )
        if counter.stopped == 2:
            kind, text = (
                "too large",
                (
                    "The program runs through more different code than the counter can "
                    f"tell apart; stopped {where}."
                ),
            )
    elif _ran_out_of_stack(firmware, ended):
        kind = "stack overflow"
        available = firmware.board.ram_bytes - firmware.static_ram_bytes
        needed, text = _stack_story(
            firmware, ended, counter, function, where, stdin, max_instructions
        )
    else:
        kind, text = _access_story(firmware, ended, where)
    return BoardFault(
        text,
        kind=kind,
        address=ended.address,
        function=function,
        needed_bytes=needed,
        available_bytes=available,
        layer=layer,
        calls=tuple(chain),
        place=image.label_at(ended.registers["pc"]),
        registers=ended.registers | _status(firmware.board, ended),
    )


def _status(board: Board, ended: Ended) -> dict[str, int]:
    """What the core's fault registers say: CFSR, and BFAR where it is valid.

    The Cortex-M0+ has neither. As if the core waited for each store to end; a real one
    may notice a bad store some instructions later (IMPRECISERR, without an address).
    """
    if board.cpu == "cortex_m0plus":
        return {}
    if ended.fault in ("read", "write", "semihosting"):
        return {"cfsr": _PRECISERR | _BFARVALID, "bfar": ended.address}
    bits = {
        "fetch": _IBUSERR,  # no code is there
        "bad jump": _IACCVIOL,  # none may ever be: a region for devices
        "undefined instruction": _UNDEFINSTR,
        "unaligned": _UNALIGNED,
    }
    return {"cfsr": bits.get(ended.fault, 0)}


def _chain(firmware: Firmware, ended: Ended, counter: Counter) -> list[str]:
    """Functions under way, the innermost first, each run of repeats once."""
    image = firmware.image
    here = image.function_at(ended.registers["pc"])
    if here is None:  # a jump to nowhere: who was it that jumped?
        here = image.function_at(ended.registers["lr"] - 2)
    names = [here.name] if here else []
    for address in reversed(counter.calls):
        caller = image.function_at(address - 2)
        if caller and (not names or names[-1] != caller.name):
            names.append(caller.name)
    return [n for n in names if n != "board_reset"] or ["the start-up code"]


def _ran_out_of_stack(firmware: Firmware, ended: Ended) -> bool:
    low, sp = firmware.board.ram_origin, ended.registers["sp"]
    if ended.fault not in ("read", "write", "semihosting") or ended.address is None:
        return False
    return low - 8 * _ROOM_BELOW <= ended.address < low and (
        sp < low or sp - ended.address <= 1024
    )


def _stack_story(
    firmware: Firmware,
    ended: Ended,
    counter: Counter,
    function: str,
    where: str,
    stdin: bytes,
    max_instructions: int,
) -> tuple[int | None, str]:
    """Let the same run have memory below RAM, to learn how much it would take."""
    board = firmware.board
    free = board.ram_bytes - firmware.static_ram_bytes
    again, counted, _ = execute(firmware, stdin, {}, 0, max_instructions, _ROOM_BELOW)
    counted.close()
    text = f"Stack overflow {where} at address 0x{ended.address:08x}, below the RAM: "
    if _ran_out_of_stack_again(firmware, again):
        deep = counter.calls_deep
        return None, text + (
            f"{free:,} bytes are free for the stack, and {free + _ROOM_BELOW:,} were "
            f"not enough either. It was {deep:,} calls deep: does {function} call "
            "itself without an end, or hold a huge array?"
        )
    static = firmware.static_ram_bytes
    text += (
        f"the program needs {again.stack_bytes:,} bytes of stack; {free:,} are free "
        f"({board.ram_bytes:,} of RAM less {static:,} of static data). Make local "
        "arrays smaller or static, or call less deeply."
    )
    return again.stack_bytes, text


def _ran_out_of_stack_again(firmware: Firmware, again: Ended) -> bool:
    low = firmware.board.ram_origin - _ROOM_BELOW
    return bool(again.fault) and again.registers["sp"] < low + 1024


def _access_story(firmware: Firmware, ended: Ended, where: str) -> tuple[str, str]:
    board, address, fault = firmware.board, ended.address, ended.fault
    at = "" if address is None else f"0x{address:08x}"
    flash_end = board.flash_origin + board.flash_bytes
    ram_end = board.ram_origin + board.ram_bytes
    if fault in ("read", "write"):
        size = f"{ended.access_bytes} byte{'s' if ended.access_bytes != 1 else ''}"
        doing = f"The program tried to {fault} {size} at address {at} {where}"
        if board.flash_origin <= address < flash_end:
            if address < board.flash_origin + _NULL_PAGE:
                return "null pointer", (
                    f"{doing}: that is the very beginning of flash, where a null "
                    "pointer leads. Check that the pointer was set."
                )
            return "write to flash", (
                f"{doing}: that is flash, where code and const data lie; it cannot be "
                "written. Copy the data to a variable first."
            )
        if address < _NULL_PAGE:
            return "null pointer", (
                f"{doing}: that is where a null pointer leads. Check that the pointer "
                "was set."
            )
        if ram_end <= address < ram_end + 0x1000_0000:
            beyond = address - ram_end + 1
            return "bad address", (
                f"{doing}: {beyond:,} byte{'s' if beyond > 1 else ''} past the end of "
                "RAM. Check array sizes and indices."
            )
        return "bad address", (
            f"{doing}: nothing is there (flash {board.flash_origin:#x} to "
            f"{flash_end - 1:#x}, RAM {board.ram_origin:#x} to {ram_end - 1:#x}). "
            "Check pointers and indices."
        )
    if fault in ("fetch", "bad jump"):
        return "bad jump", (
            f"The program jumped to {at}, where there is no code, {where}. Check "
            "function pointers; an array written past its end can also overwrite a "
            "return address."
        )
    if fault == "semihosting":
        return "bad address", (
            f"board_read or board_write was given memory that the board does not have "
            f"{where}. Check the pointer and the size."
        )
    if fault == "unaligned":
        need = "an address must be a multiple of the size"
        if board.cpu != "cortex_m0plus":
            need = "LDRD, LDM, VLDR and their like need a multiple of 4"
        return "unaligned", (
            f"Unaligned access of {ended.access_bytes} bytes at address {at} {where}: "
            f"on a {board.core} {need}. Check casts of pointers; copy with memcpy."
        )
    stories = {
        "undefined instruction": (
            "Undefined instruction",
            "The compiler puts one where the C has no meaning (a path that must "
            "never run), or the program jumped into data.",
        ),
        "no handler": (
            "The timer's interrupt came",
            "Nobody answers it: write void board_tick(void).",
        ),
        "supervisor call": (
            "Supervisor call",
            "No operating system answers on this board.",
        ),
        "unknown breakpoint": (
            "Breakpoint",
            "Only semihosting (BKPT 0xAB) is answered.",
        ),
    }
    title, advice = stories.get(fault, (f"Fault ({fault})", "See the registers."))
    return fault, f"{title} {where}. {advice}"
