"""A callback that notes what each epoch took and what it came to."""

import time

import keras


class EpochClock(keras.callbacks.Callback):
    """Takes the time of each epoch, validation included."""

    def __init__(self) -> None:
        super().__init__()
        self._seconds: list[float] = []
        self._logs: list[dict[str, float]] = []
        self._began = 0.0

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002 -- Keras's signature
        """Starts the clock."""
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 -- Keras's signature
        """Stops it."""
        self._seconds.append(time.perf_counter() - self._began)
        self._logs.append({name: float(value) for name, value in (logs or {}).items()})

    def told(self) -> dict[str, list[float] | list[dict[str, float]]]:
        """What a program prints of it."""
        return {"epoch_seconds": self._seconds, "logs": self._logs}
