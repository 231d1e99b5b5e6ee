"""The latency models of chapter 22, and the profiles that they learn from."""

import inspect
from pathlib import Path

import numpy as np
import pytest
from tflite_writer import Model

from tinyml_course import datasets, device, graph, report
from tinyml_course.device.layer_times import layer_times, layers_graph
from tinyml_course.scratch import latency
from tinyml_course.scratch.latency import Layer

ROOT = Path(__file__).parents[1]
LAYERS = (
    Layer("conv2d", 9, 7, 3, 5, 3, 2),
    Layer("conv2d", 6, 6, 4, 8, 1, same=False),
    Layer("depthwise_conv2d", 8, 5, 6, 0, 5),
    Layer("fully_connected", 1, 1, 37, 11),
    Layer("max_pool2d", 8, 8, 3, 0, 2, 2),
    Layer("average_pool2d", 7, 9, 4, 0, 3, same=False),
    Layer("add", 5, 6, 7),
    Layer("multiply", 5, 6, 7),
)


def one_layer(layer):
    """The same layer as a .tflite of its own, with other weights."""
    rng, model = np.random.default_rng(1), Model()
    flat = layer.kind == "fully_connected"
    two = layer.kind in ("add", "multiply")
    size = layer.height * layer.width * layer.channels
    shape = (1, size) if flat else (1, layer.height, layer.width, layer.channels)
    y_shape = (1, layer.filters) if flat else (1, *layer.output_shape)
    quantization = {"scale": 0.05, "zero_point": -3}
    x = [model.tensor(shape, **quantization) for _ in range(1 + two)]
    y = model.tensor(y_shape, **quantization)
    inputs, options = list(x), {}
    if layer.macs:
        kernel = (layer.kernel, layer.kernel)
        weights = {
            "conv2d": (layer.filters, *kernel, layer.channels),
            "depthwise_conv2d": (1, *kernel, layer.channels),
            "fully_connected": (layer.filters, size),
        }[layer.kind]
        data = rng.integers(-127, 128, weights, dtype=np.int8)
        w = model.tensor(weights, scale=0.002, zero_point=0, data=data)
        bias = np.zeros(y_shape[-1], np.int32)
        b = model.tensor(bias.shape, "int32", scale=1e-4, zero_point=0, data=bias)
        inputs += [w, b]
    if not flat and not two:
        options = {"stride_h": layer.stride, "stride_w": layer.stride}
        options["padding"] = int(not layer.same)
    if layer.kind.endswith("pool2d"):
        options |= {"filter_height": layer.kernel, "filter_width": layer.kernel}
    if layer.kind == "depthwise_conv2d":
        options["depth_multiplier"] = 1
    codes = {kind: code for code, kind in graph.schema.KINDS.items()}
    model.operator(codes[layer.kind], inputs, [y], **options)
    return model.bytes(x, [y])


@pytest.fixture(scope="module")
def rows():
    return layer_times(LAYERS)


@pytest.mark.parametrize("number", range(len(LAYERS)), ids=lambda n: LAYERS[n].kind)
def test_a_layer_costs_in_the_crowd_what_report_bench_says_it_costs_alone(number, rows):
    alone = report.bench(one_layer(LAYERS[number]), profile=True)["profile"][0]
    together = rows[number]
    assert together.kind == alone["kind"] == LAYERS[number].kind
    assert together.macs == alone["macs"] == LAYERS[number].macs
    for figure in ("instructions", "cycles"):  # other weights clamp at other places
        assert getattr(together, figure) == pytest.approx(alone[figure], rel=0.02)


def test_the_layers_of_a_real_model_cost_the_same_in_the_crowd():
    net = graph.read(datasets.model_path("digits_cnn"))
    run = device.run_model(net, np.zeros((1, 8, 8, 1), np.int8))
    real = [row for row in run.profile if row.kind in latency.KINDS]
    shapes = [
        Layer("conv2d", 8, 8, 1, 12, 3),
        Layer("max_pool2d", 8, 8, 12, 0, 2, 2),
        Layer("conv2d", 4, 4, 12, 24, 3),
        Layer("max_pool2d", 4, 4, 24, 0, 2, 2),
        Layer("fully_connected", 1, 1, 96, 10),
    ]
    for row, crowd in zip(real, layer_times(shapes), strict=True):
        assert crowd.macs == row.macs
        assert crowd.instructions == pytest.approx(row.instructions, rel=0.02)


