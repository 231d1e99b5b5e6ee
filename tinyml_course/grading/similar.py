"""What many people wrote comes in, cell by cell; who wrote much the same comes out.

Nothing is run. Code is read as tokens: comments, docstrings and layout are gone, and
all names that a person chooses are one token, so that renaming hides nothing. Passages
are compared by fingerprints, chosen by winnowing: S. Schleimer, D. Wilkerson, A. Aiken,
"Winnowing: Local Algorithms for Document Fingerprinting", SIGMOD 2003. What was given
is taken out.

How much it says that two have so much of a cell in common is counted in bits, as
surprise: log2(n) where one in n others comes as near. Of several cells it is the chance
that so many say at least so much, each on its own. What is long and rare says more, so
that something can be said in a small class, too. A pair is named when its bits exceed
by :data:`MARGIN` those that one pair among so many reaches by chance. What nearly
everybody wrote says nothing, and a single short cell not enough.
"""

from __future__ import annotations

import builtins
import itertools
import keyword
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

__all__ = ["Likeness", "Text", "alike", "code", "groups", "prose"]

WINDOW = 4  # among so many neighbours there is at least one fingerprint
LONGEST = 100_000  # characters of a cell that are read
SHARE = 0.5  # a cell counts if so much of it is in the other's work
FREE = 8.0  # fingerprints that two who work alone may share in a cell
MARGIN = 4.0  # bits: one class in 2**4, at most, has such a pair by chance

_TOKEN = re.compile(
    r"""(?P<text>(?i:\b[rbuf]{1,2})?(?:'''(?:[^\\']|\\.|'(?!''))*(?:'''|\Z)
         |\"\"\"(?:[^\\"]|\\.|"(?!""))*(?:\"\"\"|\Z)
         |'(?:[^\\\n']|\\.)*'?|"(?:[^\\\n"]|\\.)*"?))
    |(?P<comment>\#[^\n]*)
    |(?P<number>\d[\w.]*|\.\d\w*)
    |(?P<name>[^\W\d]\w*)
    |(?P<line>\n)
    |(?P<space>[^\S\n]+|\\\n)
    |(?P<sign>\*\*=?|//=?|->|<<|>>|[-+*/%&|^@=!<>:]=|.)""",
    re.X | re.S,
)
_KEPT = {*keyword.kwlist, *dir(builtins)} - {"_"}


@dataclass(frozen=True)
class Text:
    """What stands in one cell.

    Attributes
    ----------
    tokens : tuple of str
        In their order; an empty one where two cells meet.
    size : int
        So many in a row make a fingerprint.
    weight : float
        What one that is rare says, beside one in code.
    """

    tokens: tuple[str, ...]
    size: int = 9
    weight: float = 1.0


@dataclass(frozen=True)
class Likeness:
    """Two works that are much alike; or one, and the reference.

    Attributes
    ----------
    names : tuple of str
        Whose they are.
    share : float
        So much of the shorter work is in the other, 0 to 1.
    cells : dict
        Of each cell that counts, how much is in the other's work.
    run : int
        Tokens of the longest passage that both have.
    bits : float
        How surprising that is for two who have worked alone.
    """

    names: tuple[str, ...]
    share: float
    cells: dict[str, float]
    run: int
    bits: float


def code(source: str) -> Text:
    r"""Python as tokens, whether or not it can be run.

    Examples
    --------
    >>> code("def area(r):  # of a disc\n    return 3.14 * r**2").tokens
    ('def', 'n', '(', 'n', ')', ':', 'return', '3.14', '*', 'n', '**', '2')
    """
    kept: list[str] = []
    alone = True  # nothing but layout since the line began
    before = ("", "")
    found = [m for m in _TOKEN.finditer(source[:LONGEST]) if m.lastgroup != "space"]
    ends = [match.lastgroup for match in found[1:]] + ["line"]
    for match, after in zip(found, ends, strict=False):
        kind, token = match.lastgroup, match.group()
        if kind in ("line", "comment"):
            alone = alone or kind == "line"
            continue
        docstring = kind == "text" and alone and after in ("line", "comment")
        alone = False
        if docstring:
            continue
        is_attribute = before[1] == "." and before[0] != "self"
        before = (before[1], token)
        if kind == "text" and "\n" in token:  # code in another language, it may be
            kept += code(token.strip("'\"rbufRBUF")).tokens
            continue
        if kind == "text":
            token = "text"
        elif kind == "name" and not is_attribute and token not in _KEPT:
            token = "n"
        kept.append(token)
    return Text(tuple(kept))


