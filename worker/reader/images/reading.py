"""A zip of pictures: a folder for each class, or a list of the pictures beside them."""

import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from spec.datasets.descriptions import DatasetDescription
from spec.datasets.previews import MOST_PREVIEW_ROWS
from spec.datasets.read_limits import ReadLimits
from worker.reader.columns.column import Column
from worker.reader.columns.files import ColumnFile
from worker.reader.dataset import ReadDataset
from worker.reader.faults import FaultList, FileFault, shown
from worker.reader.images.contents import Contents, Member, check_folders, contents_of, first_of_each_class
from worker.reader.images.listing import read_listing
from worker.reader.images.writing import IMAGE, PictureWriting
from worker.reader.table import SignOfLife, check_rows

CLASS = "class"
"""The column with the folder of each picture, where nothing lists them."""


def read_pictures(
    archive: zipfile.ZipFile,
    description: DatasetDescription,
    limits: ReadLimits,
    folder: Path,
    sign_of_life: SignOfLife,
) -> ReadDataset:
    """Read a zip of pictures whose members were checked.

    Raises:
        FileFaulty: Something in it cannot be read.
    """
    contents = contents_of(archive)
    if contents.metadata is not None:
        return _read_listed(archive, contents, contents.metadata, description, limits, folder, sign_of_life)
    faults = FaultList()
    _check_columns(description, faults)
    check_rows(len(contents.members), limits, faults)
    check_folders(contents, faults)
    faults.raise_any()
    members = contents.members
    order = first_of_each_class(members, MOST_PREVIEW_ROWS)
    writing = PictureWriting(archive, folder, limits, order)
    writing.take_all(members, faults, sign_of_life)
    faults.raise_any()
    classes = _classes(members, folder)
    return ReadDataset(
        format="images",
        rows=len(members),
        columns=[writing.column(len(members)), classes],
        warnings=writing.warnings(contents),
        classes=classes.values,
        previews={row: writing.previews[row] for row in order},
    )


def _read_listed(  # noqa: PLR0913, PLR0917 -- what it is given
    archive: zipfile.ZipFile,
    contents: Contents,
    metadata: Member,
    description: DatasetDescription,
    limits: ReadLimits,
    folder: Path,
    sign_of_life: SignOfLife,
) -> ReadDataset:
    listing = read_listing(archive, contents.members, metadata, description, limits, folder, sign_of_life)
    faults = FaultList()
    writing = PictureWriting(archive, folder, limits, range(MOST_PREVIEW_ROWS))
    writing.take_all(listing.members, faults, sign_of_life)
    faults.raise_any()
    rows = len(listing.members)
    return ReadDataset(
        format="images",
        rows=rows,
        columns=[writing.column(rows), *listing.columns],
        warnings=[*writing.warnings(contents), *listing.warnings],
        previews=writing.previews,
    )


def _check_columns(description: DatasetDescription, faults: FaultList) -> None:
    allowed = {IMAGE: "image", CLASS: "category"}
    for name, described in description.columns.items():
        if name not in allowed:
            message = (
                f"A zip of pictures has the columns `{IMAGE}` and `{CLASS}`. Remove this one from the description."
            )
            faults.add(FileFault("unknown_column", message, column=shown(name)))
        elif described.type != allowed[name]:
            message = (
                f"This column of a zip of pictures has the type `{allowed[name]}`. Remove it from the description."
            )
            faults.add(FileFault("type_of_picture", message, column=name))
    if description.target not in (None, CLASS):
        message = f"The target of a zip of pictures is its column `{CLASS}`. Leave `target` out."
        faults.add(FileFault("unknown_column", message, column=shown(description.target)))


def _classes(members: Sequence[Member], folder: Path) -> Column:
    counts = Counter(member.parts[0] for member in members)
    names = sorted(counts)
    codes = {name: code for code, name in enumerate(names)}
    file = ColumnFile(folder / "class", "<i4")
    file.add(np.array([codes[member.parts[0]] for member in members], dtype=np.int32))
    return Column(
        name=CLASS,
        type="category",
        is_guessed=False,
        reason="The folder of each picture is its class.",
        rows=len(members),
        missing=0,
        files={"": file},
        values=tuple(names),
        counts=tuple(counts[name] for name in names),
    )
