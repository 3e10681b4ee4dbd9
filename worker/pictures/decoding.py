"""Pictures: from their bytes to what Pillow has of them, upright, opaque and in few modes."""

import io
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageFile, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
"""What is decoded; nothing else is even tried."""

MODES = ("L", "RGB", "I;16")
"""What pictures are after decoding: grey, colours, or grey of 16 bits."""

BACKGROUND = (255, 255, 255)
"""What shows through where a picture is transparent."""

_ORIENTATION = 0x0112
_UPRIGHT = 1
_GREY = frozenset({"1", "L", "LA", "La"})
_WIDE_GREY = frozenset({"I;16", "I;16B", "I;16L", "I;16N", "I"})
_COLOURS = frozenset({"RGB", "RGBA", "RGBX", "RGBa", "P", "PA", "CMYK", "YCbCr", "LAB", "HSV"})
_ALPHA = frozenset({"RGBA", "LA", "PA", "RGBa", "La"})
_MOST_WIDE = 2**16 - 1

ImageFile.LOAD_TRUNCATED_IMAGES = False


class NotDecoded(Exception):
    """A picture cannot be read.

    Attributes:
        code: Of the fault.
        message: Likewise.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Attributes:
        image: Upright, without transparency, in one of `MODES`.
        is_animated: Whether there are more frames, which are left out.
        is_transparent: Whether something was transparent.
    """

    image: Image.Image
    is_animated: bool
    is_transparent: bool


@contextmanager
def bombs_refused() -> Generator[None]:
    """Have Pillow refuse what it would only warn of; a loop enters it once, as it costs as much as a small picture."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def decode(data: bytes, most_pixels: int) -> Picture:
    """Decode one picture.

    Args:
        data: The encoded picture.
        most_pixels: More are refused, before they are decoded.

    Raises:
        NotDecoded: It is none, or is damaged, too large, or of a kind that is not read.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(most_pixels) from None
    except Exception:  # noqa: BLE001 -- Pillow's formats raise what they like
        raise NotDecoded("not_a_picture", _NOT_A_PICTURE) from None
    if image.width * image.height > most_pixels:
        raise _too_large(most_pixels)
    try:
        is_animated = _has_more_frames(image)
        image.load()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 -- likewise
        raise NotDecoded("damaged_picture", _DAMAGED) from None
    return Picture(*_plain(_upright(image), is_animated))


_NOT_A_PICTURE = (
    "This file is not a picture that is read here. Use JPEG, PNG, WebP, BMP, GIF or TIFF, or remove the file."
)
_DAMAGED = "The picture is damaged, or not complete. Replace or remove it."


def _too_large(most_pixels: int) -> NotDecoded:
    message = f"The picture has more than {most_pixels:,} pixels. Make it smaller, or remove it."
    return NotDecoded("picture_too_large", message)


def _has_more_frames(image: ImageFile.ImageFile) -> bool:
    """Whether there is a second frame; to count all of them may take long."""
    if image.format != "TIFF":
        return bool(getattr(image, "is_animated", False))
    try:
        image.seek(1)
    except EOFError:
        return False
    image.seek(0)
    return True


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF says; most have none."""
    if image.format == "BMP" or not (image.info.get("exif") or image.format in {"TIFF", "JPEG", "WEBP"}):
        return image
    if image.getexif().get(_ORIENTATION, _UPRIGHT) == _UPRIGHT:
        return image
    return ImageOps.exif_transpose(image)


def _plain(image: Image.Image, is_animated: bool) -> tuple[Image.Image, bool, bool]:  # noqa: FBT001 -- passed on
    mode = image.mode
    is_transparent = mode in _ALPHA or "transparency" in image.info
    if mode in MODES and not is_transparent:
        return image, is_animated, False
    if mode in _WIDE_GREY:
        return _wide_grey(image), is_animated, False
    if mode not in _GREY and mode not in _COLOURS:
        message = (
            f"Pictures of the mode `{mode}` are not read, since the range of their values is not known. "
            "Save it with 8 or 16 bits, or upload the pictures as an array in an NPZ."
        )
        raise NotDecoded("unsupported_mode", message)
    if is_transparent:
        pixels = image.convert("RGBA")
        ground = Image.new("RGBA", pixels.size, (*BACKGROUND, 255))
        flat = Image.alpha_composite(ground, pixels).convert("RGB")
        return (flat.convert("L") if mode in _GREY else flat), is_animated, True
    return image.convert("L" if mode in _GREY else "RGB"), is_animated, False


def _wide_grey(image: Image.Image) -> Image.Image:
    """Grey of 16 bits, with its whole range; Pillow itself would cut it to 8."""
    if image.mode == "I;16":
        return image
    least, most = image.convert("I").getextrema()
    if not isinstance(least, int | float) or not isinstance(most, int | float) or least < 0 or most > _MOST_WIDE:
        message = "The picture has values beyond 16 bits. Save it with 8 or 16 bits."
        raise NotDecoded("unsupported_mode", message)
    return image.convert("I").convert("I;16")
