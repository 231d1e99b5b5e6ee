"""Public data sets by name: downloaded once, checked, given as a :class:`Dataset`.

They are optional: no chapter and no assignment needs them, and nothing is asked of the
network before :func:`load` is called.
"""

from __future__ import annotations

import gzip
import os
import tarfile
import wave
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinyml_course import datasets
from tinyml_course.datasets import Dataset, motion, words
from tinyml_course.errors import CourseError, DataError, ToolError

__all__ = ["load", "names"]

_TIMEOUT_S = 20
_CLOTHES = "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot"
_TREES = "Spruce/fir,Lodgepole pine,Ponderosa pine,Cottonwood/willow,Aspen,Douglas fir"
_TERRAIN = (
    "elevation,aspect,slope,to water,above water,to roads,shade at 9,shade at 12,"
    "shade at 15,to fire points"
)


@dataclass(frozen=True)
class _Public:
    """Where the files are, what they must hash to, and how they become arrays."""

    where: str  # the address up to the names of the files
    files: dict[str, str]  # name: SHA-256, from the source that the data card cites
    megabytes: float
    read: Callable[[list[Path], int], tuple[np.ndarray, ...]]
    labels: tuple[str, ...]
    columns: tuple[str, ...] = ()


def names() -> tuple[str, ...]:
    """The names that :func:`load` knows.

    >>> names()
    ('covertype', 'fashion_mnist', 'mnist', 'speech_commands', 'uci_har')
    """
    return tuple(sorted(_SETS))


def load(
    name: str, seed: int = 0, *, folder: str | Path | None = None, progress: bool = True
) -> Dataset:
    """The public data set called ``name``; the first call downloads it.

    Parameters
    ----------
    name : str
        One of :func:`names`; what it holds, and under which licence, is in
        ``datasets.card(name)``.
    seed : int
        Splits the rows where the data set does not come with a split.
    folder : str or Path, optional
        Where the files are kept; without it, the cache folder of this computer's user.
    progress : bool
        Show a bar while downloading.

    Raises
    ------
    CourseError
        If no public data set has that name.
    DataError
        If a file cannot be downloaded or kept, or is not the one that is expected.
    ToolError
        If pooch is not installed.
    """
    if name not in _SETS:
        known = ", ".join(names())
        raise CourseError(f"There is no public data set {name!r}. Known: {known}.")
    source = _SETS[name]
    paths = [_fetch(name, file, folder, progress) for file in source.files]
    x_train, y_train, x_test, y_test, *groups = source.read(paths, seed)
    return Dataset(
        name,
        x_train,
        y_train,
        x_test,
        y_test,
        source.labels,
        datasets.card(name),
        source.columns,
        *groups,
    )


def _fetch(name: str, file: str, folder: str | Path | None, progress: bool) -> Path:
    """The path of a file, downloaded if it is not there; its SHA-256 is right."""
    try:
        import pooch
        from requests.exceptions import RequestException
    except ImportError as error:
        raise ToolError(
            "Public data sets are downloaded by pooch, which is not installed. "
            "Try: pip install 'tinyml-course[course]'."
        ) from error
    source = _SETS[name]
    address = source.where + file
    folder = Path(folder or pooch.os_cache("tinyml-course")) / name
    # A page without a kernel would show the bar as it stood at the start.
    static = os.environ.get("TINYML_STATIC", "") not in ("", "0")
    download = pooch.HTTPDownloader(
        progressbar=progress and not static, timeout=_TIMEOUT_S
    )
    quiet = pooch.get_logger()
    level = quiet.level
    quiet.setLevel("WARNING")
    try:
        return Path(
            pooch.retrieve(
                address,
                f"sha256:{source.files[file]}",
                fname=Path(file).name,
                path=folder,
                downloader=download,
            )
        )
    except RequestException as error:
        raise DataError(
            f"{address} cannot be downloaded ({type(error).__name__}). The data set "
            f"{name!r} needs the network once ({source.megabytes:g} MB); or put the "
            f"file into {folder} yourself. The chapters do without."
        ) from error
    except ValueError as error:
        raise DataError(
            f"{address} is not the file that is expected (SHA-256 "
            f"{source.files[file][:12]}...): a broken download, or it was changed "
            "there. Nothing was kept; try again later."
        ) from error
    except OSError as error:
        raise DataError(
            f"The file {Path(file).name} cannot be kept in {folder}: "
            f"{error.strerror or error}. It needs {source.megabytes:g} MB. "
            "Try another folder=."
        ) from error
    finally:
        quiet.setLevel(level)


def _images(pixels: np.ndarray) -> np.ndarray:
    return (pixels[..., np.newaxis] / np.float32(255)).astype(np.float32)


def _mnist(paths: list[Path], seed: int) -> tuple[np.ndarray, ...]:
    with np.load(paths[0]) as file:
        return (
            _images(file["x_train"]),
            file["y_train"].astype(np.int64),
            _images(file["x_test"]),
            file["y_test"].astype(np.int64),
        )


