"""Weights that are copied from a file into a network that was just built."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from spec.weights.stored import unnumbered
from worker.trainer.untyped import KerasObject, Model
from worker.trainer.weights.files import WeightsFile, WeightsRefused
from worker.trainer.weights.keys import layer_keys


@dataclass(frozen=True)
class Copies:
    """Which weights a network begins with.

    Attributes:
        copied: The names of those that were copied.
        fresh: Of the others.
        frozen: Of those, of either kind, that stay as they are.
    """

    copied: list[str]
    fresh: list[str]
    frozen: list[str]

    def told(self) -> dict[str, list[str]]:
        """As the results tell it."""
        return asdict(self)


def copy_weights(model: Model, file: WeightsFile, sources: Mapping[str, str], trained: Iterable[str]) -> Copies:
    """Copy the weights of the layers that are meant; the others keep theirs.

    Args:
        model: Built, not compiled.
        file: Where they come from.
        sources: The name of each layer that is meant -> the name of the layer that its weights come from.
        trained: The names of those that are trained at some time.

    Raises:
        WeightsRefused: The weights are not those of such layers.
    """
    copied: list[str] = []
    layer_of: dict[str, str] = {}
    for layer in model.layers:
        name, weights = str(layer.name), layer_keys(layer, model)
        layer_of.update((key, name) for key in weights)
        if name in sources:
            _copy_layer(layer, weights, file, sources[name])
            copied += weights
    moving = set(trained)
    there = set(copied)
    fresh = [key for key in layer_of if key not in there]
    return Copies(copied, fresh, [key for key, layer in layer_of.items() if layer not in moving])


def _copy_layer(layer: KerasObject, weights: Mapping[str, KerasObject], file: WeightsFile, source: str) -> None:
    kind = type(layer).__name__
    if file.layers.get(source) != kind:
        raise WeightsRefused(f'Its layer "{source}" is not a `{kind}`.')
    here, there = _by_name(weights, str(layer.name)), _by_name(file.of_layer(source), source)
    if here.keys() != there.keys() or len(here) != len(weights):
        raise WeightsRefused(f'Its layer "{source}" has other variables.')
    for name, key in here.items():
        variable, values = weights[key], file.read(there[name])
        if values.shape != tuple(variable.shape):
            raise WeightsRefused(f'The shape of its variable "{there[name]}" is {list(values.shape)}.')
        variable.assign(values)


def _by_name(keys: Iterable[str], layer: str) -> dict[str, str]:
    """The names of a layer's weights, by what they are called within it."""
    return {unnumbered(key.removeprefix(f"{layer}/")): key for key in keys}
