"""Initializers: how a variable's first values are drawn. One class here is one of Keras's."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from spec.language.declared import Declared, OneOf, kinds, rule, said_by
from spec.language.faults import fault_error, raise_faults
from spec.language.vocabularies import Vocabulary
from spec.networks.left_out import LEFT_OUT_INITIALIZERS
from spec.networks.sizes import MATRIX_RANK, NotNegative, Positive, Seed, WholeOrList

FanAxes = Annotated[tuple[int, ...], WholeOrList(-32, 31, is_single_allowed=False)]
"""Axes of a variable: 0 is its first."""


class Initializer(Declared, is_base=True):
    """Base of the initializers."""

    def misfit(self, shape: Sequence[int]) -> str | None:
        """Why this cannot fill a variable of that shape, as a sentence; None where it can."""
        del shape
        return None


class Zeros(Initializer):
    """All values are 0."""


class Ones(Initializer):
    """All values are 1."""


class Constant(Initializer):
    """All values are `value`."""

    value: float = 0.0


class Normal(Initializer, is_base=True):
    """Base of the normal distributions."""

    mean: float = 0.0
    stddev: NotNegative = 0.05
    seed: Seed | None = None


class RandomNormal(Normal):
    """Normal distribution."""


class TruncatedNormal(Normal):
    """Normal distribution; values more than two standard deviations from the mean are drawn again."""


class RandomUniform(Initializer):
    """Uniform distribution between `minval` and `maxval`."""

    minval: float = -0.05
    maxval: float = 0.05
    seed: Seed | None = None

    @rule
    def _check_order(self) -> None:
        if self.minval > self.maxval:
            raise_faults([fault_error("out_of_range", "`minval` must not be greater than `maxval`.", at=("minval",))])


class Scaled(Initializer, is_base=True):
    """Base of those whose variance follows from how many inputs and outputs a unit has (its fans).

    Source: Glorot and Bengio (2010); He et al. (2015); LeCun et al. (1998).
    """

    seed: Seed | None = None
    input_axes: FanAxes | None = None
    output_axes: FanAxes | None = None

    def misfit(self, shape: Sequence[int]) -> str | None:
        """Fan axes must be axes of the variable."""
        if self.input_axes is None or self.output_axes is None:
            return None
        for axis in (*self.input_axes, *self.output_axes):
            if not -len(shape) <= axis < len(shape):
                return f"`{self.type}` uses axis {axis}, which this variable does not have."
        return None


class VarianceScaling(Scaled):
    """Variance `scale / fan`, where the fan is that of the inputs, of the outputs, or their mean."""

    scale: Positive = 1.0
    mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in"
    distribution: Literal["truncated_normal", "untruncated_normal", "uniform"] = "truncated_normal"


class GlorotUniform(Scaled):
    """Uniform distribution with the variance 1 / mean fan. The default of Keras."""


class GlorotNormal(Scaled):
    """Truncated normal distribution with the variance 1 / mean fan."""


class HeUniform(Scaled):
    """Uniform distribution with the variance 2 / input fan, for ReLU and similar activations."""


class HeNormal(Scaled):
    """Truncated normal distribution with the variance 2 / input fan, for ReLU and similar activations."""


class LecunUniform(Scaled):
    """Uniform distribution with the variance 1 / input fan."""


class LecunNormal(Scaled):
    """Truncated normal distribution with the variance 1 / input fan, for SELU."""


class Orthogonal(Initializer):
    """Orthogonal matrix; its columns are the last axis of the variable."""

    gain: float = 1.0
    seed: Seed | None = None

    def misfit(self, shape: Sequence[int]) -> str | None:
        """A vector has no orthogonal matrix."""
        return None if len(shape) > 1 else "`Orthogonal` needs a variable with at least two axes."


class IdentityInitializer(Initializer):
    """Identity matrix times `gain`."""

    type: Literal["Identity"] = "Identity"
    gain: float = 1.0

    def misfit(self, shape: Sequence[int]) -> str | None:
        """Only a matrix can be the identity."""
        return None if len(shape) == MATRIX_RANK else "`Identity` needs a matrix: a variable with two axes."


INITIALIZER_NAMES: Mapping[str, type[Initializer]] = {
    **{name: kind for name, kind in kinds(Initializer).items() if kind is not Constant},
    "zeros": Zeros,
    "zero": Zeros,
    "ones": Ones,
    "one": Ones,
    "random_normal": RandomNormal,
    "normal": RandomNormal,
    "truncated_normal": TruncatedNormal,
    "random_uniform": RandomUniform,
    "uniform": RandomUniform,
    "variance_scaling": VarianceScaling,
    "glorot_uniform": GlorotUniform,
    "glorot_normal": GlorotNormal,
    "he_uniform": HeUniform,
    "he_normal": HeNormal,
    "lecun_uniform": LecunUniform,
    "lecun_normal": LecunNormal,
    "orthogonal": Orthogonal,
    "OrthogonalInitializer": Orthogonal,
    "identity": IdentityInitializer,
    "IdentityInitializer": IdentityInitializer,
}
"""Every string that Keras takes for an initializer."""

RENAMED: Mapping[str, str] = {
    "xavier": "glorot_uniform",
    "xavier_uniform": "glorot_uniform",
    "xavier_normal": "glorot_normal",
    "kaiming_uniform": "he_uniform",
    "kaiming_normal": "he_normal",
    "he": "he_normal",
    "glorot": "glorot_uniform",
    "lecun": "lecun_normal",
    "gaussian": "random_normal",
}
"""What others call them."""

InitializerField = Annotated[
    Initializer | str,
    OneOf(Initializer, Vocabulary("initializer", RENAMED, LEFT_OUT_INITIALIZERS), names=INITIALIZER_NAMES),
]
"""An initializer, by its name or as an object with a ``type``."""


def initializer_of(value: Initializer | str) -> Initializer:
    """The initializer that a field's value says."""
    return said_by(value, INITIALIZER_NAMES)
