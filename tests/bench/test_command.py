import subprocess
import sys
from pathlib import Path

import pytest

from bench.rows import ROWS

ROOT = Path(__file__).resolve().parents[2]
BOTH = "import sys; from bench.__main__ import main; main(); sys.argv[1:] = ['small-job', 'smal-job']; main()"
"""Lists the rows, then measures: `bench` imports much, so one process does both."""


@pytest.fixture(scope="module")
def ended() -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", BOTH, "--list"], cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_row_is_listed_with_what_it_measures(ended: subprocess.CompletedProcess[str]) -> None:
    lines = ended.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(ROWS)
    assert all(len(line.split()) > 3 for line in lines)


def test_an_unknown_row_is_refused_by_name(ended: subprocess.CompletedProcess[str]) -> None:
    assert ended.returncode == 2
    assert "no such row: smal-job; there are small-job, " in ended.stderr