def test_shapes_and_macs_are_those_of_the_graph():
    rng = np.random.default_rng(3)
    layers = [latency.draw(rng) for _ in range(120)]
    layers += [latency.draw(rng, kernels=(5,), sides=(5, 9)) for _ in range(30)]
    net, places = layers_graph(layers)
    for layer, place in zip(layers, places, strict=True):
        op = net.operators[place]
        assert (op.kind, op.macs) == (layer.kind, layer.macs)
        assert net.tensors[op.outputs[0]].size == layer.outputs


def test_a_line_is_found_again_and_minimizes_the_relative_error():
    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(50), rng.uniform(10, 1e5, (50, 2))])
    line = np.array([300.0, 5.0, 120.0])
    assert latency.fit_line(x, x @ line) == pytest.approx(line)
    noisy = x @ line * rng.uniform(0.8, 1.25, 50)
    best = latency.fit_line(x, noisy)
    plain = np.linalg.lstsq(x, noisy, rcond=None)[0]
    assert np.sum((x @ best / noisy - 1) ** 2) < np.sum((x @ plain / noisy - 1) ** 2)


def test_a_tree_finds_the_condition_that_prices_depend_on():
    rng = np.random.default_rng(1)
    layers = [latency.draw(rng, kinds=("conv2d", "add")) for _ in range(80)]
    price = np.array(
        [[9.0, 2, 60] if s.kind == "conv2d" else [9, 0, 7] for s in layers]
    )
    cycles = np.sum(latency.explain(layers) * price, axis=1)
    tree = latency.grow(latency.explain(layers), latency.conditions(layers), cycles)
    assert latency.ASKED[tree[0]] == "is a conv2d"
    assert latency.predict(tree, layers) == pytest.approx(cycles)
    assert latency.spell(tree).startswith("no conv2d:\n")


def test_a_leaf_is_never_smaller_than_it_may_be():
    rng = np.random.default_rng(2)
    layers = [latency.draw(rng) for _ in range(60)]
    cycles = rng.uniform(1e3, 1e6, 60)

    def leaves(tree, rows):
        if not isinstance(tree, tuple):
            return [len(rows)]
        low = latency.conditions(rows)[:, tree[0]] <= tree[1]
        left, right = ([rows[n] for n in np.flatnonzero(side)] for side in (low, ~low))
        return leaves(tree[2], left) + leaves(tree[3], right)

    x, asked = latency.explain(layers), latency.conditions(layers)
    found = leaves(latency.grow(x, asked, cycles, least=12), layers)
    assert sum(found) == 60
    assert min(found) >= 12


def test_a_type_never_seen_gets_the_line_of_all():
    seen = [Layer("add", 4, 4, n) for n in range(1, 9)]
    lines = latency.fit_by_type(seen, np.arange(100.0, 900, 100))
    other = Layer("multiply", 4, 4, 3)
    expected = latency.explain([other])[0] @ lines[""]
    assert latency.predict(lines, [other]) == pytest.approx(max(1.0, expected))


def test_five_seeds_decide_only_what_student_s_t_lets_them():
    noise = np.array([-2.0, -1, 0, 1, 2])  # its mean has a standard error of 0.71
    errors = {
        "plain": np.full((5, 3), 20.0),
        "rich": 20 + np.stack([noise - 1.8, noise - 2.2, noise + 2.2], axis=1),
    }
    *_, first, second, third = latency.table(errors, ["a", "b", "c"]).split("\n")
    assert first.endswith("open |")
    assert second.endswith("better |")
    assert third.endswith("worse |")
    assert "| 20 ± 0 | 18 ± 2 |" in first  # the spread of a sample: n - 1


