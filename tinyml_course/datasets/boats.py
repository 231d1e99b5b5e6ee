"""Patches of sea as a small satellite might see them: a seed comes in, scenes come out.

Everything is in pixels of 2 m. A scene is drawn as reflectance between 0 and 1, then
photographed: blurred by the lens, counted in electrons, rounded to 5 bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tinyml_course.datasets.base import Dataset, card, folder, split
from tinyml_course.errors import DataError

__all__ = ["HULLS", "LEVELS", "REGIONS", "SCENES", "Boats", "boats", "generate"]

SCENES = ("calm", "waves", "glint", "cloud", "coast")
REGIONS = ("north", "tropics")
HULLS = ("steel", "wood")
LEVELS = 31  # a picture is 0 to 31: 5 bits
FULL_WELL = 2_000.0  # electrons in a white pixel
READOUT = 15.0  # electrons, the standard deviation of reading one pixel
TEST_ROWS = 800


@dataclass(frozen=True, eq=False, repr=False)
class Boats(Dataset):
    """A :class:`Dataset` that also knows what each picture shows.

    Attributes
    ----------
    scene_train, scene_test : ndarray of str
        One of ``SCENES`` for each row.
    region_train, region_test : ndarray of str
        One of ``REGIONS`` for each row.
    hull_train, hull_test : ndarray of str
        One of ``HULLS``, or ``""`` where there is no boat.
    box_train, box_test : ndarray, (n, 4) int64
        The hull's box x0, y0, x1, y1 in pixels, the ends not included; zeros where
        there is no boat.
    """

    scene_train: np.ndarray = None
    scene_test: np.ndarray = None
    region_train: np.ndarray = None
    region_test: np.ndarray = None
    hull_train: np.ndarray = None
    hull_test: np.ndarray = None
    box_train: np.ndarray = None
    box_test: np.ndarray = None


def boats(seed: int) -> Boats:
    """2,800 patches of sea, a boat in every second one."""
    with np.load(folder("boats") / "scenes.npz") as file:
        levels, kind, box = file["levels"], file["kind"], file["box"].astype(np.int64)
    x = (levels[..., np.newaxis] / LEVELS).astype(np.float32)
    y = (kind[:, 2] >= 0).astype(np.int64)
    cell = np.ravel_multi_index((kind + [0, 0, 1]).T, (5, 2, 3))
    train, test = split(cell, TEST_ROWS, seed, by_class=True)
    words = {
        "scene": np.array(SCENES)[kind[:, 0]],
        "region": np.array(REGIONS)[kind[:, 1]],
        "hull": np.array((*HULLS, ""))[kind[:, 2]],
        "box": box,
    }
    further = {f"{name}_train": column[train] for name, column in words.items()}
    further |= {f"{name}_test": column[test] for name, column in words.items()}
    return Boats(
        "boats",
        x[train],
        y[train],
        x[test],
        y[test],
        labels=("empty", "boat"),
        card=card("boats"),
        **further,
    )


def generate(
    n: int,
    seed: int,
    *,
    scenes: tuple[str, ...] = SCENES,
    regions: tuple[str, ...] = REGIONS,
    hulls: tuple[str, ...] = HULLS,
    size: int = 64,
) -> dict[str, np.ndarray]:
    """New scenes: as many with a boat as without, spread evenly over what is named.

    Parameters
    ----------
    n, seed
        How many, and the start of the random numbers; seeds of the course's own
        data are 1,000 and above.
    scenes, regions, hulls
        What may be drawn.
    size
        Pixels on a side, 32 or more; a larger picture shows more sea, the boat stays
        as it is.

    Returns
    -------
    dict
        ``x`` (n, size, size, 1) float32 0 to 1; ``y`` (n,) int64, 1 with a boat;
        ``scene``, ``region`` and ``hull`` (n,) str, the hull ``""`` without a boat;
        ``box`` (n, 4) int64, the hull's x0, y0, x1, y1, zeros without a boat.

    Raises
    ------
    DataError
        If a name is unknown or the size is too small.

    >>> made = generate(4, seed=1, scenes=("calm",))
    >>> made["x"].shape, made["y"].tolist(), made["scene"].tolist()[:2]
    ((4, 64, 64, 1), [1, 0, 1, 0], ['calm', 'calm'])
    """
    for given, known in ((scenes, SCENES), (regions, REGIONS), (hulls, HULLS)):
        strange = [name for name in given if name not in known]
        if strange or not given or isinstance(given, str):
            raise DataError(
                f"Expected a tuple of names out of {', '.join(known)}; "
                f"received {given!r}."
            )
    if size < 32:
        raise DataError(f"A scene is 32 pixels wide or more; received {size}.")
    deal = np.random.default_rng([seed, n]).permutation(n)
    choices = (scenes, (False, True), regions, hulls)
    rows = [_pick(number, choices) for number in deal.tolist()]
    x, box = np.empty((n, size, size), np.float32), np.zeros((n, 4), np.int64)
    for i, (scene, boat, region, hull) in enumerate(rows):
        rng = np.random.default_rng([seed, n, i])
        x[i], box[i] = _picture(rng, size, scene, region, hull if boat else "")
    return {
        "x": x[..., np.newaxis],
        "y": np.array([row[1] for row in rows], np.int64),
        "scene": np.array([row[0] for row in rows], "U7"),
        "region": np.array([row[2] for row in rows], "U7"),
        "hull": np.array([row[3] if row[1] else "" for row in rows], "U5"),
        "box": box,
    }


def _pick(number: int, choices: tuple) -> list:
    """Which combination a number stands for, the first choice turning fastest."""
    found = []
    for options in choices:
        number, place = divmod(number, len(options))
        found.append(options[place])
    return found


def _picture(rng, size, scene, region, hull):
    """One photograph (size, size) and the box of its boat (4,)."""
    wind = rng.uniform(0, np.pi)
    sea = _water(rng, size, scene, region, wind)
    free = np.ones((size, size), bool)  # where the middle of a boat may be
    over = np.zeros((size, size), np.float32)  # cloud: how much of it covers a pixel
    if scene == "coast":
        sea, free = _coast(rng, size, sea)
    if scene == "cloud":
        over = _cloud(rng, size)
        sea = sea * (1 - 0.35 * np.roll(over, (9, 5), (0, 1)))  # its shadow
        free = over < 0.35
    box = np.zeros(4, np.int64)
    if hull:
        sea, box = _boat(rng, size, sea, hull, free)
    if scene == "cloud":
        white = 0.78 + 0.05 * _field(rng, size, 1.5)
        sea = sea + over * (white - sea)
    if scene == "glint":
        sea = sea + _glint(rng, size, wind)
    return _photograph(rng, sea), box


def _water(rng, size, scene, region, wind):
    """Water without anything on it."""
    north = region == "north"
    level = rng.uniform(0.16, 0.28) if north else rng.uniform(0.32, 0.46)
    ground = 0.006 if north else 0.022  # sand shows through clear water
    if scene == "calm":
        ground *= 0.5
    sea = level + ground * _field(rng, size, 2.5)
    strength = {"calm": 0.05, "waves": 1.0, "glint": 0.3, "cloud": 0.2, "coast": 0.25}
    height = strength[scene] * rng.uniform(0.7, 1.3) * (1.1 if north else 0.8)
    waves = np.zeros((size, size), np.float32)
    bend = _field(rng, size, 2.5)
    for _ in range(rng.integers(2, 5)):
        angle = wind + rng.normal(0, 0.3)
        length = rng.uniform(5, 17)  # pixels from crest to crest
        along, _ = _turned(size, angle)
        phase = (
            2 * np.pi * (along / length + rng.uniform()) + rng.uniform(0.5, 2) * bend
        )
        waves += rng.uniform(0.5, 1) * np.exp(1.2 * (np.cos(phase) - 1))  # sharp crests
    sea = sea + 0.085 * height * (waves - waves.mean())
    if scene == "waves":  # white caps, long in the direction of the crests
        near = np.maximum(waves - np.quantile(waves, 0.8), 0)
        caps = _sparks(rng, size, rng.uniform(0.01, 0.03)) * (near > 0)
        sea = sea + rng.uniform(0.3, 0.6) * _smear(caps, 0.9, 2.2, wind)
    return sea


def _glint(rng, size, wind):
    """The sun's own light: a bright side, sparks, and streaks along the crests."""
    along, _ = _turned(size, rng.uniform(0, 2 * np.pi))
    bright = 1 / (1 + np.exp(-(along + rng.uniform(-20, 20)) / rng.uniform(6, 18)))
    dense = np.clip(bright * (1 + 0.5 * _field(rng, size, 2.0)), 0, None)
    points = _sparks(rng, size, rng.uniform(0.02, 0.06)) * dense
    streaks = _sparks(rng, size, rng.uniform(0.004, 0.012)) * dense
    return (
        rng.uniform(0.05, 0.16) * bright
        + rng.uniform(0.25, 0.45) * points
        + rng.uniform(0.4, 0.8) * _smear(streaks, 0.7, rng.uniform(1.5, 3.5), wind)
    )


