"""A job as techniques and rules look at it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from spec.check import CheckedJob, check_job
from spec.datasets.choice import dataset_of
from spec.datasets.facts import DatasetFacts, FactsOf
from spec.datasets.resolution import facts_for
from spec.jobs import JobSpec
from spec.language.faults import Fault
from spec.networks.inference import Inferred, infer
from spec.weights.stored import WeightsOf, no_weights


class JobFaulty(Exception):
    """The spec does not pass the check.

    Attributes:
        faults: All that is wrong, with pointers into the spec.
    """

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"The spec has {len(faults)} faults.")
        self.faults = faults


@dataclass(frozen=True)
class CoachedJob:
    """A sound job.

    Attributes:
        said: The spec as JSON, as it was sent: what patches are made for. Never changed.
        spec: The same, as the language reads it.
        facts: Of the part of the data set that the job uses: shapes, target, classes.
        inferred: The network with its shapes and wiring; ``inferred.layers[i]`` is ``said["network"]["layers"][i]``
            with its defaults.
        look_at: Another spec, looked at with the same knowledge of data sets and weights; raises as `coached_job`.
    """

    said: Mapping[str, Any]
    spec: JobSpec
    facts: DatasetFacts
    inferred: Inferred
    look_at: "Callable[[Mapping[str, Any]], CoachedJob]" = field(repr=False, compare=False)


LookAt: TypeAlias = Callable[[Mapping[str, Any]], CoachedJob]
"""How a spec is looked at; raises `JobFaulty`."""


def coached_job(
    said: Mapping[str, Any], *, facts_of: FactsOf, max_memory_bytes: int, weights_of: WeightsOf = no_weights
) -> CoachedJob:
    """Look at a spec.

    Args:
        said: As JSON gives it.
        facts_of: Finds a data set's facts.
        max_memory_bytes: What a job's network may need, by estimate.
        weights_of: Finds the facts of weights that a training can begin with.

    Raises:
        JobFaulty: If it does not pass the check.
    """
    checked = check_job(said, facts_of=facts_of, max_memory_bytes=max_memory_bytes, weights_of=weights_of)
    look_at = partial(coached_job, facts_of=facts_of, max_memory_bytes=max_memory_bytes, weights_of=weights_of)
    return checked_job(said, checked, look_at)


def checked_job(said: Mapping[str, Any], checked: CheckedJob, look_at: LookAt) -> CoachedJob:
    """A spec that was checked already.

    Args:
        said: As JSON gives it.
        checked: What came of the check.
        look_at: How another spec is looked at, with the same knowledge.

    Raises:
        JobFaulty: If it did not pass.
    """
    if checked.spec is None or checked.used_facts is None or checked.inferred is None:
        raise JobFaulty(checked.faults)
    return CoachedJob(said, checked.spec, checked.used_facts, checked.inferred, look_at)


def job_in_training(said: Mapping[str, Any], facts: DatasetFacts, look_at: LookAt) -> CoachedJob:
    """A job that passed the check when it was made, by what it kept of its data set: nothing is looked up for it.

    Args:
        said: As it is stored.
        facts: Of the data set, as the job keeps them (`spec.datasets.resolution.facts_kept`).
        look_at: How another spec is looked at.
    """
    spec = JobSpec.model_validate(said)
    used = facts_for(dataset_of(spec.dataset), facts)
    return CoachedJob(said, spec, used, infer(spec.network, used.shapes), look_at)
