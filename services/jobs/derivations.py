"""Derives a job: the parent's spec, patched and checked as a whole."""

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from coach.moves import BY_NAME, ParametersFaulty, read_parameters
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
_TECHNIQUE = "technique"
_PARAMETERS = "parameters"
MOST_OF_TECHNIQUES = 100_000_000
"""Characters of a patch that is a technique's."""
_MEMBERS = (_PATCH, _TECHNIQUE, _PARAMETERS)


@dataclass(frozen=True)
class Change:
    """How a child is to differ from its parent: by operations, or by what a technique makes of them.

    Attributes:
        operations: What is to be different; None where a technique says it.
        technique: Its name; there is one of that name.
        parameters: Of the technique, as they were sent.
    """

    operations: list[Operation] | None = None
    technique: str | None = None
    parameters: object = None


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
        technique: What they are of, if it was not the client that said them.
    """

    parent: str
    parent_json: str
    operations: list[Operation]
    patched: Patched
    technique: str | None = None

    @property
    def document(self) -> Any:  # noqa: ANN401 -- any JSON value
        """The child's spec."""
        return self.patched.document


def apply(
    context: ServiceContext, parent: str, spec_json: str, operations: list[Operation], technique: str | None = None
) -> PatchedSpec:
    """The child's spec, whatever it says.

    Args:
        context: What limits it.
        parent: The job it is derived from.
        spec_json: That job's spec.
        operations: What is to be different.
        technique: The name of what they are of, if it was not the client that said them.

    Raises:
        BodyFaulty: If anything is wrong with the patch; holds all faults.
    """
    # A technique's own patch is bounded by the spec that it is made for.
    most_characters = context.limits.max_spec_bytes if technique is None else MOST_OF_TECHNIQUES
    budget = Budget(MAX_VALUES, most_characters)
    with bounded_suggestions():
        try:
            # As Python's own `json` reads it: integers of any length stay what they are.
            patched = application.apply(json.loads(spec_json), operations, budget)
        except PatchFaulty as error:
            raise BodyFaulty(_under_patch(error.faults)) from None
    return PatchedSpec(parent, spec_json, operations, patched, technique)


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
        if spec.technique is not None:
            return DerivedFault(**{**fault.model_dump(), "pointer": f"/{_TECHNIQUE}"}, spec_pointer=fault.pointer)
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
        place = _PATCH if spec.technique is None else _TECHNIQUE
        raise BodyFaulty([Fault(pointer=f"/{place}", message=message, code="spec_too_large")])
    return dataclasses.replace(child, parent=spec.parent, located=located)


def read_change(body: object) -> Change:
    """What a body says of how the child differs.

    Raises:
        BodyFaulty: If anything is wrong with it; holds all faults.
    """
    if not isinstance(body, dict):
        message = "The body must be an object with a `patch`."
        raise BodyFaulty([Fault(pointer="", message=message, code="model_type")])
    with bounded_suggestions():
        return _change(cast("dict[str, Any]", body))


def _change(members: dict[str, Any]) -> Change:
    faults = list(_unknown_members(members))
    operations: list[Operation] | None = None
    if _TECHNIQUE in members:
        faults += _faults_of_technique(members)
    elif _PARAMETERS in members:
        message = "`parameters` are those of a `technique`. Add its name, or leave them out."
        faults.append(Fault(pointer=f"/{_PARAMETERS}", message=message, code="parameters_without_technique"))
    elif _PATCH not in members:
        faults.append(Fault(pointer=f"/{_PATCH}", message="This field is required.", code="missing"))
    if _PATCH in members:
        try:
            operations = read_patch(members[_PATCH])
        except PatchFaulty as error:
            faults.extend(_under_patch(error.faults))
    if faults:
        raise BodyFaulty(faults)
    return Change(operations, members.get(_TECHNIQUE), members.get(_PARAMETERS))


def _unknown_members(members: dict[str, Any]) -> Iterable[Fault]:
    for name in list(members)[:20]:
        if name not in _MEMBERS:
            message = f'"{name[:100]}" is not a known field. Describe all changes in `patch`.'
            yield Fault(
                pointer=pointer((name,)), message=message, code="unknown_field", suggestion=nearest(name, _MEMBERS)
            )


def _faults_of_technique(members: dict[str, Any]) -> Iterable[Fault]:
    name: object = members[_TECHNIQUE]
    if _PATCH in members:
        message = "Give exactly one: `patch` or `technique`."
        yield Fault(pointer=f"/{_TECHNIQUE}", message=message, code="either_or")
    if not isinstance(name, str):
        message = "This must be the name of a technique."
        yield Fault(pointer=f"/{_TECHNIQUE}", message=message, code="string_type")
    elif name not in BY_NAME:
        near = nearest(name, BY_NAME)
        message = f'"{name[:100]}" is not a known technique.'
        if near is None:
            message += " `GET /v1/techniques` lists all of them."
        yield Fault(pointer=f"/{_TECHNIQUE}", message=message, code="unknown_technique", suggestion=near)
    elif members.get(_PARAMETERS) is not None:
        try:
            read_parameters(BY_NAME[name], members[_PARAMETERS])
        except ParametersFaulty as error:
            yield from (
                fault.model_copy(update={"pointer": f"/{_PARAMETERS}{fault.pointer}"}) for fault in error.faults
            )


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
