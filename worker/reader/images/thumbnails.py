"""Small pictures of pictures, to look at."""

import base64
import io

import numpy as np
from PIL import Image

MOST_PIXELS = 128
"""Of the longer side."""
_WIDE = "I;16"


def thumbnail_of(image: Image.Image) -> str:
    """A decoded picture as a PNG in a ``data:`` URI, in its proportions; a small one keeps its size.

    Args:
        image: In one of `worker.pictures.decoding.MODES`. Grey of 16 bits is shown with its upper 8.
    """
    if image.mode == _WIDE:
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    small = image.copy() if max(image.size) <= MOST_PIXELS else _reduced(image)
    made = io.BytesIO()
    small.info.clear()  # nothing of the file goes along, such as where it was taken
    small.save(made, "PNG")
    return f"data:image/png;base64,{base64.b64encode(made.getvalue()).decode()}"


def _reduced(image: Image.Image) -> Image.Image:
    longer = max(image.size)
    size = (max(1, image.width * MOST_PIXELS // longer), max(1, image.height * MOST_PIXELS // longer))
    return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
