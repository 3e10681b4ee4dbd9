"""Keys: made, used, revoked, expired; and what they are for."""

import asyncio
import json
import re
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from api.app import RESOURCES
from api.keys.__main__ import _parser
from api.resource import scopes_of
from api.serving.staying import GRACE_SECONDS, LOOK_SECONDS
from db.connections.engine import Database
from db.projects import audit, keys
from services.keys.keyring import REMEMBERED_SECONDS, Keyring
from services.keys.scopes import Scope
from services.keys.tokens import read_token
from spec.ids import new_id
from tests.api.readers import Reader
from tests.api.service import Service, assert_problem, run_command, running_api
from tests.api.specs import digits
from tests.api.sse import ACCEPT, sent
from tests.services.keys import NOBODYS, bearer, make_key
from tests.services.nursery import nursery

ROOT = Path(__file__).resolve().parents[2]
EVERYWHERE = "0.0.0.0"  # noqa: S104 -- what a careless user says
SCOPES = scopes_of(RESOURCES)


async def made(service: Service, **body: object) -> dict[str, object]:
    answer = await service.client.post("/v1/keys", json={"scopes": ["read"], **body})
    assert answer.status_code == 201, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()


async def get(service: Service, key: object, path: str = "/v1/jobs") -> httpx.Response:
    return await service.client.get(path, headers=bearer(str(key)))


async def test_a_key_is_told_once_and_opens_what_it_is_for(service: Service) -> None:
    key = await made(service, name="a reader")
    token = str(key["key"])
    assert re.fullmatch(rf"nc_{key['id']}_[0-9a-f]{{64}}", token)
    assert (await get(service, token)).status_code == 200
    shown = (await service.client.get(f"/v1/keys/{key['id']}")).json()
    assert {**shown, "last_used_at": None} == {name: value for name, value in key.items() if name != "key"}
    listed = await service.client.get("/v1/keys?limit=100")
    assert shown["id"] in {each["id"] for each in listed.json()["data"]}
    assert token.rpartition("_")[2] not in listed.text
    refused = await service.client.post("/v1/jobs", json=digits(), headers=bearer(token))
    assert_problem(refused, 403, "insufficient_scope")
    assert refused.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="submit"'


@pytest.mark.parametrize(
    ("scope", "statuses"), [("read", [200, 403, 403]), ("submit", [200, 201, 403]), ("admin", [200, 201, 200])]
)
async def test_each_scope_includes_the_lesser_ones(service: Service, scope: str, statuses: list[int]) -> None:
    headers = bearer(str((await made(service, scopes=[scope]))["key"]))
    answers = [
        await service.client.get("/v1/jobs", headers=headers),
        await service.client.post("/v1/jobs", json=digits(), headers=headers),
        await service.client.get("/v1/keys", headers=headers),
    ]
    assert [answer.status_code for answer in answers] == statuses


async def test_without_a_key_nothing_is_told(service: Service) -> None:
    address = str(service.client.base_url)
    async with httpx.AsyncClient(base_url=address) as nobody:
        document = (await nobody.get("/openapi.json")).json()
        for path, item in document["paths"].items():
            for method in item:
                answer = await nobody.request(method, re.sub(r"\{\w+\}", new_id("job"), path))
                if path in SCOPES.open_paths:
                    assert answer.status_code in {200, 503}, path
                else:
                    assert_problem(answer, 401, "authentication_required")
                    assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert_problem(await nobody.get("/v1/nothing"), 401, "authentication_required")


@pytest.mark.parametrize("value", ["", "Bearer", "Basic bmM6bmM=", "nc_x"])
async def test_what_is_no_bearer_key_is_refused(service: Service, value: str) -> None:
    answer = await service.client.get("/v1/jobs", headers={"Authorization": value})
    assert_problem(answer, 401, "authentication_required")


async def test_a_key_that_is_none_opens_nothing(service: Service) -> None:
    key = str((await made(service))["key"])
    last = "0" if key[-1] != "0" else "1"
    for wrong in (NOBODYS, key[:-1] + last, key + "0", key.upper(), "nc_", "nc_é"):
        answer = await service.client.get("/v1/jobs", headers={"Authorization": f"Bearer {wrong}".encode()})
        assert_problem(answer, 401, "invalid_key")
        assert wrong not in answer.text


async def test_a_revoked_key_opens_nothing_soon_and_an_expired_one_neither(service: Service) -> None:
    key, brief = await made(service), await made(service, expires_in_seconds=1)
    assert (await get(service, key["key"])).status_code == (await get(service, brief["key"])).status_code == 200
    for _ in range(2):
        assert (await service.client.delete(f"/v1/keys/{key['id']}")).status_code == 204
    await asyncio.sleep(REMEMBERED_SECONDS + 0.2)
    assert_problem(await get(service, key["key"]), 401, "invalid_key")
    assert_problem(await get(service, brief["key"]), 401, "invalid_key")
    assert (await service.client.get(f"/v1/keys/{key['id']}")).json()["revoked_at"] is not None


