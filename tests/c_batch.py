"""Many models' generated C as one translation unit: a library or a sanitized program.

A compiler takes longer to start than to compile a small model, so thousands of models
are compiled by the hundred: each keeps its functions' names, and the static names that
all models share (``arena``, ``layer_00`` ...) get the model's name in front.
"""

import ctypes
import re
import subprocess
import sys

import numpy as np

from tinyml_course import device, export
from tinyml_course.device.toolchain import compile_objects, shared_library
from tinyml_course.graph.plan import Plan

GAP_BYTES = 32  # of forbidden bytes behind each tensor of an arena that is spread out


def spread(model):
    """``model`` with a plan in which no two tensors touch; the gaps, (start, bytes)."""
    offsets, gaps, end = {}, [], 0
    for life in model.plan.lives:
        offsets |= dict.fromkeys(life.tensors, end)
        used = max(model.tensors[i].bytes for i in life.tensors)
        start = end
        end = -(-(end + used) // 8) * 8 + GAP_BYTES
        gaps.append((start + used, end - start - used))
    plan = model.plan
    model.__dict__["plan"] = Plan(
        offsets, plan.lives, plan.leads, end, plan.lower_bound_bytes
    )
    return gaps


def batch(models, gaps=None) -> dict[str, str]:
    """Sources with ``int run(int model, const char *x, char *y, int rows)``."""
    sources, parts, cases = {}, [], []
    for number, model in enumerate(models):
        name = f"m{number}"
        files = export.to_c(model, name)
        header, source = files.pop(f"{name}.h"), files.pop(f"{name}.c")
        sources |= files
        source = source.replace(f'#include "{name}.h"\n', "")
        names = set(re.findall(r"(?m)^(?:_Alignas.4. )?static .*?(\w+)\[", source))
        names |= set(re.findall(r"(?m)^static const \w+ (\w+) = ", source))
        pattern = rf"\b({'|'.join(sorted(names))})\b"
        parts += [header, re.sub(pattern, rf"{name}_\1", source)]
        parts.append(_run(name, model, (gaps or {}).get(number, [])))
        cases.append(f"case {number}: return run_{name}(x, y, rows);")
    sources["batch.c"] = "\n".join(
        [
            "#include <stdint.h>",
            "#if defined(__SANITIZE_ADDRESS__)",
            "#include <sanitizer/asan_interface.h>",
            "#else",
            "#define ASAN_POISON_MEMORY_REGION(place, bytes) (void)0",
            "#endif",
            _COPY,
            *parts,
            "int run(int model, const char *x, char *y, int rows);",
            "int run(int model, const char *x, char *y, int rows) {",
            "  switch (model) {",
            *cases,
            "  }\n  return 1;\n}\n",
        ]
    )
    return sources


_COPY = """
static void copy(void *to, const void *from, int size) {
  for (int i = 0; i < size; i++) {
    ((char *)to)[i] = ((const char *)from)[i];
  }
}
"""


def _run(name: str, model, gaps) -> str:
    """C that runs one model over rows of bytes."""
    lines = [
        f"ASAN_POISON_MEMORY_REGION({name}_arena + {start}, {size});"
        for start, size in gaps
    ]
    lines.append("while (rows--) {")
    for number, index in enumerate(model.inputs):
        size = model.tensors[index].bytes
        lines.append(f"copy({name}_input_{number}(), x, {size}); x += {size};")
    lines.append(f"if ({name}_invoke()) return 1;")
    for number, index in enumerate(model.outputs):
        size = model.tensors[index].bytes
        lines.append(f"copy(y, {name}_output_{number}(), {size}); y += {size};")
    body = "\n  ".join(lines)
    head = f"static int run_{name}(const char *x, char *y, int rows)"
    return f"{head} {{\n  {body}\n  }}\n  return 0;\n}}"


def rows_of(inputs) -> bytes:
    """Row after row of all inputs, as ``run`` takes them."""
    return np.concatenate([x.reshape(len(x), -1) for x in inputs], axis=1).tobytes()


def columns_of(raw: bytes, model, rows: int) -> list[np.ndarray]:
    """What ``run`` wrote as one array (rows, values) per output."""
    table = np.frombuffer(raw, np.uint8).reshape(rows, -1)
    ends = np.cumsum([model.tensors[i].bytes for i in model.outputs])[:-1]
    parts = np.split(table, ends, axis=1)
    return [
        np.ascontiguousarray(part).view(model.tensors[i].dtype)
        for part, i in zip(parts, model.outputs, strict=True)
    ]


def _row_bytes(model, indices) -> int:
    return sum(model.tensors[i].bytes for i in indices)


def run_on_host(models, inputs) -> list[list[np.ndarray]]:
    """Outputs of every model, from one library of the course's own compiler."""
    objects = compile_objects(batch(models), "host", "-O1")
    run = ctypes.CDLL(str(shared_library(objects))).run
    answers = []
    for number, (model, x) in enumerate(zip(models, inputs, strict=True)):
        rows = len(x[0])
        y = ctypes.create_string_buffer(rows * _row_bytes(model, model.outputs))
        assert run(number, rows_of(x), y, rows) == 0
        answers.append(columns_of(y.raw, model, rows))
    return answers


_BOARD_MAIN = """
#include "board.h"
int run(int model, const char *x, char *y, int rows);
static const int sizes[][3] = {%s};
int main(void) {
  static char x[40000], y[40000];
  for (int i = 0; i < %d; i++) {
    const int in = sizes[i][0] * sizes[i][2], out = sizes[i][1] * sizes[i][2];
    if (board_read(x, in) != in || run(i, x, y, sizes[i][2])) return 2;
    board_write(y, out);
  }
  return 0;
}
"""


def run_on_board(models, inputs) -> list[list[np.ndarray]]:
    """Outputs of every model, from one firmware on the emulated board."""
    main = _BOARD_MAIN % (_sizes(models, inputs), len(models))
    firmware = device.build({**batch(models), "main.c": main})
    result = device.run(firmware, stdin=b"".join(map(rows_of, inputs)))
    assert result.exit_code == 0
    return _answers(result.stdout, models, inputs)


def _sizes(models, inputs) -> str:
    """C: bytes of a row of inputs, of a row of outputs, and rows of every model."""
    return ", ".join(
        f"{{{_row_bytes(m, m.inputs)}, {_row_bytes(m, m.outputs)}, {len(x[0])}}}"
        for m, x in zip(models, inputs, strict=True)
    )


def _answers(raw: bytes, models, inputs) -> list[list[np.ndarray]]:
    """What a program wrote, model after model."""
    answers, at = [], 0
    for model, x in zip(models, inputs, strict=True):
        size = _row_bytes(model, model.outputs) * len(x[0])
        answers.append(columns_of(raw[at : at + size], model, len(x[0])))
        at += size
    return answers


_MAIN = """
#include <stdio.h>
#include <stdlib.h>
int run(int model, const char *x, char *y, int rows);
static const int sizes[][3] = {%s};
int main(void) {
  for (int i = 0; i < %d; i++) {
    const size_t in = (size_t)sizes[i][0] * sizes[i][2];
    const size_t out = (size_t)sizes[i][1] * sizes[i][2];
    char *x = malloc(in), *y = malloc(out);
    fprintf(stderr, "model %%d\\n", i);
    if (fread(x, 1, in, stdin) != in || run(i, x, y, sizes[i][2])) return 2;
    fwrite(y, 1, out, stdout);
    fflush(stdout);
    free(x);
    free(y);
  }
  return 0;
}
"""

COMPILERS = {
    "zig": [sys.executable, "-m", "ziglang", "cc"],
    "gcc": ["gcc"],
    "clang": ["clang"],
}
SANITIZE = {  # zig has no runtime library of AddressSanitizer
    "zig": ["-fsanitize=undefined", "-fsanitize-trap=undefined"],
    "gcc": ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
    "clang": ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
}


def run_sanitized(folder, compiler, models, inputs, *, apart=False, timeout_s=300):
    """Outputs of every model, from a program that ends at the first undefined thing.

    With ``apart``, every tensor lies alone in its arena with forbidden bytes behind it,
    so that AddressSanitizer also sees what leaves one tensor for its neighbour.
    """
    gaps = {i: spread(model) for i, model in enumerate(models)} if apart else None
    sources = batch(models, gaps)
    sources["main.c"] = _MAIN % (_sizes(models, inputs), len(models))
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in sources.items():
        (folder / file).write_text(text)
    units = sorted(file for file in sources if file.endswith(".c"))
    flags = ["-std=c11", "-O1", "-g1", *SANITIZE[compiler], "-o", "program"]
    subprocess.run([*COMPILERS[compiler], *flags, *units], cwd=folder, check=True)
    done = subprocess.run(
        [folder / "program"],
        input=b"".join(map(rows_of, inputs)),
        capture_output=True,
        timeout=timeout_s,
    )
    said = done.stderr.decode(errors="replace")
    assert done.returncode == 0, said[-4000:]
    return _answers(done.stdout, models, inputs)
