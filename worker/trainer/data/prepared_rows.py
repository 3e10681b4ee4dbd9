"""Rows of one kind as they were prepared, whoever reads them: to train on them, or to see how good one could be."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count, takewhile

from worker.trainer.untyped import Array


@dataclass(frozen=True)
class PreparedRows:
    """Rows of one kind, equally many in all arrays.

    Attributes:
        inputs: Features (float32), an array for each input of the network, in order.
        target: As `spec.training.targets.Encoding` says.
        weights: A weight a row (float32), or None. Those of training rows come from their classes, or from the data
            set; those of others from the data set alone.
    """

    inputs: tuple[Array, ...]
    target: Array
    weights: Array | None = None

    @classmethod
    def of(cls, arrays: Mapping[str, Array], kind: str) -> "PreparedRows | None":
        """Those of a kind, from arrays by the names of `worker.trainer.data.parts.Part`; None where there are none."""
        if f"{kind}_target" not in arrays:
            return None
        names = takewhile(arrays.__contains__, (f"{kind}_features_{place}" for place in count()))
        inputs = tuple(arrays[name] for name in names) or (arrays[f"{kind}_features"],)
        return cls(inputs, arrays[f"{kind}_target"], arrays.get(f"{kind}_weights"))

    def __len__(self) -> int:
        return len(self.target)

    @property
    def features(self) -> Array:
        """The features of the first input, which is the only one of most networks."""
        return self.inputs[0]

    @property
    def arrays(self) -> tuple[Array, ...]:
        """All of them, in the order in which steps take them."""
        return (*self.inputs, self.target, *([] if self.weights is None else [self.weights]))

    @property
    def unweighted(self) -> tuple[Array, ...]:
        """All of them but the weights."""
        return (*self.inputs, self.target)