def prose(source: str) -> Text:
    """Words, without their case and marks.

    >>> prose("**Why?** It fits.").tokens
    ('why', 'it', 'fits')
    """
    return Text(tuple(re.findall(r"\w+", source[:LONGEST].lower())), 5, 2.0)


def alike(
    works: dict[str, dict[str, Text]],
    given: Iterable[Text] = (),
    reference: dict[str, Text] | None = None,
) -> list[Likeness]:
    r"""Pairs that are much alike, the most surprising first.

    Parameters
    ----------
    works : dict
        Of each student, the texts of the cells by their names. Where a cell stands,
        and in which cell something is, makes no difference.
    given : iterable of Text
        What everybody got.
    reference : dict
        A solution. Then each work is compared with it alone, and ``names`` has one.

    Examples
    --------
    >>> mine = code("def f(x):\n" + "".join(f"    x += {k} * x\n" for k in range(12)))
    >>> his = code("def f(y):\n" + "".join(f"    y += {k} * y\n" for k in range(12)))
    >>> [pair.names for pair in alike({"ada": {"f": mine}, "bo": {"f": his}})]
    [('ada', 'bo')]
    """
    known, people = _known(given), list(works)
    rows = [*works.values(), *([reference] if reference is not None else [])]
    marked = [{cell: _mark(text, known) for cell, text in w.items()} for w in rows]
    if reference is None:
        pairs = list(itertools.combinations(range(len(rows)), 2))
    else:
        pairs = [(k, len(people)) for k in range(len(people))]
    if not pairs:
        return []
    places = [(k, cell) for k, row in enumerate(marked) for cell in row]
    weights = np.array([rows[k][cell].weight for k, cell in places])
    shape = len(people), 2 if reference is None else 1
    share, long, both = _compare(marked, places, weights, *shape)
    owner = np.array([k for k, _ in places], int)
    bits, total = _surprise(share, long, owner, len(rows), len(people))
    found = []
    for a, b in pairs:
        if total[a, b] < np.log2(len(pairs)) + MARGIN:
            continue
        cells: dict[str, float] = {}
        for one, two in ((a, b), (b, a)):
            for place in np.flatnonzero((owner == one) & (bits[:, two] >= 1)):
                cell, much = places[place][1], float(share[place, two])
                cells[cell] = max(cells.get(cell, 0.0), much)
        names = (people[a],) if b == len(people) else (people[a], people[b])
        shorter = max(min(both[a, a], both[b, b]), 1)
        run = _longest_run(_line(marked[a]), _line(marked[b]))
        found.append(
            Likeness(names, float(both[a, b] / shorter), cells, run, float(total[a, b]))
        )
    return sorted(found, key=lambda one: (-one.bits, one.names))


def groups(pairs: Iterable[Likeness]) -> list[tuple[str, ...]]:
    """Who hangs together by pairs.

    Examples
    --------
    >>> pairs = [("ada", "bo"), ("cy", "dan"), ("bo", "eve")]
    >>> groups(Likeness(names, 1.0, {}, 50, 30.0) for names in pairs)
    [('ada', 'bo', 'eve'), ('cy', 'dan')]
    """
    found: list[set[str]] = []
    for pair in pairs:
        touched = [group for group in found if group & set(pair.names)]
        found = [group for group in found if group not in touched]
        found.append(set(pair.names).union(*touched))
    return sorted(tuple(sorted(group)) for group in found)


# -- fingerprints ------------------------------------------------------------------


def _hashes(tokens: Iterable[str], size: int) -> np.ndarray:
    """A number for each run of ``size`` tokens, ``(n - size + 1,) uint64``."""
    told = np.array(
        [zlib.crc32(token.encode("utf-8", "replace")) for token in tokens], np.uint64
    )
    return _combined(told, size)


def _combined(told: np.ndarray, size: int) -> np.ndarray:
    if len(told) < size:
        return np.empty(0, np.uint64)
    made = np.full(len(told) - size + 1, size, np.uint64)
    for k in range(size):
        made = (made ^ told[k : len(made) + k]) * np.uint64(0x9E3779B97F4A7C15)
        made ^= made >> np.uint64(29)
    return made


def _known(given: Iterable[Text]) -> np.ndarray:
    """All runs of what was given."""
    found = [_hashes(text.tokens, text.size) for text in given]
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.uint64)


