"""Chapter 07: right and wrong answers to its checks."""

STOP_AT = '''
def stop_at(validation, patience):
    """As a student may write it."""
    best, waited = 0, 0
    for epoch, value in enumerate(validation):
        if epoch == 0:
            continue
        if value {comes} validation[best]:
            best, waited = epoch, 0
        else:
            waited {counts} 1
        if waited {long} patience:
            return {kept}
    return {end}
'''
RIGHT = {"comes": "<", "counts": "+=", "long": "==", "kept": "best", "end": "best"}


def written(**different):
    return STOP_AT.format(**RIGHT | different)


CHECKS = [
    (
        "Four models for this shaft",
        "2.6 and 2.8",
        ["0.1 and 2.8", "1.0 and 1.2", "0.9 and 0.8"],
    ),
    (
        "`stop_at(validation, patience)` says",
        written(),
        [
            written(kept="epoch"),
            "def stop_at(validation, patience):\n    return int(validation.argmin())",
            written(kept="best + 1"),
            written(end="None", comes="<="),
            written(kept="None"),
            written(long=">= 1 or waited =="),
            written(comes="<="),
            written(end="epoch - 1"),
            written(end="epoch"),
            written(kept="validation[best]"),
            written(long=">= patience - 1 or waited =="),
            written().replace("best, waited = epoch, 0", "best = epoch"),
            written().replace("validation[best]", "validation[epoch - 1]"),
            written().replace(
                "            waited += 1",
                "            waited += value >= validation[epoch - 1]",
            ),
        ],
    ),
    (
        "A layer of 128 ReLU neurons",
        0.0625,
        [0.0039, 0.125, 0.0442, 0.0884, 0.0559, 0.06, 0.01, 1],
    ),
    ("`BatchNormalization` in Keras", 55, [45, 0.55, 1, 99, 40, 97, 82, 60, 20, 70]),
    ("A batch of 64 is split unevenly", 3, [4, 5, 8, 1.5, 192, 2, 3.5]),
]
