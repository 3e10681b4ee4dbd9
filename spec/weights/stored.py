"""What is known of weights that a training can begin with, before they are loaded."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeAlias

from spec.layers import Shape
from spec.training.initial_weights import WeightsSource

WEIGHTS_FILE = "weights.safetensors"
"""The artifact that has the weights that a job ended with, and the state that a continued training takes along."""

BEST_WEIGHTS_FILE = "best_weights.safetensors"
"""The artifact that has the best weights of a job, where they are not the ones that it ended with."""


_NUMBER = re.compile(r"_\d+$")


def unnumbered(path: str) -> str:
    """The name of a variable within its layer, without the numbers of the layers that the layer holds.

    Keras counts these with all others: what is ``forward_lstm/lstm_cell/kernel`` in one network is
    ``forward_lstm_1/lstm_cell/kernel`` in another.
    """
    *folders, name = path.split("/")
    return "/".join([*(_NUMBER.sub("", folder) for folder in folders), name])


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """A layer whose weights are stored.

    Attributes:
        type: Its Keras class.
        variables: The shape of each variable by its `unnumbered` name, such as ``kernel``, in Keras's order.
    """

    type: str
    variables: Mapping[str, Shape]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the storage.

    Attributes:
        key: Where it lies.
        sha256: Of what it holds, in hexadecimal.
        size_bytes: How long it is.
    """

    key: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class WeightsFacts:
    """What is known of stored weights, wherever they are from.

    Attributes:
        name: What messages call their source, such as the id of a job.
        file: The file that they are in.
        layers: The layers that lead to the output of their network, by name, in its order.
        epochs: How many epochs they were trained; those that another training had before it are counted in.
        seed: Of the training that they are from, where they are a job's.
        spec: The spec of that job, as it was stored; None where it was not asked for, or where there is none. Only
            such weights can be trained on as if nothing had been between.
        unused: The names of its other layers, which have no weights.
        can_be_continued: Whether the file has the state that this takes: not after a break within a step.
    """

    name: str
    file: StoredFile
    layers: Mapping[str, StoredLayer]
    epochs: int = 0
    seed: int | None = None
    spec: Mapping[str, Any] | None = None
    unused: frozenset[str] = frozenset()
    can_be_continued: bool = True


class Absence(Enum):
    """Why a job that is there has no such weights."""

    NOT_ENDED = auto()
    NEVER_STORED = auto()
    NO_BEST = auto()


WeightsOf: TypeAlias = Callable[[WeightsSource], WeightsFacts | Absence | None]
"""The facts of the weights of a source, or why it has none; None where there is no such source."""


def no_weights(source: WeightsSource) -> None:
    """There is no source at all (a `WeightsOf`)."""
    del source
