"""TFLM for many models: one child process answers question after question.

``oracle`` starts a process a model, which is right for a user and too slow for
thousands of random models. This child lives on; where a model takes it down, the next
question starts another.
"""

import pickle
import select
import subprocess
import sys

_CHILD = """
import os, pickle, resource, sys
import numpy as np
from tflite_micro import runtime
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
runtime.count_resource_variables = lambda model: 0  # reads more than TFLM does
answers = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)  # what TFLM prints is no answer
questions = sys.stdin.buffer
while True:
    try:
        tflite, inputs, count = pickle.load(questions)
    except EOFError:
        break
    arena, rows, problem = 1 << 16, [], None
    while True:
        try:
            tflm = runtime.Interpreter.from_bytes(tflite, arena_size=arena)
            break
        except RuntimeError as error:
            arena *= 8
            if arena > 1 << 28:
                tflm, problem = None, str(error)
                break
        except Exception as error:
            tflm, problem = None, str(error)
            break
    try:
        for row in zip(*inputs) if tflm else ():
            for number, value in enumerate(row):
                shape = tflm.get_input_details(number)["shape"]
                tflm.set_input(value.reshape(shape), number)
            tflm.invoke()
            outputs = [tflm.get_output(i) for i in range(count)]
            rows.append([y.reshape(-1).copy() for y in outputs])
    except Exception as error:
        problem = str(error)
    outputs = [np.stack(column) for column in zip(*rows)]
    pickle.dump((problem, outputs), answers)
    answers.flush()
"""


class Tflm:
    """The child; ``ask`` gives its outputs, or a text that says why there are none."""

    def __init__(self) -> None:
        self._child = None

    def _start(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-c", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, tflite: bytes, inputs, outputs: int, timeout_s: float = 60):
        """Outputs (n, values) in a list, or ``crashed``, ``hung`` or TFLM's refusal."""
        if self._child is None:
            self._start()
        child = self._child
        try:
            pickle.dump((tflite, list(inputs), outputs), child.stdin)
            child.stdin.flush()
            if not select.select([child.stdout], [], [], timeout_s)[0]:
                self.close()
                return "hung"
            problem, answer = pickle.load(child.stdout)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            self.close()
            return "crashed"
        return problem or answer

    def close(self) -> None:
        """End the child."""
        if self._child:
            self._child.kill()
            self._child.communicate()
            self._child = None
