"""Chapter 19: right and wrong answers to its checks."""

SHIFT = '''
def nearest_shift(x, places):
    """As a student may write it."""
    {first}
    return {answer}
'''
HALF = "half = (1 << places) >> 1"
RIGHT = SHIFT.format(first=HALF, answer="np.sign(x) * ((np.abs(x) + half) >> places)")

CHECKS = [
    ("Words of 16 bits, 100 products", 38, [37, 36, 32, 31, 39, 40, 132, 1600, 30, 50]),
    ("Values run from -0.5 to 2.5", 0.2, [0.1875, 0.0118, 0.167, 0.357, 0.375, 5, 2]),
    (
        "`nearest_shift(x, places)` rounds",
        RIGHT,
        [
            SHIFT.format(first="", answer="x >> places"),
            SHIFT.format(first=HALF, answer="(x + half) >> places"),
            SHIFT.format(first="", answer="np.round(x / 2**places)"),
            SHIFT.format(first="", answer="np.round(x / 2**places).astype(int)"),
            SHIFT.format(first=HALF, answer="(x + half - (x < 0)) >> places"),
            SHIFT.format(first="", answer="None"),
            SHIFT.format(first="", answer="x // 2**places + 1"),
            SHIFT.format(
                first="half = 1 << (places - 1)",
                answer="(x + half - (x < 0)) >> places",
            ),
        ],
    ),
    (
        "A colleague fine-tunes a network with QAT",
        "the same epochs without rounding, then converted",
        [
            "the accuracy of QAT on training rows",
            "the accuracy of QAT at 4 bits",
            "the size of both files",
        ],
    ),
    (
        "An int8 dense layer with 1,000 inputs",
        10,
        [5, 40, 80, 1.25, 0.12, 10.12, 1e7, 1e4, 2, 20],
    ),
]
