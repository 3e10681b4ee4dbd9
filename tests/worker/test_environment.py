"""What a trainer sees of the worker's environment, and what it says of a full disk of its own."""

import asyncio
import hashlib
import os
import re
import tempfile
from pathlib import Path

import psutil
import pytest
from pydantic import ValidationError

from db.queue.inputs import Input
from settings import WorkerSettings
from spec.inputs import InputName
from storage.errors import FileMissing
from storage.store import Store
from worker.supervisor.attempts.inputs import _Fetch
from worker.supervisor.attempts.local_disk import is_disk_full
from worker.supervisor.devices import Seat
from worker.supervisor.trainers.environment import trainer_environment
from worker.supervisor.trainers.process import DataShare, Trainer

SEAT = Seat("cpu", (), 1, 2**31)
SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "s",
    "AWS_SESSION_TOKEN": "s",
    "PGPASSWORD": "s",
    "PGHOST": "db",
    "NETCOACH_DATABASE_URL": "postgresql://",
    "OTEL_EXPORTER_OTLP_HEADERS": "authorization=s",
    "GITHUB_TOKEN": "s",
    "KUBECONFIG": "/root/.kube",
    "TF_API_KEY": "s",
    "WHATEVER_COMES": "1",
}
NEEDED = {
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "LD_LIBRARY_PATH": "/usr/local/cuda/lib64",
    "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
    "NVIDIA_DRIVER_CAPABILITIES": "compute",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "XLA_FLAGS": "--xla_cpu_enable_fast_math=false",
    "OMP_NUM_THREADS": "1",
    "HTTPS_PROXY": "http://proxy:3128",
    "no_proxy": "localhost",
    "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
    "SITE_LICENSE": "of the operator's library",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (SECRETS | NEEDED).items():
        monkeypatch.setenv(name, value)


def test_whatever_the_trainer_reads_of_it_is_passed_on() -> None:
    read: set[str] = set()
    for path in (Path(__file__).parents[2] / "worker" / "trainer").rglob("*.py"):
        read |= set(re.findall(r"""environ(?:\.get\(|\[)["']([A-Z_]+)["']""", path.read_text()))
    assert {"DATASETS_FOLDER", "KERAS_HOME"} <= read
    assert set(trainer_environment(dict.fromkeys(read, "x"), SEAT)) >= read


@pytest.mark.usefixtures("environment")
async def test_a_trainer_gets_what_it_needs_and_nothing_else(tmp_path: Path) -> None:
    trainer = await Trainer.start(
        SEAT,
        folder=tmp_path,
        data=DataShare(tmp_path / "data", 0),
        checkpoint_seconds=10,
        timeout_seconds=180,
        passed_on={"SITE_LICENSE"},
    )
    try:
        seen = psutil.Process(trainer.pid).environ()
    finally:
        await trainer.end()
    assert {name: seen.get(name) for name in NEEDED} == NEEDED
    assert not set(seen) & set(SECRETS)
    assert {name: seen[name] for name in ("PATH", "HOME") if name in os.environ} == {
        name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ
    }
    assert (seen["KERAS_BACKEND"], seen["CUDA_VISIBLE_DEVICES"]) == ("tensorflow", "-1")


def test_no_setting_of_the_service_can_be_passed_on(tmp_path: Path) -> None:
    told = WorkerSettings(home=tmp_path, trainer_environment=" SITE_LICENSE, OTHER ,")
    assert told.trainer_variables == {"SITE_LICENSE", "OTHER"}
    assert trainer_environment({"OTHER": "1"}, SEAT, told.trainer_variables)["OTHER"] == "1"
    with pytest.raises(ValidationError, match="`NETCOACH_BROKER_URL` is a setting of the service"):
        WorkerSettings(home=tmp_path, trainer_environment="OTHER,NETCOACH_BROKER_URL")


def test_a_full_disk_of_the_worker_is_no_word_about_the_storage(tmp_path: Path) -> None:
    content = os.urandom(2**21)
    source = tmp_path / "source"
    source.write_bytes(content)
    store = Store(f"file://{tmp_path}/storage")
    store.put("checkpoints/1", source)
    digest = hashlib.sha256(content).hexdigest()
    row = Input(InputName.CHECKPOINT, "checkpoints/1", digest, len(content), is_required=False)
    target, fetching = tmp_path / "checkpoint", _Fetch(store, asyncio.Event(), kept=None, until=0.0)
    assert fetching._copy(row, target)
    assert target.read_bytes() == content
    target.unlink()
    target.symlink_to("/dev/full")  # a disk without room
    with pytest.raises(OSError, match="No space left") as raised:
        fetching._copy(row, target)
    assert is_disk_full(raised.value)
    store.delete("checkpoints/1")
    with tempfile.TemporaryDirectory() as folder, pytest.raises(FileMissing):
        fetching._copy(row, Path(folder) / "checkpoint")
