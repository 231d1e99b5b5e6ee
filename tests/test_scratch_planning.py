"""The planner of chapter 20: valid plans, the bound below, TFLM's arena beside."""

import ast
import inspect
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyml_course import datasets, graph, oracle
from tinyml_course.scratch import anatomy, folding, planning

CHAPTER = Path(__file__).parents[1] / "notebooks/src/20_tflite_onnx_tflite_micro.py"
SHOWN = {
    planning: {"lifetimes", "alive", "lower_bound", "orders", "plan"},
    anatomy: {"fields"},
}
SHELF = Path(__file__).parents[1] / "datasets"
MODELS = ("digits_cnn", "words_dscnn", "boats_cnn", "motion_models", "code_lstm")

lives = st.lists(
    st.tuples(st.integers(1, 60), st.integers(-1, 8), st.integers(0, 5)),
    min_size=1,
    max_size=12,
)


def code(tree):
    body = tree.body[1:] if ast.get_docstring(tree) else tree.body
    return [ast.dump(tree.args), *map(ast.dump, body)]


@pytest.mark.parametrize(
    ("module", "name"), [(m, n) for m, names in SHOWN.items() for n in sorted(names)]
)
def test_the_chapter_shows_each_function_as_it_is_here(module, name):
    here = ast.parse(inspect.getsource(getattr(module, name))).body[0]
    shown = [
        code(node)
        for node in ast.walk(ast.parse(CHAPTER.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert shown == [code(here)]


def keyed(rows):
    sizes = {i: size for i, (size, _, _) in enumerate(rows)}
    first = {i: start for i, (_, start, _) in enumerate(rows)}
    last = {i: start + more for i, (_, start, more) in enumerate(rows)}
    return sizes, first, last


@settings(max_examples=200, deadline=None)
@given(lives, st.sampled_from([1, 2, 4, 16]), st.randoms(use_true_random=False))
def test_a_plan_is_valid_in_every_order_and_never_below_the_bound(rows, align, random):
    sizes, first, last = keyed(rows)
    shuffled = list(first)
    random.shuffle(shuffled)
    for order in (None, shuffled):
        offsets = planning.plan(sizes, first, last, align, order)
        assert planning.overlaps(sizes, first, last, offsets) == []
        assert set(offsets) == set(sizes)
        assert all(start >= 0 and start % align == 0 for start in offsets.values())
        arena = planning.arena(sizes, offsets)
        assert planning.lower_bound(sizes, first, last) <= arena
        assert arena <= sum(sizes.values()) + align * len(sizes)


@settings(max_examples=100, deadline=None)
@given(lives)
def test_the_bound_is_what_one_byte_of_each_tensor_at_each_step_adds_up_to(rows):
    sizes, first, last = keyed(rows)
    steps = range(-1, 15)
    most = max(
        sum(sizes[t] for t in sizes if first[t] <= step <= last[t]) for step in steps
    )
    assert planning.lower_bound(sizes, first, last) == most


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20)), max_size=6),
    st.integers(1, 20),
    st.sampled_from([1, 4, 16]),
)
def test_place_is_the_lowest_free_start(blocks, size, align):
    taken = [(low, low + more) for low, more in blocks]
    start = planning.place(size, taken, align)
    free = [
        at
        for at in range(0, start + 1, align)
        if all(at + size <= low or high <= at for low, high in taken)
    ]
    assert free == [start]


def test_overlaps_names_the_pair_that_shares_a_byte():
    sizes, first, last = keyed([(4, 0, 1), (4, 1, 1), (4, 3, 1)])
    assert planning.overlaps(sizes, first, last, {0: 0, 1: 3, 2: 0}) == [(0, 1)]
    assert planning.overlaps(sizes, first, last, {0: 0, 1: 4, 2: 0}) == []


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_orders_are_all_that_run_and_no_other(data):
    steps = []
    for number in range(data.draw(st.integers(1, 5))):
        known = ["x", *range(number)]
        reads = data.draw(st.lists(st.sampled_from(known), min_size=1, unique=True))
        steps.append((tuple(reads), (number,)))

    def runs(order):
        there = {"x"}
        for i in order:
            if not there.issuperset(steps[i][0]):
                return False
            there |= set(steps[i][1])
        return True

    every = [order for order in permutations(range(len(steps))) if runs(order)]
    assert sorted(planning.orders(steps, ["x"])) == every


