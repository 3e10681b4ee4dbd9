"""One job from its spec to its results: ``train(order, reporter, bench, orders)`` and what stands around it."""

import logging
import time
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Literal

from spec.datasets.choice import dataset_of
from spec.jobs import JobSpec
from spec.states import FailureCode
from spec.training.epoch_columns import TEST, VALIDATION
from spec.weights.stored import WEIGHTS_FILE
from worker.messages import Ended, Started, Train
from worker.trainer.checkpoints.files import Snapshot
from worker.trainer.data.prepared import PreparedData
from worker.trainer.data.row_order import order_of_rows, seed_of
from worker.trainer.devices import choose
from worker.trainer.epochs.epoch_loop import EpochLoop, Paused, Stopped
from worker.trainer.epochs.mirrored import Placement
from worker.trainer.epochs.streamed_steps import Rows
from worker.trainer.evaluation.held_back import HeldBack
from worker.trainer.failures import Failure, failure_of, raise_if_diverged
from worker.trainer.orders import OrderReader
from worker.trainer.process import output_to, resident_bytes
from worker.trainer.raw_rows.leaving import SERVING_NAME, leave
from worker.trainer.reference.preparing import prepared_of
from worker.trainer.reports import JobReporter
from worker.trainer.results.artifacts import HISTORY_NAME, LOG_NAME, MODEL_NAME, log_of, save_history, save_model
from worker.trainer.results.course import outcome_of
from worker.trainer.results.outcome import end_of, end_of_phases, ended_phase, environment
from worker.trainer.results.stored_weights import StoredWeights, stored_weights, weights_of_moment
from worker.trainer.signs_of_life import signs_of_life
from worker.trainer.weights.saved import save_weights
from worker.trainer.work.bench import Bench
from worker.trainer.work.training.assembly import Assembly, Workpiece
from worker.trainer.work.training.attempt import Attempt
from worker.trainer.work.training.loading import Loaded, load

Outcome = Literal["succeeded", "failed", "stopped", "paused"]

COACH = "coach"
"""Who stopped a training, where no callback did."""
_STOPPED = "The coach stopped the training, since it did not learn."

logger = logging.getLogger(__name__)


