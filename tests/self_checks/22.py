"""Chapter 22: right and wrong answers to its checks."""

HALVING = '''
def my_first_bad(differs, count):
    """As a student may write it."""
    low, high = 0, count - 1
    while low < high:
        middle = (low + high) // 2
        if differs(middle):
            high = middle
        else:
            low = middle{}
    return {}
'''
ONE_BY_ONE = """
def my_first_bad(differs, count):
    return next(k for k in range(count) if differs(k))
"""

CHECKS = [
    (
        "`my_first_bad` finds the first operator that differs",
        HALVING.format(" + 1", "low"),
        [
            HALVING.format(" + 1", "low - 1"),
            ONE_BY_ONE,
            HALVING.format(" + 1", "None"),
            HALVING.format(" + 1", "low + 1"),
            HALVING.format("", "low"),  # does not end
        ],
    ),
    (
        "The firmware gave the reference's bytes for all of 1,000 recorded words.",
        "On those 1,000 inputs, the answers agree",
        [
            "Every operator computes the right thing",
            "It will differ for less than 1 word in 1,000",
            "The model is as accurate as it was in Keras",
        ],
    ),
    ("A board is asked every 20 ms", 35, [15, 20, 5, 30, 10, 50]),
    ("A weight is stored as 5", -2.56, [2.56, -128, 128, -1.28, -2.46, -5.0, 7.0]),
    (
        "Of 1,000 answers, 200 fall into the bin",
        0.03,
        [0.15, 0.75, 0.2, 0.18, 30, 0.01, 0.5],
    ),
    ("You promise a risk of at most 5 in 100", 59, [20, 60, 100, 58, 19, 30, 80]),
    (
        "A 1 x 1 convolution gets half as many input channels",
        "it falls, but by less than half",
        ["it is halved too", "it falls by more than half", "it stays as it is"],
    ),
    (
        "The early exit is reached after 1 ms",
        2.0,
        [2.2, 3.5, 5.0, 0.8, 6.0, 1.0, 4.0],
    ),
]
