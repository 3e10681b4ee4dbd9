"""Everything that a job spec may say, as JSON: read off the declarations themselves."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import Any, NamedTuple, cast

from pydantic.json_schema import models_json_schema

from spec.coach import CoachSpec
from spec.datasets.built_in import built_in_data_sets
from spec.datasets.choice import DatasetSpec
from spec.datasets.splits import SplitSpec
from spec.datasets.synthetic import MEANINGS
from spec.diagnosis import RULES
from spec.jobs import JobSpec
from spec.language.declared import Declared, Section, kinds
from spec.language.descriptions import summary_of
from spec.layers import Layer
from spec.metrics import CHOSEN_BY_SHAPE as METRICS_BY_SHAPE
from spec.metrics import METRIC_NAMES, Metric
from spec.networks.activations import ACTIVATION_NAMES
from spec.networks.constraints import CONSTRAINT_NAMES, Constraint
from spec.networks.initializers import INITIALIZER_NAMES, Initializer
from spec.networks.left_out import (
    LEFT_OUT_ACTIVATIONS,
    LEFT_OUT_CONSTRAINTS,
    LEFT_OUT_INITIALIZERS,
    LEFT_OUT_LAYER_ARGUMENTS,
    LEFT_OUT_LAYERS,
    LEFT_OUT_NETWORK_FIELDS,
    LEFT_OUT_REGULARIZERS,
)
from spec.networks.networks import NetworkSpec
from spec.networks.regularizers import REGULARIZER_NAMES, Regularizer
from spec.resources import ResourcesSpec
from spec.training.callbacks import Callback
from spec.training.left_out import (
    LEFT_OUT_CALLBACK_ARGUMENTS,
    LEFT_OUT_CALLBACKS,
    LEFT_OUT_COMPILE_ARGUMENTS,
    LEFT_OUT_FIT_ARGUMENTS,
    LEFT_OUT_LOSS_ARGUMENTS,
    LEFT_OUT_LOSSES,
    LEFT_OUT_METRIC_ARGUMENTS,
    LEFT_OUT_METRICS,
    LEFT_OUT_OPTIMIZER_ARGUMENTS,
    LEFT_OUT_OPTIMIZER_METHODS,
    LEFT_OUT_OPTIMIZERS,
    LEFT_OUT_SCHEDULE_ARGUMENTS,
    LEFT_OUT_SCHEDULES,
)
from spec.training.losses import CHOSEN_BY_SHAPE as LOSSES_BY_SHAPE
from spec.training.losses import LOSS_NAMES, Loss
from spec.training.optimizers import OPTIMIZER_NAMES, Optimizer
from spec.training.schedules import Schedule
from spec.training.training import TrainingSpec


class _Family(NamedTuple):
    """A family as the catalog shows it."""

    base: type[Declared]
    names: tuple[str, ...]
    left_out: Mapping[str, str]
    left_out_arguments: Mapping[str, str]


_FAMILIES: Mapping[str, _Family] = {
    "layers": _Family(Layer, (), LEFT_OUT_LAYERS, LEFT_OUT_LAYER_ARGUMENTS),
    "initializers": _Family(Initializer, tuple(INITIALIZER_NAMES), LEFT_OUT_INITIALIZERS, {}),
    "regularizers": _Family(Regularizer, tuple(REGULARIZER_NAMES), LEFT_OUT_REGULARIZERS, {}),
    "constraints": _Family(Constraint, tuple(CONSTRAINT_NAMES), LEFT_OUT_CONSTRAINTS, {}),
    "optimizers": _Family(Optimizer, tuple(OPTIMIZER_NAMES), LEFT_OUT_OPTIMIZERS, LEFT_OUT_OPTIMIZER_ARGUMENTS),
    "schedules": _Family(Schedule, (), LEFT_OUT_SCHEDULES, LEFT_OUT_SCHEDULE_ARGUMENTS),
    "losses": _Family(Loss, (*LOSSES_BY_SHAPE, *LOSS_NAMES), LEFT_OUT_LOSSES, LEFT_OUT_LOSS_ARGUMENTS),
    "metrics": _Family(Metric, (*METRICS_BY_SHAPE, *METRIC_NAMES), LEFT_OUT_METRICS, LEFT_OUT_METRIC_ARGUMENTS),
    "callbacks": _Family(Callback, (), LEFT_OUT_CALLBACKS, LEFT_OUT_CALLBACK_ARGUMENTS),
}

_SECTIONS: Mapping[str, type[Section]] = {
    "job": JobSpec,
    "network": NetworkSpec,
    "dataset": DatasetSpec,
    "split": SplitSpec,
    "training": TrainingSpec,
    "resources": ResourcesSpec,
    "coach": CoachSpec,
}

_NOT_SHOWN = frozenset({"title", "description", "discriminator"})
"""What a field's JSON Schema holds beside what may be said."""


