"""Where messages may go and where they then do go: names are looked up once, and only public addresses are used."""

import os
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from email.utils import formatdate

import pytest

from api.webhooks.retries import JITTER, LONGEST_ASKED_SECONDS, RETRY_SECONDS, asked_seconds, retry_in_seconds
from api.webhooks.sending import Outcome, Sender, SystemResolver
from services.webhooks.addresses import UrlRefused, is_public, target_of
from services.webhooks.signing import new_secret, signature
from tests.services.receiver import CERTIFICATE, receiver

PRIVATE = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",  # noqa: S104 -- nothing listens
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "198.18.0.1",
    "203.0.113.5",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "192.88.99.1",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "not an address",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_known_in_every_spelling(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_what_is_public_is_known_too(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.com/", "url_scheme"),
        ("ftp://example.com/", "url_scheme"),
        ("file:///etc/passwd", "url_scheme"),
        ("example.com/hook", "url"),
        ("https://", "url"),
        ("https:///hook", "url"),
        ("https://exa mple.com/", "url"),
        ("https://example.com\n.evil/", "url"),
        ("https://example.com\\@127.0.0.1/", "url"),
        ("https://bücher.example/", "url"),
        ("https://example.com:99999/", "url"),
        ("https://example.com:abc/", "url"),
        ("https://[::1/", "url"),
        ("https://user:hunter2@example.com/", "url_userinfo"),
        ("https://example.com/#part", "url_fragment"),
        ("https://example.com:25/", "url_port"),
        ("https://example.com:0/", "url_port"),
        ("https://localhost/", "private_address"),
        ("https://me.localhost./", "private_address"),
        ("https://127.0.0.1/", "private_address"),
        ("https://169.254.169.254/latest/meta-data/", "private_address"),
        ("https://[::ffff:127.0.0.1]/", "private_address"),
        ("https://[fd00:ec2::254]/", "private_address"),
        ("https://example.com/" + "a" * 2000, "url_too_long"),
    ],
)
def test_a_url_that_no_webhook_may_have_is_refused(url: str, code: str) -> None:
    with pytest.raises(UrlRefused) as refused:
        target_of(url, is_private_allowed=False)
    assert refused.value.code == code
    assert "hunter2" not in str(refused.value)


def test_a_url_that_one_may_have_is_read_as_it_stands() -> None:
    target = target_of("https://hooks.example.com:8443/a?b=c", is_private_allowed=False)
    assert (target.url.host, target.url.port, target.url.target) == (b"hooks.example.com", 8443, b"/a?b=c")
    assert target.authority == "hooks.example.com:8443"
    assert target_of("http://127.0.0.1:25/", is_private_allowed=True).url.port == 25


