"""The robot's room of chapter 01: values with its map, and values by trying.

A tile is ``(row, column)``; values are dicts by tile; moves are 0 to 3: up, right,
down, left. The two tiles in ``END`` end a ride.
"""

from __future__ import annotations

import numpy as np

__all__ = ["END", "FREE", "TILES", "go", "next_round", "q_learning", "worth"]

ROOM = ["...+", ".#.-", "...."]  # charger, pillar, stairs
TILES = [(r, c) for r in range(3) for c in range(4) if ROOM[r][c] != "#"]
END = {(0, 3): 1.0, (1, 3): -1.0}
FREE = [t for t in TILES if t not in END]
MOVES = [(-1, 0), (0, 1), (1, 0), (0, -1)]  # up, right, down, left
DISCOUNT = 0.9


def go(tile, move):
    """The tile where a move leads if the wheels do not slip: chapter 01.

    >>> go((2, 0), 1), go((2, 0), 3)
    ((2, 1), (2, 0))
    """
    there = tile[0] + MOVES[move % 4][0], tile[1] + MOVES[move % 4][1]
    return there if there in TILES else tile  # a wall or the pillar


def worth(V, tile, move, slip):
    """What a move brings on average, discounted, if tiles are worth ``V``: chapter 01.

    >>> round(worth(dict.fromkeys(TILES, 0.0) | END, (0, 2), 1, slip=0.2), 3)
    0.72
    """
    aside = V[go(tile, move - 1)] + V[go(tile, move + 1)]
    return DISCOUNT * ((1 - slip) * V[go(tile, move)] + slip / 2 * aside)


def next_round(V, slip=0.2):
    """The values after one more round of value iteration: chapter 01."""
    best = {t: max(worth(V, t, move, slip) for move in range(4)) for t in TILES}
    return best | END


def q_learning(tries, explore, seed=0, slip=0.2):
    """What each move on each tile is worth, ``{tile: [4 numbers]}``: chapter 01."""
    rng = np.random.default_rng(seed)
    Q = {t: [END.get(t, 0.0)] * 4 for t in TILES}
    tried = {t: [0] * 4 for t in TILES}
    tile = 2, 0
    for _ in range(tries):
        if rng.random() < explore:
            move = int(rng.integers(4))
        else:
            move = Q[tile].index(max(Q[tile]))
        aside = int(rng.choice([-1, 1])) if rng.random() < slip else 0
        landed = go(tile, move + aside)  # the room decides, not the robot
        tried[tile][move] += 1
        rate = tried[tile][move] ** -0.7  # large at first, then smaller
        Q[tile][move] += rate * (DISCOUNT * max(Q[landed]) - Q[tile][move])
        # After the charger or the stairs someone puts it down anywhere.
        tile = FREE[rng.integers(len(FREE))] if landed in END else landed
    return Q
