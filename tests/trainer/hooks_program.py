"""Trains with a callback that has every hook, by the engine and by plain ``fit``: on one device, streamed, on two.

The callback is declared, as those are that a job can name; so it is in this process alone. One line of JSON a case: its
name, and what went wrong, or null.
"""

import json
import tempfile
import traceback
from collections.abc import Callable, Sequence
from functools import cache, partial
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
from worker.trainer.compilation.traced_functions import TracedFunctions
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


class Loop:
    """A way to hold rows and to spread them; its network is compiled once, and begins anew if it is fitted again."""

    def __init__(self, place: Callable[..., Rows], used: Sequence[str]) -> None:
        self._said: dict[str, Any] = {"devices": used, "place": place}
        self._functions = TracedFunctions()
        self._reference = compiled(DISTURBED, BATCHES, SHAPE, used)
        self.is_plain = place is tensors_of and not used
        self._variables: list[keras.Variable] = []
        if self.is_plain:
            self._reference.optimizer.build(self._reference.trainable_variables)
            self._variables = [*self._reference.variables, *self._reference.optimizer.variables]
        self._beginning = [np.array(variable.value) for variable in self._variables]

    def run(self, callback: Spec, **kept: Any) -> Run:  # noqa: ANN401 (as `Run` takes them)
        """A training by the engine, ready to begin."""
        said = {**BATCHES, "callbacks": [callback], **self._said, **kept}
        heard()
        return Run(DISTURBED, ROWS, VALIDATION, functions=self._functions, **said)

    def fit(self, callback: Spec) -> tuple[list[dict[str, float]], list[np.ndarray], list[tuple[object, ...]]]:
        """The logs of ``fit``, the weights in the end, and the calls."""
        for variable, value in zip(self._variables, self._beginning, strict=True):
            variable.assign(value)
        self._reference.stop_training = self._reference.stop_evaluating = False
        heard()
        made = HearingCallback(**{name: value for name, value in callback.items() if name != "type"})
        logs = fit(self._reference, BATCHES, ROWS, VALIDATION, [made])
        return logs, self._reference.get_weights(), heard()


def same_calls(loop: Loop, callback: Spec) -> None:
    """The calls of `fit`, and its numbers."""
    logs, weights, expected = loop.fit(callback)
    engine = loop.run(callback).engine
    course = engine.run()
    found = heard()
    assert len(expected) > 1
    for place_of, (one, other) in enumerate(zip(found, expected, strict=False)):
        assert one == other, (place_of, one, other)
    assert len(found) == len(expected)
    assert [{name: row.metrics[name] for name in log} for row, log in zip(course.rows, logs, strict=True)] == logs
    for mine, others in zip(engine.model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(mine, others)


def resumed(loop: Loop) -> None:
    """From each moment on, a training that goes on hears what one hears that was not interrupted."""
    callback = {"type": "Hearing"}
    with tempfile.TemporaryDirectory() as name:
        whole = loop.run(callback, kept=None, folder=Path(name)).run()
        calls = heard()
        other = loop.run(callback)
        # Once it has ended, what ends it is done once more.
        moments = [moment for moment in sorted(whole.checkpoints) if moment <= whole.places.index((2, 0, False))]
        for moment in moments if loop.is_plain else moments[3:12:4]:
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
    loops: dict[str, Callable[[], Loop]] = {
        "plain": cache(partial(Loop, tensors_of, ())),
        "streamed": cache(partial(Loop, partial(in_files, folder), ())),
        "mirrored": cache(partial(Loop, tensors_of, TWO)),
    }
    found: dict[str, Callable[[], None]] = {}
    for name, loop in loops.items():
        # It ends when it begins, ahead of and after a training batch, at a validation batch, or not before the last.
        for last_call in (1, 3, 6, 15, NEVER) if name == "plain" else (NEVER,):
            callback = {"type": "Hearing", "last_call": last_call}
            found[f"{name}, {last_call} calls"] = lambda loop=loop, callback=callback: same_calls(loop(), callback)
        found[f"{name}, resumed"] = lambda loop=loop: resumed(loop())
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
