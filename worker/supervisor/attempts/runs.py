"""One attempt at a job: what its trainer says goes to the database, every write fenced by the attempt's number."""

import asyncio
import contextlib
import json
import shutil
from collections.abc import Awaitable, Sequence
from typing import Any

import structlog

from background.loops import LoopEnded
from db.attempts import attempts, endings
from db.attempts.attempts import EpochRecord, Fence, Orders, Progress
from db.datasets import references
from db.errors import AttemptSuperseded
from db.queue.claims import Claim
from spec.kinds import TRAIN
from spec.states import FailureCode
from storage.errors import StorageUnavailable
from worker.messages import Ended, Started, Train, Work
from worker.supervisor.attempts.checkpoints import CheckpointCourier
from worker.supervisor.attempts.coaching import Coaching
from worker.supervisor.attempts.conclusion import Conclusion
from worker.supervisor.attempts.dialogue import Dialogue, Limits, News, Why
from worker.supervisor.attempts.estimates import Estimate
from worker.supervisor.attempts.inputs import CalledOff, InputLost, fetch
from worker.supervisor.attempts.local_disk import DISK_FULL, is_disk_full
from worker.supervisor.attempts.measuring import Measuring
from worker.supervisor.attempts.uploads import withdraw
from worker.supervisor.trainers.process import Trainer
from worker.supervisor.workplace import Workplace

_log = structlog.stdlib.get_logger("worker")

_BATCH_SECONDS = 0.1
"""Between two transactions that record epochs: what ends meanwhile goes into the next, however fast epochs are."""
_MOST_GRACES = 12
"""What a trainer that is saving what it leaves has in all, in graces: a minute, unless the settings say otherwise."""
_UNREAD = "The storage did not provide the files that the training begins with."
_FAILED = "The worker failed while it was running the job."


