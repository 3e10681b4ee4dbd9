"""The names of weights in files: a layer, a slash, and the variable, whatever the model itself is called."""

from collections.abc import Sequence

from worker.trainer.untyped import KerasObject, Model

STATE = "@"
"""What the names of all else that a training needs to go on begin with. A layer's name never does."""


def layer_keys(layer: KerasObject, model: Model) -> dict[str, KerasObject]:
    """The weights of a layer of a model by their names, in Keras's order."""
    return {f"{layer.name}/{_within(layer.name, weight.path, model.name)}": weight for weight in layer.weights}


def weight_keys(model: Model) -> list[str]:
    """The names of a model's weights, in the order of `model.weights`."""
    names = {id(weight): key for layer in model.layers for key, weight in layer_keys(layer, model).items()}
    return [names[id(weight)] for weight in model.weights]


def layer_kinds(model: Model) -> list[tuple[str, str]]:
    """Name and Keras class of each of a model's layers."""
    return [(layer.name, type(layer).__name__) for layer in model.layers]


def unique(names: Sequence[str]) -> list[str]:
    """The same names, but for a number after those that stood there before."""
    seen: dict[str, int] = {}
    found: list[str] = []
    for name in names:
        count = seen[name] = seen.get(name, 0) + 1
        found.append(name if count == 1 else f"{name}#{count}")
    return found


def _within(layer: str, path: str, model: str) -> str:
    """The path of a variable within its layer; the name of the model may stand ahead of it, and be the same.

    So may that of a layer within the layer, which is part of the variable's name.
    """
    *folders, name = path.split("/")
    if folders[0] == model and layer in folders[1:]:
        folders = folders[1:]
    place = folders.index(layer)
    return "/".join([*folders[place + 1 :], name])
