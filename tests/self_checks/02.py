"""Chapter 02: what a student may answer."""

STUB = "def rmse(y, predicted):\n    "

CHECKS = [
    (
        "`rmse(y, predicted)` gives the typical error in degrees.",
        STUB + "return np.sqrt(np.mean((y - predicted) ** 2))",
        [
            STUB + "return np.mean((y - predicted) ** 2)",
            STUB + "return np.mean(np.abs(y - predicted))",
            STUB + "return np.sqrt(np.sum((y - predicted) ** 2))",
            STUB + "return np.mean(y - predicted)",
            STUB + "return np.sqrt((y - predicted) ** 2)",
        ],
    ),
    ("You are on the valley floor", -7.0, [7.0, -10, 10, 0, -30, -3]),
    (
        "Ten sensors and 5,000 rows, with an intercept.",
        "11 x 11",
        ["10 x 10", "5,000 x 11", "5,000 x 5,000"],
    ),
    (
        "A colleague sends four residual plots.",
        "a narrow band that sags in the middle",
        [
            "a wide cloud, even around zero everywhere",
            "a narrow even band, one point far away",
            "a cloud that is twice as dense on the right",
        ],
    ),
    ("Training used 60 pairs of numbers.", 8, [2, 4, 16, 480, 100]),
]
