"""How much of a file is read at most."""

from pydantic import BaseModel, ConfigDict

from spec.datasets.sizes import MOST_COLUMNS, MOST_PIXELS, MOST_ROWS


class ReadLimits(BaseModel):
    """What bounds a reading, beside the memory and the time of its process.

    Attributes:
        rows: Of a data set.
        columns: Of a table, or arrays of an NPZ.
        record_bytes: Of one row of a CSV file.
        names_bytes: The table of contents of a zip.
        members: Files in a zip.
        unpacked_bytes: What all of a file may unpack to.
        ratio: How many times larger an archive may become, once it is larger than a megabyte.
        pixels: Of one picture.
        dimensions: Of an array.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int = MOST_ROWS
    columns: int = MOST_COLUMNS
    record_bytes: int = 2**20
    names_bytes: int = 64 * 2**20
    members: int = 200_000
    unpacked_bytes: int = 32 * 2**30
    ratio: int = 200
    pixels: int = MOST_PIXELS
    dimensions: int = 8


LIMITS = ReadLimits()
MOST_CATEGORIES = 10_000
"""Distinct values that are counted; a column with more of them is text."""