class Run:
    """An attempt, from its claim to its end.

    Attributes:
        fence: What every write of the attempt is fenced by.
        dialogue: The dialogue with its trainer.
    """

    def __init__(
        self, claim: Claim, trainer: Trainer, workplace: Workplace, *, memory_bytes: int, claim_began_ns: int
    ) -> None:
        """Takes a claimed job and a ready trainer; `carry_out` begins.

        Args:
            claim: The attempt.
            trainer: Who trains it.
            workplace: What it works with.
            memory_bytes: What the trainer may use.
            claim_began_ns: `time.time_ns` when the job was looked for.
        """
        settings = workplace.settings
        self.fence = Fence(claim.job_id, claim.attempt)
        self._measuring = Measuring(workplace.tally, claim, claim_began_ns)
        self._claim = claim
        self._trainer = trainer
        self._workplace = workplace
        self._folder = workplace.work_dirs.of(claim.job_id, claim.attempt)
        self._estimate = Estimate(epochs=1)
        self._is_ending = False
        self._pause_at_epoch = claim.pause_at_epoch
        self._courier = CheckpointCourier(workplace, self.fence, self._folder)
        self.dialogue = Dialogue(
            trainer,
            self.fence,
            Limits(
                max_runtime_seconds=claim.max_runtime_seconds,
                progress_timeout_seconds=settings.progress_timeout_seconds,
                stop_grace_seconds=settings.stop_grace_seconds,
                most_grace_seconds=_MOST_GRACES * settings.stop_grace_seconds,
                memory_bytes=memory_bytes,
            ),
        )
        self._coaching = Coaching(claim, workplace, memory_bytes=memory_bytes, on_sick=self.dialogue.finish)
        self._conclusion = Conclusion(
            claim=claim,
            fence=self.fence,
            workplace=workplace,
            folder=self._folder,
            dialogue=self.dialogue,
            courier=self._courier,
            coaching=self._coaching,
            measuring=self._measuring,
            leave_to_others=self._leave_to_others,
        )

    async def carry_out(self) -> None:
        """Have the job trained and its end written; return with the trainer free or dead.

        A superseded attempt leaves nothing: its trainer is killed and its files are removed. Every line that is logged
        meanwhile names the job, the attempt and the request that made the job.
        """
        with structlog.contextvars.bound_contextvars(
            request_id=self._claim.request_id, job_id=self.fence.job_id, attempt=self.fence.attempt
        ):
            try:
                await self._carry_out()
            finally:
                self._measuring.close()

    async def _carry_out(self) -> None:
        _log.info("attempt begins", trainer=self._trainer.pid)
        try:
            self._folder.mkdir()
            order = await self._order()
            if order is None:
                return
            async with asyncio.TaskGroup() as group:
                courier = group.create_task(self._essential(self._courier.run()))
                group.create_task(self._essential(self.dialogue.run(order)))
                try:
                    await self._relay()
                finally:
                    self._is_ending = True
                courier.cancel()
        except* AttemptSuperseded:
            _log.warning("attempt superseded")
            await withdraw(self._workplace.store, self.fence)
        except* Exception as errors:  # noqa: BLE001 - a job that this code cannot cope with must not cost the others their worker
            _log.exception("attempt failed in the supervisor")
            await self._give_up(errors)
        finally:
            await self._coaching.close()
            if not self.dialogue.has_ended.is_set():
                self._measuring.trainer_lost()
                self._trainer.kill()
                await self._trainer.wait_exit()
            shutil.rmtree(self._folder, ignore_errors=True)

    async def _essential(self, work: Awaitable[None]) -> None:
        """A part that the attempt cannot do without: cancelled by anybody but the attempt, it fails the attempt."""
        try:
            await work
        except asyncio.CancelledError:
            if self._is_ending:
                raise
            self._is_ending = True
            raise LoopEnded from None
        except BaseException:
            self._is_ending = True
            raise

    def obey(self, orders: Orders) -> None:
        """Do what was asked of the job."""
        if orders.is_cancel_requested:
            self.dialogue.stop(Why.CANCELLED)
        elif orders.is_pause_requested:
            self.dialogue.stop(Why.PAUSED)
        elif orders.pause_at_epoch != self._pause_at_epoch:
            self._pause_at_epoch = orders.pause_at_epoch
            self.dialogue.pause_at(orders.pause_at_epoch)

    def reference_arrived(self) -> None:
        """It is known how good simple models are on some rows, which may be those of the job."""
        self._coaching.ask_again()

    async def _order(self) -> Train | Work | None:
        """The order to train, from the newest good checkpoint on where an earlier attempt left one; or to do else.

        None if what the job begins with cannot be had: the end of the attempt is written then.
        """
        claim, is_to_stop = self._claim, self.dialogue.is_to_stop
        try:
            place = self._workplace
            inputs = await fetch(
                place.store, claim.job_id, claim.inputs, self._folder, is_to_stop, kept=place.kept_inputs
            )
        except (InputLost, CalledOff, StorageUnavailable) as error:
            self.dialogue.leave_out()
            await self._end_without_training(error)
            return None
        if claim.kind != TRAIN:
            return Work(
                kind=claim.kind,
                job_id=claim.job_id,
                attempt=claim.attempt,
                request_id=claim.request_id,
                spec=json.loads(claim.spec_json),
                work_dir=str(self._folder),
                inputs=inputs,
            )
        facts = self._claim.dataset_facts_json
        return Train(
            job_id=self._claim.job_id,
            attempt=self._claim.attempt,
            request_id=self._claim.request_id,
            spec=json.loads(self._claim.spec_json),
            work_dir=str(self._folder),
            dataset_facts=None if facts is None else json.loads(facts),
            inputs=inputs,
            known_epochs=self._claim.epochs_recorded,
            pause_at_epoch=self._pause_at_epoch,
        )

    async def _end_without_training(self, error: InputLost | CalledOff | StorageUnavailable) -> None:
        """Write the end of an attempt whose trainer was never told of it."""
        end = Ended(job_id=self.fence.job_id, attempt=self.fence.attempt, outcome="stopped")
        if isinstance(error, InputLost):
            told = {
                "outcome": "failed",
                "code": FailureCode.DATA_ERROR,
                "message": str(error),
                "pointer": error.pointer,
            }
            await self._conclusion.write(end.model_copy(update=told), ())
        elif isinstance(error, CalledOff):
            await self._conclusion.write(end, ())
        else:
            # Others need not wait until it can be read; nor is it tried again at once.
            self._leave_to_others()
            status = await self._workplace.write(lambda connection: endings.hand_back(connection, self.fence, _UNREAD))
            self._measuring.ended(status, None, None)

    async def _relay(self) -> None:
        """Write what the trainer says until its end is written; what it says meanwhile gathers."""
        while True:
            news = await self.dialogue.next_news()
            if news.started is not None:
                await self._record_started(news.started)
            if news.checkpoint is not None:
                self._courier.take(news.checkpoint)
            records = self._follow(news)
            if news.end is not None:
                await self._conclusion.write(news.end, records)
                return
            if records:
                await self._record_epochs(records)
            elif news.fraction is not None:
                await self._record_progress()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_BATCH_SECONDS):
                    await self.dialogue.has_ended.wait()

    def _follow(self, news: News) -> list[EpochRecord]:
        """What to write of the epochs that ended, each with the progress at its end."""
        records: list[EpochRecord] = []
        self._measuring.epochs(news.epochs)
        for epoch in news.epochs:
            self._estimate.epoch_ended(epoch.epoch, epoch.duration_seconds)
            measured = news.signals.get(epoch.epoch)
            told = (epoch.epoch, epoch.metrics, epoch.duration_seconds, self._progress)
            records.append(
                EpochRecord(*told, *((None, None) if measured is None else (measured.layers, measured.start)))
            )
        if news.fraction is not None:
            self._estimate.moved(news.fraction)
        return records

    async def _give_up(self, errors: BaseExceptionGroup[Exception]) -> None:
        message = DISK_FULL if errors.subgroup(is_disk_full) is not None else _FAILED
        self._leave_to_others()
        with contextlib.suppress(AttemptSuperseded):
            await self._workplace.write(
                lambda connection: endings.fail_or_requeue(connection, self.fence, FailureCode.INTERNAL, message)
            )

    def _leave_to_others(self) -> None:
        """What failed for something of this machine, such as its disk, is not tried here again at once."""
        self._workplace.set_aside.note(self.fence.job_id)

    @property
    def _progress(self) -> Progress:
        return Progress(fraction=self._estimate.fraction, eta_seconds=self._estimate.eta_seconds)

    async def _record_started(self, started: Started) -> None:
        self._estimate = Estimate(started.epochs, self._claim.first_epoch)
        self._measuring.started(started)
        self._coaching.begins_from(started.from_epoch)
        details = started.model_dump(include={"steps_per_epoch", "train_rows", "validation_rows", "device"})
        reference = self._workplace.wanted_references.want(started.prepared, self._claim.datasets)

        async def write(connection: Any) -> Orders:  # noqa: ANN401 - the database's connection, which only it knows
            orders = await attempts.record_started(
                connection,
                self.fence,
                epochs=started.epochs,
                from_epoch=started.from_epoch,
                first_epoch=self._claim.first_epoch,
                details=details,
            )
            if reference is not None:
                await references.note(connection, self.fence.job_id, reference)
            return orders

        self.obey(await self._workplace.write(write))

    async def _record_epochs(self, records: Sequence[EpochRecord]) -> None:
        self.obey(
            await self._workplace.write(lambda connection: attempts.record_epochs(connection, self.fence, records))
        )
        self._coaching.see(records)

    async def _record_progress(self) -> None:
        progress, lease_seconds = self._progress, self._workplace.settings.lease_seconds
        self.obey(
            await self._workplace.write(
                lambda connection: attempts.renew_lease(connection, self.fence, lease_seconds, progress)
            )
        )