def _idx(path: Path) -> np.ndarray:
    """An array in the IDX format of MNIST: type, sizes (big-endian), then bytes."""
    data = gzip.decompress(path.read_bytes())
    sizes = np.frombuffer(data, ">u4", count=data[3], offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(sizes)


def _fashion_mnist(paths: list[Path], seed: int) -> tuple[np.ndarray, ...]:
    x_train, y_train, x_test, y_test = map(_idx, paths)
    return (
        _images(x_train),
        y_train.astype(np.int64),
        _images(x_test),
        y_test.astype(np.int64),
    )


def _covertype(paths: list[Path], seed: int) -> tuple[np.ndarray, ...]:
    with gzip.open(paths[0], "rt", encoding="ascii") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.int16)
    x, y = table[:, :-1].astype(np.float32), table[:, -1].astype(np.int64) - 1
    train, test = datasets.split(y, len(y) // 5, seed, by_class=True)
    return x[train], y[train], x[test], y[test]


def _uci_har(paths: list[Path], seed: int) -> tuple[np.ndarray, ...]:
    signals = [
        f"{kind}_{axis}" for kind in ("total_acc", "body_gyro") for axis in "xyz"
    ]
    with (
        zipfile.ZipFile(paths[0]) as outer,
        outer.open("UCI HAR Dataset.zip") as inside,
        zipfile.ZipFile(inside) as inner,
    ):

        def table(part: str, name: str) -> np.ndarray:
            place = f"UCI HAR Dataset/{part}/{name}_{part}.txt"
            with inner.open(place) as file:
                return np.loadtxt(file, dtype=np.float32)

        parts = []
        for part in ("train", "test"):
            x = [table(part, f"Inertial Signals/{name}") for name in signals]
            y = table(part, "y").astype(np.int64) - 1
            parts.append((np.stack(x, axis=2), y, table(part, "subject").astype(int)))
    (x_train, y_train, who_train), (x_test, y_test, who_test) = parts
    return x_train, y_train, x_test, y_test, who_train, who_test


_MOST = {"train": 1000, "test": 200}  # recordings of a label


def _samples(file) -> np.ndarray:
    with wave.open(file) as sound:
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2")


def _second(samples: np.ndarray) -> np.ndarray:
    return np.pad(samples[: words.RATE_HZ], (0, max(0, words.RATE_HZ - len(samples))))


def _speech_commands(paths: list[Path], seed: int) -> tuple[np.ndarray, ...]:
    """One pass over the archive finds its names and noises, a second the recordings."""
    labels, lists, noises, names = words.LABELS, {}, [], []
    with tarfile.open(paths[0]) as archive:
        for entry in archive:
            name = entry.name.removeprefix("./")
            if name in ("testing_list.txt", "validation_list.txt"):
                lists[name] = set(archive.extractfile(entry).read().decode().split())
            elif name.startswith("_background_noise_/") and name.endswith(".wav"):
                noises.append(_samples(archive.extractfile(entry)))
            elif name.endswith(".wav"):
                names.append(name)
    rng = np.random.default_rng(seed)
    wanted, left = {}, {(p, y): n for p, n in _MOST.items() for y in range(len(labels))}
    for name in rng.permutation(sorted(names)).tolist():
        if name in lists["validation_list.txt"]:
            continue
        part = "test" if name in lists["testing_list.txt"] else "train"
        word = name.split("/")[0]
        label = labels.index(word if word in words.KEYWORDS else "unknown")
        if left[part, label]:
            left[part, label] -= 1
            wanted[name] = part, label
    rows = {"train": [], "test": []}
    with tarfile.open(paths[0]) as archive:
        for entry in archive:
            name = entry.name.removeprefix("./")
            if name in wanted:
                part, label = wanted[name]
                speaker = zlib.crc32(Path(name).name.split("_")[0].encode())
                sound = _second(_samples(archive.extractfile(entry)))
                rows[part].append((sound, label, speaker))
    for noise in noises:
        cut = [_second(noise[i:]) for i in range(0, len(noise), words.RATE_HZ)][:-1]
        border = len(cut) * 3 // 4
        for part, pieces in (("train", cut[:border]), ("test", cut[border:])):
            rows[part] += [(piece, labels.index("silence"), 0) for piece in pieces]
    sides = {}
    for part, found in rows.items():
        order = rng.permutation(len(found))
        x, y, who = (np.array(column)[order] for column in zip(*found, strict=True))
        sides[part] = x, y.astype(np.int64), who
    train, test = sides["train"], sides["test"]
    return train[0], train[1], test[0], test[1], train[2], test[2]


_SETS = {
    "mnist": _Public(
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        {
            "mnist.npz": "731c5ac602752760c8e48fbffcf8c3b8"
            "50d9dc2a2aedcf2cc48468fc17b673d1"
        },
        11.5,
        _mnist,
        tuple("0123456789"),
    ),
    "fashion_mnist": _Public(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        {
            "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed27"
            "1626dd12800ba2636569512369268a84",
            "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc"
            "97de4d1bfaf8ba1a3aa29af54cc90845",
            "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a4"
            "84bd415d4595297633bb08f03db6a073",
            "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3c"
            "d6d1c2608764d35dfb1850b086bf8dd5",
        },
        30.9,
        _fashion_mnist,
        tuple(_CLOTHES.split(",")),
    ),
    "covertype": _Public(
        "https://ndownloader.figshare.com/files/",
        {"5976039": "614360d0257557dd1792834a85a1cdebfadc3c4f30b011d56afee7ffb5b15771"},
        11.2,
        _covertype,
        (*_TREES.split(","), "Krummholz"),
        (
            *_TERRAIN.split(","),
            *(f"wilderness {i}" for i in range(1, 5)),
            *(f"soil {i}" for i in range(1, 41)),
        ),
    ),
    "uci_har": _Public(
        "https://archive.ics.uci.edu/static/public/240/",
        {
            "human+activity+recognition+using+smartphones.zip": "c00b803081a5c797"
            "cd5e4b83700a9810b38d53d9d84e01917e090e1fdbc81031"
        },
        61,
        _uci_har,
        motion.LABELS,
        motion.COLUMNS[:6],
    ),
    "speech_commands": _Public(
        "http://download.tensorflow.org/data/",
        {
            "speech_commands_v0.02.tar.gz": "af14739ee7dc311471de98f5f9d2c919"
            "1b18aedfe957f4a6ff791c709868ff58"
        },
        2429,
        _speech_commands,
        words.LABELS,
    ),
}
