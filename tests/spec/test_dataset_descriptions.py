"""What may be said of a file, and what is wrong with what is said."""

from typing import Any

import pytest

from spec.datasets.descriptions import DatasetDescription
from spec.language.sections import read_section
from tests.wording import faults_of_sentence

CONTRACT = {
    "name": "adults",
    "format": "csv",
    "dialect": {"delimiter": ";", "encoding": "utf-8", "decimal": ",", "header": True},
    "missing": ["", "NA"],
    "target": "income",
    "columns": {
        "zip": {"type": "category"},
        "hired": {"type": "date", "format": "%d.%m.%Y"},
        "id": {"type": "ignore"},
        "note": {"type": "text"},
    },
}


def test_the_contracts_example_is_read() -> None:
    read = DatasetDescription.model_validate(CONTRACT)
    assert read.columns["hired"].format == "%d.%m.%Y"
    assert read.dialect.decimal == ","
    assert DatasetDescription.model_validate(read.model_dump()) == read


def test_nothing_has_to_be_said() -> None:
    assert DatasetDescription.model_validate({}).dialect.encoding == "utf-8"


@pytest.mark.parametrize(
    ("said", "pointer", "code"),
    [
        ({"format": "xlsx"}, "/format", "literal_error"),
        ({"dialect": {"delimiter": "x"}}, "/dialect/delimiter", "literal_error"),
        ({"dialect": {"sep": ","}}, "/dialect/sep", "retired_field"),
        ({"dialect": {"thousands": "."}}, "/dialect/thousands", "same_marks"),
        ({"dialect": {"thousands": ",", "decimal": ","}}, "/dialect/thousands", "same_marks"),
        ({"format": "parquet", "dialect": {"header": True}}, "/dialect", "dialect_without_csv"),
        ({"format": "tsv", "dialect": {"delimiter": ","}}, "/dialect/delimiter", "tsv_delimiter"),
        ({"columns": {"a": {}}}, "/columns/a/type", "missing"),
        ({"columns": {"a": {"type": "integer"}}}, "/columns/a/type", "literal_error"),
        ({"columns": {"a/b": {"type": "number", "format": "%Y"}}}, "/columns/a~1b/format", "format_without_date"),
        ({"columns": {"a": {"type": "date", "format": "%Y-%j"}}}, "/columns/a/format", "date_format"),
        ({"columns": {"a": {"type": "date", "format": "%Y-%m"}}}, "/columns/a/format", "date_format"),
        ({"columns": {"a": {"type": "date", "format": "%Y-%m-%d %d"}}}, "/columns/a/format", "date_format"),
        ({"columns": {"": {"type": "text"}}}, "/columns/", "string_too_short"),
        ({"target": "a", "columns": {"a": {"type": "ignore"}}}, "/target", "target_ignored"),
        ({"na_values": ["NA"]}, "/na_values", "retired_field"),
        ({"missing": "NA"}, "/missing", "tuple_type"),
        ({"missing": ["NA"] * 101}, "/missing", "too_many"),
        ({"tagret": "a"}, "/tagret", "unknown_field"),
    ],
)
def test_faults(said: dict[str, Any], pointer: str, code: str) -> None:
    (fault,) = read_section(DatasetDescription, said, at=()).faults
    assert (fault.pointer, fault.code) == (pointer, code)
    assert faults_of_sentence(fault.message) == []


def test_one_fault_hides_no_other() -> None:
    said = {"format": "xlsx", "columns": {"a": {"type": "x"}, "b": {"type": "text", "format": "%Y"}}, "names": []}
    assert len(read_section(DatasetDescription, said, at=()).faults) == 4
