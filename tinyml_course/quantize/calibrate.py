"""A Keras model runs on representative data; its ranges come out, and are chosen.

TensorFlow Lite's own quantizer makes the .tflite: it is handed the chosen ranges where
its calibrator had noted the smallest and the largest value. So scales of biases, tied
scales and fixed ones are as in every other int8 model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tinyml_course import graph
from tinyml_course.errors import DataError, ModelError
from tinyml_course.quantize import convert
from tinyml_course.quantize.ranges import BINS, KEEP, LayerRange
from tinyml_course.quantize.tensors import (
    FIXED,
    Opened,
    count,
    groups,
    name_tensors,
    numbered,
    runs,
)

if TYPE_CHECKING:
    import keras

__all__ = ["Calibration", "observe"]

Ranges = str | Mapping[str, "str | tuple[float, float]"]


@dataclass(frozen=True, eq=False)
class Calibration:
    """The ranges of a model's stored tensors, in the order in which they are made.

    Attributes
    ----------
    layers : tuple of LayerRange
        Also reached by name: ``calibration["dense"]``.
    rows : int
        Rows of representative data.
    """

    layers: tuple[LayerRange, ...]
    rows: int
    _model: bytes = field(repr=False)  # float32, with the ranges seen

    def __iter__(self) -> Iterator[LayerRange]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, name: str) -> LayerRange:
        for layer in self.layers:
            if layer.name == name:
                return layer
        for layer in self.layers:
            if name in layer.layers:
                return layer
        known = ", ".join(layer.name for layer in self.layers)
        raise DataError(
            f"There is no layer '{name}' with a range. The layers: {known}."
        )

    def choose(
        self, ranges: Ranges = "min-max", keep: float = KEEP
    ) -> dict[str, tuple[float, float]]:
        """The range of each layer: one method for all, or a choice per layer by name.

        Layers that the choice does not name keep their smallest and largest value.
        """
        how: dict[str, object] = {}
        if isinstance(ranges, Mapping):
            for name, wish in ranges.items():
                layer = self[name].name
                if how.setdefault(layer, wish) != wish:
                    raise DataError(
                        f"'{name}' shares its range with '{layer}', for which another "
                        "one is chosen. Name one of the two."
                    )
        elif isinstance(ranges, str):
            how = dict.fromkeys((layer.name for layer in self.layers), ranges)
        else:
            raise DataError(
                f"ranges is a {type(ranges).__name__}; expected a method for all "
                "layers or a dictionary {layer: method or (low, high)}."
            )
        return {
            layer.name: layer.choose(how.get(layer.name, "min-max"), keep)
            for layer in self.layers
        }

    def to_int8(
        self,
        ranges: Ranges = "min-max",
        *,
        per_channel: bool = True,
        keep: float = KEEP,
    ) -> bytes:
        """The int8 .tflite with these ranges; takes milliseconds.

        Parameters
        ----------
        ranges : str or dict
            "min-max", "percentile" or "entropy" for all layers, or a dictionary
            ``{layer: method or (low, high)}``; a layer not named keeps "min-max".
        per_channel : bool
            One scale for each output channel of the weights, or one for all.
        keep : float
            Percent of the values that "percentile" keeps.

        Raises
        ------
        DataError
            If a layer or a method is unknown, or a pair is no range with zero in it.
        """
        chosen = self.choose(ranges, keep)
        model = Opened(self._model)
        for layer in self.layers:
            if chosen[layer.name] != (layer.low, layer.high):
                for name in layer.tensors:
                    model.set_range(name, *chosen[layer.name])
        tflite = model.quantize(per_channel)
        _check(tflite, self.layers, chosen)
        return tflite

    def sqnr(self, tflite: bytes, x: np.ndarray | list[np.ndarray]) -> dict[str, float]:
        """Each layer's power over the power of its error in ``tflite``, in decibels.

        The error is the difference from the float model, with all that it inherits
        from the layers before; 6 dB are one bit.

        Parameters
        ----------
        tflite : bytes
            The int8 model that :meth:`to_int8` made.
        x : ndarray, (n, *input) float32, or a list with one per input
            Rows to run both models on.
        """
        given = list(x) if isinstance(x, list | tuple) else [x]
        arrays = [np.asarray(a, dtype=np.float32) for a in given]
        model, names = graph.read(tflite), Opened(tflite).names
        places = {names[t.index]: t for t in model.tensors if t.data is None}
        first = [model.tensors[i] for i in model.inputs]
        by_number = sorted(range(len(first)), key=lambda i: names[first[i].index])
        rows = dict(zip(by_number, arrays, strict=True))
        q = [first[i].quantize(rows[i]) for i in range(len(first))]
        held = graph.invoke(model, *q, all_tensors=True)
        owners = {n: layer.name for layer in self.layers for n in layer.tensors}
        signal = dict.fromkeys(owners.values(), 0.0)
        noise = dict.fromkeys(owners.values(), 0.0)
        done = 0
        for some in runs(self._model, arrays, list(owners)):
            for name, layer in owners.items():
                exact = some[name]
                tensor = places[name]
                part = held[tensor.index][done : done + len(exact)]
                got = tensor.dequantize(part).reshape(exact.shape)
                signal[layer] += float(np.sum(exact**2))
                noise[layer] += float(np.sum((got - exact) ** 2))
            done += len(exact)
        return {
            name: float(
                10 * np.log10(max(signal[name], 1e-30) / max(noise[name], 1e-30))
            )
            for name in signal
        }


def _check(
    tflite: bytes,
    layers: tuple[LayerRange, ...],
    chosen: dict[str, tuple[float, float]],
) -> None:
    """The quantizer must have taken each range as it was chosen."""
    model = graph.read(tflite)
    names = Opened(tflite).names
    scales = {names[t.index]: t.scale for t in model.tensors if t.data is None}
    for layer in layers:
        low, high = chosen[layer.name]
        wanted = (max(high, 0) - min(low, 0)) / 255
        if layer.fixed or wanted == 0:
            continue
        for name in layer.tensors:
            got = scales[name][0]
            if not np.isclose(got, wanted, rtol=1e-4):
                raise ModelError(
                    f"TensorFlow Lite gave '{layer.name}' a step of {got:.4g} instead "
                    f"of {wanted:.4g}: a neighbour settles its range. Leave this layer "
                    'to "min-max".'
                )


def observe(
    model: keras.Model, x_representative: np.ndarray | list[np.ndarray]
) -> Calibration:
    """Run a model on representative data and note the range of every stored tensor.

    Parameters
    ----------
    model : keras.Model
        Trained, with inputs of fixed shapes.
    x_representative : ndarray, (n, *input) float32, or a list with one per input
        Rows of the *training* data, a few hundred.

    Raises
    ------
    DataError
        If the data have another shape or contain NaN.
    ModelError
        If TensorFlow Lite or the course's compiler cannot take the model.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="d")])
    >>> calibration = observe(model, 3 * np.eye(4, dtype="float32"))
    >>> [layer.name for layer in calibration], calibration["input"].high
    (['input', 'd'], 3.0)
    >>> tflite_model = calibration.to_int8({"input": (0, 2)})
    >>> float(np.round(graph.read(tflite_model).tensors[0].scale[0] * 255, 4))
    2.0
    """
    x = convert.checked(model, x_representative)
    with numbered(model) as names, convert.converting():
        converter = convert.int8_converter(model, x)
        converter._experimental_calibrate_only = True
        opened = Opened(converter.convert())
    found = name_tensors(opened, model, names)
    together = groups(opened)
    calibrated = opened.bytes()
    edges = [np.histogram_bin_edges([], BINS, (g.low, g.high)) for g in together]
    sources = {name: i for i, g in enumerate(together) for name in g.made}
    counts = count(calibrated, x, sources, edges)
    layers: list[LayerRange] = []
    taken: set[str] = set()
    for i, group in enumerate(together):
        label = _label((found[group.title] or (group.title,))[-1], group.kind, taken)
        taken.add(label)
        covered = dict.fromkeys(name for own in group.names for name in found[own])
        layers.append(
            LayerRange(
                name=label,
                layers=tuple(covered),
                low=group.low,
                high=group.high,
                counts=counts[i],
                edges=edges[i],
                fixed=group.kind in FIXED,
                tensors=group.names,
            )
        )
    return Calibration(tuple(layers), len(x[0]), calibrated)


def _label(layer: str, kind: str, taken: set[str]) -> str:
    """The layer's name; a second tensor of a layer says what made it, then numbers."""
    names = [layer, f"{layer} {kind}"]
    names += [f"{layer} {kind} {i}" for i in range(2, len(taken) + 3)]
    return next(name for name in names if name not in taken)
