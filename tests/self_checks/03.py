"""Chapter 03: what a student may answer."""

STUB = "def by_hand(x, y, w, b):\n    e = w * x + b - y\n    "

CHECKS = [
    (
        "`by_hand(x, y, w, b)` gives the two slopes of the MSE.",
        STUB + "return 2 * np.mean(e * x), 2 * np.mean(e)",
        [
            STUB + "return -2 * np.mean(e * x), -2 * np.mean(e)",
            STUB + "return np.mean(e * x), np.mean(e)",
            STUB + "return 2 * np.sum(e * x), 2 * np.sum(e)",
            STUB + "return 2 * np.mean(e), 2 * np.mean(e * x)",
            STUB + "return 2 * np.mean(e), 2 * np.mean(e)",
            STUB + "return 2 * e * x, 2 * e",
            STUB + "return 2 * np.mean(e * w), 2 * np.mean(e)",
            STUB + "return 2 * np.mean(e * x), 2 * np.mean(e * b)",
            STUB + "return np.mean(e**2), np.mean(e)",
        ],
    ),
    (
        "A model with one parameter has the loss",
        0.25,
        [0.5, 0.125, 8, 0.1, 0.3],
    ),
    (
        "The digits have 64 pixels and 10 classes",
        40_960,
        [20_480, 1_839_360, 4_096, 1_280, 30_000, 50_000],
    ),
    (
        "A network with 5,000 weights learns on a board",
        40_000,
        [20_000, 60_000, 10_000, 80_000, 30_000],
    ),
]
