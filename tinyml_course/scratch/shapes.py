"""What a network costs, from shapes alone: a Keras model comes in, counts go out.

No weight needs a value for that: a network made inside
``keras.StatelessScope(initialize_variables=False)`` has shapes and takes no memory.
"""

from __future__ import annotations

from collections import Counter
from math import prod

import numpy as np

__all__ = [
    "conv_parameters",
    "layer_table",
    "macs",
    "most_alive",
    "readers",
    "receptive_field",
    "table_text",
    "values",
    "ways",
]


def values(tensor):
    """How many numbers a tensor holds for one picture.

    >>> import keras
    >>> values(keras.Input((32, 32, 3)))
    3072
    """
    return prod(tensor.shape[1:])


def conv_parameters(k, c_in, filters):
    """Weights and biases of ``filters`` filters, k x k, over ``c_in`` channels.

    >>> conv_parameters(3, 1, 8)
    80
    """
    return (k * k * c_in + 1) * filters


def macs(layer):
    """Multiply-accumulates of a convolution or dense layer, 0 without a kernel.

    Each number of a kernel is used once at each place of the output. None where that
    does not hold: a transposed convolution, a recurrent layer.
    """
    kernels = [w for w in layer.weights if len(w.shape) > 1]
    kind = type(layer).__name__
    if kernels and ("Transpose" in kind or not ("Conv" in kind or "Dense" in kind)):
        return None
    places = prod(layer.output.shape[1:-1])
    return places * sum(prod(w.shape) for w in kernels)


def layer_table(model):
    """A row (name, kind, shape, parameters, values, MACs) for each layer."""
    rows = [("input", "", t.shape[1:], 0, values(t), 0) for t in model.inputs]
    for layer in model.layers:
        if hasattr(layer, "layers"):  # a model inside the model
            rows += layer_table(layer)[1:]
        elif type(layer).__name__ != "InputLayer":
            shape, size = layer.output.shape[1:], values(layer.output)
            parameters = sum(prod(w.shape) for w in layer.weights)
            kind = type(layer).__name__
            rows.append((layer.name, kind, shape, parameters, size, macs(layer)))
    return rows


def table_text(rows):
    """The rows of :func:`layer_table` as a Markdown table with their sums."""
    lines = ["| layer | shape | parameters | values | MACs |", "|---|---|--:|--:|--:|"]
    for name, _, shape, *counts in rows:
        cells = ["x".join(map(str, shape))]
        cells += ["?" if n is None else f"{n:,}" for n in counts]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    sums = (f"**{sum(row[i] or 0 for row in rows):,}**" for i in (3, 4, 5))
    return "\n".join([*lines, f"| **all** | | {' | '.join(sums)} |"])


def receptive_field(layers):
    """Side of the square that one value sees; ``layers`` are (k, stride) in order.

    >>> receptive_field([(3, 1), (3, 1)])
    5
    """
    side, apart = 1, 1  # neighbours of this layer are `apart` pixels from each other
    for k, stride in layers:
        side += (k - 1) * apart
        apart *= stride
    return side


def readers(model):
    """How many layers read each tensor of a model, by the tensor's id."""
    import keras

    inputs = (t for layer in model.layers for t in keras.tree.flatten(layer.input))
    return Counter(map(id, inputs))


def most_alive(model):
    """The most values that exist at once, when each is kept until its last reader."""
    import keras

    to_come, alive, most = readers(model), {}, 0
    for layer in model.layers:
        inputs = keras.tree.flatten(layer.input)
        alive |= {id(t): values(t) for t in [*inputs, layer.output]}
        most = max(most, sum(alive.values()))
        for key in map(id, inputs):
            to_come[key] -= 1
            if to_come[key] == 0:
                del alive[key]
    return most


def ways(layers):
    """By how many ways each pixel of a row reaches one value; ``layers`` as above.

    >>> ways([(3, 1), (3, 1)])
    array([1., 2., 3., 2., 1.])
    """
    count = np.ones(1)
    for k, stride in reversed(layers):  # from the value back to the pixels
        spread = np.zeros((len(count) - 1) * stride + k)
        for i, n in enumerate(count):
            spread[i * stride : i * stride + k] += n
        count = spread
    return count
