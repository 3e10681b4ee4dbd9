"""Hostile and broken files, made here: each is refused with a code, a place and a way out, in bounded time and memory.

How much memory a reading takes is seen by how far it raises the most that this process ever held.
"""

import gzip
import io
import pickle
import resource
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spec.datasets.read_limits import LIMITS, ReadLimits
from tests.reader.files import faults_of, header, npy, npz, picture, two_classes, zip_of
from tests.wording import faults_of_sentence

MOST_SECONDS = 20
MOST_MEMORY = 400 * 2**20
SMALL = ReadLimits(rows=1000, columns=50, members=100, pixels=10_000, unpacked_bytes=8 * 2**20)
ROWS = b"a,b\n1,2\n3,4\n"


@dataclass(frozen=True)
class Bad:
    """A file, and what is said of it."""

    make: Callable[[], bytes | str]
    code: str
    at: str | int | None = None
    said: Mapping[str, Any] | None = None
    limits: ReadLimits = LIMITS


def a_table(**arrays: pa.Array) -> bytes:
    made = io.BytesIO()
    pq.write_table(pa.table(arrays), made)
    return made.getvalue()


def cut(data: bytes, share: float = 0.6) -> bytes:
    return data[: int(len(data) * share)]


def noise(size: int, seed: int = 1) -> bytes:
    return np.random.default_rng(seed).bytes(size)


def link() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in two_classes().items():
            archive.writestr(name, data)
        info = zipfile.ZipInfo("cat/2.png")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return made.getvalue()


def device() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        info = zipfile.ZipInfo("cat/fifo")
        info.external_attr = (stat.S_IFIFO | 0o666) << 16
        archive.writestr(info, "")
    return made.getvalue()


def twice() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in two_classes().items():
            archive.writestr(name, data)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("cat/1.png", b"other")
    return made.getvalue()


def encrypted() -> bytes:
    data = bytearray(zip_of(two_classes()))
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = data.find(mark)
        data[place + offset] |= 1
    return bytes(data)


def listed(text: str, name: str = "metadata.csv") -> bytes:
    """Two pictures, and a list of them."""
    return zip_of({**two_classes(), name: text.encode()})


def overlapping() -> bytes:
    """Two members whose bytes are the same, as in zip bombs that are not nested."""
    data = bytearray(zip_of({"cat/1.png": picture(1, size=(99, 99)), "dog/1.png": picture(2, size=(99, 99))}))
    first = data.find(b"PK\x01\x02")
    second = data.find(b"PK\x01\x02", first + 4)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    return bytes(data)


def lying_size() -> bytes:
    """A member that says it is smaller than it is."""
    data = bytearray(zip_of({"cat/1.png": picture(), "dog/1.png": b"\x00" * 100_000}, zipfile.ZIP_DEFLATED))
    place = data.rfind(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<I", 100)
    return bytes(data)


def wrong_sum() -> bytes:
    data = bytearray(zip_of(two_classes()))
    place = data.find(b"IDAT")
    data[place + 6] ^= 0xFF
    return bytes(data)


def many_names(count: int) -> bytes:
    """An end that promises more members than there are."""
    data = bytearray(zip_of(two_classes()))
    place = data.rfind(b"PK\x05\x06")
    data[place + 8 : place + 12] = struct.pack("<HH", count, count)
    return bytes(data)


def many_names_in_64() -> bytes:
    data = zip_of(two_classes())
    place = data.rfind(b"PK\x05\x06")
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 2**40, 2**40, 2**50, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, place, 1)
    end = bytearray(data[place:])
    end[8:20] = b"\xff" * 12
    return data[:place] + record + locator + bytes(end)


def lying_footer(size: int) -> bytes:
    data = a_table(a=pa.array([1, 2, 3]))
    return data[:-8] + struct.pack("<I", size) + b"PAR1"


def bitten(data: bytes, seed: int, bites: int = 12) -> bytes:
    """Some bytes of the footer are others."""
    chance = np.random.default_rng(seed)
    broken = bytearray(data)
    (footer,) = struct.unpack("<I", data[-8:-4])
    for _ in range(bites):
        broken[len(data) - 9 - int(chance.integers(footer))] = int(chance.integers(256))
    return bytes(broken)


def bomb_png(width: int, height: int) -> bytes:
    data = bytearray(picture())
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    return bytes(data)


