"""The read form as a trainer maps it: nothing copied, nothing unpickled, and damage is told as such."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from spec.inputs import InputName
from tests.tables.tables import Uploaded, csv_of, refusal, uploaded
from worker.messages import InputFile
from worker.trainer.sources.read_form import ReadForm
from worker.trainer.sources.stored_column import text_of
from worker.trainer.sources.uploaded import UploadedData

COLUMNS = {
    "n": [1.5, None, -2.0, 4.25],
    "c": ["b", None, "a", "b"],
    "b": ["yes", "no", None, "no"],
    "d": ["2024-01-31", None, "1969-12-31T23:59:59", "2000-02-29"],
    "t": ["é", "", None, "a long one"],
}
TYPES = {"columns": {"t": {"type": "text"}}}


@pytest.fixture
def table(tmp_path: Path) -> Uploaded:
    return uploaded(csv_of(COLUMNS), tmp_path, TYPES)


def form(table: Uploaded) -> ReadForm:
    return ReadForm(table.columns, table.facts_file)


def test_columns_are_mapped_as_they_lie(table: Uploaded) -> None:
    opened = form(table).opened()
    every = slice(None)
    for array in opened.members.values():
        assert not array.flags.owndata
        assert not array.flags.writeable
    np.testing.assert_array_equal(opened.column("n").numbers(every), [1.5, np.nan, -2, 4.25])
    assert opened.column("c").texts(every) == ["b", None, "a", "b"]
    assert opened.column("b").texts(every) == ["yes", "no", None, "no"]
    np.testing.assert_array_equal(opened.column("b").numbers(every), [1, 0, np.nan, 0])
    assert opened.column("d").texts(every) == ["2024-01-31", None, "1969-12-31T23:59:59Z", "2000-02-29"]
    assert opened.column("t").texts(np.array([3, 2, 0])) == ["a long one", None, "é"]
    for name, values in COLUMNS.items():
        is_gap = [value is None or (name == "t" and not value) for value in values]
        assert opened.column(name).is_missing(every).tolist() == is_gap


def test_numbers_are_written_as_people_write_them() -> None:
    assert [text_of(number) for number in (3.0, -0.0, 0.1, 2.0**60, 1e300)] == [
        *("3", "0", "0.1"),
        *("1.152921504606847e+18", "1e+300"),
    ]


def rewritten(path: Path, change: Callable[[str, bytes], bytes | None], method: int = zipfile.ZIP_STORED) -> None:
    """The archive, its members changed or left out."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            if (changed := change(name, content)) is not None:
                archive.writestr(name, changed)


def array(content: bytes) -> np.ndarray:
    return np.load(io.BytesIO(content))


def saved(content: np.ndarray) -> bytes:
    made = io.BytesIO()
    np.save(made, content)
    return made.getvalue()


class Planted:
    """Unpickled, it makes a folder."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.mkdir, (Path("planted"),)  # type: ignore[return-value]


def pickled() -> bytes:
    made = io.BytesIO()
    np.lib.format.write_array_header_1_0(made, {"descr": "|O", "fortran_order": False, "shape": (4,)})
    return made.getvalue() + pickle.dumps([Planted()] * 4)


DAMAGES: dict[str, Callable[[str, bytes], bytes | None]] = {
    "a member is missing": lambda name, content: None if name == "0.npy" else content,
    "a column is shorter": lambda name, content: saved(array(content)[:-1]) if name == "0.npy" else content,
    "a column is of another type": lambda name, content: (
        saved(array(content).astype(np.float32)) if name == "0.npy" else content
    ),
    "a header promises more": lambda name, content: content.replace(b"(4,)", b"(9,)") if name == "0.npy" else content,
    "texts end elsewhere": lambda name, content: saved(array(content) + 1) if name.endswith("offsets.npy") else content,
    "objects": lambda name, content: pickled() if name == "1.npy" else content,
    "two dimensions": lambda name, content: saved(array(content)[:, np.newaxis]) if name == "2.npy" else content,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_told_as_such(
    table: Uploaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    monkeypatch.chdir(tmp_path)
    rewritten(Path(table.columns.path), DAMAGES[damage])
    with refusal("damaged on this worker") as refused:
        form(table).opened()
    assert refused.value.pointer == "/dataset"
    assert not (tmp_path / "planted").exists()


def test_files_that_are_cut_packed_or_do_not_belong_together_are_damaged(table: Uploaded) -> None:
    path, facts = Path(table.columns.path), Path(table.facts_file.path)
    whole, told = path.read_bytes(), facts.read_text()
    path.write_bytes(whole[:-30])
    with refusal():
        form(table).opened()
    path.write_bytes(whole)
    rewritten(path, lambda _, content: content, zipfile.ZIP_DEFLATED)
    with refusal():
        form(table).opened()
    path.write_bytes(whole)
    for changed in ("", "{}", told[:-20], json.dumps({**json.loads(told), "rows": 5})):
        facts.write_text(changed)
        with refusal():
            form(table).opened()
    facts.write_text(told)
    assert form(table).opened().rows == 4


def test_an_order_with_half_of_a_data_set_is_refused(table: Uploaded) -> None:
    whole = table.inputs(table)
    assert UploadedData.of({}) is None
    assert UploadedData.of({InputName.CHECKPOINT: InputFile(path="c", sha256="0")}) is None
    for name in (InputName.DATASET_FACTS, InputName.VALIDATION_DATASET, InputName.VALIDATION_DATASET_FACTS):
        with refusal("did not reach this worker"):
            UploadedData.of({key: file for key, file in whole.items() if key != name})
    both = UploadedData.of(whole)
    assert both is not None
    assert both.validation is not None
    assert both.validation.pointer == "/dataset/validation_from"


def test_a_table_with_more_columns_than_a_process_may_open_files(tmp_path: Path) -> None:
    wide = uploaded("\n".join(",".join(f"{row + column}.5" for column in range(1500)) for row in range(3)), tmp_path)
    opened = form(wide).opened()
    assert len(opened.told) == 1500
    assert opened.column("column_1500").numbers(slice(0, 2)).tolist() == [1499.5, 1500.5]
