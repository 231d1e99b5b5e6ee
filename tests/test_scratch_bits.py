"""The integers of chapter 19: equal to its text, to NumPy's floats, and to TFLM."""

import ast
import inspect
from itertools import pairwise

import numpy as np
import pytest
from tflite_writer import Model
from tflm_batch import Tflm

from tinyml_course import chapters, datasets, graph, kernels, oracle
from tinyml_course.scratch import bits

TEXT = (chapters.ROOT / "notebooks/src/19_fewer_bits.py").read_text()
FUNCTIONS = [name for name in bits.__all__ if name != "FORMATS"]


def without_docstring(source):
    function = ast.parse(source).body[0]
    if isinstance(function.body[0], ast.Expr):
        function.body = function.body[1:]
    return ast.unparse(function)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_chapter_writes_the_same_function(name):
    here = without_docstring(inspect.getsource(getattr(bits, name)))
    written = [
        ast.unparse(ast.parse(ast.get_source_segment(TEXT, node)).body[0])
        for node in ast.parse(TEXT).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert here in [without_docstring(text) for text in written]


@pytest.mark.parametrize("kind", ["float32", "float16"])
def test_floats_are_taken_apart_and_put_together(kind):
    rng = np.random.default_rng(0)
    unsigned = {"float32": np.uint32, "float16": np.uint16}[kind]
    most = np.iinfo(unsigned).max
    patterns = [0, 1, most, most >> 1, *rng.integers(0, most, 3000).tolist()]
    for pattern in patterns:
        value = float(unsigned(pattern).view(kind))
        ours = bits.put_together(*bits.take_apart(int(pattern), kind), kind)
        assert ours == value or (np.isnan(ours) and np.isnan(value))


def test_bfloat16_is_the_upper_half_of_a_float32():
    for pattern in np.random.default_rng(1).integers(0, 2**16, 2000).tolist():
        value = float(np.uint32(pattern << 16).view(np.float32))
        ours = bits.put_together(*bits.take_apart(pattern, "bfloat16"), "bfloat16")
        assert ours == value or (np.isnan(ours) and np.isnan(value))


@pytest.mark.parametrize("word", [4, 8, 12, 16])
def test_a_fixed_point_word_holds_its_range_and_saturates(word):
    for top in (0.01, 0.9, 1.0, 3.9, 4.0, 100.0):
        n = bits.fraction_bits(top, word)
        assert top < 2.0 ** (word - 1 - n) <= 2 * top
        x = np.linspace(-top, top * 0.9, 999)
        steps = bits.to_fixed(x, word, n)
        held = np.abs(steps) < 2 ** (word - 1) - 1
        assert np.abs(steps / 2.0**n - x)[held].max() <= 0.5 / 2.0**n
    assert bits.to_fixed([1e9, -1e9], 8, 3).tolist() == [127, -128]


def test_zero_is_a_mark_and_exact():
    for low, high in ((-1.0, 4.1), (0.5, 3.0), (-3.0, -1.0), (-1e-3, 7.0)):
        s, z = bits.scale_and_zero_point(low, high)
        assert -128 <= z <= 127
        assert bits.from_marks(bits.to_marks(np.zeros(1), s, z), s, z) == 0
        x = np.linspace(min(low, 0), max(high, 0), 1001)
        back = bits.from_marks(bits.to_marks(x, s, z), s, z)
        assert np.abs(back - x).max() <= 1.01 * s  # the ends may lose half a step


def naive_entropy(counts, levels):
    best, found = np.inf, len(counts)
    for end in range(levels, len(counts) + 1, 8):
        p, q = counts[:end].astype(float), np.zeros(end)
        starts = [level * end // levels for level in range(levels)] + [end]
        for a, b in pairwise(starts):
            some = p[a:b] > 0
            if some.any():
                q[a:b][some] = p[a:b].sum() / some.sum()
        p[-1] += counts[end:].sum()
        p, q = p / p.sum(), q / q.sum()
        sum_ = sum(
            a * np.log2(a / max(b, 1e-9)) for a, b in zip(p, q, strict=True) if a
        )
        if sum_ < best - 1e-12:
            best, found = sum_, end
    return found


def test_the_entropy_clip_is_that_of_the_plain_loops():
    rng = np.random.default_rng(2)
    for tail in (1.0, 2.0):
        counts, _ = np.histogram(rng.exponential(size=4000) ** tail, 512)
        for levels in (16, 64):
            assert bits.clip_by_entropy(counts, levels) == naive_entropy(counts, levels)


def test_multipliers_are_those_of_the_kernels():
    rng = np.random.default_rng(3)
    factors = 2.0 ** rng.uniform(-40, 34, 20000)
    for factor in [*factors, 0.5, 1.0, 2.0, 1 - 2.0**-40, 0.25 - 2.0**-50]:
        assert bits.multiplier(factor) == kernels.quantize_multiplier(factor)


def test_requantize_is_that_of_the_kernels_halves_included():
    rng = np.random.default_rng(4)
    total = rng.integers(-(2**31), 2**31, 400000)
    total[:200000] >>= 12
    real = 2.0 ** rng.uniform(-14, 2, len(total))
    m, shift = np.array([bits.multiplier(r) for r in real]).T
    m[::3] = 2**30  # powers of two: many halves
    zero = rng.integers(-128, 128, len(total))
    ours = bits.requantize(total, m, shift, zero)
    assert np.array_equal(ours, kernels.requantize(total, m, shift, zero))


LAYERS = {"CONV_2D": "conv2d", "DEPTHWISE_CONV_2D": "depthwise", "FULLY_CONNECTED": ""}


def one_layer(rng, code):
    """A random layer as a .tflite: odd strides, both paddings, scales per channel."""
    model, c, out = Model(), int(rng.integers(1, 6)), int(rng.integers(1, 7))
    h, w = (int(v) for v in rng.integers(4, 10, 2))
    k, steps = rng.integers(1, 5, 2).tolist(), rng.integers(1, 4, 2).tolist()
    same = bool(rng.integers(2))
    dense = code == "FULLY_CONNECTED"
    deep = code == "DEPTHWISE_CONV_2D"
    if deep:
        out = c * int(rng.integers(1, 3))
    scale, zero = float(np.float32(2 ** rng.uniform(-6, -2))), rng.integers(-128, 128)
    each = 1 if dense or rng.integers(3) == 0 else out
    scales = np.float32(2 ** rng.uniform(-9, -5, each))
    shape = (1, h) if dense else (1, h, w, c)
    x = model.tensor(shape, scale=scale, zero_point=int(zero))
    held = (out, h) if dense else (1, *k, out) if deep else (out, *k, c)
    weights = model.tensor(
        held,
        data=rng.integers(-127, 128, held, dtype=np.int8),
        scale=[float(s) for s in scales],
        zero_point=[0] * each,
        axis=3 if deep else 0,
    )
    bias = model.constant(
        rng.integers(-5000, 5000, out),
        scale=[float(np.float32(scale * s)) for s in scales],
        zero_point=[0] * each,
    )
    if dense:
        to = (1, out)
    else:
        count = [
            -(-size // s) if same else (size - t) // s + 1
            for size, t, s in zip((h, w), k, steps, strict=True)
        ]
        to = (1, *count, out)
    y_zero = int(rng.integers(-128, 128))
    y_scale = float(np.float32(2 ** rng.uniform(-4, 3)))
    y = model.tensor(to, scale=y_scale, zero_point=y_zero)
    options = {"activation": int(rng.choice([0, 1, 3]))}
    if not dense:
        options |= {"padding": int(not same), "stride_h": steps[0]}
        options |= {"stride_w": steps[1]}
        options |= {"depth_multiplier": out // c} if deep else {}
    model.operator(code, [x, weights, bias], [y], **options)
    return model.bytes([x], [y]), shape


@pytest.fixture(scope="module")
def tflm():
    child = Tflm()
    yield child
    child.close()


@pytest.mark.tf
@pytest.mark.parametrize("code", LAYERS)
def test_a_random_layer_equals_tflm_byte_for_byte(tflm, code):
    rng = np.random.default_rng(len(code))
    moved = 0
    for _ in range(150):
        tflite, shape = one_layer(rng, code)
        net = graph.read(tflite)
        x = rng.integers(-128, 128, (6, *shape), dtype=np.int8)
        x[0], x[1] = -128, 127
        theirs = tflm.ask(tflite, [x], 1)
        assert isinstance(theirs, list), theirs
        ours = bits.run_layer(net, net.operators[0], x[:, 0])
        assert np.array_equal(ours.reshape(6, -1), theirs[0])
        moved += len(np.unique(ours)) > 8
    assert moved > 40  # many a layer does not only clamp


FILES = [
    "digits_cnn/model",
    "words_dscnn/model",
    "words_dscnn/tiny",
    "motion_models/model",
    "boats_cnn/model",
]


@pytest.mark.tf
@pytest.mark.parametrize("name", FILES)
def test_each_layer_of_a_model_of_the_course_equals_tflm(name):
    path = chapters.ROOT / "datasets" / f"{name}.tflite"
    net, compared = graph.read(path), 0
    rng = np.random.default_rng(0)
    shape = net.tensors[net.inputs[0]].shape
    x = rng.integers(-128, 128, (3, *shape[1:]), dtype=np.int8)
    x[0] = -128
    every = [i for op in net.operators for i in (op.inputs[0], op.outputs[0])]
    said = oracle.ask(path.read_bytes(), [x], tensors=every).tensors
    for op in net.operators:
        if op.kind in ("conv2d", "depthwise_conv2d", "fully_connected"):
            seen = said[op.inputs[0]].reshape(3, *net.tensors[op.inputs[0]].shape[1:])
            ours = bits.run_layer(net, op, seen)
            assert np.array_equal(ours.reshape(3, -1), said[op.outputs[0]]), op.name
            compared += 1
    assert compared >= 2
    assert datasets.model_path("digits_cnn").is_file()
