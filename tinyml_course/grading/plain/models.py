"""A Keras model comes in, its plan and weights go out as plain data, and back.

A file ``.keras`` can name code to run, and what reads it has been fooled before. Here
the reader builds a model of layers that Keras brings along and that only calculate, and
puts the weights in; whatever else a plan may ask for is refused with the reason.
"""

from __future__ import annotations

import json

from tinyml_course.grading.plain.values import NotPlain

__all__ = ["built", "taken_apart"]

LARGEST = 5_000_000  # a number in a plan, such as that of a layer's units
_LAYERS = (
    "core.dense core.einsum_dense core.embedding core.identity core.input_layer "
    "core.masking activations. attention. convolutional. merging. normalization. "
    "pooling. preprocessing.normalization preprocessing.rescaling regularization. "
    "reshaping. rnn."
).split()
_MODELS = ("Sequential", "Functional", "Model")
_PARTS = ("initializers", "regularizers", "constraints", "optimizers", "losses")
_PARTS += ("metrics", "optimizers.schedules")


def taken_apart(model) -> tuple[dict, list]:
    """The plan of a Keras model, as JSON has it, and its weights as arrays."""
    import keras

    try:
        plan = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
        _check(plan)
    except NotPlain:
        raise
    except Exception as error:
        raise NotPlain(
            f"A model that cannot be taken apart ({error!r:.200})."
        ) from None
    return plan, model.get_weights()


def built(plan: dict, weights: list):
    """The model of a plan and its weights.

    Raises
    ------
    NotPlain
        If there is anything in the plan but layers of Keras's own, or if the weights
        do not fit it.
    """
    import keras

    if plan.get("class_name") not in _MODELS:
        raise NotPlain("The plan of something that is no model.")
    _check(plan)
    model = keras.saving.deserialize_keras_object(plan, safe_mode=True)
    wanted = [tuple(weight.shape) for weight in model.weights]
    found = [getattr(weight, "shape", None) for weight in weights]
    if wanted != found:
        raise NotPlain(
            f"A model with weights {found!r:.100}; its plan: {wanted!r:.100}."
        )
    model.set_weights(weights)
    return model


def _check(plan) -> None:
    """Raise NotPlain unless every part of a plan is known to do nothing but numbers."""
    if isinstance(plan, list):
        for part in plan:
            _check(part)
    elif isinstance(plan, dict):
        if "class_name" in plan:
            _check_class(plan)
        for part in plan.values():
            _check(part)
    elif isinstance(plan, int) and abs(plan) > LARGEST:
        raise NotPlain(f"A model with the number {plan:,} in it; at most {LARGEST:,}.")


def _check_class(plan: dict) -> None:
    import keras

    name, module = plan["class_name"], plan.get("module")
    if name in ("__keras_tensor__", "__tuple__"):
        return
    if not (isinstance(name, str) and isinstance(module, str)):
        raise NotPlain("A model in an old form, or with a part that has no name.")
    known = None
    if module in ("keras", "keras.models", "keras.src.models.functional"):
        if name in (*_MODELS, "DTypePolicy"):
            known = name
    elif module == "keras.layers":
        kind = getattr(keras.layers, name, None)
        home = getattr(kind, "__module__", "")
        if home.startswith(tuple(f"keras.src.layers.{part}" for part in _LAYERS)):
            known = name
    elif module.removeprefix("keras.") in _PARTS:
        where = keras
        for part in module.split(".")[1:]:
            where = getattr(where, part)
        if isinstance(getattr(where, name, None), type):
            known = name
    if known is None or plan.get("registered_name") not in (None, name):
        raise NotPlain(
            f"A model with the part {name!r:.60} of {module!r:.60}; expected layers of "
            "Keras itself, and none that runs code or reads files."
        )
