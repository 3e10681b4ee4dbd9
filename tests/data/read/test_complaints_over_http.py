"""The loudest complaints about readers of data, with files that are sent, and read by a worker."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.data.served import Served
from tests.reader import test_complaints
from tests.reader.files import Result
from worker.reader.faults import FileFault

ROWS = test_complaints.ROWS


@pytest.mark.parametrize("number", range(1, 26))
def test_row(reading: Served, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is checked as it is where the reader is called in place."""

    def read_bytes(data: bytes | str, said: Mapping[str, Any] | None = None) -> Result:
        told = reading.told(reading.send(data, said))
        assert told["status"] == "ready", told["error"]
        found = reading.result(told["id"])
        shown = [(column["name"], column["type"], column["reason"]) for column in told["columns"]]
        assert shown == [(column["name"], column["type"], column["reason"]) for column in found.facts["columns"]]
        assert (told["rows"], told["warnings"]) == (found.facts["rows"], found.facts["warnings"])
        return found

    def faults_of(data: bytes | str, said: Mapping[str, Any] | None = None) -> list[FileFault]:
        told = reading.told(reading.send(data, said))
        assert told["status"] == "failed"
        return [FileFault(**fault) for fault in told["error"]["faults"]]

    monkeypatch.setattr(test_complaints, "read_bytes", read_bytes)
    monkeypatch.setattr(test_complaints, "faults_of", faults_of)
    ROWS[number]()
