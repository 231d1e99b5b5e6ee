"""Where the bytes are: what the pictures show is what was counted."""

import pytest
from matplotlib import pyplot as plt
from matplotlib.patches import Rectangle
from models import DIGITS, GOLDEN

from tinyml_course import device, export, graph, pictures

MODELS = [p for p in GOLDEN if p.stem in ("separable", "join_and_cut", "lstm_step")]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.mark.parametrize("path", [*MODELS, DIGITS], ids=lambda p: p.stem)
def test_the_plans_picture_has_a_block_for_each_life_at_its_place(path):
    model = graph.read(path)
    (ax,) = pictures.memory_plan(model).axes
    blocks = {
        (r.get_y(), r.get_height(), r.get_x() + 0.5, r.get_width())
        for r in ax.patches
        if isinstance(r, Rectangle) and r.get_fill()
    }
    assert blocks == {
        (
            model.plan.offsets[life.tensors[0]],
            life.bytes,
            life.first,
            life.last - life.first + 1,
        )
        for life in model.plan.lives
    }
    (bound,) = ax.get_lines()
    assert set(bound.get_ydata()) == {model.plan.lower_bound_bytes}


def test_what_two_tensors_share_is_hatched():
    model = graph.read(DIGITS)
    (ax,) = pictures.memory_plan(model).axes
    hatched = [r for r in ax.patches if r.get_hatch()]
    assert hatched
    assert all(0 < r.get_height() <= model.plan.arena_bytes for r in hatched)


@pytest.mark.parametrize("path", [*MODELS, DIGITS], ids=lambda p: p.stem)
def test_every_byte_of_flash_has_a_part_and_a_kind(path):
    model = graph.read(path)
    firmware = device.build_model(export.to_c(model))
    parts = pictures.flash_by_layer(firmware, model)
    total = sum(sum(kinds.values()) for kinds in parts.values())
    assert total == firmware.flash_bytes
    weights = sum(kinds.get("weights", 0) for kinds in parts.values())
    counted = {
        tensor.index: tensor.bytes
        for tensor in model.constants
        if tensor.dtype == "int8"
    }
    assert weights == sum(counted.values())
    assert set(parts) <= {op.name for op in model.operators} | {
        "operators",
        "start-up and harness",
    }
    assert {kind for kinds in parts.values() for kind in kinds} <= set(pictures.KINDS)
    table = pictures.budget_table(firmware, model)
    assert table.rows[-1][-1] == f"{firmware.flash_bytes:,}"


def test_the_bars_sum_to_the_flash_and_to_the_ram():
    model = graph.read(DIGITS)
    firmware = device.build_model(export.to_c(model))
    flash, ram = pictures.budget(firmware, model, stack_bytes=200).axes
    assert sum(bar.get_width() for bar in flash.patches) == firmware.flash_bytes
    used = sum(bar.get_width() for bar in ram.patches)
    assert used == firmware.static_ram_bytes + 200
