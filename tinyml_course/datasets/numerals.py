"""Whole numbers in words: a number comes in, a list of words comes out."""

from __future__ import annotations

import numpy as np

__all__ = ["english", "french", "pairs"]

_FRENCH = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze "
    "quinze seize"
).split()
_FRENCH_TENS = {
    20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante",
    80: "quatre vingt",
}  # fmt: skip
_ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen "
    "fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def french(number: int) -> list[str]:
    """The words of a number from 0 to 9,999 as France says it (without the plural s).

    >>> " ".join(french(1971)), " ".join(french(80)), " ".join(french(4297))
    ('mille neuf cent soixante et onze', 'quatre vingt', \
'quatre mille deux cent quatre vingt dix sept')
    """
    for size, word in ((1000, "mille"), (100, "cent")):
        if number >= size:
            many, rest = divmod(number, size)
            front = french(many) if many > 1 else []
            return [*front, word, *(french(rest) if rest else [])]
    if number <= 16:
        return [_FRENCH[number]]
    if number < 20:
        return ["dix", _FRENCH[number - 10]]
    ten = max(ten for ten in _FRENCH_TENS if ten <= number)
    rest = number - ten
    link = ["et"] if rest in (1, 11) and ten < 80 else []
    return [*_FRENCH_TENS[ten].split(), *link, *(french(rest) if rest else [])]


def english(number: int) -> list[str]:
    """The words of a number from 0 to 9,999, without "and".

    >>> " ".join(english(1971)), " ".join(english(80))
    ('one thousand nine hundred seventy one', 'eighty')
    """
    for size, word in ((1000, "thousand"), (100, "hundred")):
        if number >= size:
            many, rest = divmod(number, size)
            return [*english(many), word, *(english(rest) if rest else [])]
    if number < 20:
        return [_ENGLISH[number]]
    tens, rest = divmod(number, 10)
    return [_ENGLISH_TENS[tens - 2], *(english(rest) if rest else [])]


def pairs(
    seed: int = 0, highest: int = 9999
) -> tuple[tuple[list[str], list[str]], np.ndarray, np.ndarray]:
    """All numbers from 1 up, shuffled, in both languages as codes of words.

    Returns
    -------
    words
        The words of French and of English; code 0 is "-", nothing said.
    heard : ndarray, (n, 8) int
        French, with the silence in front.
    spoken : ndarray, (n, 7) int
        English, with one silence or more at the end.

    >>> words, heard, spoken = pairs(highest=99)
    >>> " ".join(words[0][code] for code in heard[0])
    '- quatre vingt deux'
    >>> " ".join(words[1][code] for code in spoken[0])
    'eighty two -'
    """
    numbers = np.random.default_rng(seed).permutation(np.arange(1, highest + 1))
    words, rows = [], []
    for language, end in ((french, 0), (english, 1)):
        said = [language(int(number)) for number in numbers]
        known = ["-", *sorted({word for line in said for word in line})]
        codes = np.zeros((len(said), max(map(len, said)) + end), int)
        for row, line in zip(codes, said, strict=True):
            place = 0 if end else len(row) - len(line)
            row[place : place + len(line)] = [known.index(word) for word in line]
        words.append(known)
        rows.append(codes)
    return tuple(words), *rows
