"""Chapter 08: right and wrong answers to its checks."""

SPLIT = '''
def honest_split(x, fans, seed):
    """As a student may write it."""
    rng = np.random.default_rng(seed)
    names = {names}
    held = {held}
    scaler = {scaler}
    return scale(x[~held], scaler), scale(x[held], {other}), held
'''
RIGHT = {
    "names": "rng.permutation(np.unique(fans))",
    "held": "np.isin(fans, names[: len(names) // 4])",
    "scaler": "x[~held].mean(axis=0), x[~held].std(axis=0)",
    "other": "scaler",
}

CHECKS = [
    (
        "The model goes to the board",
        "those of the training rows",
        [
            "those of the new window",
            "those of all windows the board has met",
            "none: the board uses int8",
        ],
    ),
    (
        "`honest_split(x, fans, seed)` leaks",
        SPLIT.format(**RIGHT),
        [
            SPLIT.format(**{**RIGHT, "held": "rng.random(len(x)) < 0.25"}),
            SPLIT.format(**{**RIGHT, "held": "np.isin(fans, names[:1])"}),
            SPLIT.format(**{**RIGHT, "names": "np.unique(fans)"}),
            SPLIT.format(**{**RIGHT, "scaler": "x.mean(axis=0), x.std(axis=0)"}),
            SPLIT.format(**{**RIGHT, "scaler": "x[~held].mean(axis=0), x.std(axis=0)"}),
            SPLIT.format(
                **{**RIGHT, "other": "(x[held].mean(axis=0), x[held].std(axis=0))"}
            ),
            "def honest_split(x, fans, seed):\n    pass\n",
            SPLIT.format(**{**RIGHT, "held": "names[: len(names) // 4]"}),
        ],
    ),
    (
        "A wake word is trained on 40 people",
        "100 other people, 20 recordings each",
        [
            "500 more recordings of the same people",
            "a network twice as wide",
            "a test with ten times as many words of the same people",
        ],
    ),
    ("A grid over three hyperparameters", 500, [1000, 125, 250, 60, 2000, 300]),
    ("A layer's values run from -1 to 4.1", -78, [50, -50, -128, 0, -100, 100]),
]
