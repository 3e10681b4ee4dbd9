"""Optimizers: one class here is one of Keras's, one field one of its constructor's arguments."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field

from spec.language.declared import Declared, OneOf, kinds, rule, said_by
from spec.language.faults import Location, fault_error, raise_faults
from spec.language.lists import AtMost, Several
from spec.language.retired import Retired, formerly
from spec.language.synonyms import OPTIMIZER_WAYS, RENAMED_OPTIMIZERS
from spec.language.vocabularies import Vocabulary
from spec.networks.sizes import Fraction, NotNegative, Positive
from spec.training.left_out import LEFT_OUT_OPTIMIZER_ARGUMENTS, LEFT_OUT_OPTIMIZER_METHODS, LEFT_OUT_OPTIMIZERS
from spec.training.schedules import LearningRate, OneCycle, Schedule

Decay = Annotated[float, Field(ge=0, lt=1)]
"""How much of a running mean is kept each step: 1 would keep it for ever, and divide by zero in the bias correction."""

NORMALIZATION = "normalization"
"""What `exclude_from_weight_decay` calls the variables of all layers that normalize."""

OPTIMIZER: Location = ("training", "optimizer")
"""Where a job says its optimizer."""

SparedName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.*\-]{1,64}(/[A-Za-z0-9_.*\-]{1,64})?$")]
"""What `exclude_from_weight_decay` may call variables: names of layers, of variables, or both with a slash between."""

Steps = Annotated[int, Field(ge=0, le=2**53)]
"""A number of updates."""


class Optimizer(Declared, is_base=True):
    """Base of the optimizers: the arguments that all share.

    Attributes:
        learning_rate: The learning rate: a number, or a schedule as an object.
        exclude_from_weight_decay: What `weight_decay` does not apply to: ``bias``, ``normalization`` (all variables of
            normalization layers), names of layers, or names of variables such as ``dense/kernel``. A ``*`` stands for
            any characters. In Keras this is a method of the same name.

    Class attributes:
        MOMENTUM: The argument that a `OneCycle` with momentum would move, or None.
        NOT_KERAS: Fields that Keras's constructor does not take.
    """

    NOT_KERAS: ClassVar[frozenset[str]] = frozenset({"exclude_from_weight_decay"})
    EXPLAINED: ClassVar[Mapping[str, str]] = {
        "exclude_from_weight_decay": (
            'This must be a list of what to exclude: "bias", "normalization", names of layers, or names of variables '
            'such as "dense/kernel". Names contain the letters A to Z and a to z, digits, underscores, hyphens and '
            'dots. A "*" stands for any of them.'
        )
    }

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        "lr": formerly("learning_rate"),
        "decay": Retired(
            "To lower the rate over time, set `learning_rate` to a schedule such as "
            '{"type": "InverseTimeDecay", "initial_learning_rate": …, "decay_steps": 1, "decay_rate": …}. '
            "To shrink the weights, set `weight_decay`."
        ),
    }
    NOT_OFFERED: ClassVar[Mapping[str, str]] = {**LEFT_OUT_OPTIMIZER_METHODS, **LEFT_OUT_OPTIMIZER_ARGUMENTS}
    MOMENTUM: ClassVar[str | None] = None

    learning_rate: LearningRate = 0.001
    weight_decay: NotNegative | None = None
    clipnorm: Positive | None = None
    clipvalue: Positive | None = None
    global_clipnorm: Positive | None = None
    use_ema: bool = False
    ema_momentum: Fraction = 0.99
    ema_overwrite_frequency: Annotated[int, Field(ge=1, le=2**53)] | None = None
    loss_scale_factor: Positive | None = None
    gradient_accumulation_steps: Annotated[int, Field(ge=2, le=1_000_000)] | None = None
    exclude_from_weight_decay: Annotated[Several[SparedName], AtMost(100, "names")] | None = None

    @rule
    def _check_clipping(self) -> None:
        said = [name for name in ("clipnorm", "clipvalue", "global_clipnorm") if getattr(self, name) is not None]
        sentence = "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set."
        raise_faults([fault_error("exclusive", sentence, at=(name,)) for name in said[1:]])

    @rule
    def _check_spared(self) -> None:
        if self.exclude_from_weight_decay is not None and not self.has_weight_decay():
            sentence = "There is no weight decay to exclude anything from. Set `weight_decay`, or leave this out."
            raise_faults([fault_error("no_weight_decay", sentence, at=("exclude_from_weight_decay",))])

    @rule
    def _check_mirrored_momentum(self) -> None:
        rate = self.learning_rate
        if isinstance(rate, OneCycle) and rate.has_momentum and self.MOMENTUM is None:
            sentence = (
                f"`{self.type}` has no momentum for the schedule to change. "
                "Leave `max_momentum` and `min_momentum` out, or use another optimizer."
            )
            raise_faults([fault_error("no_momentum", sentence, at=("learning_rate", "max_momentum"))])

    def has_weight_decay(self) -> bool:
        """Whether weights are shrunk at all."""
        return self.weight_decay is not None

    def arguments(self) -> dict[str, Any]:
        """The constructor arguments that were said."""
        return {name: value for name, value in super().arguments().items() if name not in self.NOT_KERAS}

    def multiplied(self, factor: float) -> Self:
        """The same optimizer with a learning rate that is a multiple of this one's."""
        rate = self.learning_rate
        changed = rate.multiplied(factor) if isinstance(rate, Schedule) else rate * factor
        return self.model_copy(update={"learning_rate": changed})

    def slots(self) -> int:
        """How many numbers it keeps for each trainable parameter; an estimate, for memory."""
        extra = self.use_ema + (self.gradient_accumulation_steps is not None)
        return self._moments() + extra

    def _moments(self) -> int:
        return 2

    @property
    def schedule(self) -> Schedule | None:
        """The learning rate's schedule, or None where it is a number."""
        return self.learning_rate if isinstance(self.learning_rate, Schedule) else None


