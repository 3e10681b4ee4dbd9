"""The tables and the digits that come with scikit-learn."""

from abc import ABC
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sklearn.datasets

from worker.trainer.sources.rows import RawRows, in_drawn_order
from worker.trainer.sources.source import Source, stamp_of

_FOLDER = Path(str(sklearn.datasets.__file__)).parent / "data"


class _Packaged(Source, ABC):
    """Its files come with the package."""

    def stamp(self) -> str | None:
        """Of all that comes with the package."""
        return stamp_of([_FOLDER])


@dataclass(frozen=True)
class Table(_Packaged):
    """A table of scikit-learn's, in the order ``default_rng(0).permutation(n)``: its own is sorted by class.

    Attributes:
        loader: scikit-learn's.
    """

    loader: Callable[..., Any]

    def load(self) -> RawRows:
        """In the drawn order."""
        bunch = self.loader()
        return in_drawn_order(bunch.data, bunch.target, tuple(str(name) for name in bunch.feature_names))


class Digits(_Packaged):
    """The 8 x 8 images of handwritten digits, in their own order."""

    def load(self) -> RawRows:
        """As scikit-learn has them."""
        bunch: Any = sklearn.datasets.load_digits()
        return RawRows(bunch.images, bunch.target)
