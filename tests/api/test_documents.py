"""Documents of rows: their models alone say what they show, and every place that shows a row shows the same."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, get_type_hints

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from api.answers.documents import time
from api.answers.rows import document_of
from api.jobs.documents import attempt_document, event_document, job_document
from api.jobs.epochs import as_csv, as_json, as_ndjson
from api.jobs.schemas import (
    AttemptDocument,
    CreatedJobDocument,
    DryRunDocument,
    EpochDocument,
    EventDocument,
    JobDocument,
)
from api.jobs.timeline import StreamPosition, batch
from api.keys.documents import key_document
from api.keys.schemas import KeyDocument
from api.webhooks.documents import delivery_document, webhook_document
from api.webhooks.schemas import DeliveryDocument, WebhookDocument
from api.workers.schemas import WorkerDocument
from api.workers.service import worker_document
from db.attempts.attempts import AttemptRow
from db.attempts.epochs import EpochRow
from db.attempts.histories import History, StoredEpoch
from db.jobs.events import EventRow
from db.jobs.rows import JobRow
from db.projects.keys import KeyRow
from db.webhooks.messages import DeliveryRow
from db.webhooks.webhooks import WebhookRow
from db.workers.workers import WorkerRow
from spec.states import JobStatus
from tests.api.known_jobs import finding
from tests.api.service import Service
from tests.api.specs import digits

NOW = datetime(2026, 1, 2, 3, 4, 5, 678, UTC)
TOLD = "2026-01-02T03:04:05.000678Z"
NOT_SHOWN = {
    "project",
    "seed",
    "dataset",
    "accelerator",
    "priority",
    "max_attempts",
    "max_runtime_seconds",
    "pause_at_epoch",
    "kind",
    "first_epoch",
    "request_id",
    "traceparent",
    "attempts_counted",
    "worker_id",
    "slot",
    "lease_expires_at",
    "cancel_requested_at",
    "pause_requested_at",
    "is_repairing",
    "revision",
}
"""Of a job's row: most of it stands in the spec, the rest is for the service alone."""
IN_PARTS = {
    "epoch": "progress",
    "epochs": "progress",
    "fraction": "progress",
    "eta_seconds": "progress",
    "error_code": "error",
    "error_message": "error",
    "error_pointer": "error",
}
"""Of a job's row: what stands in a part of its document."""

MODELS: list[tuple[type[BaseModel], type[Any], Callable[[Any], dict[str, Any]]]] = [
    (JobDocument, JobRow, lambda row: job_document(row, 3)),
    (AttemptDocument, AttemptRow, attempt_document),
    (EventDocument, EventRow, event_document),
    (KeyDocument, KeyRow, key_document),
    (WebhookDocument, WebhookRow, webhook_document),
    (DeliveryDocument, DeliveryRow, delivery_document),
    (WorkerDocument, WorkerRow, worker_document),
]
BY_MODEL = pytest.mark.parametrize(("model", "row", "document"), MODELS, ids=lambda each: getattr(each, "__name__", ""))


def value(name: str, annotation: object) -> object:
    """Something a column of this type may hold, and no other column holds the same if it is a text."""
    given: dict[str, object] = {
        "events_json": '["job.succeeded"]',
        "findings_json": json.dumps([finding("dead_units")]),
        "spec_json": json.dumps(digits()),
        "latest_metrics_json": '{"loss":0.5}',
        "error_code": "out_of_memory",
        "outcome": "failed",
        "scopes": ("read",),
        "status": JobStatus.FAILED if annotation is JobStatus else "failed",
    }
    if name in given:
        return given[name]
    if name.endswith("_json"):
        return '{"of":"' + name + '"}'
    kinds = {
        datetime: NOW,
        str: f"the {name}",
        bool: True,
        int: 7,
        float: 0.25,
        list[str]: [f"the {name}"],
        dict[str, str]: {"of": name},
    }
    return next(kinds[kind] for kind in kinds if kind == annotation or kind | None == annotation)


def full(row: type[Any]) -> Any:  # noqa: ANN401 -- a row of any class
    """Such a row of which nothing is missing."""
    return row(**{name: value(name, annotation) for name, annotation in get_type_hints(row).items()})


def kinds(annotation: object) -> set[str]:
    """What a value of this type may be in JSON."""
    return set(re.findall(r'"type": "(\w+)"', json.dumps(TypeAdapter(annotation).json_schema())))


@BY_MODEL
def test_a_document_has_all_that_its_model_shows(
    model: type[BaseModel], row: type[Any], document: Callable[[Any], dict[str, Any]]
) -> None:
    told = document(full(row))
    assert list(told) == list(model.model_fields)
    read = model.model_validate_json(orjson.dumps(told))
    assert all(getattr(read, name) is not None for name in model.model_fields), "each value of the row is in it"


