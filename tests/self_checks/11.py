"""Chapter 11: right and wrong answers to its checks."""

HITS = '''
def my_hits(found, true, at=0.5):
    """As a student may write it."""
    right, free = np.zeros(len(found), bool), np.ones(len(true), bool)
    {before}
    for i in {order}:
        for j in {choice}:
            if {test}:
                right[i], {mark} = True, False
                {leave}
    return right
'''
RIGHT = {
    "before": "alike = iou(found, true)",
    "order": "range(len(found))",
    "choice": "np.argsort(-alike[i])",
    "test": "free[j] and alike[i, j] >= at",
    "mark": "free[j]",
    "leave": "break",
}

CHECKS = [
    (
        "A picture of 16 by 16 with 32 channels",
        16 * 16 * 32 * (9 + 128),
        [
            16 * 16 * 32 * 9 * 128,
            16 * 16 * 32 * 9,
            16 * 16 * 32 * 128,
            32 * (9 + 128),
            16 * 16 * (32 * 9 + 128),
            16 * 16 * 128 * (9 + 32),
            1000,
            10**8,
        ],
    ),
    (
        "Your model works, but its RAM",
        "lower the resolution, keep the width",
        [
            "lower the width, keep the resolution",
            "leave out the last pointwise layer",
            "store the weights in fewer bits",
        ],
    ),
    (
        "You have 60 labelled photographs",
        "freeze the backbone and train a new head",
        [
            "train the whole network, all layers, with a large rate",
            "train a smaller network from nothing",
            "use the old head as it is",
        ],
    ),
    (
        "`my_hits(found, true, at)` says",
        HITS.format(**RIGHT),
        [
            HITS.format(**{**RIGHT, "test": "alike[i, j] >= at"}),
            HITS.format(**{**RIGHT, "test": "free[j] and alike[i, j] >= 0.5"}),
            HITS.format(**{**RIGHT, "test": "free[j]"}),
            HITS.format(**{**RIGHT, "order": "range(len(found))[::-1]"}),
            HITS.format(**{**RIGHT, "choice": "[alike[i].argmax()]"}),
            HITS.format(**{**RIGHT, "test": "free[j] and alike[i, j] > 0"}),
            "def my_hits(found, true, at=0.5):\n    pass\n",
            "def my_hits(found, true, at=0.5):\n"
            "    return iou(true, found).max(axis=1) >= at\n",
        ],
    ),
]
