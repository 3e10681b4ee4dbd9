"""Whatever is done to the bytes of a file, it is read or refused with faults: nothing else comes of it."""

import io
import struct
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.reader.files import npy, npz, picture, read_bytes, two_classes, zip_of
from worker.pictures.decoding import NotDecoded, decode
from worker.reader.faults import FileFaulty

ROUNDS = 300


def parquet() -> bytes:
    made = io.BytesIO()
    columns = {"a": list(range(300)), "b": [f"v{n % 9}" for n in range(300)], "c": [[1.0, 2.0]] * 300}
    pq.write_table(pa.table(columns), made)
    return made.getvalue()


def table() -> bytes:
    return b"a,b,c\n" + b"".join(b'%d,"x ""%d"" y",2024-01-%02d\n' % (n, n % 7, n % 28 + 1) for n in range(60))


FILES: dict[str, Callable[[], bytes]] = {
    "csv": table,
    "parquet": parquet,
    "npy": lambda: npy(np.arange(60.0).reshape(20, 3)),
    "npz": lambda: npz(x=np.arange(20), y=np.array(list("abcdefghijklmnopqrst")), z=np.zeros((20, 2), order="F")),
    "zip": lambda: zip_of(two_classes(cat__2=picture((1, 2, 3), "RGB", (20, 20), "JPEG"))),
}
PICTURES = {form: picture((9, 8, 7), "RGB", (24, 16), form) for form in ("JPEG", "PNG", "WEBP", "BMP", "TIFF")} | {
    "GIF": picture(3, "P", (24, 16), "GIF")
}


def mutated(data: bytes, chance: np.random.Generator) -> bytes:
    """Some bytes are others, are missing, come twice, or the rest is cut off."""
    changed = bytearray(data)
    for _ in range(int(chance.choice([1, 1, 2, 4, 16]))):
        place, length = int(chance.integers(len(changed))), int(chance.integers(1, 20))
        kind = int(chance.integers(10))
        if kind < 5:
            changed[place] = int(chance.integers(256))
        elif kind < 7:
            changed[place] = b'\x00\xff",;\n\r\t|'[int(chance.integers(9))]
        elif kind == 7:
            del changed[place : place + length]
        elif kind == 8:
            changed[place:place] = changed[place : place + length]
        else:
            del changed[max(1, place) :]
        changed = changed or bytearray(b"x")
    return bytes(changed)


@pytest.mark.parametrize("name", FILES)
def test_files(name: str) -> None:
    data, chance = FILES[name](), np.random.default_rng(len(name))
    refused = 0
    for _ in range(ROUNDS):
        try:
            read_bytes(mutated(data, chance))
        except FileFaulty as error:
            refused += bool(error.faults)
    assert 0 < refused < ROUNDS


@pytest.mark.filterwarnings("ignore")  # Pillow tells of odd metadata by warnings
@pytest.mark.parametrize("form", PICTURES)
def test_pictures(form: str) -> None:
    chance = np.random.default_rng(len(form))
    refused = 0
    for _ in range(ROUNDS):
        try:
            decode(mutated(PICTURES[form], chance), 10**6)
        except NotDecoded:
            refused += 1
    assert refused > 0


def test_a_row_that_is_left_out_is_never_forgotten() -> None:
    """Arrow skips a ragged row that is not UTF-8 without a word."""
    with pytest.raises(FileFaulty) as caught:
        read_bytes(b"a,b\n1,2\n\xed\xa0,3,4\n5,6\n")
    assert (caught.value.faults[0].code, caught.value.faults[0].line) == ("invalid_encoding", 3)


def test_headers_that_python_cannot_parse() -> None:
    for text in ("(" * 9000, "{'descr': ", "[" * 200 + "]" * 200, "{'descr': '<f8', 'shape': (" + "9" * 5000 + ",)}"):
        data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()
        with pytest.raises(FileFaulty) as caught:
            read_bytes(data)
        assert caught.value.faults[0].code == "damaged_array"
