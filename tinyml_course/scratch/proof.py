"""Proofs of chapter 22: C and differences come in, the culprit and a promise go out.

The C of a model can be stopped after any operator; the first that differs is found by
halving. Probabilities are held against what happened, and a threshold is chosen so
that a promise about the answers given can be kept.
"""

from __future__ import annotations

import os
import re

import numpy as np

from tinyml_course.errors import CourseError

__all__ = [
    "BUGS",
    "calibration_error",
    "cut",
    "first_bad",
    "fit_temperature",
    "litert",
    "log_loss",
    "members",
    "plant",
    "promise",
    "softmax",
    "twin",
    "upper_bound",
]

_ROUND = "return tc_round_shift((int32_t)((product + (1 << 30)) >> 31), right);"
BUGS = {
    "a shift of one channel": (
        "words.c",
        r"(shift_06\[64\] = \{(?:\s*-?\d+,){17}\s*)(-?\d+)",
        lambda found: f"{found[1]}{int(found[2]) + 1}",
    ),
    "a zero point one off": (
        "words.c",
        r"(layer_10 = .*?input_zero_point = )(-?\d+)",
        lambda found: f"{found[1]}{int(found[2]) + 1}",
    ),
    "shifts that cut off": (
        "tc.h",
        re.escape(_ROUND),
        "return (int32_t)((product + (1 << 30)) >> 31) >> right;",
    ),
    "one rounding, not two": (
        "tc.h",
        re.escape(_ROUND),
        "return (int32_t)((product + ((int64_t)1 << (30 + right))) >> (31 + right));",
    ),
    "sums of 16 bits": (
        "tc_depthwise_conv2d.c",
        r"sum\[0\] = a, sum\[1\] = b, sum\[2\] = c, sum\[3\] = d;",
        "sum[0] = (int16_t)a, sum[1] = (int16_t)b, "
        "sum[2] = (int16_t)c, sum[3] = (int16_t)d;",
    ),
    "two steps of Newton": ("tc_softmax.c", "step < 3", "step < 2"),
}
"""Bugs for the C of ``words_dscnn``: file, pattern in it, what takes its place."""


def plant(sources, bug):
    """The same C with one of the :data:`BUGS` in it.

    Raises
    ------
    CourseError
        If the C has no place for it.
    """
    file, pattern, new = BUGS[bug]
    text, count = re.subn(pattern, new, sources.get(file, ""), count=1, flags=re.S)
    if not count:
        raise CourseError(
            f"There is no place for '{bug}' in {file!r}: expected the C that "
            "export.to_c writes for words_dscnn, under the name 'words'."
        )
    return {**sources, file: text}


def cut(sources, name, net, operator):
    """The C stopped after an operator, whose values become the model's output."""
    text, header = sources[f"{name}.c"], sources[f"{name}.h"]
    tensor = net.operators[operator].outputs[0]
    for call in re.findall(rf"  {name}_layer_\d+_\w+\(\);\n", text):
        if int(call.split("_layer_")[1][:2]) > operator:
            text = text.replace(call, f"  return 0;\n{call}", 1)
            break
    place = rf"({name}_output_0\(void\) {{ return arena \+ )\d+"
    text = re.sub(place, rf"\g<1>{net.plan.offsets[tensor]}", text)
    size = rf"({name.upper()}_OUTPUT_0_BYTES )\d+"
    header = re.sub(size, rf"\g<1>{net.tensors[tensor].bytes}", header)
    return {**sources, f"{name}.c": text, f"{name}.h": header}


def first_bad(differs, count):
    """The first of ``count`` operators at which ``differs(operator)`` is true."""
    low, high = 0, count - 1  # the first bad one is between these, ends included
    while low < high:
        middle = (low + high) // 2
        if differs(middle):
            high = middle
        else:
            low = middle + 1
    return low


