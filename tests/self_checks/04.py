"""Chapter 04: right and wrong answers to its checks."""

BOTH = '''
def precision_and_recall(y, said):
    """As a student may write it."""
    hits = np.sum((y == 1) & (said == 1))
    {}
'''
PRECISION = "hits / np.sum(said == 1)"
RECALL = "hits / np.sum(y == 1)"

CHECKS = [
    ("A row has x = 3 and y = 1", -0.3, [0.3, -0.1, 0.1, 2.7, -2.7, -0.027, -1, 1]),
    (
        "`precision_and_recall(y, said)`",
        BOTH.format(f"return {PRECISION}, {RECALL}"),
        [
            BOTH.format(f"return {RECALL}, {PRECISION}"),
            BOTH.format(f"{PRECISION}, {RECALL}"),
            BOTH.format(f"return {PRECISION}"),
            BOTH.format(f"return hits, {RECALL}"),
            BOTH.format(f"return hits / len(y), {RECALL}"),
            BOTH.format(f"return np.mean(y == said), {RECALL}"),
            BOTH.format(f"return {PRECISION}, np.sum((y == 0) & (said == 0)) / 6"),
            BOTH.format(f"return {PRECISION}, hits / np.sum(y == 0)"),
            BOTH.format("return 0.6, 0.75"),
        ],
    ),
    ("A miss costs as much as 19", 0.05, [0.95, 0.5, 0.053, 19, 5, 0.19, 0.01, 0.1]),
    ("Three classes have the scores", 0.5, [0.667, 0.458, 0.333, 0.25, 2, 0.1, 0.8]),
    ("The doctor wants a yes", -2.94, [2.94, -3.0, 0.05, 0, 0.51, -1.28, -5, 1]),
]
