"""Which variables `exclude_from_weight_decay` of an optimizer spares."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice

from spec.language.faults import MOST_FAULTS, Fault, Location, pointer
from spec.language.suggestions import nearest
from spec.networks.inference import Inferred
from spec.training.optimizers import NORMALIZATION, OPTIMIZER, Optimizer, optimizer_of

BIAS = "bias"
"""The variables of that name, which need not be there."""


@dataclass(frozen=True)
class NamedVariable:
    """A variable, by what a word may call it.

    Attributes:
        layer_type: Of its layer, or of the layer that this holds.
        layer: The layer's name.
        name: Its own, as ``kernel``.
    """

    layer_type: str
    layer: str
    name: str


def is_meant(word: str, variable: NamedVariable) -> bool:
    """Whether a word means a variable.

    ``normalization`` means all variables of the layers that normalize. Any other word without a slash is the name of
    layers, or of variables, such as ``bias``; with a slash it is both, such as ``dense/kernel``. A ``*`` stands for any
    letters.
    """
    layer, slash, name = word.partition("/")
    if slash:
        return fnmatchcase(variable.layer, layer) and fnmatchcase(variable.name, name)
    if word == NORMALIZATION and variable.layer_type.endswith("Normalization"):
        return True
    return fnmatchcase(variable.layer, word) or fnmatchcase(variable.name, word)


def unknown_words(optimizer: Optimizer | str, inferred: Inferred, at: Location = OPTIMIZER) -> Iterator[Fault]:
    """Words that mean nothing in the network.

    Args:
        optimizer: As it was sent.
        inferred: The network, without faults.
        at: Where the optimizer was sent.
    """
    words = optimizer_of(optimizer).exclude_from_weight_decay or ()
    variables = list(_variables(inferred)) if words else []
    unknown = (
        (index, word)
        for index, word in enumerate(words)
        if word not in (BIAS, NORMALIZATION) and not any(is_meant(word, variable) for variable in variables)
    )
    for index, word in islice(unknown, MOST_FAULTS):
        yield _unknown((*at, "exclude_from_weight_decay", index), word, variables)


def _variables(inferred: Inferred) -> Iterator[NamedVariable]:
    for layer, geometry, name in zip(inferred.layers, inferred.geometries, inferred.wiring.names, strict=True):
        if layer is not None and geometry is not None and name is not None:
            kind = next(iter(layer.held.values()), layer).type
            for variable in geometry.variables:
                yield NamedVariable(kind, name, variable.name)


def _unknown(at: Location, word: str, variables: Sequence[NamedVariable]) -> Fault:
    known = list(dict.fromkeys(_names(variables)))
    suggestion = nearest(word, known)
    sentence = f'No variable, and no layer that has variables, is called "{word}".'
    if suggestion is None:
        sentence += (
            ' Write "bias", "normalization", the name of a layer, or a variable such as "dense/kernel". '
            'A "*" stands for any characters.'
        )
    return Fault(pointer=pointer(at), message=sentence, code="unknown_variable", suggestion=suggestion)


def _names(variables: Iterable[NamedVariable]) -> Iterator[str]:
    yield from (BIAS, NORMALIZATION)
    for variable in variables:
        yield variable.layer
        yield variable.name
        yield f"{variable.layer}/{variable.name}"
