"""What every answer carries, what pages of other origins may do, and what is refused before a route is found."""

import asyncio
import contextlib
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.serving.protocol import LINGER_SECONDS, MAX_HEAD_BYTES, MAX_HEADERS, MAX_URI_BYTES
from tests.api.service import running_api
from tests.api.specs import digits

ORIGIN = "https://lab.example.org"
HEAD = b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
READ_SECONDS = 1.0


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[str]:
    home = tmp_path_factory.mktemp("guarded")
    shutil.copyfile(sqlite_template, home / "netcoach.db")
    with running_api(
        home, broker_url="redis://127.0.0.1:1/0", cors_origins=ORIGIN, read_timeout_seconds=f"{READ_SECONDS:g}"
    ) as address:
        yield address


async def exchange(address: str, *parts: bytes, pause_seconds: float = 0.0) -> tuple[int, dict[str, str], bytes]:
    """Sends parts, then reads until the server closes the connection: status, headers, body."""
    host, _, port = address.removeprefix("http://").partition(":")
    raw = b""
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        with contextlib.suppress(ConnectionError):  # the server had enough
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause_seconds)
        with contextlib.suppress(ConnectionError):
            raw = await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()
    if not raw:
        return 0, {}, b""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(first.split()[1]), headers, body


@pytest.mark.parametrize("path", ["/healthz", "/v1/jobs", "/v1/none", "/docs", "/openapi.json", "/metrics", "/none"])
async def test_every_answer_tells_browsers_to_do_nothing_with_it(guarded: str, path: str) -> None:
    async with httpx.AsyncClient(base_url=guarded) as client:
        headers = (await client.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Server" not in headers
    assert "Strict-Transport-Security" not in headers
    asked_again = dict.fromkeys(("/v1/jobs", "/openapi.json"), "private, no-cache")
    expected = {**asked_again, "/v1/none": "no-store"}.get(path)
    assert headers.get("Cache-Control") == expected


async def test_behind_tls_the_browser_is_told_to_stay_there(guarded: str) -> None:
    async with httpx.AsyncClient(base_url=guarded) as client:
        answer = await client.get("/healthz", headers={"X-Forwarded-Proto": "https"})
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_pages_of_an_allowed_origin_may_call_and_no_others(guarded: str) -> None:
    async with httpx.AsyncClient(base_url=guarded) as client:
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "idempotency-key"}
        for origin, status in ((ORIGIN, 200), ("https://other.example.org", 400), (ORIGIN + ".evil.example", 400)):
            preflight = await client.options("/v1/jobs", headers={"Origin": origin, **asked})
            assert preflight.status_code == status
            read = await client.get("/v1/jobs", headers={"Origin": origin})
            allowed = ORIGIN if origin == ORIGIN else None
            assert preflight.headers.get("Access-Control-Allow-Origin") == allowed
            assert read.headers.get("Access-Control-Allow-Origin") == allowed
            assert "Access-Control-Allow-Credentials" not in read.headers
        described = (await client.get("/openapi.json")).json()
        for call in sorted({call for calls in described["paths"].values() for call in calls}):
            sent = {"Origin": ORIGIN, **asked, "Access-Control-Request-Method": call.upper()}
            assert (await client.options("/v1/jobs", headers=sent)).status_code == 200, call
        exposed = (await client.get("/v1/jobs", headers={"Origin": ORIGIN})).headers["Access-Control-Expose-Headers"]
        assert {"Location", "ETag", "Retry-After", "RateLimit", "X-Request-ID"} <= set(exposed.split(", "))


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        pytest.param(b"nonsense\r\n\r\n", 400, "bad_request", id="no HTTP"),
        pytest.param(b"GET /v1/jobs?name=" + b"x" * MAX_URI_BYTES + b" HTTP/1.1\r\n", 414, "uri_too_long", id="query"),
        pytest.param(HEAD + b"a: b\r\n" * MAX_HEADERS + b"\r\n", 431, "request_head_too_large", id="many headers"),
        pytest.param(
            HEAD + b"A: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n", 431, "request_head_too_large", id="long header"
        ),
        pytest.param(HEAD + b"A: " + b"x" * 2 * MAX_HEAD_BYTES, 431, "request_head_too_large", id="endless header"),
        pytest.param(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nA: " + b"x" * 2 * MAX_HEAD_BYTES,
            431,
            "request_head_too_large",
            id="endless trailer",
        ),
        pytest.param(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 2 * MAX_HEAD_BYTES,
            431,
            "request_head_too_large",
            id="endless chunk extension",
        ),
    ],
)
async def test_a_head_that_is_too_large_is_refused(guarded: str, head: bytes, status: int, code: str) -> None:
    begin, blank, rest = head.partition(b"\r\n\r\n")
    answered, headers, body = await exchange(guarded, begin + blank, rest, pause_seconds=0.1)
    told = json.loads(body)
    assert (answered, told["status"], told["code"]) == (status, status, code)
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-request-id"] == told["request_id"]


