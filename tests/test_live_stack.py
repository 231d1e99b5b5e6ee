"""The page's estimate of a stack is near what the compiler makes of the same stack."""

import json

import browser
import numpy as np
import pytest

from tinyml_course import boards, device, export, graph, quantize
from tinyml_course.errors import BudgetError
from tinyml_course.widgets import Explore, static_assets

pytestmark = pytest.mark.slow

BOARD = boards.get("nano33")
PICTURES = ["8x8x1", "32x32x3", "64x64x1", "96x96x1", "96x96x3", "224x224x3"]
WIDTHS = [4, 8, 16, 32, 64]
CLASSIC = ["conv", "pool", "conv", "pool", "dense"]
STACKS = [
    ("8x8x1", 4, []),
    ("32x32x3", 16, CLASSIC),
    ("64x64x1", 8, ["conv", "pool", "residual", "pool", "conv", "mean"]),
    ("96x96x1", 4, ["stride", "conv", "pool", "residual", "mean", "dense"]),
    ("96x96x3", 8, ["stride", "stride", "residual", "residual", "stride", "mean"]),
]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    for name, text in static_assets().items():
        (folder / name).write_text(text, encoding="utf-8")
    widget = Explore(
        live="stack",
        look="Which bar is full first?",
        alt="Two bars and a table of layers.",
        data={
            "flash_bytes": BOARD.flash_bytes,
            "ram_bytes": BOARD.ram_bytes,
            "pictures": PICTURES,
            "widths": WIDTHS,
            "classes": 10,
            "start": {"picture": "32x32x3", "width": 16, "blocks": CLASSIC},
        },
    )
    (folder / "index.html").write_text(
        '<!doctype html><html lang="en"><title>t</title>'
        f"<main><h1>Stack</h1>{widget.html()}</main>"
        '<link rel="stylesheet" href="tinyml-widgets.css">'
        '<script src="tinyml-widgets.js"></script>',
        encoding="utf-8",
    )
    with (
        browser.chromium() as chrome,
        browser.serve(folder) as url,
        browser.watched(chrome) as opened,
    ):
        opened.goto(f"{url}/index.html")
        yield opened


def stack(page, picture, width, blocks):
    page.get_by_test_id("control-picture").fill(str(PICTURES.index(picture)))
    page.get_by_test_id("control-width").fill(str(WIDTHS.index(width)))
    page.get_by_test_id("stack-clear").click()
    for block in blocks:
        page.get_by_test_id(f"stack-{block}").click()
    return page.get_by_test_id("stack-said").inner_text()


def numbers(page):
    """Flash and RAM from the bars, parameters and MACs from the sentence."""
    bars = page.get_by_test_id("stack-bars").locator("text").all_text_contents()
    flash, ram = (
        int(text.removeprefix("out of memory: ").split(" of ")[0].replace(",", ""))
        for text in bars
        if "bytes" in text
    )
    words = page.get_by_test_id("stack-said").inner_text().replace(",", "").split()
    counts = [int(words[words.index(w) - 1]) for w in ("parameters", "MACs.")]
    return flash, ram, *counts


def built(picture, width, blocks, classes=10):
    """The same stack in Keras."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    image = x = keras.Input(tuple(map(int, picture.split("x"))))

    def conv(x, filters, stride=1, activation="relu"):
        layer = layers.Conv2D(filters, 3, stride, "same", activation=activation)
        return layer(x)

    for block in blocks:
        if block == "conv":
            x = conv(x, width)
        elif block == "stride":
            width *= 2
            x = conv(x, width, 2)
        elif block == "pool":
            width *= 2
            x = layers.MaxPooling2D()(x)
        elif block == "residual":
            inner = conv(x, x.shape[-1])
            inner = conv(inner, x.shape[-1], activation=None)
            x = layers.ReLU()(layers.Add()([x, inner]))
        elif block == "mean":
            x = layers.GlobalAveragePooling2D()(x)
        else:
            x = layers.Dense(64, activation="relu")(layers.Flatten()(x))
    x = layers.Dense(classes, activation="softmax")(layers.Flatten()(x))
    return keras.Model(image, x)


@pytest.mark.tf
@pytest.mark.parametrize(("picture", "width", "blocks"), STACKS)
def test_the_estimate_is_near_the_compiler(page, picture, width, blocks):
    stack(page, picture, width, blocks)
    flash, ram, parameters, macs = numbers(page)
    model = built(picture, width, blocks)
    rows = np.random.default_rng(0).random((4, *model.input_shape[1:]), np.float32)
    net = graph.read(quantize.to_int8(model, rows))
    assert (parameters, macs) == (model.count_params(), net.macs)
    real = device.run_model(net, np.zeros((1, *model.input_shape[1:]), np.int8))
    assert ram == pytest.approx(real.ram_bytes, rel=0.02, abs=60)
    assert flash == pytest.approx(real.firmware.flash_bytes, rel=0.03)


@pytest.mark.tf
def test_out_of_memory_is_what_the_linker_says_too(page):
    text = stack(page, "224x224x3", 16, ["conv"])
    assert text.startswith("Out of flash and RAM: ")
    text = stack(page, "96x96x3", 64, ["conv", "conv", "mean"])
    assert text.startswith("Out of RAM: ")
    model = built("96x96x3", 64, ["conv", "conv", "mean"])
    rows = np.random.default_rng(0).random((2, 96, 96, 3), np.float32)
    sources = export.to_c(graph.read(quantize.to_int8(model, rows)))
    with pytest.raises(BudgetError) as error:
        device.build_model(sources)
    assert error.value.region == "RAM"
    assert numbers(page)[1] == pytest.approx(error.value.needed_bytes, rel=0.05)


def test_a_stack_just_over_the_limit_is_not_said_to_be_one_times_it(page):
    text = stack(page, "64x64x1", 64, CLASSIC)
    assert "a little more than the RAM there is." in text


def test_blocks_that_make_no_sense_are_left_out(page):
    one = stack(page, "8x8x1", 4, ["mean"])
    assert stack(page, "8x8x1", 4, ["mean", "conv", "pool", "residual"]) == one
    pools = stack(page, "8x8x1", 4, ["pool"] * 3)
    assert stack(page, "8x8x1", 4, ["pool"] * 5) == pools


def test_the_last_block_can_be_taken_off(page):
    before = stack(page, "32x32x3", 8, ["conv"])
    page.get_by_test_id("stack-residual").click()
    assert page.get_by_test_id("stack-said").inner_text() != before
    page.get_by_test_id("stack-undo").click()
    assert page.get_by_test_id("stack-said").inner_text() == before


def test_the_table_names_each_layer(page):
    stack(page, "32x32x3", 16, CLASSIC)
    rows = page.get_by_test_id("stack-table").locator("tbody tr").all_inner_texts()
    cells = [row.split("\t") for row in rows]
    assert [row[1] for row in cells] == [
        "32x32x3", "32x32x16", "16x16x16", "16x16x32", "8x8x32", "64", "10",
    ]  # fmt: skip


def test_axe_finds_nothing(page):
    for picture in ("8x8x1", "224x224x3"):
        stack(page, picture, 8, ["conv"])
        assert browser.axe_violations(page) == [], json.dumps(picture)
