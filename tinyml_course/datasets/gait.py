"""A person in, what sensors on waist and wrist feel and count out: the physics.

Rigid parts: a trunk that bobs, leans and turns, an arm that swings from its shoulder,
heels that strike. A sensor rides on a point of it. Its accelerometer feels the
*specific force*, acceleration minus gravity, in its own axes; its gyroscope feels how
fast these axes turn. Then come bias, gain, noise, a clock that is not quite right, full
scale and whole counts.
"""

from __future__ import annotations

import numpy as np

__all__ = ["FULL_SCALE", "LABELS", "RATE_HZ", "counts", "feel", "person", "rise"]

RATE_HZ = 50
LABELS = ("walking", "upstairs", "downstairs", "sitting", "standing", "lying")
FULL_SCALE = np.tile(np.repeat([2.0, np.deg2rad(500)], 3), 2)  # g, rad/s
GRAVITY = 9.81
_FINE_HZ = 200  # the world is computed this often, then the sensors read it
_MOVING = 3  # the first three activities are steps

# What a step is: strides a second; how high the waist bobs (m), with how much of a
# second harmonic; strike of the heel (m/s2); degrees of yaw, roll, pitch and lean;
# swing of the arm (degrees).
_STEPS = {
    "walking": (0.92, 0.040, 0.12, 3.4, 5.0, 3.6, 1.6, 2.0, 22.0),
    "upstairs": (0.83, 0.045, 0.22, 2.4, 4.4, 4.4, 2.4, 6.5, 17.0),
    "downstairs": (0.95, 0.046, 0.18, 5.2, 5.0, 3.5, 1.9, 0.0, 16.0),
}
# How one rests: pitch of the trunk and of the forearm against it (degrees), sway (m).
_RESTS = {
    "sitting": (-16.0, -62.0, 0.0008),
    "standing": (1.0, -6.0, 0.0030),
    "lying": (-86.0, -30.0, 0.0004),
}


def rise(x: np.ndarray) -> np.ndarray:
    """From 0 to 1 while x goes from 0 to 1, without a jerk at either end."""
    x = np.clip(x, 0, 1)
    return x**3 * (10 - 15 * x + 6 * x**2)


def person(rng: np.random.Generator, spread: float) -> dict:
    """What stays the same for one person: a body, habits, and how sensors are worn."""

    def differ(*shape):
        return spread * np.clip(rng.normal(size=shape), -2, 2)

    return {
        "leg_m": 0.88 + 0.05 * differ(),
        "pace": np.exp(0.07 * differ()),
        "vigour": np.exp(0.20 * differ()),
        "shoes": np.exp(0.40 * differ()),
        "hips": np.exp(0.25 * differ()),
        "arms": np.exp(0.50 * differ()),
        # On stairs each has a way of their own: pace, bob, strike, lean.
        "way": differ(3, 4) * [0.07, 0.15, 0.30, 3.0],
        "harmonic": 0.6 + differ(3) * 0.5,
        "rest": differ(3, 2) * [7.0, 16.0],
        "side": 20 * differ(),  # degrees to a side, when lying
        "left": -1 if spread * rng.normal() > 0.9 else 1,
        "waist": np.deg2rad([22, 8, 8] * differ(3)),
        "wrist": np.deg2rad([14, 8, 14] * differ(3)),
        "bias": differ(12) * np.tile(np.repeat([0.02, np.deg2rad(1)], 3), 2),
        "gain": 1 + 0.01 * differ(12),
        "clock": 1 + 0.004 * differ(),
    }


def _wander(rng: np.random.Generator, t: np.ndarray, up_to_hz: float) -> np.ndarray:
    """A smooth random course of unit size."""
    hz, phase = rng.uniform(0.05, up_to_hz, 12), rng.uniform(0, 2 * np.pi, 12)
    return np.cos(2 * np.pi * hz * t[:, None] + phase).sum(axis=1) / np.sqrt(6)


