"""The quantizer without its page: files in, a validated int8 model out, or one line."""

import io
import zipfile

import numpy as np
import pytest

from tinyml_course import datasets, graph, quantize, widgets
from tinyml_course.errors import CourseError, DataError, ModelError
from tinyml_course.widgets.quantizer import Session, files

pytestmark = pytest.mark.tf

RNG = np.random.default_rng(0)


def saved(model, folder):
    path = folder / "model.keras"
    model.save(path)
    return path.read_bytes()


def npz(**arrays):
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return out.getvalue()


def small(keras, classes=3, activation="softmax"):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.Flatten(),
            layers.Dense(classes, activation=activation, name="scores"),
        ]
    )


@pytest.fixture(scope="module")
def keras():
    import keras

    keras.utils.set_random_seed(0)
    return keras


@pytest.fixture(scope="module")
def content(keras, tmp_path_factory):
    return saved(small(keras), tmp_path_factory.mktemp("model"))


X = RNG.normal(size=(60, 6, 6, 1)).astype(np.float32)
Y = RNG.integers(0, 3, 60)


@pytest.fixture
def session(content):
    session = Session()
    session.take_model("mine.keras", content)
    session.take_data("mine.npz", npz(x=X, y=Y))
    return session


def test_an_own_model_is_quantized_and_validated(session):
    session.calibrate(20)
    assert [layer["name"] for layer in session.layers()] == [
        "input",
        "conv",
        "scores",
        "scores softmax",
    ]
    run = session.quantize({"conv": (0, 2)}, per_channel=False, title="mine")
    assert run["verify"]["stages"] == {"numpy": 0, "board": 0, "host": 0}
    assert run["bench"]["fits"]
    assert run["rows"] == 30
    assert run["bytes"] == len(session.tflite) < run["float_bytes"]
    scores = session.model.predict(session.data.x_test, verbose=0)
    right = scores.argmax(-1) == session.data.y_test
    assert run["float_accuracy"] == pytest.approx(right.mean())
    conv = run["layers"][1]
    assert (conv["low"], conv["high"]) == (0, 2)
    assert session.runs == [run]
    name, content = session.file("c")
    assert name == "mine_int8_c.zip"
    inside = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert "mine_int8/mine_int8.c" in inside
    assert session.file("tflite") == ("mine_int8.tflite", session.tflite)


def test_rows_that_calibrate_do_not_validate(session):
    data = session.data
    assert len(data.x) == len(data.x_test) == 30
    both = np.concatenate([data.x, data.x_test]).reshape(60, -1)
    assert len(np.unique(both, axis=0)) == 60


def test_the_rows_are_dealt_as_the_file_deals_them(session):
    more = npz(x=X[:9], x_test=X[9:20, ..., 0], y_test=np.eye(3)[Y[9:20]])
    session.take_data("dealt.npz", more)
    assert len(session.data.x) == 9
    np.testing.assert_array_equal(session.data.y_test, Y[9:20])
    assert session.data.x_test.shape == (11, 6, 6, 1)


def test_without_y_the_models_are_compared(session):
    session.take_data("x.npz", npz(x=X))
    session.calibrate()
    run = session.quantize()
    assert run["accuracy"] is run["difference"] is None
    assert run["agreement"] > 0.9


@pytest.mark.parametrize(
    ("classes", "activation", "known"), [(1, "sigmoid", True), (2, None, True)]
)
def test_other_heads_decide_too(keras, tmp_path, classes, activation, known):
    session = Session()
    head = small(keras, classes, activation)
    session.take_model("head.keras", saved(head, tmp_path))
    session.take_data("x.npz", npz(x=X, y=Y % 2))
    session.calibrate()
    assert (session.quantize()["accuracy"] is not None) == known


def test_a_regression_is_told_by_its_error(keras, tmp_path):
    session = Session()
    session.take_model("r.keras", saved(small(keras, 1, None), tmp_path))
    session.take_data("x.npz", npz(x=X))
    session.calibrate()
    run = session.quantize()
    assert run["agreement"] is None
    assert 0 < run["rms"] < 0.2


def test_a_model_that_is_too_large_for_the_board_is_told_why(keras, tmp_path):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((180, 180, 1)),
            layers.Conv2D(9, 3, padding="same"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2),
        ]
    )
    session = Session()
    session.take_model("big.keras", saved(model, tmp_path))
    session.take_data("x.npz", npz(x=RNG.normal(size=(4, 180, 180))))
    session.calibrate()
    run = session.quantize()
    assert not run["bench"]["fits"]
    assert "RAM" in run["bench"]["reason"]
    assert run["verify"]["mismatches"] == 0


BAD_MODELS = {
    "text": (b"hello, no model", "'bad.keras' is not a .keras file"),
    "empty": (b"", r"is empty \(0 bytes\)"),
    "hdf5": (b"\x89HDF\r\n" + bytes(50), "HDF5 file, Keras' old format"),
    "tflite": (b"\x1c\x00\x00\x00TFL3" + bytes(50), "already converted"),
    "npz": (npz(x=X), "a zip file without a Keras model"),
    "no weights": (zipped(**{"config.json": "{}"}), "cannot be loaded by Keras"),
    "bomb": (zipped(big=bytes(files.MOST_BYTES * 5)), "would unpack to"),
    "huge": (bytes(files.MOST_BYTES + 1), "at most 33,554,432 are taken"),
}


