"""What a training begins with: weights of another one, or all that it needs to go on where that one ended."""

import logging
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from spec.inputs import InputName
from spec.jobs import JobSpec
from spec.networks.layer_mapping import mapped_layers
from spec.training.planned_phases import PlannedPhase
from worker.trainer.checkpoints.files import CheckpointRefused
from worker.trainer.checkpoints.state import TrainingState
from worker.trainer.failures import InitialWeightsUnusable
from worker.trainer.untyped import Model
from worker.trainer.weights.continuation import Continuation
from worker.trainer.weights.copies import copy_weights
from worker.trainer.weights.files import WeightsFile, WeightsRefused
from worker.trainer.work.training.attempt import Attempt

logger = logging.getLogger(__name__)


class Beginning:
    """What one attempt begins with, unless it has a checkpoint to go on from.

    Attributes:
        copied: The layers whose weights are copied, each with the name of the layer that they are copied from.
        epochs: How many epochs had ended then: none, unless the training goes on where another one ended.
        training: Its spec, whose epochs count from the beginning of the other one.

    Args:
        attempt: Which.
        spec: Of its job.
        names: Of the network's layers, as Keras names them.

    Raises:
        InitialWeightsUnusable: There is no file of weights, or it is damaged.
    """

    def __init__(self, attempt: Attempt, spec: JobSpec, names: Sequence[str]) -> None:
        self._attempt = attempt
        self._names = names
        self._said = spec.training.initial_weights
        self.copied: dict[str, str] = {}
        self.epochs, self.training = 0, spec.training
        if self._said is None:
            return
        with self._file() as file:
            self.copied = mapped_layers(self._said.layers, names, list(file.layers))
            if self._said.is_continued:
                self.epochs = attempt.course.earlier_epochs = Continuation(file).epochs
                self.training = spec.training.model_copy(update={"epochs": self.epochs + spec.training.epochs})

    def copy_into(self, model: Model, phases: Sequence[PlannedPhase]) -> None:
        """Copy weights into a network that was just built, and tell which.

        Raises:
            InitialWeightsUnusable: They are not those of such a network.
        """
        if self._said is None:
            return
        trained = {
            name
            for phase in phases
            for name, layer in zip(self._names, phase.network.layers, strict=True)
            if layer.trainable
        }
        with self._file() as file:
            copies = copy_weights(model, file, self.copied, trained)
        self._attempt.results["initial_weights"] = {
            "source": self._said.source.model_dump(mode="json"),
            "sha256": self._attempt.order.inputs[InputName.INITIAL_WEIGHTS].sha256,
            **copies.told(),
        }
        logger.info("Of the weights, %d were copied, and %d are fresh.", len(copies.copied), len(copies.fresh))

    def go_on(self, state: TrainingState) -> None:
        """Bring a training to where the other one ended, if that is what it begins with.

        Raises:
            InitialWeightsUnusable: It is not one that could go on from there.
        """
        if self._said is None or not self._said.is_continued:
            return
        with self._file() as file:
            Continuation(file).give(state, self.training)
        logger.info("Continuing after epoch %d of another training.", self.epochs)

    @contextmanager
    def _file(self) -> Generator[WeightsFile]:
        found = self._attempt.order.inputs.get(InputName.INITIAL_WEIGHTS)
        if found is None:
            raise InitialWeightsUnusable("There is no file with them.")
        try:
            with WeightsFile(Path(found.path)) as file:
                yield file
        except (WeightsRefused, CheckpointRefused) as refused:
            raise InitialWeightsUnusable(str(refused)) from refused
