"""How the OpenAPI document says which names a spec may use, so that generators of clients can make types of them.

Keras takes most names in two spellings, `zeros` and `Zeros`. Generators name an enumeration's members in a style of
their own, where the two would be one: some stop at that, others lose one of them. So a family's names stand in the
document twice, once each: as ``InitializerName`` the spellings to use, as ``InitializerAlias`` the others.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from spec.metrics import CHOSEN_BY_SHAPE as METRICS_BY_SHAPE
from spec.metrics import METRIC_NAMES
from spec.networks.activations import ACTIVATION_NAMES
from spec.networks.constraints import CONSTRAINT_NAMES
from spec.networks.initializers import INITIALIZER_NAMES
from spec.networks.regularizers import REGULARIZER_NAMES
from spec.training.losses import CHOSEN_BY_SHAPE as LOSSES_BY_SHAPE
from spec.training.losses import LOSS_NAMES
from spec.training.optimizers import OPTIMIZER_NAMES

Schema = dict[str, Any]

_FAMILIES: Mapping[str, Iterable[str]] = {
    "Activation": ACTIVATION_NAMES,
    "Constraint": CONSTRAINT_NAMES,
    "Initializer": INITIALIZER_NAMES,
    "Loss": (*LOSS_NAMES, *LOSSES_BY_SHAPE),
    "Metric": (*METRIC_NAMES, *METRICS_BY_SHAPE),
    "Optimizer": OPTIMIZER_NAMES,
    "Regularizer": REGULARIZER_NAMES,
}
_FAMILY_OF: Mapping[frozenset[str], str] = {frozenset(names): family for family, names in _FAMILIES.items()}
_REFERENCE = "#/components/schemas/"


def with_name_schemas(schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """The schemas with those of names among them, which all others refer to; in the order of the alphabet."""
    made = {name: cast("Schema", _referring(schema)) for name, schema in schemas.items()}
    for family in _FAMILIES:
        made |= _name_schemas(family)
    return dict(sorted(made.items()))


def _name_schemas(family: str) -> dict[str, Schema]:
    article = "An" if family[0] in "AEIOU" else "A"
    said = {f"{family}Name": f"The name of {article.lower()} {family.lower()}."}
    said[f"{family}Alias"] = f"An alternative spelling of {article.lower()} `{family}Name`, which is accepted as well."
    parts = zip(said.items(), _parts(family), strict=True)
    return {
        title: {"description": description, "enum": names, "title": title, "type": "string"}
        for (title, description), names in parts
        if names
    }


def _parts(family: str) -> tuple[list[str], list[str]]:
    """The names in small letters, and those with capitals."""
    names = list(_FAMILIES[family])
    return [name for name in names if name.islower()], [name for name in names if not name.islower()]


def _referring(piece: object) -> object:
    """A piece of JSON Schema in which references take the place of enumerations of names."""
    if isinstance(piece, list):
        return [_referring(choice) for one in cast("list[object]", piece) for choice in _spread(one)]
    if not isinstance(piece, dict):
        return piece
    members = cast("Schema", piece)
    choices = list(_references(members))
    if not choices:
        return {name: _referring(value) for name, value in members.items()}
    beside = {name: value for name, value in members.items() if name not in {"enum", "type"}}
    return beside | (choices[0] if len(choices) == 1 else {"anyOf": choices})


def _spread(choice: object) -> list[object]:
    """The choices that take the place of one, which is itself where it has more than names to say."""
    is_of_names = isinstance(choice, dict) and set(cast("Schema", choice)) == {"enum", "type"}
    return [*_references(cast("Schema", choice))] or [choice] if is_of_names else [choice]


def _references(schema: Schema) -> Iterator[Schema]:
    names = schema.get("enum")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in cast("list[object]", names)):
        return
    family = _FAMILY_OF.get(frozenset(cast("list[str]", names)))
    for title in () if family is None else _name_schemas(family):
        yield {"$ref": _REFERENCE + title}
