"""The trainer's reading pipe: orders come in on a thread of their own, so that one to stop is seen while training."""

import os
import queue
import threading

from worker.messages import Finish, PauseAt, Stop, Train, Work, decode_order

_SUPERVISOR_GONE = 0


class OrderReader:
    """Reads orders until its supervisor is gone, and then ends the process at once.

    Args:
        descriptor: The reading end of the pipe the supervisor writes to.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._works: queue.Queue[Train | Work] = queue.Queue()
        self._stops: dict[tuple[str, int], Stop] = {}
        self._pauses: dict[tuple[str, int], int | None] = {}
        self._finishing: set[tuple[str, int]] = set()
        self._thread = threading.Thread(target=self._read, name="orders", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def next_work(self) -> Train | Work:
        """Wait for the next job."""
        return self._works.get()

    def stop_of(self, work: Train | Work) -> Stop | None:
        """The last order to stop this attempt, be it that it came before the attempt began; None without one."""
        return self._stops.get((work.job_id, work.attempt))

    def pause_epoch_of(self, train: Train) -> int | None:
        """After which epoch this attempt is to pause, as it was said last; None if after none."""
        return self._pauses.get((train.job_id, train.attempt), train.pause_at_epoch)

    def is_to_finish(self, train: Train) -> bool:
        """Whether this attempt is to come to its end after the epoch that it is in."""
        return (train.job_id, train.attempt) in self._finishing

    def forget(self, work: Train | Work) -> None:
        """Forget an attempt that ended."""
        self._stops.pop((work.job_id, work.attempt), None)
        self._pauses.pop((work.job_id, work.attempt), None)
        self._finishing.discard((work.job_id, work.attempt))

    def _read(self) -> None:
        with os.fdopen(self._descriptor, "rb") as pipe:
            for line in pipe:
                order = decode_order(line)
                if isinstance(order, Stop):
                    self._stops[(order.job_id, order.attempt)] = order
                elif isinstance(order, PauseAt):
                    self._pauses[(order.job_id, order.attempt)] = order.epoch
                elif isinstance(order, Finish):
                    self._finishing.add((order.job_id, order.attempt))
                else:
                    self._works.put(order)
        # End of file: the supervisor is gone, and whatever is being trained belongs to nobody. No cleaning up:
        # native code may be running in the main thread for a long while.
        os._exit(_SUPERVISOR_GONE)