def _check_moved(momentum: float, rate: float | Schedule) -> None:
    if isinstance(rate, OneCycle) and rate.has_momentum and not momentum:
        sentence = "The schedule changes the momentum, so `momentum` must be greater than 0."
        raise_faults([fault_error("no_momentum", sentence, at=("momentum",))])


class SGD(Optimizer):
    """Gradient descent, with optional momentum and Nesterov momentum."""

    MOMENTUM = "momentum"
    learning_rate: LearningRate = 0.01
    momentum: Fraction = 0.0
    nesterov: bool = False

    @rule
    def _check_moved_momentum(self) -> None:
        _check_moved(self.momentum, self.learning_rate)

    def _moments(self) -> int:
        return 1 if self.momentum else 0


class RMSprop(Optimizer):
    """Divides gradients by the root of their moving mean square."""

    MOMENTUM = "momentum"
    rho: Decay = 0.9
    momentum: Fraction = 0.0
    epsilon: NotNegative = 1e-7
    centered: bool = False

    @rule
    def _check_moved_momentum(self) -> None:
        _check_moved(self.momentum, self.learning_rate)

    def _moments(self) -> int:
        return 1 + (self.momentum > 0) + self.centered


class _TwoMoments(Optimizer, is_base=True):
    """The Adam family's arguments."""

    MOMENTUM = "beta_1"
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: NotNegative = 1e-7


class Adam(_TwoMoments):
    """Moving averages of the gradient and of its square, both corrected for their bias."""

    amsgrad: bool = False

    def _moments(self) -> int:
        return 2 + self.amsgrad


class AdamW(_TwoMoments):
    """Adam with decoupled weight decay."""

    weight_decay: NotNegative = 0.004  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues]  # frozen: narrowing is sound
    amsgrad: bool = False

    def _moments(self) -> int:
        return 2 + self.amsgrad


class Adamax(_TwoMoments):
    """Adam with the maximum norm of the gradients in place of their mean square."""


class Nadam(_TwoMoments):
    """Adam with Nesterov momentum."""


class Lamb(_TwoMoments):
    """Adam with steps that are scaled for each layer, for large batches."""


class Adadelta(Optimizer):
    """Steps in the units of the weights, from two moving mean squares."""

    rho: Decay = 0.95
    epsilon: NotNegative = 1e-7


