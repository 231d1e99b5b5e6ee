"""Random graphs of every operator equal TFLM byte for byte: NumPy, and C on the host.

The graphs of `make test` are always the same. For others, and more of them:
``TINYML_GRAPHS=9000 TINYML_SEED=7 pytest tests/test_random_graphs.py``. That run was
made once: 19,500 graphs of ordinary scales and 9,000 of wild ones in NumPy, 9,000 in C,
1,500 of these in each sanitized build, every output byte equal and nothing undefined.
"""

import os
import shutil

import numpy as np
import pytest
from c_batch import COMPILERS, run_on_board, run_on_host, run_sanitized
from hypothesis import HealthCheck, Phase, given, seed, settings
from models import DIGITS, GOLDEN, vectors
from random_graphs import GROW, models
from tflm_batch import Tflm

from tinyml_course import graph, oracle
from tinyml_course.errors import ModelError
from tinyml_course.graph import overlap
from tinyml_course.graph.kinds import FLOAT_KINDS
from tinyml_course.graph.schema import KINDS

GRAPHS = int(os.environ.get("TINYML_GRAPHS", 450))
SEED = int(os.environ.get("TINYML_SEED", 0))
ROWS = 4
BATCH = 100  # models in one translation unit

WINDOWED = (*overlap.WINDOWS, *overlap.TWO_OPERANDS, "fully_connected")
CHAINS = tuple(code for code, kind in KINDS.items() if kind in WINDOWED)

STRAIGHT = FLOAT_KINDS - {"dequantize", "quantize"}  # float32 in and out
FLOAT_CODES = tuple(code for code, kind in KINDS.items() if kind in STRAIGHT)

FOUND = [name for name in COMPILERS if name == "zig" or shutil.which(name)]
compilers = pytest.mark.parametrize("compiler", FOUND)
# zig has no AddressSanitizer, which sees what leaves a tensor for its neighbour.
builds = [(name, False) for name in FOUND]
builds += [(name, True) for name in FOUND if name != "zig"]


def quick(count):
    """Hypothesis without a clock and without a memory: the same graphs every time."""
    return settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


def drawn(strategy, count):
    """The first ``count`` models of a strategy."""
    found = []

    @quick(count)
    @seed(SEED)
    @given(made=strategy)
    def keep(made):
        found.append(made)

    keep()
    return found


def inputs(made, model):
    """Rows for a model: random ones, and the lowest and the highest values."""
    rng = np.random.default_rng(made.seed)
    shapes = [model.tensors[i].shape for i in model.inputs]
    columns = [rng.integers(-128, 128, (ROWS, *s), dtype=np.int8) for s in shapes]
    for x in columns:
        x[0], x[1] = -128, 127
    return columns


def flat(outputs):
    outputs = outputs if isinstance(outputs, list) else [outputs]
    return [y.reshape(len(y), -1) for y in outputs]


def assert_equal(ours, theirs, made=""):
    assert len(ours) == len(theirs)
    for y, z in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(y, z, err_msg=str(made))


@pytest.fixture(scope="module")
def tflm():
    if not oracle.available():
        pytest.skip("TFLM has no wheel for this system")
    child = Tflm()
    yield child
    child.close()


@pytest.fixture(scope="module")
def cases():
    """Models of ordinary scales and of wild ones, with inputs and NumPy's outputs."""
    found = []
    count = GRAPHS // 3
    for strategy in (models(), models(CHAINS, most=5), models(most=2, wild=30)):
        for made in drawn(strategy, count):
            try:
                model = graph.read(made.tflite)
            except ModelError:  # scales too far apart
                continue
            x = inputs(made, model)
            found.append((made, model, x, flat(graph.invoke(model, *x))))
    return found


def test_every_operator_is_drawn():
    assert set(GROW) == set(KINDS)


@quick(GRAPHS)
@seed(SEED)
@given(made=models())
def test_numpy_equals_tflm(tflm, made):
    model = graph.read(made.tflite)
    x = inputs(made, model)
    theirs = tflm.ask(made.tflite, x, len(model.outputs))
    assert not isinstance(theirs, str), theirs
    assert_equal(flat(graph.invoke(model, *x)), theirs)


