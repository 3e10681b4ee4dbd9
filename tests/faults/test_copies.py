"""Row 38: the same bytes come several times at once, while a data set of them is read or deleted."""

import asyncio
import dataclasses
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from broker.publisher import Publisher
from db.attempts import endings
from db.attempts.attempts import Fence
from db.attempts.endings import Ending
from db.datasets import removals, stray_files
from db.errors import AttemptSuperseded, DatabaseUnavailable
from db.projects.quotas import Quotas
from db.queue import claims
from db.tables.datasets import Blob, Dataset
from db.workers.upkeep import Duty
from services.actors import Actor
from services.context import Limits, ServiceContext
from services.datasets import changes
from services.datasets.bodies import read_description
from services.datasets.creation import Wish, create_from, create_of_file, new_key
from services.errors import BodyFaulty
from services.incoming import Incoming
from settings.traces import Trace
from spec.ids import new_id
from spec.kinds import READ
from spec.states import JobStatus
from storage.errors import FileMissing
from storage.store import Store
from tests.data.reader import rounds_of
from tests.faults import datasets
from tests.faults.conftest import open_stage, seed
from tests.faults.kept_files import judge_files
from tests.faults.ledger import Tally
from tests.faults.oracle import judge
from tests.faults.servers import HardRedis
from tests.faults.stage import Stage
from tests.services.keys import bearer, make_key

_ONE, _OTHER = "copies_one", "copies_other"
_MOST_DELAY_SECONDS = 0.01
_LIMITS = Limits(max_spec_bytes=2**20, max_memory_bytes=2**30)
_RESULTS = {"format": "csv", "rows": 1, "facts": {"columns": [], "rows": 1}}


@dataclasses.dataclass
class Vault:
    """The services of data sets over a stage's database and a folder, with readers and sweepers at work.

    Attributes:
        contents: What each data set was made of, by id; a deleted one is kept, for it may still be read.
        there: Whose data sets are there.
        violations: What readers found.
    """

    stage: Stage
    store: Store
    context: ServiceContext
    incoming: Incoming
    rng: random.Random
    contents: dict[str, bytes] = dataclasses.field(default_factory=dict[str, bytes])
    there: dict[str, str] = dataclasses.field(default_factory=dict[str, str])
    violations: list[str] = dataclasses.field(default_factory=list[str])

    async def pause(self) -> None:
        """A moment, of random length."""
        await asyncio.sleep(self.rng.random() * _MOST_DELAY_SECONDS)

    async def create(self, project: str, content: bytes) -> str:
        """A data set of a project, from a file."""
        await self.pause()
        async with self.incoming.file(new_key()) as file:
            await file.add(content)
            stored = await self.incoming.commit(file)
        await self.pause()
        made = (await create_of_file(self.context, self.incoming, self._wish(project), stored)).made
        assert made is not None
        return self._note(made.id, project, content)

    async def copy(self, source_id: str) -> str | None:
        """A data set of the bytes of another one; None if that is gone."""
        await self.pause()
        project, content = self.there.get(source_id, _ONE), self.contents[source_id]
        try:
            made = (await create_from(self.context, self._wish(project), source_id)).made
        except BodyFaulty:
            return None
        assert made is not None
        return self._note(made.id, project, content)

    async def delete(self, dataset_id: str) -> None:
        """It is gone, and is removed by and by."""
        await self.pause()
        await changes.remove(self.context, self._actor(self.there.pop(dataset_id)), dataset_id)

    async def read(self, number: int) -> None:
        """Read what is claimed, as long as it takes; whatever is claimed can be read."""
        while True:
            async with self.stage.database.write() as connection:
                claim = await claims.claim_next(connection, f"worker_{number}", 0, [READ], 600)
            await self.pause()
            if claim is None:
                continue
            async with self.stage.database.read() as connection:
                found = select(Dataset.id).where(Dataset.job_id == claim.job_id)
                dataset_id = (await connection.execute(found)).scalar_one()
            for file in claim.inputs:
                try:
                    content = await asyncio.to_thread(self._content_of, file.key)
                except FileMissing as error:
                    self.violations.append(f"P: {dataset_id}: cannot be read: {error}")
                else:
                    if content != self.contents.get(dataset_id, content):
                        self.violations.append(f"P: {dataset_id}: has other bytes")
            with suppress(AttemptSuperseded):
                async with self.stage.database.write() as connection:
                    ending = Ending(status=JobStatus.SUCCEEDED, results=_RESULTS)
                    await endings.finish(connection, Fence(claim.job_id, claim.attempt), ending)

    async def sweep(self, duty: Duty) -> None:
        """Remove what is due, over and over."""
        rounds = rounds_of(self.stage.database, self.store, self.stage.home)[duty]
        while True:
            with suppress(DatabaseUnavailable):
                await rounds.go()
            await self.pause()

    async def judge(self) -> list[str]:
        """Whether all that is there can be read, and equal bytes are stored once."""
        found: list[str] = []
        async with self.stage.database.read() as connection:
            keys = select(Dataset.id, Blob.key).join(Blob, Blob.sha256 == Dataset.blob_sha256)
            kept: dict[str, str] = {row[0]: row[1] for row in await connection.execute(keys)}
        for dataset_id in self.there:
            if dataset_id not in kept:
                found.append(f"P: {dataset_id}: is lost")
                continue
            try:
                is_whole = await asyncio.to_thread(self._content_of, kept[dataset_id]) == self.contents[dataset_id]
            except FileMissing:
                is_whole = False
            if not is_whole:
                found.append(f"P: {dataset_id}: its bytes are not whole")
        return [*found, *self.violations]

    def _note(self, dataset_id: str, project: str, content: bytes) -> str:
        self.contents[dataset_id], self.there[dataset_id] = content, project
        return dataset_id

    def _content_of(self, key: str) -> bytes:
        with self.store.open(key) as reader:
            return reader.read()

    def _actor(self, project: str) -> Actor:
        return Actor(project, None, Trace(new_id("req"), None))

    def _wish(self, project: str) -> Wish:
        return Wish(self._actor(project), read_description({}))


