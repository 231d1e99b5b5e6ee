"""Keras models cross from process to process, and nothing comes along that runs."""

import json

import numpy as np
import pytest

from tinyml_course.grading.plain import NotPlain, Packer, Unpacker

pytestmark = pytest.mark.tf


def there_and_back(value):
    return Unpacker().value(Packer().bytes_of(value))


def in_a_row():
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.Conv2D(3, 3, activation="relu", kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def branched():
    import keras

    x = keras.Input((12, 12, 1))
    one = keras.layers.Flatten()(x)
    two = keras.layers.Flatten()(keras.layers.DepthwiseConv2D(3)(x))
    return keras.Model(x, keras.layers.Dense(4)(keras.layers.Concatenate()([one, two])))


@pytest.mark.parametrize("make", [in_a_row, branched])
def test_a_model_arrives_and_predicts_the_same(make):
    model = make()
    back = there_and_back(model)
    x = np.random.default_rng(0).normal(size=(5, 12, 12, 1)).astype(np.float32)
    assert np.array_equal(back.predict(x, verbose=0), model.predict(x, verbose=0))
    assert back.count_params() == model.count_params()
    assert [layer.name for layer in back.layers] == [one.name for one in model.layers]
    assert back.compiled == model.compiled
    if model.compiled:
        y = np.zeros(5, int)
        assert back.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)


def forged(change, weights=None):
    """The message of an honest model, changed by an enemy."""
    message = Packer().bytes_of(in_a_row())
    size = int.from_bytes(message[:8], "little")
    tree, lengths = json.loads(message[8 : 8 + size])
    plan = json.loads(tree[1])
    change(plan)
    told = [["km", json.dumps(plan), tree[2] if weights is None else weights], lengths]
    head = json.dumps(told).encode()
    return len(head).to_bytes(8, "little") + head + message[8 + size :]


def one_more(module, name, config):
    def change(plan):
        part = {"module": module, "class_name": name, "config": config}
        plan["config"]["layers"].append({**part, "registered_name": None})

    return change


LAMBDA = {"class_name": "__lambda__", "config": {"value": "4wEAAAA="}}
ENEMIES = {
    "a lambda": one_more("keras.layers", "Lambda", {"function": LAMBDA}),
    "a program": one_more("os", "system", {"command": "touch /tmp/mine"}),
    "a tool of Keras": one_more("keras.utils", "get_file", {"origin": "file:///x"}),
    "a reader of files": one_more(
        "keras.layers", "StringLookup", {"vocabulary": "/etc/passwd"}
    ),
    "a saved model": one_more("keras.layers", "TFSMLayer", {"filepath": "/tmp"}),
    "its own class": one_more("__main__", "Mine", {}),
    "an old form": lambda plan: plan["config"]["layers"][1].pop("module"),
    "no model": lambda plan: plan.update(class_name="Dense", module="keras.layers"),
    "a huge one": lambda plan: plan["config"]["layers"][-1]["config"].update(
        units=10**9
    ),
    "a registered one": lambda plan: plan.update(registered_name="Mine>Model"),
    "a loss of its own": lambda plan: plan["compile_config"].update(
        loss={"module": "builtins", "class_name": "function", "config": "eval"}
    ),
    "other units": lambda plan: plan["config"]["layers"][-1]["config"].update(units=9),
}


@pytest.mark.parametrize("enemy", ENEMIES)
def test_a_model_that_could_do_anything_else_is_refused_with_the_reason(enemy):
    with pytest.raises(NotPlain, match=r"model|part"):
        Unpacker().value(forged(ENEMIES[enemy]))


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(NotPlain, match="weights"):
        Unpacker().value(forged(lambda plan: None, []))


def test_a_model_with_code_of_ones_own_is_refused_where_it_is_packed():
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x + 1)])
    with pytest.raises(NotPlain, match="Lambda"):
        Packer().bytes_of(model)
