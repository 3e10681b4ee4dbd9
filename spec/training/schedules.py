"""Learning-rate schedules: Keras's own, and 1cycle, which Keras lacks.

A schedule counts steps (updates of the weights, from 0), or, with ``"unit": "epoch"``, epochs: epoch e
(from 0) then trains at the schedule's value at e, one rate the epoch long, as Keras's
``LearningRateScheduler`` would set it.
"""

import math
from abc import abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, ErrorDetails, InitErrorDetails, core_schema

from spec.language.declared import Declared, OneOf, rule
from spec.language.faults import fault_error, raise_faults
from spec.language.lists import AtMost, OneOrMore, Several
from spec.language.sentences import counted, sentence_of
from spec.language.synonyms import RENAMED_SCHEDULES, SCHEDULE_WAYS
from spec.language.vocabularies import Vocabulary
from spec.networks.sizes import NotNegative, Positive
from spec.training.left_out import LEFT_OUT_SCHEDULE_ARGUMENTS, LEFT_OUT_SCHEDULES

MAX_PIECES = 1000
"""The most values a piecewise schedule may have."""

_VOCABULARY = Vocabulary("schedule", RENAMED_SCHEDULES, LEFT_OUT_SCHEDULES, SCHEDULE_WAYS)


class Schedule(Declared, is_base=True):
    """Base of the schedules.

    Attributes:
        unit: Whether the schedule counts steps or epochs.

    Class attributes:
        NOT_KERAS: Fields that the service reads itself and Keras's class does not take.
        RATES: Fields that are rates, in any of Keras's schedules.
    """

    NOT_KERAS: ClassVar[frozenset[str]] = frozenset({"unit"})
    RATES: ClassVar[frozenset[str]] = frozenset(
        {"initial_learning_rate", "end_learning_rate", "warmup_target", "values"}
    )
    NOT_OFFERED: ClassVar[Mapping[str, str]] = LEFT_OUT_SCHEDULE_ARGUMENTS
    unit: Literal["step", "epoch"] = "step"

    def arguments(self) -> dict[str, Any]:
        """The constructor arguments of Keras's class that were said."""
        return {name: value for name, value in super().arguments().items() if name not in self.NOT_KERAS}

    def multiplied(self, factor: float) -> Self:
        """The same schedule with all rates multiplied."""
        changed: dict[str, object] = {}
        for name in self.RATES.intersection(type(self).model_fields):
            rate: float | tuple[float, ...] | None = getattr(self, name)
            if isinstance(rate, tuple):
                changed[name] = tuple(one * factor for one in rate)
            elif rate is not None:
                changed[name] = rate * factor
        return self.model_copy(update=changed)

    @abstractmethod
    def rate(self, step: float, *, total_steps: int) -> float:
        """The learning rate of a step.

        Args:
            step: From 0; epochs where the unit is the epoch.
            total_steps: How many the whole run has, in the same unit. Only `OneCycle` asks.
        """


def _power(base: float, exponent: float) -> float:
    """``base ** exponent``, infinite where it is too large, as in Keras, rather than an error."""
    try:
        return base**exponent
    except OverflowError:
        return math.inf


class StepwiseDecay(Schedule, is_base=True):
    """Base of those that decay once every `decay_steps` steps: gradually, or all at once if `staircase` is set."""

    initial_learning_rate: NotNegative
    decay_steps: Positive
    decay_rate: NotNegative
    staircase: bool = False

    def decays(self, step: float) -> float:
        """How often the rate has decayed by a step; a whole number if `staircase` is set."""
        power = step / self.decay_steps
        return math.floor(power) if self.staircase else power


class ExponentialDecay(StepwiseDecay):
    """`initial_learning_rate * decay_rate ** (step / decay_steps)`, with whole exponents if `staircase` is set."""

    def rate(self, step: float, *, total_steps: int) -> float:
        """As Keras computes it, in double precision."""
        del total_steps
        return self.initial_learning_rate * _power(self.decay_rate, self.decays(step))


class InverseTimeDecay(StepwiseDecay):
    """Power scheduling: `initial_learning_rate / (1 + decay_rate * step / decay_steps)`.

    With ``decay_steps`` 1 this is what older Kerases did with an optimizer's ``decay``.
    """

    def rate(self, step: float, *, total_steps: int) -> float:
        """As Keras computes it, in double precision."""
        del total_steps
        return self.initial_learning_rate / (1 + self.decay_rate * self.decays(step))


