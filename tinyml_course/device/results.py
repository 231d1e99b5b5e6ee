"""What a run on the board hands back."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tinyml_course.device.firmware import Firmware

__all__ = ["ProfileRow", "RunResult", "TimerReport"]


@dataclass(frozen=True)
class ProfileRow:
    """What one layer (or one function) cost.

    Attributes
    ----------
    layer : int or None
        The layer's number in the model; None for work outside the layers.
    kind : str
        The operator, for example ``conv2d``; or ``other``.
    function : str
        The C function; empty for a layer that needs no code.
    instructions : int
        Counted.
    cycles : int
        Estimated (see :mod:`tinyml_course.device.cycles`).
    macs : int or None
        Multiply-accumulates, counted from the shapes, where the graph is known.
    share : float
        Part of all cycles of the profile, 0 to 1.
    loaded_bytes, stored_bytes : int
        Moved from and to memory, counted: every load and store that ran times its size.
    """

    layer: int | None
    kind: str
    function: str
    instructions: int
    cycles: int
    macs: int | None
    share: float
    loaded_bytes: int
    stored_bytes: int


@dataclass(frozen=True)
class TimerReport:
    """What the timer did, and how well its interrupt kept up.

    Attributes
    ----------
    ticks, handled, lost : int
        How often it ticked, how often ``board_tick`` ran, and how many ticks came while
        an earlier one still waited.
    worst_late_cycles : int
        The longest from a tick to the interrupt that answers it (estimated).
    instructions, cycles : int
        What ``board_tick`` took in all: counted; estimated, with entering and leaving.
    """

    ticks: int
    handled: int
    lost: int
    worst_late_cycles: int
    instructions: int
    cycles: int


@dataclass(frozen=True)
class RunResult:
    """What a program did on the board and what it cost.

    Attributes
    ----------
    stdout : bytes
        What the program wrote with ``board_write``.
    uart : str
        What it printed.
    exit_code : int
        What ``main`` returned.
    instructions, cycles : int
        Of the whole run: counted, estimated.
    stack_bytes : int
        The deepest the stack ever was, measured.
    profile : tuple of ProfileRow
        For a model: its longest inference by layer, in order; the rows sum to that
        inference. For other programs: the whole run by the named functions.
    invocations : ndarray
        Instructions of each inference, from the first of ``model_invoke`` to its
        return, without interrupts, ``(n,) int64``; empty for other programs.
    timer : TimerReport or None
        If the program used the timer.
    outputs : ndarray or list of ndarray or None
        A model's outputs, ``(n, ...)`` in the tensor's type; a list of several.
    seconds : float
        What the emulation took on this computer.
    """

    firmware: Firmware = field(repr=False)
    stdout: bytes = field(repr=False)
    uart: str = field(repr=False)
    exit_code: int
    instructions: int
    cycles: int
    stack_bytes: int
    profile: tuple[ProfileRow, ...] = field(repr=False)
    invocations: np.ndarray = field(repr=False)
    seconds: float
    outputs: np.ndarray | list[np.ndarray] | None = field(default=None, repr=False)
    timer: TimerReport | None = None

    @property
    def ram_bytes(self) -> int:
        """RAM in use: static data and the stack at its deepest."""
        return self.firmware.static_ram_bytes + self.stack_bytes

    @property
    def inference_instructions(self) -> int:
        """Instructions of the longest inference (0 if no model ran)."""
        return int(self.invocations.max(initial=0))

    @property
    def inference_cycles(self) -> int:
        """Estimated cycles of the longest inference (0 if no model ran)."""
        if not len(self.invocations):
            return 0
        return sum(row.cycles for row in self.profile)

    @property
    def latency_ms(self) -> float:
        """Estimated milliseconds of the longest inference, at the board's clock.

        Of the whole run, if no model ran.
        """
        cycles = self.inference_cycles if len(self.invocations) else self.cycles
        return 1000 * cycles / self.firmware.board.clock_hz
