"""The loudest complaints about readers of data, one function a row of the list; each with real bytes."""

import io
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.reader.files import faults_of, header, npy, npz, picture, read_bytes, two_classes, zip_of
from worker.pictures.decoding import decode

ROWS: dict[int, Callable[[], None]] = {}


def row(number: int) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def noted(check: Callable[[], None]) -> Callable[[], None]:
        ROWS[number] = check
        return check

    return noted


@row(1)
def na_is_namibia() -> None:
    found = read_bytes("country,x\nNA,1\nDE,2\nFR,\n,4\n")
    assert found.values("country") == ["NA", "DE", "FR", None]
    assert found.values("x") == [1, 2, None, 4]
    said = read_bytes('country,x\nNA,1\n"NA",2\nDE,NA\nFR,4\n', {"missing": ["NA"]})
    assert said.values("country") == [None, "NA", "DE", "FR"]
    assert said.values("x") == [1, 2, None, 4]


@row(2)
def types_are_of_all_rows() -> None:
    whole = "".join(f"{number}\n" for number in range(30_000))
    assert read_bytes(f"x\n{whole}2.5\n").column("x")["type"] == "number"
    late = read_bytes(f"x,y\n{whole.replace(chr(10), ',1' + chr(10))}x,2\n")
    column = late.column("x")
    assert (column["type"], late.facts["rows"], column["missing"]) == ("text", 30_001, 0)
    assert '"x" in row 30,001' in column["reason"]
    assert "more than 10,000 different values" in column["reason"]
    few = "".join(f"{number % 7},1\n" for number in range(300_000))
    assert read_bytes(f"x,y\n{few}x,2\n").values("x")[-2:] == ["0", "x"]


@row(3)
def a_described_type_holds() -> None:
    (fault,) = faults_of("a,b\n1,2\n3,x\n", {"columns": {"b": {"type": "number"}}})
    assert (fault.code, fault.line, fault.column, fault.value) == ("not_a_number", 3, "b", "x")
    assert read_bytes("a,b\n1,2\n", {"columns": {"b": {"type": "text"}}}).values("b") == ["2"]


@row(4)
def gaps_change_no_numbers() -> None:
    assert read_bytes("x,y\n1,0\n,1\n3,2\n").values("x") == [1.0, None, 3.0]


@row(5)
def leading_zeros_stay() -> None:
    found = read_bytes("zip,y\n01234,3\n98765,4\n10000,5\n")
    assert found.values("zip") == ["01234", "98765", "10000"]
    assert ("leading_zeros", "zip") in found.warnings
    assert read_bytes("zip;y\n01234;3\n98765;4,5\n").warnings.count(("leading_zeros", "zip")) == 1
    assert read_bytes("zip,y\n01234,3\n98765,4\n", {"columns": {"zip": {"type": "number"}}}).values("zip") == [
        1234,
        98765,
    ]


@row(6)
def a_type_is_one_field() -> None:
    text = "grade,y\n10,1.5\n2,2.5\n1,3.5\n"
    guessed = read_bytes(text)
    assert (guessed.column("grade")["type"], guessed.column("grade")["is_guessed"]) == ("number", True)
    assert guessed.column("grade")["reason"] == "All 3 values are numbers."
    assert ("whole_target", "grade") in read_bytes(text, {"target": "grade"}).warnings
    said = read_bytes(text, {"columns": {"grade": {"type": "category"}}, "target": "grade"})
    assert said.warnings == [("id_column", "grade")]
    assert (said.values("grade"), said.facts["classes"]) == (["10", "2", "1"], ["1", "2", "10"])


@row(7)
def delimiters_are_told_or_asked_for() -> None:
    for mark in ",;\t|":
        found = read_bytes(f"a{mark}b\nx{mark}1\ny{mark}2\n")
        assert found.facts["dialect"]["delimiter"] == mark
        assert "delimiter" in found.facts["dialect"]["guessed"]
        assert found.values("b") == [1, 2]
    (fault,) = faults_of("a,b;c,d\n1,2;3,4\n")
    assert fault.code == "ambiguous_delimiter"
    assert "`,` (comma) or `;` (semicolon)" in fault.message
    assert read_bytes("a,b;c,d\nx,2;3,4\n", {"dialect": {"delimiter": ";"}}).values("a,b") == ["x,2"]


@row(8)
def quotes_far_below() -> None:
    plain = "".join(f"v{number % 5},{number}\n" for number in range(50_000))
    found = read_bytes(f'a,b\n{plain}"one, ""two""\nthree",7\n')
    assert found.values("a")[-1] == 'one, "two"\nthree'
    assert found.values("b")[-1] == 7
    (fault,) = faults_of(f'a,b\n{plain}"one\ntwo\nthree",7\nlast,x\n', {"columns": {"b": {"type": "number"}}})
    assert (fault.line, fault.value) == (50_005, "x")


