"""What a client is told when the database is lost in the middle, or has no time for it."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import make_url, text

from db.connections.engine import Database
from db.jobs import outbox
from tests.api.service import assert_problem, running_api
from tests.api.specs import digits
from tests.api.sse import ACCEPT
from tests.api.test_listeners import listening, record, started
from tests.conftest import TEMPLATE
from tests.faults.proxy import Proxy
from tests.services.keys import bearer, make_key
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer

BOUND_SECONDS = 10.0
COMMIT = b"COMMIT;"
"""And not `BEGIN ISOLATION LEVEL READ COMMITTED`."""


@dataclass
class Cuttable:
    """An API whose way to its database goes through a proxy."""

    client: httpx.AsyncClient
    proxy: Proxy
    database: Database

    @asynccontextmanager
    async def losing_a_commit(self, *, is_passed_on: bool) -> AsyncIterator[None]:
        """The next commit is cut off: that of a request, since nothing is left to be done behind the earlier ones."""
        while True:
            async with self.database.read() as connection:
                if not await outbox.unpublished(connection, 1):
                    break
            await asyncio.sleep(0.05)
        cuts = self.proxy.cuts
        self.proxy.cut_on(COMMIT, is_passed_on=is_passed_on)
        yield
        assert self.proxy.cuts == cuts + 1

    async def make(self, name: str) -> str:
        answer = await self.client.post("/v1/jobs", json=digits(name=name))
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    async def named(self, name: str) -> list[str]:
        listed = (await self.client.get("/v1/jobs", params={"name": name})).json()["data"]
        return [job["id"] for job in listed]


@pytest.fixture(scope="module")
def database_url(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.fresh_database(TEMPLATE) as url:
        yield url


@pytest.fixture(scope="module")
async def service(
    database_url: str,
    postgres_server: PostgresServer,
    redis_server: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Cuttable]:
    with Proxy(str(postgres_server.folder / ".s.PGSQL.5432")) as proxy:
        url = f"postgresql://postgres@127.0.0.1:{proxy.port}/{make_url(database_url).database}"
        home = tmp_path_factory.mktemp("cuttable")
        with running_api(home, database_url=url, broker_url=redis_server.url) as address:
            headers = bearer(await make_key(database_url))
            async with httpx.AsyncClient(base_url=address, timeout=30, headers=headers) as client:
                database = Database(database_url)
                yield Cuttable(client, proxy, database)
                await database.close()


def assert_come_again(answer: httpx.Response) -> None:
    assert_problem(answer, 503, "database_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1


async def test_a_job_whose_commit_took_place_unheard_is_told_of_as_made(service: Cuttable) -> None:
    name = uuid4().hex
    async with service.losing_a_commit(is_passed_on=True):
        answer = await service.client.post("/v1/jobs", json=digits(name=name), headers={"Idempotency-Key": name})
    assert answer.status_code == 201, answer.text
    assert "Idempotent-Replayed" not in answer.headers
    assert await service.named(name) == [answer.json()["id"]]
    again = await service.client.post("/v1/jobs", json=digits(name=name), headers={"Idempotency-Key": name})
    assert (again.content, again.headers["Idempotent-Replayed"]) == (answer.content, "true")


async def test_a_job_whose_commit_got_lost_is_not_there_and_may_be_sent_again(service: Cuttable) -> None:
    name = uuid4().hex
    begun = time.monotonic()
    async with service.losing_a_commit(is_passed_on=False):
        answer = await service.client.post("/v1/jobs", json=digits(name=name), headers={"Idempotency-Key": name})
    assert time.monotonic() - begun < BOUND_SECONDS
    assert_come_again(answer)
    assert await service.named(name) == []
    again = await service.client.post("/v1/jobs", json=digits(name=name), headers={"Idempotency-Key": name})
    assert (again.status_code, "Idempotent-Replayed" in again.headers) == (201, False)


@pytest.mark.parametrize("is_passed_on", [True, False])
async def test_what_is_asked_of_a_job_is_asked_again_where_its_commit_was_lost(
    service: Cuttable, *, is_passed_on: bool
) -> None:
    job_id = await service.make(uuid4().hex)
    for what, status in (("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled")):
        async with service.losing_a_commit(is_passed_on=is_passed_on):
            answer = await service.client.post(f"/v1/jobs/{job_id}/{what}")
        assert (answer.status_code, answer.json()["status"]) == (200, status)
    events = (await service.client.get(f"/v1/jobs/{job_id}/events")).json()["data"]
    assert [event["type"] for event in events] == ["job.created", "job.paused", "job.resumed", "job.cancelled"]


async def test_a_stream_outlives_an_outage_of_the_database(service: Cuttable) -> None:
    job_id = await service.make(uuid4().hex)
    while (fence := await started(service.database)).job_id != job_id:
        pass  # those that were queued before it
    async with listening(service.client, job_id) as events:
        assert [(await anext(events)).word for _ in range(3)][-1] == "job.started"
        for epoch in (1, 2):
            service.proxy.is_refusing = True
            service.proxy.cut()
            await record(service.database, fence, epoch)
            await asyncio.sleep(0.5)
            refused = await service.client.get(f"/v1/jobs/{job_id}/events", headers=ACCEPT)
            assert_problem(refused, 503, "database_unavailable")
            service.proxy.is_refusing = False
            async with asyncio.timeout(10):
                assert (await anext(events)).word == f"1:{epoch}"


async def test_a_database_that_has_no_time_is_told_of_within_seconds(service: Cuttable) -> None:
    job_id = await service.make("before")
    async with service.database.write() as connection:
        # As somebody's maintenance might; a transaction of ours is ended when it idles.
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        await connection.execute(text("LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE"))
        begun = time.monotonic()
        # More than there are connections: the last ones wait for one in vain.
        asking = [
            asyncio.gather(
                service.client.post("/v1/jobs", json=digits()),
                service.client.get(f"/v1/jobs/{job_id}"),
                service.client.post(f"/v1/jobs/{job_id}/cancel"),
            )
            for _ in range(10)
        ]
        assert (await service.client.get("/healthz")).status_code == 200
        for answers in await asyncio.gather(*asking):
            for answer in answers:
                assert_come_again(answer)
        assert time.monotonic() - begun < BOUND_SECONDS
    assert (await service.client.get(f"/v1/jobs/{job_id}")).json()["status"] == "queued"
    assert (await service.client.post("/v1/jobs", json=digits())).status_code == 201
