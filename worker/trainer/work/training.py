"""One job from its spec to its results: ``train(spec, data, reporter)`` and what stands around it."""

import logging
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from keras.src.utils.naming import reset_uids
from tensorflow.python.framework import ops

from spec.datasets.datasets import dataset_of, facts_for
from spec.jobs import JobSpec
from spec.networks.inference import infer
from spec.networks.memory import demand_of, is_room_for_rows, memory_fault
from spec.networks.summary import summarize
from spec.states import FailureCode
from spec.training.epoch_columns import TEST, VALIDATION
from spec.training.training import TrainingSpec, target_encoding
from worker.messages import Artifact, Ended, Started, Stop, Train
from worker.trainer.checkpoints.files import CheckpointRefused, read
from worker.trainer.checkpoints.keeper import CheckpointKeeper
from worker.trainer.checkpoints.rhythm import Rhythm
from worker.trainer.checkpoints.state import TrainingState, identity_of
from worker.trainer.compilation.forms import form_of
from worker.trainer.compilation.hyperparameters import Hyperparameters
from worker.trainer.compilation.traced_functions import JobFunctions, TracedFunctions
from worker.trainer.data.class_weights import weights_told
from worker.trainer.data.prepared import PreparedData, PreparedDataSets, facts_of
from worker.trainer.data.row_order import order_of_rows, seed_of
from worker.trainer.devices import choose
from worker.trainer.epochs.compiled_steps import tensors_of
from worker.trainer.epochs.epoch_loop import EpochLoop, Stopped
from worker.trainer.epochs.mirrored import Placement
from worker.trainer.epochs.streamed_steps import Rows, rows_of
from worker.trainer.failures import Failure, MemoryTooSmall, failure_of, raise_if_diverged
from worker.trainer.network.build import build_callbacks, build_network, compile_model
from worker.trainer.network.one_cycle import CycleDriver, driver_of
from worker.trainer.network.precision import computing_in
from worker.trainer.process import output_to, resident_bytes
from worker.trainer.reports import JobReporter
from worker.trainer.results.artifacts import LOG_NAME, bound_log, log_of, save_history, save_model
from worker.trainer.results.course import Course
from worker.trainer.results.outcome import Timings, end_of, environment, outcome_of
from worker.trainer.results.stored_weights import epoch_weights, stored_weights
from worker.trainer.signs_of_life import signs_of_life
from worker.trainer.tensor_memory import TensorMemory
from worker.trainer.untyped import Array, KerasObject, Model

Outcome = Literal["succeeded", "failed", "stopped"]

