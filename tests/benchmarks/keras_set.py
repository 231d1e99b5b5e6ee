"""A small problem set with Keras, as many courses have one: for the benchmark only."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

GIVEN = """
import keras
import numpy as np
from sklearn.datasets import load_digits

digits = load_digits()
x = (digits.images[..., None] / 16).astype("float32")
y = digits.target
"""
BUILD = """
def build(classes):
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(8, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
"""
TRAINED = """
def trained(x, y):
    keras.utils.set_random_seed(0)
    model = build(10)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.fit(x, y, epochs=4, batch_size=32, verbose=0)
    return model
"""
RIGHT = """
def share_right(model, x, y):
    return float(np.mean(np.argmax(model(x), axis=-1) == y))
"""
WRONG = {
    "build": BUILD.replace("Conv2D(8, 3", "Conv2D(8, 5"),
    "right": RIGHT.replace("argmax", "argmin"),
}
CELLS = [  # (name, points, text)
    ("data", None, GIVEN),
    ("build", 0, BUILD),
    ("build-shape", 1, "assert build(7).output_shape == (None, 7)"),
    ("build-size", 2, "assert build(10).count_params() == 80 + 72 * 10 + 10"),
    ("trained", 0, TRAINED),
    ("", None, "model = trained(x[:500], y[:500])\nmodel.summary()"),
    ("trained-output", 2, "assert np.shape(model(x[:3])) == (3, 10)"),
    ("right", 0, RIGHT),
    (
        "right-any",
        2,
        "assert share_right(lambda x: np.eye(4)[x], [0, 1], [0, 3]) == 0.5",
    ),
    ("right-share", 1, "assert share_right(model, x, y) > 0.2"),
]


def notebook(wrong: str = "", solved: bool = True) -> nbformat.NotebookNode:
    """The instructor's version, or with ``solved`` false a student's."""
    cells = []
    for name, points, text in CELLS:
        text = text.strip()
        about = {"grade": bool(points), "solution": points == 0, "task": False}
        about |= {"locked": points != 0, "grade_id": name, "schema_version": 3}
        about |= {"points": points} if points else {}
        if points == 0:
            text = WRONG[name].strip() if name == wrong else text
            text = f"### BEGIN SOLUTION\n{text}\n### END SOLUTION" if solved else text
        cells.append(new_code_cell(text, metadata={"nbgrader": about} if name else {}))
    return new_notebook(cells=cells)


def make_course(root: Path, name: str, students: int) -> None:
    """A course folder with ordinary work, right and wrong."""
    wrongs = ["", "build", "", "right"]
    places = [(root / "source" / name, notebook())]
    for number in range(students):
        folder = root / "submitted" / f"student{number:02}" / name
        places.append((folder, notebook(wrongs[number % 4], solved=False)))
    for folder, made in places:
        folder.mkdir(parents=True)
        nbformat.write(made, folder / f"{name}.ipynb")
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'tinyml'\n"
        "c.Execute.timeout = 120\n"
    )
