"""Metrics: one class here is one of Keras's, one field one of its constructor's arguments."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from spec.language.declared import OneOf, kinds, named
from spec.language.synonyms import METRIC_WAYS, RENAMED_METRICS
from spec.language.vocabularies import Vocabulary
from spec.metrics import confusions, overlaps  # noqa: F401  # pyright: ignore[reportUnusedImport]  # declares theirs
from spec.metrics.accuracies import BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy
from spec.metrics.base import Metric, snake_case
from spec.metrics.distances import (
    BinaryCrossentropy,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
)
from spec.training.left_out import LEFT_OUT_METRICS
from spec.training.targets import Encoding

_ALIASES: dict[str, type[Metric]] = {
    "bce": BinaryCrossentropy,
    "mae": MeanAbsoluteError,
    "mse": MeanSquaredError,
    "mape": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError,
}

CHOSEN_BY_SHAPE: tuple[str, ...] = ("accuracy", "acc", "Accuracy")
"""Strings for which Keras chooses the accuracy that fits the output and the way targets are laid."""


def _required(kind: type[Metric]) -> list[str]:
    return [name for name, field in kind.model_fields.items() if field.is_required()]


METRIC_NAMES: Mapping[str, type[Metric]] = (
    {
        spelling: kind
        for name, kind in kinds(Metric).items()
        if not _required(kind)
        for spelling in (snake_case(name), name)
        if spelling not in CHOSEN_BY_SHAPE
    }
    | _ALIASES
    | {name.upper(): kind for name, kind in _ALIASES.items()}
)
"""The strings that Keras takes for one metric."""


def _spelled_out(name: str, kind: type[Metric]) -> str:
    samples = {field: _SAMPLES[field] for field in _required(kind)}
    members = ", ".join(f'"{field}": {sample}' for field, sample in {"type": f'"{name}"', **samples}.items())
    return f"`{name}` needs arguments. Write {{{members}}}."


_SAMPLES: Mapping[str, str] = {
    "average": '"macro"',
    "num_classes": "10",
    "target_class_ids": "[0, 1]",
    "recall": "0.9",
    "precision": "0.9",
    "sensitivity": "0.9",
    "specificity": "0.9",
}
"""What required arguments are shown with."""

SPELLED_OUT: Mapping[str, str] = {
    spelling: _spelled_out(name, kind)
    for name, kind in kinds(Metric).items()
    if _required(kind)
    for spelling in (snake_case(name), name)
}
"""Strings that Keras has for metrics which need arguments -> what to write."""

MetricField = Annotated[
    Metric | str,
    OneOf(
        Metric,
        Vocabulary("metric", RENAMED_METRICS, LEFT_OUT_METRICS, {**SPELLED_OUT, **METRIC_WAYS}),
        names={**dict.fromkeys(CHOSEN_BY_SHAPE), **METRIC_NAMES},
    ),
]
"""A metric, by its name or as an object with a ``type``."""


def named_metric(name: str) -> Metric:
    """The metric that a string stands for, with Keras's defaults."""
    return named(name, METRIC_NAMES)


def metric_of(value: Metric | str, encoding: Encoding, output_units: int) -> Metric:
    """The metric that a field's value says, before targets laid so and an output of so many numbers a row."""
    if not isinstance(value, str):
        return value
    if value not in CHOSEN_BY_SHAPE:
        return named_metric(value)
    if output_units == 1:
        return BinaryAccuracy.model_validate({})
    kind = SparseCategoricalAccuracy if encoding == "classes" else CategoricalAccuracy
    return kind.model_validate({})


def numbers_of(metrics: Sequence[Metric | str], output_units: int) -> int:
    """How many numbers the variables of all these hold, before an output of so many numbers a row."""
    encoding: Encoding = "classes"  # an accuracy chosen by the shape holds as many, whatever it is
    return sum(metric_of(metric, encoding, output_units).numbers(output_units) for metric in metrics)


def reported_names(metrics: Sequence[Metric | str], weighted: Sequence[Metric | str] = ()) -> list[str]:
    """What Keras calls each metric in its logs: those of the first list, then the weighted ones.

    A string is its own name. An object without one gets its class's, numbered where Keras numbers them. A name that is
    taken already gets ``weighted_`` before it where it is a weighted metric's; one that is still taken gets a number
    behind it.
    """
    made: dict[str, int] = {}
    taken: dict[str, int] = {}
    names: list[str] = []
    for place, metric in enumerate((*metrics, *weighted)):
        if isinstance(metric, str):
            name = metric
        elif metric.name is not None:
            name = metric.name
        else:
            name = metric.CALLED
            if metric.IS_NUMBERED:
                count = made.get(name, 0)
                made[name] = count + 1
                name = f"{name}_{count}" if count else name
        if place >= len(metrics) and name in taken:
            name = f"weighted_{name}"
        count = taken.get(name, 0)
        taken[name] = count + 1
        names.append(f"{name}_{count}" if count else name)
    return names