@asynccontextmanager
async def vault_on(stage: Stage, rng: random.Random) -> AsyncGenerator[Vault]:
    """A vault with two readers and two sweepers of each kind."""
    for project in (_ONE, _OTHER):
        await make_key(stage.database_url, project)
    store = Store(f"file://{stage.home}/storage")
    context = ServiceContext.over(stage.database, Publisher(stage.broker_url), _LIMITS, Quotas())
    vault = Vault(stage, store, context, Incoming(stage.database, store), rng)
    working = [vault.read(number) for number in range(2)]
    working += [vault.sweep(duty) for duty in (Duty.DATASETS, Duty.FILES) for _ in range(2)]
    tasks = [asyncio.create_task(work) for work in working]
    try:
        yield vault
        for task in tasks:
            assert not task.done(), task.exception()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await vault.incoming.close()
        await context.hints.close()


async def play_rounds(vault: Vault, count: int) -> list[str]:
    """The same bytes come twice at once, while one data set of them is deleted and another is copied."""
    stage, rng, found = vault.stage, vault.rng, list[str]()
    for number in range(count):
        content = f"a\n{seed()}{number}\n".encode() * rng.randrange(1, 2000)
        owners = [_ONE, rng.choice((_ONE, _OTHER))]
        first, source = [await vault.create(owner, content) for owner in owners]
        twins = [vault.create(owner, content) for owner in owners]
        made = await asyncio.gather(vault.delete(first), *twins, vault.copy(source), vault.delete(source))
        found += await vault.judge()
        left = [dataset_id for dataset_id in made if dataset_id is not None and dataset_id in vault.there]
        rng.shuffle(left)
        # The last one goes while the bytes come again.
        kept, *_ = await asyncio.gather(vault.create(owners[1], content), *(vault.delete(one) for one in left))
        found += await vault.judge()
        if number % 2:
            await vault.delete(kept)
    stored = "SELECT count(*) FROM (SELECT sha256 FROM blobs GROUP BY sha256 HAVING count(*) > 1) AS twice"
    if await stage.scalar(stored):
        found.append("P: equal bytes are stored twice")
    for dataset_id in list(vault.there):
        await vault.delete(dataset_id)
    return [*dict.fromkeys(found), *await _wait_empty(vault)]


