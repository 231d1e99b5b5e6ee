"""Chapter 14: right and wrong answers to its checks."""

DETECT = '''
def detect(scores, threshold, rest):
    """As a student may write it."""
    decisions, awake = [], 0
    for row in np.flatnonzero(scores.max(axis=1) {reaches} threshold).tolist():
        if row {free} awake:
            word = {word}
            decisions.append({pair})
            awake = row + {rest}
    return decisions
'''
RIGHT = {
    "reaches": ">=",
    "free": ">=",
    "word": "int(scores[row].argmax())",
    "pair": "(row, word)",
    "rest": "rest",
}

CHECKS = [
    (
        "A model takes 130 ms for a picture",
        0.731,
        [0.677, 0.684, 1.368, 5.85, 0.2, 2.5],
    ),
    (
        "Which of these would harm a keyword model",
        "playing the words backwards",
        [
            "moving the word within its second",
            "adding a radio in the next room",
            "making the word louder or softer",
        ],
    ),
    (
        "`detect` finds each word once",
        DETECT.format(**RIGHT),
        [
            DETECT.format(**{**RIGHT, "word": "0"}),
            DETECT.format(**{**RIGHT, "pair": "(word, row)"}),
            DETECT.format(**{**RIGHT, "free": ">"}),
            DETECT.format(**{**RIGHT, "rest": "1"}),
            "def detect(scores, threshold, rest):\n    return []\n",
        ],
    ),
    ("An ear was silent for ten hours", 0.37, [0, 0.1, 3.7, 37, 0.2, 5]),
    (
        "To save energy the model shall look every sixteen columns",
        "the duty is about halved, and a word is in fewer windows",
        [
            "the model needs half of the RAM",
            "the front end works half as often",
            "the false accepts in each window are halved",
        ],
    ),
]
