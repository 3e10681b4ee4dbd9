"""From a decoded picture to an array of pixels of a given size."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from PIL import Image, ImageOps

BYTE_MOST = 255
WIDE_MOST = 65_535
"""The greatest value of a pixel of 16 bits."""

WIDE = "I;16"
"""Pillow's mode of grey levels of 16 bits."""

_STEP = WIDE_MOST // BYTE_MOST
_GREY = frozenset({"L", WIDE})

Pixels: TypeAlias = np.ndarray[Any, Any]


@dataclass(frozen=True)
class PixelForm:
    """What every picture becomes.

    Attributes:
        height: In pixels.
        width: In pixels.
        mode: Grey levels or colours.
        fit: How a picture of another shape gets there: stretched; its middle cropped; or padded with black.
        interpolation: How pixels are resampled, as Pillow does it.
        maximum: The greatest value a pixel can have, `BYTE_MOST` or `WIDE_MOST`. Pictures of the other depth are
            brought to it.
    """

    height: int
    width: int
    mode: Literal["grey", "rgb"]
    fit: Literal["stretch", "crop", "pad"] = "stretch"
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos", "box"] = "bilinear"
    maximum: int = BYTE_MOST


def pixels_of(image: Image.Image, form: PixelForm) -> Pixels:
    """The pixels of a picture, as `worker.pictures.decoding` decodes it.

    Returns:
        (height, width) of grey levels, or (height, width, 3) of colours. uint8, or float32 where 16 bits are concerned:
        Pillow resamples such levels as floats, and they are not rounded.
    """
    if image.mode == WIDE:
        levels = _wide(image, form)
        if form.maximum == BYTE_MOST:
            levels /= np.float32(_STEP)
    else:
        levels = np.asarray(_fitted(image.convert("L" if form.mode == "grey" else "RGB"), form))
        if form.maximum == WIDE_MOST:
            levels = levels.astype(np.float32) * np.float32(_STEP)
    if form.mode == "rgb" and levels.ndim == 2:  # noqa: PLR2004 -- grey
        return np.repeat(levels[:, :, np.newaxis], 3, axis=2)
    return levels


def _wide(image: Image.Image, form: PixelForm) -> Pixels:
    levels = np.asarray(image).astype(np.float32)
    if (image.width, image.height) == (form.width, form.height):
        return levels
    fitted = np.array(_fitted(Image.fromarray(levels), form), np.float32)
    return np.clip(fitted, 0, WIDE_MOST)


def _fitted(image: Image.Image, form: PixelForm) -> Image.Image:
    size = (form.width, form.height)
    if image.size == size:
        return image
    method = Image.Resampling[form.interpolation.upper()]
    if form.fit == "crop":
        return ImageOps.fit(image, size, method)
    if form.fit == "pad":
        return ImageOps.pad(image, size, method)
    return image.resize(size, method)