def as_tflm(net):
    """The arena with the habits of TFLM's planner, to which a reshape is a copy."""
    steps, given_, wanted, sizes = planning.read(net, share=False)
    first, last = planning.lifetimes(steps, given_, wanted)
    sizes, order = planning.as_tflm(sizes, first)
    return planning.arena(sizes, planning.plan(sizes, first, last, order=order))


@pytest.mark.parametrize("name", MODELS)
def test_with_tflms_habits_the_planner_gives_tflms_arena_to_the_byte(name):
    if not oracle.available():
        pytest.skip("TFLM has a wheel for Linux only")
    file = datasets.model_path(name).read_bytes()
    assert as_tflm(graph.read(file)) == oracle.arena_parts(file)["planned"]


@pytest.mark.parametrize("name", MODELS)
def test_plans_of_the_courses_models_lie_between_the_bounds(name):
    net = graph.read(datasets.model_path(name))
    steps, given_, wanted, sizes = planning.read(net)
    first, last = planning.lifetimes(steps, given_, wanted)
    bound = planning.lower_bound(sizes, first, last)
    planned = planning.arena(sizes, planning.plan(sizes, first, last))
    assert bound <= planned <= as_tflm(net) <= sum(sizes.values()) + 16 * len(sizes)
    # With outputs that may reach into dying inputs, the compiler needs no more.
    assert net.plan.lower_bound_bytes <= net.plan.arena_bytes <= planned


@pytest.mark.parametrize("path", sorted(SHELF.glob("*/model.tflite")), ids=str)
def test_every_byte_of_a_file_has_a_kind_and_the_rest_is_zero(path):
    file = path.read_bytes()
    kinds = anatomy.anatomy(file)
    count = dict(
        zip(
            anatomy.KINDS, np.bincount(kinds, minlength=len(anatomy.KINDS)), strict=True
        )
    )
    assert sum(count.values()) == len(file)
    filler = np.frombuffer(file, np.uint8)[kinds == anatomy.KINDS.index("filler")]
    assert not filler.any()
    net = graph.read(file)
    assert net.weight_bytes <= count["weights"] <= 1.1 * net.weight_bytes + 200
    names = sum(len(t.name.encode()) for t in net.tensors)
    assert names < count["names"]


def test_a_file_with_its_operators_in_another_order_gives_the_same_answers():
    file = datasets.model_path("motion_models").read_bytes()
    net = graph.read(file)
    steps, given_, _, _ = planning.read(net)
    orders = planning.orders(steps, given_)
    order = next(o for o in orders if o != tuple(range(len(steps))))
    other = anatomy.reorder(file, order)
    assert len(other) == len(file)
    kinds = [op.kind for op in graph.read(other).operators]
    assert kinds == [net.operators[i].kind for i in order]
    rng = np.random.default_rng(0)
    x = [
        rng.integers(-128, 128, (3, *net.tensors[i].shape[1:])).astype(np.int8)
        for i in net.inputs
    ]
    first, second = graph.invoke(net, *x), graph.invoke(graph.read(other), *x)
    for a, b in zip(first, second, strict=True):
        assert np.array_equal(a, b)
    with pytest.raises(ValueError, match="each of the"):
        anatomy.reorder(file, order[:-1])


def test_folding_is_the_layer_with_its_normalization():
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(9, 5)), rng.normal(size=(5, 3))
    gamma, beta, mean = rng.normal(size=(3, 3))
    variance = rng.uniform(0.1, 2, 3)
    wanted = gamma * (x @ kernel - mean) / np.sqrt(variance + 1e-3) + beta
    new, bias = folding.fold(kernel, gamma, beta, mean, variance, 1e-3)
    assert np.allclose(x @ new + bias, wanted, rtol=1e-12)


def test_the_steps_of_lives_are_in_order():
    steps = [(("x",), ("a",)), (("a",), ("b",)), (("a", "b"), ("y",))]
    first, last = planning.lifetimes(steps, ["x"], ["y"])
    assert first == {"x": -1, "a": 0, "b": 1, "y": 2}
    assert last == {"x": 0, "a": 2, "b": 2, "y": 3}
    sizes = {"x": 4, "a": 8, "b": 2, "y": 1}
    assert planning.alive(sizes, first, last) == {-1: 4, 0: 12, 1: 10, 2: 11, 3: 1}
