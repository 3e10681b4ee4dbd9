"""Where a request came from: an IP address, whatever is forwarded."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.access.addresses import client_address, neighbourhood
from api.serving.protocol import CONNECTION_STATE
from tests.api.service import assert_problem, running_api
from tests.services.keys import NOBODYS, bearer, make_key

NONSENSE = ("<script>alert(1)</script>", "=cmd|calc", "x" * 5000, "unknown", "_hidden", "1.2.3.4.5", "::1%" + "x" * 99)
BURST = 40


class Connection:
    """A connection, as far as addresses go."""

    client = ("192.0.2.1", 1234)


def said(text: str | None) -> str | None:
    return client_address({"client": None if text is None else (text, 0), "state": {CONNECTION_STATE: Connection()}})


@pytest.mark.parametrize("text", [*NONSENSE, "", None])
def test_what_is_no_address_is_the_peers_own(text: str | None) -> None:
    assert said(text) == "192.0.2.1"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("fe80::1%<script>", "fe80::1"),
    ],
)
def test_an_address_is_told_in_one_form(text: str, address: str) -> None:
    assert said(text) == address


def test_without_any_there_is_none() -> None:
    assert client_address({"client": None}) is None
    assert client_address({"client": ("/run/socket", 0)}) is None


def test_a_network_of_ipv6_is_one_caller() -> None:
    assert neighbourhood("203.0.113.7") == "203.0.113.7"
    assert neighbourhood("2001:db8::1") == neighbourhood("2001:db8::ffff:1") == "2001:db8::/64"
    assert neighbourhood("2001:db8:0:1::1") != neighbourhood("2001:db8::1")


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[tuple[str, str]]:
    """An API that counts requests, and its database."""
    home = tmp_path_factory.mktemp("counted")
    shutil.copyfile(sqlite_template, home / "keyed.db")
    url = f"sqlite:///{home}/keyed.db"
    settings = {"rate_limit_per_second": "1", "rate_limit_burst": str(BURST)}
    with running_api(home, database_url=url, broker_url="redis://127.0.0.1:1/0", **settings) as address:
        yield address, url


async def test_the_audit_log_has_addresses_alone(counted: tuple[str, str]) -> None:
    address, url = counted
    async with httpx.AsyncClient(base_url=address, headers=bearer(await make_key(url))) as client:
        for text in (*NONSENSE[:3], "2001:DB8::0001"):
            made = await client.post("/v1/keys", json={"scopes": ["read"]}, headers={"X-Forwarded-For": text})
            assert made.status_code == 201
        entries = (await client.get("/v1/audit")).json()["data"]
    assert [entry["address"] for entry in entries] == ["2001:db8::1", *["127.0.0.1"] * 3]


async def test_guessing_is_counted_whatever_is_forwarded(counted: tuple[str, str]) -> None:
    address, _ = counted
    async with httpx.AsyncClient(base_url=address, headers=bearer(NOBODYS)) as client:
        answers = [
            await client.get("/v1/jobs", headers={"X-Forwarded-For": f"{NONSENSE[number % 3]}{number}"})
            for number in range(BURST)
        ]
    assert_problem(answers[0], 401, "invalid_key")
    assert_problem(answers[-1], 429, "rate_limited")