STREAMED = (
    [("Accept", "text/event-stream")],
    [("Accept", "TEXT/EVENT-STREAM")],
    [("Accept", "text/*")],
    [("Accept", "*/*, application/json;q=0")],
    [("Accept", "application/json;q=0.1"), ("Accept", "text/event-stream;q=0.2")],
)
"""All ways in which a stream can be asked for."""
SOON_SECONDS = REMEMBERED_SECONDS + LOOK_SECONDS + GRACE_SECONDS
assert SOON_SECONDS < 5


async def stays(service: Service, folder: Path, key: str) -> tuple[list[Reader], list[Reader], list[Reader]]:
    """Streams, waits, and files and pages that are read slowly; all asked for with the key, and none at its end."""
    address, mine = str(service.client.base_url), list(bearer(key).items())
    done = (await service.client.post("/v1/jobs", json=digits())).json()["id"]
    await service.record(done, [{f"metric_{number}": 1 / 3 for number in range(20_000)}], duration_seconds=0.5)
    await service.succeed(done, files={"model.keras": bytes(4 * 2**20)}, folder=folder)
    large = (f"/v1/jobs/{done}/artifacts/model.keras", f"/v1/jobs/{done}/metrics")
    slow = [await Reader.open(address, each, mine) for each in large]
    job_id = (await service.client.post("/v1/jobs", json=digits())).json()["id"]
    path = f"/v1/jobs/{job_id}"
    streams = [await Reader.open(address, f"{path}/events", [*mine, *accept]) for accept in STREAMED]
    asked = (f"{path}?wait_seconds=60", f"{path}/results?wait_seconds=60", f"{path}/metrics?wait_seconds=60")
    waits = [await Reader.open(address, each, mine) for each in asked]
    return streams, waits, slow


async def test_whatever_stays_open_ends_soon_after_its_key(service: Service, tmp_path: Path) -> None:
    kept, revoked = await made(service), await made(service)
    brief = await made(service, expires_in_seconds=1)
    streams, waits, slow = await stays(service, tmp_path, str(revoked["key"]))
    address = str(service.client.base_url)
    job_id = (await service.client.post("/v1/jobs", json=digits())).json()["id"]
    path = f"/v1/jobs/{job_id}/events"
    streams.append(await Reader.open(address, path, [*bearer(str(brief["key"])).items(), *STREAMED[2]]))
    async with service.client.stream("GET", path, headers={**ACCEPT, **bearer(str(kept["key"]))}) as long:
        assert (await service.client.delete(f"/v1/keys/{revoked['id']}")).status_code == 204
        async with asyncio.timeout(SOON_SECONDS + 1):
            heard = await asyncio.gather(
                *(reader.rest_of_answer() for reader in (*streams, *waits)), *(reader.nibble() for reader in slow)
            )
        await service.client.post(f"/v1/jobs/{job_id}/cancel")
        assert [event.word async for event in sent(long)] == ["job.created", "job.cancelled"]
    told = [answer for answer in heard if isinstance(answer, bytes)]
    for answer in told[: len(streams)]:
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(b"\r\n0\r\n\r\n"), "a stream ends in order"
    for answer in told[len(streams) :]:
        assert answer.startswith(b"HTTP/1.1 401")
        assert b"invalid_key" in answer
    for reader in (*streams, *waits, *slow):
        reader.close()


async def test_a_repeated_request_makes_no_second_key_and_shows_no_secret_again(service: Service) -> None:
    headers = {"Idempotency-Key": uuid4().hex}
    first = await service.client.post("/v1/keys", json={"scopes": ["read"]}, headers=headers)
    again = await service.client.post("/v1/keys", json={"scopes": ["read"]}, headers=headers)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == {**first.json(), "key": None}


async def test_a_faulty_body_is_told_of_as_a_whole(service: Service) -> None:
    body = {"scopes": ["read", "write"], "expires_in_seconds": 0, "nam": "x"}
    told = assert_problem(await service.client.post("/v1/keys", json=body), 422, "invalid_body")
    assert {fault["pointer"] for fault in told["errors"]} == {"/scopes/1", "/expires_in_seconds", "/nam"}
    assert_problem(await service.client.post("/v1/keys", json=[]), 422, "invalid_body")
    assert_problem(await service.client.get(f"/v1/keys/{new_id('key')}"), 404, "key_not_found")
    assert_problem(await service.client.delete("/v1/keys/nonsense"), 404, "key_not_found")


