"""Every error of ours that a request may meet is in the table, or is told as a fault of the service's own."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from starlette.requests import Request
from structlog.testing import capture_logs

import api
import services.errors
from api.access.doors import Doors
from api.access.scopes import Scopes
from api.answers import errors, problems
from api.answers.problems import KINDS, kind_of
from api.serving.request_log import RequestLog
from broker.publisher import BrokerUnavailable
from db.errors import AttemptSuperseded, DatabaseError, NotFound, StatementFailed
from services.errors import DatasetLost, InitialWeightsLost
from services.webhooks.addresses import UrlRefused
from storage.errors import FileAlreadyStored, FileMissing, StorageUnavailable
from storage.keys import BadKey

OURS_ALONE = {
    DatabaseError: "the root of the others",
    NotFound: "the root of those that name what was not found",
    StatementFailed: "a defect of the service",
    AttemptSuperseded: "what workers are told, who alone write as an attempt",
    FileAlreadyStored: "no request stores a file only if there is none",
    BadKey: "keys of the storage are the service's own",
    BrokerUnavailable: "no request waits for the broker; `/readyz` tells of it",
    UrlRefused: "told as a fault of the body",
    DatasetLost: "told as a fault of the body",
    InitialWeightsLost: "told as a fault of the body",
}


def every(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for child in root.__subclasses__():
        yield from every(child)


def declared() -> set[type[Exception]]:
    """All that the rooms a request passes through declare."""
    for room in (api, services):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    roots = {DatabaseError, StorageUnavailable, FileMissing, FileAlreadyStored, BadKey, BrokerUnavailable}
    found = {error for root in roots for error in every(root)}
    modules = {errors.__name__, services.errors.__name__}
    return found | {error for error in every(Exception) if error.__module__ in modules} | set(OURS_ALONE)


def test_every_error_is_in_the_table_or_is_ours_alone() -> None:
    assert {error for error in declared() if not any(one in KINDS for one in error.__mro__)} == set(OURS_ALONE)


@pytest.mark.parametrize("error", sorted(OURS_ALONE, key=lambda error: error.__name__))
async def test_what_is_ours_alone_is_a_logged_500(error: type[Exception]) -> None:
    fault = error.__new__(error)

    async def fail(*_: object) -> None:
        await problems.answer(Request({"type": "http", "request_id": "r"}), fault)

    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    with capture_logs() as lines:
        await RequestLog(fail)(scope, None, send)  # pyright: ignore[reportArgumentType]
    assert kind_of(fault) is None
    assert sent[0]["status"] == 500
    assert [line["event"] for line in lines] == ["request failed"]


async def test_a_statement_that_fails_at_the_doors_is_told_as_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> None:
        raise StatementFailed("IntegrityError 23514 UPDATE api_keys")

    monkeypatch.setattr("api.access.doors._caller", refuse)
    monkeypatch.setattr("api.access.doors.context_of", lambda _: None)
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b"", "request_id": "r"}
    with pytest.raises(StatementFailed):
        await Doors(refuse, None, Scopes({}))(scope, None, None)  # pyright: ignore[reportArgumentType]