def refuse(session, call, error, said):
    """It is one line, and nothing is lost."""
    before = session.name, session.model, session.data, session.calibration
    with pytest.raises(error, match=said) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert (session.name, session.model, session.data, session.calibration) == before


@pytest.mark.parametrize("kind", BAD_MODELS)
def test_what_is_no_model_is_one_line(session, kind):
    content, said = BAD_MODELS[kind]
    refuse(session, lambda: session.take_model("bad.keras", content), ModelError, said)


def test_a_cut_or_damaged_file_is_one_line(session, content):
    for cut in (60, len(content) // 2, len(content) - 3):

        def take(cut=cut):
            session.take_model("cut.keras", content[:cut])

        refuse(session, take, ModelError, "cut short or damaged")
    middle = len(content) // 2
    wrong = bytes(255 - byte for byte in content[middle : middle + 64])
    broken = content[:middle] + wrong + content[middle + 64 :]
    refuse(
        session,
        lambda: session.take_model("b.keras", broken),
        ModelError,
        "damaged|cannot be loaded",
    )


def test_code_in_a_file_is_not_run(session, keras, tmp_path):
    class Own(keras.layers.Layer):
        def call(self, x):
            return x

    layers = keras.layers
    for layer, said in (
        (layers.Lambda(lambda x: x * 2), "contains a Lambda layer"),
        (Own(), "a class that Keras does not know"),
    ):
        model = keras.Sequential([keras.Input((6, 6, 1)), layer, layers.Flatten()])
        foreign = saved(model, tmp_path)

        def take(foreign=foreign):
            session.take_model("code.keras", foreign)

        refuse(session, take, ModelError, said)


def test_models_that_the_app_does_not_take_are_told_apart(session, keras, tmp_path):
    layers = keras.layers
    a, b = keras.Input((4,)), keras.Input((4,))
    two = saved(keras.Model([a, b], layers.Add()([a, b])), tmp_path)
    refuse(
        session, lambda: session.take_model("t.keras", two), ModelError, "has 2 inputs"
    )
    free = keras.Sequential([keras.Input((None, 4)), layers.Conv1D(2, 3)])
    content = saved(free, tmp_path)
    refuse(
        session,
        lambda: session.take_model("o.keras", content),
        ModelError,
        "open input",
    )


def test_weights_that_are_no_numbers_are_told(session, keras, tmp_path):
    model = small(keras)
    model.get_layer("scores").bias.assign([0, np.nan, 1])
    content = saved(model, tmp_path)
    refuse(
        session, lambda: session.take_model("n.keras", content), ModelError, "are NaN"
    )


def test_a_loop_or_an_unknown_operator_is_told_when_calibrating(keras, tmp_path):
    layers = keras.layers
    for middle, said in (
        (layers.GRU(3), "loop over time"),
        (layers.UpSampling1D(2), "uses TILE|cannot"),
    ):
        model = keras.Sequential([keras.Input((6, 6)), middle, layers.Flatten()])
        session = Session()
        session.take_model("m.keras", saved(model, tmp_path))
        session.take_data("x.npz", npz(x=X[..., 0]))
        refuse(session, session.calibrate, ModelError, said)


BAD_DATA = {
    "nan": (npz(x=np.where(X > 2, np.nan, X)), "values that are NaN or infinite"),
    "too large": (npz(x=X.astype(np.float64) * 1e300), "NaN or infinite"),
    "shape": (
        npz(x=X[:, :5]),
        r"shape \(60, 5, 6, 1\), the model takes \(n, 6, 6, 1\)",
    ),
    "flat": (npz(x=X.ravel()), r"expected \(n, ...\)"),
    "no rows": (npz(x=X[:0]), "with n of 1 or more"),
    "no x": (npz(images=X), "no array called x, only: images"),
    "texts": (npz(x=np.array([["a"]])), "expected numbers"),
    "objects": (npz(x=np.array([{}], object)), "cannot be read as plain arrays"),
    "empty": (b"", "is empty"),
    "text": (b"1,2,3\n4,5,6\n", "is not a .npz file. Give an .npz"),
    "array": (b"\x93NUMPY" + bytes(100), "a single NumPy array"),
    "cut": (npz(x=X)[:-40], "cut short or damaged"),
    "few y": (npz(x=X, y=Y[:5]), "expected the classes of 60 rows"),
    "y too high": (npz(x=X, y=Y + 1), "whole numbers from 0 to 2"),
    "y halves": (npz(x=X, y=Y / 2), "whole numbers"),
    "no y_test": (npz(x=X, x_test=X[:4], y_test=Y), "classes of 4 rows"),
}


@pytest.mark.parametrize("kind", BAD_DATA)
def test_what_is_no_data_is_one_line(session, kind):
    content, said = BAD_DATA[kind]
    refuse(session, lambda: session.take_data("bad.npz", content), DataError, said)


def test_a_model_is_no_data(session, content):
    refuse(
        session, lambda: session.take_data("m.npz", content), DataError, "a Keras model"
    )


def test_steps_out_of_order_are_told(content):
    session = Session()
    refuse(session, session.calibrate, ModelError, "Choose a model first")
    refuse(session, session.quantize, CourseError, "Calibrate first")
    refuse(session, lambda: session.file("c"), CourseError, "no int8 model yet")
    refuse(
        session,
        lambda: session.take_data("x.npz", npz(x=X)),
        DataError,
        "Choose a model first",
    )
    session.take_model("m.keras", content)
    refuse(session, session.calibrate, DataError, r"needs data.*\(n, 6, 6, 1\)")
    session.take_data("x.npz", npz(x=X))
    refuse(session, lambda: session.calibrate(0), DataError, "expected 1 to 500")


def test_data_stay_with_a_model_that_they_fit(session, keras, tmp_path):
    data = session.data
    session.take_model("other.keras", saved(small(keras), tmp_path))
    assert session.data is data
    wide = keras.Sequential([keras.Input((9,)), keras.layers.Dense(2)])
    session.take_model("wide.keras", saved(wide, tmp_path))
    assert session.data is None


def test_the_models_of_the_course_are_there_with_their_data():
    session = Session()
    for name in ("boats", "boats_fair"):
        session.take_shelf(name)
        scores = session.model.predict(session.data.x_test[:200], verbose=0)
        assert np.mean(scores.argmax(-1) == session.data.y_test[:200]) > 0.7
    with pytest.raises(CourseError, match="There are: digits, boats"):
        session.take_shelf("cats")


def wish(widget, content, *buffers):
    """As the page would; what it then shows."""
    widget._on_message(widget, content, list(buffers))
    return widget.state["message"]


def test_every_error_of_a_wish_reaches_the_page(content, monkeypatch):
    app = widgets.quantize_a_model()
    pieces = [content[i : i + 4000] for i in range(0, len(content), 4000)]
    for number, piece in enumerate(pieces):
        head = {"type": "file", "of": "model", "name": "mine.keras"}
        said = wish(
            app, head | {"piece": number, "pieces": len(pieces)}, memoryview(piece)
        )
    assert said["text"] == "The model is loaded. Now give data that fit it."
    assert app.state["model"]["parameters"] == app.session.model.count_params()
    data = {"type": "file", "of": "data", "name": "x.npz", "piece": 0, "pieces": 1}
    assert wish(app, data, npz(x=X, y=Y))["tone"] == "right"
    assert wish(app, {"type": "calibrate", "rows": None})["tone"] == "wrong"
    assert wish(app, {"type": "calibrate", "rows": 30})["tone"] == "right"
    quantize_ = {"type": "quantize", "overall": "min-max", "keep": 99.9}
    for layers, said in (
        ({"conv": [None, 1]}, "Type both ends of the range of 'conv'."),
        ({"conv": [1, 2]}, "leaves out zero"),
        ({"conv": "best"}, "no method 'best'"),
        ({"nowhere": "entropy"}, "There is no layer 'nowhere'"),
    ):
        told = wish(app, quantize_ | {"layers": layers})
        assert told["tone"] == "wrong"
        assert said in told["text"]
        assert app.state["layers"]
    assert wish(app, quantize_ | {"keep": None})["tone"] == "wrong"

    def broken(*_, **__):
        raise ZeroDivisionError("a mistake\nof ours")

    monkeypatch.setattr(quantize.Calibration, "to_int8", broken)
    told = wish(app, quantize_)
    assert told["text"] == "This did not work. ZeroDivisionError: a mistake of ours"
    assert app.state["busy"] is None
    before = app.state
    for nonsense in ({}, {"type": "dance"}, None):
        app._on_message(app, nonsense, [])
    assert app.state == before


def test_a_page_without_a_kernel_says_where_the_app_runs(monkeypatch):
    monkeypatch.setenv("TINYML_STATIC", "1")
    app = widgets.quantize_a_model()
    page = app._repr_mimebundle_()[0]["text/html"]
    assert "<code>tinyml app quantizer</code>" in page
    assert app.error == ""


def test_a_plain_model_is_what_to_int8_makes(session):
    session.calibrate(30)
    session.quantize()
    plain = quantize.to_int8(session.model, session.data.x[:30])
    for a, b in zip(
        graph.read(plain).tensors, graph.read(session.tflite).tensors, strict=True
    ):
        assert (a.scale, a.zero_point) == (b.scale, b.zero_point)


def test_the_walker_of_chapter_16_is_refused_with_a_reason():
    session = Session()
    path = datasets.folder("motion_models") / "walker.keras"
    session.take_model("walker.keras", path.read_bytes())
    session.take_data("x.npz", npz(x=np.zeros((4, 400, 6))))
    refuse(session, session.calibrate, ModelError, "loop over time|cannot")
