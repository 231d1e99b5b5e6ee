"""A mutation fuzz of .tflite bytes: each file is refused in one clear line, or right.

``python tests/fuzz.py 100000 --seed 0`` changes golden and random models at random
(bytes, integers, lengths, pieces of other models), reads and compiles each, runs those
that survive in NumPy, in TFLM (a child process) and, as C, under AddressSanitizer and
UBSan, and prints a table.

With seed 2, before float32 joined (its mutants are among those of `make test`):

    100,000  mutants
     83,992  refused in one line, for 534 different reasons
     16,008  compiled; 2,648 different programs, 4 of them too large to run
      2,619  equal to TFLM, every byte; none differs
         25  refused by TFLM, or ended it
      2,644  clean under AddressSanitizer and UBSan, tensors apart too
       0.54  seconds for the slowest, 91 MB for all
"""

import argparse
import contextlib
import random
import re
import resource
import shutil
import signal
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
from c_batch import run_sanitized
from hypothesis import HealthCheck, Phase, given, seed, settings
from models import GOLDEN
from random_graphs import models
from test_float import EXACT
from tflm_batch import Tflm

from tinyml_course import export, graph
from tinyml_course.errors import CourseError

SECONDS = 5
MEMORY_BYTES = 2 << 30
ROWS = 2
MOST_MACS, MOST_BYTES = 3_000_000, 300_000  # of a survivor that is run

COMPILER = next((name for name in ("gcc", "clang") if shutil.which(name)), "zig")

EXTREMES = [0, 1, 2, 127, 128, 255, 256, 2**15, 2**16, 2**20, 2**28, 2**30]
EXTREMES += [2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1, 0x7F800000, 0x7FC00000, 0x00000001]
EXTREMES = [n.to_bytes(4, "little") for n in EXTREMES]


def originals(count: int = 60) -> list[bytes]:
    """The golden models, small random ones, and some in float32."""
    found = []

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @seed(0)
    @given(made=models(most=3))
    def keep(made):
        found.append(made.tflite)

    keep()
    return [path.read_bytes() for path in GOLDEN] + found + list(EXACT.values())


def mutant(rng: random.Random, corpus: list[bytes]) -> bytes:
    """One of ``corpus``, changed in one to eight places."""
    data = bytearray(rng.choice(corpus))
    for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
        place = rng.randrange(len(data))
        word = place & ~3
        kind = rng.randrange(20)
        if kind < 4:
            data[place] ^= 1 << rng.randrange(8)
        elif kind < 7:
            data[place] = rng.choice([0, 1, 2, 127, 128, 255])
        elif kind < 10:
            data[word : word + 4] = rng.choice(EXTREMES)
        elif kind < 14:  # one more or less: a size, an offset, a tensor's number
            old = int.from_bytes(data[word : word + 4], "little")
            new = (old + rng.choice([-4, -2, -1, 1, 2, 4])) % 2**32
            data[word : word + 4] = new.to_bytes(4, "little")
        elif kind < 16:  # one integer of the file in the place of another
            other = rng.randrange(len(data)) & ~3
            data[word : word + 4] = data[other : other + 4]
        elif kind < 18:  # a piece of a model
            source = rng.choice(corpus)
            start = rng.randrange(len(source))
            piece = source[start : start + rng.choice([4, 8, 16, 64])]
            data[place : place + len(piece)] = piece
        elif kind < 19:
            del data[place : place + rng.choice([1, 4, 16])]
        else:
            del data[place:]
        if len(data) < 8:
            break
    return bytes(data)


@contextlib.contextmanager
def limits():
    """At most SECONDS, and MEMORY_BYTES more than now."""

    def late(*_):
        raise TimeoutError(f"more than {SECONDS} s")

    used = int(Path("/proc/self/statm").read_text().split()[0]) * 4096
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_BYTES, before[1]))
    old = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
        resource.setrlimit(resource.RLIMIT_AS, before)


def compiled(data: bytes):
    """``(graph, C)`` of a mutant, or the line that refuses it."""
    try:
        with limits(), warnings.catch_warnings(action="error"):
            model = graph.read(data)
            return model, export.to_c(model)["model.c"]
    except CourseError as error:
        said = str(error)
        assert said
        assert "\n" not in said
        assert len(said) < 1000
        return said


