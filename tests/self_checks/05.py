"""Chapter 05: right and wrong answers to its checks."""

ENTROPY = '''
def entropy(counts):
    """As a student may write it."""
    shares = counts / counts.sum(axis=-1, keepdims=True)
    {}
'''
SAFE = "np.where(shares > 0, shares, 1)"

CHECKS = [
    (
        "Your 124 bottles were picked",
        "the shares",
        ["the means", "the variances", "all of it: train again"],
    ),
    (
        "`entropy(counts)` gives the bits",
        ENTROPY.format(f"return -(shares * np.log2({SAFE})).sum(axis=-1)"),
        [
            ENTROPY.format(f"-(shares * np.log2({SAFE})).sum(axis=-1)"),
            ENTROPY.format(f"return -(shares * np.log2({SAFE})).sum()"),
            ENTROPY.format("return -(shares * np.log2(shares)).sum(axis=-1)"),
            ENTROPY.format(f"return -(shares * np.log({SAFE})).sum(axis=-1)"),
            ENTROPY.format(f"return (shares * np.log2({SAFE})).sum(axis=-1)"),
            ENTROPY.format(f"return -np.log2({SAFE}).sum(axis=-1)"),
            ENTROPY.format(f"return -(shares * np.log2({SAFE})).sum(axis=1)"),
        ],
    ),
    (
        "A model with one question is wrong",
        "boosting it",
        [
            "bagging it, 1,000 times",
            "a hundred times the training rows",
            "a random forest of such stumps",
        ],
    ),
    ("A trained model has w = (3, 4)", 0.4, [0.2, 10, 2.5, 0.08, 0.286, 5, 0.1, 1]),
    ("An RBF machine for two classes", 1120, [960, 280, 240, 2240, 160, 1124, 100]),
]
