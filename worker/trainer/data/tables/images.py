"""Columns of pictures: decoded piece by piece, whenever they are looked at."""

import math
from collections.abc import Iterator
from typing import cast

import numpy as np

from spec.datasets.resolution import Picture, ResolvedFeature
from worker.pictures.decoding import NotDecoded, bombs_refused, decode
from worker.pictures.pixels import BYTE_MOST, WIDE, WIDE_MOST, PixelForm, pixels_of
from worker.trainer.data.fitted import FittedImage
from worker.trainer.data.tables.moments import fitted_scaling
from worker.trainer.data.tables.numbers import Encode, scaler
from worker.trainer.data.tables.selected_rows import SelectedRows
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources.stored_column import StoredColumn
from worker.trainer.untyped import Array


def fit_image(feature: ResolvedFeature, rows: SelectedRows) -> FittedImage:
    """How pixels are scaled."""
    column = rows.column(feature.column.name)
    picture = cast("Picture", feature.picture)
    reading = picture.reading
    maximum = WIDE_MOST if column.facts.mode_counts.get(WIDE) else BYTE_MOST
    form = PixelForm(picture.height, picture.width, picture.mode, reading.fit, reading.interpolation, maximum)

    def pieces() -> Iterator[Array]:
        width = math.prod(feature.shape)
        return (_pixels(column, places, form).reshape(len(places), -1) for places in rows.pieces(width))

    return FittedImage(
        column=column.facts.name,
        type="image",
        shape=feature.shape,
        height=form.height,
        width=form.width,
        mode=form.mode,
        fit=form.fit,
        interpolation=form.interpolation,
        maximum=maximum,
        scaling=fitted_scaling(feature.scaling or "none", pieces, float(maximum)),
    )


def image_encoder(fitted: FittedImage, column: StoredColumn) -> Encode:
    """Encodes rows of a column of pictures."""
    scale = scaler(fitted.scaling)

    def encode(places: Array) -> Array:
        pixels = pixels_of_rows(fitted, column, places)
        return scale(pixels.reshape(len(places), -1)).reshape(-1, *fitted.shape)

    return encode


def pixels_of_rows(fitted: FittedImage, column: StoredColumn, places: Array) -> Array:
    """(rows, height, width) or (rows, height, width, 3), as float64, not scaled.

    Raises:
        DataUnavailable: A picture cannot be read.
    """
    form = PixelForm(fitted.height, fitted.width, fitted.mode, fitted.fit, fitted.interpolation, fitted.maximum)
    return _pixels(column, places, form)


def _pixels(column: StoredColumn, places: Array, form: PixelForm) -> Array:
    """(rows, height, width) or (rows, height, width, 3), as float64."""
    shape = (form.height, form.width) if form.mode == "grey" else (form.height, form.width, 3)
    found = np.empty((len(places), *shape))
    sizes = column.arrays[".sizes"][places].astype(np.int64).prod(axis=1)
    with bombs_refused():
        for row, (data, size) in enumerate(zip(column.encoded(places), sizes.tolist(), strict=True)):
            try:
                found[row] = pixels_of(decode(bytes(data), size).image, form)
            except NotDecoded as error:
                raise DataUnavailable(
                    f"The picture of row {int(places[row]) + 1:,} cannot be read on this worker any more. "
                    "Upload the data set again.",
                    "/dataset",
                ) from error
    return found
