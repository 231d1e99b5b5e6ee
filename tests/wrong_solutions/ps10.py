"""Wrong answers to ps10 that students plausibly give, by the cell they write in.

Each is right in its types and shapes where a plausible mistake leaves them right. A
network is trained once for a folder, into a file of its own.
"""


def trained(layers, told, *, x="x_train", y="y_train", file, promise):
    """The source of a `hand_in` whose network makes its file where it is missing."""
    return f"""
def hand_in():
    file = Path({file!r})
    if not file.exists():
        train.seed_everything(0)
        layers = keras.layers
        model = keras.Sequential([keras.Input((256, 1)), {layers}])
        train.fit(model, {x}, {y}, {told}, learning_rate=5e-3, progress=False)
        file.write_bytes(quantize.to_int8(model, {x}[:200]))
    return file.read_bytes(), {promise}
"""


LAST = 'layers.Dense(4, activation="softmax")'
SMALL = (
    'layers.Conv1D(8, 8, strides=4, activation="relu"), '
    f'layers.Conv1D(12, 5, strides=2, activation="relu"), '
    f"layers.GlobalAveragePooling1D(), {LAST}"
)

WRONG = {
    "not-beaten": [
        (
            "must be better in all three to beat",
            """
def not_beaten(tried):
    def beats(a, b):
        return a[1] > b[1] and a[2] < b[2] and a[3] < b[3]

    return [b[0] for b in tried if not any(beats(a, b) for a in tried)]
""",
        ),
        (
            "twins beat each other",
            """
def not_beaten(tried):
    def beats(a, b):
        return a[0] != b[0] and a[1] >= b[1] and a[2] <= b[2] and a[3] <= b[3]

    return [b[0] for b in tried if not any(beats(a, b) for a in tried)]
""",
        ),
        (
            "latency is forgotten",
            """
def not_beaten(tried):
    def beats(a, b):
        return a[1:3] != b[1:3] and a[1] >= b[1] and a[2] <= b[2]

    return [b[0] for b in tried if not any(beats(a, b) for a in tried)]
""",
        ),
        (
            "only the best in each column",
            """
def not_beaten(tried):
    best = {max(tried, key=lambda t: t[1])[0]} if tried else set()
    for column in (2, 3) if tried else ():
        best.add(min(tried, key=lambda t: t[column])[0])
    return [t[0] for t in tried if t[0] in best]
""",
        ),
        (
            "from the most accurate to the least",
            """
def not_beaten(tried):
    def beats(a, b):
        return a[1:] != b[1:] and a[1] >= b[1] and a[2] <= b[2] and a[3] <= b[3]

    kept = [b for b in tried if not any(beats(a, b) for a in tried)]
    return [b[0] for b in sorted(kept, key=lambda b: -b[1])]
""",
        ),
    ],
    "hand-in": [
        (
            "the file was not handed in",
            """
def hand_in():
    return Path("my_model.tflite").read_bytes(), 0.9
""",
        ),
        (
            "one weight for every moment, promised by windows left out by chance",
            trained(
                f'layers.Flatten(), layers.Dense(16, activation="relu"), {LAST}',
                "epochs=8",
                file="flat.tflite",
                promise=0.9,
            ),
        ),
        (
            "a float model",
            """
def hand_in():
    file = Path("float.tflite")
    if not file.exists():
        model = keras.Sequential([keras.Input((256, 1)), keras.layers.Flatten(),
            keras.layers.Dense(4, activation="softmax")])
        file.write_bytes(quantize.to_float(model))
    return file.read_bytes(), 0.9
""",
        ),
        (
            "the model of chapter 21",
            """
def hand_in():
    from tinyml_course import datasets
    return Path(datasets.model_path("digits_cnn")).read_bytes(), 0.9
""",
        ),
        (
            "only the beginning of the file came through",
            """
def hand_in():
    from tinyml_course import datasets
    return Path(datasets.model_path("digits_cnn")).read_bytes()[:3000], 0.9
""",
        ),
        (
            "the name of the file",
            """
def hand_in():
    return "model.tflite", 0.9
""",
        ),
        (
            "an operator that the compiler does not know",
            trained(
                'layers.Conv1D(8, 8, strides=4, activation="elu"), '
                f"layers.GlobalAveragePooling1D(), {LAST}",
                "epochs=1",
                file="elu.tflite",
                promise=0.5,
            ),
        ),
        (
            "larger than the board",
            """
def hand_in():
    file = Path("large.tflite")
    if not file.exists():
        layers = keras.layers
        model = keras.Sequential([keras.Input((256, 1)), layers.Flatten(),
            layers.Dense(4000), layers.Dense(4, activation="softmax")])
        file.write_bytes(quantize.to_int8(model, x_train[:10]))
    return file.read_bytes(), 0.9
""",
        ),
        (
            "dense, and above the flash",
            trained(
                f'layers.Flatten(), layers.Dense(48, activation="relu"), {LAST}',
                "epochs=8",
                file="dense.tflite",
                promise=0.62,
            ),
        ),
        (
            "looks at every moment, through too many channels",
            trained(
                'layers.Conv1D(8, 8, strides=2, activation="relu"), '
                'layers.Conv1D(16, 5, activation="relu"), '
                f"layers.GlobalAveragePooling1D(), {LAST}",
                "epochs=3",
                file="fine.tflite",
                promise=0.85,
            ),
        ),
        (
            "learned from a single pump",
            trained(
                SMALL,
                "epochs=25, batch_size=20",
                x="x_train[pump == 0]",
                y="y_train[pump == 0]",
                file="one.tflite",
                promise=1.0,
            ),
        ),
        (
            "cavitation is taken for sound",
            trained(
                SMALL, "epochs=12", y="y_train % 3", file="three.tflite", promise=0.9
            ),
        ),
        (
            "promised in percent",
            trained(SMALL, "epochs=8", file="small.tflite", promise=85.0),
        ),
        (
            "promised without looking",
            trained(SMALL, "epochs=8", file="small.tflite", promise=1.0),
        ),
    ],
}