def softmax(z):
    """Scores (n, classes) as probabilities (n, classes)."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def calibration_error(sure, right, bins=10):
    """How far certainty (n,) is from the share that is right, weighed by rows."""
    which = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(sure[which == b].sum() - right[which == b].sum()) for b in range(bins)]
    return sum(gaps) / len(sure)


def log_loss(p, y):
    """The mean of -log of the probability that the true class got."""
    return -np.log(p[np.arange(len(y)), y] + 1e-12).mean()


def fit_temperature(z, y):
    """The T of 301 from 0.2 to 5 for which softmax(z / T) has the smallest log loss."""
    grid = np.geomspace(0.2, 5, 301)
    return grid[np.argmin([log_loss(softmax(z / T), y) for T in grid])]


def upper_bound(wrong, n, alpha=0.05):
    """The largest risk with which ``wrong`` or fewer of ``n`` are not too rare."""
    if wrong >= n:
        return 1.0
    k = np.arange(wrong + 1)
    ways = np.cumsum([0, *np.log((n - k[:-1]) / k[1:])])  # log of "n over i"
    low, high = wrong / n, 1.0
    for _ in range(32):
        risk = (low + high) / 2
        chance = np.exp(ways + k * np.log(risk) + (n - k) * np.log1p(-risk)).sum()
        low, high = (low, risk) if chance < alpha else (risk, high)
    return high


def promise(sure, right, risk, thresholds, alpha=0.05):
    """The laxest threshold, tried from the strictest, whose bound stays under ``risk``.

    None if not even the first does.
    """
    kept = None
    for threshold in thresholds:  # from strict to lax; the first failure ends it
        answered = sure >= threshold
        if upper_bound(np.sum(~right[answered]), answered.sum(), alpha) > risk:
            break
        kept = threshold
    return kept


def twin(net):
    """The float32 graph of a chain of layers as a Keras model with its weights."""
    import keras
    from keras import layers

    x = entrance = keras.Input(net.tensors[net.inputs[0]].shape[1:])
    for op in net.operators:
        made, (_, *weights) = None, [net.tensors[i].data for i in op.inputs]
        relu = {"activation": "relu" if op.options.get("activation") else None}
        window = {"padding": "same", "strides": op.options.get("stride_h")}
        if op.kind == "conv2d":
            out, height, width, _ = weights[0].shape
            made = layers.Conv2D(out, (height, width), **window, **relu)
            weights[0] = weights[0].transpose(1, 2, 3, 0)
        elif op.kind == "depthwise_conv2d":
            made = layers.DepthwiseConv2D(weights[0].shape[1:3], **window, **relu)
            weights[0] = weights[0].transpose(1, 2, 3, 0)
        elif op.kind == "fully_connected":
            made = layers.Dense(len(weights[0]), **relu)
            weights[0] = weights[0].T
        elif op.kind == "mean":
            made, weights = layers.GlobalAveragePooling2D(), []
        else:
            made = layers.Softmax()
        x = made(x)
        made.set_weights(weights)
    return keras.Model(entrance, x)


def litert(tflite, x):
    """What LiteRT answers to rows (n, ...), by its fast kernels, as (n, values)."""
    from ai_edge_litert.interpreter import Interpreter

    with open(os.devnull, "w") as nowhere:  # it announces its kernels on stderr
        stderr = os.dup(2)
        os.dup2(nowhere.fileno(), 2)
        try:
            interpreter = Interpreter(model_content=tflite)
            interpreter.allocate_tensors()
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
    (into,), (out,) = interpreter.get_input_details(), interpreter.get_output_details()
    answers = []
    for row in x:
        interpreter.set_tensor(into["index"], row[np.newaxis])
        interpreter.invoke()
        answers.append(interpreter.get_tensor(out["index"])[0].copy())
    return np.array(answers)


def members(x, y, count=5, epochs=20, dropout=0.3):
    """Networks with dropout that learn side by side: columns -> (n, count, classes)."""
    import keras
    from keras import layers

    scaler = layers.Normalization()
    scaler.adapt(x)
    entrance, exits = keras.Input(x.shape[1:]), []
    for _ in range(count):
        h = scaler(entrance)
        for width in (64, 32):
            h = layers.Dense(width, activation="relu")(h)
            h = layers.Dropout(dropout)(h)
        exits.append(layers.Dense(int(y.max()) + 1)(h))
    model = keras.Model(entrance, keras.ops.stack(exits, axis=1))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(2e-3), loss)
    every = np.repeat(y[:, np.newaxis], count, axis=1)
    model.fit(x, every, epochs=epochs, batch_size=64, verbose=0)
    return model
