"""Techniques: what there is, what each would do to a spec, and the operations by which a job is derived with one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from coach.coached_job import CoachedJob, JobFaulty, coached_job
from coach.moves import BY_NAME, ParametersFaulty, applied, read_parameters
from coach.outcomes import Move, NotApplicable
from coach.rules import ALL
from coach.techniques import TECHNIQUES
from coach.techniques.technique import Technique
from services.context import ServiceContext
from services.errors import BodyFaulty
from services.lookups import Lookups
from spec.language.faults import Fault, pointer
from spec.language.suggestions import bounded_suggestions, nearest
from spec.patches.operations import Operation, read_patch

_SPEC = "spec"
_PARAMETERS = "parameters"


class TechniqueNotFound(Exception):
    """There is no technique of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(unknown(name))


class TechniqueNotApplicable(Exception):
    """A technique has nothing to do for a job, or cannot do it."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f'The technique "{name}" does not apply to this job. {reason}')


def unknown(name: str) -> str:
    """What is said of a name that no technique has."""
    near = nearest(name, BY_NAME)
    hint = "`GET /v1/techniques` lists all of them." if near is None else f'Did you mean "{near}"?'
    return f'Technique "{name[:100]}" was not found. {hint}'


@cache
def documents() -> tuple[dict[str, Any], ...]:
    """Every technique as people are shown it, in the order of the list."""
    return tuple(_document(technique) for technique in TECHNIQUES)


def _document(technique: Technique[Any]) -> dict[str, Any]:
    schema: Mapping[str, Any] = technique.PARAMETERS.model_json_schema()
    required = set(schema.get("required", ()))
    members: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    parameters = [
        {
            "name": name,
            "required": name in required,
            **{word: value for word, value in told.items() if word != "title"},
        }
        for name, told in members.items()
    ]
    return {
        "object": "technique",
        "name": technique.NAME,
        "title": technique.TITLE,
        "purpose": technique.PURPOSE,
        "section": technique.SECTION,
        "source": technique.SOURCE,
        "parameters": parameters,
        "remedy_for": [rule.NAME for rule in ALL if any(one.technique == technique.NAME for one in rule.REMEDIES)],
    }


def technique_of(name: str) -> Technique[Any]:
    """A technique by its name.

    Raises:
        TechniqueNotFound: If there is none such.
    """
    if name not in BY_NAME:
        raise TechniqueNotFound(name)
    return BY_NAME[name]


@dataclass(frozen=True)
class WantedPreview:
    """A preview that is asked for.

    Attributes:
        spec: A job spec, as it was sent.
        parameters: Of the technique, as they were sent; None for the defaults.
    """

    spec: object
    parameters: object = None


def read_preview(body: object) -> WantedPreview:
    """What a body asks for.

    Raises:
        BodyFaulty: If it has no spec, or more than it may have.
    """
    if not isinstance(body, dict):
        message = "The body must be an object with a `spec`."
        raise BodyFaulty([Fault(pointer="", message=message, code="model_type")])
    members = cast("dict[str, object]", body)
    known = (_SPEC, _PARAMETERS)
    with bounded_suggestions():
        faults = [
            Fault(
                pointer=pointer((name,)),
                message=f'"{name[:100]}" is not a known field.',
                code="unknown_field",
                suggestion=nearest(name, known),
            )
            for name in list(members)[:20]
            if name not in known
        ]
    if _SPEC not in members:
        faults.append(Fault(pointer=f"/{_SPEC}", message="This field is required.", code="missing"))
    if faults:
        raise BodyFaulty(faults)
    return WantedPreview(members[_SPEC], members.get(_PARAMETERS))


def preview(
    context: ServiceContext, technique: Technique[Any], wanted: WantedPreview, found: Lookups
) -> Move | NotApplicable:
    """What a technique would do to a spec.

    Args:
        context: What limits it.
        technique: Which.
        wanted: The spec and the parameters.
        found: What is known of what the spec names.

    Raises:
        BodyFaulty: If the spec is not sound, or the parameters are not the technique's.
    """
    faults: list[Fault] = []
    job = None
    try:
        job = _job(context, wanted.spec, found)
    except JobFaulty as error:
        faults += _under(_SPEC, error.faults)
    if job is None:
        raise BodyFaulty([*faults, *_faults_of(technique, wanted.parameters)])
    return _applied(technique, job, wanted.parameters)


def operations_of(
    context: ServiceContext, name: str, parameters: object, spec_json: str, found: Lookups
) -> list[Operation]:
    """The operations of a technique on the spec of a job.

    Args:
        context: What limits it.
        name: Of the technique; it is one.
        parameters: Of the technique, as they were sent.
        spec_json: The job's spec.
        found: What is known of what it names.

    Raises:
        BodyFaulty: If the parameters are not the technique's, or the spec is not sound any more.
        TechniqueNotApplicable: If it has nothing to do there.
    """
    try:
        job = _job(context, json.loads(spec_json), found)
    except JobFaulty as error:
        raise BodyFaulty([fault.model_copy(update={"pointer": "/technique"}) for fault in error.faults]) from None
    outcome = _applied(technique_of(name), job, parameters)
    if isinstance(outcome, NotApplicable):
        raise TechniqueNotApplicable(name, outcome.reason)
    return read_patch([dict(operation) for operation in outcome.patch])


def _job(context: ServiceContext, spec: object, found: Lookups) -> CoachedJob:
    return coached_job(
        cast("Mapping[str, Any]", spec),
        facts_of=found.facts_of,
        weights_of=found.weights_of,
        max_memory_bytes=context.limits.max_memory_bytes,
    )


def _applied(technique: Technique[Any], job: CoachedJob, parameters: object) -> Move | NotApplicable:
    with bounded_suggestions():
        try:
            return applied(technique, job, parameters)
        except ParametersFaulty as error:
            raise BodyFaulty(_under(_PARAMETERS, error.faults)) from None


def _faults_of(technique: Technique[Any], parameters: object) -> list[Fault]:
    with bounded_suggestions():
        try:
            read_parameters(technique, parameters)
        except ParametersFaulty as error:
            return _under(_PARAMETERS, error.faults)
    return []


def _under(member: str, faults: list[Fault]) -> list[Fault]:
    return [fault.model_copy(update={"pointer": f"/{member}{fault.pointer}"}) for fault in faults]
