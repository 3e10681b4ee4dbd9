"""The supervisor's small parts, each by itself."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from pydantic import ValidationError

from settings import SettingsError, WorkerSettings
from spec.kinds import READ
from worker.supervisor.attempts.estimates import Estimate
from worker.supervisor.attempts.work_dirs import WorkDirs, path_within
from worker.supervisor.devices import reading_seats, seats, visible_gpus
from worker.supervisor.kinds import READER
from worker.supervisor.trainers.memory import kernel_oom_kills, own_bytes, usable_bytes


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("NETCOACH_HOME", str(tmp_path / "home"))


def test_the_estimate_follows_the_latest_epochs() -> None:
    estimate = Estimate(epochs=100)
    assert estimate.eta_seconds is None
    for epoch in range(1, 11):
        estimate.epoch_ended(epoch, 4.0)
    assert (estimate.fraction, estimate.eta_seconds) == (0.1, 360.0)
    for epoch in range(11, 16):
        estimate.epoch_ended(epoch, 1.0)
    assert (estimate.fraction, estimate.eta_seconds) == (0.15, 85.0)
    estimate.moved(0.155)
    assert estimate.eta_seconds == pytest.approx(84.5)
    estimate.moved(0.1)
    assert estimate.fraction == 0.155


def test_the_estimate_of_a_continued_training_is_of_its_own_epochs() -> None:
    estimate = Estimate(epochs=14, first_epoch=10)
    estimate.moved(0.5)  # of all 14 epochs
    assert (estimate.fraction, estimate.eta_seconds) == (0.0, None)
    estimate.epoch_ended(11, 2.0)
    assert (estimate.fraction, estimate.eta_seconds) == (0.25, 6.0)
    estimate.moved(12 / 14)
    assert estimate.fraction == pytest.approx(0.5)
    estimate.epoch_ended(14, 2.0)
    assert (estimate.fraction, estimate.eta_seconds) == (1.0, 0.0)


def test_before_the_first_epoch_the_estimate_follows_the_fraction() -> None:
    estimate = Estimate(epochs=4)
    estimate.moved(0.5)
    eta = estimate.eta_seconds
    assert eta is not None
    assert 0 < eta < 1


def test_a_machine_without_gpus_has_a_slot_a_core() -> None:
    cores = len(os.sched_getaffinity(0))
    found = seats(WorkerSettings())
    assert len(found) == cores
    assert {(seat.device, seat.threads, seat.cuda_visible_devices) for seat in found} == {("cpu", 1, "-1")}
    assert found[0].accelerators == ("cpu", "any")


def test_trainers_share_the_memory_there_is(tmp_path: Path) -> None:
    (small, other) = seats(WorkerSettings(worker_slots=2))
    share = int(0.9 * usable_bytes())
    assert small.memory_bytes == other.memory_bytes == (share - 2**30) // 2
    assert seats(WorkerSettings(worker_slots=2, reader_memory_bytes=0))[0].memory_bytes == share // 2
    # However much the reader may use, the trainers keep half of it.
    assert seats(WorkerSettings(worker_slots=1, reader_memory_bytes=2 * share))[0].memory_bytes == share // 2
    assert seats(WorkerSettings(worker_slots=2, trainer_memory_bytes=2**30))[0].memory_bytes == 2**30
    limit = tmp_path / "memory.max"
    whole = usable_bytes([limit])
    limit.write_text("max\n")
    assert usable_bytes([limit]) == whole
    limit.write_text(f"{2**30}\n")
    assert usable_bytes([tmp_path / "nowhere", limit]) == 2**30


def test_memory_that_is_shared_is_not_a_process_own() -> None:
    process = psutil.Process()
    before = own_bytes(process)
    ballast = bytearray(os.urandom(64 * 2**20))
    assert 60 * 2**20 < own_bytes(process) - before < 150 * 2**20
    assert own_bytes(process) < process.memory_info().rss
    del ballast


def test_threads_are_the_cores_divided_by_the_slots() -> None:
    cores = len(os.sched_getaffinity(0))
    assert [seat.threads for seat in seats(WorkerSettings(worker_slots=1))] == [cores]
    assert [seat.threads for seat in seats(WorkerSettings(worker_slots=100))] == [1] * 100
    assert seats(WorkerSettings(worker_slots=1, trainer_threads=7))[0].threads == 7


def test_each_gpu_has_a_slot_and_the_cpu_one_besides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,GPU-abc,-1,3")
    found = seats(WorkerSettings())
    assert [(seat.device, seat.cuda_visible_devices) for seat in found] == [
        ("gpu", "2"),
        ("gpu", "GPU-abc"),
        ("cpu", "-1"),
    ]
    assert [seat.device for seat in seats(WorkerSettings(accelerators="gpu"))] == ["gpu", "gpu"]
    assert {seat.device for seat in seats(WorkerSettings(accelerators="cpu"))} == {"cpu"}


def test_a_slot_has_as_many_gpus_as_it_is_to_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2,3,4")
    found = seats(WorkerSettings(worker_slot_gpus=2))
    assert [(seat.device, seat.cuda_visible_devices, seat.replicas) for seat in found] == [
        ("gpu", "0,1", 2),
        ("gpu", "2,3", 2),
        ("gpu", "4", 1),
        ("cpu", "-1", 1),
    ]
    with pytest.raises(SettingsError, match="NETCOACH_WORKER_SLOT_GPUS: This is 8, but the machine has 5"):
        seats(WorkerSettings(worker_slot_gpus=8))
    with pytest.raises(
        SettingsError, match="NETCOACH_WORKER_SLOTS: This is 4, but the machine has 5 GPUs, enough for 3 slots of 2"
    ):
        seats(WorkerSettings(accelerators="gpu", worker_slot_gpus=2, worker_slots=4))
    assert {seat.replicas for seat in seats(WorkerSettings(accelerators="cpu", worker_slot_gpus=8))} == {1}


def test_one_seat_reads_files_beside_those_that_train() -> None:
    (seat,) = reading_seats(WorkerSettings())
    assert (seat.carrier, seat.memory_bytes, seat.accelerators, seat.lanes) == (READER, 2**30, (), (READ,))
    assert READER not in {one.carrier for one in seats(WorkerSettings())}
    assert reading_seats(WorkerSettings(reader_memory_bytes=0)) == []
    with pytest.raises(ValidationError, match="0 or at least 268435456"):
        WorkerSettings(reader_memory_bytes=2**28 - 1)


def test_gpus_that_are_not_there_or_not_enough_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="NETCOACH_ACCELERATORS"):
        seats(WorkerSettings(accelerators="gpu"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    with pytest.raises(SettingsError, match="NETCOACH_WORKER_SLOTS: This is 2"):
        seats(WorkerSettings(accelerators="gpu", worker_slots=2))


def test_gpus_are_found_by_their_device_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    for name in ("nvidia1", "nvidia3", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    assert visible_gpus(tmp_path) == ["0", "1"]


def test_the_kernels_count_is_read_from_the_containers_file_first(tmp_path: Path) -> None:
    vmstat, events = tmp_path / "vmstat", tmp_path / "memory.events"
    assert kernel_oom_kills(vmstat, events) == 0
    vmstat.write_text("nr_free_pages 5\noom_kill 7\n")
    assert kernel_oom_kills(vmstat, events) == 7
    events.write_text("low 0\noom 3\noom_kill 2\noom_group_kill 9\n")
    assert kernel_oom_kills(vmstat, events) == 2


def test_folders_of_dead_workers_are_removed_and_those_of_the_living_are_not(tmp_path: Path) -> None:
    living = WorkDirs(tmp_path, "living")
    living.of("job_1", 1).mkdir()
    program = (
        "import os; from pathlib import Path; from worker.supervisor.attempts.work_dirs import WorkDirs;"
        f"WorkDirs(Path({str(tmp_path)!r}), 'dead').of('job_2', 1).mkdir(); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], check=False)
    assert killed.returncode == -9
    assert (tmp_path / "work" / "dead" / "job_2-1").is_dir()
    newcomer = WorkDirs(tmp_path, "newcomer")
    assert sorted(path.name for path in (tmp_path / "work").iterdir()) == ["living", "newcomer"]
    assert living.of("job_1", 1).is_dir()
    for dirs in (living, newcomer):
        dirs.remove_all()
    assert list((tmp_path / "work").iterdir()) == []


def test_only_files_of_the_attempts_own_folder_are_taken(tmp_path: Path) -> None:
    folder = tmp_path / "job_1-1"
    folder.mkdir()
    (folder / "model").touch()
    (tmp_path / "secret").touch()
    (folder / "link").symlink_to(tmp_path / "secret")

    def taken(path: str) -> Path | None:
        return path_within(folder, path)

    assert taken(str(folder / "model")) == folder / "model"
    assert taken(str(tmp_path / "secret")) is None
    assert taken(str(folder / "link")) is None
    assert taken(str(folder / "missing")) is None
    assert taken(str(folder)) is None