async def test_a_refusal_is_read_by_who_goes_on_sending(guarded: str) -> None:
    host, _, port = guarded.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1)  # reads nothing before it is asked to
    writer.write(HEAD + b"A: " + b"x" * 2 * MAX_HEAD_BYTES)
    for _ in range(3):
        await asyncio.sleep(0.1)
        writer.write(b"x" * MAX_HEAD_BYTES)
        await writer.drain()
    await asyncio.sleep(0.1)
    head, _, body = (await asyncio.wait_for(reader.read(), LINGER_SECONDS)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ")
    assert json.loads(body)["code"] == "request_head_too_large"
    writer.close()


@pytest.mark.parametrize(
    ("part", "count", "pause_seconds"),
    [(b"x" * 2**16, 1_000, 0.0), (b"x", int((LINGER_SECONDS + 3) / 0.05), 0.05)],
    ids=["much", "long"],
)
async def test_who_goes_on_sending_after_a_refusal_is_cut_off(
    guarded: str, part: bytes, count: int, pause_seconds: float
) -> None:
    host, _, port = guarded.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(HEAD + b"A: " + b"x" * 2 * MAX_HEAD_BYTES)

    async def send_on() -> None:
        for _ in range(count):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause_seconds)

    with pytest.raises(ConnectionError):
        await send_on()
    writer.close()


async def test_what_comes_too_slowly_is_not_waited_for(guarded: str) -> None:
    began = time.monotonic()
    nothing, head, drops, body, done = await asyncio.gather(
        exchange(guarded),
        exchange(guarded, HEAD),
        exchange(guarded, *(HEAD[place : place + 1] for place in range(12)), pause_seconds=READ_SECONDS / 8),
        exchange(guarded, HEAD + b"Content-Length: 1000\r\n\r\n{"),
        exchange(guarded, HEAD + b"Content-Length: 2\r\n\r\n{}"),
    )
    assert nothing == (0, {}, b"")
    assert head[0] == 408
    assert drops[0] in {0, 408}
    assert (body[0], json.loads(body[2])["code"]) == (408, "request_timeout")
    assert done[0] == 422
    # The last was kept alive for five seconds.
    assert time.monotonic() - began < 8


async def test_a_body_without_end_is_answered_and_cut_off(guarded: str) -> None:
    chunk = b"10000\r\n" + b" " * 2**16 + b"\r\n"
    status, _, body = await exchange(guarded, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 20)
    assert (status, json.loads(body)["code"]) == (413, "body_too_large")


async def test_a_body_that_comes_slowly_but_steadily_is_read(guarded: str) -> None:
    body = json.dumps(digits()).encode()
    head = HEAD + b"Connection: close\r\nContent-Length: " + str(len(body) + 4000).encode() + b"\r\n\r\n"
    spaces = [b" " * 1000] * 4
    status, _, _ = await exchange(guarded, head, *spaces, body, pause_seconds=0.4)
    assert status == 201


async def test_a_compressed_body_is_refused_unread(guarded: str) -> None:
    async with httpx.AsyncClient(base_url=guarded) as client:
        for encoding in ("gzip", "br", "zstd", "gzip, identity"):
            headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}
            answer = await client.post("/v1/jobs", content=b"\x1f\x8b" + b"\0" * 100, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