@pytest.mark.parametrize("code", GROW)
def test_each_operator_alone_equals_tflm(tflm, code):
    @quick(max(4, GRAPHS // 30))
    @seed(SEED)
    @given(made=models((code,), most=2))
    def check(made):
        model = graph.read(made.tflite)
        x = inputs(made, model)
        theirs = tflm.ask(made.tflite, x, len(model.outputs))
        assert not isinstance(theirs, str), theirs
        assert_equal(flat(graph.invoke(model, *x)), theirs)

    check()


@quick(GRAPHS)
@seed(SEED)
@given(made=models(most=2, wild=30))
def test_wild_scales_equal_tflm_or_are_refused(tflm, made):
    try:
        model = graph.read(made.tflite)
    except ModelError as error:
        refusal = str(error)
    else:
        refusal = ""
    assert not refusal or "scale" in refusal
    if refusal:
        return
    x = inputs(made, model)
    theirs = tflm.ask(made.tflite, x, len(model.outputs))
    if not isinstance(theirs, str):  # TFLM may refuse what we compute
        assert_equal(flat(graph.invoke(model, *x)), theirs)


def test_numpy_equals_tflm_on_the_graphs_that_are_compiled(tflm, cases):
    for made, model, x, ours in cases:
        theirs = tflm.ask(made.tflite, x, len(model.outputs))
        if not isinstance(theirs, str):  # TFLM may refuse wild scales
            assert_equal(ours, theirs, made)


def test_c_equals_numpy(cases):
    for start in range(0, len(cases), BATCH):
        made, compiled, x, theirs = zip(*cases[start : start + BATCH], strict=True)
        for parts in zip(run_on_host(compiled, x), theirs, made, strict=True):
            assert_equal(*parts)


def test_the_board_equals_numpy(cases):
    made, compiled, x, theirs = zip(*cases[:: max(1, len(cases) // 40)], strict=True)
    for parts in zip(run_on_board(compiled, x), theirs, made, strict=True):
        assert_equal(*parts)


def test_float32_graphs_equal_tflm_and_their_c_equals_numpy(tflm):
    strategy = models(FLOAT_CODES, most=4, floats=True)
    cases = []
    for made in drawn(strategy, min(300, GRAPHS // 6)):
        model = graph.read(made.tflite)
        rng = np.random.default_rng(made.seed)
        shapes = [(ROWS, *model.tensors[i].shape) for i in model.inputs]
        x = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
        ours = flat(graph.invoke(model, *x))
        theirs = tflm.ask(made.tflite, x, len(model.outputs))
        for y, z in zip(ours, theirs, strict=True):  # exp and tanh differ by some ulp
            np.testing.assert_allclose(y, z, 1e-4, 1e-4, err_msg=str(made))
        cases.append((made, model, x, ours))
    made, compiled, x, ours = zip(*cases, strict=True)
    for parts in zip(run_on_host(compiled, x), ours, made, strict=True):
        assert_equal(*parts)


def test_plans_of_random_graphs_use_what_operators_allow(cases):
    """So that the equality above also speaks of outputs that reach into inputs."""
    reaching = 0
    for _, model, _, _ in cases:
        plan = model.plan
        start = {life: plan.offsets[life.tensors[0]] for life in plan.lives}
        reaching += any(
            start[y] < start[x] + x.bytes and start[x] < start[y] + y.bytes
            for y, x in plan.leads
        )
    assert reaching > len(cases) // 3


@pytest.mark.parametrize(("compiler", "apart"), builds)
def test_nothing_undefined_happens_in_random_graphs(compiler, apart, cases, tmp_path):
    some = cases[:: max(1, len(cases) // max(100, GRAPHS // 6))]
    for start in range(0, len(some), BATCH):
        made, _, x, theirs = zip(*some[start : start + BATCH], strict=True)
        fresh = [graph.read(one.tflite) for one in made]
        ours = run_sanitized(tmp_path, compiler, fresh, x, apart=apart)
        for parts in zip(ours, theirs, made, strict=True):
            assert_equal(*parts)


@compilers
def test_nothing_undefined_happens_in_the_golden_models(compiler, tmp_path):
    compiled = [graph.read(path) for path in (*GOLDEN, DIGITS)]
    x = [vectors(model, n=ROWS) for model in compiled]
    theirs = [flat(graph.invoke(m, *v)) for m, v in zip(compiled, x, strict=True)]
    ours = run_sanitized(tmp_path, compiler, compiled, x, apart=compiler != "zig")
    for parts in zip(ours, theirs, strict=True):
        assert_equal(*parts)


@pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")
@pytest.mark.parametrize("field", ["out_w", "in_w"])
def test_the_sanitizers_see_a_layer_that_leaves_its_tensor(
    field, tmp_path, monkeypatch
):
    """A test of the tests: one column too many is found."""
    import c_batch

    whole = c_batch.export.to_c

    def broken(model, name):
        files = whole(model, name)
        text = files[f"{name}.c"]
        width = text.split(f".{field} = ")[1].split(",")[0]
        files[f"{name}.c"] = text.replace(
            f".{field} = {width}", f".{field} = {int(width) + 1}", 1
        )
        return files

    monkeypatch.setattr(c_batch.export, "to_c", broken)
    model = graph.read(next(p for p in GOLDEN if p.stem == "pools"))
    with pytest.raises(AssertionError, match="AddressSanitizer"):
        run_sanitized(tmp_path, "gcc", [model], [vectors(model, n=2)], apart=True)
