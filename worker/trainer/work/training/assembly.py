"""What is trained: the network, all that belongs to it, and the loop that trains it."""

import logging
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from spec.inputs import InputName
from spec.jobs import JobSpec
from worker.trainer.checkpoints.files import CheckpointRefused, read
from worker.trainer.checkpoints.keeper import CheckpointKeeper
from worker.trainer.checkpoints.rhythm import Rhythm
from worker.trainer.checkpoints.state import TrainingState, identity_of
from worker.trainer.compilation.forms import form_of
from worker.trainer.compilation.hyperparameters import Hyperparameters
from worker.trainer.compilation.traced_functions import JobFunctions
from worker.trainer.data.row_order import seed_of
from worker.trainer.epochs.compiled_steps import tensors_of
from worker.trainer.epochs.epoch_loop import EpochLoop
from worker.trainer.network.build import build_callbacks, build_network, compile_model
from worker.trainer.network.one_cycle import CycleDriver, driver_of
from worker.trainer.network.precision import computing_in
from worker.trainer.results.artifacts import bound_log
from worker.trainer.signs_of_life import signs_of_life
from worker.trainer.untyped import KerasObject, Model
from worker.trainer.work.training.attempt import Attempt
from worker.trainer.work.training.loading import Loaded

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Workpiece:
    """What one attempt trains, and with what."""

    model: Model
    callbacks: list[KerasObject]
    driver: CycleDriver | None
    loop: EpochLoop
    keeper: CheckpointKeeper
    functions: JobFunctions


def assemble(attempt: Attempt, spec: JobSpec, loaded: Loaded, device: str) -> Workpiece:
    """What is trained, as it was when the checkpoint was taken that came with the order, if one did."""
    began_at, data = time.monotonic(), loaded.data
    with computing_in(spec.training.precision):
        model = build_network(spec.network, data.input_shape, seed_of(spec.training))
    compile_model(model, spec.training)
    callbacks = build_callbacks(spec.training)
    driver = driver_of(model, spec.training, data.counts.train)
    identity = identity_of(spec, data.counts.train)
    state = TrainingState(
        model, callbacks=callbacks, driver=driver, course=attempt.course, timings=attempt.timings, identity=identity
    )
    rhythm = Rhythm(attempt.bench.checkpoint_seconds)
    attempt.bench.memory.forget_peak()
    keeper = CheckpointKeeper(
        attempt.folder / "checkpoints", state, rhythm, attempt.bench.memory, attempt.reporter.checkpoint
    )
    numbers = Hyperparameters(model)
    functions = JobFunctions(
        attempt.bench.functions,
        f"{device} {form_of(spec.network, spec.training)}",
        lambda: [*state.variables(), *([] if driver is None else driver.tables), *numbers.variables],
        partial(_tracing, attempt, numbers),
    )
    loop = EpochLoop(
        model,
        loaded.rows(spec, data.training),
        None if data.validation is None else loaded.rows(spec, data.validation),
        listener=attempt.reporter,
        epochs=spec.training.epochs,
        batch_size=spec.training.batch_size,
        callbacks=callbacks,
        driver=driver,
        functions=functions,
        is_stop_asked=lambda: attempt.stop_asked() is not None,
        is_pause_due=attempt.is_pause_due,
        course=attempt.course,
        at_pause=partial(_at_pause, attempt, keeper),
        **_observed(attempt, spec, loaded, model, functions),
    )
    _resume(attempt, state)
    attempt.timings.build_seconds += time.monotonic() - began_at
    return Workpiece(model, callbacks, driver, loop, keeper, functions)


def _observed(attempt: Attempt, spec: JobSpec, loaded: Loaded, model: Model, functions: JobFunctions) -> dict[str, Any]:
    """Who measures after each epoch, where the job asks for it; where none does, a process loads nothing of it."""
    if not spec.coach.signals:
        return {}
    from worker.trainer.signals.observer import Observer  # noqa: PLC0415 (loaded only where it is asked for)
    from worker.trainer.signals.probe import Probe  # noqa: PLC0415
    from worker.trainer.signals.probe_rows import probe_rows  # noqa: PLC0415

    def build() -> Probe:
        rows = probe_rows(loaded.data.training, seed_of(spec.training), loaded.probe_rows)
        return Probe(model, tensors_of(*rows), functions)

    return {"after_epoch": Observer(build, attempt.reporter.signals).after_epoch}


def _at_pause(attempt: Attempt, keeper: CheckpointKeeper, is_epoch_over: bool) -> None:  # noqa: FBT001 (the loop gives it no name)
    if is_epoch_over:
        bound_log(attempt.folder)
    keeper.at_pause(is_epoch_over)


@contextmanager
def _tracing(attempt: Attempt, numbers: Hyperparameters) -> Generator[None]:
    """A thousand layers are traced for minutes, in which nothing else is told."""
    with signs_of_life(attempt.reporter.sign_of_life), numbers.as_variables():
        yield


def _resume(attempt: Attempt, state: TrainingState) -> None:
    """Go on from the checkpoint that came with the order, if it can be."""
    checkpoint = attempt.order.inputs.get(InputName.CHECKPOINT)
    if checkpoint is None:
        return
    try:
        state.restore(read(Path(checkpoint.path)))
    except CheckpointRefused as refused:
        logger.warning("The checkpoint cannot be used, so the training starts again. %s", refused)
    else:
        logger.info("Continuing after epoch %d, step %d.", len(attempt.course.rows), attempt.course.step)