@cache
def catalog() -> dict[str, Any]:
    """The catalog: JSON-ready, the same every time; not to be changed by who reads it.

    A family has ``kinds`` (``type``, ``description``, ``arguments``), ``names`` (strings that stand for one) and what
    is ``left_out``, with reasons; what else Keras takes for networks and trainings stands in ``network_left_out`` and
    ``training_left_out``. The ``rules`` of the coach have ``title``, ``threshold``, ``unit``, and the ``least`` and
    the ``most`` that a threshold can be. An argument has ``name``, ``required``, its ``default`` where it has one, and
    JSON Schema's words for what it takes (``type``, ``minimum``, ``enum``, ``anyOf``, …), where
    ``{"family": "schedules"}`` stands for one of a family, by name or as an object, and ``{"section": "split"}`` for an
    object of that section.
    """
    schemas = _Schemas()
    told: dict[str, Any] = {name: _family(family, schemas) for name, family in _FAMILIES.items()}
    told["activations"] = {"names": list(ACTIVATION_NAMES), "left_out": dict(LEFT_OUT_ACTIVATIONS)}
    told["sections"] = {name: schemas.arguments(section) for name, section in _SECTIONS.items()}
    told["network_left_out"] = dict(LEFT_OUT_NETWORK_FIELDS)
    told["training_left_out"] = {
        "compile_arguments": dict(LEFT_OUT_COMPILE_ARGUMENTS),
        "fit_arguments": dict(LEFT_OUT_FIT_ARGUMENTS),
        "optimizer_methods": dict(LEFT_OUT_OPTIMIZER_METHODS),
    }
    told["datasets"] = [
        facts.model_dump(mode="json") | {name: list(told) for name, told in MEANINGS.get(facts.name, {}).items()}
        for facts in built_in_data_sets()
    ]
    told["rules"] = [{"name": name, **asdict(rule)} for name, rule in RULES.items()]
    told["datasets"] = [facts.model_dump(mode="json") for facts in built_in_data_sets()]
    return told


def _family(family: _Family, schemas: "_Schemas") -> dict[str, Any]:
    return {
        "kinds": [
            {"type": name, "description": summary_of(kind), "arguments": schemas.arguments(kind)}
            for name, kind in kinds(family.base).items()
        ],
        "names": list(family.names),
        "left_out": dict(family.left_out),
        "left_out_arguments": dict(family.left_out_arguments),
    }


class _Schemas:
    """The JSON Schemas of everything declared, made in one go, and what each of their references stands for."""

    def __init__(self) -> None:
        stands_for: dict[type[Section], dict[str, str]] = {
            section: {"section": name} for name, section in _SECTIONS.items()
        }
        for name, family in _FAMILIES.items():
            stands_for |= {kind: {"family": name} for kind in kinds(family.base).values()}
        by_class, together = models_json_schema([(section, "validation") for section in stands_for])
        self._references = {section: by_class[section, "validation"]["$ref"] for section in stands_for}
        self._stands_for = {self._references[section]: told for section, told in stands_for.items()}
        self._definitions: dict[str, Any] = together["$defs"]

    def arguments(self, section: type[Section]) -> list[dict[str, Any]]:
        """What a class takes, in the order of declaration."""
        schema = self._definitions[self._references[section].rsplit("/", 1)[1]]
        required = set(schema.get("required", ()))
        return [
            {"name": name, "required": name in required, **self._told(described)}
            for name, described in schema["properties"].items()
            if name != "type"
        ]

    def _told(self, described: Any) -> Any:  # noqa: ANN401 - any piece of JSON Schema
        """A piece of JSON Schema without its references."""
        if isinstance(described, list):
            return self._choices(cast("list[Any]", described))
        if not isinstance(described, dict):
            return described
        members = cast("dict[str, Any]", described)
        said = {
            name: value if name == "default" else self._told(value)
            for name, value in members.items()
            if name not in _NOT_SHOWN
        }
        reference = said.pop("$ref", None)
        if reference is not None:
            said |= self._stands_for.get(reference, {"section": reference.rsplit("/", 1)[1]})
        for choice in ("oneOf", "anyOf"):
            if len(said.get(choice, ())) == 1:
                said |= said.pop(choice)[0]
        return said

    def _choices(self, pieces: list[Any]) -> list[Any]:
        """Each choice once; the names of a family's members stand with the family."""
        told: list[Any] = []
        for piece in map(self._told, pieces):
            if piece not in told:
                told.append(piece)
        has_family = any(isinstance(piece, dict) and "family" in piece for piece in told)
        return [piece for piece in told if not (has_family and isinstance(piece, dict) and "enum" in piece)]
