"""A model's C in, something that runs it here out: a host library, or WebAssembly."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Sequence
from functools import cache
from threading import Lock

import numpy as np

from tinyml_course.device.arrays import pack_inputs, unpack_outputs
from tinyml_course.device.harness import ends
from tinyml_course.device.toolchain import (
    compile_objects,
    first_error,
    link,
    shared_library,
)
from tinyml_course.errors import CourseError

__all__ = ["HostModel", "host", "wasm"]

_WASM_STACK_BYTES = 64 * 1024


class HostModel:
    """Generated C, compiled for this computer: the board's arithmetic, much faster."""

    def __init__(self, path: str, name: str, inputs, outputs) -> None:
        library, self._lock = _load(path)
        self._predict = library.tinyml_predict
        self._predict.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
        self._predict.restype = ctypes.c_int
        self._name, self._inputs, self._outputs = name, inputs, outputs

    def predict(self, x: np.ndarray | Sequence[np.ndarray]):
        """The model's outputs for every row.

        Parameters
        ----------
        x : ndarray or sequence of ndarray
            Inputs ``(n, ...)`` in the tensor's own type, one array per input.

        Returns
        -------
        ndarray or list of ndarray
            ``(n, ...)``; a list where the model has several outputs. Without the graph,
            which knows the shapes, ``(n, elements)``.

        Raises
        ------
        DataError
            If ``x`` does not fit the model's inputs.
        """
        arrays = pack_inputs(x, self._inputs)
        rows = np.ascontiguousarray(np.concatenate(arrays, axis=1))
        sizes = [int(np.prod(s)) * np.dtype(d).itemsize for _, s, d in self._outputs]
        out = np.empty((len(rows), sum(sizes)), np.uint8)
        with self._lock:
            status = self._predict(rows.ctypes.data, out.ctypes.data, len(rows))
        if status:
            raise CourseError(
                f"{self._name}_invoke() returned {status}; expected 0 (success)."
            )
        return unpack_outputs(out, [(s, d) for _, s, d in self._outputs])


@cache
def _load(path: str) -> tuple[ctypes.CDLL, Lock]:
    """A library and the lock that all who use it share, as they share its one arena."""
    return ctypes.CDLL(path), Lock()


def _batch_source(name: str, inputs: int, outputs: int) -> str:
    """A C function that runs the model over rows of bytes."""
    macro = name.upper()
    reads = "".join(
        f"        memcpy({name}_input_{i}(), x, {macro}_INPUT_{i}_BYTES);\n"
        f"        x += {macro}_INPUT_{i}_BYTES;\n"
        for i in range(inputs)
    )
    writes = "".join(
        f"        memcpy(y, {name}_output_{i}(), {macro}_OUTPUT_{i}_BYTES);\n"
        f"        y += {macro}_OUTPUT_{i}_BYTES;\n"
        for i in range(outputs)
    )
    return f"""#include <string.h>
#include "{name}.h"

int tinyml_predict(const unsigned char *x, unsigned char *y, size_t rows);
int tinyml_predict(const unsigned char *x, unsigned char *y, size_t rows)
{{
    while (rows--) {{
{reads}        const int status = {name}_invoke();
        if (status != 0)
            return status;
{writes}    }}
    return 0;
}}
"""


def _described(sources: dict[str, str], name: str, graph):
    """Name, shape with the batch, dtype of each input and output."""
    if graph is not None:
        return [
            [
                (t.name, t.shape, t.dtype)
                for t in map(graph.tensors.__getitem__, indices)
            ]
            for indices in (graph.inputs, graph.outputs)
        ]
    described = []
    for role, sizes in zip(("INPUT", "OUTPUT"), ends(sources, name), strict=True):
        rows = []
        for number, size in enumerate(sizes):
            macro = rf"#define {name.upper()}_{role}_{number}_TYPE (\w+)"
            found = re.search(macro, sources[f"{name}.h"])
            ctype = found[1] if found else "int8_t"
            dtype = np.dtype("f4" if ctype == "float" else ctype.removesuffix("_t"))
            shape = (1, size // dtype.itemsize)
            rows.append((f"{role.lower()} {number}", shape, str(dtype)))
        described.append(rows)
    return described


def host(sources: dict[str, str], name: str = "model", graph=None) -> HostModel:
    """Compile a generated model for this computer and load it.

    Parameters
    ----------
    sources : dict of str to str
        What :func:`tinyml_course.export.to_c` made.
    name : str
        The model's name in C.
    graph : Graph, optional
        Gives inputs and outputs their shapes; without it they are rows of elements.

    Returns
    -------
    HostModel
        ``.predict(x)`` runs the compiled C.
    """
    inputs, outputs = ends(sources, name)
    batch = _batch_source(name, len(inputs), len(outputs))
    objects = compile_objects({**sources, "host_batch.c": batch}, "host")
    path = str(shared_library(objects))
    return HostModel(path, name, *_described(sources, name, graph))


def wasm(sources: dict[str, str], name: str = "model") -> bytes:
    """Compile a generated model to a WebAssembly module without imports.

    It exports ``memory``, ``<name>_input``, ``<name>_invoke``, ``<name>_output`` and,
    for each input and output N, ``<name>_input_N`` and ``<name>_output_N``; the
    functions for data return addresses in ``memory``.
    """
    inputs, outputs = ends(sources, name)
    functions = [f"{name}_{function}" for function in ("input", "invoke", "output")]
    functions += [f"{name}_input_{i}" for i in range(len(inputs))]
    functions += [f"{name}_output_{i}" for i in range(len(outputs))]
    flags = ["-Wl,--no-entry", "-Wl,--gc-sections", "-Wl,--strip-all"]
    flags += [f"-Wl,-z,stack-size={_WASM_STACK_BYTES}"]
    flags += [f"-Wl,--export={function}" for function in functions]
    objects = compile_objects(sources, "wasm")
    data, complaint = link(objects, "wasm", flags, {})
    if complaint:
        raise CourseError(f"The module does not link: {first_error(complaint)}")
    return data
