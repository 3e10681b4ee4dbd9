"""Makes jobs, several in one transaction where several are asked for at once: one commit, one wait for the disk.

Nobody waits for company: who comes while nothing is being committed goes at once, alone; who comes meanwhile goes with
the next group. Each gets an answer of its own, and what is wrong with one is no other's fault.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from db.connections.engine import Database
from db.datasets import facts
from db.errors import CommitUncertain, DatabaseUnavailable
from db.jobs import jobs, weights
from db.jobs.jobs import JobRow, NewJob
from db.projects import audit, idempotency
from db.projects.audit import Act
from db.projects.idempotency import Answer, KeyedRequest, SpecInJob
from db.queue.places import Places
from services.creations import Creation, Keyed
from services.errors import DatasetLost, InitialWeightsLost, QuotaExceeded
from services.hints import HintRelay, hint_of
from services.quotas.guard import Attempt, QuotaGuard, Use
from spec.language.numbers import encode_json

MAX_GROUP = 64
"""Jobs in one transaction: more would make it longer, and hardly cheaper for each."""
WAIT_SECONDS = 5.0
"""As long as for a free connection."""
READ_BACK_SECONDS = 5.0
"""How long jobs are looked for whose commit may have taken place."""
_PAUSE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class MadeJob:
    """A job just made.

    Attributes:
        row: It.
        queue_position: Its place in the queue.
        warnings: What is doubtful about it.
    """

    row: JobRow
    queue_position: int
    warnings: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Wanted:
    """A job that is to be made.

    Attributes:
        job: The job.
        warnings: What is doubtful about it, for the answer.
        act: For the log of who changed what.
        keyed: If it came with a key.
    """

    job: NewJob
    warnings: Sequence[dict[str, Any]]
    act: Act
    keyed: Keyed[MadeJob] | None = None

    @property
    def request(self) -> KeyedRequest | None:
        """The key, and what tells the wish from others."""
        return None if self.keyed is None else self.keyed.request


JobCreation: TypeAlias = Creation[MadeJob]
Outcome: TypeAlias = JobCreation | Exception


@dataclass(frozen=True, eq=False)
class _Waiting:
    wanted: Wanted
    outcome: asyncio.Future[JobCreation]
    until: float

    def end(self, outcome: Outcome) -> None:
        if self.outcome.done():
            return  # whoever asked has gone
        if isinstance(outcome, Creation):
            self.outcome.set_result(outcome)
        else:
            self.outcome.set_exception(outcome)


class Intake:
    """Takes the jobs of one process; one transaction at a time.

    Args:
        database: Where they are written.
        hints: Hears of those that were made.
        places: Tells their places.
        quotas: What their projects may have.
        wait_seconds: How long a job may wait for its group's turn.
    """

    def __init__(
        self,
        database: Database,
        hints: HintRelay,
        places: Places,
        quotas: QuotaGuard,
        *,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._database = database
        self._hints = hints
        self._places = places
        self._quotas = quotas
        self._wait_seconds = wait_seconds
        self._waiting: deque[_Waiting] = deque()
        self._work: asyncio.Task[None] | None = None

    async def take(self, wanted: Wanted) -> JobCreation:
        """Makes the job with its first event, its outbox row and its key; the broker hears of it after the commit.

        Raises:
            IdempotencyKeyReused: If the key came with another request.
            IdempotencyKeyInFlight: If a request with the key is being carried out.
            DatasetLost: If a data set that it uses is not there any more.
            InitialWeightsLost: If the job whose weights it begins with is not there any more.
            QuotaExceeded: If the project has no more jobs to make now.
            DatabaseUnavailable: If the database does not answer; no job was made, as far as can be known.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(wanted, loop.create_future(), loop.time() + self._wait_seconds)
        self._waiting.append(waiting)
        if self._work is None:
            self._work = asyncio.create_task(self._serve_all(), name="intake")
        return await waiting.outcome

    async def _serve_all(self) -> None:
        group: list[_Waiting] = []
        try:
            while group := self._next_group():
                await self._serve(group)
        finally:
            self._work = None
            for waiting in (*group, *self._waiting):  # some are left only if the process is being stopped
                waiting.outcome.cancel()

    def _next_group(self) -> list[_Waiting]:
        """Who has waited longest, but for who waits no more."""
        now = asyncio.get_running_loop().time()
        group: list[_Waiting] = []
        while self._waiting and len(group) < MAX_GROUP:
            waiting = self._waiting.popleft()
            if waiting.until < now:
                waiting.end(DatabaseUnavailable("The database is unavailable: jobs wait too long to be created."))
            elif not waiting.outcome.done():
                group.append(waiting)
        return group

    async def _serve(self, group: list[_Waiting]) -> None:
        """Ends the waiting of all of these but of those that have to go with the next group."""
        leaders, followers = _apart(group)
        for waiting, outcome in zip(leaders, await self._made(leaders), strict=True):
            waiting.end(outcome)
            for follower in followers.get(waiting, ()):
                if isinstance(outcome, Creation) and _is_same(follower, waiting):
                    follower.end(Creation(None, outcome.kept))
                else:
                    self._waiting.appendleft(follower)

    async def _made(self, group: list[_Waiting]) -> list[Outcome]:
        try:
            with self._quotas.attempt() as taking:
                return await self._make([waiting.wanted for waiting in group], taking)
        except DatabaseUnavailable as error:
            return [error] * len(group)
        except Exception as error:  # noqa: BLE001 -- each gets to know what befell it, and the relay outlives it
            if len(group) == 1:
                return [error]
            # One of them is at fault; the others shall not suffer for it.
            return [outcome for waiting in group for outcome in await self._made([waiting])]

    async def _make(self, group: Sequence[Wanted], taking: Attempt) -> list[Outcome]:
        """Makes them in one transaction; looks whether they are there if its outcome is unknown."""
        outcomes: list[Outcome] = []
        fresh: list[Wanted] = []
        for project in dict.fromkeys(wanted.job.project for wanted in group):
            await taking.look(project)
        try:
            async with self._database.write(is_short=True) as connection:
                # Ahead of the keys, in the order in which a deletion locks them.
                there = await _there_for(connection, group)
                begun = [await _begin(connection, wanted, taking, there) for wanted in group]
                fresh = [wanted for wanted, first in zip(group, begun, strict=True) if first is None]
                made: dict[str, JobCreation] = {}
                if fresh:
                    rows = await jobs.create_all(connection, [wanted.job for wanted in fresh])
                    await audit.record(connection, *(wanted.act for wanted in fresh))
                    places = await self._places.of_new(connection, rows)
                    for wanted, row, place in zip(fresh, rows, places, strict=True):
                        made[row.id] = _created(wanted, MadeJob(row, place, wanted.warnings))
                    await _keep(connection, fresh, made)
                outcomes = [
                    _outcome(first, made.get(wanted.job.id)) for wanted, first in zip(group, begun, strict=True)
                ]
        except CommitUncertain:
            # All of them are there, or none is.
            if not outcomes or not fresh or not await _is_there(self._database, fresh[0].job):
                raise
        for wanted in fresh:
            job = wanted.job
            self._hints.offer(hint_of(job))
        return outcomes


