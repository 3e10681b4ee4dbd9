"""Trains with a callback that has every hook, by the engine and by plain ``fit``: on one device, streamed, on two.

The callback is declared, as those are that a job can name; so it is in this process alone. One line of JSON a case: its
name, and what went wrong, or null.
"""

import json
import tempfile
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tests.trainer.hearing import NEVER, Hearing
from tests.trainer.parity import TRAINING, rows_of
from tests.trainer.plain_keras import Spec, compiled, fit
from tests.trainer.resuming import Run
from tests.trainer.samples import DISTURBED, SHAPE
from worker.trainer import callbacks as own_callbacks
from worker.trainer import devices
from worker.trainer.data.streamed_rows import StreamedRows
from worker.trainer.epochs.compiled_steps import tensors_of
from worker.trainer.epochs.streamed_steps import Rows

TWO = ("CPU:0", "CPU:1")
ROWS, VALIDATION = rows_of(SHAPE), rows_of(SHAPE, rows=37, seed=2)
BATCHES: Spec = {**TRAINING, "batch_size": 16, "optimizer": {"type": "Adam", "learning_rate": 0.01}}
HEARD: list[tuple[object, ...]] = []
"""Every call of a hook since the last reading: its name, what it was given, and what the model said of itself."""

HOOKS = sorted(name for name in dir(keras.callbacks.Callback) if name.startswith("on_"))


class HearingCallback(keras.callbacks.Callback):
    """What `Hearing` declares."""

    def __init__(self, last_call: int = NEVER) -> None:
        super().__init__()
        self.last_call = last_call
        self.calls = 0
        self.is_averaging = False

    def heard(self, name: str, *said: object, logs: object = None) -> None:
        """Take note of a call."""
        if name == "on_train_begin":
            self.calls = 0
        self.calls += 1
        HEARD.append((name, *said, repr(logs), self.calls, repr(sorted(self.params.items()))))
        if self.calls == self.last_call:
            self.model.stop_training = self.model.stop_evaluating = True


def _hook(name: str) -> Callable[..., None]:
    def hook(self: HearingCallback, *said: object, logs: object = None) -> None:
        if name in _OF_LOGS and said:
            *said, logs = said
        self.heard(name, *said, logs=logs)
        getattr(super(HearingCallback, self), name)(*said, logs)

    return hook


_OF_LOGS = {name for name in HOOKS if "batch" not in name}
for _name in HOOKS:
    setattr(HearingCallback, _name, _hook(_name))
setattr(own_callbacks, Hearing.__name__, HearingCallback)


def in_files(folder: Path, *arrays: np.ndarray | None) -> Rows:
    """These arrays in files, of which two batches are a chunk."""
    mapped: list[np.ndarray] = []
    for array in arrays:
        if array is not None:
            path = folder / f"{len(list(folder.iterdir()))}.npy"
            np.save(path, array)
            mapped.append(np.load(path, mmap_mode="r").view(np.ndarray))
    return StreamedRows(mapped, 16, 2 * 16 * sum(array[:1].nbytes for array in mapped))


def heard() -> list[tuple[object, ...]]:
    """What was heard since this was asked last."""
    found = [*HEARD]
    HEARD.clear()
    return found


def same_calls(callback: Spec, place: Callable[..., Rows], used: Sequence[str]) -> None:
    """The calls of `fit`, and its numbers."""
    heard()
    said = {**BATCHES, "callbacks": []}
    reference = compiled(DISTURBED, said, SHAPE, used)
    made = HearingCallback(**{name: value for name, value in callback.items() if name != "type"})
    logs = fit(reference, said, ROWS, VALIDATION, [made])
    expected = heard()
    engine = Run(DISTURBED, ROWS, VALIDATION, devices=used, place=place, **{**BATCHES, "callbacks": [callback]}).engine
    course = engine.run()
    found = heard()
    assert len(expected) > 1
    for place_of, (one, other) in enumerate(zip(found, expected, strict=False)):
        assert one == other, (place_of, one, other)
    assert len(found) == len(expected)
    assert [{name: row.metrics[name] for name in log} for row, log in zip(course.rows, logs, strict=True)] == logs
    for weights, others in zip(engine.model.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, others)


def resumed(place: Callable[..., Rows], used: Sequence[str]) -> None:
    """From each moment on, a training that goes on hears what one hears that was not interrupted."""
    said: dict[str, Any] = {**BATCHES, "callbacks": [{"type": "Hearing"}], "devices": used, "place": place}
    with tempfile.TemporaryDirectory() as name:
        heard()
        whole = Run(DISTURBED, ROWS, VALIDATION, kept=None, folder=Path(name), **said).run()
        calls = heard()
        other = Run(DISTURBED, ROWS, VALIDATION, **said)
        # Once it has ended, what ends it is done once more.
        moments = [moment for moment in sorted(whole.checkpoints) if moment <= whole.places.index((2, 0, False))]
        for moment in moments if place is tensors_of and not used else moments[3:12:4]:
            other.engine.loop.course.rows.clear()
            other.resume(whole.checkpoints[moment])
            assert other.differences(whole) == [], (moment, other.differences(whole))
            begun = heard()
            while begun and begun[0][0] == "on_train_begin":
                begun.pop(0)
            assert begun == calls[len(calls) - len(begun) :], moment
            assert begun[0][-2] == calls[len(calls) - len(begun)][-2]
    assert len(moments) > 15, len(moments)


def _cases() -> dict[str, Callable[[], None]]:
    folder = Path(tempfile.mkdtemp())
    loops: dict[str, tuple[Callable[..., Rows], Sequence[str]]] = {
        "plain": (tensors_of, ()),
        "streamed": (partial(in_files, folder), ()),
        "mirrored": (tensors_of, TWO),
    }
    found: dict[str, Callable[[], None]] = {}
    for name, (place, used) in loops.items():
        # It ends when it begins, ahead of and after a training batch, at a validation batch, or not before the last.
        for last_call in (1, 3, 6, 15, NEVER) if name == "plain" else (NEVER,):
            callback = {"type": "Hearing", "last_call": last_call}
            found[f"{name}, {last_call} calls"] = partial(same_calls, callback, place, used)
        found[f"{name}, resumed"] = partial(resumed, place, used)
    return found


CASES = _cases()


def main() -> None:
    devices.configure("cpu", threads=1, replicas=2)
    for name, case in CASES.items():
        problem = None
        try:
            case()
        except Exception:  # noqa: BLE001 (each is told, and the next case is played)
            problem = traceback.format_exc()
        print(json.dumps([name, problem]), flush=True)  # noqa: T201 (to who started it)


if __name__ == "__main__":
    main()