_TRACED_GRADIENT = "CustomGradient-"
"""How the names of gradients begin that belong to one graph."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bench:
    """What the process has for every job.

    Attributes:
        data_sets: The data sets prepared last.
        devices: As `worker.trainer.devices.names` gives them.
        threads: Threads within one operation.
        checkpoint_seconds: Least time between two checkpoints within an epoch.
        memory: What the tensors of a job may take.
        functions: The compiled programs used last.
    """

    data_sets: PreparedDataSets
    devices: list[str]
    threads: int
    checkpoint_seconds: float = 10.0
    memory: TensorMemory = field(default_factory=TensorMemory)
    functions: TracedFunctions = field(default_factory=TracedFunctions)


@dataclass(frozen=True)
class Workpiece:
    """What one attempt trains, and with what."""

    model: Model
    callbacks: list[KerasObject]
    driver: CycleDriver | None
    loop: EpochLoop
    keeper: CheckpointKeeper
    functions: JobFunctions


class JobRun:
    """One attempt at a job in this process."""

    def __init__(
        self, order: Train, reporter: JobReporter, bench: Bench, stop_asked: Callable[[], Stop | None]
    ) -> None:
        self._order = order
        self._reporter = reporter
        self._bench = bench
        self._stop_asked = stop_asked
        self._folder = Path(order.work_dir)
        self._timings = Timings()
        self._course = Course()
        self._results: dict[str, Any] = {}
        self._artifacts: list[Artifact] = []
        self._is_streamed = False
        self._probe_rows = 0
        self._tested: dict[str, float] = {}

    def run(self) -> Ended:
        """Train, and tell how it ended; never raises what a job, a full disk or a lack of memory may cause."""
        try:
            with output_to(self._folder / LOG_NAME):
                outcome, failure = self._outcome()
        except OSError as error:
            outcome, failure = "failed", failure_of(error)
        return self._ended(outcome, failure)

    def _outcome(self) -> tuple[Outcome, Failure | None]:
        """Train; once this returns, nothing holds the model any more, and its memory is free for what is left."""
        try:
            self._train()
        except Stopped:
            logger.info("The training was stopped as requested after %d epochs.", len(self._course.rows))
            self._save_history_if_possible()
            return "stopped", None
        except Exception as error:
            failure = failure_of(error)
            logger.exception("The job failed. %s", failure.message)
            self._save_history_if_possible()
            if failure.code is FailureCode.OUT_OF_MEMORY:
                self._bench.data_sets.clear()
                self._bench.functions.clear()
            return "failed", failure
        return "succeeded", None

    def _train(self) -> None:
        spec = JobSpec.model_validate(self._order.spec)
        devices = choose(spec.resources.accelerator, self._bench.devices, spec.resources.gpus)
        placement, device = Placement(devices), ", ".join(devices)
        seed = seed_of(spec.training)
        self._results["environment"] = environment(device=device, threads=self._bench.threads, seed=seed)
        with signs_of_life(self._reporter.sign_of_life):
            data = self._load(spec)
            with placement.building():
                workpiece = self._build(spec, data, device)
        with placement.training():
            self._announce(spec.training, data, workpiece.loop, device)
            self._train_on(spec, data, workpiece)

    def _load(self, spec: JobSpec) -> PreparedData:
        """The rows of a job that has room here."""
        dataset = dataset_of(spec.dataset)
        facts = facts_for(dataset, facts_of(dataset.name))
        inferred = infer(spec.network, facts.input_shape)
        demand = demand_of(dict(spec.training), inferred, spec.coach)
        self._probe_rows = demand.probe_rows
        summary = summarize(inferred, **asdict(demand))
        most_bytes = self._bench.memory.most_bytes
        if most_bytes is not None:
            fault = memory_fault(inferred, demand, most_bytes)
            if fault is not None:
                raise MemoryTooSmall(f"The memory of this worker is too small. {fault.message}", fault.pointer)
            self._is_streamed = not is_room_for_rows(summary, facts, most_bytes)
            if self._is_streamed and spec.resources.gpus > 1:
                raise MemoryTooSmall(
                    "The rows do not fit into the memory of this worker beside the network, and they can only be "
                    "streamed to a single GPU.",
                    "/resources/gpus",
                )
        self._results["model_summary"] = summary.model_dump(mode="json")
        encoding = target_encoding(spec.training, facts.classes, (inferred.output_shape or (1,))[-1])
        began_at = time.monotonic()
        data = self._bench.data_sets.get(dataset, spec.training, encoding, is_room_in_memory=not self._is_streamed)
        self._timings.load_data_seconds += time.monotonic() - began_at
        counts = data.counts
        self._results["data"] = {
            "train_rows": counts.train,
            "validation_rows": counts.validation,
            "test_rows": counts.test,
            "is_streamed": self._is_streamed,
        }
        self._results["epoch_weights"] = epoch_weights(spec.training)
        self._results["class_weight"] = weights_told(spec.training.class_weight, data.training[1], encoding)
        return data

    def _build(self, spec: JobSpec, data: PreparedData, device: str) -> Workpiece:
        """What is trained, as it was when the checkpoint was taken that came with the order, if one did."""
        began_at = time.monotonic()
        with computing_in(spec.training.precision):
            model = build_network(spec.network, data.input_shape, seed_of(spec.training))
        compile_model(model, spec.training)
        callbacks = build_callbacks(spec.training)
        driver = driver_of(model, spec.training, data.counts.train)
        identity = identity_of(spec, data.counts.train)
        state = TrainingState(
            model, callbacks=callbacks, driver=driver, course=self._course, timings=self._timings, identity=identity
        )
        rhythm = Rhythm(self._bench.checkpoint_seconds)
        self._bench.memory.forget_peak()
        keeper = CheckpointKeeper(
            self._folder / "checkpoints", state, rhythm, self._bench.memory, self._reporter.checkpoint
        )
        numbers = Hyperparameters(model)
        functions = JobFunctions(
            self._bench.functions,
            f"{device} {form_of(spec.network, spec.training)}",
            lambda: [*state.variables(), *([] if driver is None else driver.tables), *numbers.variables],
            partial(self._tracing, numbers),
        )
        loop = EpochLoop(
            model,
            self._rows(spec, data.training),
            None if data.validation is None else self._rows(spec, data.validation),
            listener=self._reporter,
            epochs=spec.training.epochs,
            batch_size=spec.training.batch_size,
            callbacks=callbacks,
            driver=driver,
            functions=functions,
            is_stop_asked=lambda: self._stop_asked() is not None,
            course=self._course,
            at_pause=partial(self._at_pause, keeper),
            **self._observed(spec, data, model, functions),
        )
        self._resume(state)
        self._timings.build_seconds += time.monotonic() - began_at
        return Workpiece(model, callbacks, driver, loop, keeper, functions)

    def _observed(self, spec: JobSpec, data: PreparedData, model: Model, functions: JobFunctions) -> dict[str, Any]:
        """Who measures after each epoch, where the job asks for it; where none does, a process loads nothing of it."""
        if not spec.coach.signals:
            return {}
        from worker.trainer.signals.observer import Observer  # noqa: PLC0415 (see above)
        from worker.trainer.signals.probe import Probe  # noqa: PLC0415
        from worker.trainer.signals.probe_rows import probe_rows  # noqa: PLC0415

        def build() -> Probe:
            rows = probe_rows(data.training, seed_of(spec.training), self._probe_rows)
            return Probe(model, tensors_of(*rows), functions)

        return {"after_epoch": Observer(build, self._reporter.signals).after_epoch}

    def _at_pause(self, keeper: CheckpointKeeper, is_epoch_over: bool) -> None:  # noqa: FBT001 (the loop gives it no name)
        if is_epoch_over:
            bound_log(self._folder)
        keeper.at_pause(is_epoch_over)

    @contextmanager
    def _tracing(self, numbers: Hyperparameters) -> Generator[None]:
        """A thousand layers are traced for minutes, in which nothing else is told."""
        with signs_of_life(self._reporter.sign_of_life), numbers.as_variables():
            yield

    def _train_on(self, spec: JobSpec, data: PreparedData, workpiece: Workpiece) -> None:
        try:
            self._run(spec, data, workpiece.loop)
            if workpiece.driver is not None:
                workpiece.driver.release()
            self._results |= end_of(self._course, spec.training, workpiece.callbacks)
            self._artifacts.append(save_model(workpiece.model, self._folder))
            self._evaluate_stored(spec, data, workpiece)
            raise_if_diverged(self._course)
            self._results |= outcome_of(self._course.rows, self._tested)
            self._artifacts.append(save_history(self._course.rows, self._folder))
        except Stopped:
            stop = self._stop_asked()
            if stop is not None and stop.is_to_be_resumed:
                workpiece.keeper.leave()
            raise
        finally:
            workpiece.keeper.close()
            workpiece.functions.release()

    def _resume(self, state: TrainingState) -> None:
        """Go on from the checkpoint that came with the order, if it can be."""
        if self._order.checkpoint is None:
            return
        try:
            state.restore(read(Path(self._order.checkpoint)))
        except CheckpointRefused as refused:
            logger.warning("The checkpoint cannot be used, so the training starts again. %s", refused)
        else:
            logger.info("Continuing after epoch %d, step %d.", len(self._course.rows), self._course.step)

    def _run(self, spec: JobSpec, data: PreparedData, loop: EpochLoop) -> None:
        try:
            loop.run(order_of_rows(spec.training, data.counts.train))
        except RuntimeError:
            # TerminateOnNaN with `raise_error` is told of below; any other error goes on its way.
            if self._course.non_finite_loss is None:
                raise

    def _rows(self, spec: JobSpec, arrays: Sequence[Array | None]) -> Rows:
        return rows_of(*arrays, batch_size=spec.training.batch_size, is_streamed=self._is_streamed)

    def _evaluate_stored(self, spec: JobSpec, data: PreparedData, workpiece: Workpiece) -> None:
        """Evaluate what was stored: on validation and test rows, and where there are none on those of the training."""
        began_at = time.monotonic()
        loop, metrics = workpiece.loop, dict[str, float]()
        if data.validation is not None:
            stored = stored_weights(self._course, spec.training, workpiece.callbacks)
            known = stored.row_metrics(self._course, spec.training)
            metrics |= known or _named(VALIDATION, loop.evaluate_validation())
        if data.test is not None:
            self._tested = loop.evaluate(self._rows(spec, data.test))
            metrics |= _named(TEST, self._tested)
        if data.validation is None and data.test is None:
            metrics |= loop.evaluate(self._rows(spec, data.training[:2]))
        self._results["stored_metrics"] = metrics
        self._course.evaluation_seconds += time.monotonic() - began_at

    def _announce(self, training: TrainingSpec, data: PreparedData, loop: EpochLoop, device: str) -> None:
        """Tell the supervisor, and the log, what begins; then the epochs that the supervisor does not know of."""
        from_epoch = min(self._order.known_epochs, len(self._course.rows))
        self._reporter.send(
            Started(
                job_id=self._order.job_id,
                attempt=self._order.attempt,
                epochs=training.epochs,
                from_epoch=from_epoch,
                steps_per_epoch=loop.steps_per_epoch,
                train_rows=data.counts.train,
                validation_rows=data.counts.validation,
                device=device,
                summary=self._results["model_summary"],
            )
        )
        logger.info(
            "This is attempt %d of %s: %d epochs of %d steps on %s.",
            *(self._order.attempt, self._order.job_id, training.epochs, loop.steps_per_epoch, device),
        )
        for row in self._course.rows[from_epoch:]:
            self._reporter.epoch(row.number, row.metrics, row.duration_seconds)

    def _save_history_if_possible(self) -> None:
        """What there is of the history of a training that did not come to its end."""
        if not self._course.rows:
            return
        try:
            self._artifacts.append(save_history(self._course.rows, self._folder))
        except OSError:
            logger.exception("The history could not be saved.")

    def _ended(self, outcome: Outcome, failure: Failure | None) -> Ended:
        self._artifacts.append(log_of(self._folder))
        return Ended(
            job_id=self._order.job_id,
            attempt=self._order.attempt,
            outcome=outcome,
            results={
                **outcome_of(self._course.rows, {}),
                **self._results,
                "timings": self._timings.told(self._course),
            },
            artifacts=self._artifacts,
            code=failure.code.value if failure else None,
            message=failure.message if failure else None,
            pointer=failure.pointer if failure else None,
            is_to_be_tried_again=failure is not None and failure.is_to_be_tried_again,
            rss_bytes=resident_bytes(),
        )


def _named(prefix: str, metrics: Mapping[str, float]) -> dict[str, float]:
    return {f"{prefix}{name}": value for name, value in metrics.items()}


def train(order: Train, reporter: JobReporter, bench: Bench, stop_asked: Callable[[], Stop | None]) -> Ended:
    """Train one job and tell how it ended.

    Args:
        order: The job's spec, its seed filled in, and the folder for what it leaves behind.
        reporter: Is told of progress and epochs meanwhile.
        bench: What the process has for every job.
        stop_asked: The order to stop, once it came; read many times a second.
    """
    return JobRun(order, reporter, bench, stop_asked).run()


def forget_job() -> None:
    """Free what Keras and TensorFlow would keep of a job that is over, for ever.

    Not by ``keras.backend.clear_session``: that drops every compiled function that the process has ready. Names begin
    anew, as in a new process. And TensorFlow registers a gradient for every sum over replicas that it traces, one
    replica's own included, by a name that is never used again; each holds the whole graph.
    """
    reset_uids()
    registered = ops.gradient_registry._registry  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] (there is no other way)
    for name in [name for name in registered if name.startswith(_TRACED_GRADIENT)]:
        del registered[name]