def _fidgets(rng: np.random.Generator, t: np.ndarray, every_s: float) -> np.ndarray:
    """Now and then a small move, and back."""
    at = np.cumsum(rng.exponential(every_s, 40))
    at = at[at < t[-1]]
    size = rng.normal(size=len(at))
    return (size * np.exp(-(((t[:, None] - at) / 0.45) ** 2))).sum(axis=1)


def _turned(axis: int, angle: np.ndarray) -> np.ndarray:
    """Rotation matrices (n, 3, 3) by ``angle`` (n,) in radians about an axis."""
    angle = np.atleast_1d(angle)
    turn = np.zeros((len(angle), 3, 3))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    turn[:, axis, axis] = 1
    turn[:, i, i] = turn[:, j, j] = np.cos(angle)
    turn[:, i, j], turn[:, j, i] = -np.sin(angle), np.sin(angle)
    return turn


def _worn(angles: np.ndarray) -> np.ndarray:
    """How a sensor sits on its part of the body."""
    return _turned(2, angles[0]) @ _turned(1, angles[1]) @ _turned(0, angles[2])


def feel(who, activity, seconds, rng, tour=None, speed=1.25):
    """What ideal sensors feel, (time, 12) in g and rad/s, and the path, (time, 2)."""
    length = round(seconds * RATE_HZ)
    t = np.arange(-4, int((seconds * 1.02 + 0.1) * _FINE_HZ)) / _FINE_HZ
    body = _rest(who, activity, t, rng)
    if activity in _STEPS:
        body = _stride(who, activity, t, rng, tour, speed)
    trunk, arm, centre, strike = body
    forces = []
    left = who["left"]
    belt = _worn(who["waist"])
    shoulder = centre + trunk @ np.array([0.0, 0.2 * left, 0.48])
    parts = (
        (trunk @ belt, centre + trunk @ (belt[0] @ [0.14, 0.0, 0.0]), 1.0),
        (arm @ _worn(who["wrist"]), shoulder - 0.68 * who["leg_m"] * arm[:, :, 2], 0.5),
    )
    for axes, place, share in parts:
        push = np.gradient(np.gradient(place, axis=0), axis=0) * _FINE_HZ**2
        push = push + share * strike + [0, 0, GRAVITY]
        force = np.einsum("tij,ti->tj", axes, push) / GRAVITY
        spin = np.einsum("tij,tik->tjk", axes, np.gradient(axes, axis=0)) * _FINE_HZ
        rate = np.stack([spin[:, 2, 1], spin[:, 0, 2], spin[:, 1, 0]], axis=1)
        forces += [force, rate]
    fine = np.concatenate([*forces, centre[:, :2]], axis=1)
    # The clock runs a little fast or slow, and no reading is quite on time.
    times = np.arange(length) / RATE_HZ * who["clock"]
    times = times + rng.normal(0, 0.0006, length)
    read = np.stack([np.interp(times, t, column) for column in fine.T], axis=1)
    return read[:, :12], read[:, 12:]


def _rest(who, activity, t, rng):
    """Trunk, forearm, place of the waist and strikes of somebody who rests."""
    if activity in _STEPS:
        return None
    pitch, bend, sway = _RESTS[activity]
    own = who["rest"][LABELS.index(activity) - _MOVING]
    breath = np.sin(2 * np.pi * 0.27 * t + rng.uniform(0, 6))
    lean = pitch + own[0] + 0.25 * breath + 2.5 * _wander(rng, t, 0.12)
    lean = lean + 1.5 * _fidgets(rng, t, 9.0)
    roll = 0.8 * _wander(rng, t, 0.3) + 1.5 * _fidgets(rng, t, 9.0)
    trunk = _turned(1, np.deg2rad(lean)) @ _turned(0, np.deg2rad(roll))
    if activity == "lying":
        trunk = trunk @ _turned(2, np.deg2rad(np.full(len(t), who["side"])))
    bend = bend + own[1] + 2 * _wander(rng, t, 0.3) + 12 * _fidgets(rng, t, 7.0)
    arm = trunk @ _turned(1, np.deg2rad(bend))
    arm = arm @ _turned(2, np.deg2rad(9 * _fidgets(rng, t, 7.0)))
    centre = sway * np.stack([_wander(rng, t, 0.9) for _ in range(3)], axis=1)
    centre[:, 2] *= 0.3
    return trunk, arm, centre, np.zeros((len(t), 3))


