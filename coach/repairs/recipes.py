"""Sound setups: what a careful person changes in a network that does not learn, all of it at once.

A sick job often has several illnesses, and each hides the others: scaled inputs help nobody whose learning rate is a
thousand times too low. A setup replaces every choice by the usual one, and so leaves none of them out. Its moves are
techniques, made one after the other, and those that do not apply are left out.

Sources: Géron (2022), Hands-on machine learning, tables 11-3 and 11-4, whose default configuration it is; Bengio
(2012), Practical recommendations for gradient-based training of deep architectures; Ioffe and Szegedy (2015), Batch
normalization.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from coach.coached_job import CoachedJob
from coach.moves import BY_NAME, applied, moved
from coach.outcomes import NotApplicable
from coach.reading.activations import RECTIFYING
from coach.reading.kernels import NetworkReading
from coach.reading.optimizers import TrainingReading, rounded
from coach.techniques.initialization.first_weights import begins_with
from coach.techniques.regularization.early_stopping import MOST_PATIENCE
from spec.networks.initializers import GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform
from spec.patches.operations import MAX_OPERATIONS

Choose: TypeAlias = Callable[[CoachedJob], Mapping[str, Any]]
"""Works out the parameters of a technique for the job that the moves before it made."""


@dataclass(frozen=True)
class Ingredient:
    """A move of a recipe.

    Attributes:
        technique: Its name.
        parameters: Of the technique.
        is_wanted: Whether a job needs it.
    """

    technique: str
    parameters: "Mapping[str, Any] | Choose" = field(default_factory=dict[str, Any])
    is_wanted: Callable[[CoachedJob], bool] = lambda _: True

    def parameters_for(self, job: CoachedJob) -> dict[str, Any]:
        """Its parameters on a job."""
        return dict(self.parameters(job) if callable(self.parameters) else self.parameters)


@dataclass(frozen=True)
class Recipe:
    """Moves that are made one after the other.

    Attributes:
        title: What they make, in a few words.
        ingredients: They, in order.
    """

    title: str
    ingredients: Sequence[Ingredient]


@dataclass(frozen=True)
class Made:
    """What a recipe makes of a job.

    Attributes:
        techniques: Those that applied, in order.
        patch: Of all of them, on the job's spec.
    """

    techniques: Sequence[str]
    patch: Sequence[Mapping[str, Any]]


_ENOUGH_UPDATES = 3_000
"""So many updates a training should make, if smaller batches can bring it there."""
_LEAST_BATCH = 8
"""Gradients of fewer rows are mostly noise, and half of an epoch is overhead."""
_TRAVEL = 6.0
"""So far the updates of a training together should be able to move a weight. One of Adam's moves it by the learning
rate at most (Kingma and Ba, 2015), and weights of networks that have learned are of about that size."""
_LEAST_RATE = 1e-3
"""Keras's default."""
_MOST_RATE = 1e-2
_LEAST_PATIENCE = 5
_UNITS, _FILTERS, _LEAST_LAYERS, _MOST_LAYERS = 128, 32, 2, 3
_PENALTY = 1e-5
_FITTED = (GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform)


def _batch(job: CoachedJob) -> Mapping[str, Any]:
    """Half as many rows again and again, until the updates are enough."""
    training = TrainingReading(job)
    size = training.spec.batch_size
    while size >= 2 * _LEAST_BATCH and math.ceil(training.train_rows / size) * training.epochs < _ENOUGH_UPDATES:
        size //= 2
    return {"batch_size": size}


def _rate(job: CoachedJob) -> float:
    updates = max(1, TrainingReading(job).updates)
    return rounded(min(max(_TRAVEL / updates, _LEAST_RATE), _MOST_RATE))


def _adam(job: CoachedJob) -> Mapping[str, Any]:
    return {"learning_rate": _rate(job)}


def _factor(job: CoachedJob) -> Mapping[str, Any]:
    """The rate as a multiple of the usual one, for an optimizer that stays."""
    return {"factor": _rate(job) / TrainingReading(job).usual_rate}


def patience(job: CoachedJob) -> Mapping[str, Any]:
    """Of early stopping: a quarter of a job's epochs, since a network that learns anew has plateaus on its way.

    Args:
        job: A sound job.
    """
    return {"patience": min(max(_LEAST_PATIENCE, job.spec.training.epochs // 4), MOST_PATIENCE)}


def _has_odd_first_weights(job: CoachedJob) -> bool:
    """Whether first weights do not follow from the size of their layer; those of rectifiers are seen to already."""
    network = NetworkReading(job)
    if any(one.activation in RECTIFYING for one in network.hidden):
        return False
    return any(one.roles and not begins_with(one, _FITTED) for one in network.hidden)


_OUTPUT = (Ingredient("output_units"), Ingredient("output_activation"), Ingredient("fitting_loss"))
_SIGNALS = (
    Ingredient("scale_inputs"),
    Ingredient("no_hidden_softmax"),
    Ingredient("nonlinearity"),
    Ingredient("relu"),
    Ingredient("he_initialization"),
    Ingredient("glorot_initialization", is_wanted=_has_odd_first_weights),
)
_FREEDOM = (Ingredient("less_dropout", {"rate": 0.0}), Ingredient("less_regularization", {"strength": _PENALTY}))
_TRAINING = (
    Ingredient("smaller_batches", _batch),
    Ingredient("adam", _adam),
    Ingredient("lower_learning_rate", _factor),
    Ingredient("raise_learning_rate", _factor),
    Ingredient("early_stopping", patience),
)
_SHAPE = (
    Ingredient("wider_layers", {"units": _UNITS, "filters": _FILTERS}),
    Ingredient("deeper", {"layers": _LEAST_LAYERS}),
    Ingredient("shallower", {"layers": _MOST_LAYERS}),
)

RECIPES: tuple[Recipe, ...] = (
    Recipe("A sound setup with two or three wide layers", (*_OUTPUT, *_SIGNALS, *_SHAPE, *_FREEDOM, *_TRAINING)),
    Recipe(
        "A sound setup with batch normalization",
        (*_OUTPUT, *_SIGNALS, Ingredient("batch_normalization"), *_FREEDOM, *_TRAINING),
    ),
)
"""The most promising first. The second leaves the shape of the network as it is."""

_LOSS_CHANGING = frozenset({"output_units", "fitting_loss", "less_regularization"})


def made_by(recipe: Recipe, job: CoachedJob, *, is_loss_kept: bool = False) -> Made | None:
    """What a recipe makes of a job; None if none of its moves applies, or there are more changes than a patch may have.

    Args:
        recipe: It.
        job: A sound job.
        is_loss_kept: Whether the loss and the penalties in it must stay as they are.
    """
    techniques: list[str] = []
    patch: list[Mapping[str, Any]] = []
    for one in recipe.ingredients:
        if not one.is_wanted(job) or (is_loss_kept and one.technique in _LOSS_CHANGING):
            continue
        move = applied(BY_NAME[one.technique], job, one.parameters_for(job))
        if isinstance(move, NotApplicable):
            continue
        techniques.append(one.technique)
        patch += move.patch
        job = job.look_at(moved(job.said, move))
    return Made(techniques, patch) if 0 < len(patch) <= MAX_OPERATIONS else None
