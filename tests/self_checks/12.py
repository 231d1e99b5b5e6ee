"""Chapter 12: right and wrong answers to its checks."""

PROMISE = '''
def promise(y, said, slices):
    """As a student may write it."""
    rows = slice_table(y, said, slices)
    return {value}
'''
WITH_BOATS = "row for row in rows if row['positives']"

CHECKS = [
    (
        "`promise(y, said, slices)` gives",
        PROMISE.format(value=f"min(row['low'] for row in [{WITH_BOATS}])"),
        [
            PROMISE.format(value="min(row['low'] for row in rows)"),
            PROMISE.format(value=f"[{WITH_BOATS}][0]['recall']"),
            PROMISE.format(value=f"[{WITH_BOATS}][0]['low']"),
            PROMISE.format(value=f"np.mean([r['low'] for r in [{WITH_BOATS}]])"),
            PROMISE.format(value=f"min(row['high'] for row in [{WITH_BOATS}])"),
            PROMISE.format(value="None"),
            PROMISE.format(value="rows"),
            PROMISE.format(value="0.123"),
        ],
    ),
    ("An archive has 900 steel boats", 5, [9, 10, 0.1, 0.2, 0.56, 2, 7]),
    (
        "A colleague shows a map",
        "the edges in the picture",
        [
            "what the network learned about boats",
            "that the network is robust",
            "that random networks find boats too",
        ],
    ),
    ("A score is a sum of 1,000 pixels", 0.2, [0.0002, 20, 0.0063, 0.02, 0.1, 2]),
    (
        "Which sentence belongs on the card",
        "Measured on simulated patches of 64 m, calm, wavy or cloudy, only.",
        [
            "The model may make mistakes.",
            "It finds boats in all seas.",
            "Its accuracy is above nine in ten.",
        ],
    ),
]
