"""Public data sets arrive whole or not at all; a server in the test plays the world."""

import dataclasses
import gzip
import hashlib
import io
import re
import socket
import tarfile
import threading
import wave
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from tinyml_course import datasets, public
from tinyml_course.errors import CourseError, DataError

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (6, 28, 28), dtype=np.uint8)
SIGNALS = [f"{kind}_{axis}" for kind in ("total_acc", "body_gyro") for axis in "xyz"]
CLASSES = np.array([0, 1, 2, 3, 4, 9], dtype=np.uint8)


def idx(array):
    """A tiny file in the format of MNIST's own."""
    sizes = np.array(array.shape, dtype=">u4").tobytes()
    head = bytes([0, 0, 8, array.ndim]) + sizes
    return gzip.compress(head + array.tobytes())


def npz():
    file = io.BytesIO()
    parts = {"x_train": PIXELS[:4], "y_train": CLASSES[:4]}
    np.savez(file, **parts, x_test=PIXELS[4:], y_test=CLASSES[4:])
    return file.getvalue()


def terrain():
    x, y = RNG.integers(0, 3000, (70, 54)), np.repeat(np.arange(1, 8), 10)
    lines = [",".join(map(str, row)) for row in np.column_stack([x, y])]
    return gzip.compress("\n".join(lines).encode())


def smartphones():
    """The archive of UCI HAR, in tiny: a zip in a zip, as it is there."""
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        for part, people in (("train", [1, 1, 3]), ("test", [2, 2])):
            folder = f"UCI HAR Dataset/{part}"
            for number, name in enumerate(SIGNALS):
                rows = "\n".join(
                    " ".join(f"{number + row / 10 + 1e-3 * t:.7e}" for t in range(128))
                    for row in range(len(people))
                )
                archive.writestr(f"{folder}/Inertial Signals/{name}_{part}.txt", rows)
            who = "\n".join(map(str, people))
            archive.writestr(f"{folder}/subject_{part}.txt", who)
            labels = "\n".join(str(1 + 5 * (i % 2)) for i in range(len(people)))
            archive.writestr(f"{folder}/y_{part}.txt", labels)
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("UCI HAR Dataset.zip", inner.getvalue())
        archive.writestr("UCI HAR Dataset.names", "what is what")
    return outer.getvalue()


def said():
    """A tiny archive of words, noises and lists, as Speech Commands packs them."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:

        def add(name, data):
            entry = tarfile.TarInfo(f"./{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))

        def sound(samples):
            held = io.BytesIO()
            with wave.open(held, "wb") as out:
                out.setnchannels(1)
                out.setsampwidth(2)
                out.setframerate(16000)
                out.writeframes(samples.astype("<i2").tobytes())
            return held.getvalue()

        heard = ["yes/aa_nohash_0", "yes/bb_nohash_0", "cat/cc_nohash_0"]
        heard += ["dog/dd_nohash_1", "stop/ee_nohash_0"]
        for number, name in enumerate(heard, 1):
            add(f"{name}.wav", sound(np.full(12000, number)))
        add("_background_noise_/README.md", b"not a sound")
        add("_background_noise_/tap.wav", sound(np.full(5 * 16000, 9)))
        add("testing_list.txt", b"yes/bb_nohash_0.wav\ndog/dd_nohash_1.wav\n")
        add("validation_list.txt", b"stop/ee_nohash_0.wav\n")
    return file.getvalue()


FILES = {
    "speech_commands": [said()],
    "mnist": [npz()],
    "fashion_mnist": [idx(PIXELS[:4]), idx(CLASSES[:4]), idx(PIXELS[4:])]
    + [idx(CLASSES[4:])],
    "covertype": [terrain()],
    "uci_har": [smartphones()],
}


class Server(ThreadingHTTPServer):
    """Serves `content` by path and keeps the paths that were asked for."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.asked = {}, []
        self.url = f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        body = self.server.content.get(self.path.lstrip("/"))
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *words):
        pass