class PiecewiseConstantDecay(Schedule):
    """`values[0]` up to and including step `boundaries[0]`, then `values[1]`, and so on."""

    boundaries: Annotated[OneOrMore[Annotated[int, Field(ge=0, le=2**53)]], AtMost(MAX_PIECES - 1, "boundaries")]
    values: Annotated[Several[NotNegative], AtMost(MAX_PIECES, "values")]

    @rule
    def _check_pieces(self) -> None:
        wanted = len(self.boundaries) + 1
        if len(self.values) != wanted:
            sentence = (
                f"With {counted(len(self.boundaries), 'boundary', 'boundaries')}, the training has {wanted} parts, so "
                f"this must have {wanted} values, not {len(self.values)}."
            )
            raise_faults([fault_error("values_of_pieces", sentence, at=("values",))])
        for index in range(1, len(self.boundaries)):
            if self.boundaries[index] <= self.boundaries[index - 1]:
                sentence = "Boundaries must be in increasing order, and this one is not greater than the one before it."
                raise_faults([fault_error("not_rising", sentence, at=("boundaries", index))])

    def rate(self, step: float, *, total_steps: int) -> float:
        """A boundary belongs to the piece before it, as in Keras."""
        del total_steps
        return self.values[bisect_left(self.boundaries, step)]


class PolynomialDecay(Schedule):
    """Falls to `end_learning_rate` as `(1 - step / decay_steps) ** power`, and then stays there.

    With ``cycle``, ``decay_steps`` grows to its next multiple beyond the step instead.
    """

    initial_learning_rate: NotNegative
    decay_steps: Positive
    end_learning_rate: NotNegative = 0.0001
    power: NotNegative = 1.0
    cycle: bool = False

    def rate(self, step: float, *, total_steps: int) -> float:
        """As Keras computes it, in double precision."""
        del total_steps
        decay_steps = self.decay_steps
        if self.cycle:
            decay_steps *= math.ceil(step / decay_steps) if step else 1
        else:
            step = min(step, decay_steps)
        fallen = (1 - step / decay_steps) ** self.power
        return (self.initial_learning_rate - self.end_learning_rate) * fallen + self.end_learning_rate


class CosineDecay(Schedule):
    """Falls along half a cosine to `alpha` times the initial rate, after an optional linear warm-up.

    Source: Loshchilov and Hutter (2016), SGDR.
    """

    initial_learning_rate: NotNegative
    decay_steps: Positive
    alpha: NotNegative = 0.0
    warmup_target: NotNegative | None = None
    warmup_steps: NotNegative = 0

    @rule
    def _check_warmup(self) -> None:
        if self.warmup_target is None and self.warmup_steps:
            sentence = "This is required with `warmup_steps`. Without it, Keras would skip the warm-up."
            raise_faults([fault_error("missing", sentence, at=("warmup_target",))])

    def rate(self, step: float, *, total_steps: int) -> float:
        """As Keras computes it, in double precision."""
        del total_steps
        top = self.initial_learning_rate
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                return top + (self.warmup_target - top) * step / self.warmup_steps
            step -= self.warmup_steps
            top = self.warmup_target
        half = 0.5 * (1 + math.cos(math.pi * min(step, self.decay_steps) / self.decay_steps))
        return top * ((1 - self.alpha) * half + self.alpha)


class CosineDecayRestarts(Schedule):
    """Repeated half cosines, each `t_mul` times as long and `m_mul` times as high as the one before.

    Source: Loshchilov and Hutter (2016), SGDR.
    """

    initial_learning_rate: NotNegative
    first_decay_steps: Positive
    t_mul: Annotated[float, Field(ge=1)] = 2.0
    m_mul: NotNegative = 1.0
    alpha: NotNegative = 0.0

    def rate(self, step: float, *, total_steps: int) -> float:
        """As Keras computes it, in double precision."""
        del total_steps
        done = step / self.first_decay_steps
        if self.t_mul == 1:
            restarts = math.floor(done)
            done -= restarts
        else:
            restarts = math.floor(math.log(1 - done * (1 - self.t_mul)) / math.log(self.t_mul))
            grown = self.t_mul**restarts
            done = (done - (1 - grown) / (1 - self.t_mul)) / grown
        half = 0.5 * _power(self.m_mul, restarts) * (1 + math.cos(math.pi * done))
        return self.initial_learning_rate * ((1 - self.alpha) * half + self.alpha)