def _mark(text: Text, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A cell's fingerprints, and its tokens as numbers: 0 for what was given."""
    made = _hashes(text.tokens, text.size)
    own = ~np.isin(made, known)
    told = np.array(
        [zlib.crc32(token.encode("utf-8", "replace")) | 1 for token in text.tokens], int
    )
    for start in np.flatnonzero(~own):
        told[start : start + text.size] = 0
    for gap in [k for k, token in enumerate(text.tokens) if not token]:
        own[max(gap - text.size + 1, 0) : gap + 1] = False
        told[gap] = 0
    last = np.uint64(2**64 - 1)
    made = np.where(own, made, last)
    if len(made) > WINDOW:
        made = np.lib.stride_tricks.sliding_window_view(made, WINDOW).min(1)
    return np.setdiff1d(made, [last]), told


def _compare(marked: list, places: list, weights: np.ndarray, people: int, pair: int):
    """Share and bits of each cell in each work; fingerprints that two works have.

    Of ``people`` in all, a passage is common to ``pair`` that are not counted.
    """
    from scipy.sparse import csr_matrix

    prints = [marked[k][cell][0] for k, cell in places]
    values, columns = np.unique(np.concatenate(prints), return_inverse=True)
    place = np.repeat(np.arange(len(places)), [len(some) for some in prints])
    row = np.array([k for k, _ in places], int)[place]
    ones = np.ones(len(columns), np.float32)
    cells = csr_matrix((ones, (place, columns)), (len(places), len(values)))
    whole = csr_matrix((ones, (row, columns)), (len(marked), len(values)))
    whole.data[:] = 1
    have = np.asarray(whole[:people].sum(0)).ravel()
    others = np.maximum(have - pair, 0)
    most = np.log2(max(people - pair + 1, 1))
    rarity = np.maximum(most - np.log2(others + 1), 0).astype(np.float32)
    odd = rarity / most if most else (others == 0).astype(np.float32)

    def shared(weights):
        return np.asarray((cells.multiply(weights).tocsr() @ whole.T).todense())

    length = np.maximum(np.asarray(cells.sum(1)), 1)  # (places, 1)
    share = shared(np.ones_like(odd)) / length
    long = np.maximum(weights[:, None] * shared(odd) - FREE, 0) / 2
    both = np.asarray((whole @ whole.T).todense())
    return share, np.where(share >= SHARE, long, 0), both


def _surprise(share, long, owner, rows: int, people: int):
    """Bits of each cell with each other work, and of all cells of two works."""
    from scipy.special import betainc

    bits, total = long.copy(), np.zeros((rows, rows))
    is_rival = np.arange(rows) < people
    for one in range(rows):
        mine = np.flatnonzero(owner == one)
        if not len(mine):
            continue
        near = share[mine]
        rivals = np.sort(near[:, is_rival & (np.arange(rows) != one)], 1)
        as_near = [
            rivals.shape[1] - np.searchsorted(few, many - 1e-6)
            for few, many in zip(rivals, near, strict=True)
        ]
        others = np.maximum(np.array(as_near) - is_rival, 0)
        most = np.maximum(rivals.shape[1] - is_rival + 1, 1)
        chance = np.maximum(np.log2(most) - np.log2(others + 1), 0)
        chance = np.where(near >= SHARE, chance, 0)
        bits[mine] += chance
        best = np.zeros(rows)
        falling = -np.sort(-chance, 0)
        for few in range(1, len(mine) + 1):  # so many cells say at least so much
            tail = betainc(few, len(mine) - few + 1, 2.0 ** -falling[few - 1])
            best = np.maximum(best, -np.log2(np.maximum(tail, 1e-300)))
        best = np.maximum(best - np.log2(len(mine)), 0)
        total[one] = best + long[mine].sum(0)
    return bits, np.maximum(total, total.T)


# -- passages ----------------------------------------------------------------------


def _line(marked: dict) -> np.ndarray:
    """All cells of a work one after the other, with a 0 between them."""
    parts = [part for _, told in marked.values() for part in (told, [0])]
    return np.concatenate(parts).astype(np.uint64)


def _longest_run(one: np.ndarray, two: np.ndarray) -> int:
    """The length of the longest run that both have; 0 is equal to nothing.

    By doubling and halving: runs of length n are in both only if all shorter are.
    """

    def both_have(size: int) -> bool:
        runs = []
        for told in (one, two):
            zeros = np.convolve(told == 0, np.ones(size, int), "valid")
            runs.append(_combined(told, size)[zeros == 0])
        return bool(np.isin(runs[0], runs[1]).any())

    low, high = 0, min(len(one), len(two)) + 1
    while high - low > 1:
        middle = min(max(2 * low, 8), (low + high) // 2) or 1
        low, high = (middle, high) if both_have(middle) else (low, middle)
    return low
