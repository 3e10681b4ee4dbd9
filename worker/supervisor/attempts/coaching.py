"""The coach of one attempt: it looks at the training beside it, and whatever befalls it costs the job nothing."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from coach.coach import Coach
from coach.coached_job import LookAt, coached_job, job_in_training
from coach.documents import finding_documents
from coach.evidence import EpochSeen, StartSeen
from coach.repairs.sickness import is_hopeless, repair_of
from coach.rules import ALL
from coach.rules.rule import Rule
from db.attempts import courses, findings
from db.attempts.attempts import EpochRecord, Fence
from db.attempts.courses import Course
from db.attempts.findings import NewFindings
from db.errors import AttemptSuperseded
from db.jobs.rows import NO_FINDINGS
from db.queue.claims import Claim
from services.actors import Actor
from services.dataset_facts import datasets_named_in
from services.weights import weights_named_in
from settings.traces import NO_TRACE
from spec.datasets.built_in import built_in_facts
from spec.datasets.choice import dataset_of
from spec.datasets.facts import DatasetFacts
from spec.jobs import JobSpec
from spec.kinds import TRAIN
from spec.language.numbers import encode_json
from worker.supervisor.workplace import Workplace

_log = structlog.stdlib.get_logger("worker")

_LEAST_SECONDS = 0.5
"""Between two looks."""
_SHARE = 20
"""And as many times what the last one took, so that the coach never takes more than a twentieth of a core."""
_LAST_LOOK_SECONDS = 20.0
"""What the end of an attempt waits for the last look: it takes milliseconds."""
_ALL = "all"
"""What has failed where it is not one rule."""
_MOST_SIGNALS = 20_000
"""Rows of signals, one of a layer each, that are held of a training: some 10 MB."""
_KEPT_FIRST = 100
"""Epochs at the beginning that are kept of a training that is longer than what is held (`MOST_EPOCHS`)."""
_KEPT_WHOLE = 20
"""Epochs at either end whose signals are kept where there are too many."""


class SeenEpochs:
    """The epochs of a training that the coach has seen, and no more signals than fit.

    Where there are too many, those of every other epoch are let go, but for the first and the last ones.
    """

    def __init__(self, most_rows: int = _MOST_SIGNALS) -> None:
        self._most_rows = most_rows
        self._epochs: list[EpochSeen] = []
        self._rows = 0

    def add(self, epoch: EpochSeen) -> None:
        """One that ended; it takes the place of the same one, and of later ones, of an earlier attempt."""
        while self._epochs and self._epochs[-1].epoch >= epoch.epoch:
            self._rows -= len(self._epochs.pop().signals)
        if len(self._epochs) >= courses.MOST_EPOCHS:
            self._rows -= len(self._epochs.pop(_KEPT_FIRST).signals)
        self._epochs.append(epoch)
        self._rows += len(epoch.signals)
        if self._rows > self._most_rows:
            self._thin()

    def all(self) -> tuple[EpochSeen, ...]:
        """They as of now, in order."""
        return tuple(self._epochs)

    def _thin(self) -> None:
        measured = [place for place, epoch in enumerate(self._epochs) if epoch.signals]
        for place in measured[_KEPT_WHOLE:-_KEPT_WHOLE:2]:
            epoch = self._epochs[place]
            self._rows -= len(epoch.signals)
            self._epochs[place] = EpochSeen(epoch.epoch, epoch.metrics)


@dataclass(frozen=True)
class _Looked:
    """What a look came to.

    Attributes:
        found: What it found.
        text: That as JSON, to be told from what was found before.
        seconds: What it took of a core.
        is_sick: Whether the training goes wrong beyond doubt, so that it may be stopped for a repair.
        repair_json: The plan of the repair, of the last look at a job that is to be repaired.
    """

    found: NewFindings
    text: str
    seconds: float
    is_sick: bool
    repair_json: str | None


@dataclass(frozen=True)
class LastLook:
    """What the whole training shows.

    Attributes:
        found: If that is other than what is stored.
        repair_json: How the job is going to be repaired, if it is (`coach.repairs.plan.Plan`).
    """

    found: NewFindings | None = None
    repair_json: str | None = None


class Coaching:
    """What the coach finds of one attempt: while it trains, written as it is found, and at its end."""

    def __init__(
        self,
        claim: Claim,
        workplace: Workplace,
        *,
        memory_bytes: int,
        on_sick: Callable[[], None] = lambda: None,
        rules: Sequence[Rule] = ALL,
    ) -> None:
        """Nothing is looked at before `see` was told of an epoch.

        Args:
            claim: The attempt.
            workplace: What it works with.
            memory_bytes: What a job may use that a remedy makes of this one.
            on_sick: Called when a job that may be repaired goes wrong beyond doubt: there is no use in going on.
            rules: That look.
        """
        self._claim = claim
        self._on_sick = on_sick
        self._fence = Fence(claim.job_id, claim.attempt)
        self._workplace = workplace
        self._memory_bytes = memory_bytes
        self._rules = rules
        self._epochs = SeenEpochs()
        self._start: StartSeen | None = None
        self._coach: Coach | None = None
        self._from_epoch = claim.first_epoch
        self._failed: set[str] = set()
        self._has_news = asyncio.Event()
        self._work: asyncio.Task[None] | None = None
        # Of a job of whose spec nothing was found, nothing is written until something is.
        is_first = claim.attempt == 1 and not claim.has_findings
        self._written: str | None = NO_FINDINGS if is_first else None

    def begins_from(self, epoch: int) -> None:
        """The training goes on after this epoch of earlier attempts."""
        self._from_epoch = epoch

    def see(self, records: Sequence[EpochRecord]) -> None:
        """Epochs that were recorded: they are looked at beside what comes next."""
        if self._claim.kind != TRAIN:
            return
        self._take(records)
        self._has_news.set()
        if self._work is None:
            self._work = asyncio.create_task(self._run(), name="coach")

    async def last_look(
        self, records: Sequence[EpochRecord], *, is_final: bool, failure: str | None, is_stopped: bool = False
    ) -> LastLook:
        """What the whole training shows; nothing is looked at after it.

        Args:
            records: Its last epochs.
            is_final: Whether the job ends with the attempt.
            failure: The code of its failure.
            is_stopped: Whether it was stopped by the coach.
        """
        await self.close()
        if self._claim.kind != TRAIN:
            return LastLook()
        self._take(records)
        try:
            async with asyncio.timeout(_LAST_LOOK_SECONDS):
                looked = await self._look(is_final=is_final, failure=failure, is_stopped=is_stopped)
        except Exception as error:  # noqa: BLE001 -- what the coach cannot cope with costs the job nothing
            self._note(_ALL, error)
            return LastLook()
        return LastLook(None if looked.text == self._written else looked.found, looked.repair_json)

    async def write_last(self, connection: Any, looked: LastLook) -> None:  # noqa: ANN401 -- the database's connection, which only it knows
        """Write what the last look found, in the transaction of the attempt's end, which does not depend on it."""
        if looked.found is None:
            return
        error = await findings.record_beside(connection, self._fence, looked.found)
        if error is not None and not isinstance(error, AttemptSuperseded):
            _log.warning("what the coach found could not be written", reason=type(error).__name__)

    async def close(self) -> None:
        """No look begins any more, and none is being written."""
        work, self._work = self._work, None
        if work is not None:
            work.cancel()
            await asyncio.wait([work])

    def _take(self, records: Sequence[EpochRecord]) -> None:
        try:
            for record in records:
                self._epochs.add(EpochSeen(record.epoch, record.metrics, record.signals or {}))
                if record.start is not None:
                    self._start = StartSeen.of(record.start)
        except Exception as error:  # noqa: BLE001 -- as above
            self._note(_ALL, error)

    async def _run(self) -> None:
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            seconds = 0.0
            try:
                looked = await self._look(is_final=False, failure=None)
                seconds = looked.seconds
                if looked.is_sick:
                    self._on_sick()
                if looked.text != self._written:
                    await self._workplace.write(partial(self._write, looked.found))
                    self._written = looked.text
            except AttemptSuperseded:
                return
            except Exception as error:  # noqa: BLE001 -- as above
                self._note(_ALL, error)
            await asyncio.sleep(max(_LEAST_SECONDS, _SHARE * seconds))

    async def _write(self, found: NewFindings, connection: Any) -> None:  # noqa: ANN401 -- as above
        await findings.record(connection, self._fence, found)

    async def _look(self, *, is_final: bool, failure: str | None, is_stopped: bool = False) -> _Looked:
        if self._coach is None:
            self._coach = await self._prepare()
        coach, epochs, start = self._coach, self._epochs.all(), self._start

        def look() -> _Looked:
            began = time.thread_time()
            found = coach.look(epochs, start, is_final=is_final, failure=failure)
            documents = finding_documents(found, self._claim.job_id)
            told = NewFindings(documents, epochs[-1].epoch if epochs else self._from_epoch)
            seconds = time.thread_time() - began
            evidence = coach.evidence(epochs, start, is_final=is_final, failure=failure)
            is_sick, plan = False, None
            if is_final:
                plan = repair_of(evidence, found, is_stopped=is_stopped)
            else:
                is_sick = is_hopeless(evidence, found)
            repair_json = None if plan is None else encode_json(plan.told())
            return _Looked(told, encode_json(documents), seconds, is_sick, repair_json)

        return await asyncio.to_thread(look)

    async def _prepare(self) -> Coach:
        """The job as the coach sees it, and what earlier attempts recorded."""
        said = json.loads(self._claim.spec_json)
        look_at = await self._look_at(said)
        if self._from_epoch > self._claim.first_epoch:
            read = partial(
                courses.read,
                job_id=self._claim.job_id,
                last_epoch=self._from_epoch,
                first_epoch=self._claim.first_epoch,
            )
            self._go_on(await self._workplace.read(read))
        job = await asyncio.to_thread(lambda: job_in_training(said, self._facts(said), look_at))
        return Coach(job, self._note, self._rules)

    async def _look_at(self, said: Any) -> LookAt:  # noqa: ANN401 -- JSON
        actor = Actor(self._claim.project, None, NO_TRACE)
        database = self._workplace.database
        datasets = await datasets_named_in(database, actor, said)
        weights = await weights_named_in(database, actor, said)
        return partial(
            coached_job,
            facts_of=datasets.facts_of,
            weights_of=weights.weights_of,
            max_memory_bytes=self._memory_bytes,
        )

    def _facts(self, said: Any) -> DatasetFacts:  # noqa: ANN401 -- JSON
        if self._claim.dataset_facts_json is not None:
            return DatasetFacts.model_validate_json(self._claim.dataset_facts_json)
        facts = built_in_facts(dataset_of(JobSpec.model_validate(said).dataset).name)
        if facts is None:
            raise LookupError("Nothing is known of the job's data set.")
        return facts

    def _go_on(self, course: Course) -> None:
        """Put what earlier attempts recorded ahead of what this one did."""
        own = self._epochs.all()
        self._epochs = SeenEpochs()
        for past in course.epochs:
            self._epochs.add(EpochSeen(past.epoch, past.metrics, past.signals))
        for epoch in own:
            self._epochs.add(epoch)
        if self._start is None and course.start is not None:
            self._start = StartSeen.of(course.start)

    def _note(self, name: str, error: Exception) -> None:
        """Log once of an attempt what failed: a rule, the remedies, or all of it."""
        if name not in self._failed:
            self._failed.add(name)
            _log.warning("the coach failed", part=name, exc_info=error)
