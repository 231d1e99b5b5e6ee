"""Chapter 16: right and wrong answers to its checks."""

SHARES = '''
def per_person(right, people):
    """As a student may write it."""
    return {value}
'''

CHECKS = [
    (
        "A phone lies flat on the floor of a lift",
        1.2,
        [0.2, 0.8, -0.8, 2, 11.81, 1, 0.5, 3],
    ),
    (
        "Two people's steps come 1.8 and 2.0 times a second",
        250,
        [25, 28, 10, 5, 128, 100, 60, 500],
    ),
    (
        "`per_person(right, people)` gives each person's share",
        SHARES.format(
            value="np.array([right[people == p].mean() for p in np.unique(people)])"
        ),
        [
            SHARES.format(value="right.mean()"),
            SHARES.format(value="right"),
            SHARES.format(value="right[:2]"),
            SHARES.format(
                value="[right[people == p].sum() for p in np.unique(people)]"
            ),
            SHARES.format(
                value="[(right & (people == p)).mean() for p in np.unique(people)]"
            ),
            SHARES.format(
                value="[right[people == p].mean() for p in np.unique(people)[::-1]]"
            ),
            SHARES.format(value="None"),
        ],
    ),
    (
        "At rest, the tilt was read wrong by 0.01 radians",
        4.9,
        [9.8, 0.98, 0.5, 490.5, 0.1, 2, 30],
    ),
    (
        "The first convolution takes 128 readings of 6 channels",
        40992,
        [6832, 81984, 672, 43008, 2562, 5856, 30000, 60000],
    ),
]
