"""The reader as a process: ordered as the supervisor orders it, over its pipes, within its memory."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spec.inputs import InputName
from spec.kinds import READ
from worker.messages import Ended, InputFile, Work
from worker.supervisor.devices import Seat
from worker.supervisor.kinds import CARRIERS, READER
from worker.supervisor.trainers.process import DataShare, Trainer

MEMORY = 384 * 2**20


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[Trainer]:
    seat = Seat("cpu", (), 1, MEMORY, CARRIERS[READ])
    assert seat.carrier == READER
    process = await Trainer.start(
        seat,
        folder=tmp_path,
        data=DataShare(tmp_path / "data", 0),
        checkpoint_seconds=10,
        timeout_seconds=60,
    )
    yield process
    await process.end()


def order(tmp_path: Path, data: bytes, attempt: int, spec: dict[str, Any]) -> Work:
    """What the supervisor sends, once it has brought the file."""
    folder = tmp_path / f"job_1-{attempt}"
    folder.mkdir()
    path = folder / "dataset"
    path.write_bytes(data)
    brought = {InputName.DATASET: InputFile(path=str(path), sha256="")}
    return Work(job_id="job_1", attempt=attempt, kind=READ, spec=spec, work_dir=str(folder), inputs=brought)


async def ordered(reader: Trainer, tmp_path: Path, data: bytes, attempt: int = 1, **spec: Any) -> Ended:  # noqa: ANN401 -- JSON
    reader.send(order(tmp_path, data, attempt, spec))
    while True:
        report = await asyncio.wait_for(reader.next_report(), 60)
        if isinstance(report, Ended):
            return report
        assert report is not None


async def test_it_reads_one_file_after_the_other(reader: Trainer, tmp_path: Path) -> None:
    assert set(reader.ready.versions) == {"numpy", "pillow", "pyarrow"}
    end = await ordered(reader, tmp_path, b"a,b\n1,x\n2.5,y\n3,z\n", description={"target": "b"})
    assert (end.outcome, end.results["format"], end.results["rows"]) == ("succeeded", "csv", 3)
    told = end.results["facts"]["columns"]
    paths = {artifact.name: Path(artifact.path) for artifact in end.artifacts}
    with np.load(paths["columns.npz"], allow_pickle=False) as members:
        assert members["0"].tolist() == [1, 2.5, 3]
    facts = json.loads(paths["facts.json"].read_text())
    assert (facts["classes"], facts["columns"][1]["values"]) == (["x", "y", "z"], ["x", "y", "z"])
    assert [column | {"values": ["x", "y", "z"]} for column in told[1:]] == facts["columns"][1:]
    assert end.results["facts"] | {"columns": []} == facts | {"columns": []}
    assert {path.name for path in (tmp_path / "job_1-1").iterdir()} == {"dataset", *paths}
    bad = b"a,b\n" + b"x,1\n" * 150
    end = await ordered(reader, tmp_path, bad, 2, description={"columns": {"a": {"type": "number"}}})
    assert (end.outcome, end.code, end.is_to_be_tried_again) == ("failed", "data_error", False)
    assert (len(end.results["faults"]), end.results["more_faults"]) == (100, 50)
    assert end.results["faults"][7] | {"message": ""} == {
        "code": "not_a_number",
        "message": "",
        "line": 9,
        "column": "a",
        "value": "x",
        "place": "row 8",
    }
    assert (await ordered(reader, tmp_path, b"a,b\n1,2\n", 3)).outcome == "succeeded"


async def test_a_file_that_needs_too_much_memory_ends_its_job_alone(reader: Trainer, tmp_path: Path) -> None:
    path = tmp_path / "large.parquet"
    value = "x" * (320 * 2**20)
    pq.write_table(
        pa.table({"a": pa.array([value], pa.large_string())}), path, compression="zstd", use_dictionary=False
    )
    end = await ordered(reader, tmp_path, path.read_bytes())
    assert (end.outcome, end.code) == ("failed", "out_of_memory")
    assert (await ordered(reader, tmp_path, b"a,b\n1,2\n", 2)).outcome == "succeeded"


async def test_it_ends_with_its_supervisor(reader: Trainer) -> None:
    reader._orders.close()
    assert (await asyncio.wait_for(reader.wait_exit(), 30)).code in (0, -signal.SIGKILL)