async def test_who_changed_what_is_written_down(service: Service) -> None:
    key = await made(service, scopes=["submit"])
    headers = {**bearer(str(key["key"])), "X-Request-ID": uuid4().hex}
    job = (await service.client.post("/v1/jobs", json=digits(), headers=headers)).json()
    await service.client.post(f"/v1/jobs/{job['id']}/cancel", headers=headers)
    entries = (await service.client.get("/v1/audit?limit=2")).json()
    assert [(entry["action"], entry["object_id"], entry["actor"]) for entry in entries["data"]] == [
        ("job.cancel", job["id"], key["id"]),
        ("job.create", job["id"], key["id"]),
    ]
    assert {entry["request_id"] for entry in entries["data"]} == {headers["X-Request-ID"]}
    assert {entry["address"] for entry in entries["data"]} == {"127.0.0.1"}
    older = (await service.client.get(f"/v1/audit?limit=1&cursor={entries['next_cursor']}")).json()["data"]
    assert older[0]["object_id"] != job["id"]


async def test_what_changes_nothing_is_not_written_down_again(service: Service) -> None:
    job = (await service.client.post("/v1/jobs", json=digits())).json()["id"]
    for what in ("pause", "pause", "resume", "resume", "cancel", "cancel"):
        assert (await service.client.post(f"/v1/jobs/{job}/{what}")).status_code == 200
    patch = [{"op": "add", "path": "/name", "value": "child"}]
    child = (await service.client.post(f"/v1/jobs/{job}/derive", json={"patch": patch})).json()["id"]
    entries = (await service.client.get("/v1/audit?limit=5")).json()["data"]
    assert [(entry["action"], entry["object_id"]) for entry in entries] == [
        ("job.derive", child),
        *[(f"job.{action}", job) for action in ("cancel", "resume", "pause", "create")],
    ]


async def test_what_is_done_to_webhooks_is_written_down(service: Service) -> None:
    hook = (await service.client.post("/v1/webhooks", json={"url": "https://example.invalid/"})).json()["id"]
    delivery = (await service.client.post(f"/v1/webhooks/{hook}/test")).json()["id"]
    assert (await service.client.patch(f"/v1/webhooks/{hook}", json={"description": "mine"})).status_code == 200
    assert (await service.client.delete(f"/v1/webhooks/{hook}")).status_code == 204
    entries = (await service.client.get("/v1/audit?limit=4")).json()["data"]
    acts = [(entry["action"], entry["object_id"]) for entry in entries]
    assert acts == [(f"webhook.{action}", hook) for action in ("delete", "change", "test", "create")]
    assert delivery not in str(entries)


async def test_the_last_use_is_written_down_and_not_too_often(database: Database, database_url: str) -> None:
    token = await make_key(database_url)
    keyring = Keyring(database, is_asking=True)
    opened = await keyring.open(token)
    assert opened is not None
    assert opened.scopes == frozenset(Scope)
    await keyring.write_uses()
    async with database.read() as connection:
        used = (await keys.get(connection, opened.key_id, opened.project)).last_used_at
    assert used is not None
    await keyring.open(token)
    await keyring.write_uses()
    async with database.read() as connection:
        assert (await keys.get(connection, opened.key_id, opened.project)).last_used_at == used


def test_every_route_asks_for_a_scope_and_unknown_ones_do_too() -> None:
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    for path, item in document["paths"].items():
        for method, shown in item.items():
            scope = SCOPES.scope_of(method, path)
            assert shown["security"] == ([] if scope is None else [{"key": [scope]}]), path
            assert (scope is None) == (path in SCOPES.open_paths)
    assert SCOPES.scope_of("GET", "/v1/anything") is Scope.READ
    assert SCOPES.scope_of("BREW", "/v1/anything") is Scope.SUBMIT
    assert SCOPES.scope_of("GET", "/v1/keysx") is Scope.READ