async def _wait_empty(vault: Vault) -> list[str]:
    """O: after all are deleted nothing is left, in the database or in the storage."""
    for _ in range(200):
        async with vault.stage.database.read() as connection:
            counts = [
                (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()  # noqa: S608 -- named here
                for table in ("datasets", "blobs", "stray_files")
            ]
        files = await asyncio.to_thread(lambda: [entry.key for entry in vault.store.list("blobs")])
        if not any(counts) and not files:
            return []
        await asyncio.sleep(0.05)
    return [f"O: {counts} data sets, files and notes are left, and in the storage {files}"]


@pytest.fixture(params=["sqlite", "postgresql"])
async def office(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, hard_redis: HardRedis
) -> AsyncGenerator[Stage]:
    """A stage without programs, on each database."""
    postgres = None if request.param == "sqlite" else request.getfixturevalue("hard_postgres")
    async with open_stage(tmp_path_factory.mktemp("vault"), hard_redis, postgres) as opened:
        yield opened


@pytest.mark.row(38)
@pytest.mark.parametrize("rounds", [8, pytest.param(50, marks=pytest.mark.long)])
async def test_the_same_bytes_at_once(office: Stage, tally: Tally, rng: random.Random, rounds: int) -> None:
    async with vault_on(office, rng) as vault:
        violations = await play_rounds(vault, rounds)
    violations += await judge(office, letters="DF") + await judge_files(office.database, office.home / "storage")
    tally.note(violations, tried=rounds)


@pytest.mark.row(38)
@pytest.mark.long
async def test_the_same_bytes_at_once_and_nobody_counts(
    office: Stage, tally: Tally, rng: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = removals.remove

    async def remove_with_file(connection: Any, dataset_id: str) -> None:  # noqa: ANN401 -- the database's connection
        named = select(Blob.key).join(Dataset, Dataset.blob_sha256 == Blob.sha256).where(Dataset.id == dataset_id)
        key = (await connection.execute(named)).scalar_one_or_none()
        await remove(connection, dataset_id)
        if key is not None:
            await stray_files.let_go(connection, key)

    monkeypatch.setattr(removals, "remove", remove_with_file)
    async with vault_on(office, rng) as vault:
        violations = await play_rounds(vault, 5)
    tally.turned_red("counting of references", violations, letters="P")


@pytest.mark.row(38)
@pytest.mark.long
async def test_the_same_bytes_over_processes(stage: Stage, tally: Tally, rng: random.Random) -> None:
    await stage.start_api(API_PROCESSES="2", RATE_LIMIT_PER_SECOND="0")
    await stage.start_worker()
    other = httpx.AsyncClient(
        base_url=stage.address, timeout=60, headers=bearer(await make_key(stage.database_url, _OTHER))
    )
    async with other:
        for number in range(10):
            content = datasets.table(seed() + number, 2)
            first = await datasets.create(stage, content)
            second = other if number % 2 else stage.client.http
            created = asyncio.gather(
                datasets.create(stage, content), datasets.create(stage, content, http=second), return_exceptions=True
            )
            await asyncio.sleep(rng.random() * 0.05)
            answer = await stage.client.http.delete(f"/v1/datasets/{first}")
            del stage.client.datasets[first]
            ids = await created
            violations = [f"P: {outcome!r}" for outcome in ids if isinstance(outcome, BaseException)]
            violations += [] if answer.status_code == httpx.codes.NO_CONTENT else [f"P: a deletion: {answer.text}"]
            # What is another project's is not seen by this client.
            strangers = ids[1:] if second is other else []
            for dataset_id in strangers:
                stage.client.datasets.pop(str(dataset_id), None)
            for dataset_id in ids:
                if (reading := await datasets.wait_read(stage, str(dataset_id))).status != "ready":
                    violations.append(f"P: {dataset_id}: is {reading.status}: {reading.error_json}")
            tally.note([*violations, *await judge(stage)])
