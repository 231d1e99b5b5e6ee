"""Chapter 00: what a student may answer."""

CHECKS = [
    # flash of the board / flash of the firmware: it changes when the runtime does
    ("Take flash and RAM from the table above.", None, [270, 60, 200]),
    (
        "You buy the real board, load the same firmware",
        "the time",
        ["flash", "the instructions", "the network's answer"],
    ),
    (
        "1. `column` holds the third column of `image`.",
        "column = image[:, 2]",
        ["column = image[2]", "column = image[:, 3]", "column = image[:, 2:3]"],
    ),
    ("2. A layer of a network multiplies a row of 64 pixels", 10, [64, 640, 5, 100]),
    ("3. The error of a model depends on its one weight", 6, [9, 3, 12, -6]),
    ("4. The curves are a sketch.", 13, [30, 3, 20]),
    ("5. A network reads one digit in ten wrong", 0.729, [0.9, 0.7, 0.271, 0.5]),
    ("6. The board keeps weights as **int8**", 127, [255, 256, 128, 100]),
]
