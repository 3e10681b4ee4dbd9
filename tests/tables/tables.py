"""Users' files, read by the reader, as a trainer gets them, and what it prepares of them."""

import hashlib
import io
import json
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from spec.datasets.choice import DatasetSpec
from spec.datasets.column_facts import ColumnFacts
from spec.datasets.descriptions import DatasetDescription
from spec.datasets.facts import DatasetFacts
from spec.inputs import InputName
from spec.training.targets import Encoding
from spec.training.training import TrainingSpec
from tests.problem_wording import faults_of_message
from worker.messages import InputFile
from worker.reader.packing import pack, write_facts
from worker.reader.reading import read
from worker.trainer.data.parts import Part
from worker.trainer.data.tables.preparation import TOLD, table_parts, told_in
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources.uploaded import UploadedData


@dataclass(frozen=True)
class Prepared:
    """What was prepared of a data set."""

    arrays: dict[str, np.ndarray]

    @property
    def told(self) -> dict[str, Any]:
        return told_in(self.arrays[TOLD])

    @property
    def fitted(self) -> dict[str, Any]:
        return self.told["preprocessing"]

    def feature(self, place: int = 0, of_input: int = 0) -> dict[str, Any]:
        return self.fitted["inputs"][of_input]["features"][place]

    @property
    def codes(self) -> list[str]:
        return [warning["code"] for warning in self.told["warnings"]]

    @property
    def training(self) -> np.ndarray:
        return self.arrays["training_features"]

    @property
    def validation(self) -> np.ndarray:
        return self.arrays["validation_features"]

    def digest(self) -> str:
        """Of all that was prepared, but for the versions of packages."""
        made = hashlib.sha256()
        for name, array in sorted(self.arrays.items()):
            if name != TOLD:
                made.update(f"{name} {array.shape} {array.dtype}".encode() + np.ascontiguousarray(array).tobytes())
        return made.hexdigest()


@dataclass(frozen=True)
class Uploaded:
    """A data set of a user's, in two files."""

    columns: InputFile
    facts_file: InputFile

    @property
    def facts(self) -> DatasetFacts:
        told = json.loads(Path(self.facts_file.path).read_bytes())
        return DatasetFacts(
            name="ds_test",
            rows=told["rows"],
            input_shape=(1,),
            target="number",
            target_column=told["target"],
            scaling="standard",
            read=tuple(ColumnFacts.of(column) for column in told["columns"]),
        )

    def inputs(self, validation: "Uploaded | None" = None) -> dict[InputName, InputFile]:
        found = {InputName.DATASET: self.columns, InputName.DATASET_FACTS: self.facts_file}
        if validation is not None:
            found[InputName.VALIDATION_DATASET] = validation.columns
            found[InputName.VALIDATION_DATASET_FACTS] = validation.facts_file
        return found

    def parts(
        self,
        dataset: Mapping[str, Any],
        encoding: Encoding = "number",
        validation: "Uploaded | None" = None,
        **training: object,
    ) -> list[Part]:
        data = UploadedData.of(self.inputs(validation))
        assert data is not None
        said = DatasetSpec.model_validate({"name": "ds_test", **dataset})
        return table_parts(data, said, self.facts, TrainingSpec.model_validate({"loss": "mse", **training}), encoding)

    def prepared(
        self,
        dataset: Mapping[str, Any],
        encoding: Encoding = "number",
        validation: "Uploaded | None" = None,
        **training: object,
    ) -> Prepared:
        parts = self.parts(dataset, encoding, validation, **training)
        return Prepared({part.name: np.concatenate(list(part.pieces())) for part in parts})


def uploaded(data: bytes | str, folder: Path, said: Mapping[str, Any] | None = None) -> Uploaded:
    """Read a file as the reader does, into a folder of its own."""
    content = data.encode() if isinstance(data, str) else data
    folder.mkdir(exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder))
    pieces = made / "pieces"
    pieces.mkdir()
    (made / "file").write_bytes(content)
    description = DatasetDescription.model_validate(said or {})
    dataset = read(made / "file", description, pieces)
    facts = dataset.facts(description.target)
    return Uploaded(_input_file(pack(dataset.columns, made)), _input_file(write_facts(facts, made)))


def _input_file(path: Path) -> InputFile:
    return InputFile(path=str(path), sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def table_of(columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def csv_of(columns: Mapping[str, Sequence[Any]]) -> bytes:
    """Strings in quotation marks, missing values as empty fields."""
    made = io.BytesIO()
    pyarrow.csv.write_csv(table_of(columns), made)
    return made.getvalue()


def parquet_of(columns: Mapping[str, Sequence[Any]]) -> bytes:
    made = io.BytesIO()
    pq.write_table(table_of(columns), made)
    return made.getvalue()


@contextmanager
def refusal(words: str = "damaged") -> Generator[pytest.ExceptionInfo[DataUnavailable]]:
    """What is done in it is refused, in ordinary English."""
    with pytest.raises(DataUnavailable, match=words) as refused:
        yield refused
    assert faults_of_message(refused.value.message) == []
