"""Scaled inputs."""

from collections.abc import Iterator
from typing import Any, Literal, cast

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.kernels import NetworkReading
from coach.reading.scaling import is_raw, reads_raw_numbers
from coach.techniques.technique import Technique
from spec.datasets.choice import dataset_of
from spec.datasets.resolution import resolve
from spec.language.declared import Section
from spec.language.sentences import enumeration, quoted

_MOST_NAMES = 3


class ScalingParameters(Section):
    """Of the scaling.

    Attributes:
        scaling: How numbers are scaled. By default, pictures into 0 to 1, and columns to mean 0 and deviation 1.
    """

    scaling: Literal["unit", "standard"] | None = None


class ScaledInputs(Technique[ScalingParameters]):
    """Inputs of about one size, so that all first weights have the same say."""

    NAME = "scale_inputs"
    TITLE = "Scaled inputs"
    PURPOSE = "Inputs of very different sizes make the loss a narrow valley, in which no learning rate is right."
    SECTION = None
    SOURCE = "LeCun, Bottou, Orr and Müller (1998), Efficient BackProp, section 4.3"
    PARAMETERS = ScalingParameters

    def move(self, job: CoachedJob, parameters: ScalingParameters) -> Move | NotApplicable:
        """By the data set where it can; by batch normalization of the input where not."""
        unscaled = [name for name in self._unscaled(job) if reads_raw_numbers(NetworkReading(job), name)]
        if not unscaled:
            return NotApplicable("All inputs are scaled already, by the data set or by the first layers.")
        draft = Draft(job)
        if job.facts.read:
            said = _scale_columns(draft, job, parameters.scaling, unscaled)
        else:
            scaling = parameters.scaling or ("unit" if job.facts.unit_maximum else "standard")
            draft.dataset["scaling"] = scaling
            said = _told(job, scaling)
        if said is None:
            for name in unscaled:
                draft.insert_on_input(name, {"type": "BatchNormalization"})
            said = "The data set cannot scale these columns, so a batch normalization does it as the first layer."
        return draft.move(said)

    def _unscaled(self, job: CoachedJob) -> Iterator[str]:
        """The names of the inputs that have numbers as they are."""
        if not job.facts.read:
            yield from list(job.inferred.inputs) if job.facts.scaling == "none" else ()
            return
        dataset = dataset_of(job.spec.dataset)
        for name, one in zip(job.inferred.inputs, resolve(dataset, job.facts).inputs, strict=True):
            if any(is_raw(feature) for feature in one.features):
                yield name


def _scale_columns(draft: Draft, job: CoachedJob, scaling: str | None, inputs: list[str]) -> str | None:
    """Let a user's data set scale its columns; None where none of them is one that it can scale."""
    dataset = dataset_of(job.spec.dataset)
    resolved = dict(zip(job.inferred.inputs, resolve(dataset, job.facts).inputs, strict=True))
    raw = [one for name in inputs for one in resolved[name].features if is_raw(one) and one.scaling == "none"]
    if not raw:
        return None
    own = {one.column.name for one in raw if getattr(one.encoding, "scaling", None) == "none"}
    chosen = scaling or ("unit" if all(one.picture or len(one.shape) > 1 for one in raw) else "standard")
    if len(own) < len(raw):
        draft.dataset["scaling"] = chosen
    for feature in _said_features(draft.dataset):
        if feature.get("column") in own and feature.get("scaling") == "none":
            feature["scaling"] = chosen
    names = [quoted(one.column.name) for one in raw]
    called = enumeration(
        names if len(names) <= _MOST_NAMES else [*names[:_MOST_NAMES], f"{len(names) - _MOST_NAMES} more"]
    )
    how = "are scaled into 0 to 1" if chosen == "unit" else "get mean 0 and deviation 1"
    return f"The values of {called} go into the network as they are; now they {how} by the training rows."


def _said_features(dataset: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The columns that are said as objects, of all inputs."""
    inputs: dict[str, Any] = dataset.get("inputs") or {}
    for features in (dataset.get("features"), *inputs.values()):
        listed = cast("list[Any]", features) if isinstance(features, list) else [features]
        yield from (one for one in listed if isinstance(one, dict))


def _told(job: CoachedJob, scaling: str) -> str:
    if scaling == "unit" and job.facts.unit_maximum:
        return f"Pixels go into the network as 0 to {job.facts.unit_maximum:g}; divided by that, they are 0 to 1."
    how = "into 0 to 1" if scaling == "unit" else "to mean 0 and deviation 1"
    return f"The {job.inferred.input_numbers:,} inputs go into the network as they are; now they are scaled {how}."