@row(9)
def commas_in_numbers() -> None:
    found = read_bytes("x;y\n3,14;1\n2;2\n")
    assert found.values("x") == [3.14, 2]
    groups = read_bytes('x,y\n"1,2,4",1\n"5,6,7",2\n')
    assert groups.values("x") == ["1,2,4", "5,6,7"] or groups.column("x")["truth"] == {"1,2,4": False, "5,6,7": True}
    unsure = read_bytes("x;y\n1,234;1\n5,678;2\n9,012;7\n")
    assert unsure.column("x")["type"] == "category"
    assert ("ambiguous_numbers", "x") in unsure.warnings
    said = {"dialect": {"thousands": ","}}
    assert read_bytes("x;y\n1,234;1\n5,678.5;2\n", said).values("x") == [1234, 5678.5]


@row(10)
def encodings_are_not_guessed() -> None:
    text = "ort,x\nMünchen,1\nKöln,2\nBonn,3\n"
    (fault,) = faults_of(text.encode("cp1252"))
    assert (fault.code, fault.line, fault.place) == ("invalid_encoding", 2, "byte 7")
    assert "`cp1252`" in fault.message
    (fault,) = faults_of(text.encode("utf-16"))
    assert (fault.code, "`utf-16`" in fault.message) == ("invalid_encoding", True)
    for encoding in ("cp1252", "utf-16"):
        read = read_bytes(text.encode(encoding), {"dialect": {"encoding": encoding}})
        assert read.values("ort") == ["München", "Köln", "Bonn"]
    late = ("a,b\n" + "x,1\n" * 400_000).encode() + b"\xe4,2\n"
    (fault,) = faults_of(late)
    assert (fault.line, fault.place) == (400_002, f"byte {4 + 4 * 400_000}")


@row(11)
def a_byte_order_mark_is_no_name() -> None:
    assert [column["name"] for column in read_bytes("\ufeffid,x\n1,2\n3,4\n").facts["columns"]] == ["id", "x"]


@row(12)
def names_twice_or_empty() -> None:
    (fault,) = faults_of("a,a,b\n1,2,3\n")
    assert (fault.code, fault.column, fault.line) == ("duplicate_column", "a", 1)
    found = read_bytes(",x\n0,1.5\n1,2.5\n2,3.5\n")
    assert [column["name"] for column in found.facts["columns"]] == ["column_1", "x"]
    assert ("unnamed_column", "column_1") in found.warnings


@row(13)
def ragged_rows() -> None:
    rows = "".join("1,2\n" if number % 3 else "1,2,3\n" for number in range(60))
    faults = faults_of(f"a,b\n{rows}")
    assert [fault.line for fault in faults] == [2 + 3 * number for number in range(10)]
    assert {fault.code for fault in faults} == {"ragged_row"}
    assert "3 fields, and the first row has 2" in faults[0].message


@row(14)
def days_and_months() -> None:
    found = read_bytes("d,x\n03/04/2024,1\n13/04/2024,5\n05/06/2024,3\n")
    assert found.column("d")["type"] == "category"
    assert ("ambiguous_dates", "d") in found.warnings
    said = read_bytes("d,x\n03/04/2024,1\n13/04/2024,5\n", {"columns": {"d": {"type": "date", "format": "%d/%m/%Y"}}})
    assert said.values("d") == ["2024-04-03T00:00:00.000000", "2024-04-13T00:00:00.000000"]
    iso = read_bytes("d,x\n2024-02-29,1\n2024-03-01T12:30:00+02:00,5\n,7\n")
    assert iso.values("d") == ["2024-02-29T00:00:00.000000", "2024-03-01T10:30:00.000000", None]
    (fault,) = faults_of("d,x\n2024-02-30,1\n", {"columns": {"d": {"type": "date"}}})
    assert (fault.code, fault.line, fault.value) == ("not_a_date", 2, "2024-02-30")


@row(15)
def digits_are_not_lost() -> None:
    text = "id,x\n9007199254740993,1\n9007199254740992,5\n9007199254740991,3\n"
    found = read_bytes(text)
    assert found.values("id") == ["9007199254740993", "9007199254740992", "9007199254740991"]
    assert ("large_integers", "id") in found.warnings
    assert ("lost_digits", "id") in read_bytes(text, {"columns": {"id": {"type": "number"}}}).warnings


