"""What several tests of the trainer begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trainer.placing import Place, places_in
from tests.trainer.trainer_process import TrainerProcess


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Puts arrays into files, of which two batches of 16 are a chunk."""
    return places_in(tmp_path)


@pytest.fixture(scope="module")
def trainer(request: pytest.FixtureRequest) -> Iterator[TrainerProcess]:
    """A trainer process that the tests of a module share, started with the module's ``OPTIONS``."""
    process = TrainerProcess(*getattr(request.module, "OPTIONS", ()))
    yield process
    process.close()