def _cloud(rng, size):
    """How much cloud is before each pixel, 0 to 0.95: a bank, or many small ones."""
    if rng.random() < 0.5:
        thick = _field(rng, size, 3.0) + 0.25 * _field(rng, size, 1.5)
        return np.clip(rng.uniform(0.5, 1.0) * thick + rng.uniform(-0.1, 0.3), 0, 0.95)
    puffs = _smear(_sparks(rng, size, rng.uniform(0.003, 0.010)), 1.4, 1.9, wind := 0.0)
    puffs = puffs + _smear(_sparks(rng, size, 0.002), 2.5, 3.0, wind)
    return np.clip(1.6 * puffs * (1 + 0.3 * _field(rng, size, 1.5)), 0, 0.95)


def _coast(rng, size, sea):
    """Land on one side, with a beach, piers, houses and rocks; and where water is."""
    angle = rng.uniform(0, 2 * np.pi)
    along, across = _turned(size, angle)
    inland = along - rng.uniform(0.05, 0.28) * size + 4 * _field(rng, size, 2.5)
    land = np.clip(inland + 0.5, 0, 1)
    ground = rng.uniform(0.25, 0.5) + 0.07 * _field(rng, size, 1.5)
    ground = ground + 0.3 * _smear(_sparks(rng, size, 0.01), 0.8, 1.2, angle)  # houses
    beach = rng.uniform(0.0, 0.3) * np.exp(-((inland / 1.5) ** 2))
    free = inland < -8
    for _ in range(rng.integers(0, 3)):
        place, reach = rng.uniform(-0.4, 0.4) * size, rng.uniform(8, 18)
        wide = rng.uniform(0.8, 1.6)
        pier = np.clip(wide + 0.5 - np.abs(across - place), 0, 1)
        pier = pier * np.clip(inland + reach, 0, 1)
        sea = sea + pier * (rng.uniform(0.35, 0.7) - sea)
        free = free & ~((np.abs(across - place) < 7) & (inland > -reach - 8))
    rocks = _smear(_sparks(rng, size, 0.02) * (inland > -12), 0.9, 1.1, angle)
    sea = sea + rng.uniform(-0.25, 0.4) * rocks
    return sea + land * (ground - sea) + beach, free


