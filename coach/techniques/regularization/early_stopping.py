"""Early stopping with the best weights."""

from typing import Annotated

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.optimizers import TrainingReading
from coach.techniques.technique import Technique
from spec.language.declared import Section
from spec.training.callbacks import EarlyStopping as EarlyStoppingCallback
from spec.training.callbacks import ReduceLROnPlateau

MOST_PATIENCE = 10_000
"""Epochs."""


class EarlyStoppingParameters(Section):
    """Of early stopping.

    Attributes:
        patience: After how many epochs without progress the training ends, at least.
    """

    patience: Annotated[int, Field(ge=1, le=MOST_PATIENCE)] = 5


class EarlyStopping(Technique[EarlyStoppingParameters]):
    """The training ends when it stops getting better on rows that it does not see."""

    NAME = "early_stopping"
    TITLE = "Early stopping with the best weights"
    PURPOSE = "The training ends once the validation loss has stopped falling, and goes back to its best weights."
    SECTION = "Avoiding Overfitting Through Regularization"
    SOURCE = "Prechelt (1998), Early stopping, but when?"
    PARAMETERS = EarlyStoppingParameters

    def move(self, job: CoachedJob, parameters: EarlyStoppingParameters) -> Move | NotApplicable:
        """A callback; one that is there is told to restore the best weights."""
        training = TrainingReading(job)
        if not training.has_validation:
            return NotApplicable("The training has no validation rows, so it cannot be seen when it overfits.")
        found = [
            (index, one) for index, one in enumerate(training.spec.callbacks) if isinstance(one, EarlyStoppingCallback)
        ]
        draft = Draft(job)
        if found:
            index, stop = found[0]
            if any(one.restore_best_weights for _, one in found):
                return NotApplicable("The training stops early already, with its best weights.")
            draft.callbacks()[index]["restore_best_weights"] = True
            return draft.move(f'The training stops early by "{stop.monitor}", and now ends with its best weights.')
        # The rate must have been lowered once in vain before the training is given up.
        waiting = [2 * one.patience for one in training.spec.callbacks if isinstance(one, ReduceLROnPlateau)]
        patience = max([parameters.patience, *waiting])
        body = {"type": "EarlyStopping", "monitor": "val_loss", "patience": patience, "restore_best_weights": True}
        draft.callbacks().append(body)
        epochs = f"{training.spec.epochs:,} epochs"
        return draft.move(
            f"Of up to {epochs}, the training makes {patience} after its best one, and then goes back to it."
        )
