"""The artifact `logs` has a bound: of a long log its head and tail are kept, and it says so."""

import os
from pathlib import Path

from worker.trainer.results.artifacts import LOG_HEAD_BYTES, LOG_NAME, LOG_TAIL_BYTES, bound_log, log_of

MOST_BYTES = LOG_HEAD_BYTES + LOG_TAIL_BYTES
LINE = "{:09d} " + "x" * 89 + "\n"


def test_a_short_log_is_kept_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / LOG_NAME
    path.write_bytes(b"a" * MOST_BYTES)
    assert Path(log_of(tmp_path).path).read_bytes() == b"a" * MOST_BYTES


def test_a_long_log_keeps_its_head_and_tail_however_often_it_grows(tmp_path: Path) -> None:
    """As it grows epoch by epoch, written to its end by whoever has it open."""
    path, written, most = tmp_path / LOG_NAME, 0, 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(100):
        lines = range(written, written + 1000)
        os.write(descriptor, "".join(LINE.format(number) for number in lines).encode())
        written += len(lines)
        bound_log(tmp_path)
        most = max(most, path.stat().st_size)
    text = Path(log_of(tmp_path).path).read_text()
    os.close(descriptor)
    assert most <= MOST_BYTES + LOG_TAIL_BYTES
    assert len(text) <= MOST_BYTES + 200
    head, note, tail = text.partition("[... the log was too long; what stood here was left out ...]")
    assert note
    assert "left out" not in head + tail, "told once"
    assert head.startswith(LINE.format(0) + LINE.format(1))
    assert tail.endswith(LINE.format(written - 2) + LINE.format(written - 1))
    assert len(head) >= LOG_HEAD_BYTES
    assert len(tail) >= LOG_TAIL_BYTES


def test_there_may_be_no_log_yet(tmp_path: Path) -> None:
    bound_log(tmp_path)
    assert not (tmp_path / LOG_NAME).exists()
