"""Whatever S3 does, a store's errors are its own: they say that it does not answer, and nothing that is secret."""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from storage import bucket_client
from storage.errors import StorageFull, StorageUnavailable
from storage.store import Store
from tests.faults.proxy import Proxy
from tests.services.s3 import ACCESS_KEY_ID, SECRET_ACCESS_KEY, S3Server, environment
from tests.storage.conftest import BUCKET_URL

PIECE = bytes(9 * 2**20)


def _write(store: Store, source: Path) -> None:
    del source
    with store.write("a/large") as writer:
        writer.write(PIECE)
        writer.commit()


def _store_new(store: Store, source: Path) -> None:
    store.put("a/b", source, if_absent=True)


ACTS: dict[str, Callable[[Store, Path], object]] = {
    "put": lambda store, source: store.put("a/b", source),
    "put if absent": _store_new,
    "multipart": _write,
    "open": lambda store, _: store.open("a/b"),
    "range": lambda store, _: store.open("a/b", 1, 2),
    "size": lambda store, _: store.size("a/b"),
    "list": lambda store, _: list(store.list()),
    "delete": lambda store, _: store.delete("a/b"),
    "delete a prefix": lambda store, _: store.delete_prefix("a"),
    "remove what is unfinished": lambda store, _: store.remove_unfinished(0),
}


class _Answers(BaseHTTPRequestHandler):
    """Always the same answer, to whatever is asked."""

    protocol_version = "HTTP/1.1"
    status = 500
    body = b""

    def _answer(self) -> None:
        self.close_connection = True
        self.rfile.read(int(self.headers.get("Content-Length", 0)) if "Expect" not in self.headers else 0)
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.body)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] -- it says nothing
        pass


def _error(code: str) -> bytes:
    message = f"{ACCESS_KEY_ID} {SECRET_ACCESS_KEY}"
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()


@contextmanager
def _answering(status: int, body: bytes) -> Iterator[str]:
    handler = type("Handler", (_Answers,), {"status": status, "body": body})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _swallowing() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def _away() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


FAULTS: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "away": _away,
    "silent": _swallowing,
    "failing": lambda: _answering(500, _error("InternalError")),
    "busy": lambda: _answering(503, _error("SlowDown")),
    "no S3": lambda: _answering(200, b"<html>Welcome to nginx!</html>"),
    "not there": lambda: _answering(404, b"<html>Not found</html>"),
}


def assert_unavailable(store: Store, source: Path, acts: Iterable[str] = ACTS) -> None:
    for name in acts:
        try:
            ACTS[name](store, source)
        except StorageUnavailable as error:
            told = f"{error!s} {error!r}"
            assert not any(secret in told for secret in (ACCESS_KEY_ID, SECRET_ACCESS_KEY, "127.0.0.1")), told
            continue
        pytest.fail(f"{name}: no error")


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Clients that try once and do not wait long."""
    monkeypatch.setattr(bucket_client, "TRIES", 1)
    monkeypatch.setattr(bucket_client, "READ_SECONDS", 0.5)
    return monkeypatch


def _store_at(endpoint: str, patch: pytest.MonkeyPatch, url: str = BUCKET_URL) -> Store:
    for name, value in environment(endpoint).items():
        patch.setenv(name, value)
    return Store(url)


@pytest.mark.parametrize("fault", FAULTS)
def test_every_call_says_that_the_store_does_not_answer(fault: str, source: Path, hurried: pytest.MonkeyPatch) -> None:
    # A deletion is answered with nothing, by S3 as by whoever is there in its place.
    acts = ACTS.keys() - {"delete"} if fault == "no S3" else ACTS
    if fault == "silent":
        hurried.setattr(bucket_client, "READ_SECONDS", 0.1)  # nobody who answers is too late
    with FAULTS[fault]() as endpoint:
        assert_unavailable(_store_at(endpoint, hurried), source, acts)


def test_credentials_that_are_refused(s3: S3Server, source: Path, hurried: pytest.MonkeyPatch) -> None:
    store = _store_at(s3.url, hurried)
    store.put("a/b", source)
    with s3.refusing():
        assert_unavailable(store, source)
    assert store.size("a/b") == source.stat().st_size


def test_no_credentials_at_all_and_then_some(s3: S3Server, source: Path, hurried: pytest.MonkeyPatch) -> None:
    store = _store_at(s3.url, hurried)
    hurried.delenv("AWS_ACCESS_KEY_ID")
    hurried.delenv("AWS_SECRET_ACCESS_KEY")
    assert_unavailable(store, source, ["put", "size"])
    _store_at(s3.url, hurried)
    store.put("a/b", source)
    assert store.size("a/b") == source.stat().st_size


def test_a_bucket_that_is_not_there_is_no_missing_file(s3: S3Server, source: Path, hurried: pytest.MonkeyPatch) -> None:
    assert_unavailable(_store_at(s3.url, hurried, "s3://another"), source)


def test_a_store_without_room_says_so(source: Path, hurried: pytest.MonkeyPatch) -> None:
    with _answering(507, _error("XMinioStorageFull")) as endpoint, pytest.raises(StorageFull):
        _store_at(endpoint, hurried).put("a/b", source)


def test_a_file_that_breaks_off_is_not_taken_for_whole(
    s3: S3Server, bucket: Store, source: Path, hurried: pytest.MonkeyPatch
) -> None:
    bucket.put("a/b", source)
    with Proxy(("127.0.0.1", s3.port)) as proxy:
        store = _store_at(f"http://127.0.0.1:{proxy.port}", hurried)
        proxy.answer_bytes = 1_000_000
        with store.open("a/b") as file:
            assert file.read(500_000) == source.read_bytes()[:500_000]
            with pytest.raises(StorageUnavailable):
                file.read()
        proxy.is_rest_swallowed = True
        with store.open("a/b") as file:
            assert file.read(500_000) == source.read_bytes()[:500_000]
            with pytest.raises(StorageUnavailable):
                file.read()


@pytest.mark.parametrize("if_absent", [False, True])
def test_a_file_is_stored_once_though_the_answer_was_lost(
    s3: S3Server, if_absent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket_client, "TRIES", 5)
    with Proxy(("127.0.0.1", s3.port)) as proxy:
        store = _store_at(f"http://127.0.0.1:{proxy.port}", monkeypatch)
        with store.write("a/b") as writer:
            writer.write(PIECE)
            writer.write(PIECE)
            writer.write(PIECE[: -2 * 2**20])  # parts without a rest, so that what follows is the last request
            proxy.answer_bytes = 1
            proxy.cut()
            healer = threading.Thread(target=_heal, args=(proxy,))
            healer.start()
            stored = writer.commit(if_absent=if_absent)
            healer.join()
        assert proxy.cuts >= 1
        assert store.size("a/b") == stored.size_bytes
        assert s3.uploads() == []


def _heal(proxy: Proxy) -> None:
    while proxy.cuts == 0:
        time.sleep(0.001)
    proxy.answer_bytes = None


def test_a_request_is_tried_again(s3: S3Server, bucket: Store, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.put("a/b", source)
    with Proxy(("127.0.0.1", s3.port)) as proxy:
        store = _store_at(f"http://127.0.0.1:{proxy.port}", monkeypatch)
        proxy.cut_on(b"HEAD", is_passed_on=False)
        assert store.size("a/b") == source.stat().st_size
        assert proxy.cuts == 1
