"""The coach of one attempt: it looks at the training beside it, and whatever befalls it costs the job nothing."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import structlog

from coach.coach import Coach
from coach.evidence import EpochSeen, Evidence, ReferenceSeen, StartSeen
from coach.repairs.plan import NOTHING_PLANNED, asks_for_repair
from coach.rules import ALL
from coach.rules.rule import Rule
from coach.yardstick import evaluated_of, reference_seen
from db.attempts import courses, findings
from db.attempts.attempts import EpochRecord, Fence
from db.attempts.courses import Course
from db.attempts.endings import Ending
from db.attempts.findings import NewFindings
from db.datasets import references
from db.errors import AttemptSuperseded, DatabaseUnavailable
from db.jobs.rows import NO_FINDINGS
from db.queue.claims import Claim
from spec.kinds import TRAIN
from spec.language.numbers import encode_json
from spec.states import FailureCode, JobStatus
from worker.supervisor.looks.epochs import SeenEpochs
from worker.supervisor.looks.look import Looked, look
from worker.supervisor.looks.subjects import Subject, coach_of
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
_REFERENCE_SECONDS = 1.0
"""After so long it is asked again for a reference that was not there, and then after twice as long each time."""


@dataclass(frozen=True)
class LastLook:
    """What the whole training shows.

    Attributes:
        found: If that is other than what is stored.
        repair_json: How the job is going to be repaired, if it is (`coach.repairs.plan.Plan`).
        is_awaiting: Whether the job has ended before it is known how good simple models are on its rows, or before the
            look had come to its end, so that it is to be looked at once more (`worker.supervisor.looks.second_looks`).
        is_undecided: Whether it depends on that whether it is repaired.
    """

    found: NewFindings | None = None
    repair_json: str | None = None
    is_awaiting: bool = False
    is_undecided: bool = False

    def added_to(self, ending: Ending) -> Ending:
        """An end with what follows it; what was cancelled is not repaired."""
        ending = replace(ending, is_awaiting=self.is_awaiting)
        if ending.status is JobStatus.CANCELLED:
            return ending
        return replace(ending, repair_json=self.repair_json, is_undecided=self.is_undecided)


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
        self._reference: ReferenceSeen | None = None
        self._is_settled = False
        self._ask_at = 0.0
        self._ask_after = _REFERENCE_SECONDS
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

    def ask_again(self) -> None:
        """A reference was stored: it may be the job's."""
        self._ask_at, self._ask_after = 0.0, _REFERENCE_SECONDS
        if not self._is_settled:
            self._has_news.set()

    async def last_look(
        self,
        records: Sequence[EpochRecord],
        *,
        is_final: bool,
        failure: str | None,
        results: Mapping[str, Any] | None = None,
    ) -> LastLook:
        """What the whole training shows; nothing is looked at after it.

        Args:
            records: Its last epochs.
            is_final: Whether the job ends with the attempt.
            failure: The code of its failure.
            results: What the job leaves.
        """
        await self.close()
        if self._claim.kind != TRAIN:
            return LastLook()
        self._take(records)
        self._ask_at = 0.0
        try:
            async with asyncio.timeout(_LAST_LOOK_SECONDS):
                looked = await self._look(is_final=is_final, failure=failure, results=results)
        except TimeoutError as error:
            self._note(_ALL, error)
            return self._put_off(failure) if is_final and self._epochs.all() else LastLook()
        except Exception as error:  # noqa: BLE001 -- what the coach cannot cope with costs the job nothing
            self._note(_ALL, error)
            return LastLook()
        found = None if looked.text == self._written else looked.found
        return LastLook(found, looked.repair_json, is_final and self._is_awaiting, looked.is_undecided)

    @property
    def _is_awaiting(self) -> bool:
        """Whether it is not known yet how good simple models are on the rows of a job that has something to judge."""
        return not self._is_settled and bool(self._epochs.all())

    def _put_off(self, failure: str | None) -> LastLook:
        """The end does not wait any longer: a second look finds what there is, and decides on a repair."""
        may_be_repaired = failure in (None, FailureCode.DIVERGED) and asks_for_repair(json.loads(self._claim.spec_json))
        plan = encode_json(NOTHING_PLANNED.told()) if may_be_repaired else None
        return LastLook(None, plan, is_awaiting=True, is_undecided=may_be_repaired)

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

    async def _look(self, *, is_final: bool, failure: str | None, results: Mapping[str, Any] | None = None) -> Looked:
        if self._coach is None:
            self._coach = await self._prepare()
        if not self._is_settled and time.monotonic() >= self._ask_at:
            await self._ask_for_reference()
        evidence = Evidence(
            self._coach.job,
            self._epochs.all(),
            self._start,
            self._reference,
            is_final=is_final,
            failure=failure,
            evaluated=evaluated_of(results),
        )
        return await asyncio.to_thread(
            look,
            self._coach,
            self._claim.job_id,
            evidence,
            after_epoch=self._from_epoch,
            is_stopped=(results or {}).get("stopped_by") is not None,
            is_awaiting=self._is_awaiting,
        )

    async def _ask_for_reference(self) -> None:
        """Read what is known of the job's reference; it is not asked for any more once there is nothing to await."""
        try:
            async with self._workplace.database.read() as connection:
                known = await references.of_job(connection, self._claim.job_id)
            self._reference, self._is_settled = reference_seen(known.document), known.is_settled
        except DatabaseUnavailable:
            pass  # then it is not known yet
        self._ask_at = time.monotonic() + self._ask_after
        self._ask_after *= 2

    async def _prepare(self) -> Coach:
        """The job as the coach sees it, and what earlier attempts recorded."""
        claim = self._claim
        if self._from_epoch > claim.first_epoch:
            read = partial(
                courses.read, job_id=claim.job_id, last_epoch=self._from_epoch, first_epoch=claim.first_epoch
            )
            self._go_on(await self._workplace.read(read))
        subject = Subject(claim.job_id, claim.project, claim.spec_json, claim.dataset_facts_json)
        return await coach_of(
            self._workplace.database, subject, self._note, memory_bytes=self._memory_bytes, rules=self._rules
        )

    def _go_on(self, course: Course) -> None:
        """Put what earlier attempts recorded ahead of what this one did."""
        own = self._epochs.all()
        self._epochs = SeenEpochs.of(course)
        for epoch in own:
            self._epochs.add(epoch)
        if self._start is None and course.start is not None:
            self._start = StartSeen.of(course.start)

    def _note(self, name: str, error: Exception) -> None:
        """Log once of an attempt what failed: a rule, the remedies, or all of it."""
        if name not in self._failed:
            self._failed.add(name)
            _log.warning("the coach failed", part=name, exc_info=error)