async def _there_for(connection: Any, group: Sequence[Wanted]) -> set[str]:  # noqa: ANN401 -- the database's connection, which only it knows
    """The keys of files, and the data sets, that these jobs may begin with; they stay until the transaction ends."""
    sources = {wanted.job.initial_weights for wanted in group if wanted.job.initial_weights is not None}
    there = await weights.there(connection, sources) if sources else set[str]()
    datasets = {name for wanted in group for name in wanted.job.datasets}
    return there | await facts.there(connection, datasets) if datasets else there


async def _begin(
    connection: Any,  # noqa: ANN401 -- as above
    wanted: Wanted,
    taking: Attempt,
    there: set[str],
) -> Answer | Exception | None:
    """The first answer, or why there is none; None if the job is to be made."""
    first = None if wanted.request is None else await idempotency.begin(connection, wanted.request)
    if first is None:
        source = wanted.job.initial_weights
        if source is not None and wanted.job.initial_weights_key not in there:
            return InitialWeightsLost(source)
        if lost := [name for name in wanted.job.datasets if name not in there]:
            return DatasetLost(lost[0])
        try:
            taking.take(wanted.job.project, _use_of(wanted, taking))
        except QuotaExceeded as error:
            return error
    return first


def _use_of(wanted: Wanted, taking: Attempt) -> Use:
    job = wanted.job
    # Of most projects nobody counts them, and to put a row together twice costs as much as to look up its place.
    is_counting = taking.is_counting_bytes(job.project)
    row_bytes = jobs.bytes_of(job) if is_counting else 0
    if is_counting and wanted.request is not None:
        said = idempotency.bytes_of(
            wanted.request, [job.name or "", encode_json(job.metadata), encode_json(wanted.warnings)]
        )
        row_bytes += said
    return Use(1, job.train_rows * (job.epochs - job.first_epoch), row_bytes, is_to_store=True)


async def _keep(connection: Any, fresh: Sequence[Wanted], made: Mapping[str, JobCreation]) -> None:  # noqa: ANN401 -- as above
    """The first answers of those that came with a key; the spec in each stands in its job."""
    answered: list[tuple[KeyedRequest, Answer]] = []
    specs: list[SpecInJob] = []
    for wanted in fresh:
        if wanted.keyed is not None and (kept := made[wanted.job.id].kept) is not None:
            answered.append((wanted.keyed.request, kept))
            specs.append(SpecInJob(wanted.job.id, wanted.job.spec_json))
    await idempotency.store_all(connection, answered, specs)


def _apart(group: Sequence[_Waiting]) -> tuple[list[_Waiting], dict[_Waiting, list[_Waiting]]]:
    """Those that can be served together, and who waits for one of them, having come with the same key."""
    leaders: list[_Waiting] = []
    by_key: dict[tuple[str, str], _Waiting] = {}
    followers: dict[_Waiting, list[_Waiting]] = {}
    for waiting in group:
        request = waiting.wanted.request
        leader = waiting if request is None else by_key.setdefault((request.project, request.key), waiting)
        if leader is waiting:
            leaders.append(waiting)
        else:
            followers.setdefault(leader, []).append(waiting)
    return leaders, followers


def _is_same(one: _Waiting, other: _Waiting) -> bool:
    return one.wanted.request == other.wanted.request


def _created(wanted: Wanted, made: MadeJob) -> JobCreation:
    return Creation(made, None if wanted.keyed is None else wanted.keyed.answer_of(made))


def _outcome(first: Answer | Exception | None, creation: JobCreation | None) -> Outcome:
    if isinstance(first, Exception):
        return first
    if first is not None:
        return Creation(None, first)
    if creation is None:
        raise AssertionError("a job was made and not told of")
    return creation


async def _is_there(database: Database, job: NewJob) -> bool:
    """Whether a commit of unknown outcome took place.

    A job that is not there may still come: the server may not have got to the commit. So it is looked for until the
    time is up.
    """
    try:
        async with asyncio.timeout(READ_BACK_SECONDS):
            while True:
                try:
                    async with database.read() as connection:
                        if await jobs.is_there(connection, job.id, job.project):
                            return True
                except DatabaseUnavailable:
                    pass  # it may come back while there is time
                await asyncio.sleep(_PAUSE_SECONDS)
    except TimeoutError:
        return False
