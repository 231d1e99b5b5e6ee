"""Real values in and out, compiled in: the C says what the tensors of the graph say."""

import ctypes
import subprocess

import numpy as np
import pytest
from models import DIGITS, GOLDEN
from test_export import COMPILERS, FLAGS

from tinyml_course import datasets, deploy, device, export, graph
from tinyml_course.device.toolchain import compile_objects, shared_library
from tinyml_course.errors import CourseError
from tinyml_course.export import Values

MODEL = graph.read(DIGITS)
LABELS = ("zero", "one", "two", "three", "four", "five", "six", "sieben", "acht", '"ö?')


KINDS = ("lstm_step", "argmax", "float_ends", "two_outputs")
SEVERAL = [path for path in GOLDEN if path.stem in KINDS]


def sources_of(path, values, name="net"):
    model = graph.read(path)
    return {**export.to_c(model, name), **export.to_io(model, name, values)}


def library(sources):
    return ctypes.CDLL(str(shared_library(compile_objects(sources, "host"))))


def pointer(array):
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_float))


@pytest.mark.parametrize("path", [DIGITS, *SEVERAL], ids=lambda p: p.stem)
def test_quantize_and_dequantize_are_those_of_the_graph(path):
    model = graph.read(path)
    net = library(sources_of(path, Values()))
    rng = np.random.default_rng(1)
    inputs = []
    for number, index in enumerate(model.inputs):
        tensor = model.tensors[index]
        spread = 200 * (*tensor.scale, 1.0)[0]  # some lie outside of an int8
        x = rng.uniform(-spread, spread, tensor.size).astype(np.float32)
        if tensor.dtype == "int8":
            x[:2] = 1e30, -1e30
        getattr(net, f"net_set_input_{number}")(pointer(x))
        place = getattr(net, f"net_input_{number}")
        kind = ctypes.c_int8 if tensor.dtype == "int8" else ctypes.c_float
        place.restype = ctypes.POINTER(kind)
        got = np.ctypeslib.as_array(place(), (tensor.size,))
        np.testing.assert_array_equal(got, tensor.quantize(x))
        inputs.append(got.reshape(1, *graph.row_shape(tensor.shape)).copy())
    assert net.net_invoke() == 0
    outputs = graph.invoke(model, *inputs)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    for number, (index, q) in enumerate(zip(model.outputs, outputs, strict=True)):
        values = np.zeros(q.size, np.float32)
        getattr(net, f"net_get_output_{number}")(pointer(values))
        np.testing.assert_array_equal(
            values, model.tensors[index].dequantize(q.ravel())
        )
    assert net.net_best() == outputs[0].argmax()


def test_every_tie_goes_away_from_zero_and_nan_to_the_zero_point():
    tensor = graph.Tensor(0, "x", (1, 12), "int8", (0.5,), (3,))
    x = np.float32([0.25, 0.75, -0.25, -0.75, -1.25, 31, -70, np.nan, np.inf, -np.inf])
    c = export.to_io(MODEL, "net")
    main = """#include "board.h"
#include "tc_io.h"
static const tc_io_input layer = {10, 0.0f, 1.0f, 0.5f, 3};
static float values[10];
static int8_t steps[10];
int main(void) {
  board_read(values, sizeof values);
  tc_io_quantize(&layer, values, steps);
  board_write(steps, sizeof steps);
  return 0;
}
"""
    runtime = {name: c[name] for name in ("tc_io.h", "tc_io.c")}
    runtime["tc.h"] = export.to_c(MODEL)["tc.h"]
    said = device.run({**runtime, "main.c": main}, x.tobytes()).stdout
    steps = np.frombuffer(said, np.int8).tolist()
    assert steps == [4, 5, 2, 1, 0, 65, -128, 3, 127, -128]
    assert tensor.quantize(x[:7]).tolist() == steps[:7]


MAIN = r"""#include "board.h"
#include "net_io.h"
static float values[NET_INPUT_0_VALUES];
static float scores[NET_OUTPUT_0_VALUES];
int main(void) {
  board_read(values, sizeof values);
  net_set_input(values);
  if (net_invoke() != 0)
    return 1;
  net_get_output(scores);
  board_write(scores, sizeof scores);
  board_printf("%s%s%s", net_label(net_best()), net_label(-1), net_label(NET_LABELS));
  return 0;
}
"""


def test_pixels_of_0_to_16_go_in_and_a_word_comes_out_on_the_board():
    values = Values(labels=LABELS, mean=0.0, std=16.0)
    pixels = np.round(16 * datasets.load("digits").x_test[:12]).astype(np.float32)
    firmware = device.build({**sources_of(DIGITS, values), "main.c": MAIN})
    for image in pixels:
        run = device.run(firmware, image.tobytes())
        q = MODEL.tensors[MODEL.inputs[0]].quantize(image[np.newaxis] / np.float32(16))
        output = graph.invoke(MODEL, q)
        scores = MODEL.tensors[MODEL.outputs[0]].dequantize(output).ravel()
        np.testing.assert_array_equal(np.frombuffer(run.stdout, np.float32), scores)
        assert run.uart == LABELS[int(output.argmax())]


@pytest.mark.parametrize("compiler", COMPILERS)
def test_every_warning_is_an_error_and_there_is_none(compiler, tmp_path):
    sizes = {p: graph.read(p).tensors[graph.read(p).outputs[0]].size for p in GOLDEN}
    for path, size in sizes.items():
        values = Values(labels=tuple(map(str, range(size))), mean=0.5, std=0.25)
        for file, text in sources_of(path, values, path.stem).items():
            (tmp_path / file).write_text(text)
    files = [*tmp_path.glob("*_io.c"), tmp_path / "tc_io.c"]
    done = subprocess.run(
        [*COMPILERS[compiler], *FLAGS, "-c", *map(str, files)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_model_itself_is_the_same_with_and_without(tmp_path):
    plain = deploy.make("c", DIGITS)
    with_values = deploy.make("c", DIGITS, values=Values())
    assert plain.items() <= with_values.items()
    assert set(with_values) - set(plain) == {
        "model_io.c",
        "model_io.h",
        "tc_io.c",
        "tc_io.h",
    }


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            Values(labels=("a", "b")),
            "Received 2 labels, expected one for each of the 10",
        ),
        (Values(std=0.0), "expected a finite mean and a std above 0"),
        (Values(mean=float("nan")), "expected a finite mean and a std above 0"),
    ],
)
def test_what_does_not_fit_is_said(values, message):
    with pytest.raises(CourseError, match=message):
        export.to_io(MODEL, "net", values)


def test_other_targets_say_that_they_have_no_such_code():
    with pytest.raises(CourseError, match="'firmware' has no code for real values"):
        deploy.make("firmware", DIGITS, values=Values())
