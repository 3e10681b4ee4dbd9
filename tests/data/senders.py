"""Files as clients send them: as a form, in parts, and broken off."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import httpx

BOUNDARY = "----boundary7d4a6d158c9"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
TUS = {"Tus-Resumable": "1.0.0"}
PART = {**TUS, "Content-Type": "application/offset+octet-stream"}


def field(name: str, filename: str | None = None) -> bytes:
    """What a field of a form begins with."""
    named = "" if filename is None else f'; filename="{filename}"'
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode()


END = f"\r\n--{BOUNDARY}--\r\n".encode()


def form(content: bytes, description: Mapping[str, Any] | bytes | None = None) -> bytes:
    """A whole form."""
    said = b""
    if description is not None:
        text = description if isinstance(description, bytes) else json.dumps(description).encode()
        said = field("description") + text + b"\r\n"
    return said + field("file", "table.csv") + content + END


async def streamed(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    """A form whose file is made while it is sent."""
    yield field("file", "large.bin")
    for piece in pieces:
        yield piece
    yield END


async def send(
    client: httpx.AsyncClient,
    content: bytes,
    description: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """The answer to a file that is sent as a form."""
    said = {**FORM, **(headers or {})}
    return await client.post("/v1/datasets", content=form(content, description), headers=said)


async def made(client: httpx.AsyncClient, content: bytes, description: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 -- JSON
    """The data set of a file that is sent as a form."""
    answer = await send(client, content, description)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def break_off(client: httpx.AsyncClient, call: str, headers: Mapping[str, str], content: bytes) -> None:
    """Say that more comes, send this, and go away."""
    async with _sent(client, call, headers, content):
        pass


@asynccontextmanager
async def sending(client: httpx.AsyncClient) -> AsyncIterator[None]:
    """A file is being received for as long as the block takes; then its client goes away."""
    headers = {**FORM, "Expect": "100-continue"}
    async with _sent(client, "POST /v1/datasets", headers, field("file", "slow.csv") + b"a") as reader:
        # It is said when the body begins to be read.
        assert (await asyncio.wait_for(reader.readline(), 20)).startswith(b"HTTP/1.1 100 ")
        yield


@asynccontextmanager
async def _sent(
    client: httpx.AsyncClient, call: str, headers: Mapping[str, str], content: bytes
) -> AsyncIterator[asyncio.StreamReader]:
    address = urlsplit(str(client.base_url))
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    said = {
        "Host": address.netloc,
        "Authorization": client.headers["Authorization"],
        "Content-Length": str(len(content) + 1000),
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    try:
        writer.write(f"{call} HTTP/1.1\r\n{head}\r\n".encode() + content)
        await writer.drain()
        yield reader
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def upload(client: httpx.AsyncClient, size: int) -> str:
    """The path of a new upload."""
    answer = await client.post("/v1/uploads", headers={**TUS, "Upload-Length": str(size)})
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


async def add(client: httpx.AsyncClient, path: str, offset: int, part: bytes, **headers: str) -> httpx.Response:
    """The answer to a part."""
    said = {**PART, "Upload-Offset": str(offset), **{name.replace("_", "-"): text for name, text in headers.items()}}
    return await client.patch(path, content=part, headers=said)


async def offset_of(client: httpx.AsyncClient, path: str) -> int:
    """Where an upload is."""
    answer = await client.head(path, headers=TUS)
    assert answer.status_code == 200, answer.headers
    return int(answer.headers["Upload-Offset"])