@pytest.fixture
def server(monkeypatch):
    """Every public data set comes from here, in tiny."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as server:
        for name, bodies in FILES.items():
            source = public._SETS[name]
            files = dict(zip(source.files, bodies, strict=True))
            server.content |= files
            sums = {file: hashlib.sha256(files[file]).hexdigest() for file in files}
            tiny = dataclasses.replace(source, where=server.url, files=sums)
            monkeypatch.setitem(public._SETS, name, tiny)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def load(name, folder, **words):
    return public.load(name, folder=folder, progress=False, **words)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_images_come_as_the_digits_do(name, server, tmp_path):
    data = load(name, tmp_path)
    assert data.x_train.shape == (4, 28, 28, 1)
    assert data.x_train.dtype == np.float32
    assert np.array_equal(np.round(data.x_test[..., 0] * 255), PIXELS[4:])
    assert data.y_train.tolist() == [0, 1, 2, 3]
    assert data.y_test.dtype == np.int64
    assert len(data.labels) == 10
    assert data.card == datasets.card(name)


def test_tables_come_with_columns_and_a_seeded_split(server, tmp_path):
    data, other = (load("covertype", tmp_path, seed=seed) for seed in (0, 1))
    assert data.x_train.shape == (56, len(data.columns))
    assert np.bincount(data.y_test).tolist() == [2] * len(data.labels)
    assert not np.array_equal(data.x_train, other.x_train)


def test_windows_of_people_come_as_the_waist_of_motion_does(server, tmp_path):
    data = load("uci_har", tmp_path)
    assert data.x_train.shape == (3, 128, 6)
    assert data.x_train.dtype == np.float32
    assert np.allclose(data.x_train[1, 2], [0.102, 1.102, 2.102, 3.102, 4.102, 5.102])
    assert data.y_train.tolist() == [0, 5, 0]
    assert [data.labels[i] for i in data.y_test] == ["walking", "lying"]
    assert data.groups_train.tolist() == [1, 1, 3]
    assert data.groups_test.tolist() == [2, 2]
    assert data.columns == datasets.load("motion").columns[:6]


def test_words_of_people_come_with_the_published_split(server, tmp_path):
    data = load("speech_commands", tmp_path)
    assert data.x_train.shape == (5, 16000)
    assert data.x_train.dtype == np.int16
    heard = {
        (int(x[0]), data.labels[y])
        for x, y in zip(data.x_train, data.y_train, strict=True)
    }
    assert heard == {(1, "yes"), (3, "unknown"), (9, "silence")}
    kept = {
        (int(x[0]), data.labels[y])
        for x, y in zip(data.x_test, data.y_test, strict=True)
    }
    assert kept == {(2, "yes"), (4, "unknown"), (9, "silence")}  # 5 is for validation
    assert not data.x_train[data.y_train == 7, 12000:].any()  # padded with silence
    assert not set(data.groups_train) & set(data.groups_test) - {0}
    assert data.labels == datasets.load("words").labels


def test_a_file_is_asked_for_once(server, tmp_path):
    first, again = load("mnist", tmp_path), load("mnist", tmp_path)
    assert server.asked == ["/mnist.npz"]
    assert np.array_equal(first.x_train, again.x_train)


def test_a_broken_file_in_the_folder_is_fetched_anew(server, tmp_path):
    load("mnist", tmp_path)
    (tmp_path / "mnist" / "mnist.npz").write_bytes(b"half")
    load("mnist", tmp_path)
    assert len(server.asked) == 2


def test_another_file_than_expected_is_refused_and_not_kept(server, tmp_path):
    server.content["mnist.npz"] += b"!"
    with pytest.raises(DataError, match=r"not the file that is expected \(SHA-256"):
        load("mnist", tmp_path)
    assert list(tmp_path.rglob("*.*")) == []


def test_without_a_network_the_message_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # nobody listens here
        url = f"http://127.0.0.1:{held.getsockname()[1]}/"
        away = dataclasses.replace(public._SETS["mnist"], where=url)
        monkeypatch.setitem(public._SETS, "mnist", away)
        with pytest.raises(DataError, match=r"needs the network once \(11.5 MB\)") as e:
            load("mnist", tmp_path)
    assert "yourself. The chapters do without." in str(e.value)
    assert str(tmp_path / "mnist") in str(e.value)


def test_a_file_put_there_by_hand_needs_no_network(server, tmp_path, monkeypatch):
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "mnist.npz").write_bytes(FILES["mnist"][0])
    load("mnist", tmp_path)
    assert server.asked == []


def test_a_file_that_is_gone_is_named(server, tmp_path):
    server.content.clear()
    with pytest.raises(DataError, match=r"mnist.npz cannot be downloaded \(HTTPError"):
        load("mnist", tmp_path)


def test_a_full_disk_is_named(server, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pooch.HTTPDownloader.__call__", full)
    with pytest.raises(DataError, match=r"No space left on device\. It needs 11.5 MB"):
        load("mnist", tmp_path)


def test_a_folder_that_cannot_be_made_is_named(server, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"cannot be kept in .*Try another folder="):
        load("mnist", tmp_path / "file")


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(CourseError, match=r"Known: covertype, .*mnist, .*uci_har"):
        public.load("imagenet")


@pytest.mark.parametrize("name", public.names())
def test_the_card_cites_each_file_with_its_checksum(name):
    card = datasets.card(name)
    for question in ("Origin", "Licence", "Shape", "Units", "Checksum", "How made"):
        assert f"| {question} |" in card
    source = public._SETS[name]
    assert source.where in card
    assert f"({source.megabytes:g} MB)" in card
    for file, sha in source.files.items():
        assert f"`{file}`" in card
        assert f"sha256 `{sha}`" in card
    assert len(re.findall("sha256", card)) == len(source.files)


def test_the_checksums_are_those_of_keras_and_scikit_learn():
    from importlib.util import find_spec
    from pathlib import Path

    def text(package, path):
        return (Path(find_spec(package).origin).parent / path).read_text()

    keras = text("keras", "src/datasets/mnist.py")
    assert public._SETS["mnist"].files["mnist.npz"] in keras
    sklearn = text("sklearn", "datasets/_covtype.py")
    (sha,) = public._SETS["covertype"].files.values()
    assert sha in sklearn
