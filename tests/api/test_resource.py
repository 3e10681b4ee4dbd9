"""A resource is declared once, and everything that must know of it does; what nobody declares does not get served."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.access.scopes import ADMIN_ALONE, BY_METHOD, READING_ALONE
from api.answers.documents import Json
from api.answers.problems import Kind
from api.app import RESOURCES, Application, create_app, routed
from api.openapi.declarations import Shown, operation
from api.requests.queries import NoQuery
from api.resource import Limit, Resource, ResourcesContradict, gathered, scopes_of
from api.serving.plain_routes import PlainRoute
from db.errors import JobNotFound
from services.keys.scopes import Scope
from settings import ApiSettings
from spec.ids import pattern_of
from tests.api.service import Service, assert_problem

ORIGIN = "https://lab.example.org"


class DiskFull(Exception):
    """There is no room for what is sent."""


class PieceDocument(BaseModel):
    """A piece of a file."""

    object: Literal["piece"] = "piece"
    first_byte: int


router = APIRouter(prefix="/v1/pieces", tags=["pieces"], route_class=PlainRoute)
_HEADERS = {"Upload-Offset": "Where the next piece begins."}


@router.put(
    "/{piece_id}",
    **operation(
        (200, Shown("The piece.", PieceDocument, headers=_HEADERS)),
        problems=(DiskFull,),
        body=Shown("Bytes.", media_types=("application/offset+octet-stream",)),
        headers=_HEADERS,
    ),
    summary="Send a piece",
)
async def send(request: Request, piece_id: str) -> Response:
    """Takes a piece of a file."""
    NoQuery.of(request)
    if not await request.body():
        raise DiskFull(f"There is no room for {piece_id}.")
    return Json({"object": "piece", "first_byte": 0}, headers={"Upload-Offset": "1"})


def pieces(**changed: Any) -> Resource:  # noqa: ANN401 -- of any field
    declared: dict[str, Any] = {
        "router": router,
        "asked": {"/v1/pieces": BY_METHOD},
        "ids": {"piece_id": "ds"},
        "limits": (Limit("max_piece_bytes", lambda settings: settings.max_body_bytes, "Of one piece."),),
        "problems": {DiskFull: Kind(507, "disk_full", "Disk full", retry_after_seconds=60)},
    }
    return Resource(**(declared | changed))


@pytest.fixture
def application(tmp_path: Path) -> Application:
    return create_app(settings(tmp_path), gathered(*RESOURCES, pieces()))


@pytest.fixture
async def client(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with application.router.lifespan_context(application), calls(application) as client:
        yield client


def settings(home: Path) -> ApiSettings:
    return ApiSettings(home=home, cors_origins=ORIGIN, rate_limit_per_second=0)


def calls(application: Application) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://localhost")


def test_the_openapi_document_has_all_of_it(application: Application) -> None:
    document = application.openapi()
    call = document["paths"]["/v1/pieces/{piece_id}"]["put"]
    assert call["security"] == [{"key": ["submit"]}]
    (in_path, header) = call["parameters"]
    assert in_path["schema"]["pattern"] == pattern_of("ds")
    assert header["name"] == "Upload-Offset"
    answers = call["responses"]
    assert answers["200"]["content"] == {"application/json": {"schema": {"$ref": "#/components/schemas/PieceDocument"}}}
    assert answers["507"]["description"] == "Disk full: `disk_full`."
    assert set(answers["507"]["headers"]) == {"Retry-After", "X-Request-ID"}
    assert {"401", "403", "422", "429"} <= set(answers)
    sent = call["requestBody"]["content"]["application/offset+octet-stream"]["schema"]
    assert sent == {"type": "string", "format": "binary"}
    schemas = document["components"]["schemas"]
    assert schemas["PieceDocument"]["required"] == ["first_byte"]
    assert schemas["LimitsDocument"]["properties"]["max_piece_bytes"]["description"] == "Of one piece."
    assert "PieceDocument" not in routed().openapi()["components"]["schemas"]


async def test_pages_of_an_allowed_origin_may_do_what_it_takes(client: httpx.AsyncClient, tmp_path: Path) -> None:
    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "upload-offset"}
    preflight = await client.options("/v1/pieces/x", headers={"Origin": ORIGIN, **asked})
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    sent = await client.put("/v1/pieces/x", content=b"x", headers={"Origin": ORIGIN})
    assert (sent.status_code, sent.headers["Upload-Offset"]) == (200, "1")
    assert "Upload-Offset" in sent.headers["Access-Control-Expose-Headers"].split(", ")
    async with calls(create_app(settings(tmp_path))) as without:
        refused = await without.options("/v1/pieces/x", headers={"Origin": ORIGIN, **asked})
    assert refused.status_code == 400


async def test_its_errors_are_told_as_it_says(client: httpx.AsyncClient) -> None:
    refused = await client.put("/v1/pieces/x")
    assert_problem(refused, 507, "disk_full")
    assert refused.headers["Retry-After"] == "60"
    assert refused.json()["detail"] == "There is no room for x."
    other = await client.get("/v1/pieces/x")
    assert_problem(other, 405, "method_not_allowed")
    assert other.headers["Allow"] == "PUT"


def test_what_calls_ask_of_a_key_is_said_by_the_longest_path() -> None:
    asked = {"/v1/pieces": BY_METHOD, "/v1/pieces/secrets": ADMIN_ALONE, "/v1/pieces/check": READING_ALONE}
    scopes = scopes_of([pieces(asked=asked, open_paths=("/v1/pieces/open",))])
    assert scopes.scope_of("GET", "/v1/pieces/secretsx") is Scope.READ
    assert scopes.scope_of("PUT", "/v1/pieces/x") is Scope.SUBMIT
    assert scopes.scope_of("GET", "/v1/pieces/secrets") is Scope.ADMIN
    assert scopes.scope_of("GET", "/v1/pieces/secrets/x") is Scope.ADMIN
    assert scopes.scope_of("POST", "/v1/pieces/check") is Scope.READ
    assert scopes.scope_of("PUT", "/v1/pieces/open") is None
    assert scopes.scope_of("PUT", "/v1/pieces/open/x") is Scope.SUBMIT
    assert not scopes.is_claimed("/v1/piecesx")


def test_what_does_not_say_what_it_asks_of_a_key_is_not_served() -> None:
    for asked in ({}, {"/v1/piece": BY_METHOD}, {"/v1/pieces/x": BY_METHOD}):
        with pytest.raises(ResourcesContradict, match=r"/v1/pieces/\{piece_id\} ask"):
            gathered(*RESOURCES, pieces(asked=asked))


async def test_where_no_resource_is_there_is_nothing_but_a_key_is_asked_for(service: Service) -> None:
    for path in ("/v1/pieces/x", "/v1/jobsx", "/v1", "/healthz/x", "/docs/x"):
        assert_problem(await service.client.get(path), 404, "not_found")
        assert_problem(await service.client.get(path, headers={"Authorization": ""}), 401, "authentication_required")


@pytest.mark.parametrize(
    "changed",
    [
        {"asked": {"/v1/jobs": ADMIN_ALONE, "/v1/pieces": BY_METHOD}},
        {"ids": {"job_id": "ds"}},
        {"limits": (Limit("max_keys", 1),)},
        {"problems": {JobNotFound: Kind(404, "piece_not_found", "Piece not found")}},
        {"open_paths": ("/healthz",)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_two_resources_declare_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ResourcesContradict, match="Two resources declare"):
        gathered(*RESOURCES, pieces(**changed))
