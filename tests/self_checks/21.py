"""Chapter 21: right and wrong answers to its checks."""

MINE = '''
def my_cnn():
    """As a student may write it."""
    {}


train.seed_everything(0)
my_model, my_tflite = my_cnn(), None
if my_model is not None:
    fast = {{"epochs": 20, "learning_rate": 5e-3}}
    my_model, _ = train.fit(my_model, x_train, y_train, **fast)
    my_tflite = quantize.to_int8(my_model, x_train[:300])
'''
STACK = "keras.Sequential([keras.Input((8, 8, 1)), {}])"
CONV = 'layers.Conv2D({}, 3, strides=2, padding="same", activation="relu")'
LAST = 'layers.Flatten(), layers.Dense(10, activation="softmax")'
GOOD = STACK.format(f"{CONV.format(8)}, {CONV.format(16)}, {LAST}")

CHECKS = [
    (
        "A friend ports this course to another board",
        "In one picture, one byte is one step off TFLM's",
        [
            "Keras says 0.98 and the board 0.96",
            "One picture is read wrong by all of them",
            "The int8 accuracy is a little above the float one",
        ],
    ),
    (
        "Another model takes 1,280,000 cycles",
        198,
        [66, 9.9, 20, 0.198, 198000, 100, 300],
    ),
    (
        "Your model takes at most half the instructions",
        MINE.format(f"return {GOOD}"),
        [
            MINE.format("return cnn(8, 8)"),
            MINE.format(f"return {STACK.format('layers.MaxPooling2D(4), ' + LAST)}"),
            MINE.format(f"{GOOD}"),
        ],
    ),
    ("The arena is mostly the first layer's output", 2, [4, 1, 8, 0.5, 1.5, 3]),
    (
        "Another model takes 60 ms and looks every 100 ms",
        "128 places",
        ["64 places", "256 places", "no ring is large enough"],
    ),
    (
        "Which line is wrong?",
        "if (++at == sizeof recent) at = 0;",
        [
            "sum += sample - recent[at];",
            "recent[at] = sample;",
            "while (ticks < 4000) { }",
        ],
    ),
    (
        "A model takes 20 ms, once every 10 s",
        9.594,
        [6.6, 3303, 1651.5, 0.009594, 660, 3, 12],
    ),
]