def _stride(who, activity, t, rng, tour, speed):
    """Trunk, forearm, place of the waist and strikes of somebody who takes steps."""
    hz, bob, second, hit, yaw, roll, pitch, lean, swing = _STEPS[activity]
    way = who["way"][LABELS.index(activity)]
    hz = hz * who["pace"] * np.exp(way[0]) * np.sqrt(speed / 1.25)
    ahead, heading = tour(t) if tour else (np.full(len(t), speed), 0 * t)
    going = ahead / speed
    # One stride, two steps, is a turn of the phase; no two strides are quite alike.
    pace = hz * (1 + 0.04 * _wander(rng, t, 0.3)) * np.where(going > 0.02, 1, 0)
    phase = 2 * np.pi * np.cumsum(pace) / _FINE_HZ + (0 if tour else rng.uniform(0, 6))
    size = who["vigour"] * np.exp(way[1]) * going * (1 + 0.12 * _wander(rng, t, 0.4))
    # The waist rides on a stiff leg: it bobs with the square of the step's length.
    step = speed / (2 * hz) * who["pace"]
    bob = bob * (step / 0.68) ** 2 * 0.88 / who["leg_m"] * size
    second = second * (0.6 + who["harmonic"][LABELS.index(activity)])
    centre = np.zeros((len(t), 3))
    centre[:, 2] = bob / 2 * (np.cos(2 * phase) + second * np.cos(4 * phase + 0.8))
    sideways = 0.020 * size * np.sin(phase)
    along = 0.012 * size * np.sin(2 * phase + 0.5)
    centre[:, 0] = np.cumsum(ahead * np.cos(heading)) / _FINE_HZ
    centre[:, 1] = np.cumsum(ahead * np.sin(heading)) / _FINE_HZ
    centre[:, :2] -= centre[4, :2]
    centre[:, 0] += along * np.cos(heading) - sideways * np.sin(heading)
    centre[:, 1] += along * np.sin(heading) + sideways * np.cos(heading)
    wave = {k: np.sin(k * phase + shift) for k, shift in ((1, 0.4), (2, 1.1))}
    hips = who["hips"] * size
    course = heading + np.deg2rad(2.5 * _wander(rng, t, 0.25))
    forward = np.deg2rad(
        lean + way[3] + 1.5 * _wander(rng, t, 0.3) + pitch * hips * wave[2]
    )
    trunk = _turned(2, course + np.deg2rad(yaw * hips * wave[1]))
    trunk = trunk @ _turned(1, forward)
    trunk = trunk @ _turned(0, np.deg2rad(roll * hips * np.sin(phase - 0.3)))
    swung = who["left"] * swing * who["arms"] * size * np.sin(phase + 0.2) - 9
    arm = trunk @ _turned(1, np.deg2rad(swung + 2 * _wander(rng, t, 0.5)))
    # Each heel that strikes lets the body ring for a moment.
    strikes = t[np.flatnonzero(np.diff(np.floor(phase / np.pi)) > 0)]
    since = t[:, None] - strikes
    since = np.maximum(since, 0)
    ring = np.exp(-since / 0.035) * np.sin(82 * since)
    blow = hit * who["shoes"] * np.exp(way[2]) * (ring * rng.lognormal(
        0, 0.3, len(strikes))).sum(axis=1) * going  # fmt: skip
    forth = np.stack([np.cos(heading), np.sin(heading)], axis=1) * -0.35
    return trunk, arm, centre, np.column_stack([forth * blow[:, None], blow])


def counts(felt: np.ndarray, who: dict, rng: np.random.Generator) -> np.ndarray:
    """What the converters hand over: int16, with noise, bias and an end of scale."""
    size = np.tile(np.repeat([0.003, np.deg2rad(0.15)], 3), 2)
    noise = rng.normal(0, size, felt.shape)
    felt = felt * who["gain"] + who["bias"] + noise
    return np.clip(np.round(felt / FULL_SCALE * 32768), -32768, 32767).astype(np.int16)
