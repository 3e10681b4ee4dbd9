"""The packages whose code decides what encoded rows hold."""

from collections.abc import Iterable

import keras
import numpy as np
import PIL
import tensorflow as tf

_KERAS = frozenset({"hashed", "tokens", "multi_hot", "count", "tf_idf"})


def versions_of(encodings: Iterable[str]) -> dict[str, str]:
    """Package -> version, of all that take part in these encodings."""
    used = set(encodings)
    found = {"numpy": np.__version__}
    if used & _KERAS:
        found |= {"keras": str(keras.__version__), "tensorflow": str(tf.__version__)}
    if "image" in used:
        found["pillow"] = str(PIL.__version__)
    return found
