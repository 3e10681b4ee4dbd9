"""NumPy's archives of arrays (NPZ): features as ``x`` and targets as ``y``, without pickles."""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras.src.backend import config

from spec.datasets.built_in import CALIFORNIA_COLUMNS
from worker.trainer.data.folders import find
from worker.trainer.sources.keras_downloads import impatient_sockets
from worker.trainer.sources.rows import RawRows, in_drawn_order
from worker.trainer.sources.source import FolderSource
from worker.trainer.untyped import Array


@dataclass(frozen=True)
class CaliforniaHousing(FolderSource):
    """Keras's file of the 1990 census blocks, its own order before the drawn one (its loader shuffles)."""

    def load(self) -> RawRows:
        """In the drawn order."""
        (name,) = self.names
        path = find(name)
        if path is None:
            with impatient_sockets():
                keras.datasets.california_housing.load_data()
            path = Path(str(config.keras_home())) / "datasets" / name
        return in_drawn_order(*_read(path), CALIFORNIA_COLUMNS)


def _read(path: Path) -> tuple[Array, Array]:
    with np.load(path, allow_pickle=False) as arrays:
        return arrays["x"], arrays["y"]
