"""What several tests of the trainer begin with."""

import ctypes
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trainer.placing import Place, places_in
from tests.trainer.trainer_process import TrainerProcess


def pytest_collection_finish() -> None:
    """What was imported stays: Python need not look at half a million objects whenever Keras collects garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def _no_garbage_is_left() -> Iterator[None]:
    """Models and programs are cycles, which Python looks for ever more seldom."""
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def _memory_is_given_back() -> Iterator[None]:
    """What was freed in small pieces: a process that traces hundreds of programs would keep gigabytes of it."""
    yield
    ctypes.CDLL(None).malloc_trim(0)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Puts arrays into files, of which two batches of 16 are a chunk."""
    return places_in(tmp_path)


class Trainers:
    """Trainer processes with several options, one at a time: to start one takes longer than most jobs of the tests."""

    def __init__(self) -> None:
        self._options: tuple[str, ...] = ()
        self._process: TrainerProcess | None = None

    def with_options(self, *options: str) -> TrainerProcess:
        """The process that is there, or another one if it has gone or was started otherwise."""
        if self._process is None or self._options != options or self._process.process.poll() is not None:
            self.close()
            self._options, self._process = options, TrainerProcess(*options)
        return self._process

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.close()
            self._process = None


@pytest.fixture(scope="session")
def trainers() -> Iterator[Trainers]:
    """The trainer process that modules share which ask for the same options."""
    kept = Trainers()
    yield kept
    kept.close()


@pytest.fixture(scope="module")
def trainer(request: pytest.FixtureRequest, trainers: Trainers) -> TrainerProcess:
    """A trainer process with the module's ``OPTIONS``, which no test may end or leave at work."""
    return trainers.with_options(*getattr(request.module, "OPTIONS", ()))
