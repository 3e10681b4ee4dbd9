"""``python -m launch up``: everything, really started, on a home of its own."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from launch.calls import CallRefused, Calls

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
STOP_SECONDS = 30


class Launch:
    """A launcher's process, its output in a file."""

    def __init__(self, home: Path, *arguments: str, **settings: str) -> None:
        self.home = home
        self._output = home.parent / f"{home.name}-{time.monotonic_ns()}.out"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NETCOACH_")}
        environment |= {"NETCOACH_HOME": str(home), "NETCOACH_WORKER_SLOTS": "1", **settings}
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "launch", "up", *arguments],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                umask=0o022,  # what most shells and systemd give
            )

    @property
    def said(self) -> str:
        return self._output.read_text()

    def url(self) -> str:
        """Its address, once it is ready."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if ready := re.search(r"^Netcoach is ready at (http://\S+)$", self.said, re.MULTILINE):
                return ready[1]
            time.sleep(0.05)
        raise AssertionError(f"not ready:\n{self.said}")

    def end(self) -> None:
        """Whatever happened, nothing of it stays."""
        self.process.kill()
        self.process.wait()
        for process in processes_of(self.home):
            process.kill()


@contextmanager
def launched(home: Path, *arguments: str, **settings: str) -> Iterator[Launch]:
    launch = Launch(home, *arguments, **settings)
    try:
        yield launch
    finally:
        launch.end()


def processes_of(home: Path) -> list[psutil.Process]:
    """All processes that were told of this home: by environment or, as Valkey shows itself, on the command line."""
    found = []
    for process in psutil.process_iter():
        try:
            is_told = process.environ().get("NETCOACH_HOME") == str(home) or str(home) in " ".join(process.cmdline())
            is_alive = process.status() != psutil.STATUS_ZOMBIE
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if is_told and is_alive:
            found.append(process)
    return found


def named(home: Path, *words: str) -> psutil.Process:
    """The one process of this home whose command line has these words, and which is past the leash."""
    (process,) = [
        process
        for process in processes_of(home)
        if set(words) <= set(process.cmdline()) and "launch.leash" not in process.cmdline()
    ]
    return process


def missing(url: str) -> str:
    """What is not ready; nothing if all is."""
    try:
        Calls(url).get("/readyz")
    except (OSError, CallRefused) as error:
        return str(error)
    return ""


def train_briefly(url: str) -> None:
    """A job that leaves behind what jobs leave: prepared rows, a checkpoint, artifacts, logs."""
    spec = json.loads((ROOT / "examples" / "digits.json").read_text())
    spec["training"]["epochs"] = 2
    job = Calls(url).post("/v1/jobs", spec)
    results = Calls(url, timeout_seconds=70).get(f"/v1/jobs/{job['id']}/results?wait_seconds=60")
    assert results["status"] == "succeeded", results


def versions_of_the_worker(url: str) -> dict[str, str]:
    """Once its trainer's are among them; the service told its own as soon as it began."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        alive = [worker for worker in Calls(url).get("/v1/workers")["data"] if worker["is_alive"]]
        assert all("netcoach" in worker["versions"] for worker in alive)
        if alive and "tensorflow" in alive[0]["versions"]:
            return alive[0]["versions"]
        time.sleep(0.1)
    raise AssertionError("the trainer's versions are not told")


def open_to_others(home: Path) -> list[str]:
    """What in a home, itself included, other users of the machine may read, write or enter, and how."""
    found = [home, *home.rglob("*")]
    names = {path.relative_to(home).parts[0] for path in found[1:]}
    assert {"netcoach.db", "netcoach.db-wal", "storage", "data", "logs", "redis.sock", "manager.sock"} <= names
    return [f"{path} {mode:04o}" for path in found if (mode := stat.S_IMODE(path.lstat().st_mode)) & 0o077]


