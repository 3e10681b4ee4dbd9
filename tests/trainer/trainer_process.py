"""A real trainer process, spoken to as the supervisor does."""

import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from spec.inputs import InputName
from worker.messages import (
    Ended,
    Epoch,
    Finish,
    InputFile,
    PauseAt,
    Progress,
    Ready,
    Report,
    Started,
    Stop,
    Train,
    decode_report,
    encode,
)


class TrainerProcess:
    """Starts ``python -m worker.trainer`` and waits until it is ready."""

    def __init__(self, *options: str, threads: int = 1, log: Path = Path(os.devnull)) -> None:
        orders_out, orders_in = os.pipe()
        reports_out, reports_in = os.pipe()
        self.log = log
        with log.open("ab") as said:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "worker.trainer", "--threads", str(threads)),
                    *("--read-fd", str(orders_out), "--write-fd", str(reports_in)),
                    *options,
                ],
                pass_fds=(orders_out, reports_in),
                stdin=subprocess.DEVNULL,
                stderr=said,
            )
        os.close(orders_out)
        os.close(reports_in)
        self._orders = os.fdopen(orders_in, "wb", buffering=0)
        self._descriptor = reports_out
        self._unread = b""
        ready = self.next_report()
        assert isinstance(ready, Ready)
        self.ready = ready

    def order(  # noqa: PLR0913 (all but two by keyword)
        self,
        spec: dict[str, Any],
        folder: Path,
        *,
        attempt: int = 1,
        checkpoint: str | None = None,
        weights: Path | None = None,
        known_epochs: int = 0,
        pause_at_epoch: int | None = None,
    ) -> None:
        """Send a job."""
        files = {InputName.CHECKPOINT: checkpoint, InputName.INITIAL_WEIGHTS: weights}
        train = Train(
            job_id="job_1",
            attempt=attempt,
            spec=spec,
            work_dir=str(folder),
            inputs={name: InputFile(path=str(path), sha256="0" * 64) for name, path in files.items() if path},
            known_epochs=known_epochs,
            pause_at_epoch=pause_at_epoch,
        )
        self._orders.write(encode(train))

    def stop(self, *, attempt: int = 1, is_to_be_resumed: bool = False) -> None:
        """Ask for the end of an attempt."""
        self._orders.write(encode(Stop(job_id="job_1", attempt=attempt, is_to_be_resumed=is_to_be_resumed)))

    def pause_at(self, epoch: int | None, *, attempt: int = 1) -> None:
        """Order an attempt to pause after this epoch, or after none."""
        self._orders.write(encode(PauseAt(job_id="job_1", attempt=attempt, epoch=epoch)))

    def finish(self, *, attempt: int = 1) -> None:
        """Order an attempt to come to its end after the epoch that it is in."""
        self._orders.write(encode(Finish(job_id="job_1", attempt=attempt)))

    def next_report(self, timeout_seconds: float = 120) -> Report:
        """The next report."""
        deadline = time.monotonic() + timeout_seconds
        while b"\n" not in self._unread:
            left = deadline - time.monotonic()
            assert select.select([self._descriptor], [], [], max(left, 0))[0], "the trainer says nothing"
            part = os.read(self._descriptor, 1 << 16)
            assert part, "the trainer has gone"
            self._unread += part
        line, self._unread = self._unread.split(b"\n", 1)
        return decode_report(line)

    def next_start(self) -> Started:
        """The next report that training begins; signs of life while it is prepared are passed over."""
        while not isinstance(report := self.next_report(), Started):
            assert isinstance(report, Progress)
        return report

    def reports(self) -> list[Report]:
        """All reports of an attempt, `Ended` being the last."""
        found = [self.next_report()]
        while not isinstance(found[-1], Ended):
            found.append(self.next_report())
        return found

    def train(self, spec: dict[str, Any], folder: Path) -> tuple[list[Epoch], Ended]:
        """Send a job and wait for its end."""
        self.order(spec, folder)
        reports = self.reports()
        ended = reports[-1]
        assert isinstance(ended, Ended)
        return [report for report in reports if isinstance(report, Epoch)], ended

    def close_orders(self) -> None:
        """Close the pipe of orders, as the end of the supervisor does."""
        self._orders.close()

    def close(self) -> None:
        """End the process."""
        self._orders.close()
        self.process.kill()
        self.process.wait()
        os.close(self._descriptor)
