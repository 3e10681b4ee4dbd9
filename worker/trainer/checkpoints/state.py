"""All that a training needs to go on to the bit: captured between two calls, restored ahead of the first."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from typing import Any

from spec.jobs import JobSpec
from spec.training.callbacks import NonFiniteLoss
from spec.training.optimizers import optimizer_of
from spec.training.training import TrainingSpec
from worker.trainer.callbacks.declarations import kept, kept_names
from worker.trainer.checkpoints.files import (
    ArrayForm,
    CallbackState,
    CheckpointRefused,
    Header,
    Names,
    Snapshot,
    form_of,
)
from worker.trainer.devices import versions
from worker.trainer.epochs.mirrored import values_of
from worker.trainer.network.augmentation import Augmentation
from worker.trainer.network.layerwise_rates import optimizers_of
from worker.trainer.network.one_cycle import CycleDriver
from worker.trainer.network.precision import inner_optimizer, untracked_variables
from worker.trainer.results.course import Course, EpochRow
from worker.trainer.results.outcome import Timings
from worker.trainer.untyped import Array, KerasObject, Model, Tensor
from worker.trainer.weights.best import best_after, read_variable
from worker.trainer.weights.keys import STATE, layer_kinds, unique, weight_keys

_SAME_VERSIONS = ("keras", "tensorflow")


@dataclass(eq=False)
class TrainingState:
    """The state of one training: variables, callbacks, course and timings.

    Nothing that trains draws from the random states of Python, NumPy or TensorFlow: every layer that draws has a
    generator of its own, a variable. Rows are ordered by seed and epoch. So there is nothing else to keep.

    Attributes:
        model: Compiled, and built by the time of the first capture.
        callbacks: Those it is trained with.
        driver: Of a schedule that Keras lacks, or None.
        augmentation: What augments its batches, or None.
        course: Where the training stands.
        timings: Where the time went.
        identity: What must be the same for a checkpoint to be gone on from, by name.
        training: Its spec.
        results: What is told of it however it ends.
        ended: The state at the end of the last epoch, once that has come; what is done to the weights then is not in
            it.
    """

    model: Model
    _: KW_ONLY
    callbacks: Sequence[KerasObject]
    driver: CycleDriver | None
    course: Course
    timings: Timings
    identity: Mapping[str, str]
    training: TrainingSpec
    augmentation: Augmentation | None = None
    results: Mapping[str, Any] = field(default_factory=dict[str, Any])
    ended: Snapshot | None = field(init=False, default=None)
    _encoded_rows: bytearray = field(init=False, default_factory=bytearray)
    _rows_encoded: int = field(init=False, default=0)

    def variables(self) -> list[KerasObject]:
        """Every variable that a step reads and writes: weights, moving averages, generators, slots, metrics."""
        driven = [] if self.driver is None else self.driver.variables
        optimizer = [*self.model.optimizer.variables, *untracked_variables(self.model)]
        found = [*self.model.variables, *optimizer, *self.model.metrics_variables, *driven, *self._augmenting()]
        return list({id(variable): variable for variable in found}.values())

    def _augmenting(self) -> list[KerasObject]:
        return [] if self.augmentation is None else self.augmentation.variables

    def keys(self) -> list[str]:
        """A name for each variable's array, in the order in which `capture` has them: a weight's is that of its layer.

        Each of several devices has a name of its own for what it keeps for itself.
        """
        names = {id(one): key for one, key in zip(self.model.weights, weight_keys(self.model), strict=True)}
        kinds = {"seed": self.model.variables, "metrics": self.model.metrics_variables}
        kinds["optimizer"] = [*self.model.optimizer.variables, *untracked_variables(self.model)]
        kinds["augment"] = self._augmenting()
        for kind, variables in kinds.items():
            for variable in variables:
                names.setdefault(id(variable), f"{STATE}{kind}/{variable.path}")
        found: list[str] = []
        for variable, device in self._places():
            name = names.get(id(variable), f"{STATE}driver/{variable.path}")
            found.append(f"{STATE}device_{device}/{name}" if device else name)
        return unique(found)

    def rate_places(self) -> list[int]:
        """Where among these the learning rates stand: none where Keras follows a schedule by itself."""
        rates = {id(one.learning_rate) for one in optimizers_of(inner_optimizer(self.model))}
        return [place for place, (variable, _) in enumerate(self._places()) if id(variable) in rates]

    def _places(self) -> list[tuple[KerasObject, int]]:
        """Which variable each array is of, and of which device."""
        of_each = ((variable, values_of(self.model, [variable])) for variable in self.variables())
        return [(variable, device) for variable, copies in of_each for device in range(len(copies))]

    @cached_property
    def names(self) -> Names:
        """What the arrays are; the same from the first capture on."""
        return Names(
            keys=self.keys(),
            layers=layer_kinds(self.model),
            rate_places=self.rate_places(),
            learning_rate=rate_of(self.training),
            results=dict(self.results),
        )

    def note_end(self) -> None:
        """Keep the state of this moment as that of the end."""
        self.ended = self.capture()

    def _values(self) -> list[tuple[KerasObject, ...]]:
        """TensorFlow's variables behind them: those that always hold the same numbers stand together."""
        return values_of(self.model, self.variables())

    def capture(self) -> Snapshot:
        """The state of this moment; to be called between two calls of the engine.

        It costs a few hundredths of a millisecond a variable: nothing is copied here. A tensor that was read shares
        the variable's memory until the next step writes to the variable, which then gets new memory of its own.
        """
        arrays: list[Tensor] = [read_variable(copies[0]) for copies in self._values()]
        callbacks: list[CallbackState] = []
        for callback in self.callbacks:
            state, lists = _state_of(callback)
            callbacks.append(state)
            arrays += lists
        course, now = self.course, time.monotonic()
        found, best = course.non_finite_loss, course.best
        arrays += best.weights if best is not None and best.weights is not None else ()
        header = Header(
            identity=dict(self.identity),
            epoch=len(course.rows),
            step=course.step,
            logs=course.logs,
            evaluation_step=course.evaluation_step,
            epoch_seconds=None if course.epoch_began_at is None else now - course.epoch_began_at,
            first_step_seconds=course.first_step_seconds,
            evaluation_seconds=course.evaluation_seconds,
            non_finite_loss=None if found is None else (found.epoch, found.step, found.loss),
            is_to_stop=bool(self.model.stop_training),
            phase=course.phase or None,
            phase_epoch=course.phase_epoch or None,
            phases=course.phases or None,
            best=None if best is None or best.weights is None else (best.number, best.loss),
            timings=self.timings.spent(),
            callbacks=callbacks,
            forms=[form_of(array) for array in arrays],
            names=self.names,
        )
        return Snapshot(header, self._rows(), arrays)

    def restore(self, snapshot: Snapshot) -> None:
        """Take the place of what is here: a training that has not begun. Its model must be built.

        Raises:
            CheckpointRefused: The snapshot is of another training; nothing was changed.
        """
        header = snapshot.header
        for name in {**self.identity, **header.identity}:
            if header.identity.get(name) != self.identity.get(name):
                raise CheckpointRefused(f"It belongs to another training, with another {name}.")
        values = self._values()
        of_callbacks = self._callback_forms(header)
        of_best = [] if header.best is None else [form_of(weight.value) for weight in self.model.weights]
        if header.forms != [form_of(copies[0]) for copies in values] + of_callbacks + of_best:
            raise CheckpointRefused("It does not have the variables of this training.")
        if (header.phase or 0) != self.course.phase:
            raise CheckpointRefused("It is of another phase of this training.")
        rows = [EpochRow(*json.loads(line)) for line in snapshot.rows.splitlines()]
        if [row.number for row in rows] != list(range(1, header.epoch + 1)):
            raise CheckpointRefused("Some of its epochs are missing.")
        for copies, array in zip(values, snapshot.arrays, strict=False):
            for variable in copies:
                variable.assign(array)
        place = len(values) + len(of_callbacks)
        self._restore_callbacks(header, snapshot.arrays[len(values) : place])
        self._restore_course(header, rows)
        self.course.best = best_after(rows, header.best, snapshot.arrays[place:])
        self._encoded_rows, self._rows_encoded = bytearray(snapshot.rows), len(rows)

    def _callback_forms(self, header: Header) -> list[ArrayForm]:
        """The forms of the callbacks' arrays, which are copies of all weights."""
        weights = [form_of(weight.value) for weight in self.model.weights]
        forms: list[ArrayForm] = []
        known = [(type(callback).__name__, {*kept_names(callback)}) for callback in self.callbacks]
        if [(state.kind, {*state.numbers, *state.arrays}) for state in header.callbacks] != known:
            raise CheckpointRefused("It does not have the callbacks of this training.")
        for state in header.callbacks:
            forms += weights * len(state.arrays)
        return forms

    def _restore_callbacks(self, header: Header, arrays: list[Array]) -> None:
        self.model.stop_training = header.is_to_stop
        place = 0
        for callback, state in zip(self.callbacks, header.callbacks, strict=True):
            for name, number in state.numbers.items():
                setattr(callback, name, number)
            for name, count in state.arrays.items():
                setattr(callback, name, arrays[place : place + count])
                place += count

    def _restore_course(self, header: Header, rows: list[EpochRow]) -> None:
        course = self.course
        course.rows[:] = rows
        course.step, course.logs, course.evaluation_step = header.step, header.logs, header.evaluation_step
        course.phase_epoch, course.phases[:] = header.phase_epoch or 0, header.phases or []
        course.epoch_began_at = None if header.epoch_seconds is None else time.monotonic() - header.epoch_seconds
        course.first_step_seconds = header.first_step_seconds
        course.evaluation_seconds = header.evaluation_seconds
        course.non_finite_loss = None if header.non_finite_loss is None else NonFiniteLoss(*header.non_finite_loss)
        self.timings.add(header.timings)

    def _rows(self) -> bytes:
        """The epochs as lines; each is encoded once, however many checkpoints it goes into."""
        for row in self.course.rows[self._rows_encoded :]:
            self._encoded_rows += json.dumps([row.number, row.metrics, row.duration_seconds]).encode() + b"\n"
        self._rows_encoded = len(self.course.rows)
        return bytes(self._encoded_rows)


def identity_of(spec: JobSpec, train_rows: int) -> dict[str, str]:
    """What decides a training's numbers, by name.

    Of the spec this is what was sent: with the defaults, every field that a later version adds would part all trainings
    from their checkpoints.
    """
    decisive = spec.model_dump(mode="json", include={"dataset", "network", "training"}, exclude_unset=True)
    digest = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()
    found = versions()
    return {"spec": digest, "number of rows": str(train_rows), **{name: found[name] for name in _SAME_VERSIONS}}


def rate_of(training: TrainingSpec) -> Any:  # noqa: ANN401 (JSON)
    """The learning rate of a training, as its spec has it."""
    return optimizer_of(training.optimizer).model_dump(mode="json", include={"learning_rate"})["learning_rate"]


def _state_of(callback: KerasObject) -> tuple[CallbackState, list[Array]]:
    numbers: dict[str, int | float | None] = {}
    counts: dict[str, int] = {}
    arrays: list[Array] = []
    for name, value in kept(callback).items():
        if isinstance(value, list):
            counts[name] = len(value)
            arrays += value
        else:
            numbers[name] = value
    return CallbackState(kind=type(callback).__name__, numbers=numbers, arrays=counts), arrays
