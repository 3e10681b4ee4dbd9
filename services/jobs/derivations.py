"""Derives a job: the parent's spec, patched and checked as a whole."""

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from db.errors import JobNotFound
from db.jobs import jobs
from services.actors import Actor
from services.context import ServiceContext
from services.errors import BodyFaulty
from services.ids import checked_id
from services.jobs import drafts
from services.jobs.drafts import Draft
from spec.datasets.facts import FactsOf
from spec.language.faults import Fault, pointer
from spec.language.json_bounds import MAX_VALUES
from spec.language.suggestions import bounded_suggestions, nearest
from spec.patches import application
from spec.patches.application import Budget, Patched
from spec.patches.operations import Operation, PatchFaulty, read_patch
from spec.weights.stored import WeightsOf, no_weights

_PATCH = "patch"


class DerivedFault(Fault):
    """A fault of the spec that a patch makes.

    Attributes:
        spec_pointer: Where it lies in that spec; ``pointer`` says what of the body led to it.
    """

    spec_pointer: str


async def spec_of(context: ServiceContext, actor: Actor, job_id: str) -> str:
    """The spec of the parent, as JSON.

    Raises:
        JobNotFound: If the caller has no such job.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(job_id, "job", JobNotFound)
    async with context.database.read() as connection:
        return jobs.existing(await jobs.get(connection, job_id, actor.project), job_id).spec_json


@dataclass(frozen=True)
class PatchedSpec:
    """A parent's spec with a patch applied, not checked yet.

    Attributes:
        parent: The job that the child is derived from.
        parent_json: That job's spec.
        operations: What is to be different.
        patched: What came of them, and which wrote what.
    """

    parent: str
    parent_json: str
    operations: list[Operation]
    patched: Patched

    @property
    def document(self) -> Any:  # noqa: ANN401 -- any JSON value
        """The child's spec."""
        return self.patched.document


def apply(context: ServiceContext, parent: str, spec_json: str, operations: list[Operation]) -> PatchedSpec:
    """The child's spec, whatever it says.

    Args:
        context: What limits it.
        parent: The job it is derived from.
        spec_json: That job's spec.
        operations: What is to be different.

    Raises:
        BodyFaulty: If anything is wrong with the patch; holds all faults.
    """
    budget = Budget(MAX_VALUES, context.limits.max_spec_bytes)
    with bounded_suggestions():
        try:
            # As Python's own `json` reads it: integers of any length stay what they are.
            patched = application.apply(json.loads(spec_json), operations, budget)
        except PatchFaulty as error:
            raise BodyFaulty(_under_patch(error.faults)) from None
    return PatchedSpec(parent, spec_json, operations, patched)


def derive(context: ServiceContext, spec: PatchedSpec, facts_of: FactsOf, weights_of: WeightsOf = no_weights) -> Draft:
    """The child as it could be made.

    Args:
        context: What limits it.
        spec: The child's spec.
        facts_of: Finds a data set's facts.
        weights_of: Finds the facts of weights that a training can begin with.

    Raises:
        BodyFaulty: If anything is wrong with the spec; holds all faults.
    """

    def located(fault: Fault) -> DerivedFault:
        return _traced(fault, spec.patched, spec.operations)

    limit = context.limits.max_spec_bytes
    with bounded_suggestions():
        try:
            child = drafts.draft(
                spec.document,
                facts_of=facts_of,
                max_memory_bytes=context.limits.max_memory_bytes,
                weights_of=weights_of,
            )
        except BodyFaulty as error:
            raise BodyFaulty([located(fault) for fault in error.faults]) from None
    if len(child.spec_json.encode()) > max(limit, len(spec.parent_json.encode())):
        message = f"The spec that results from the patch is longer than {limit:,} bytes."
        raise BodyFaulty([Fault(pointer=f"/{_PATCH}", message=message, code="spec_too_large")])
    return dataclasses.replace(child, parent=spec.parent, located=located)


def read_operations(body: object) -> list[Operation]:
    """The operations that a body holds.

    Raises:
        BodyFaulty: If anything is wrong with it; holds all faults.
    """
    with bounded_suggestions():
        return _operations(body)


def _operations(body: object) -> list[Operation]:
    if not isinstance(body, dict):
        raise BodyFaulty([Fault(pointer="", message="The body must be an object with a `patch`.", code="model_type")])
    members = cast("dict[str, Any]", body)
    faults: list[Fault] = []
    for name in list(members)[:20]:
        if name != _PATCH:
            message = f'"{name[:100]}" is not a known field. Describe all changes in `patch`.'
            place = pointer((name,))
            faults.append(
                Fault(pointer=place, message=message, code="unknown_field", suggestion=nearest(name, [_PATCH]))
            )
    operations: list[Operation] = []
    if _PATCH not in members:
        faults.append(Fault(pointer=f"/{_PATCH}", message="This field is required.", code="missing"))
    else:
        try:
            operations = read_patch(members[_PATCH])
        except PatchFaulty as error:
            faults.extend(_under_patch(error.faults))
    if faults:
        raise BodyFaulty(faults)
    return operations


def _under_patch(faults: Iterable[Fault]) -> list[Fault]:
    return [fault.model_copy(update={"pointer": f"/{_PATCH}{fault.pointer}"}) for fault in faults]


def _traced(fault: Fault, patched: Patched, operations: list[Operation]) -> DerivedFault:
    """The fault, pointing at the operation that wrote what is at fault; at the whole patch where none did."""
    place = f"/{_PATCH}"
    writer = patched.writer_of(fault.pointer)
    if writer is not None:
        number, rest = writer
        member = f"value{rest}" if operations[number].op in {"add", "replace"} else "path"
        place = f"{place}/{number}/{member}"
    return DerivedFault(**{**fault.model_dump(), "pointer": place}, spec_pointer=fault.pointer)