class Adagrad(Optimizer):
    """Divides gradients by the root of the sum of all their squares."""

    initial_accumulator_value: NotNegative = 0.1
    epsilon: NotNegative = 1e-7

    def _moments(self) -> int:
        return 1


class Adafactor(Optimizer):
    """Adam with mean squares that are stored by row and column, which needs little memory."""

    beta_2_decay: Annotated[float, Field(lt=0)] = -0.8
    epsilon_1: NotNegative = 1e-30
    epsilon_2: NotNegative = 1e-3
    clip_threshold: Positive = 1.0
    relative_step: bool = True


class Ftrl(Optimizer):
    """Follow the regularized leader, for sparse and wide models."""

    learning_rate_power: Annotated[float, Field(le=0)] = -0.5
    initial_accumulator_value: NotNegative = 0.1
    l1_regularization_strength: NotNegative = 0.0
    l2_regularization_strength: NotNegative = 0.0
    l2_shrinkage_regularization_strength: NotNegative = 0.0
    beta: NotNegative = 0.0


class Lion(Optimizer):
    """Sign of a moving average of the gradients, with a single moment."""

    MOMENTUM = "beta_1"
    beta_1: Annotated[float, Field(gt=0, le=1)] = 0.9
    beta_2: Fraction = 0.99

    def _moments(self) -> int:
        return 1


class Muon(Optimizer):
    """Orthogonalized momentum for matrices, and AdamW for all other variables."""

    EXPLAINED: ClassVar[Mapping[str, str]] = {
        **Optimizer.EXPLAINED,
        "exclude_layers": (
            "This must be a list of names of layers, or of parts of such names. Each has up to 64 characters: the "
            "letters "
            "A to Z and a to z, digits, underscores and slashes."
        ),
    }
    MOMENTUM = "momentum"
    adam_beta_1: Decay = 0.9
    adam_beta_2: Decay = 0.999
    adam_weight_decay: NotNegative | None = 0.004
    epsilon: NotNegative = 1e-7
    weight_decay: NotNegative | None = 0.004
    exclude_layers: (
        Annotated[Several[Annotated[str, Field(pattern=r"^[A-Za-z0-9_/]+$", max_length=64)]], AtMost(100, "names")]
        | None
    ) = None
    exclude_embeddings: bool = True
    muon_a: float = 3.4445
    muon_b: float = -4.775
    muon_c: float = 2.0315
    adam_lr_ratio: NotNegative = 1
    momentum: Fraction = 0.95
    ns_steps: Annotated[int, Field(ge=1, le=100)] = 5
    nesterov: bool = True
    rms_rate: Positive | None = 0.2

    def has_weight_decay(self) -> bool:
        """Muon has a decay for matrices, and one for all other variables."""
        return self.weight_decay is not None or self.adam_weight_decay is not None


class ScheduleFreeAdamW(Optimizer):
    """AdamW with a moving average of the weights in place of a schedule."""

    learning_rate: LearningRate = 0.0025
    beta_1: Annotated[float, Field(gt=0, lt=1)] = 0.9
    beta_2: Decay = 0.999
    epsilon: NotNegative = 1e-8
    warmup_steps: Steps = 0


OPTIMIZER_NAMES: Mapping[str, type[Optimizer]] = {
    spelling: kind
    for name, kind in kinds(Optimizer).items()
    if kind is not Lamb  # Keras has no string for it
    for spelling in (name.lower(), name)
}
"""The strings that Keras takes for an optimizer. (It ignores case altogether; these are the two usual spellings.)"""

OptimizerField = Annotated[
    Optimizer | str,
    OneOf(
        Optimizer,
        Vocabulary("optimizer", RENAMED_OPTIMIZERS, LEFT_OUT_OPTIMIZERS, OPTIMIZER_WAYS),
        names=OPTIMIZER_NAMES,
    ),
]
"""An optimizer, by its name or as an object with a ``type``."""


def optimizer_of(value: Optimizer | str) -> Optimizer:
    """The optimizer that a field's value says."""
    return said_by(value, OPTIMIZER_NAMES)
