"""The rows that people are shown: the first ones, small, and as they were written."""

import base64
import io
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from spec.datasets.column_facts import ColumnFacts
from spec.datasets.previews import MOST_PREVIEW_ROWS
from spec.datasets.read_limits import ReadLimits
from tests.reader.files import faults_of, npz, picture, read_bytes, two_classes, zip_of
from worker.reader.columns.column import Column
from worker.reader.columns.files import ColumnFile
from worker.reader.previews import LONGEST_TEXT, MOST_BYTES, preview_of

LONG = ReadLimits(record_bytes=2**21)


def seen(cell: dict[str, object]) -> Image.Image:
    """A thumbnail, decoded."""
    kind, _, data = str(cell["thumbnail"]).partition(",")
    assert kind == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)), formats=["PNG"])


def test_of_a_table() -> None:
    long = "a sentence of many words " * 40
    text = (
        "n,f,name,ok,day,at,note\n"
        f"1,0.5,NA,yes,2024-01-31,2024-01-31T10:20:30Z,{long}\n"
        f',,,no,,,"{long}b"\n'
        f"-3,1e300,ä,yes,2024-02-01,2024-02-01T00:00:00Z,{long}c\n"
    )
    said = {"columns": {"note": {"type": "text"}}}
    found = read_bytes(text, said).preview
    assert found["columns"] == ["n", "f", "name", "ok", "day", "at", "note"]
    assert [row[:6] for row in found["rows"]] == [
        [1, 0.5, "NA", "yes", "2024-01-31", "2024-01-31T10:20:30Z"],
        [None, None, None, "no", None, None],
        [-3, 1e300, "ä", "yes", "2024-02-01", "2024-02-01"],
    ]
    note = found["rows"][0][6]
    assert (len(note), note[-1], note[:-1]) == (LONGEST_TEXT, "…", long[: LONGEST_TEXT - 1])
    assert (found["shortened"], found["row_numbers"], found["total_rows"]) == (["note"], [1, 2, 3], 3)
    # In the order of their characters, "Yes" is before "no".
    assert read_bytes("a,b\nno,0\nYes,1\n,0\n").preview["rows"] == [["no", "0"], ["Yes", "1"], [None, "0"]]


def test_of_many_rows_and_of_wide_ones() -> None:
    many = read_bytes("a,b\n" + "".join(f"{row},x{row % 3}\n" for row in range(70_000))).preview
    assert (len(many["rows"]), many["rows"][99], many["total_rows"]) == (MOST_PREVIEW_ROWS, [99, "x0"], 70_000)
    names = ",".join(f"c{place}" for place in range(300))
    cell = "ä" * 150
    wide = read_bytes(f"{names}\n" + "".join(f"{row}{','.join([cell] * 300)}\n" for row in range(30))).preview
    assert 5 < len(wide["rows"]) < 30
    assert len(wide["row_numbers"]) == len(wide["rows"])
    assert len(json.dumps(wide["rows"], ensure_ascii=False).encode()) < 1.1 * MOST_BYTES


def test_of_rows_that_are_longer_than_all_of_it_one_is_shown(tmp_path: Path) -> None:
    codes = ColumnFile(tmp_path / "codes", "<i4")
    codes.add(np.zeros(2, np.int32))
    long = "\N{LEOPARD}" * (LONGEST_TEXT + 1)
    columns = [
        Column(f"c{place}", "category", True, "", 2, 0, {"": codes}, values=(long,), counts=(2,))  # noqa: FBT003
        for place in range(1400)
    ]
    found = preview_of(columns, 2)
    assert (len(found["rows"]), found["row_numbers"], found["total_rows"]) == (1, [1], 2)
    assert len(found["shortened"]) == 1400


def test_of_arrays_and_vectors() -> None:
    x = np.arange(3 * 20 * 5, dtype=np.float32).reshape(3, 20, 5)
    x[1, 0, 0] = np.nan
    found = read_bytes(npz(x=x, y=np.arange(3), v=np.ones((3, 4), np.uint8))).preview
    (first, second, _) = found["rows"]
    assert (len(first[0]), len(first[0][0]), first[0][1][0]) == (8, 5, 5)
    assert second[0][0][:2] == [None, 101]
    assert (first[1], first[2], found["shortened"]) == (0, [1, 1, 1, 1], ["x"])
    made = io.BytesIO()
    pq.write_table(pa.table({"v": pa.array([[1.5, 2.0], [3.0, 4.0]], pa.list_(pa.float64(), 2))}), made)
    assert read_bytes(made.getvalue()).preview["rows"] == [[[1.5, 2]], [[3, 4]]]