def number_column(value: str) -> Bad:
    return Bad(f"a,b\n1,2\n{value},4\n".encode, "not_a_number", 3, {"columns": {"a": {"type": "number"}}})


CORPUS: dict[str, Bad] = {
    # --- what is no data set
    "nothing": Bad(lambda: b"", "empty_file"),
    "only_blank_lines": Bad(lambda: b"\n \n\n", "empty_file"),
    "only_a_byte_order_mark": Bad(lambda: b"\xef\xbb\xbf", "empty_file"),
    "only_a_header": Bad(lambda: b"a,b\n", "no_rows"),
    "gzip": Bad(lambda: gzip.compress(ROWS), "unsupported_format"),
    "a_pickle": Bad(lambda: pickle.dumps([1, 2]), "unsupported_format"),
    "a_program": Bad(lambda: b"\x7fELF" + noise(500), "unsupported_format"),
    "a_web_page": Bad(lambda: b"<!DOCTYPE html><p>1,2</p>\n", "unsupported_format"),
    "json": Bad(lambda: b'[{"a": 1}]', "unsupported_format"),
    "a_pdf": Bad(lambda: b"%PDF-1.7\n", "unsupported_format"),
    "one_picture": Bad(picture, "unsupported_format"),
    "sqlite": Bad(lambda: b"SQLite format 3\x00" + noise(100), "unsupported_format"),
    "noise": Bad(lambda: noise(5000), "unsupported_format"),
    "zeros": Bad(lambda: b"\x00" * 5000, "unsupported_format"),
    "a_workbook": Bad(lambda: zip_of({"[Content_Types].xml": b"", "xl/workbook.xml": b""}), "unsupported_format"),
    "tar": Bad(lambda: b"a" * 257 + b"ustar" + b"\x00" * 250, "unsupported_format"),
    "another_format_than_described": Bad(lambda: ROWS, "other_format", None, {"format": "parquet"}),
    # --- CSV
    "latin_1": Bad(lambda: b"a,b\nx,1\n\xe4,2\n", "invalid_encoding", 3),
    "utf_16": Bad(lambda: ROWS.decode().encode("utf-16"), "invalid_encoding", 1),
    "cut_in_a_character": Bad(lambda: "a,b\nx,ä".encode()[:-1], "invalid_encoding", 2),
    "a_wrong_encoding": Bad(
        lambda: b"a,b\nx\x81,1\n", "invalid_encoding", "byte 5", {"dialect": {"encoding": "cp1252"}}
    ),
    "an_endless_line": Bad(lambda: b"x" * (40 * 2**20), "row_too_long", 1),
    "an_endless_line_below": Bad(lambda: b"a,b\n1,2\n" + b"x" * (40 * 2**20), "row_too_long"),
    "an_open_quotation": Bad(lambda: b'a,b\n1,2\n"3,4\n5,6\n', "unclosed_quotation", 3),
    "an_open_quotation_in_the_last_column": Bad(lambda: b'a,b\n1,2\n3,"4\n5,6\n7,8\n', "unclosed_quotation", 3),
    "an_open_quotation_far_above": Bad(lambda: b'a,b\n1,2\n"3,4\n' + b"5,6\n" * 2_000_000, "unclosed_quotation", 3),
    "a_million_columns": Bad(lambda: b",".join(b"c%d" % n for n in range(1_000_000)) + b"\n1\n", "too_many_columns", 1),
    "a_few_columns_too_many": Bad(
        lambda: b"a," * 60 + b"z\n" + b"1," * 60 + b"1\n", "too_many_columns", 1, limits=SMALL
    ),
    "too_many_rows": Bad(lambda: b"a,b\n" + b"1,2\n" * 1001, "too_many_rows", limits=SMALL),
    "ragged": Bad(lambda: b"a,b\n1,2\n3\n4,5,6\n", "ragged_row", 3),
    "ragged_below_lines_in_quotes": Bad(lambda: b'a,b\n"x\ny\nz",2\n3\n', "ragged_row", 5),
    "a_line_for_excel": Bad(lambda: b"sep=;\na;b\n1;2\n", "delimiter_line", 1),
    "names_twice": Bad(lambda: b"a,b,a\n1,2,3\n", "duplicate_column", 1),
    "a_name_without_end": Bad(lambda: b"n" * 1000 + b",b\n1,2\n", "column_name_too_long", 1),
    "delimiters_of_two_kinds": Bad(lambda: b"a,b;c,d\n1,2;3,4\n", "ambiguous_delimiter", 1),
    "no_delimiter_that_fits": Bad(lambda: b"a,b\nx;1\ny|2\nz;3\n", "unknown_delimiter", 1),
    "a_formula": Bad(lambda: b'a,b\n1,"=SUM(A1:A9)"\n2,x\n3,y\n', "formula", 2),
    "a_command": Bad(lambda: b"a,b\n1,=cmd|' /C calc'!A0\n2,x\n3,y\n", "formula", 2),
    "a_column_that_is_not_there": Bad(lambda: ROWS, "unknown_column", None, {"target": "c"}),
    "words_for_numbers": number_column("many"),
    "hexadecimal": number_column("0x1F"),
    "not_a_number": number_column("nan"),
    "infinity": number_column("inf"),
    "two_points": number_column("1.2.3"),
    "a_sign_alone": number_column("-"),
    "a_number_beyond_float64": Bad(
        lambda: b"a,b\n1e999,2\n", "number_too_large", 2, {"columns": {"a": {"type": "number"}}}
    ),
    "a_day_that_is_not": Bad(lambda: b"a,b\n2024-02-30,2\n", "not_a_date", 2, {"columns": {"a": {"type": "date"}}}),
    "too_many_categories": Bad(
        lambda: "a,b\n" + "".join(f"v{n},1\n" for n in range(20_000)),
        "too_many_categories",
        10_002,
        {"columns": {"a": {"type": "category"}}},
    ),
    "all_columns_ignored": Bad(
        lambda: ROWS, "no_columns", None, {"columns": {"a": {"type": "ignore"}, "b": {"type": "ignore"}}}
    ),
    # --- Parquet
    "parquet_cut": Bad(lambda: cut(a_table(a=pa.array(range(1000)))), "damaged_parquet"),
    "parquet_only_its_mark": Bad(lambda: b"PAR1", "damaged_parquet"),
    "parquet_footer_of_gigabytes": Bad(lambda: lying_footer(2**32 - 1), "damaged_parquet"),
    "parquet_footer_of_nothing": Bad(lambda: lying_footer(0), "damaged_parquet"),
    "parquet_without_rows": Bad(lambda: a_table(a=pa.array([], pa.int8())), "no_rows"),
    "parquet_with_structs": Bad(lambda: a_table(a=pa.array([{"x": 1}])), "unsupported_type"),
    "parquet_with_bytes": Bad(lambda: a_table(a=pa.array([b"x"])), "unsupported_type"),
    "parquet_with_ragged_lists": Bad(lambda: a_table(a=pa.array([[1], [1, 2]])), "ragged_list", "row 2"),
    "parquet_with_infinity": Bad(lambda: a_table(a=pa.array([1.0, float("inf")])), "infinite_number", "row 2"),
    "parquet_with_too_many_columns": Bad(
        lambda: a_table(**{f"c{n}": pa.array([n]) for n in range(60)}), "too_many_columns", limits=SMALL
    ),
    # --- arrays
    "npy_of_terabytes": Bad(lambda: header("(1000000000000,)") + b"\x00" * 64, "damaged_array"),
    "npy_of_less_than_nothing": Bad(lambda: header("(-5,)") + b"\x00" * 40, "damaged_array"),
    "npy_cut": Bad(lambda: cut(npy(np.arange(1000))), "damaged_array"),
    "npy_that_goes_on": Bad(lambda: npy(np.arange(10)) + b"more", "damaged_array"),
    "npy_with_code_for_a_header": Bad(lambda: header("__import__('os').getpid()"), "damaged_array"),
    "npy_pickled": Bad(lambda: npy(np.array([{}, {}], dtype=object), allow_pickle=True), "unsupported_type"),
    "npy_without_rows": Bad(lambda: npy(np.array(3.0)), "no_rows"),
    "npy_of_empty_rows": Bad(lambda: npy(np.zeros((3, 0))), "empty_rows"),
    "npz_of_other_lengths": Bad(lambda: npz(x=np.zeros(3), y=np.zeros(4)), "unequal_rows"),
    "npz_bomb": Bad(lambda: zip_of({"x.npy": b"\x00" * (64 * 2**20)}, zipfile.ZIP_DEFLATED), "unpacks_too_large"),
    "npz_with_a_path": Bad(lambda: zip_of({"../x.npy": npy(np.zeros(3))}), "unsafe_path", "../x.npy"),
    "npz_of_complex_numbers": Bad(lambda: npz(x=np.zeros(3, complex)), "unsupported_type"),
    "npz_with_infinity": Bad(lambda: npz(x=np.full((3, 2), np.inf)), "infinite_number"),
    # --- zips of pictures
    "zip_cut": Bad(lambda: cut(zip_of(two_classes()), 0.9), "damaged_zip"),
    "zip_of_nothing": Bad(lambda: zip_of({}), "no_rows"),
    "zip_out_of_itself": Bad(lambda: zip_of({**two_classes(), "../../x.png": picture()}), "unsafe_path", "../../x.png"),
    "zip_of_absolute_paths": Bad(lambda: zip_of({**two_classes(), "/x/y.png": picture()}), "unsafe_path", "/x/y.png"),
    "zip_with_a_link": Bad(link, "not_a_file", "cat/2.png"),
    "zip_with_a_fifo": Bad(device, "not_a_file", "cat/fifo"),
    "zip_with_a_name_twice": Bad(twice, "duplicate_file", "cat/1.png"),
    "zip_encrypted": Bad(encrypted, "encrypted_file", "cat/1.png"),
    "zip_of_an_unusual_method": Bad(
        lambda: zip_of(two_classes(), zipfile.ZIP_LZMA), "unsupported_compression", "cat/1.png"
    ),
    "zip_whose_files_overlap": Bad(overlapping, "damaged_zip"),
    "zip_that_lies_about_a_size": Bad(lying_size, "damaged_zip", "dog/1.png"),
    "zip_with_a_wrong_sum": Bad(wrong_sum, "damaged_zip", "cat/1.png"),
    "zip_bomb": Bad(
        lambda: zip_of({**two_classes(), "cat/2.bmp": b"\x00" * (64 * 2**20)}, zipfile.ZIP_DEFLATED),
        "unpacks_too_large",
    ),
    "zip_that_promises_many_files": Bad(lambda: many_names(60_000), "too_many_files", limits=SMALL),
    "zip_that_promises_a_trillion": Bad(many_names_in_64, "too_many_files"),
    "zip_of_too_many_files": Bad(
        lambda: zip_of({f"cat/{n}.png": b"" for n in range(101)}), "too_many_files", limits=SMALL
    ),
    "zip_in_a_zip": Bad(lambda: zip_of(two_classes(cat__2=zip_of(two_classes()))), "nested_archive", "cat/2"),
    "zip_of_one_class": Bad(lambda: zip_of({"cat/1.png": picture(), "cat/2.png": picture()}), "one_class", "cat"),
    "zip_of_an_empty_class": Bad(lambda: zip_of({**two_classes(), "owl/": b""}), "empty_class", "owl"),
    "zip_without_folders": Bad(lambda: zip_of({"1.png": picture(), "2.png": picture()}), "no_folders", "1.png"),
    "zip_with_a_picture_beside_its_folders": Bad(
        lambda: zip_of({**two_classes(), "1.png": picture()}), "file_beside_classes", "1.png"
    ),
    "zip_of_unequal_depth": Bad(
        lambda: zip_of({**two_classes(), "cat/a/b/1.png": picture()}), "unequal_depth", "cat/a/b/1.png"
    ),
    "list_of_a_picture_that_is_not_there": Bad(
        lambda: listed("file_name,y\ncat/1.png,1\ndog/2.png,2\ndog/1.png,3\n"), "missing_picture", 3
    ),
    "list_without_a_picture": Bad(lambda: listed("file_name,y\ncat/1.png,1\n"), "unlisted_picture", "dog/1.png"),
    "list_with_a_picture_twice": Bad(
        lambda: listed("file_name,y\ncat/1.png,1\ndog/1.png,2\ncat/1.png,3\n"), "listed_twice", 4
    ),
    "list_without_a_path": Bad(lambda: listed("y,file_name\n1,cat/1.png\n2,\n3,dog/1.png\n"), "missing_file_name", 3),
    "list_without_paths": Bad(lambda: listed("path,y\ncat/1.png,1\ndog/1.png,2\n"), "no_file_names", 1),
    "list_of_ragged_rows": Bad(lambda: listed("file_name,y\ncat/1.png,1\ndog/1.png\n"), "ragged_row", 3),
    "list_that_leads_out": Bad(
        lambda: listed("file_name,y\ncat/1.png,1\ndog/1.png,2\n../../etc/passwd,3\n"), "missing_picture", 4
    ),
    "list_with_pictures_of_its_own": Bad(
        lambda: listed("file_name,image\ncat/1.png,1\ndog/1.png,2\n"), "duplicate_column", "metadata.csv"
    ),
    "two_lists": Bad(
        lambda: zip_of({**two_classes(), "metadata.csv": b"file_name\n", "metadata.jsonl": b"{}"}),
        "two_lists",
        "metadata.jsonl",
    ),
    "json_list_that_is_no_json": Bad(
        lambda: listed('{"file_name": "cat/1.png"}\n{"file_name": \n', "metadata.jsonl"), "not_json", 2
    ),
    "json_list_of_nothing_but_brackets": Bad(lambda: listed("[" * 100_000, "metadata.jsonl"), "not_json", 1),
    "json_list_of_lists": Bad(lambda: listed('["cat/1.png"]\n', "metadata.jsonl"), "not_an_object", 1),
    "json_list_with_boxes": Bad(
        lambda: listed('{"file_name": "cat/1.png", "boxes": [1, 2]}\n', "metadata.jsonl"), "unsupported_type", 1
    ),
    "json_list_of_a_picture_that_is_not_there": Bad(
        lambda: listed(
            '{"file_name": "cat/1.png", "y": "a\\nb"}\n\n{"file_name": "dog/1.png"}\n{"file_name": "1.png"}\n',
            "metadata.jsonl",
        ),
        "missing_picture",
        4,
    ),
    "zip_with_a_text": Bad(lambda: zip_of(two_classes(cat__notes=b"hello")), "not_a_picture", "cat/notes"),
    "zip_with_an_eps": Bad(lambda: zip_of(two_classes(cat__2=b"%!PS-Adobe-3.0 EPSF-3.0\n")), "not_a_picture", "cat/2"),
    "jpeg_cut": Bad(
        lambda: zip_of(two_classes(cat__2=cut(picture((1, 2, 3), "RGB", (99, 99), "JPEG"), 0.9))),
        "damaged_picture",
        "cat/2",
    ),
    "png_cut": Bad(lambda: zip_of(two_classes(cat__2=cut(picture(size=(99, 99))))), "damaged_picture", "cat/2"),
    "png_that_promises_gigapixels": Bad(
        lambda: zip_of(two_classes(cat__2=bomb_png(100_000, 100_000))), "picture_too_large", "cat/2"
    ),
    "picture_too_large": Bad(
        lambda: zip_of(two_classes(cat__2=picture(size=(101, 100)))), "picture_too_large", "cat/2", limits=SMALL
    ),
    "picture_of_floats": Bad(
        lambda: zip_of(two_classes(cat__2=picture(0.5, "F", form="TIFF"))), "unsupported_mode", "cat/2"
    ),
    "an_empty_picture": Bad(lambda: zip_of(two_classes(cat__2=b"")), "not_a_picture", "cat/2"),
}


def test_there_are_enough() -> None:
    assert len(CORPUS) >= 60


@pytest.mark.parametrize("name", CORPUS)
def test_refused(name: str, tmp_path: Path) -> None:
    del tmp_path
    bad = CORPUS[name]
    data = bad.make()
    began_at, memory = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    faults = faults_of(data, bad.said, bad.limits)
    assert time.monotonic() - began_at < MOST_SECONDS
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) * 1024 < MOST_MEMORY
    fault = next(fault for fault in faults if fault.code == bad.code)
    assert bad.at in (None, fault.line, fault.place)
    for one in faults:
        assert faults_of_sentence(one.message) == []
        # What is wrong, and what to do about it.
        assert one.message.count(". ") + one.message.count("; ") >= 1, one.message


@pytest.mark.parametrize("seed", range(40))
def test_a_parquet_footer_of_nonsense_is_refused_or_read(seed: int) -> None:
    """Whatever the footer says, nothing else than a fault comes of it."""
    data = a_table(a=pa.array(range(50)), b=pa.array([f"v{n % 7}" for n in range(50)]))
    try:
        faults = faults_of(bitten(data, seed))
    except AssertionError:
        return
    assert faults
