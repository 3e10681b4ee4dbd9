"""What is trained: the network, all that belongs to it, and the loop that trains it."""

import logging
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from spec.inputs import InputName
from spec.jobs import JobSpec
from spec.training.planned_phases import PlannedPhase, planned_phases
from spec.training.training import TrainingSpec
from worker.trainer.checkpoints.files import CheckpointRefused, Snapshot, read
from worker.trainer.checkpoints.keeper import CheckpointKeeper
from worker.trainer.checkpoints.rhythm import Rhythm
from worker.trainer.checkpoints.state import TrainingState, identity_of
from worker.trainer.compilation.forms import form_of
from worker.trainer.compilation.hyperparameters import Hyperparameters
from worker.trainer.compilation.traced_functions import JobFunctions
from worker.trainer.data.row_order import seed_of
from worker.trainer.epochs.compiled_steps import tensors_of
from worker.trainer.epochs.epoch_loop import EpochLoop, EpochObserver
from worker.trainer.epochs.predictions import Predictor
from worker.trainer.network.augmentation import Augmentation
from worker.trainer.network.build import build_callbacks, build_network, compile_model, freeze
from worker.trainer.network.one_cycle import CycleDriver, driver_of
from worker.trainer.network.precision import computing_in
from worker.trainer.results.artifacts import bound_log
from worker.trainer.signs_of_life import signs_of_life
from worker.trainer.untyped import KerasObject, Model
from worker.trainer.work.training.attempt import Attempt
from worker.trainer.work.training.loading import Loaded

if TYPE_CHECKING:
    from worker.trainer.signals.start import Start

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Workpiece:
    """What one attempt trains in one phase of its training, and with what.

    Attributes:
        phase: As it is run.
        training: Of the phase, its epochs counted from the beginning of the job.
    """

    phase: PlannedPhase
    training: TrainingSpec
    model: Model
    augmentation: Augmentation | None
    callbacks: list[KerasObject]
    driver: CycleDriver | None
    state: TrainingState
    loop: EpochLoop
    predictor: Predictor
    keeper: CheckpointKeeper