class Names:
    """A resolver that tells what it is told to, one answer after the other, the last for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        assert port
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@asynccontextmanager
async def sending(
    names: Names | SystemResolver, *, is_private_allowed: bool = True, timeout_seconds: float = 5
) -> AsyncIterator[Sender]:
    context = ssl.create_default_context(cafile=str(CERTIFICATE))
    sender = Sender(names, timeout_seconds=timeout_seconds, is_private_allowed=is_private_allowed, ssl_context=context)
    yield sender
    await sender.close()


async def post(sender: Sender, url: str) -> Outcome:
    return await sender.post(target_of(url, is_private_allowed=True), {"Content-Type": "text/plain"}, b"hello")


async def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    with receiver() as box:
        names = Names(["127.0.0.1"], ["192.0.2.1"])
        async with sending(names) as sender:
            outcome = await post(sender, f"http://rebound.example:{box.port}/hook?a=b")
        assert (outcome.response_status, outcome.error) == (204, None)
        assert names.asked == ["rebound.example"]
        (came,) = box.received
        assert (came.path, came.body) == ("/hook?a=b", b"hello")
        assert came.headers["Host"] == f"rebound.example:{box.port}"


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["::ffff:127.0.0.1"]])
async def test_a_name_that_leads_to_one_private_address_among_others_is_refused(addresses: list[str]) -> None:
    with receiver() as box:
        async with sending(Names(addresses), is_private_allowed=False) as sender:
            outcome = await post(sender, f"http://rebound.example:{box.port}/")
        assert outcome.response_status is None
        assert outcome.error == "The host name of the URL resolves to an address that is not public."
        assert box.received == []


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "0"])
async def test_the_systems_own_spellings_of_this_machine_are_refused(host: str) -> None:
    names = SystemResolver()
    with receiver() as box:
        async with sending(names, is_private_allowed=False) as sender:
            outcome = await post(sender, f"http://{host}:{box.port}/")
        assert outcome.error == "The host name of the URL resolves to an address that is not public."
        assert box.received == []
    names.close()


async def test_a_name_that_leads_nowhere_is_said_to() -> None:
    names = SystemResolver()
    async with sending(names) as sender:
        assert (await post(sender, "http://nowhere.invalid/")).error == "The host name of the URL cannot be resolved."
        assert (
            await post(sender, f"http://{'a' * 70}.example/")
        ).error == "The host name of the URL cannot be resolved."
    names.close()


async def test_the_next_address_is_tried_where_one_takes_no_connection() -> None:
    with receiver() as box:
        async with sending(Names(["127.0.0.2", "127.0.0.1"])) as sender:
            assert (await post(sender, f"http://two.example:{box.port}/")).error is None
        async with sending(Names(["127.0.0.2"])) as sender:
            assert (
                await post(sender, f"http://two.example:{box.port}/")
            ).error == "The connection could not be established."


async def test_certificates_are_checked_against_the_name_and_not_the_address() -> None:
    with receiver(is_tls=True) as box:
        async with sending(Names(["127.0.0.1"])) as sender:
            assert (await post(sender, f"https://elsewhere.example:{box.port}/")).response_status == 204
            for wrong in ("other.example", "127.0.0.1"):
                outcome = await post(sender, f"https://{wrong}:{box.port}/")
                assert outcome.error == "A trusted TLS connection could not be established."
        assert len(box.received) == 1


async def test_neither_redirects_nor_proxies_lead_anywhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as box, receiver() as other:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{other.port}")
        assert os.environ["http_proxy"]
        box.answers(307, {"Location": f"http://127.0.0.1:{other.port}/"})
        async with sending(Names(["127.0.0.1"])) as sender:
            outcome = await post(sender, f"http://hooks.example:{box.port}/")
        assert (outcome.response_status, outcome.error) == (
            307,
            "The receiver responded with status 307. Redirects are not followed.",
        )
        assert (len(box.received), len(other.received)) == (1, 0)


async def test_an_endless_answer_is_cut_off_and_a_slow_one_given_up() -> None:
    def endless(handler: object) -> None:
        handler.send_response(200)  # pyright: ignore[reportAttributeAccessIssue] -- a request's handler
        handler.end_headers()  # pyright: ignore[reportAttributeAccessIssue]
        while True:
            handler.wfile.write(b"x" * 65536)  # pyright: ignore[reportAttributeAccessIssue]

    is_over = threading.Event()
    with receiver() as box:
        async with sending(Names(["127.0.0.1"]), timeout_seconds=1) as sender:
            box.answer = endless
            outcome = await post(sender, f"http://hooks.example:{box.port}/")
            assert (outcome.response_status, outcome.error) == (200, None)
            box.answer = lambda _: is_over.wait(20)
            started = time.monotonic()
            outcome = await post(sender, f"http://hooks.example:{box.port}/")
            assert outcome.error == "No response was received within 1 s."
            assert 0.9 < outcome.duration_seconds <= time.monotonic() - started < 5
        is_over.set()


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab"])
async def test_what_is_no_whole_answer_of_http_is_a_failure(said: bytes) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(said)

    thread = threading.Thread(target=answer)
    thread.start()
    async with sending(Names(["127.0.0.1"])) as sender:
        outcome = await post(sender, f"http://hooks.example:{listener.getsockname()[1]}/")
    thread.join()
    listener.close()
    assert outcome.error in {"The response was not valid HTTP.", "The connection was lost."}


def test_signatures_are_those_of_the_specifications_own_example() -> None:
    # The test vector of https://github.com/standard-webhooks/standard-webhooks, libraries/python.
    key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    told = signature([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert told == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    both = signature([new_secret(), key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert both.split(" ")[1] == told


def test_tries_are_further_and_further_apart_for_more_than_a_day() -> None:
    waits = [retry_in_seconds(failures) for failures in range(len(RETRY_SECONDS) + 1)]
    assert waits.pop() is None
    for wait, planned in zip(waits, RETRY_SECONDS, strict=True):
        assert wait is not None
        assert planned <= wait <= planned * (1 + JITTER)
    assert 24 * 3600 < sum(RETRY_SECONDS) < 7 * 24 * 3600


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("9" * 400, float("inf")),
        ("Sun, 06 Nov 1994 08:51:37 GMT", 120),
        ("Sunday, 06-Nov-94 08:51:37 GMT", 120),
        ("Sun Nov  6 08:51:37 1994", 120),
        ("Sun, 06 Nov 1994 08:40:00 GMT", 0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("Sun, 99 Nov 99999 08:49:37 GMT", None),
        ("\xb2", None),
    ],
)
def test_a_receiver_may_say_in_every_way_of_http_when_to_come_again(said: str, seconds: float | None) -> None:
    headers = [(b"date", b"Sun, 06 Nov 1994 08:49:37 GMT"), (b"Retry-After", said.encode("latin-1"))]
    assert asked_seconds(headers) == seconds


def test_without_a_date_of_the_answer_one_counts_from_now() -> None:
    told = asked_seconds([(b"retry-after", formatdate(time.time() + 60, usegmt=True).encode())])
    assert told == pytest.approx(60, abs=2)


@pytest.mark.parametrize(
    ("asked", "least"), [(0, 300), (299, 300), (3_600, 3_600), (10**9, LONGEST_ASKED_SECONDS), (float("inf"), 86_400)]
)
def test_a_try_comes_no_sooner_than_planned_or_asked_for_and_within_a_day(asked: float, least: float) -> None:
    wait = retry_in_seconds(1, asked)
    assert wait is not None
    assert least <= wait <= least * (1 + JITTER)
    assert retry_in_seconds(len(RETRY_SECONDS), asked) is None


async def test_what_a_refusal_asks_for_is_heard() -> None:
    with receiver() as box:
        async with sending(Names(["127.0.0.1"])) as sender:
            for status, headers, asked in (
                (503, {"Retry-After": "7"}, 7),
                (429, {"retry-after": formatdate(time.time() + 3_600, usegmt=True)}, 3_600),
                (500, {}, None),
                (200, {"Retry-After": "7"}, None),
            ):
                box.answers(status, headers)
                outcome = await post(sender, f"http://hooks.example:{box.port}/")
                assert outcome.response_status == status
                assert outcome.retry_after_seconds == (None if asked is None else pytest.approx(asked, abs=2))
