import subprocess
import sys
from pathlib import Path

from bench.rows import ROWS

ROOT = Path(__file__).resolve().parents[2]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_every_row_is_listed_with_what_it_measures() -> None:
    lines = bench("--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(ROWS)
    assert all(len(line.split()) > 3 for line in lines)


def test_an_unknown_row_is_refused_by_name() -> None:
    ended = bench("small-job", "smal-job")
    assert ended.returncode == 2
    assert "no such row: smal-job; there are small-job, " in ended.stderr
