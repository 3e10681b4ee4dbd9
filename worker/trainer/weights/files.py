"""Files of weights: safetensors, which hold arrays by name and nothing that could be run."""

import errno
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from worker.messages import Artifact
from worker.trainer.untyped import Array, Tensor

_FORMAT = "1"
"""Raised with every change of what the names mean."""

_INPUT = "InputLayer"


class WeightsRefused(Exception):
    """A file of weights that cannot be used; says why."""


def write(arrays: Mapping[str, Array | Tensor], layers: Sequence[tuple[str, str]], path: Path) -> Artifact:
    """Write a file, whole or not at all.

    Args:
        arrays: By name. A tensor shares its memory with what is written, so nothing is copied.
        layers: Name and Keras class of each layer of the model.
        path: Where to.

    Raises:
        OSError: The disk is full; nothing is left of it.
    """
    # For each array as it is; `ascontiguousarray` would give a number an axis.
    ordered = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    try:
        save_file(ordered, path, metadata={"format": _FORMAT, "layers": json.dumps(layers)})
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, SafetensorError) and os.strerror(errno.ENOSPC) in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise
    return Artifact(name=path.name, path=str(path), media_type="application/octet-stream")


class WeightsFile(AbstractContextManager["WeightsFile"]):
    """A file of weights, of which only what is asked for is read.

    Attributes:
        names: Of all its arrays.
        layers: The Keras class of each layer of the model that the weights are of, by the layer's name. The inputs of
            the model are layers to Keras alone, and left out: a layer of another network may be called as they are.

    Raises:
        WeightsRefused: There is none, it is damaged, or of another format.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file: Any = safe_open(path, "numpy")
            self.names = frozenset[str](self._file.keys())
            metadata: dict[str, str] = self._file.metadata() or {}
            found = metadata["format"]
            kinds: dict[str, str] = dict(json.loads(metadata["layers"])) if found == _FORMAT else {}
            self.layers = {name: kind for name, kind in kinds.items() if kind != _INPUT}
        except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
            raise WeightsRefused(f"It is damaged ({type(error).__name__}).") from error
        if found != _FORMAT:
            raise WeightsRefused(f"It has the format {found}, and this worker reads only the format {_FORMAT}.")

    def read(self, name: str) -> Array:
        """An array.

        Raises:
            WeightsRefused: There is none of this name.
        """
        try:
            return self._file.get_tensor(name)
        except SafetensorError as error:
            raise WeightsRefused(f'It does not have "{name}".') from error

    def of_layer(self, name: str) -> list[str]:
        """The names of a layer's weights."""
        return [one for one in self.names if one.startswith(f"{name}/")]

    def __exit__(self, *_: object) -> None:
        self._file.__exit__(None, None, None)