@row(16)
def booleans() -> None:
    found = read_bytes("s,t,u,v\nFemale,yes,0,True\nMale,no,1,false\nMale,yes,1,true\n,,,\n")
    assert found.column("s")["truth"] == {"Female": False, "Male": True}
    assert found.column("s")["reason"] == 'All 3 values are one of two: "Female" is false, "Male" is true.'
    assert found.values("s") == [False, True, True, None]
    assert found.values("t") == [True, False, True, None]
    assert found.values("u") == [False, True, True, None]
    third = read_bytes("s,x\nFemale,1\nMale,2\n0,3\n")
    assert third.values("s") == ["Female", "Male", "0"]
    (fault,) = faults_of("s,x\nFemale,1\nMale,2\n0,3\n", {"columns": {"s": {"type": "boolean"}}})
    assert (fault.code, fault.line, fault.value) == ("not_a_boolean", 4, "0")


@row(17)
def unparsable_numbers_are_no_gaps() -> None:
    said = {"columns": {"x": {"type": "number"}}}
    faults = faults_of("x,y\n1,1\nn/a,2\n?,3\n", said)
    assert [(fault.line, fault.value) for fault in faults] == [(3, "n/a"), (4, "?")]
    assert read_bytes("x,y\n1,1\n  ,2\n 3 ,3\n", said).values("x") == [1, None, 3]


@row(18)
def values_have_places_for_unknown_ones() -> None:
    found = read_bytes("job,x\nclerk,1\nbaker,2\nclerk,3\nsmith,4\n")
    assert found.column("job")["values"] == ["baker", "clerk", "smith"]
    assert found.column("job")["top"][0] == {"value": "clerk", "count": 2}


@row(19)
def parquet_by_value() -> None:
    moment = datetime(2024, 3, 1, 12, 30, tzinfo=UTC)
    arrays = {
        **{unit: pa.array([moment, None], pa.timestamp(unit, "Europe/Paris")) for unit in ("s", "ms", "us", "ns")},
        "plain": pa.array([moment.replace(tzinfo=None), None], pa.timestamp("ms")),
        "day": pa.array([date(1960, 1, 2), None], pa.date32()),
        "clock": pa.array([time(1, 0, 1), None], pa.time32("s")),
        "money": pa.array([Decimal("12.34"), None], pa.decimal128(10, 2)),
        "flag": pa.array([True, None]),
        "word": pa.array(["b", "a"]).dictionary_encode(),
        "large": pa.array(["x", None], pa.large_string()),
        "small": pa.array([200, 1], pa.uint8()),
        "vector": pa.array([[1.0, 2.0], [3.0, 4.0]], pa.list_(pa.float32(), 2)),
        "list": pa.array([[1, 2, 3], [4, 5, 6]]),
    }
    found = read_bytes(parquet_of(arrays))
    for name in ("s", "ms", "us", "ns", "plain"):
        assert found.values(name) == ["2024-03-01T12:30:00.000000", None]
    assert found.values("day")[0] == "1960-01-02T00:00:00.000000"
    assert (found.values("clock"), found.values("money")) == ([3601, None], [12.34, None])
    assert found.column("flag")["type"] == "boolean"
    assert found.values("flag") == [True, None]
    assert found.values("small") == [200, 1]
    assert found.values("vector") == [[1, 2], [3, 4]]
    assert found.column("list")["shape"] == [3]
    bad = {
        "s": pa.array([{"a": 1}, {"a": 2}]),
        "m": pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int8())),
        "x": pa.array([1, 2]),
    }
    assert [(fault.code, fault.column) for fault in faults_of(parquet_of(bad))] == [
        ("unsupported_type", "s"),
        ("unsupported_type", "m"),
    ]
    (fault,) = faults_of(parquet_of({"l": pa.array([[1, 2], [3]])}))
    assert (fault.code, fault.column, fault.place) == ("ragged_list", "l", "row 2")
    said = {"columns": {"s": {"type": "ignore"}, "m": {"type": "ignore"}}}
    assert read_bytes(parquet_of(bad), said).values("x") == [1, 2]


@row(20)
def headers_of_arrays() -> None:
    bomb = zip_of({"x.npy": header("(500000000000,)") + b"\x00" * 80})
    (fault,) = faults_of(bomb)
    assert (fault.code, fault.column) == ("damaged_array", "x")
    assert "promises 4,000,000,000,000 bytes" in fault.message
    for kind in (np.array([{}, 1], dtype=object), np.zeros(2, "i4,f4"), np.zeros(2, complex), np.zeros(2, "V3")):
        (fault,) = faults_of(npz(x=kind))
        assert fault.code == "unsupported_type"
    big = np.arange(24, dtype=">i2").reshape(4, 2, 3)
    found = read_bytes(
        npz(
            big=big,
            fortran=np.asfortranarray(big.astype("<f4")),
            half=big.astype("f2"),
            when=np.array(["2024-01-02", "NaT", "1969-12-31", "2000-01-01"], "M8[D]"),
            name=np.array(["b", "a", "b", "c"]),
        )
    )
    for name, dtype in (("big", "int16"), ("fortran", "float32"), ("half", "float32")):
        stored = found.members[found.column(name)["member"]]
        assert (stored.tolist(), stored.dtype) == (big.tolist(), np.dtype(dtype))
        assert stored.flags.c_contiguous
    assert found.values("when")[:2] == ["2024-01-02T00:00:00.000000", None]
    assert found.values("name") == ["b", "a", "b", "c"]
    assert read_bytes(npy(np.arange(5.0))).values("array") == [0, 1, 2, 3, 4]