def test_of_pictures() -> None:
    members = {f"{name}/{n:03}.png": picture(n, size=(4, 3)) for name in ("cat", "dog") for n in range(70)}
    members["owl/1.jpg"] = picture((200, 10, 10), "RGB", (600, 300), "JPEG")
    members["owl/2.png"] = picture(40_000, "I;16", (200, 400))
    found = read_bytes(zip_of(members)).preview
    rows = found["rows"]
    assert (found["columns"], len(rows), found["total_rows"]) == (["image", "class"], MOST_PREVIEW_ROWS, 142)
    # All classes are shown, and which rows these are.
    assert [row[1] for row in rows[:7]] == ["cat", "dog", "owl", "cat", "dog", "owl", "cat"]
    assert found["row_numbers"][:7] == [1, 71, 141, 2, 72, 142, 3]
    small, large, deep = (seen(rows[place][0]) for place in (0, 2, 5))
    assert (small.size, small.getpixel((0, 0))) == ((4, 3), 0)
    assert (large.size, rows[2][0]["width"], rows[2][0]["height"]) == ((128, 64), 600, 300)
    assert (deep.size, deep.mode, deep.getpixel((5, 5))) == ((64, 128), "L", 40_000 // 256)
    # Thumbnails that are large make the preview shorter.
    chance = np.random.default_rng(1)
    noise = {}
    for n, name in enumerate(["cat", "dog"] * 20):
        made = io.BytesIO()
        Image.fromarray(chance.integers(0, 256, (128, 128, 3), dtype=np.uint8)).save(made, "PNG")
        noise[f"{name}/{n}.png"] = made.getvalue()
    assert 10 < len(read_bytes(zip_of(noise)).preview["rows"]) < 30


def test_whether_a_column_is_sorted() -> None:
    rows = range(70_000)
    text = "up,down,flat,day,name,mixed,ok,note\n" + "".join(
        f"{row // 3 if row % 5 else ''},{-row / 2},7.5,{1950 + row // 700}-01-01,{'abc'[row // 30_000]},{row % 9},"
        f"{'no' if row < 400 else 'yes'},x{row}\n"
        for row in rows
    )
    found = read_bytes(text)
    told = {column["name"]: column["is_sorted"] for column in found.facts["columns"]}
    assert told == {
        "up": True, "down": True, "flat": True, "day": True, "name": True, "mixed": False, "ok": True, "note": False
    }  # fmt: skip
    # What falls only between two pieces that are looked at.
    values = np.arange(70_000)
    values[65_536:] -= 3
    for array, is_sorted in ((values, False), (values // 7 * 0, True), (-np.arange(70_000), True)):
        assert read_bytes(npz(x=array.astype(np.float64))).column("x")["is_sorted"] is is_sorted
    assert read_bytes(npz(x=np.zeros((4, 2)))).column("x")["is_sorted"] is False
    assert read_bytes(zip_of(two_classes())).column("class")["is_sorted"] is True


@pytest.mark.parametrize("name", ["metadata.csv", "metadata.jsonl"])
def test_pictures_that_are_listed(name: str) -> None:
    if name.endswith("csv"):
        text = "age;file_name;kind;seen\n3,5;b/2.png;NA;2024-05-01\n;a.png;dog;2024-05-02\n4;./b/1.png;dog;2024-05-03\n"
    else:
        text = (
            '{"file_name": "b/2.png", "age": 3.5, "kind": "NA", "seen": "2024-05-01", "ok": true}\n\n'
            '{"seen": "2024-05-02", "file_name": "a.png", "kind": "dog", "ok": false}\n'
            '{"file_name": "./b/1.png", "age": 4, "kind": "dog", "seen": "2024-05-03", "ok": null}\n'
        )
    pictures = {"a.png": picture(1), "b/1.png": picture(2, size=(5, 5)), "b/2.png": picture(3)}
    for top in ("", "top/"):
        members = {f"{top}{path}": data for path, data in pictures.items()}
        found = read_bytes(zip_of({**members, f"{top}{name}": text.encode()}), {"target": "kind"})
        types = {column["name"]: column["type"] for column in found.facts["columns"]}
        expected = {"image": "image", "age": "number", "kind": "boolean", "seen": "date"}
        assert types == (expected if name.endswith("csv") else {**expected, "ok": "boolean"})
        assert found.values("age") == [3.5, None, 4]
        assert found.column("kind")["truth"] == {"NA": False, "dog": True}
        assert found.facts["classes"] == ["NA", "dog"]
        # The rows of the list are those of the pictures.
        offsets, data = found.members["0.offsets"], found.members["0.bytes"].tobytes()
        decoded = [Image.open(io.BytesIO(data[start:end])).getpixel((0, 0)) for start, end in pairwise(offsets)]
        assert decoded == [3, 1, 2]
        assert [seen(row[0]).getpixel((0, 0)) for row in found.preview["rows"]] == decoded
    said = {"columns": {"age": {"type": "category"}, "seen": {"type": "ignore"}}}
    described = read_bytes(zip_of({**pictures, name: text.encode()}), said)
    assert described.column("age")["is_guessed"] is False
    assert "seen" not in described.preview["columns"]


def test_a_list_in_another_encoding() -> None:
    text = "file_name;größe\ncat/1.png;1,5\ndog/1.png;2\n"
    data = zip_of({**two_classes(), "metadata.csv": text.encode("utf-16")})
    assert read_bytes(data, {"dialect": {"encoding": "utf-16"}}).values("größe") == [1.5, 2]
    (fault,) = faults_of(data)
    assert (fault.code, fault.line, fault.place) == ("invalid_encoding", 1, "metadata.csv")


def test_what_jobs_are_told_of_columns() -> None:
    """Facts are called in the reader as they are where jobs are checked."""
    found = read_bytes(zip_of({**two_classes(), "dog/2.png": picture(9, "RGB", (7, 5))}))
    image, kind = (ColumnFacts.of(column) for column in found.facts["columns"])
    assert [(size.width, size.height, size.count) for size in image.sizes] == [(4, 3, 2), (7, 5, 1)]
    assert (image.type, image.mode_counts) == ("image", {"L": 2, "RGB": 1})
    assert (kind.distinct, kind.is_sorted, kind.member) == (2, True, "1")
    arrays = read_bytes(npz(x=np.ones((3, 2), np.uint8), y=np.array([3.0, 1.0, 2.0]))).facts["columns"]
    x, y = (ColumnFacts.of(column) for column in arrays)
    assert (x.shape, x.dtype, x.min, x.max) == ((2,), "uint8", 1, 1)
    assert (y.shape, y.dtype, y.min, y.max, y.is_sorted, y.distinct) == ((), None, 1, 3, False, 3)


def test_a_blank_line_where_two_pieces_of_a_file_meet() -> None:
    for shift in range(-3, 4):
        first = "a,b\n1," + "x" * (2**20 - 8 + shift) + "\n"
        codes = [code for code, _ in read_bytes(f"{first}\n2,y\n", limits=LONG).warnings]
        assert codes.count("blank_lines") == 1
        assert "blank_lines" not in [code for code, _ in read_bytes(f"{first}2,y\n", limits=LONG).warnings]


def test_blank_lines() -> None:
    for end in ("\n", "\r\n", "\r"):
        plain = end.join(["a,b", "1,2", "3,4", "5,x"]) + end
        assert read_bytes(plain).warnings == read_bytes(plain + end).warnings
        for text, count in (
            (end + plain, 1),
            (plain + end * 3, 2),
            (end.join(["a,b", "", "1,2", "", "", "3,4", "5,x"]), 3),
            (end.join(["a,b", "1,2", "", '"3\n\n\n",4', "5,x"]), 1),
        ):
            found = read_bytes(text)
            (warning,) = (one for one in found.facts["warnings"] if one["code"] == "blank_lines")
            assert (found.facts["rows"], warning["column"]) == (3, None)
            assert warning["message"].startswith(f"{count} blank line")
        assert ("blank_lines", None) not in read_bytes(end.join(["a,b", '"1\n\n2",2', "3,4"])).warnings


def test_a_blank_line_of_one_column_is_a_missing_value() -> None:
    for end in ("\n", "\r\n"):
        assert read_bytes(end.join(["a", "1", "", "3", ""])).values("a") == [1, None, 3]
        # One at the end belongs to how the file was written.
        assert read_bytes(end.join(["a", "1", "", "3", "", ""])).values("a") == [1, None, 3]
        assert read_bytes(end.join(["a", "1", "3", "", "", ""])).values("a") == [1, 3, None]
        above = read_bytes(end.join(["", "", "a", "1", "", "3"]))
        assert above.values("a") == [1, None, 3]
        assert ("blank_lines", None) in above.warnings
    many = read_bytes("a\n" + "1\n" * 600_000 + "\n\n")
    assert (many.facts["rows"], many.column("a")["missing"]) == (600_001, 1)
