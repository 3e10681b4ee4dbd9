"""The proxy does what the rows ask of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.proxy import Proxy


class Echo:
    """A server that sends back what it hears, and remembers it."""

    def __init__(self) -> None:
        self.heard = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            self.heard += data
            writer.write(data)
        writer.close()


@pytest.fixture
async def echo(tmp_path: Path) -> AsyncIterator[Echo]:
    """An echo on the socket ``echo`` of the test's folder."""
    echo = Echo()
    async with await asyncio.start_unix_server(echo.serve, tmp_path / "echo"):
        yield echo


async def ask(proxy: Proxy, what: bytes) -> bytes:
    """What comes back over a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        writer.write(what)
        async with asyncio.timeout(1):
            return await reader.read(100)
    except (ConnectionError, TimeoutError) as error:
        return type(error).__name__.encode()
    finally:
        writer.close()


@pytest.mark.usefixtures("echo")
async def test_bytes_pass(tmp_path: Path) -> None:
    with Proxy(str(tmp_path / "echo")) as proxy:
        assert await ask(proxy, b"hello") == b"hello"


@pytest.mark.parametrize("is_passed_on", [False, True])
async def test_a_connection_is_cut_on_a_word(tmp_path: Path, echo: Echo, is_passed_on: bool) -> None:
    with Proxy(str(tmp_path / "echo")) as proxy:
        proxy.cut_on(b"COMMIT", is_passed_on=is_passed_on)
        assert await ask(proxy, b"BEGIN") == b"BEGIN"
        assert await ask(proxy, b"COMMIT") == b""
        assert await ask(proxy, b"COMMIT") == b"COMMIT"
        assert proxy.cuts == 1
        assert echo.heard == (b"BEGINCOMMITCOMMIT" if is_passed_on else b"BEGINCOMMIT")


@pytest.mark.usefixtures("echo")
async def test_answers_are_cut(tmp_path: Path) -> None:
    with Proxy(str(tmp_path / "echo")) as proxy:
        proxy.answer_bytes = 3
        assert await ask(proxy, b"hello") == b"hel"


@pytest.mark.usefixtures("echo")
async def test_open_connections_turn_to_holes(tmp_path: Path) -> None:
    with Proxy(str(tmp_path / "echo")) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"one")
        assert await reader.read(100) == b"one"
        proxy.swallow()
        writer.write(b"two")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await reader.read(100)
        assert await ask(proxy, b"three") == b"three"
        writer.close()
