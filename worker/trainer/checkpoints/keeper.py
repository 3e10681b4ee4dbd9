"""Takes a training's checkpoints: captured on its own thread, written on another."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from worker.trainer.checkpoints.files import Snapshot, write
from worker.trainer.checkpoints.rhythm import Rhythm
from worker.trainer.checkpoints.state import TrainingState
from worker.trainer.log_lines import reason_of
from worker.trainer.tensor_memory import TensorMemory

KEPT = 2
"""Files that stay: while the newest is being copied away, the next one comes."""

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class CheckpointKeeper:
    """The checkpoints of one attempt.

    One is written at a time, and while it is, none is captured: the memory they take is one copy of the state. Where
    there is no room for it, the training waits until the file is written: as long as nothing changes there is no copy.

    Attributes:
        folder: Where they go; made when the first one comes.
        state: What is captured.
        rhythm: When.
        memory: What there is for copies.
        report: Is told the epoch, the step and the file of each, once it is whole.
    """

    folder: Path
    state: TrainingState
    rhythm: Rhythm
    memory: TensorMemory
    report: Callable[[int, int, Path], None]

    def __post_init__(self) -> None:
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="checkpoints")
        # A thread that starts now need not be had when the training has taken all memory.
        self._writing: Future[None] = self._writer.submit(lambda: None)
        self._files: list[Path] = []

    def at_pause(self, is_epoch_over: bool) -> None:  # noqa: FBT001 (called by the loop, which gives it no name)
        """Take a checkpoint if one is due; returns at once, unless memory is short."""
        now = time.monotonic()
        if not self._writing.done() or not self.rhythm.is_due(now, is_epoch_over=is_epoch_over):
            return
        self.rhythm.taken(now)
        if not self.memory.has_room_for(self._begin()):
            self._writing.result()
            self.rhythm.note(time.monotonic() - now)

    def leave(self) -> None:
        """Take a checkpoint of this very moment, and wait until it is written or has failed."""
        self._writing.result()
        self._begin()
        self._writing.result()

    def close(self) -> None:
        """Wait until no file is being written."""
        self._writer.shutdown()

    def _begin(self) -> int:
        """Have the state of this moment written; returns what it takes as soon as it changes."""
        began_at = time.thread_time()
        snapshot = self.state.capture()
        size_bytes = snapshot.size_bytes
        self._writing = self._writer.submit(self._write, snapshot, time.thread_time() - began_at)
        return size_bytes

    def _write(self, snapshot: Snapshot, capture_seconds: float) -> None:
        began_at = time.thread_time()
        epoch, step = snapshot.header.epoch, snapshot.header.step
        path = self.folder / f"{epoch:09d}-{step:09d}.npz"
        try:
            # What stands at the same place goes on to the same end, so it need not be written twice.
            if path not in self._files:
                self.folder.mkdir(exist_ok=True)
                write(snapshot, path)
                self._files.append(path)
            for outdated in self._files[:-KEPT]:
                outdated.unlink(missing_ok=True)
                self._files.remove(outdated)
        except Exception as error:  # noqa: BLE001 (a full disk, no memory: whatever it is, the training goes on)
            logger.warning("No checkpoint was written after epoch %d, step %d: %s.", epoch, step, reason_of(error))
            return
        finally:
            snapshot.arrays.clear()  # the training that waits for this needs their memory now, not in a moment
            self.memory.forget_peak()  # what the steps alone take is what matters to the next one
            self.rhythm.note(capture_seconds + time.thread_time() - began_at)
        logger.info("A checkpoint was written after epoch %d, step %d.", epoch, step)
        self.report(epoch, step, path)
