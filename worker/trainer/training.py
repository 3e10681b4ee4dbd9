"""One job from its spec to its results: ``train(spec, data, reporter)`` and what stands around it."""

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import keras
import tensorflow as tf

from spec.datasets import dataset_of, facts_for
from spec.inference import infer
from spec.jobs import JobSpec
from spec.optimizers import optimizer_of
from spec.summary import summarize
from spec.training import TrainingSpec, target_encoding
from worker.messages import Artifact, Ended, Started, Train
from worker.trainer.artifacts import LOG_NAME, log_of, save_history, save_model
from worker.trainer.build import build_callbacks, build_network, compile_model
from worker.trainer.compiled_steps import tensors_of
from worker.trainer.data import PreparedData, PreparedDataSets, facts_of
from worker.trainer.devices import choose
from worker.trainer.epoch_loop import Course, EpochLoop, Stopped
from worker.trainer.failures import diverged_at, failure_of
from worker.trainer.one_cycle import driver_of
from worker.trainer.process import output_to, resident_bytes
from worker.trainer.reports import JobReporter
from worker.trainer.results import Timings, environment, mean_epoch_seconds, outcome_of
from worker.trainer.row_order import order_of_rows, seed_of
from worker.trainer.untyped import KerasObject

Outcome = Literal["succeeded", "failed", "stopped"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bench:
    """What the process has for every job.

    Attributes:
        data_sets: The data sets prepared last.
        devices: As `worker.trainer.devices.names` gives them.
        threads: Threads within one operation.
    """

    data_sets: PreparedDataSets
    devices: list[str]
    threads: int


class JobRun:
    """One attempt at a job in this process."""

    def __init__(self, order: Train, reporter: JobReporter, bench: Bench, is_stop_asked: Callable[[], bool]) -> None:
        self._order = order
        self._reporter = reporter
        self._bench = bench
        self._is_stop_asked = is_stop_asked
        self._folder = Path(order.work_dir)
        self._began_at = time.monotonic()
        self._timings = Timings()
        self._course = Course()
        self._results: dict[str, Any] = {}
        self._artifacts: list[Artifact] = []

    def run(self) -> Ended:
        """Train, and tell how it ended; never raises what a job may cause."""
        with output_to(self._folder / LOG_NAME):
            try:
                self._train()
            except Stopped:
                logger.info("stopped as ordered after %d epochs", len(self._course.rows))
                return self._ended("stopped")
            except Exception as error:
                logger.exception("the job failed")
                failure = failure_of(error)
                return self._ended("failed", code=failure.code.value, message=failure.message, pointer=failure.pointer)
            return self._ended("succeeded")

    def _train(self) -> None:
        spec = JobSpec.model_validate(self._order.spec)
        device = choose(spec.resources.accelerator, self._bench.devices)
        seed = seed_of(spec.training)
        self._results["environment"] = environment(device=device, threads=self._bench.threads, seed=seed)
        dataset = dataset_of(spec.dataset)
        facts = facts_for(dataset, facts_of(dataset.name))
        inferred = infer(spec.network, facts.input_shape)
        encoding = target_encoding(spec.training, facts.classes, (inferred.output_shape or (1,))[-1])
        began_at = time.monotonic()
        data = self._bench.data_sets.get(dataset, spec.training, encoding)
        self._timings.load_data_seconds = time.monotonic() - began_at
        counts = data.counts
        self._results["data"] = {
            "train_rows": counts.train,
            "validation_rows": counts.validation,
            "test_rows": counts.test,
        }
        slots = optimizer_of(spec.training.optimizer).slots()
        summary = summarize(inferred, batch_size=spec.training.batch_size, optimizer_slots=slots)
        self._results["model_summary"] = summary.model_dump(mode="json")
        with tf.device(f"/{device}"):
            self._train_on(spec, data, device)

    def _train_on(self, spec: JobSpec, data: PreparedData, device: str) -> None:
        began_at = time.monotonic()
        model = build_network(spec.network, data.input_shape, seed_of(spec.training))
        compile_model(model, spec.training)
        callbacks = build_callbacks(spec.training)
        driver = driver_of(model, spec.training, data.counts.train)
        loop = EpochLoop(
            model,
            tensors_of(*data.training),
            None if data.validation is None else tensors_of(*data.validation),
            listener=self._reporter,
            batch_size=spec.training.batch_size,
            callbacks=callbacks,
            driver=driver,
            is_stop_asked=self._is_stop_asked,
        )
        self._course = loop.course
        self._timings.build_seconds = time.monotonic() - began_at
        self._announce(spec.training, data, loop, device)
        try:
            loop.run(spec.training.epochs, order_of_rows(spec.training, data.counts.train))
        except RuntimeError:
            # TerminateOnNaN with `raise_error` is told of below; any other error goes on its way.
            if self._course.non_finite_loss is None:
                raise
        finally:
            self._timings.training_seconds = math.fsum(row.duration_seconds for row in self._course.rows)
            if driver is not None:
                driver.release()
        self._results |= _end_of(self._course, spec.training, callbacks)
        self._artifacts.append(save_model(model, self._folder))
        _raise_if_diverged(self._course)
        if data.test is not None:
            began_at = time.monotonic()
            self._results |= outcome_of(self._course.rows, loop.evaluate(tensors_of(*data.test)))
            self._course.evaluation_seconds += time.monotonic() - began_at

    def _announce(self, training: TrainingSpec, data: PreparedData, loop: EpochLoop, device: str) -> None:
        """Tell the supervisor, and the log, what begins."""
        self._reporter.send(
            Started(
                job_id=self._order.job_id,
                attempt=self._order.attempt,
                epochs=training.epochs,
                steps_per_epoch=loop.steps_per_epoch,
                train_rows=data.counts.train,
                validation_rows=data.counts.validation,
                device=device,
                summary=self._results["model_summary"],
            )
        )
        logger.info(
            "attempt %d of %s: %d epochs of %d steps on %s",
            *(self._order.attempt, self._order.job_id, training.epochs, loop.steps_per_epoch, device),
        )

    def _ended(
        self, outcome: Outcome, *, code: str | None = None, message: str | None = None, pointer: str | None = None
    ) -> Ended:
        rows = self._course.rows
        self._timings.first_step_seconds = self._course.first_step_seconds
        self._timings.mean_epoch_seconds = mean_epoch_seconds(rows)
        self._timings.evaluation_seconds = self._course.evaluation_seconds
        self._timings.total_seconds = time.monotonic() - self._began_at
        if rows:
            self._artifacts.append(save_history(rows, self._folder))
        self._artifacts.append(log_of(self._folder))
        return Ended(
            job_id=self._order.job_id,
            attempt=self._order.attempt,
            outcome=outcome,
            results={**outcome_of(rows, {}), **self._results, "timings": asdict(self._timings)},
            artifacts=self._artifacts,
            code=code,
            message=message,
            pointer=pointer,
            rss_bytes=resident_bytes(),
        )


def train(order: Train, reporter: JobReporter, bench: Bench, is_stop_asked: Callable[[], bool]) -> Ended:
    """Train one job and tell how it ended.

    Args:
        order: The job's spec, its seed filled in, and the folder for what it leaves behind.
        reporter: Is told of progress and epochs meanwhile.
        bench: What the process has for every job.
        is_stop_asked: Whether an order to stop came; read many times a second.
    """
    return JobRun(order, reporter, bench, is_stop_asked).run()


def clear_session() -> None:
    """Make the process as it was before its first job: names begin anew, and what the last job held is freed."""
    keras.backend.clear_session()


def _end_of(course: Course, training: TrainingSpec, callbacks: Sequence[KerasObject]) -> dict[str, Any]:
    """Whether and why the training ended before its last epoch, and which epoch's weights it ended with."""
    is_early = len(course.rows) < training.epochs
    stopping = next((one for one in callbacks if isinstance(one, keras.callbacks.EarlyStopping)), None)
    reason = None
    if course.non_finite_loss is not None:
        reason = "TerminateOnNaN: the loss is not a finite number"
    elif is_early and stopping is not None:
        reason = f"EarlyStopping: {stopping.monitor} did not improve for {stopping.wait} epochs"
    is_restored = stopping is not None and stopping.restore_best_weights and stopping.best_weights is not None
    return {
        "stopped_early": is_early,
        "stop_reason": reason,
        "weights_of_epoch": stopping.best_epoch + 1 if stopping is not None and is_restored else len(course.rows),
    }


def _raise_if_diverged(course: Course) -> None:
    found = course.non_finite_loss
    if found is not None:
        raise diverged_at(found.epoch, found.step, found.loss)
    last = course.rows[-1]
    if not math.isfinite(last.metrics["loss"]):
        raise diverged_at(last.number, None, last.metrics["loss"])
