"""A model's C in, a program that reads inputs and writes outputs out.

The harness is the smallest ``main`` that can feed a model: it reads one inference's
inputs from standard input, runs the model and writes its outputs, until the input ends.
What it costs is known: :func:`overhead_bytes`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tinyml_course.boards import Board
from tinyml_course.device.firmware import Firmware, build
from tinyml_course.errors import CourseError

__all__ = ["Ends", "build_model", "ends", "harness", "overhead_bytes"]

HARNESS_FILE = "board_main.c"

Ends = tuple[list[int], list[int]]
"""Bytes of each input, bytes of each output."""


def ends(sources: dict[str, str], name: str = "model") -> Ends:
    r"""The sizes in bytes of a generated model's inputs and outputs, from its header.

    >>> ends({"kws.h": "#define KWS_INPUT_0_BYTES 64\n"
    ...       "#define KWS_OUTPUT_0_BYTES 10\n"}, "kws")
    ([64], [10])
    """
    header = sources.get(f"{name}.h", "")
    found = []
    for role in ("INPUT", "OUTPUT"):
        macro = rf"#define {re.escape(name.upper())}_{role}_(\d+)_BYTES (\d+)"
        sizes = {int(number): int(size) for number, size in re.findall(macro, header)}
        found.append([sizes[number] for number in sorted(sizes)])
    inputs, outputs = found
    if not inputs or not outputs:
        raise CourseError(
            f"The sources hold no model called {name!r}: expected {name}.h with "
            f"{name.upper()}_INPUT_0_BYTES and {name.upper()}_OUTPUT_0_BYTES; received "
            f"{', '.join(sorted(sources)) or 'no files'}."
        )
    return inputs, outputs


def harness(name: str, inputs: int, outputs: int) -> str:
    """The ``main`` for a model with that many inputs and outputs, as C."""
    macro = name.upper()
    reads = "\n".join(
        f"        if (board_read({name}_input_{i}(), {macro}_INPUT_{i}_BYTES)"
        f" != {macro}_INPUT_{i}_BYTES)\n            return 0;"
        for i in range(inputs)
    )
    writes = "\n".join(
        f"        board_write({name}_output_{i}(), {macro}_OUTPUT_{i}_BYTES);"
        for i in range(outputs)
    )
    return f"""/* Reads inputs, runs the model, writes outputs, until the input ends. */
#include "board.h"
#include "{name}.h"

int main(void)
{{
    for (;;) {{
{reads}
        const int status = {name}_invoke();
        if (status != 0)
            return status;
{writes}
    }}
}}
"""


def build_model(
    sources: dict[str, str],
    name: str = "model",
    board: str | Board = "nano33",
    optimize: str = "-O2",
) -> Firmware:
    """Build a generated model with its harness, ready for :func:`run`.

    Raises
    ------
    CourseError, BudgetError
        As :func:`build`.
    """
    inputs, outputs = ends(sources, name)
    main = harness(name, len(inputs), len(outputs))
    return build({**sources, HARNESS_FILE: main}, board, optimize)


EMPTY = {
    "empty.h": """#include <stdint.h>
#define EMPTY_INPUT_0_BYTES 1
#define EMPTY_OUTPUT_0_BYTES 1
int8_t *empty_input(void);
int8_t *empty_input_0(void);
const int8_t *empty_output(void);
const int8_t *empty_output_0(void);
int empty_invoke(void);
""",
    "empty.c": """#include "empty.h"
static int8_t arena[1];
int8_t *empty_input(void) { return arena; }
int8_t *empty_input_0(void) { return arena; }
const int8_t *empty_output(void) { return arena; }
const int8_t *empty_output_0(void) { return arena; }
int empty_invoke(void) { return 0; }
""",
}
"""The C of a model called ``empty``, which hands its one input on."""


@lru_cache(maxsize=8)
def overhead_bytes(board: str | Board = "nano33") -> int:
    """Flash of start-up code and harness: the firmware of a model that does nothing.

    >>> overhead_bytes() < 1024
    True
    """
    return build_model(EMPTY, "empty", board).flash_bytes