@row(21)
def sixteen_bits_stay() -> None:
    wide = np.arange(0, 65536, 256, dtype=np.uint16).reshape(16, 16)
    made = io.BytesIO()
    Image.fromarray(wide).save(made, "PNG")
    found = decode(made.getvalue(), 10**6).image
    assert np.asarray(found).tolist() == wide.tolist()
    read = read_bytes(zip_of(two_classes(cat__2=made.getvalue())))
    assert read.column("image")["mode_counts"] == {"L": 2, "I;16": 1}
    floats = picture(0.5, "F", form="TIFF")
    (fault,) = faults_of(zip_of(two_classes(cat__2=floats)))
    assert (fault.code, fault.place) == ("unsupported_mode", "cat/2")


@row(22)
def pictures_stand_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    found = read_bytes(zip_of(two_classes(cat__2=picture(1, size=(40, 30), form="JPEG", exif=exif))))
    assert found.members["0.sizes"].tolist() == [[4, 3], [30, 40], [4, 3]]


@row(23)
def pictures_of_all_kinds() -> None:
    clear = picture((255, 0, 0, 0), "RGBA")
    kinds = {
        "palette": picture(1, "P"),
        "clear": clear,
        "cmyk": picture((0, 0, 0, 0), "CMYK", form="JPEG"),
        "bit": picture(1, "1"),
        "bmp": picture((1, 2, 3), "RGB", form="BMP"),
        "webp": picture((1, 2, 3), "RGB", form="WEBP"),
        "tiff": picture((1, 2, 3), "RGB", form="TIFF"),
        "gif.jpg": animated(),
    }
    found = read_bytes(zip_of(two_classes(**{f"cat__{name}": data for name, data in kinds.items()})))
    assert found.facts["rows"] == 10
    assert {("animated_pictures", "image"), ("transparent_pictures", "image")} <= set(found.warnings)
    assert decode(clear, 100).image.getpixel((0, 0)) == (255, 255, 255)
    (fault,) = faults_of(zip_of(two_classes(**{"cat__a.png": b"%!PS-Adobe-3.0 EPSF-3.0\n"})))
    assert (fault.code, fault.place) == ("not_a_picture", "cat/a.png")


@row(24)
def folders_are_classes() -> None:
    left = {"__MACOSX/._1.png": b"x", "top/cat/.DS_Store": b"x", "top/cat/._2.png": b"x", "top/dog/Thumbs.db": b"x"}
    pictures = {
        "top/cat/1.JPG": picture(form="JPEG"),
        "top/dog/1.png": picture(),
        f"top/{unicodedata.normalize('NFD', 'Bär')}/1.png": picture(),
        f"top/{unicodedata.normalize('NFC', 'Bär')}/2.png": picture(),
    }
    found = read_bytes(zip_of({**left, **pictures}))
    assert (found.facts["classes"], found.facts["rows"]) == (["Bär", "cat", "dog"], 4)
    assert found.values("class") == ["Bär", "Bär", "cat", "dog"]
    assert ("skipped_files", "image") in found.warnings
    assert "4 hidden" in next(one["message"] for one in found.facts["warnings"])
    faults = faults_of(zip_of(two_classes(**{"owl__": b"", "a.png": picture(), "cat__deep__1.png": picture()})))
    assert {(fault.code, fault.place) for fault in faults} == {
        ("empty_class", "owl"),
        ("file_beside_classes", "a.png"),
        ("unequal_depth", "cat/deep/1.png"),
    }


@row(25)
def zips_are_no_traps() -> None:
    for name in ("../x.png", "/etc/x.png", "a\\..\\x.png", "C:/x.png"):
        faults = faults_of(zip_of({**two_classes(), name: picture()}))
        assert ("unsafe_path", name) in {(fault.code, fault.place) for fault in faults}


def parquet_of(arrays: dict[str, pa.Array]) -> bytes:
    made = io.BytesIO()
    pq.write_table(pa.table(arrays), made)
    return made.getvalue()


def animated() -> bytes:
    made = io.BytesIO()
    frames = [Image.new("L", (4, 3), shade) for shade in (0, 200)]
    frames[0].save(made, "GIF", save_all=True, append_images=frames[1:])
    return made.getvalue()


@pytest.mark.parametrize("number", range(1, 26))
def test_row(number: int) -> None:
    ROWS[number]()
