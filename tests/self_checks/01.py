"""Chapter 01: what a student may answer."""

STUB = "def knn_number(known, numbers, new, k):\n    "

CHECKS = [
    (
        "Four devices. Which of them **learns from answers**?",
        "A watch that is shown 500 runs and walks, each with its name.",
        [
            "A heater that goes on below 18 °C, as its maker set it.",
            "A pump that sorts a year of its own hums into five groups.",
            "A kite that tries steering moves and keeps what takes it higher.",
        ],
    ),
    (
        "`knn_number` gives each new row a number.",
        STUB + "return numbers[neighbours(known, new, k)].mean(axis=1)",
        [
            STUB + "return neighbours(known, new, k)",
            STUB + "return numbers[neighbours(known, new, k)]",
            STUB + "return numbers[neighbours(known, new, k)].mean()",
            STUB + "return numbers[neighbours(known, new, k)].mean(axis=0)",
            STUB + "return numbers[neighbours(known, new, k)].sum(axis=1)",
            STUB + "return np.median(numbers[neighbours(known, new, k)], axis=1)",
            STUB + "return numbers[neighbours(known, new, 1)[:, 0]]",
            STUB + "return numbers[neighbours(known, new, 3)].mean(axis=1)",
            STUB + "return np.full(len(new), numbers.mean())",
        ],
    ),
    ("Four points on a line, at 1, 2, 6 and 9.", 5.67, [7.5, 4.5, 2, 5, 8]),
    ("Round 1 gave the charger 1 and every free tile 0.", 0.72, [0.9, 0.8, 0.81, 0.5]),
    (
        "A network has 300,000 weights",
        "only int8 fits",
        ["both fit", "only float32 fits", "neither fits"],
    ),
]
