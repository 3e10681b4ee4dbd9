"""The rows about reading: files of users, beside programs that only read them."""

import random
import struct
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench import programs
from bench.figures import Finding, Goal, Measure

TURNS = 5
CSV_ROWS, PICTURES, SIDE = 1_300_000, 60_000, 28
_MOST_PEAK_MIB = 400
_MIB = 2**20


@dataclass(frozen=True)
class Turns:
    """A program that reads a file, run over and over.

    Attributes:
        seconds: From its start to its end.
        peaks_mib: The most memory that it took.
    """

    seconds: list[float] = field(default_factory=list[float])
    peaks_mib: list[float] = field(default_factory=list[float])

    def take(self, module: str, path: Path) -> None:
        """Run it once more."""
        began = time.perf_counter()
        peak_bytes = programs.run(module, str(path))
        self.seconds.append(time.perf_counter() - began)
        self.peaks_mib.append(peak_bytes / _MIB)


def csv() -> list[Finding]:
    """A CSV file of some 100 MB, beside a cold process of `pyarrow.csv` with the same statistics."""
    return _read("a CSV file of numbers and categories", _write_csv, "pyarrow.csv", "bench.peers.pyarrow_csv", 1.5)


def pictures() -> list[Finding]:
    """A zip of 60,000 PNG files, beside a plain loop of Pillow."""
    return _read("60,000 PNG files of 28 x 28 in a zip", _write_zip, "Pillow", "bench.peers.pillow_zip", 1.2)


def _read(work: str, write: Callable[[Path], None], peer_name: str, peer: str, bound: float) -> list[Finding]:
    ours, theirs = Turns(), Turns()
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "file"
        write(path)
        for _ in range(TURNS):
            theirs.take(peer, path)
            ours.take("bench.own_reading", path)
        megabytes = path.stat().st_size / 1e6
    return [
        Finding(
            work=f"{work}, {megabytes:.0f} MB, in a cold process",
            ours=Measure(ours.seconds, "s"),
            goal=Goal(bound),
            peer_name=peer_name,
            peer=Measure(theirs.seconds, "s"),
        ),
        Finding(
            work=f"{work}: peak memory",
            ours=Measure(ours.peaks_mib, "MiB"),
            goal=Goal(_MOST_PEAK_MIB, is_of_ratio=False),
            peer_name=peer_name,
            peer=Measure(theirs.peaks_mib, "MiB"),
        ),
    ]


def _write_csv(path: Path) -> None:
    chance = random.Random(0)  # noqa: S311 -- numbers to read
    with path.open("w") as file:
        file.write("a,b,c,d,e,f,g,h,i,j\n")
        for _ in range(CSV_ROWS):
            number = chance.random()
            file.write(
                f"{number},{number * 100:.0f},{'abcde'[int(number * 5)]},{number * 1e4:.2f},{int(number * 1e6)},"
                f"k{int(number * 2000)},{chance.gauss():.4f},{int(number * 2)},{number * 9000:.1f},{number * 7:.6f}\n"
            )


def _write_zip(path: Path) -> None:
    chance = random.Random(0)  # noqa: S311 -- pixels to read
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(PICTURES):
            archive.writestr(f"c{number % 10}/{number}.png", _png(chance.randbytes(SIDE * SIDE)))


def _png(pixels: bytes) -> bytes:
    """A grey picture."""
    rows = b"".join(b"\x00" + pixels[first : first + SIDE] for first in range(0, len(pixels), SIDE))
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
