"""Eight spoken words, other words, and silence: recordings made, features loaded.

:func:`words` gives the committed pictures of sound, :func:`clips` some recordings to
listen to, :func:`generate` new recordings and :func:`stream` a long one with the words
in it. The last two need eSpeak NG (:mod:`tinyml_course.datasets.voices`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinyml_course.datasets import noises, voices
from tinyml_course.datasets.base import Dataset, card, folder
from tinyml_course.datasets.mu_law import from_mu_law
from tinyml_course.errors import DataError

__all__ = [
    "KEYWORDS",
    "LABELS",
    "PARTS",
    "Words",
    "clips",
    "generate",
    "minute",
    "stream",
    "words",
]

RATE_HZ = 16000
KEYWORDS = (
    "forward",
    "backward",
    "left",
    "right",
    "down",
    "seven",
    "stop",
    "yes",
)
LABELS = (*KEYWORDS, "unknown", "silence")
UNKNOWN, SILENCE = len(KEYWORDS), len(KEYWORDS) + 1


@dataclass(frozen=True, eq=False, repr=False)
class Words(Dataset):
    """The words, and in which noise each was said.

    Attributes
    ----------
    noise_train, noise_test : ndarray of str
        The kind of noise, one of :data:`tinyml_course.datasets.noises.KINDS`.
    snr_db_train, snr_db_test : ndarray of float32
        Speech over noise.
    """

    noise_train: np.ndarray | None = None
    noise_test: np.ndarray | None = None
    snr_db_train: np.ndarray | None = None
    snr_db_test: np.ndarray | None = None


class _Part:
    """Who speaks, which other words there are, and which noises."""

    def __init__(self, accents: str, speakers: str, others: str, noises: str) -> None:
        self.accents = tuple(accents.split())
        self.speakers = tuple("" if s == "-" else f"+{s}" for s in speakers.split())
        self.others = tuple(others.split())
        self.noises = tuple(noises.split())


PARTS = {
    "train": _Part(
        accents="en en-us en-us-nyc en-gb-x-rp en-gb-x-gbcwmd",
        speakers="- f1 f2 f3 m1 m2 m3 m4 m5 Annie Andrea steph anika belinda adam "
        "david ed ian john max Michael paul rob victor zac Mike aunty boris caleb "
        "Denis Diogo edward Gene gustave Henrique Hugo iven Jacky marcelo "
        "Marco Mario michel norbert pablo pedro quincy Reed sandro shelby travis "
        "grandma grandpa",
        others="bed bird cat dog happy house marvel sheila tree wow zero one two three "
        "four five six eight nine on off up no go follow learn visual apple "
        "river window table garden music paper yellow orange morning kitchen doctor "
        "number people water mother father sister brother summer winter after under "
        "over late light ride wrong road stone stuff cap dawn often awful less guess "
        "many money close the and this that with from have will would about where "
        "when what there which some other her him his say make take",
        noises="hiss hum fan rain office music murmur workshop",
    ),
    "test": _Part(
        accents="en-gb-scotland en-029 en-gb-x-gbclan",
        speakers="f4 f5 m6 m7 m8 Alicia linda benjamin robert Lee",
        others="sheep lamp chair pencil ocean mountain flower finger bottle button "
        "letter silver purple travel simple family country answer picture evening "
        "dinner market engine minute second laugh rice rate dance gate nail cop dust "
        "desk golf nobody rest press only always never because before could their "
        "then these those very give find think look",
        noises="street kitchen wind",
    ),
}


def _level(rng, low_db: float, high_db: float) -> float:
    return 10 ** (rng.uniform(low_db, high_db) / 20)


def _voice(part: _Part, rng) -> tuple[str, dict[str, int]]:
    voice = str(rng.choice(part.accents)) + str(rng.choice(part.speakers))
    settings = {
        "speed": int(rng.integers(130, 206)),
        "pitch": int(rng.integers(25, 76)),
        "lift": int(rng.integers(20, 81)),
    }
    return voice, settings


def _spoken(text: str, part: _Part, rng, rooms: bool, sizes: float = 0.0):
    """Speech of mean square 1 where it is loud, and its accent."""
    voice, settings = _voice(part, rng)
    x = voices.say(text, voice, **settings)
    if sizes:  # a smaller throat is a faster record
        steps = np.arange(0, len(x) - 1, np.exp(rng.uniform(-sizes, sizes)))
        x = np.interp(steps, np.arange(len(x)), x)
    if rooms:
        x = noises.echo(x, noises.room(rng))
    loud = x[np.abs(x) > 0.1 * np.abs(x).max()]
    return x / np.sqrt(np.mean(loud**2)), voice.split("+")[0]


def _second(text: str, part: _Part, rng, anywhere: bool, rooms: bool, sizes: float):
    """One second with a word in it, or any second of speech that runs on."""
    x, accent = _spoken(text, part, rng, rooms, sizes)
    if len(x) > RATE_HZ:
        start = rng.integers(0, len(x) - RATE_HZ + 1) if " " in text else 0
        x = x[start : start + RATE_HZ]
    room = RATE_HZ - len(x)
    before = int(rng.integers(0, room + 1)) if anywhere else room // 2
    return np.pad(x, (before, room - before)), accent


def _other(part: _Part, rng, run_on: float = 0.4) -> str:
    """Words that are not keywords: one, or five that run on."""
    if rng.random() < run_on:
        return " ".join(rng.choice(part.others, 5))
    return str(rng.choice(part.others))


def _to_int16(x: np.ndarray) -> np.ndarray:
    return np.clip(np.round(32767 * x), -32768, 32767).astype(np.int16)


def generate(
    part: str,
    each: int | Sequence[int],
    seed: int,
    *,
    anywhere: bool = True,
    rooms: bool = True,
    noise: bool = True,
    sizes: float = 0.0,
    snr_db: tuple[float, float] = (10.0, 30.0),
) -> dict[str, np.ndarray]:
    """Recordings of one second: ``each`` of every label.

    Parameters
    ----------
    part : str
        ``"train"`` or ``"test"``: other accents, other speakers, other unknown words
        and other noises.
    each : int or sequence of int
        Recordings of every label, or of each.
    seed : int
        Draws voices, speeds, pitches, rooms, noises, moments and levels.
    anywhere, rooms, noise : bool
        Words at any moment or in the middle; with or without echoes; with or without
        noise. Silence is always noise.
    sizes : float
        Voices are made larger or smaller by up to this share: an augmentation, which
        moves pitch and formants.
    snr_db : (float, float)
        Range of speech over noise.

    Returns
    -------
    dict
        ``audio`` (n, 16000) int16, ``y`` (n,) int64, ``accent`` (n,) str (of silence:
        the empty text), ``noise`` (n,) str, ``snr_db`` (n,) float32.

    Raises
    ------
    ToolError
        If eSpeak NG is missing.
    """
    if part not in PARTS:
        raise DataError(f"There is no part {part!r}; expected 'train' or 'test'.")
    who, rng = PARTS[part], np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(len(LABELS)), each))
    audio, accents, kinds = np.zeros((len(y), RATE_HZ), np.int16), [], []
    ratios = rng.uniform(*snr_db, len(y)).astype(np.float32)
    for row, label in enumerate(y):
        kind = str(rng.choice(who.noises))
        back = noises.noise(kind, RATE_HZ, rng)
        accent = ""
        if label == SILENCE:
            x = back * _level(rng, -60, -20)
        else:
            text = LABELS[label] if label < UNKNOWN else _other(who, rng)
            x, accent = _second(text, who, rng, anywhere, rooms, sizes)
            if noise:
                x = x + back * 10 ** (-ratios[row] / 20)
            x = x * _level(rng, -34, -18)
        audio[row] = _to_int16(x)
        accents.append(accent)
        kinds.append(kind)
    return {
        "audio": audio,
        "y": y.astype(np.int64),
        "accent": np.array(accents),
        "noise": np.array(kinds),
        "snr_db": ratios,
    }


BLOCK_S = 12


def stream(
    part: str,
    blocks: int,
    seed: int,
    *,
    keywords: bool = True,
    snr_db: tuple[float, float] = (10.0, 30.0),
) -> tuple[np.ndarray, np.ndarray]:
    """A long recording: blocks of 12 s, each in one noise, with speech now and then.

    In half of the blocks of a recording without keywords nobody speaks; where somebody
    does, other words come one at a time or run on.

    Parameters
    ----------
    part : str
        ``"train"`` or ``"test"``.
    blocks : int
        How many times 12 s.
    seed : int
        Draws everything; block ``i`` does not depend on how many follow.
    keywords : bool
        With keywords, about as many as other utterances, or without any.

    Returns
    -------
    audio : ndarray (blocks * 192000,) int16
    events : ndarray (words, 3) float64
        Of each keyword: begin and end in seconds, label.
    """
    if part not in PARTS:
        raise DataError(f"There is no part {part!r}; expected 'train' or 'test'.")
    pieces, events = [], []
    for block in range(blocks):
        rng = np.random.default_rng([seed, block])
        audio, heard = _block(PARTS[part], rng, keywords, snr_db)
        pieces.append(_to_int16(audio))
        events += [(block * BLOCK_S + a, block * BLOCK_S + b, y) for a, b, y in heard]
    return np.concatenate(pieces), np.array(events, float).reshape(-1, 3)


def _block(part: _Part, rng, keywords: bool, snr_db: tuple[float, float]):
    n = BLOCK_S * RATE_HZ
    x = noises.noise(str(rng.choice(part.noises)), n, rng)
    x *= 10 ** (-rng.uniform(*snr_db) / 20)
    events, at = [], int(rng.uniform(0.2, 1.5) * RATE_HZ)
    somebody = keywords or rng.random() < 0.5
    while somebody:
        label = (
            int(rng.integers(UNKNOWN)) if keywords and rng.random() < 0.5 else UNKNOWN
        )
        text = LABELS[label] if label < UNKNOWN else _other(part, rng)
        speech, _ = _spoken(text, part, rng, rooms=True)
        if at + len(speech) + RATE_HZ > n:
            break
        x[at : at + len(speech)] += speech
        if label < UNKNOWN:
            events.append((at / RATE_HZ, (at + len(speech)) / RATE_HZ, label))
        at += len(speech) + int(rng.uniform(0.7, 2.5) * RATE_HZ)
    return x * _level(rng, -34, -18), events


def words(seed: int) -> Words:
    """Pictures of sound of spoken words; the test has other accents and noises."""
    with np.load(folder("words") / "features.npz") as file:
        columns = {name: file[name] for name in file.files}
    rng = np.random.default_rng(seed)
    parts = {}
    for part in ("train", "test"):
        order = rng.permutation(len(columns[f"y_{part}"]))
        for name in ("x", "y", "accent", "noise", "snr_db"):
            parts[f"{name}_{part}"] = columns[f"{name}_{part}"][order]
    return Words(
        "words",
        *(
            values
            for part in ("train", "test")
            for values in (
                parts[f"x_{part}"][..., np.newaxis].astype(np.float32) / 8,
                parts[f"y_{part}"].astype(np.int64),
            )
        ),
        LABELS,
        card("words"),
        groups_train=parts["accent_train"],
        groups_test=parts["accent_test"],
        **{
            f"{name}_{part}": parts[f"{name}_{part}"]
            for part in ("train", "test")
            for name in ("noise", "snr_db")
        },
    )


def clips() -> dict[str, np.ndarray]:
    """Recordings to listen to: ``audio`` (n, 16000) int16, ``y``, ``part``, ``accent``.

    >>> clips()["audio"].shape[1]
    16000
    """
    with np.load(folder("words") / "clips.npz") as file:
        found = {name: file[name] for name in file.files}
    return found | {"audio": from_mu_law(found["audio"])}


def minute() -> tuple[np.ndarray, np.ndarray]:
    """A minute of :func:`stream`, as recorded: the audio, and the words in it.

    >>> audio, events = minute()
    >>> len(audio) / RATE_HZ, events.shape[1]
    (60.0, 3)
    """
    with np.load(folder("words") / "minute.npz") as file:
        return from_mu_law(file["audio"]), file["events"]
