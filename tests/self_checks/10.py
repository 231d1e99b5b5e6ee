"""Chapter 10: right and wrong answers to its checks."""

FIELD = '''
def receptive_field(layers):
    """As a student may write it."""
    side, step = 1, 1
    for k, stride in layers:
        {body}
    return side
'''
GROW = "side += (k - 1) * step"
FORGOTTEN = "that a filter has weights for each channel it looks at"

CHECKS = [
    (
        "A layer of 24 filters",
        1752,
        [240, 216, 1728, 1920, 7176192, 73, 600, 5000],
    ),
    (
        "The slide counts 416 and 832",
        FORGOTTEN,
        [
            "the biases",
            "that the second layer has twice as many filters",
            "the border added by the padding",
        ],
    ),
    (
        "`receptive_field(layers)` is the side",
        FIELD.format(body=f"{GROW}; step *= stride"),
        [
            FIELD.format(body="side += k - 1"),
            FIELD.format(body=f"step *= stride; {GROW}"),
            FIELD.format(body="side *= k"),
            FIELD.format(body="side += k"),
            FIELD.format(body=f"{GROW}; step = stride"),
            "def receptive_field(layers):\n    side = 1\n",
        ],
    ),
    (
        "192 maps come in",
        15872,
        [12800, 3072, 153600, 156672, 31744, 15920, 9000, 50000],
    ),
    (
        "The first layer of a network makes maps of 160x160",
        10,
        [10.24, 2, 11, 40, 1638, 5, 100],
    ),
]
