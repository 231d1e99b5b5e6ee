"""A short run of the mutation fuzz; `fuzz` has the long one and its record."""

from fuzz import Fuzz
from tflm_batch import Tflm

from tinyml_course import oracle


class _Silent:
    """In the place of TFLM where it is not installed."""

    def ask(self, *_, **__):
        return "crashed"

    def close(self):
        pass


def test_mutants_are_refused_in_one_line_or_right():
    fuzz = Fuzz(0)
    for _ in range(1000):
        fuzz.one()
    tflm = Tflm() if oracle.available() else _Silent()
    fuzz.run(tflm, most=60)
    tflm.close()
    assert fuzz.count["refused in one line"] > 500
    assert fuzz.count["compiled"] > 100
    assert fuzz.count["clean under the sanitizers"] > 20
    assert not oracle.available() or fuzz.count["equal to TFLM"] > 20
    assert fuzz.slowest < 5
