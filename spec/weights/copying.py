"""What the weights that a training begins with must agree on with its network."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from spec.language.faults import MOST_FAULTS, Fault, Location, pointer
from spec.language.sentences import counted, enumeration, quoted
from spec.layers import Shape
from spec.networks.inference import Inferred
from spec.networks.layer_mapping import mapped_layers, named_layers
from spec.networks.layer_names import unknown_layer, unknown_layers
from spec.training.initial_weights import InitialWeights, WeightsSource
from spec.weights.stored import Absence, StoredLayer, WeightsFacts, unnumbered

PLACE: Location = ("training", "initial_weights")
"""Where a job says them."""

_LAYERS: Location = (*PLACE, "layers")
_MOST_NAMES = 10
"""Names of layers that one message lists."""


@dataclass(frozen=True)
class MappedLayers:
    """Which layers of a network get weights of another.

    Attributes:
        sources: The name of each layer that gets some -> the name of the layer that they are from.
        faults: Why it cannot be done.
    """

    sources: Mapping[str, str]
    faults: Sequence[Fault]


def absent_weights(source: WeightsSource, found: Absence | None) -> Fault:
    """The fault of a source that has no such weights.

    Args:
        source: As it was sent.
        found: Why there are none; None where there is no such source.
    """
    job = quoted(source.job)
    if found is None:
        sentence = f"The project has no job {job}. Use the id of a job that has ended."
        return Fault(pointer=pointer((*PLACE, "from", "job")), message=sentence, code="unknown_job")
    if found is Absence.NOT_ENDED:
        sentence = f"The job {job} has not ended yet, so its weights are not stored. Wait for its end, or cancel it."
        return Fault(pointer=pointer((*PLACE, "from", "job")), message=sentence, code="job_not_ended")
    if found is Absence.NEVER_STORED:
        sentence = (
            f"The job {job} has no stored weights. A job has none if it ended before its network was built, if its "
            "worker was lost or could not store them, or if it was trained by an older version of the service. Use "
            "another job, or train this one again."
        )
        return Fault(pointer=pointer((*PLACE, "from", "job")), message=sentence, code="no_weights")
    sentence = (
        f"The job {job} has no best weights. A job has none if it has no validation rows, if its validation loss was "
        'never finite, or if they could not be stored. Use "last".'
    )
    return Fault(pointer=pointer((*PLACE, "from", "checkpoint")), message=sentence, code="no_best_weights")


def copies(weights: InitialWeights, inferred: Inferred, facts: WeightsFacts) -> MappedLayers:
    """Which layers get weights, and everything that is wrong with that.

    Args:
        weights: As they were sent.
        inferred: The network, without faults.
        facts: Of the weights that it gets.
    """
    targets = _targets(inferred)
    names = list(targets)
    meant, faults = _meant(weights, names, facts)
    found: list[Fault] = []
    sources: dict[str, str] = {}
    for target, (source, place) in meant.items():
        layer = targets[target]
        misfit = _misfit(target, layer, source, facts)
        if misfit is not None:
            code, sentence = misfit
            found.append(Fault(pointer=pointer(place), message=f"{sentence} {_WAY_OUT[len(place)]}", code=code))
        elif layer.variables:
            sources[target] = source
    faults += islice(found, MOST_FAULTS)
    if not faults:
        faults += _left_without(weights, targets, sources, facts)
    return MappedLayers(sources, faults)


_WAY_OUT = {
    len(PLACE): "Name the layers to copy in `layers`, or give this layer another name.",
    len(_LAYERS) + 1: "Name another layer here, or leave this one out.",
}
"""By the length of the place: what a client can do about a layer that it did not name, and about one that it did."""


def _targets(inferred: Inferred) -> dict[str, StoredLayer]:
    """The layers of the network; one that does not lead to the output has no variables."""
    targets: dict[str, StoredLayer] = {}
    for name, layer, geometry, is_used in zip(
        inferred.wiring.names, inferred.layers, inferred.geometries, inferred.wiring.used(), strict=True
    ):
        if name is not None and layer is not None and geometry is not None:
            used = geometry.variables if is_used else ()
            variables = {unnumbered(variable.path): variable.shape for variable in used}
            targets[name] = StoredLayer(layer.type, variables)
    return targets


def _meant(
    weights: InitialWeights, names: Sequence[str], facts: WeightsFacts
) -> tuple[dict[str, tuple[str, Location]], list[Fault]]:
    """The layers that are to get weights, each with the layer that has them and where that was said."""
    if weights.layers is None:
        return {
            target: (source, PLACE) for target, source in mapped_layers(None, names, list(facts.layers)).items()
        }, []
    places: list[Location] = [(*_LAYERS, target) for target in weights.layers]
    faults = list(unknown_layers(list(weights.layers), names, places))
    meant: dict[str, tuple[str, Location]] = {}
    first: dict[str, str] = {}
    repeating: set[str] = set()
    missing: dict[tuple[str, Location], None] = {}
    for pattern, name, wanted in named_layers(weights.layers, names):
        if pattern in repeating:
            continue
        place = (*_LAYERS, pattern)
        if first.setdefault(name, pattern) != pattern:
            repeating.add(pattern)
            sentence = f"The layer {quoted(name)} is also meant by {quoted(first[name])}. Name each layer only once."
            faults.append(Fault(pointer=pointer(place), message=sentence, code="layer_twice"))
        elif wanted in facts.layers:
            meant[name] = (wanted, place)
        else:
            missing[wanted, place] = None
    known = list(facts.layers)
    faults += (_unknown_source(name, known, place, facts) for name, place in islice(missing, MOST_FAULTS))
    return meant, faults


def _unknown_source(name: str, known: Sequence[str], place: Location, facts: WeightsFacts) -> Fault:
    """The fault of a layer of the other network that has no stored weights."""
    if name in facts.unused:
        sentence = (
            f"The layer {quoted(name)} of {quoted(facts.name)} does not lead to the output of its network, so it has "
            f"no weights. {_WAY_OUT[len(place)]}"
        )
        return Fault(pointer=pointer(place), message=sentence, code="unknown_layer")
    where = f"The network of {quoted(facts.name)}"
    fault = unknown_layer(name, known, place, where)
    if fault.suggestion is not None:
        return fault
    sentence = f"{where} has no layer called {quoted(name)}. Its layers are called {_listed(known)}."
    return fault.model_copy(update={"message": sentence})


def _misfit(target: str, layer: StoredLayer, source: str, facts: WeightsFacts) -> tuple[str, str] | None:
    """Why a layer cannot have the weights of another: a code and a sentence; None where it can."""
    other = facts.layers[source]
    here, there = f"The layer {quoted(target)}", f"{quoted(source)} of {quoted(facts.name)}"
    if layer.type != other.type:
        return "other_layer_type", f"{here} has the type {layer.type}, but {there} has the type {other.type}."
    if not layer.variables:
        return None
    if list(layer.variables) != list(other.variables):
        said = f"{here} has {_variables(layer)}, but {there} has {_variables(other)}."
        return "other_variables", said
    wrong = [
        f"the shape {_shape(shape)} of `{name}` is {_shape(other.variables[name])} there"
        for name, shape in layer.variables.items()
        if tuple(shape) != tuple(other.variables[name])
    ]
    if not wrong:
        return None
    return "other_shape", f"{here} does not fit {there}: {enumeration(wrong)}."


def _variables(layer: StoredLayer) -> str:
    if not layer.variables:
        return "no variables"
    return f"the {'variables' if len(layer.variables) > 1 else 'variable'} {enumeration(map(_code, layer.variables))}"


def _code(name: str) -> str:
    return f"`{name}`"


def _shape(shape: Shape) -> str:
    return str(list(shape))


def _left_without(
    weights: InitialWeights, targets: Mapping[str, StoredLayer], sources: Mapping[str, str], facts: WeightsFacts
) -> Iterator[Fault]:
    if not sources:
        if weights.layers is None:
            sentence = (
                f"No layer of this network that has variables is called like one of {quoted(facts.name)}, so nothing "
                'would be copied. Name the layers in `layers`, as in {"hidden_*": "dense_*"}.'
            )
            yield Fault(pointer=pointer(PLACE), message=sentence, code="nothing_to_copy")
        else:
            sentence = "No layer that is named here has variables, so nothing would be copied. Name other layers."
            yield Fault(pointer=pointer(_LAYERS), message=sentence, code="nothing_to_copy")
    elif weights.otherwise == "error":
        left = [name for name, layer in targets.items() if layer.variables and name not in sources]
        if left:
            verb = "gets" if len(left) == 1 else "get"
            sentence = (
                f"{counted(len(left), 'layer')} with variables {verb} no weights: {_listed(left)}. Name them in "
                '`layers`, or use "initialize".'
            )
            yield Fault(pointer=pointer((*PLACE, "otherwise")), message=sentence, code="layers_left")


def _listed(names: Sequence[str]) -> str:
    """Some names of layers, and how many more there are."""
    shown = [quoted(name) for name in names[:_MOST_NAMES]]
    more = len(names) - len(shown)
    return enumeration([*shown, f"{more:,} more"] if more else shown)