class Fuzz:
    """Counts of what became of the mutants; ``survivors`` are different programs."""

    def __init__(self, number: int) -> None:
        self.rng = random.Random(number)
        self.corpus = originals()
        self.count = Counter()
        self.refusals = Counter()
        self.survivors: list[tuple[bytes, object]] = []
        self.slowest = 0.0
        self._seen: set[int] = set()

    def one(self) -> bytes:
        """Make a mutant and read it."""
        data = mutant(self.rng, self.corpus)
        self.count["mutants"] += 1
        start = time.perf_counter()
        result = compiled(data)
        self.slowest = max(self.slowest, time.perf_counter() - start)
        if isinstance(result, str):
            self.count["refused in one line"] += 1
            self.refusals[re.sub(r"'.*?'|\d[\d,.e+-]*", "#", result)[:60]] += 1
            return data
        model, source = result
        self.count["compiled"] += 1
        program = hash(source.split("*/", 1)[1])
        if program not in self._seen:
            self._seen.add(program)
            self.survivors.append((data, model))
        return data

    def run(self, tflm: Tflm, *, most: int, keep=None) -> None:
        """Run survivors in NumPy and TFLM, and ``most`` of them under the sanitizers.

        ``keep`` is called with those that differ; without it, the first one fails.
        """
        self.count["different programs"] = len(self.survivors)
        chosen = []
        for data, model in self.survivors:
            if model.macs > MOST_MACS or model.plan.arena_bytes > MOST_BYTES:
                self.count["too large to run here"] += 1
                continue
            x = _inputs(data, model)
            floats = any("float" in tensor.dtype for tensor in model.tensors)
            quiet = "ignore" if floats else "error"  # changed floats may be infinite
            with limits(), warnings.catch_warnings(action=quiet):
                y = graph.invoke(model, *x)
            y = [v.reshape(ROWS, -1) for v in (y if isinstance(y, list) else [y])]
            theirs = tflm.ask(data, x, len(model.outputs), timeout_s=20)
            if isinstance(theirs, str):
                words = theirs if theirs in ("crashed", "hung") else "refused"
                self.count[f"TFLM {words}"] += 1
            elif floats and not all(np.isfinite(v).all() for v in (*y, *theirs)):
                self.count["not finite"] += 1
            elif all(_equal(a, b, floats) for a, b in zip(y, theirs, strict=True)):
                self.count["equal to TFLM"] += 1
            else:
                self.count["NOT EQUAL to TFLM"] += 1
                assert keep, "a survivor differs from TFLM"
                keep(data)
            chosen.append((model, x, y))
        chosen = chosen[:: -(-len(chosen) // most) or 1]
        for start in range(0, len(chosen), 100):
            parts = list(zip(*chosen[start : start + 100], strict=True))
            fresh = [graph.Graph(**_fields(model)) for model in parts[0]]
            for apart, again in ((False, parts[0]), (True, fresh)):
                with tempfile.TemporaryDirectory() as place:
                    ours = run_sanitized(
                        Path(place), COMPILER, again, parts[1], apart=apart
                    )
                for mine, numpys in zip(ours, parts[2], strict=True):
                    for a, b in zip(mine, numpys, strict=True):
                        np.testing.assert_array_equal(a, b)
            self.count["clean under the sanitizers"] += len(fresh)


def _inputs(data: bytes, model) -> list[np.ndarray]:
    """Random rows for every input, the same for the same model."""
    rng = np.random.default_rng(len(data))
    columns = []
    for tensor in map(model.tensors.__getitem__, model.inputs):
        shape = (ROWS, *tensor.shape)
        if tensor.dtype == "int8":
            columns.append(rng.integers(-128, 128, shape, dtype=np.int8))
        else:
            columns.append(rng.normal(size=shape).astype(tensor.dtype))
    return columns


def _equal(ours: np.ndarray, theirs: np.ndarray, floats: bool) -> bool:
    """Every bit; in float32, whose exp and tanh are TFLM's C library's, nearly."""
    if not floats:
        return np.array_equal(ours, theirs)
    step = 1 if ours.dtype == np.int8 else 1e-5
    near = np.abs(ours.astype(np.float64) - theirs.astype(np.float64))
    return bool(np.all(near <= step + 1e-5 * np.abs(theirs.astype(np.float64))))


def _fields(model) -> dict:
    return {name: getattr(model, name) for name in model.__dataclass_fields__}


def main() -> None:
    """Run the fuzz and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sanitized", type=int, default=3000)
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"))
    words = parser.parse_args()
    words.keep.mkdir(parents=True, exist_ok=True)
    fuzz, tflm = Fuzz(words.seed), Tflm()

    def keep(data: bytes) -> None:
        (words.keep / f"{hash(data) & 0xFFFFFFFF:08x}.tflite").write_bytes(data)

    for _ in range(words.count):
        state = fuzz.rng.getstate()
        try:
            fuzz.one()
        except Exception as error:
            fuzz.count[f"FAILED: {type(error).__name__}"] += 1
            fuzz.rng.setstate(state)
            keep(mutant(fuzz.rng, fuzz.corpus))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    fuzz.run(tflm, most=words.sanitized, keep=keep)
    tflm.close()
    for what, number in fuzz.count.items():
        print(f"{number:>9,}  {what}")
    print(f"{fuzz.slowest:>9.2f}  seconds for the slowest, {peak} MB for all")
    print(f"{len(fuzz.refusals):>9,}  different refusals, the most frequent:")
    for said, number in fuzz.refusals.most_common(12):
        print(f"{number:>9,}    {said}")


if __name__ == "__main__":
    main()