def _boat(rng, size, sea, hull, free):
    """The sea with a boat on it, and the boat's box."""
    steel = hull == "steel"
    length = rng.uniform(9, 18) if steel else rng.uniform(6, 10)
    width = length / rng.uniform(2.8, 4.0)
    heading = rng.uniform(0, 2 * np.pi)
    edge = int(np.ceil(length / 2)) + 1
    inner = np.zeros_like(free)
    inner[edge : size - edge, edge : size - edge] = True
    places = np.flatnonzero(inner & free)
    places = places if len(places) else np.flatnonzero(inner)
    cy, cx = divmod(int(places[rng.integers(len(places))]), size)
    u, v = _turned(size, heading, cx, cy)  # forward, to the side
    half, side = length / 2, np.abs(v)
    if rng.random() < 0.75:  # under way: foam behind, and the two arms of the wake
        behind = np.clip(-(u + half * 0.8), 0, None)
        fade = (behind > 0) * np.exp(-behind / rng.uniform(8, 22))
        trail = np.exp(-((side / (0.5 * width + 0.06 * behind)) ** 2))
        arms = np.exp(-(((side - 0.35 * behind - 0.3 * width) / 1.1) ** 2))
        froth = np.clip(1 + 0.4 * _field(rng, size, 1.0), 0, None)
        strength = rng.uniform(0.10, 0.24) * (1.0 if steel else 0.8)
        sea = sea + strength * fade * froth * (trail + 0.5 * arms)
    taper = np.where(u > 0, 1 - (u / half) ** 2, 1 - 0.25 * (u / half) ** 4)
    body = np.clip(0.5 * width * np.clip(taper, 0, 1) - side + 0.5, 0, 1)
    body = body * np.clip(half - np.abs(u) + 0.5, 0, 1)
    contrast = rng.uniform(0.28, 0.5) if steel else rng.uniform(0.14, 0.24)
    contrast *= 1 if rng.random() < 0.75 else -0.6  # some are darker than the water
    water = sea[cy, cx]
    house = (np.abs(u + 0.2 * half) < 0.25 * half) & (side < 0.3 * width)
    deck = water + contrast * (1 + 0.5 * house * rng.uniform(-1, 1))
    shade = np.roll(body, (1, 1), (0, 1)) * (body < 0.5)
    sea = sea * (1 - rng.uniform(0.1, 0.3) * shade)
    rows, columns = (np.flatnonzero((body > 0.5).any(axis=axis)) for axis in (1, 0))
    box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
    return sea + body * (deck - sea), box