def test_jobs_wait_for_those_before_them():
    assert latency.queue([1, 1, 1], 2).tolist() == [1, 1, 1]
    assert latency.queue([4, 1, 1], 2).tolist() == [4, 3, 2]


def test_equal_macs_take_very_different_times():
    """What chapter 22's guess is about: the same MACs, ten times the time and more."""
    four = [
        Layer("fully_connected", 1, 1, 144, 128),
        Layer("conv2d", 6, 6, 8, 16, 3, same=False),
        Layer("depthwise_conv2d", 10, 10, 32, 0, 3, same=False),
        Layer("conv2d", 32, 32, 1, 18),
    ]
    assert {layer.macs for layer in four} == {18_432}
    cycles = [row.cycles for row in layer_times(four)]
    assert cycles == sorted(cycles)
    assert cycles[2] > 2 * cycles[0]
    assert cycles[3] > 10 * cycles[0]


@pytest.mark.slow
def test_lines_by_type_beat_macs_on_families_never_seen():
    """Chapter 22's experiment with other seeds and fewer layers."""
    windows = ("conv2d", "depthwise_conv2d")
    families = {
        "window of 5": {"kinds": windows, "kernels": (5,), "sides": (5, 12)},
        "more channels": {"channels": (20, 32)},
        "larger pictures": {"kinds": (*windows, "add"), "sides": (14, 24)},
    }
    member = np.repeat(["known", *families], [100, 10, 10, 10])
    for seed in (11, 12):
        rng = np.random.default_rng(seed)
        layers = [latency.draw(rng, **families.get(name, {})) for name in member]
        cycles = np.array([row.cycles for row in layer_times(layers)], float)
        x = latency.explain(layers[:80])
        models = {
            "MACs": latency.fit_line(x[:, :2], cycles[:80]),
            "lines": latency.fit_by_type(layers[:80], cycles[:80]),
            "tree": latency.grow(x, latency.conditions(layers[:80]), cycles[:80]),
        }
        for name in ("known", *families):
            rows = np.flatnonzero(member == name)
            rows = rows[rows >= 80]
            off = {
                key: np.abs(latency.predict(model, layers) / cycles - 1)[rows].mean()
                for key, model in models.items()
            }
            assert off["lines"] < off["MACs"] / 1.3
            if name != "window of 5":  # there a leaf may know nothing
                assert off["tree"] < off["MACs"] / 2
                assert off["lines"] < 0.25


def chapter_cell(words):
    """The code of the cell of chapter 22 that holds these words."""
    (source,) = (ROOT / "notebooks" / "src").glob("22_*.py")
    cells = source.read_text(encoding="utf-8").split("\n# %%")
    (cell,) = [cell for cell in cells if words in cell]
    return cell.split("\n", 1)[1]


def test_chapter_22_profiles_its_layers_with_five_seeds_and_keeps_families_apart():
    profiled = []

    def fake(layers):
        profiled.append(list(layers))
        return layer_times(layers[:1]) * len(layers)

    silent = type("plots", (), {"say": staticmethod(lambda text: None)})
    names = {"np": np, "latency": latency, "layer_times": fake, "plots": silent}
    exec(compile(chapter_cell("def profile(seed)"), "chapter 22", "exec"), names)
    assert len(profiled) == 5
    assert len({tuple(layers) for layers in profiled}) == 5
    for layers in profiled:
        assert len(layers) >= 100
        for layer, member in zip(layers, names["member"], strict=True):
            like_known = (
                layer.kind in latency.KINDS
                and layer.kernel <= 3
                and layer.stride == 1
                and max(layer.height, layer.width) <= 12
                and (layer.kind == "fully_connected" or layer.channels <= 16)
                and layer.filters <= 16
            )
            assert like_known == (member == "known"), (layer, member)


def test_chapter_22_shows_the_functions_that_are_imported_ever_after():
    shown = chapter_cell("def grow(x, asked")
    for function in (latency.fit_line, latency.grow):
        assert inspect.getsource(function).strip() in shown
