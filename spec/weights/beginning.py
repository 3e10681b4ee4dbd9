"""With which weights a training begins: looked up, and held against its network."""

from collections.abc import Sequence
from dataclasses import dataclass

from spec.language.faults import Fault
from spec.networks.inference import Inferred
from spec.training.initial_weights import InitialWeights
from spec.weights.continuing import Continued
from spec.weights.copying import MappedLayers, absent_weights, copies
from spec.weights.stored import WeightsFacts, WeightsOf


@dataclass(frozen=True)
class KnownBeginning:
    """What is known of it.

    Attributes:
        weights: As they were sent; None where all are fresh.
        facts: What is known of them; None where there are none such, or where the training cannot be continued.
        faults: Why not.
    """

    weights: InitialWeights | None = None
    facts: WeightsFacts | None = None
    faults: Sequence[Fault] = ()

    def copies(self, inferred: Inferred) -> MappedLayers:
        """Which layers get weights, and everything that is wrong with that.

        Args:
            inferred: The network, without faults.
        """
        if self.weights is None or self.facts is None:
            return MappedLayers({}, [])
        return copies(self.weights, inferred, self.facts)


def find_beginning(weights: InitialWeights | None, weights_of: WeightsOf, continued: Continued) -> KnownBeginning:
    """Looks up what a training begins with.

    Args:
        weights: As they were sent; None where all are fresh.
        weights_of: Finds their facts.
        continued: What a training is continued with, if it is.
    """
    if weights is None:
        return KnownBeginning()
    found = weights_of(weights.source)
    if not isinstance(found, WeightsFacts):
        return KnownBeginning(weights, None, [absent_weights(weights.source, found)])
    broken = list(continued.broken_rules(found)) if weights.is_continued else []
    return KnownBeginning(weights, None if broken else found, broken)
