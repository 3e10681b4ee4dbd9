"""What columns hold to the bit, and what is said of them: against NumPy, and the same from every format."""

import hashlib
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reader.files import faults_of, npz, read_bytes
from worker.reader.packing import pack
from worker.reader.reading import read

TABLE = """name,age,born,job,note,member
Ann,41,1983-02-01,clerk,"likes ""tea"", and rain",yes
Bob,,1990-12-31,baker,,no
"Cy, Jr.",7.5,,clerk,says nothing,
"""

numbers = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Z"]), min_size=1, max_size=8)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.none() | numbers, st.none() | words), min_size=3, max_size=40))
def test_a_table_is_the_same_from_csv_and_from_parquet(rows: list[tuple[float | None, str | None]]) -> None:
    said = {"columns": {"number": {"type": "number"}, "word": {"type": "category"}}}
    lines = ["number,word"]
    for number, word in rows:
        quoted = "" if word is None else '"' + word.replace('"', '""') + '"'
        lines.append(f"{'' if number is None else repr(number)},{quoted}")
    made = io.BytesIO()
    table = {"number": pa.array([row[0] for row in rows], pa.float64()), "word": pa.array([row[1] for row in rows])}
    table["word"] = table["word"].cast(pa.string())
    pq.write_table(pa.table(table), made)
    from_csv, from_parquet = (
        read_bytes("\n".join(lines) + "\n", {**said, "dialect": {"delimiter": ",", "header": True}}),
        read_bytes(made.getvalue(), said),
    )
    assert from_csv.members.keys() == from_parquet.members.keys()
    for name, stored in from_csv.members.items():
        assert stored.tobytes() == from_parquet.members[name].tobytes()
    for one, other in zip(from_csv.facts["columns"], from_parquet.facts["columns"], strict=True):
        assert {**one, "reason": "", "is_guessed": 0} == {**other, "reason": "", "is_guessed": 0}


def test_statistics_are_numpys() -> None:
    chance = np.random.default_rng(3)
    values = np.concatenate([chance.normal(1e6, 3, 150_000), chance.normal(-5, 1000, 50_000)])
    column = read_bytes(npz(x=values, y=np.arange(200_000) % 7)).column("x")
    assert column["mean"] == pytest.approx(values.mean(), rel=1e-12)
    assert column["deviation"] == pytest.approx(values.std(), rel=1e-12)
    assert (column["min"], column["max"], column["distinct"]) == (values.min(), values.max(), None)
    counts, edges = np.histogram(values, 20)
    assert column["histogram"]["edges"] == pytest.approx(edges)
    assert np.abs(np.array(column["histogram"]["counts"]) - counts).max() <= 2
    assert sum(column["histogram"]["counts"]) == len(values)


def test_what_is_counted() -> None:
    text = "x,c,t\n" + "".join(f"{n % 3 + 5},{'abc'[n % 3]},2024-01-0{n % 3 + 1}\n" for n in range(9)) + ",,\n"
    found = read_bytes(text)
    x, c, t = (found.column(name) for name in "xct")
    assert [one["missing"] for one in (x, c, t)] == [1, 1, 1]
    assert [one["distinct"] for one in (x, c, t)] == [3, 3, 3]
    assert (x["min"], x["max"], x["mean"]) == (5, 7, 6)
    assert (t["min"], t["max"], t["type"]) == ("2024-01-01", "2024-01-03", "date")
    assert c["top"] == [{"value": value, "count": 3} for value in "abc"]
    assert t["top"][0] == {"value": "2024-01-01", "count": 3}


def test_what_is_doubtful_is_told() -> None:
    text = "id,same,gone,x\n" + "".join(f"k{n},1,,{n}\n" for n in range(30))
    assert set(read_bytes(text).warnings) == {
        ("id_column", "id"),
        ("constant_column", "same"),
        ("empty_column", "gone"),
    }


def test_long_texts_are_no_categories() -> None:
    lines = [f"row {n}: a sentence that nobody else has written before, number {n * n}" for n in range(50)]
    found = read_bytes("note,x\n" + "".join(f'"{line}",{n}\n' for n, line in enumerate(lines)))
    assert (found.column("note")["type"], found.values("note")) == ("text", lines)
    assert found.column("note")["examples"] == [line[:100] for line in lines[:5]]


def test_without_a_header_columns_are_numbered() -> None:
    found = read_bytes("1,2.5\n3,4.5\n5,6.5\n")
    assert (found.facts["dialect"]["header"], found.facts["rows"]) == (False, 3)
    assert found.values("column_2") == [2.5, 4.5, 6.5]
    assert read_bytes("1,2\n3,4\n5,6\n", {"dialect": {"header": True}}).facts["rows"] == 2


def test_all_faults_are_told_at_once_and_the_rest_counted() -> None:
    said = {"columns": {"a": {"type": "number"}, "b": {"type": "date"}}}
    faults = faults_of("a,b,c\n1,2024-01-01,x\ny,then,x\n3\nz,2024-01-02,x\n", said)
    assert [(fault.line, fault.code, fault.column) for fault in faults] == [
        (3, "not_a_number", "a"),
        (3, "not_a_date", "b"),
        (4, "ragged_row", None),
        (5, "not_a_number", "a"),
    ]


@pytest.mark.parametrize(
    ("data", "golden"),
    [
        (TABLE.encode(), "384e7c87734b8f1b"),
        (npz(x=np.arange(12.0).reshape(4, 3), y=np.array([0, 1, 1, 0])), "403c4177ffe55ae4"),
    ],
    ids=["csv", "npz"],
)
def test_the_same_bytes_are_read_to_the_same_bytes_by_every_version(data: bytes, golden: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(data)
    dataset = read(tmp_path / "file", None, tmp_path)
    dataset.facts()
    assert hashlib.sha256(pack(dataset.columns, tmp_path).read_bytes()).hexdigest()[:16] == golden
