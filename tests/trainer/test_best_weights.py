"""The weights of the best epoch: kept by checkpoints, and not made up where a former version did not keep them."""

from pathlib import Path

import numpy as np
import pytest

from spec.weights.stored import BEST_WEIGHTS_FILE, WEIGHTS_FILE
from tests.trainer.parity import Engine
from tests.trainer.resuming import Run
from tests.trainer.samples import DISTURBED, ROWS, VALIDATION
from worker.trainer.checkpoints.files import CheckpointRefused, Snapshot, read, write
from worker.trainer.results.course import best_row
from worker.trainer.weights.files import WeightsFile
from worker.trainer.weights.keys import weight_keys
from worker.trainer.weights.saved import save_weights

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

SAID = {"epochs": 4, "optimizer": {"type": "SGD", "learning_rate": 1.0}, "shuffle": True}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("best")


@pytest.fixture(scope="module")
def whole(folder: Path) -> Run:
    """A training whose best epoch is neither its first nor its last."""
    run = Run(DISTURBED, ROWS, VALIDATION, kept=None, folder=folder, **SAID).run()
    assert best_of(run)[0] == 2
    return run


def best_of(run: Run) -> tuple[int, float, list[bytes] | None]:
    best = run.engine.loop.course.best
    assert best is not None
    return best.number, best.loss, best.weights and [np.asarray(one).tobytes() for one in best.weights]


def test_they_are_those_after_the_epoch_with_the_lowest_validation_loss(whole: Run, tmp_path: Path) -> None:
    found = best_row(whole.engine.loop.course.rows)
    assert found is not None
    number, loss, weights = best_of(whole)
    assert (number, loss) == (found[1].number, found[1].metrics["val_loss"])
    until = Run(DISTURBED, ROWS, VALIDATION, **{**SAID, "epochs": number}).run()
    assert weights == [array.tobytes() for array in until.final]
    assert best_of(until) == best_of(whole)
    saved = save_weights(whole.engine.state, whole.engine.state.ended, tmp_path)
    assert saved.best == {"epoch": number, "artifact": BEST_WEIGHTS_FILE}
    with WeightsFile(tmp_path / BEST_WEIGHTS_FILE) as file:
        assert [file.read(key).tobytes() for key in weight_keys(whole.engine.model)] == weights


def test_whoever_goes_on_from_any_moment_has_them_at_the_end(whole: Run) -> None:
    run = Run(DISTURBED, ROWS, VALIDATION, **SAID)
    places = dict(enumerate(whole.places))
    # Within the best epoch's validation, right after the epoch, and in the midst of the next one.
    number = best_of(whole)[0]
    moments = [place for place, (epochs, _, is_evaluating) in places.items() if epochs == number - 1 and is_evaluating]
    moments += [place for place, (epochs, _, _) in places.items() if epochs == number]
    for moment in (moments[0], moments[-1], *moments[len(moments) // 2 :][:1]):
        run.engine.loop.course.best = None
        assert best_of(run.resume(whole.checkpoints[moment])) == best_of(whole), places[moment]


def test_a_checkpoint_of_a_former_version_is_read_and_its_best_weights_are_not_known(
    whole: Run, tmp_path: Path
) -> None:
    number = best_of(whole)[0]
    (after,) = [place for place, at in enumerate(whole.places) if at == (number, 0, False)][-1:]
    snapshot = read(whole.checkpoints[after])
    assert snapshot.header.best is not None
    count = len(snapshot.arrays) - len(whole.final)
    header = snapshot.header.model_copy(update={"best": None, "forms": snapshot.header.forms[:count]})
    write(Snapshot(header, snapshot.rows, snapshot.arrays[:count]), tmp_path / "former.npz")
    resumed = Run(DISTURBED, ROWS, VALIDATION, **SAID).resume(tmp_path / "former.npz")
    assert resumed.differences(whole) == []
    assert best_of(resumed) == (*best_of(whole)[:2], None)
    saved = save_weights(resumed.engine.state, resumed.engine.state.ended, tmp_path)
    assert saved.best is None
    assert [artifact.name for artifact in saved.artifacts] == [WEIGHTS_FILE]
    # Where a later epoch is better, its weights are known like any others.
    worse = [place for place, at in enumerate(whole.places) if at == (1, 0, False)][-1]
    first = read(whole.checkpoints[worse])
    header = first.header.model_copy(update={"best": None, "forms": first.header.forms[:count]})
    write(Snapshot(header, first.rows, first.arrays[:count]), tmp_path / "former.npz")
    assert best_of(Run(DISTURBED, ROWS, VALIDATION, **SAID).resume(tmp_path / "former.npz")) == best_of(whole)
    # Nor is one read that lacks the weights that it tells of.
    lacking = Snapshot(snapshot.header.model_copy(update={"forms": header.forms}), snapshot.rows, snapshot.arrays)
    with pytest.raises(CheckpointRefused):
        Engine(DISTURBED, {**whole.engine._said}, ROWS, VALIDATION).state.restore(lacking)
