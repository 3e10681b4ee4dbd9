"""Trains a spec to its end, leaving checkpoints on the way; goes on from one of them; compares to the bit."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np

from tests.trainer.parity import TRAINING, Engine, Rows, flat
from tests.trainer.plain_keras import Augment, Spec
from worker.trainer.checkpoints.files import read, write
from worker.trainer.compilation.traced_functions import TracedFunctions
from worker.trainer.epochs.call_lengths import CallLength
from worker.trainer.epochs.compiled_steps import tensors_of
from worker.trainer.epochs.streamed_steps import Rows as PlacedRows
from worker.trainer.signals.signal import Signal


class StepByStep(CallLength):
    """Ends every call after one step, so that every step can be the last."""

    def steps_for(self, remaining: int) -> int:
        return min(1, remaining)


class Run:
    """One training, every moment of which has a number: the loop looks for orders to stop before each step.

    Attributes:
        checkpoints: The moments whose checkpoint was kept -> its file.
        places: Every moment -> epochs that had ended, steps taken of the next, whether validation had begun.
    """

    def __init__(  # noqa: PLR0913
        self,
        layers: list[Spec],
        rows: Rows,
        validation: Rows | None,
        *,
        kept: Collection[int] | None = (),
        folder: Path | None = None,
        devices: Sequence[str] = (),
        place: Callable[..., PlacedRows] = tensors_of,
        signals: Sequence[Signal] = (),
        functions: TracedFunctions | None = None,
        augment: Augment = (),
        **said: object,
    ) -> None:
        self._kept = kept
        self._folder = folder
        self._test = place(*flat(validation or rows))
        self.checkpoints: dict[int, Path] = {}
        self.places: list[tuple[int, int, bool]] = []
        training = {**TRAINING, **said}
        self.engine = Engine(
            layers,
            training,
            rows,
            validation,
            is_stop_asked=self._look,
            at_pause=self._pause,
            devices=devices,
            place=place,
            signals=signals,
            functions=functions,
            augment=augment,
        )
        self.engine.loop._training_calls = self.engine.loop._evaluation_calls = StepByStep()

    def run(self) -> "Run":
        """Train to the end, and evaluate."""
        self.engine.run()
        self.final = [np.array(weights) for weights in self.engine.model.get_weights()]
        self.slots = [np.array(variable.value) for variable in self.engine.model.optimizer.variables]
        self.tested = self.engine.loop.evaluate(self._test)
        return self

    def resume(self, path: Path, drop: Callable[[Engine], None] | None = None) -> "Run":
        """Go on from a checkpoint, and train to the end; ``drop`` takes something of what was restored away.

        It may be done again and again: what an earlier run left behind must not show either.
        """
        self.places.clear()
        self.engine.loop._callbacks.on_train_begin()
        self.engine.state.restore(read(path))
        if drop is not None:
            drop(self.engine)
        return self.run()

    def differences(self, other: "Run") -> list[str]:
        """What differs from another run, apart from how long it took."""
        found: list[str] = []
        rows, others = ([(row.number, row.metrics) for row in run.engine.loop.course.rows] for run in (self, other))
        if repr(rows) != repr(others):
            found.append(f"epochs: {rows} {others}")
        for name in ("final", "slots"):
            pairs = zip(getattr(self, name), getattr(other, name), strict=True)
            if any(one.tobytes() != another.tobytes() for one, another in pairs):
                found.append(name)
        if repr(self.tested) != repr(other.tested):
            found.append("tested")
        if self.engine.loop.course.non_finite_loss != other.engine.loop.course.non_finite_loss:
            found.append("non-finite loss")
        return found

    def _look(self) -> bool:
        self._keep()
        return False

    def _pause(self, is_epoch_over: bool) -> None:
        if is_epoch_over:
            self._keep()

    def _keep(self) -> None:
        course, moment = self.engine.loop.course, len(self.places)
        self.places.append((len(course.rows), course.step, course.logs is not None))
        if self._folder is not None and (self._kept is None or moment in self._kept):
            path = self._folder / f"{moment}.npz"
            write(self.engine.state.capture(), path)
            self.checkpoints[moment] = path