class JobRun:
    """One attempt at a job in this process."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._tested: dict[str, float] = {}
        self._of_former_phase: StoredWeights | None = None
        self._all_epochs = 0

    def run(self) -> Ended:
        """Train, and tell how it ended; never raises what a job, a full disk or a lack of memory may cause."""
        try:
            with output_to(self._attempt.folder / LOG_NAME):
                outcome, failure = self._outcome()
        except OSError as error:
            outcome, failure = "failed", failure_of(error)
        return self._ended(outcome, failure)

    def _outcome(self) -> tuple[Outcome, Failure | None]:
        """Train; once this returns, nothing holds the model any more, and its memory is free for what is left."""
        try:
            self._train()
        except Stopped:
            logger.info("The training was stopped as requested after %d epochs.", len(self._attempt.course.rows))
            self._save_history_if_possible()
            return "stopped", None
        except Paused:
            logger.info("The training pauses after %d epochs.", len(self._attempt.course.rows))
            return "paused", None
        except Exception as error:
            failure = failure_of(error)
            logger.exception("The job failed. %s", failure.message)
            self._save_history_if_possible()
            if failure.code is FailureCode.OUT_OF_MEMORY:
                self._attempt.bench.data_sets.clear()
                self._attempt.bench.functions.clear()
            return "failed", failure
        return "succeeded", None

    def _train(self) -> None:
        spec = JobSpec.model_validate(self._attempt.order.spec)
        devices = choose(spec.resources.accelerator, self._attempt.bench.devices, spec.resources.gpus)
        placement, device = Placement(devices), ", ".join(devices)
        seed = seed_of(spec.training)
        self._attempt.results["environment"] = environment(
            device=device, threads=self._attempt.bench.threads, seed=seed
        )
        with signs_of_life(self._attempt.reporter.sign_of_life):
            loaded = load(self._attempt, spec)
        with closing(Assembly(self._attempt, spec, loaded, device)) as assembly:
            self._train_all(spec, loaded, assembly, placement)

    def _train_all(self, spec: JobSpec, loaded: Loaded, assembly: Assembly, placement: Placement) -> None:
        """Train one phase after the other."""
        with signs_of_life(self._attempt.reporter.sign_of_life), placement.building():
            piece = assembly.begin()
        try:
            with placement.training(), self._holding(piece):
                self._announce(assembly, spec, loaded, piece.loop)
                self._run(loaded.data, piece)
            while (following := self._following(assembly, placement, piece)) is not None:
                piece = following
                with placement.training(), self._holding(piece):
                    self._run(loaded.data, piece)
            with placement.training(), self._holding(piece):
                self._conclude(spec, loaded, piece)
        except Exception as error:
            if not self._is_to_go_on(error):
                self._save_history_if_possible()
                self._save_weights_if_possible(loaded, piece, error)
            raise
        piece.keeper.close()

    @contextmanager
    def _holding(self, piece: Workpiece) -> Generator[None]:
        """What keeps it from its end leaves a checkpoint where somebody will go on from there, and nothing else."""
        try:
            yield
        except BaseException as error:
            if self._is_to_go_on(error):
                piece.keeper.leave()
            piece.keeper.close()
            raise

    def _is_to_go_on(self, error: BaseException) -> bool:
        """Whether somebody will go on from where this keeps a training from its end."""
        stop = self._attempt.stop_asked()
        is_resumed = isinstance(error, Stopped) and stop is not None and stop.is_to_be_resumed
        return is_resumed or isinstance(error, Paused)

    def _following(self, assembly: Assembly, placement: Placement, piece: Workpiece) -> Workpiece | None:
        """What is trained next; what is trained now has ended."""
        if piece.driver is not None:
            piece.driver.release()
        course = self._attempt.course
        self._of_former_phase = stored_weights(course, piece.training, piece.callbacks)
        # Of a training that was resumed after its end, it is told already.
        course.phases[piece.phase.index :] = [ended_phase(course, piece.phase, piece.training, piece.callbacks)]
        with signs_of_life(self._attempt.reporter.sign_of_life), placement.building():
            return assembly.following(piece)

    def _conclude(self, spec: JobSpec, loaded: Loaded, piece: Workpiece) -> None:
        course, results = self._attempt.course, self._attempt.results
        results.update(end_of(course, piece.training, piece.callbacks))
        if spec.training.phases:
            results.update(end_of_phases(course))
        # As many epochs as were asked for are no early end, whatever was ordered in the last of them.
        if self._attempt.is_to_finish() and len(course.rows) < self._all_epochs:
            results.update(stopped_early=True, stopped_by=COACH)
            results["stop_reason"] = results["stop_reason"] or _STOPPED
        self._attempt.artifacts.append(save_history(course.rows, self._attempt.folder))
        with self._saving():
            self._attempt.artifacts.append(save_model(piece.model, self._attempt.folder))
            self._save_weights(piece, piece.state.ended)
            self._leave_for_raw_rows(loaded, piece)
        test = None if loaded.data.test is None else loaded.rows(spec, loaded.evaluated(loaded.data.test))
        self._evaluate_stored(spec, loaded, piece, test)
        raise_if_diverged(course)
        results.update(outcome_of(course.rows, self._tested))
        results["evaluation"] = self._evaluation(loaded, piece, test)

    def _run(self, data: PreparedData, piece: Workpiece) -> None:
        """Train one phase to its end."""
        try:
            piece.loop.run(order_of_rows(piece.training, data.counts.train))
        except RuntimeError:
            # TerminateOnNaN with `raise_error` is told of below; any other error goes on its way.
            if self._attempt.course.non_finite_loss is None:
                raise

    def _evaluate_stored(self, spec: JobSpec, loaded: Loaded, piece: Workpiece, test: Rows | None) -> None:
        """Evaluate what was stored: on validation and test rows, and where there are none on those of the training."""
        began_at = time.monotonic()
        data, loop, metrics = loaded.data, piece.loop, dict[str, float]()
        if data.validation is not None:
            stored = stored_weights(self._attempt.course, piece.training, piece.callbacks)
            known = stored.row_metrics(self._attempt.course, piece.training)
            metrics |= known or _named(VALIDATION, loop.evaluate_validation())
        if test is not None:
            self._tested = loop.evaluate(test)
            metrics |= _named(TEST, self._tested)
        if data.validation is None and data.test is None:
            metrics |= loop.evaluate(loaded.rows(spec, loaded.evaluated(data.training)))
        self._attempt.results["stored_metrics"] = metrics
        self._attempt.course.evaluation_seconds += time.monotonic() - began_at

    def _evaluation(self, loaded: Loaded, piece: Workpiece, test: Rows | None) -> dict[str, Any] | None:
        """What people read of the weights that were stored: what they get wrong of the validation and test rows."""
        if loaded.reading is None:
            return None
        began_at = time.monotonic()
        data, found = loaded.data, dict[str, Any](validation=None, test=None)
        # All targets are gone through once or twice, and they may come from a disk.
        with signs_of_life(self._attempt.reporter.sign_of_life):
            held_back = HeldBack(loaded.reading, data.training.target, loaded.names)
            if data.validation is not None and piece.loop.validation is not None:
                outputs = piece.predictor.outputs(piece.loop.validation)
                found["validation"] = held_back.evaluated(data.validation.target, outputs)
            if data.test is not None and test is not None:
                found["test"] = held_back.evaluated(data.test.target, piece.predictor.outputs(test))
        self._attempt.course.evaluation_seconds += time.monotonic() - began_at
        return found

    def _announce(self, assembly: Assembly, spec: JobSpec, loaded: Loaded, loop: EpochLoop) -> None:
        """Tell the supervisor, and the log, what begins; then the epochs that the supervisor does not know of.

        Those of a training that this one goes on from are not told again.
        """
        self._all_epochs = assembly.epochs
        device: str = self._attempt.results["environment"]["device"]
        known_epochs = max(assembly.first_epoch, self._attempt.order.known_epochs)
        from_epoch = min(known_epochs, len(self._attempt.course.rows))
        self._attempt.reporter.send(
            Started(
                job_id=self._attempt.order.job_id,
                attempt=self._attempt.order.attempt,
                epochs=assembly.epochs,
                from_epoch=from_epoch,
                steps_per_epoch=loop.steps_per_epoch,
                train_rows=loaded.data.counts.train,
                validation_rows=loaded.data.counts.validation,
                device=device,
                summary=self._attempt.results["model_summary"],
                prepared=prepared_of(dataset_of(spec.dataset), spec.training, loaded.reading, loaded.data),
            )
        )
        logger.info(
            "This is attempt %d of %s: %d epochs of %d steps on %s.",
            *(self._attempt.order.attempt, self._attempt.order.job_id, assembly.epochs, loop.steps_per_epoch, device),
        )
        for row in self._attempt.course.rows[from_epoch:]:
            self._attempt.reporter.epoch(row.number, row.metrics, row.duration_seconds)

    @contextmanager
    def _saving(self) -> Generator[None]:
        """Weights can take long to write: what there is by now is told ahead of them, and signs of life meanwhile."""
        reporter = self._attempt.reporter
        reporter.saving(self._ended("stopped", None))
        with signs_of_life(reporter.saving):
            yield

    def _has(self, *names: str) -> bool:
        """Whether there is a file of one of these names."""
        return any(artifact.name in names for artifact in self._attempt.artifacts)

    def _save_weights(self, piece: Workpiece, snapshot: Snapshot | None) -> None:
        """Save the weights of this moment, and those of the best epoch; ``snapshot`` is what one can go on from."""
        saved = save_weights(piece.state, snapshot, self._attempt.folder)
        self._attempt.artifacts.extend(saved.artifacts)
        self._attempt.results.update(best_weights=saved.best, can_be_continued=snapshot is not None)

    def _leave_for_raw_rows(self, loaded: Loaded, piece: Workpiece) -> None:
        """Leave what rows of a user's that are not encoded can be given to."""
        if loaded.raw_rows is None:
            return
        left = leave(
            piece.model,
            loaded.raw_rows,
            self._attempt.folder,
            self._attempt.bench.checker,
            is_on_gpu="GPU" in self._attempt.results["environment"]["device"].upper(),
            is_awaited=self._is_awaited,
        )
        self._attempt.artifacts.extend(left.artifacts)
        if left.reason is not None:
            message = f"There is no `{SERVING_NAME}`, which would take rows as they are in files. {left.reason}"
            warning = {"code": "no_serving_model", "column": None, "message": message}
            self._attempt.results["data"]["warnings"].append(warning)

    def _is_awaited(self) -> bool:
        """Whether anybody waits for what is being written, who is told that it still is."""
        self._attempt.reporter.saving()
        return self._attempt.stop_asked() is None

    def _save_weights_if_possible(self, loaded: Loaded, piece: Workpiece, error: Exception) -> None:
        """The weights of a training that did not come to its end, unless they are saved already."""
        if self._has(WEIGHTS_FILE):
            return
        snapshot = piece.state.ended
        try:
            if snapshot is None and isinstance(error, Stopped):
                # It was stopped between two calls: the state is whole.
                snapshot = piece.state.capture()
            with self._saving():
                self._save_weights(piece, snapshot)
                if loaded.raw_rows is not None:
                    self._attempt.artifacts.append(loaded.raw_rows.preprocessing(self._attempt.folder))
            stored = weights_of_moment(
                self._attempt.course,
                piece.training,
                piece.callbacks,
                is_whole=snapshot is not None,
                before=self._of_former_phase,
            )
            # What was told at the end of the training holds, whatever happened after it.
            self._attempt.results.setdefault("stored_weights", stored.told())
        except Exception:  # (no memory, a full disk: what is told is how the training ended)
            logger.exception("The weights could not be saved.")

    def _save_history_if_possible(self) -> None:
        """What there is of the history of a training that did not come to its end."""
        if not self._attempt.course.rows or self._has(HISTORY_NAME):
            return
        try:
            self._attempt.artifacts.append(save_history(self._attempt.course.rows, self._attempt.folder))
        except OSError:
            logger.exception("The history could not be saved.")

    def _ended(self, outcome: Outcome, failure: Failure | None) -> Ended:
        told = dict(self._attempt.results)
        if not self._has(MODEL_NAME, WEIGHTS_FILE):
            told.pop("stored_weights", None)
        return Ended(
            job_id=self._attempt.order.job_id,
            attempt=self._attempt.order.attempt,
            outcome=outcome,
            results={
                **outcome_of(self._attempt.course.rows, {}),
                "best_weights": None,
                "initial_weights": None,
                **told,
                "timings": self._attempt.timings.told(self._attempt.course),
            },
            artifacts=[*self._attempt.artifacts, log_of(self._attempt.folder)],
            code=failure.code.value if failure else None,
            message=failure.message if failure else None,
            pointer=failure.pointer if failure else None,
            is_to_be_tried_again=failure is not None and failure.is_to_be_tried_again,
            rss_bytes=resident_bytes(),
        )


def _named(prefix: str, metrics: Mapping[str, float]) -> dict[str, float]:
    return {f"{prefix}{name}": value for name, value in metrics.items()}


def train(order: Train, reporter: JobReporter, bench: Bench, orders: OrderReader) -> Ended:
    """Train one job and tell how it ended.

    Args:
        order: The job's spec, its seed filled in, and the folder for what it leaves behind.
        reporter: Is told of progress and epochs meanwhile.
        bench: What the process has for every job.
        orders: What is ordered meanwhile; read many times a second.
    """
    return JobRun(
        Attempt(
            order,
            reporter,
            bench,
            stop_asked=lambda: orders.stop_of(order),
            pause_epoch=lambda: orders.pause_epoch_of(order),
            is_to_finish=lambda: orders.is_to_finish(order),
        )
    ).run()