async def test_the_command_line_makes_lists_and_revokes_keys(tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        return nursery().run("api.keys", tmp_path, *arguments)

    created = run_command(
        "api.keys", tmp_path, "create", "--project", "blue", "--scopes", "read,submit", "--name", "me"
    )
    assert created.returncode == 0, created.stderr
    (token,) = created.stdout.split()
    code, blue = run("list", "--project", "blue")
    listed = json.loads(blue)
    assert (code, listed["name"], listed["scopes"], listed["revoked_at"]) == (0, "me", ["read", "submit"], None)
    assert token.startswith(f"nc_{listed['id']}_")
    assert run("list") == (0, "")
    assert [run("revoke", listed["id"])[0] for _ in range(2)] == [0, 0]
    database = Database(f"sqlite:///{tmp_path}/netcoach.db")
    async with database.read() as connection:
        acts = [row.action for row in await audit.list_page(connection, "blue", 10)]
        assert await Keyring(database, is_asking=True).open(token) is None
    await database.close()
    assert acts == ["key.revoke", "key.create"]
    assert run("revoke", new_id("key"))[0] == 1
    assert run("create", "--scopes", "write")[0] == 2


@pytest.mark.parametrize(
    "faulty", [("--scopes", "write"), ("--project", ""), ("--expires-in-days", "0"), ("--name", "x" * 201)]
)
def test_the_command_line_refuses_what_is_no_key(faulty: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        _parser().parse_args(["create", *faulty])
    assert refused.value.code == 2
    assert f"argument {faulty[0]}: " in capsys.readouterr().err


def test_nobody_is_asked_for_a_key_on_this_machine_and_foreign_pages_are_refused(
    sqlite_url: str, tmp_path: Path
) -> None:
    assert sqlite_url.endswith(f"{tmp_path}/netcoach.db")  # the home's own
    with (
        running_api(tmp_path, broker_url="redis://127.0.0.1:1/0", rate_limit_per_second="") as address,
        httpx.Client(base_url=address) as client,
    ):
        port = httpx.URL(address).port
        opened = client.get("/v1/jobs")
        assert opened.status_code == 200
        assert "RateLimit" not in opened.headers, "on the home's own database nothing is limited unless it is said"
        assert client.get("/v1/jobs", headers={"Host": f"localhost:{port}"}).status_code == 200
        assert client.get("/v1/jobs", headers={"Host": f"[::1]:{port}"}).status_code == 200
        for host in (
            "evil.example",
            f"evil.example:{port}",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "",
            "[::1",
            "localhost.evil.example",
        ):
            assert_problem(client.get("/docs", headers={"Host": host}), 421, "foreign_host")
        own = {"Origin": f"http://127.0.0.1:{port}"}
        assert client.post("/v1/jobs", json=digits(), headers=own).status_code == 201
        for origin in (
            "https://evil.example",
            "null",
            "http://localhost:1",
            "http://evil@127.0.0.1",
            "http://[::1",
            "",
        ):
            refused = client.post("/v1/jobs", json=digits(), headers={"Origin": origin})
            assert_problem(refused, 403, "foreign_origin")
        simple = client.post("/v1/jobs", content=b"{}", headers={"Content-Type": "text/plain"})
        assert_problem(simple, 415, "unsupported_media_type")
        assert_problem(client.get("/v1/jobs", headers=bearer(NOBODYS)), 401, "invalid_key")
        blue = nursery().run("api.keys", tmp_path, "create", "--project", "blue")[1].split()[-1]
        assert client.get("/v1/jobs", headers=bearer(blue)).json()["data"] == []
        assert len(client.get("/v1/jobs").json()["data"]) == 1


def test_another_address_is_listened_on_with_keys_only_and_no_secret_is_logged_or_told(
    sqlite_url: str, tmp_path: Path
) -> None:
    """Right keys and wrong ones, in their header and where they do not belong; at the finest level of logging."""
    with (
        pytest.raises(AssertionError, match=r"(?s)ended with 2.*NETCOACH_HOST: 0\.0\.0\.0.*no API key exists"),
        running_api(tmp_path, host=EVERYWHERE),
    ):
        pytest.fail("it started")
    token = asyncio.run(make_key(sqlite_url))
    secret = token.rpartition("_")[2]
    wrong = secret[::-1]
    with running_api(tmp_path, host=EVERYWHERE, broker_url="redis://127.0.0.1:1/0", log_level="debug") as address:
        assert_problem(httpx.get(f"{address}/v1/jobs"), 401, "authentication_required")
        assert httpx.get(f"{address}/v1/jobs", headers=bearer(token)).status_code == 200
        assert httpx.get(f"{address}/v1/jobs", headers={**bearer(token), "Host": "netcoach.example"}).status_code == 200
        with httpx.Client(base_url=address, headers=bearer(token)) as client:
            made = client.post("/v1/keys", json={"scopes": ["read"]}, headers={"Idempotency-Key": "a"}).json()["key"]
            hook = client.post("/v1/webhooks", json={"url": "https://example.invalid/"}).json()["secret"]
            answers = [
                client.get("/v1/audit", headers=bearer(token[: -len(wrong)] + wrong)),
                client.get("/v1/audit", headers=bearer(wrong)),
                client.get("/v1/audit", headers={"Authorization": wrong}),
                client.post("/v1/keys", json={"scopes": [1], "name": wrong}),
                client.get("/v1/audit"),
                client.get("/v1/keys"),
                client.get("/v1/webhooks"),
            ]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 422, 200, 200, 200]
    told = (tmp_path / "api.log").read_text() + "".join(answer.text for answer in answers)
    for each in (secret, made.rpartition("_")[2], hook, wrong):
        assert each not in told
    assert secret not in repr(read_token(token))
