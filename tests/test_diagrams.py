"""Diagrams: what is drawn is what was counted."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from tinyml_course import datasets, diagrams, graph
from tinyml_course.scratch import anatomy, planning

MODELS = ("digits_cnn", "words_dscnn", "motion_models")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.mark.parametrize("name", MODELS)
def test_a_network_has_a_box_for_each_operator_and_a_band_for_each_tensor_read(name):
    model = graph.read(datasets.model_path(name))
    _, ax = plt.subplots()
    diagrams.network(ax, model)
    boxes = [text for text in ax.texts if text.get_bbox_patch()]
    assert len(boxes) == len(model.operators) + len(model.inputs)
    reads = [i for op in model.operators for i in op.inputs
             if i >= 0 and not model.is_constant(i)]  # fmt: skip
    assert len(ax.collections) == len(reads)


@pytest.mark.parametrize("name", MODELS)
def test_blocks_stand_where_the_plan_puts_them(name):
    steps, given, wanted, sizes = planning.read(graph.read(datasets.model_path(name)))
    first, last = planning.lifetimes(steps, given, wanted)
    offsets = planning.plan(sizes, first, last)
    _, ax = plt.subplots()
    total = diagrams.blocks(ax, sizes, first, last, offsets, bound=9)
    assert total == planning.arena(sizes, offsets)
    drawn = sorted((p.get_x(), p.get_y(), p.get_width(), p.get_height())
                   for p in ax.patches)  # fmt: skip
    planned = sorted((first[t] - 0.5, offsets[t], last[t] - first[t] + 1, sizes[t])
                     for t in sizes)  # fmt: skip
    assert np.allclose(drawn, planned)
    (line,) = ax.get_lines()
    assert set(line.get_ydata()) == {9}


def test_a_byte_map_has_a_cell_for_each_byte_and_counts_them():
    kinds = anatomy.anatomy(datasets.model_path("digits_cnn").read_bytes())
    _, ax = plt.subplots()
    diagrams.byte_map(ax, kinds, anatomy.KINDS)
    cells = ax.images[0].get_array().reshape(-1, 3)
    colours = {tuple(cell) for cell in cells[: len(kinds)].tolist()}
    assert len(colours) == len(anatomy.KINDS)
    assert np.all(cells[len(kinds) :] == 1)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    counted = [int(label.split()[-1].replace(",", "")) for label in labels]
    assert sum(counted) == len(kinds)
