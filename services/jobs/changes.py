"""What of a job can be changed: its name and its metadata, by a JSON Merge Patch (RFC 7396)."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import Field
from pydantic_core import InitErrorDetails

from db.errors import CommitUncertain, JobNotFound
from db.jobs import controls, descriptions
from db.jobs.rows import JobRow
from services.actors import Actor
from services.context import ServiceContext
from services.errors import BodyFaulty, JobChanged
from services.ids import checked_id
from services.jobs.jobs import Job
from spec.jobs import MAX_PAIRS, JobSpec, MetadataKey, MetadataValue, Name
from spec.language.declared import Section
from spec.language.faults import Fault, fault_error
from spec.language.lists import AtMost
from spec.language.retired import Retired
from spec.language.sections import read_section

_BY_CALLS = {
    "status": "Use `POST /v1/jobs/{id}/cancel`, `/pause` or `/resume`.",
    "priority": "It is part of the spec: derive a new job with `POST /v1/jobs/{id}/derive`.",
}
_OF_THE_SPEC = frozenset({*JobSpec.model_fields, *JobSpec.RETIRED, "spec"}) - {"name", "metadata", "tags"}


class JobChangesBody(Section):
    """Changes to a job. Whatever is left out stays as it is."""

    RETIRED: ClassVar[Mapping[str, Retired]] = {"tags": JobSpec.RETIRED["tags"]}

    name: Name | None = Field(default=None, description="The new name; `null` removes it.")
    metadata: Annotated[dict[MetadataKey, MetadataValue | None], AtMost(2 * MAX_PAIRS, "pairs")] | None = Field(
        default=None,
        description="Pairs to add or replace. The value `null` removes a pair; `null` as a whole removes them all.",
    )

    @classmethod
    def _unknown_field(cls, name: str) -> InitErrorDetails:
        if name in _BY_CALLS:
            return fault_error("unchangeable_field", f"`{name}` cannot be changed here. {_BY_CALLS[name]}", at=(name,))
        if name in _OF_THE_SPEC:
            way = "Derive a new job with `POST /v1/jobs/{id}/derive`."
            sentence = f"`{name}` cannot be changed once a job has been created. {way}"
            return fault_error("unchangeable_field", sentence, at=(name,))
        return super()._unknown_field(name)


@dataclass(frozen=True)
class _Description:
    """A job's name and metadata, and its spec, in which they stand as well."""

    name: str | None
    metadata: Mapping[str, str]
    spec_json: str


def read_changes(body: object) -> JobChangesBody:
    """What is to be changed.

    Raises:
        BodyFaulty: If anything is wrong with the body; holds all faults.
    """
    found = read_section(JobChangesBody, body, at=())
    if found.section is None:
        raise BodyFaulty(found.faults)
    return found.section


async def change(
    context: ServiceContext, actor: Actor, job_id: str, changes: JobChangesBody, revisions: Collection[int] | None
) -> Job:
    """The job with another name or other metadata.

    Args:
        context: The rooms below.
        actor: Who asks.
        job_id: Of which job.
        changes: What is to be changed.
        revisions: Of the job, one of which it must be in; None for any.

    Raises:
        JobNotFound: If the caller has no such job.
        JobChanged: If it is in none of the states that are expected.
        BodyFaulty: If it would have more metadata than a job may have.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(job_id, "job", JobNotFound)
    try:
        return await _change_once(context, actor, job_id, changes, revisions)
    except CommitUncertain:
        # Where the commit took place there is nothing left to change, and the job's state is another.
        return await _change_once(context, actor, job_id, changes, revisions, is_repeated=True)


async def _change_once(  # noqa: PLR0913 -- all but the last as `change` takes them
    context: ServiceContext,
    actor: Actor,
    job_id: str,
    changes: JobChangesBody,
    revisions: Collection[int] | None,
    *,
    is_repeated: bool = False,
) -> Job:
    async with context.database.write() as connection:
        row = await controls.lock(connection, job_id, actor.project)
        new = _described_anew(row, changes)
        if revisions is not None and row.revision not in revisions and not (is_repeated and new is None):
            raise JobChanged(job_id)
        if new is not None:
            row = await descriptions.change(
                connection,
                row,
                name=new.name,
                metadata=new.metadata,
                spec_json=new.spec_json,
                act=actor.act("job.change", job_id),
            )
        return Job(row, await context.places.of(connection, row))


def _described_anew(row: JobRow, changes: JobChangesBody) -> _Description | None:
    """The job's description after the changes; None where they change nothing.

    Raises:
        BodyFaulty: If the job would have more metadata than a job may have.
    """
    before: dict[str, str] = json.loads(row.metadata_json)
    name = changes.name if "name" in changes.model_fields_set else row.name
    metadata = _merged(before, changes) if "metadata" in changes.model_fields_set else before
    if len(metadata) > MAX_PAIRS:
        message = (
            f"The job would have {len(metadata)} pairs, but at most {MAX_PAIRS} are allowed. `null` removes a pair."
        )
        raise BodyFaulty([Fault(pointer="/metadata", message=message, code="too_many")])
    if (name, metadata) == (row.name, before):
        return None
    return _Description(name, metadata, _respelled(row.spec_json, name, metadata))


def _merged(before: Mapping[str, str], changes: JobChangesBody) -> dict[str, str]:
    if changes.metadata is None:
        return {}
    merged: dict[str, str | None] = {**before, **changes.metadata}
    return {key: value for key, value in merged.items() if value is not None}


def _respelled(spec_json: str, name: str | None, metadata: Mapping[str, str]) -> str:
    """The spec with this name and metadata; what there is none of is left out, as one may who sends a spec."""
    # As Python's own `json` reads and writes it: integers of any length stay what they are.
    spec: dict[str, Any] = json.loads(spec_json)
    for field, value in (("name", name), ("metadata", dict(metadata))):
        if value:
            spec[field] = value
        else:
            spec.pop(field, None)
    return json.dumps(spec, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
