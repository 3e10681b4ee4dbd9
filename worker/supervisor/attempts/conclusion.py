"""How an attempt ends: what its trainer said last, and why it was told to stop, as one write."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from db.attempts import endings
from db.attempts.attempts import EpochRecord, Fence
from db.attempts.endings import Ending, NewArtifact
from db.errors import AttemptSuperseded
from db.queue.claims import Claim
from spec.states import JobStatus
from storage.errors import StorageUnavailable
from worker.messages import Artifact, Ended
from worker.supervisor.attempts.checkpoints import CheckpointCourier
from worker.supervisor.attempts.coaching import Coaching
from worker.supervisor.attempts.dialogue import Dialogue, Why
from worker.supervisor.attempts.last_words import code_of, failure_of, is_paused, loss_of, word_of
from worker.supervisor.attempts.measuring import Measuring
from worker.supervisor.attempts.uploads import deliver
from worker.supervisor.trainers.process import TrainerExit
from worker.supervisor.workplace import Workplace

_log = structlog.stdlib.get_logger("worker")

_STORE_SECONDS = 60.0
"""How long the end of an attempt waits for a checkpoint that is being stored."""
_HURRIED_STORE_SECONDS = 3.0
"""The same when the worker itself is ending."""
_HANDED_BACK = "The worker was told to stop."
_UNSTORED = "The storage did not take the job's files before the worker had to let go of the job."
_PAUSED = "A pause was asked for."


@dataclass(frozen=True)
class Conclusion:
    """Of one attempt.

    Attributes:
        claim: The attempt.
        fence: What its writes are fenced by.
        workplace: What it works with.
        folder: Where its trainer leaves files.
        dialogue: With its trainer.
        courier: Of its checkpoints.
        coaching: Its coach.
        measuring: Adds it to metrics and traces.
        leave_to_others: Called if what failed is this machine's fault.
    """

    claim: Claim
    fence: Fence
    workplace: Workplace
    folder: Path
    dialogue: Dialogue
    courier: CheckpointCourier
    coaching: Coaching
    measuring: Measuring
    leave_to_others: Callable[[], None]

    async def write(self, end: Ended | TrainerExit, records: Sequence[EpochRecord]) -> None:
        """Write the last epochs and the end in one transaction, the files having been stored before."""
        _log.info("attempt ends", end=word_of(end), why=str(self.dialogue.why))
        self._note_trainer(end)
        if self.dialogue.why is Why.SUPERSEDED:
            raise AttemptSuperseded(self.fence.job_id, self.fence.attempt)
        await self._settle_checkpoints(end)
        ending: Ending | None = None
        handed_back = _HANDED_BACK if self.dialogue.why is Why.HANDED_BACK and not is_paused(end) else None
        lost_code, lost_message = loss_of(end, self.dialogue.why, self.claim.kind)
        try:
            ending = await self._ending(end)
        except StorageUnavailable:
            if self.dialogue.late_why is Why.SUPERSEDED:
                raise AttemptSuperseded(self.fence.job_id, self.fence.attempt) from None
            handed_back = _UNSTORED

        looked = await self.coaching.last_look(
            records,
            is_final=ending is not None,
            failure=ending and ending.error_code,
            results=ending and ending.results,
        )
        ending = ending and looked.added_to(ending)

        async def conclude(connection: Any) -> JobStatus:  # noqa: ANN401 - the database's connection, which only it knows
            await endings.record_last_epochs(connection, self.fence, records)
            await self.coaching.write_last(connection, looked)
            if ending is not None:
                await endings.finish(connection, self.fence, ending)
                return ending.status
            if handed_back is not None:
                return await endings.hand_back(connection, self.fence, handed_back)
            if (paused := await self._pause(connection, end)) is not None:
                return paused
            return await endings.fail_or_requeue(connection, self.fence, lost_code, lost_message)

        status = await self.workplace.write(conclude)
        code = lost_code if ending is None and status is JobStatus.FAILED else ending and ending.error_code
        self.measuring.ended(status, code, ending and ending.results)

    def _note_trainer(self, end: Ended | TrainerExit) -> None:
        if isinstance(end, TrainerExit):
            self.measuring.trainer_lost()
            return
        self.measuring.trainer_ended(end.results)
        if end.is_to_be_tried_again:
            self.leave_to_others()

    async def _pause(self, connection: Any, end: Ended | TrainerExit) -> JobStatus | None:  # noqa: ANN401 - as above
        """Where the job goes if the attempt ended in a pause; None if it did not."""
        if is_paused(end):
            return await endings.pause_at_epoch(connection, self.fence)
        if self.dialogue.why is Why.PAUSED:
            return await endings.pause(connection, self.fence, _PAUSED)
        return None

    async def _settle_checkpoints(self, end: Ended | TrainerExit) -> None:
        """Have the last checkpoint stored where somebody will go on from it; else see that none is under way."""
        is_in_a_hurry = self.dialogue.why is Why.HANDED_BACK
        is_to_be_resumed = is_paused(end) or (self.dialogue.why is not None and self.dialogue.why.is_to_be_resumed)
        if not is_to_be_resumed:
            self.courier.drop()
        await self.courier.flush(_HURRIED_STORE_SECONDS if is_in_a_hurry else _STORE_SECONDS)

    async def _ending(self, end: Ended | TrainerExit) -> Ending | None:
        """What the job ends with; None if the attempt is over and the job is not.

        Raises:
            StorageUnavailable: If its files could not be stored before it was asked to stop after all.
        """
        why = self.dialogue.why
        if isinstance(end, Ended) and (end.is_to_be_tried_again or (is_paused(end) and why is not Why.CANCELLED)):
            return None
        if isinstance(end, Ended) and end.outcome not in ("stopped", "paused"):
            files = await self._deliver(end.artifacts)
            if end.outcome == "succeeded":
                return Ending(status=JobStatus.SUCCEEDED, results=end.results, artifacts=files)
            return Ending(
                status=JobStatus.FAILED,
                results=end.results or None,
                error_code=code_of(end),
                error_message=end.message,
                error_pointer=end.pointer,
                artifacts=files,
            )
        failure = failure_of(why, self.claim.kind, self.claim.max_runtime_seconds)
        if why is not Why.CANCELLED and failure is None:
            return None
        told = end if isinstance(end, Ended) else self.dialogue.so_far
        results = told.results or None if told else None
        files = await self._deliver(told.artifacts if told else ())
        if failure is None:
            return Ending(status=JobStatus.CANCELLED, results=results, artifacts=files)
        return Ending(
            status=JobStatus.FAILED,
            results=results,
            error_code=failure.code,
            error_message=failure.message,
            error_pointer=failure.pointer,
            artifacts=files,
        )

    async def _deliver(self, files: Sequence[Artifact]) -> list[NewArtifact]:
        began_ns = time.time_ns()
        delivered = await deliver(self.workplace.store, self.fence, self.folder, files, self.dialogue.is_late)
        self.measuring.stored(began_ns)
        return delivered