def test_a_life_ready_a_second_launch_refused_crashes_mended_and_a_clean_end(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with launched(home, "--port", "0") as first:
        url = first.url()
        assert not missing(url)

        second = Launch(home, "--port", "0")
        assert second.process.wait(20) == 3
        assert f"already running on {home}, at {url} (process {first.process.pid})" in second.said
        assert not missing(url), "the second launch has hurt the first"

        api = named(home, "-m", "api")
        valkey = next(process for process in processes_of(home) if "valkey-server" in process.name())
        api.kill()
        valkey.kill()
        psutil.wait_procs([api, valkey], timeout=5)
        deadline = time.monotonic() + 30
        while missing(url):
            assert time.monotonic() < deadline, first.said
            time.sleep(0.1)
        assert named(home, "-m", "api").pid != api.pid

        train_briefly(url)
        assert versions_of_the_worker(url)["netcoach"] == Calls(url).get("/v1/version")["version"]
        assert open_to_others(home) == []

        everyone = psutil.Process(first.process.pid).children(recursive=True)
        assert len(everyone) >= 5, "supervisord, Valkey, the API, the worker, a trainer"
        first.process.send_signal(signal.SIGTERM)
        assert first.process.wait(STOP_SECONDS) == 0, first.said
        assert not any(process.is_running() for process in everyone)
        assert processes_of(home) == []
        assert "Netcoach has stopped" in first.said
        assert not (home / "redis.sock").exists()


def test_ctrl_c_stops_it_while_it_starts(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with launched(home, "--port", "0") as launch:
        deadline = time.monotonic() + START_SECONDS
        while "starting in" not in launch.said:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        launch.process.send_signal(signal.SIGINT)
        assert launch.process.wait(STOP_SECONDS) == 0, launch.said
        assert processes_of(home) == []


def test_whoever_is_killed_with_sigkill_leaves_nothing_and_the_next_launch_finds_the_home_free(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with launched(home, "--port", "0") as launch:
        launch.url()
        before = processes_of(home)
        launch.process.kill()
        launch.process.wait()
        with launched(home, "--port", "0", NETCOACH_API_PROCESSES="2") as following:
            # It has waited for the programs of the launch before it.
            following.url()
            assert not any(process.is_running() for process in before)
            # The process manager takes its programs along.
            named(home, "-m", "supervisor.supervisord").kill()
            assert following.process.wait(STOP_SECONDS) == 1
            assert processes_of(home) == []
            assert "The process manager has ended" in following.said


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"NETCOACH_PORT": "many"}, r"^NETCOACH_PORT: "),
        ({"NETCOACH_WORKER_SLOTS": "0"}, r"^NETCOACH_WORKER_SLOTS: "),
        ({"NETCOACH_PROT": "8000"}, r"^NETCOACH_PROT: .*NETCOACH_PORT"),
        ({"NETCOACH_HOST": "192.0.2.1"}, r"^NETCOACH_HOST: "),
    ],
)
def test_a_wrong_setting_is_refused_by_name_before_anything_starts(
    tmp_path: Path, settings: dict[str, str], expected: str
) -> None:
    with launched(tmp_path / "home", **settings) as launch:
        assert launch.process.wait(20) == 2
        assert re.search(expected, launch.said, re.MULTILINE), launch.said
        assert launch.said.count("\n") == 1


def test_a_port_in_use_is_refused_by_name(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        with launched(tmp_path / "home", "--port", port) as launch:
            assert launch.process.wait(20) == 2
            assert f"NETCOACH_PORT: {port} is already in use" in launch.said


def test_a_program_that_ends_at_its_start_is_told_with_its_last_lines(tmp_path: Path) -> None:
    no_gpu = {"CUDA_VISIBLE_DEVICES": ""}  # which the worker finds out by itself
    with launched(tmp_path / "home", "--port", "0", NETCOACH_ACCELERATORS="gpu", **no_gpu) as launch:
        assert launch.process.wait(START_SECONDS) == 1
        assert "worker exited while starting. Its last lines:" in launch.said
        assert "NETCOACH_ACCELERATORS" in launch.said.rpartition("Its last lines:")[2]
        assert processes_of(tmp_path / "home") == []


def test_a_database_that_cannot_be_reached_is_told_without_its_password(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    url = f"postgresql://netcoach:sesame@127.0.0.1:{port}/netcoach"
    with launched(tmp_path / "home", "--port", "0", NETCOACH_DATABASE_URL=url) as launch:
        assert launch.process.wait(60) == 1
        assert "The database could not be migrated" in launch.said
        assert "sesame" not in launch.said