class OneCycle(Schedule):
    """1cycle: the rate rises, falls back and is annihilated over exactly the whole run. Momentum can mirror it.

    With n updates in the run, update k (counted from 0) is at ``p = k / (n - 1)`` (0 if n is 1, at most 1). The rate
    changes linearly in three stages.

    - Up to ``warmup_fraction``, it rises from ``initial_learning_rate`` to ``max_learning_rate``.
    - Up to ``1 - final_fraction``, it falls back to ``initial_learning_rate``.
    - From there to the end, it falls to ``final_learning_rate``.

    If ``max_momentum`` and ``min_momentum`` are given, momentum (``beta_1`` of the Adam family) falls from the maximum
    to the minimum while the rate rises, rises back while it falls, and stays at the maximum to the end.

    By default, ``initial_learning_rate`` is a tenth of the maximum, and ``final_learning_rate`` a thousandth of the
    initial rate ("several orders of magnitude less").

    Source: Smith (2018), "A disciplined approach to neural network hyper-parameters: Part 1", section 4.1;
    Smith and Topin (2017), "Super-convergence".
    """

    max_learning_rate: Positive
    initial_learning_rate: NotNegative | None = None
    final_learning_rate: NotNegative | None = None
    warmup_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.45
    final_fraction: Annotated[float, Field(ge=0, lt=1)] = 0.1
    max_momentum: Annotated[float, Field(ge=0, lt=1)] | None = None
    min_momentum: Annotated[float, Field(ge=0, lt=1)] | None = None

    @rule
    def _check_phases(self) -> None:
        errors = [
            fault_error("out_of_range", f"`{name}` must not be greater than `max_learning_rate`.", at=(name,))
            for name in ("initial_learning_rate", "final_learning_rate")
            if (getattr(self, name) or 0.0) > self.max_learning_rate
        ]
        if self.warmup_fraction + self.final_fraction > 1:
            sentence = "`warmup_fraction` and `final_fraction` together must not be greater than 1."
            errors.append(fault_error("out_of_range", sentence, at=("final_fraction",)))
        if (self.max_momentum is None) != (self.min_momentum is None):
            missing = "max_momentum" if self.max_momentum is None else "min_momentum"
            errors.append(fault_error("missing", "Set `max_momentum` and `min_momentum` together.", at=(missing,)))
        elif self.max_momentum is not None and self.min_momentum is not None and self.min_momentum > self.max_momentum:
            sentence = "`min_momentum` must be at most `max_momentum`."
            errors.append(fault_error("out_of_range", sentence, at=("min_momentum",)))
        raise_faults(errors)

    @property
    def has_momentum(self) -> bool:
        """Whether momentum mirrors the rate."""
        return self.max_momentum is not None

    @property
    def first_rate(self) -> float:
        """The rate of the first update."""
        return self.max_learning_rate / 10 if self.initial_learning_rate is None else self.initial_learning_rate

    @property
    def last_rate(self) -> float:
        """The rate of the last update."""
        return self.first_rate / 1000 if self.final_learning_rate is None else self.final_learning_rate

    def rate(self, step: float, *, total_steps: int) -> float:
        """The formula above."""
        progress = self._progress(step, total_steps)
        height = self._height(progress)
        if height is not None:
            return self.first_rate + (self.max_learning_rate - self.first_rate) * height
        left = (1 - progress) / self.final_fraction if self.final_fraction else 0.0
        return self.last_rate + (self.first_rate - self.last_rate) * left

    def momentum(self, step: float, *, total_steps: int) -> float | None:
        """Momentum at a step, or None where the schedule leaves it alone."""
        if self.max_momentum is None or self.min_momentum is None:
            return None
        height = self._height(self._progress(step, total_steps)) or 0.0
        return self.max_momentum - (self.max_momentum - self.min_momentum) * height

    @staticmethod
    def _progress(step: float, total_steps: int) -> float:
        return min(1.0, step / (total_steps - 1)) if total_steps > 1 else 0.0

    def _height(self, progress: float) -> float | None:
        """0 at the cycle's feet, 1 at its top; None once the cycle is over."""
        if progress <= self.warmup_fraction:
            return progress / self.warmup_fraction
        foot = 1 - self.final_fraction
        return (foot - progress) / (foot - self.warmup_fraction) if progress < foot else None


_WANTED: tuple[type, ...] = (int, float, dict, Schedule)


@dataclass(frozen=True)
class RateOrSchedule:
    """Annotation of a learning rate: a number above 0, or a schedule as an object with a ``type``."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        number = core_schema.float_schema(gt=0, allow_inf_nan=False)
        schedule = handler.generate_schema(Annotated[Schedule, OneOf(Schedule, _VOCABULARY)])
        choice = core_schema.tagged_union_schema({"number": number, "schedule": schedule}, discriminator=_number_or_not)
        return core_schema.no_info_wrap_validator_function(self._check, choice)

    @staticmethod
    def _check(value: object, inner: Callable[[object], float | Schedule]) -> float | Schedule:
        try:
            if isinstance(value, _WANTED) and not isinstance(value, bool):
                return inner(value)
        except ValidationError as error:
            # The union's own tag is no part of the body.
            raise_faults([_untagged(line) for line in error.errors(include_url=False)])
        sentence = "A learning rate must be a number greater than 0, or a schedule as an object with a `type`."
        raise_faults([fault_error("learning_rate_type", sentence)])
        raise AssertionError  # pragma: no cover - raise_faults has raised


def _number_or_not(value: object) -> str:
    return "number" if isinstance(value, int | float) else "schedule"


def _untagged(line: ErrorDetails) -> InitErrorDetails:
    suggestion = line.get("ctx", {}).get("suggestion")
    return fault_error(line["type"], sentence_of(line), at=line["loc"][1:], suggestion=suggestion)


LearningRate = Annotated[float | Schedule, RateOrSchedule()]
"""A number above 0, or a schedule."""