@BY_MODEL
def test_a_field_of_a_model_is_of_the_type_that_the_row_has(
    model: type[BaseModel], row: type[Any], document: Callable[[Any], dict[str, Any]]
) -> None:
    del document
    has, shows = get_type_hints(row), get_type_hints(model)
    differing = {"id", "status"} if row in {EventRow, AttemptRow} else set[str]()
    same = (shows.keys() & has.keys()) - differing
    assert len(same) >= 3
    assert {name: kinds(shows[name]) for name in same} == {name: kinds(has[name]) for name in same}


def test_a_job_s_document_has_every_column_that_is_not_the_service_s_own() -> None:
    told = orjson.loads(orjson.dumps(job_document(full(JobRow), 3)))
    for field in fields(JobRow):
        if field.name in NOT_SHOWN:
            assert field.name not in told
        else:
            assert IN_PARTS.get(field.name, field.name.removesuffix("_json")) in told, "neither shown nor listed here"
    assert told["progress"] == {"epoch": 7, "epochs": 7, "fraction": 0.25, "eta_seconds": 0.25}
    assert told["error"] == {
        "code": "out_of_memory",
        "message": "the error_message",
        "pointer": "the error_pointer",
    }
    assert (told["metadata"], told["parent"], told["ended_at"]) == ({"of": "metadata_json"}, "the parent", TOLD)


def test_a_field_more_is_shown_once_row_and_model_have_it() -> None:
    @dataclass(frozen=True, slots=True)
    class Row(KeyRow):
        colour: str = "red"
        seen_at: datetime | None = NOW
        tags_json: str = '["a"]'

    class Document(KeyDocument):
        colour: str
        seen_at: datetime | None
        tags: list[str]

    told = document_of(Document, Row)(full(Row))
    assert orjson.loads(orjson.dumps(told))["tags"] == {"of": "tags_json"}
    assert (told["colour"], told["seen_at"]) == ("the colour", TOLD)


def test_what_the_row_has_not_is_found_out_at_once() -> None:
    class Document(KeyDocument):
        colour: str

    with pytest.raises(TypeError, match='KeyRow has no "colour"'):
        document_of(Document, KeyRow)
    with pytest.raises(TypeError, match="KeyDocument does not show"):
        document_of(KeyDocument, KeyRow, made={"colour": str})


async def test_a_dry_run_shows_what_the_job_will_show(service: Service) -> None:
    body = digits(name="é", metadata={"team": "é"}, resources={"accelerator": "cpu"})
    body["training"]["seed"] = 5
    asked = (await service.client.post("/v1/jobs?dry_run=true", json=body)).json()
    made = (await service.client.post("/v1/jobs", json=body)).json()
    DryRunDocument.model_validate(asked)
    CreatedJobDocument.model_validate(made)
    assert asked.pop("dry_run") is True
    assert asked.pop("summary")
    assert asked == {**made, "id": None, "created_at": None, "queue_position": None}


def test_an_epoch_is_the_same_on_a_page_in_lines_in_a_table_and_in_a_stream() -> None:
    row = EpochRow(1, '{"loss":0.5,"val_loss":"NaN"}', 1.25, 5e-05, None)
    shown = b'{"epoch":1,"metrics":{"loss":0.5,"val_loss":"NaN"},"duration_seconds":1.25,'
    page_progress = b'"progress":{"fraction":0.00005,"eta_seconds":null}}'
    EpochDocument.model_validate_json(shown + page_progress)
    assert list(orjson.loads(shown + page_progress)) == list(EpochDocument.model_fields)
    assert as_json([row], next_after=None) == (
        b'{"object":"list","data":[' + shown + page_progress + b'],"has_more":false,"next_cursor":null}'
    )
    assert as_ndjson([row]) == shown + page_progress + b"\n"
    assert list(csv.reader(io.StringIO(as_csv([row]).decode()))) == [
        ["epoch", "loss", "val_loss", "duration_seconds"],
        ["1", "0.5", "NaN", "1.25"],
    ]
    streamed = batch(History([], [StoredEpoch(row, 2, NOW)]), StreamPosition(), 10).text
    assert streamed == (
        b'id: e0-1\nevent: epoch\ndata: {"object":"epoch","attempt":2,'
        + shown.removeprefix(b"{")
        + b'"progress":{"fraction":5e-05,"eta_seconds":null}}\n\n'
    )


@given(st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 -- the bound of the times
def test_moments_are_told_to_the_microsecond(moment: datetime) -> None:
    assert time(moment) == moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
