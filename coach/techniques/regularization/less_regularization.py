"""Less regularization."""

from typing import Annotated, Any

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.kernels import NetworkReading
from coach.reading.optimizers import TrainingReading
from coach.techniques.technique import Technique
from spec.language.declared import Section
from spec.layers import Layer
from spec.networks.regularizers import L1, L1L2, L2, regularizer_of

_COEFFICIENTS = ("l1", "l2")


class LessRegularizationParameters(Section):
    """Of the penalties that are left.

    Attributes:
        strength: The largest factor of a penalty.
        weight_decay: The largest weight decay of the optimizer.
    """

    strength: Annotated[float, Field(ge=0, le=1)] = 1e-5
    weight_decay: Annotated[float, Field(ge=0, le=1)] = 0.004


class LessRegularization(Technique[LessRegularizationParameters]):
    """Penalties that leave the targets in charge of the loss."""

    NAME = "less_regularization"
    TITLE = "Less regularization"
    PURPOSE = "Where penalties outweigh the loss of the targets, the network learns to have small weights, and no more."
    SECTION = "$\\ell_{1}$ and $\\ell_{2}$ Regularization"
    SOURCE = "Goodfellow, Bengio and Courville (2016), Deep learning, section 7.1"
    PARAMETERS = LessRegularizationParameters

    def move(self, job: CoachedJob, parameters: LessRegularizationParameters) -> Move | NotApplicable:
        """Every penalty that is stronger, and a weight decay that is larger."""
        network, training = NetworkReading(job), TrainingReading(job)
        draft = Draft(job)
        found: dict[tuple[str, tuple[float, float]], list[int]] = {}
        for index, layer in enumerate(network.layers):
            for field in _penalties_of(layer):
                strengths = _strengths(getattr(layer, field))
                if max(strengths) > parameters.strength:
                    found.setdefault((field, strengths), []).append(index)
        for (field, strengths), indices in found.items():
            draft.put(indices, field, _weaker(strengths, parameters.strength))
        decay = training.optimizer.weight_decay or 0
        is_decay = decay > parameters.weight_decay and training.is_optimizer_used
        if is_decay:
            draft.optimizer["weight_decay"] = parameters.weight_decay
        if not found and not is_decay:
            return NotApplicable(f"No penalty has a factor above {parameters.strength:g}, and no weights decay faster.")
        if not found:
            return draft.move(
                f"The weight decay of {decay:g} pulls all weights to 0; it becomes {parameters.weight_decay:g}."
            )
        most = max(max(strengths) for _, strengths in found)
        return draft.move(f"Penalties with factors up to {most:g} get a factor of {parameters.strength:g}.")


def _penalties_of(layer: Layer) -> list[str]:
    """The fields of a layer that have a penalty with factors."""
    fields = [name for name in type(layer).model_fields if name.endswith("_regularizer")]
    return [name for name in fields if isinstance(_read(getattr(layer, name)), L1 | L2 | L1L2)]


def _read(said: Any) -> Any:  # noqa: ANN401 -- a regularizer, its name, or None
    return None if said is None else regularizer_of(said)


def _strengths(said: Any) -> tuple[float, float]:  # noqa: ANN401 -- a regularizer or its name
    """The factors of the absolute values and of the squares."""
    penalty = regularizer_of(said)
    return getattr(penalty, "l1", 0.0), getattr(penalty, "l2", 0.0)


def _weaker(strengths: tuple[float, float], most: float) -> dict[str, Any]:
    """The same penalty with no factor above a bound."""
    factors = {name: min(one, most) for name, one in zip(_COEFFICIENTS, strengths, strict=True) if one}
    return {"type": "L1L2" if len(factors) > 1 else next(iter(factors)).upper(), **factors}
