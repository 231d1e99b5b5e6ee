"""Chapter 20: right and wrong answers to its checks."""

FOLD = '''
def fold(kernel, gamma, beta, mean, variance, epsilon):
    """As a student may write it."""
    {}
'''
GAIN = "gain = gamma / np.sqrt(variance + epsilon)\n    "

PLACE = '''
def place(size, taken, align=1):
    """As a student may write it."""
    start = 0
    for low, high in {blocks}:
        if {fits}:
            break
        start = {next}
    return start
'''
RIGHT = {
    "blocks": "sorted(taken)",
    "fits": "start + size <= low",
    "next": "max(start, -(-high // align) * align)",
}

CHECKS = [
    (
        "An int8 file of 20,000 bytes",
        2.8,
        [4, 2.4, 3, 0.36, 1.5, 3.5],
    ),
    (
        "`fold` gives one layer that equals the two",
        FOLD.format(GAIN + "return kernel * gain, beta - gain * mean"),
        [
            FOLD.format(GAIN + "return kernel * gain, beta"),
            FOLD.format(GAIN + "return kernel * gain, beta + gain * mean"),
            FOLD.format(
                "gain = gamma / (variance + epsilon)\n    "
                "return kernel * gain, beta - gain * mean"
            ),
            FOLD.format(
                "gain = gamma / np.sqrt(variance)\n    "
                "return kernel * gain, beta - gain * mean"
            ),
            FOLD.format(GAIN + "return kernel * gain, (beta - gain * mean)[0]"),
            FOLD.format(
                "gain = 1 / np.sqrt(variance + epsilon)\n    "
                "return kernel * gain, beta - gain * mean"
            ),
            FOLD.format(GAIN + "return kernel * gain, beta - mean"),
            FOLD.format("pass"),
        ],
    ),
    (
        "`place` finds the lowest free start",
        PLACE.format(**RIGHT),
        [
            PLACE.format(**{**RIGHT, "fits": "False"}),
            PLACE.format(**{**RIGHT, "fits": "start + size < low"}),
            PLACE.format(**{**RIGHT, "blocks": "taken"}),
            PLACE.format(**{**RIGHT, "next": "-(-high // align) * align"}),
            PLACE.format(**{**RIGHT, "next": "max(start, high)"}),
            "def place(size, taken, align=1):\n    return 64\n",
            "def place(size, taken, align=1):\n    pass\n",
        ],
    ),
    ("A sum times its factor is 20.4985", 21, [20, 20.5, 20.4985, 5248, 19, 22]),
    (
        "A chip has 260,000 bytes of flash",
        150000,
        [200000, 195000, 260000, 50000, 160000, 100000, 180000],
    ),
]
