"""``/v1/jobs/{job_id}/derive``."""

import json

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.documents import Json
from api.calls import creation
from api.context import context_of
from api.derivations import examples
from api.derivations.schemas import DerivationBody
from api.jobs.documents import dry_run_document, job_answer
from api.jobs.queries import CreateQuery
from api.jobs.schemas import CreatedJobDocument, DryRunDocument
from api.openapi.declarations import Shown
from api.requests import idempotency
from api.requests.bodies import parse_json, read_text
from api.requests.checking import COACHED, checked
from api.serving.plain_routes import PlainRoute
from api.techniques.routes import CHECKS
from db.errors import DatabaseUnavailable, JobNotFound
from services import techniques
from services.creations import Keyed, first_answer, first_answer_or_faults
from services.errors import BodyFaulty, DatasetNotReady, QuotaExceeded
from services.jobs import derivations
from services.jobs.creation import create as create_job
from services.jobs.derivations import Change, PatchedSpec
from services.jobs.drafts import Draft
from services.jobs.intake import MadeJob
from services.lookups import look_up
from services.techniques import TechniqueNotApplicable
from spec.patches.operations import Operation

router = APIRouter(prefix="/v1/jobs/{job_id}/derive", tags=["jobs"], route_class=PlainRoute)


@router.post(
    "",
    **creation(
        (201, Shown("The derived job, queued.", CreatedJobDocument, headers=idempotency.created_headers("job"))),
        (200, Shown("With `dry_run`: the derived job as it would be created.", DryRunDocument)),
        problems=(JobNotFound, TechniqueNotApplicable, DatasetNotReady, QuotaExceeded, DatabaseUnavailable),
        query=CreateQuery,
        body=Shown(
            "A JSON Patch (RFC 6902) to apply to the job's spec, or the name of a technique.",
            DerivationBody,
            examples=examples.DERIVATIONS,
        ),
    ),
    summary="Derive a job",
)
async def derive(request: Request, job_id: str) -> Response:
    """Creates a job whose spec is this job's with a patch applied. Its `parent` is this job, which may be in any state.

    The resulting spec is checked as thoroughly as one sent to `POST /v1/jobs`. For an error in it, `pointer` names the
    operation that caused the error, and `spec_pointer` its place in the resulting spec.

    Instead of a `patch`, a `technique` can be named, perhaps with `parameters`: the patch is then the one that
    `POST /v1/techniques/{name}/preview` shows for this job's spec.
    """
    query = CreateQuery.of(request)
    context, caller = context_of(request), caller_of(request)
    services = context.services
    text = await read_text(request, limit_bytes=context.settings.max_body_bytes)

    def read() -> tuple[Keyed[MadeJob] | None, Change]:
        body = parse_json(text)
        return idempotency.keyed(request, caller, body, job_answer), derivations.read_change(body)

    keyed, change = await checked(request, read, text)
    try:
        spec_json = await derivations.spec_of(services, caller, job_id)
    except JobNotFound:
        # It may have been there when the child was made.
        if query.dry_run or keyed is None:
            raise
        first = await first_answer(services.database, keyed.request)
        if first is None:
            raise
        return idempotency.answered(first, is_replayed=True)
    try:
        draft = await _derived(request, text, job_id, spec_json, change)
    except BodyFaulty as error:
        # What the patch or the spec names may have been there when the child was made.
        if query.dry_run:
            raise
        return idempotency.created(await first_answer_or_faults(services.database, keyed, error), job_answer)
    if query.dry_run:
        return await checked(request, lambda: Json(dry_run_document(draft)), draft.spec_json)
    return idempotency.created(await create_job(services, caller, draft, keyed), job_answer)


async def _derived(request: Request, text: bytes, parent: str, spec_json: str, change: Change) -> Draft:
    """The child as it could be made."""
    services, caller = context_of(request).services, caller_of(request)
    operations = change.operations
    if operations is None:
        operations = await _operations_of(request, text, spec_json, change)
    growth = 2 ** sum(operation.op == "copy" for operation in operations)

    def patch() -> PatchedSpec:
        return derivations.apply(services, parent, spec_json, operations, change.technique)

    patched = await checked(request, patch, text, spec_json, growth=growth)
    found = await look_up(services, caller, patched.document)
    return await checked(
        request,
        lambda: derivations.derive(services, patched, found.facts_of, found.weights_of),
        text,
        spec_json,
        *found.texts,
        growth=COACHED * growth,
    )


async def _operations_of(request: Request, text: bytes, spec_json: str, change: Change) -> list[Operation]:
    """What a technique would change."""
    services, name = context_of(request).services, change.technique or ""
    spec = await checked(request, lambda: json.loads(spec_json), spec_json)
    found = await look_up(services, caller_of(request), spec)

    def find() -> list[Operation]:
        return techniques.operations_of(services, name, change.parameters, spec_json, found)

    return await checked(request, find, text, spec_json, *found.texts, growth=CHECKS)
