"""What a network may be made of against what the installed Keras offers: nothing forgotten, nothing unlike."""

import inspect
from collections.abc import Mapping
from types import ModuleType

import keras
import pytest
from keras.src import activations, constraints, initializers, regularizers

from spec.language.declared import Declared, kinds
from spec.layers import Layer
from spec.networks.activations import ACTIVATION_NAMES
from spec.networks.activations import RENAMED as RENAMED_ACTIVATIONS
from spec.networks.constraints import CONSTRAINT_NAMES, Constraint
from spec.networks.constraints import RENAMED as RENAMED_CONSTRAINTS
from spec.networks.initializers import INITIALIZER_NAMES, Initializer
from spec.networks.initializers import RENAMED as RENAMED_INITIALIZERS
from spec.networks.left_out import (
    LEFT_OUT_ACTIVATIONS,
    LEFT_OUT_CONSTRAINTS,
    LEFT_OUT_INITIALIZERS,
    LEFT_OUT_LAYER_ARGUMENTS,
    LEFT_OUT_LAYERS,
    LEFT_OUT_REGULARIZERS,
    RENAMED_LAYERS,
)
from spec.networks.regularizers import REGULARIZER_NAMES, Regularizer
from spec.networks.regularizers import RENAMED as RENAMED_REGULARIZERS
from worker.trainer.network import own_layers

NEVER_ARGUMENTS = {"self", "args", "kwargs", "name"}


def keras_layer_names() -> set[str]:
    """Every class of ``keras.layers``, under each of its names that is not an alias listed as renamed."""
    return {name for name in dir(keras.layers) if inspect.isclass(getattr(keras.layers, name))}


def aliases() -> set[str]:
    """Names under which Keras offers a class that has another name of its own."""
    return {name for name in keras_layer_names() if getattr(keras.layers, name).__name__ != name}


def test_every_layer_of_keras_is_declared_or_left_out_with_a_reason() -> None:
    offered = keras_layer_names()
    settled = set(kinds(Layer)) | set(LEFT_OUT_LAYERS)
    forgotten = {
        name for name in offered if name not in settled and getattr(keras.layers, name).__name__ not in settled
    }
    assert forgotten == set()
    assert set(kinds(Layer)) & set(LEFT_OUT_LAYERS) == set()
    own = {name for name, kind in kinds(Layer).items() if kind.IS_OWN}
    assert set(kinds(Layer)) - offered == own


def test_a_class_that_keras_offers_under_another_name_is_known_by_it() -> None:
    for name, kind in kinds(Layer).items():
        if not kind.IS_OWN:
            assert (kind.KERAS_NAME or name) == getattr(keras.layers, name).__name__


def test_every_layer_left_out_is_one_of_keras() -> None:
    offered = keras_layer_names() | {getattr(keras.layers, name).__name__ for name in keras_layer_names()}
    assert set(LEFT_OUT_LAYERS) - offered == set()
    assert all(LEFT_OUT_LAYERS.values())


def test_every_alias_of_a_declared_layer_suggests_it() -> None:
    for alias in aliases():
        name = getattr(keras.layers, alias).__name__
        if name in kinds(Layer):
            assert RENAMED_LAYERS[alias] == name
        elif alias in kinds(Layer):
            assert RENAMED_LAYERS[name] == alias
    assert set(RENAMED_LAYERS.values()) <= set(kinds(Layer))


@pytest.mark.parametrize(
    ("family", "names", "left_out", "renamed", "keras_module"),
    [
        (Initializer, INITIALIZER_NAMES, LEFT_OUT_INITIALIZERS, RENAMED_INITIALIZERS, initializers),
        (Regularizer, REGULARIZER_NAMES, LEFT_OUT_REGULARIZERS, RENAMED_REGULARIZERS, regularizers),
        (Constraint, CONSTRAINT_NAMES, LEFT_OUT_CONSTRAINTS, RENAMED_CONSTRAINTS, constraints),
    ],
)
def test_every_string_of_a_family_stands_for_the_same_class_as_in_keras(
    family: type[Declared],
    names: Mapping[str, type[Declared]],
    left_out: Mapping[str, str],
    renamed: Mapping[str, str],
    keras_module: ModuleType,
) -> None:
    offered = keras_module.ALL_OBJECTS_DICT
    assert set(names) | set(left_out) == set(offered)
    assert set(names) & set(left_out) == set()
    for name, kind in names.items():
        assert kind.model_fields["type"].default == type(keras_module.get(name)).__name__
    said_as_objects_only = set(kinds(family)) - {kind.model_fields["type"].default for kind in names.values()}
    assert said_as_objects_only <= set(left_out)
    assert set(renamed.values()) <= set(names)
    assert set(renamed) & set(names) == set()


def test_every_activation_of_keras_is_declared_or_left_out_with_a_reason() -> None:
    assert set(ACTIVATION_NAMES) | set(LEFT_OUT_ACTIVATIONS) == set(activations.ALL_OBJECTS_DICT)
    assert set(ACTIVATION_NAMES) & set(LEFT_OUT_ACTIVATIONS) == set()
    assert set(RENAMED_ACTIVATIONS.values()) <= set(ACTIVATION_NAMES)
    assert set(RENAMED_ACTIVATIONS) & set(ACTIVATION_NAMES) == set()


def keras_arguments(keras_class: type) -> dict[str, inspect.Parameter]:
    """What a class takes, and what it hands on to the class that it extends, where it takes whatever is said."""
    found: dict[str, inspect.Parameter] = {}
    for one in keras_class.__mro__:
        if "__init__" not in vars(one):
            continue
        parameters = inspect.signature(vars(one)["__init__"]).parameters
        found = {
            name: parameter
            for name, parameter in parameters.items()
            if name not in NEVER_ARGUMENTS and parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        } | found
        if not any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values()):
            break
    return found


def plain(value: object) -> object:
    """Lists and tuples alike, 2 and 2.0 alike."""
    return tuple(plain(item) for item in value) if isinstance(value, list | tuple) else value


FAMILIES = [
    (keras_module, kind)
    for keras_module, family in (
        (keras.layers, Layer),
        (keras.initializers, Initializer),
        (keras.regularizers, Regularizer),
        (keras.constraints, Constraint),
    )
    for kind in kinds(family).values()
]


@pytest.mark.parametrize(("module", "kind"), FAMILIES, ids=lambda value: getattr(value, "__name__", None))
def test_arguments_and_defaults_are_those_of_keras(module: ModuleType, kind: type[Declared]) -> None:
    is_layer = issubclass(kind, Layer)
    keras_class = getattr(own_layers if is_layer and kind.IS_OWN else module, kind.model_fields["type"].default)
    asked, arguments = inspect.signature(keras_class.__init__).parameters, keras_arguments(keras_class)
    shared = set(Layer.model_fields) if is_layer else set()
    fields = set(kind.model_fields) - {"type"} - shared
    left_out = set(LEFT_OUT_LAYER_ARGUMENTS) if is_layer else set()
    assert set(arguments) & set(asked) - fields - shared - left_out - set(kind.RETIRED) == set()
    if is_layer:
        called = inspect.signature(keras_class.__call__ if kind.IS_OWN else keras_class.call).parameters
        arguments |= {name: called[name] for name in kind.CALL_ARGUMENTS}
    assert fields - set(arguments) == set()
    for name in fields:
        default = kind.model_fields[name].get_default(call_default_factory=True)
        if arguments[name].default is inspect.Parameter.empty:
            assert kind.model_fields[name].is_required(), name
        else:
            assert plain(default) == plain(arguments[name].default), name