class Assembly:
    """Puts together what one attempt trains, phase by phase.

    Args:
        attempt: Which.
        spec: Of its job.
        loaded: Its rows.
        device: What it trains on.
    """

    def __init__(self, attempt: Attempt, spec: JobSpec, loaded: Loaded, device: str) -> None:
        self._attempt = attempt
        self._spec = spec
        self._loaded = loaded
        self._device = device
        self._beginning = loaded.beginning
        training = self._beginning.training
        self._phases = planned_phases(spec.network, training, loaded.layer_names)
        self._functions: list[JobFunctions] = []
        self._start = _start_of(loaded) if spec.coach.signals else None

    def begin(self) -> Workpiece:
        """What is trained first, as it was when the checkpoint was taken that came with the order, if one did."""
        began_at = time.monotonic()
        snapshot = _snapshot_of(self._attempt)
        phase = 0 if snapshot is None else min(snapshot.header.phase or 0, len(self._phases) - 1)
        self._attempt.course.phase = phase
        if snapshot is not None:
            self._attempt.course.phase_epoch = snapshot.header.phase_epoch or 0
        piece = self._assembled(*self._built())
        self._note_first_weights(piece.model)
        is_restored = snapshot is not None and _is_restored(self._attempt, piece.state, snapshot)
        if not is_restored and phase:
            piece.keeper.close()
            self._attempt.course.phase = self._attempt.course.phase_epoch = 0
            piece = self._assembled(*self._built())
        if not is_restored:
            self._beginning.go_on(piece.state)
            self._note_first_weights(piece.model)
        elif self._beginning.epochs and self._start is not None:
            self._start.forget()  # it began where another training had ended, and told so then
        self._attempt.timings.build_seconds += time.monotonic() - began_at
        return piece

    def _note_first_weights(self, model: Model) -> None:
        if self._start is not None:
            # What a step takes is not known yet, but by an estimate that leaves out what operations need meanwhile.
            estimate: int = self._attempt.results["model_summary"]["memory"]["total_bytes"]
            self._start.keep(model, has_room=self._attempt.bench.memory.has_room_for(2 * estimate))

    def following(self, piece: Workpiece) -> Workpiece | None:
        """What is trained after this, which has ended; None where nothing is."""
        course = self._attempt.course
        if piece.phase.index + 1 == len(self._phases) or course.non_finite_loss is not None:
            return None
        if self._attempt.is_to_finish():
            return None
        began_at = time.monotonic()
        piece.keeper.close()
        piece.state.ended = None  # nobody goes on from there, and it would keep a copy of the weights
        course.begin_phase()
        following = self._assembled(piece.model, piece.augmentation)
        self._attempt.timings.build_seconds += time.monotonic() - began_at
        return following

    @property
    def epochs(self) -> int:
        """Up to which epoch the job trains at most."""
        return self._beginning.training.epochs

    @property
    def first_epoch(self) -> int:
        """How many epochs had ended when the job began: those of a training that it goes on from."""
        return self._beginning.epochs

    def close(self) -> None:
        """Let go of the memory of all variables: nothing is trained any more."""
        for functions in self._functions:
            functions.release()

    def _observer(self, model: Model, functions: JobFunctions, training: TrainingSpec, start: "Start") -> EpochObserver:
        """Who measures after each epoch."""
        from worker.trainer.signals.observer import Observer  # noqa: PLC0415 (loaded only where it is asked for)
        from worker.trainer.signals.probe import Probe  # noqa: PLC0415
        from worker.trainer.signals.probe_rows import probe_rows  # noqa: PLC0415

        def build() -> Probe:
            rows = probe_rows(self._loaded.data.training.arrays, seed_of(training), self._loaded.probe_rows)
            return Probe(model, tensors_of(*rows), functions)

        told, has_room = self._attempt.reporter.signals, self._attempt.bench.memory.has_room_for
        return Observer(model, training.epochs, build, told, start, has_room=has_room)

    def _built(self) -> tuple[Model, Augmentation | None]:
        training, augmenting = self._spec.training, self._loaded.augmenting
        with computing_in(training.precision):
            model = build_network(self._spec.network, self._loaded.facts.shapes, seed_of(training))
            augmentation = Augmentation(augmenting) if augmenting else None
        self._beginning.copy_into(model, self._phases)
        return model, augmentation

    def _assembled(self, model: Model, augmentation: Augmentation | None) -> Workpiece:
        """What the phase of the course trains."""
        attempt, spec, loaded, data = self._attempt, self._spec, self._loaded, self._loaded.data
        course, phase = attempt.course, self._phases[attempt.course.phase]
        if spec.training.phases:
            freeze(model, phase.network, loaded.layer_names)
        compile_model(model, phase.training)
        callbacks = build_callbacks(phase.training, course.phase_epoch)
        driver = driver_of(model, phase.training, data.counts.train)
        identity = identity_of(spec, data.counts.train)
        state = TrainingState(
            model,
            callbacks=callbacks,
            driver=driver,
            course=course,
            timings=attempt.timings,
            identity=identity,
            training=phase.training,
            augmentation=augmentation,
            results=attempt.results,
        )
        rhythm = Rhythm(attempt.bench.checkpoint_seconds)
        attempt.bench.memory.forget_peak()
        keeper = CheckpointKeeper(
            attempt.folder / "checkpoints", state, rhythm, attempt.bench.memory, attempt.reporter.checkpoint
        )
        numbers = Hyperparameters(model)
        inputs = tuple(loaded.facts.inputs)
        form = form_of(phase.network, phase.training, loaded.layer_names, inputs, loaded.augmenting)
        functions = JobFunctions(
            attempt.bench.functions,
            f"{self._device} {form}",
            lambda: [*state.variables(), *([] if driver is None else driver.tables), *numbers.variables],
            partial(_tracing, attempt, numbers),
        )
        self._functions.append(functions)
        training = phase.training.model_copy(update={"epochs": course.phase_epoch + phase.training.epochs})
        loop = EpochLoop(
            model,
            loaded.rows(spec, data.training.arrays),
            None if data.validation is None else loaded.rows(spec, loaded.evaluated(data.validation)),
            listener=attempt.reporter,
            epochs=training.epochs,
            first_epoch=course.phase_epoch,
            all_epochs=self.epochs,
            batch_size=training.batch_size,
            has_row_weights=loaded.has_row_weights,
            callbacks=callbacks,
            driver=driver,
            augmented=None if augmentation is None else augmentation.augmented,
            functions=functions,
            is_stop_asked=lambda: attempt.stop_asked() is not None,
            is_pause_due=attempt.is_pause_due,
            is_to_finish=attempt.is_to_finish,
            course=course,
            at_pause=partial(_at_pause, attempt, keeper),
            at_end=state.note_end,
            observer=None if self._start is None else self._observer(model, functions, training, self._start),
        )
        predictor = Predictor(
            model,
            training.batch_size,
            functions,
            lambda: attempt.stop_asked() is not None,
            attempt.reporter.sign_of_life,
        )
        return Workpiece(phase, training, model, augmentation, callbacks, driver, state, loop, predictor, keeper)


def _start_of(loaded: Loaded) -> "Start":
    """What is told once of a training whose signals are measured; else a process loads nothing of it."""
    from worker.trainer.signals.start import Start  # noqa: PLC0415 (loaded only where it is asked for)

    return Start(loaded.statistics)


def _at_pause(attempt: Attempt, keeper: CheckpointKeeper, is_epoch_over: bool) -> None:  # noqa: FBT001 (the loop gives it no name)
    if is_epoch_over:
        bound_log(attempt.folder)
    keeper.at_pause(is_epoch_over)


@contextmanager
def _tracing(attempt: Attempt, numbers: Hyperparameters) -> Generator[None]:
    """A thousand layers are traced for minutes, in which nothing else is told."""
    with signs_of_life(attempt.reporter.sign_of_life), numbers.as_variables():
        yield


def _snapshot_of(attempt: Attempt) -> Snapshot | None:
    """The checkpoint that came with the order, if one did that can be read."""
    checkpoint = attempt.order.inputs.get(InputName.CHECKPOINT)
    if checkpoint is None:
        return None
    try:
        return read(Path(checkpoint.path))
    except CheckpointRefused as refused:
        _warn(refused)
        return None


def _is_restored(attempt: Attempt, state: TrainingState, snapshot: Snapshot) -> bool:
    """Go on from a checkpoint, if it can be."""
    try:
        state.restore(snapshot)
    except CheckpointRefused as refused:
        _warn(refused)
        return False
    logger.info("Continuing after epoch %d, step %d.", len(attempt.course.rows), attempt.course.step)
    return True


def _warn(refused: CheckpointRefused) -> None:
    logger.warning("The checkpoint cannot be used, so the training starts again. %s", refused)