def _photograph(rng, sea):
    """What the camera makes of a scene: (size, size) float32, levels / LEVELS."""
    seen = np.clip(_smear(sea, 0.5, 0.5, 0.0), 0.01, 1.0)
    spread = np.sqrt(seen * FULL_WELL + READOUT**2) / FULL_WELL  # light comes in grains
    seen = seen + spread * rng.standard_normal(sea.shape)
    return np.round(np.clip(seen, 0, 1) * LEVELS) / LEVELS


@lru_cache(maxsize=8)
def _grid(size):
    axis = np.arange(size, dtype=np.float32)
    return axis[np.newaxis, :], axis[:, np.newaxis]


def _turned(size, angle, cx=None, cy=None):
    """Coordinates along ``angle`` and across it, from a point (from the middle)."""
    x, y = _grid(size)
    x, y = (axis - (size / 2 if c is None else c) for axis, c in ((x, cx), (y, cy)))
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return cos * x + sin * y, cos * y - sin * x


@lru_cache(maxsize=32)
def _frequencies(size):
    fx, fy = np.fft.rfftfreq(size), np.fft.fftfreq(size)
    return fx[np.newaxis, :], fy[:, np.newaxis]


@lru_cache(maxsize=32)
def _colour(size, slope):
    """The filter that makes noise smooth, scaled so that its spread is 1."""
    fx, fy = _frequencies(size)
    shape = (np.hypot(fx, fy) + 1.0 / 64) ** -slope
    shape[0, 0] = 0
    spread = np.sqrt(np.mean(np.fft.irfft2(shape, (size, size)) ** 2) * size**2)
    return shape / spread


def _field(rng, size, slope):
    """Random hills with mean 0 and spread about 1; a larger slope makes them softer."""
    white = rng.standard_normal((size, size), dtype=np.float32)
    return np.fft.irfft2(np.fft.rfft2(white) * _colour(size, slope), (size, size))


def _sparks(rng, size, density):
    """A few pixels lit, most of them weakly: (size, size)."""
    lit = rng.random((size, size), dtype=np.float32) < density
    return lit * rng.standard_exponential((size, size), dtype=np.float32)


def _smear(picture, along, across, angle):
    """Each pixel spread to a bell, so many pixels along ``angle`` and across it."""
    fx, fy = _frequencies(len(picture))
    cos, sin = np.cos(angle), np.sin(angle)
    u, v = cos * fx + sin * fy, cos * fy - sin * fx
    bell = np.exp(-2 * np.pi**2 * ((along * u) ** 2 + (across * v) ** 2))
    shape = picture.shape
    # A bell that is longer than wide is kept bright.
    peak = 1.0 if along == across else 2 * np.pi * along * across / 2.5
    return peak * np.fft.irfft2(np.fft.rfft2(picture) * bell, shape)
