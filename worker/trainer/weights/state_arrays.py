"""All that those need who go on from a file of weights, beside the weights themselves. Imports no TensorFlow."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from worker.trainer.checkpoints.files import Header, Names, Snapshot
from worker.trainer.untyped import Array, Tensor
from worker.trainer.weights.keys import STATE

TOLD = f"{STATE}state"
EPOCHS = f"{STATE}epochs"

_PIECE_BYTES = 2**22


class Told(BaseModel):
    """What there is of a state beside its arrays.

    Attributes:
        header: As in a checkpoint, without the forms of its arrays, which the file tells itself.
        keys: The name in the file of each of its arrays.
        rate_places: Which of them are learning rates.
        learning_rate: As the optimizer has it in the spec.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    header: Header
    keys: list[str]
    rate_places: list[int]
    learning_rate: Any


def state_arrays(names: Names, snapshot: Snapshot, weights: Mapping[str, Array | Tensor]) -> dict[str, Array]:
    """The arrays that a file of weights has for those that go on from it, by name.

    An array that is the same as a weight of the file is not written once more.

    Args:
        names: What the arrays of the training are.
        snapshot: Its state at its end.
        weights: Those that the file has, by name, in the model's order.
    """
    entries = _Entries(weights)
    keys, of_weights = names.keys, list(weights)
    placed = [entries.place(key, array, "last") for key, array in zip(keys, snapshot.arrays, strict=False)]
    others = iter(snapshot.arrays[len(keys) :])
    header = snapshot.header.model_copy(update={"names": None})
    for index, callback in enumerate(header.callbacks):
        for name, count in callback.arrays.items():
            group = f"callbacks/{index}/{name}"
            placed += [entries.place(key, next(others), group) for key in of_weights[:count]]
    placed += [entries.place(key, array, "best") for key, array in zip(of_weights, others, strict=False)]
    told = Told(header=header, keys=placed, rate_places=names.rate_places, learning_rate=names.learning_rate)
    # Unlike pydantic's own JSON, this one keeps NaN and infinities.
    entries.added[TOLD] = np.frombuffer(json.dumps(told.model_dump()).encode(), np.uint8)
    entries.added[EPOCHS] = np.frombuffer(snapshot.rows, np.uint8)
    return entries.added


class _Entries:
    """The arrays of a file beside its weights.

    Attributes:
        added: By name.
    """

    def __init__(self, weights: Mapping[str, Array | Tensor]) -> None:
        self.added: dict[str, Array] = {}
        self._alike = {key: {key: np.asarray(weight)} for key, weight in weights.items()}

    def place(self, key: str, array: Array | Tensor, group: str) -> str:
        """Under which name an array is found, in its group unless it is there already.

        Args:
            key: Of a weight, or the name of what is none.
            array: What it is.
            group: The group of those that differ from the weight.
        """
        values, alike = np.asarray(array), self._alike.get(key)
        if alike is None:
            self.added[key] = values
            return key
        for name, other in alike.items():
            if is_same(values, other):
                return name
        name = f"{STATE}{group}/{key}"
        self.added[name] = alike[name] = values
        return name


def is_same(one: Array, other: Array) -> bool:
    """Whether two arrays are equal to the bit; what is compared is not copied, however long they are."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    if one.ctypes.data == other.ctypes.data:
        return True
    mine, others = _bytes_of(one), _bytes_of(other)
    pieces = (slice(first, first + _PIECE_BYTES) for first in range(0, len(mine), _PIECE_BYTES))
    return all(np.array_equal(mine[piece], others[piece]) for piece in pieces)


def _bytes_of(array: Array) -> Array:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)
