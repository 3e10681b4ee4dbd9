"""One trainer process: started by exec, spoken to over a pair of pipes, killed at will."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil
import structlog
from pydantic import ValidationError

from worker.messages import Ended, Finish, PauseAt, Ready, Report, Stop, Train, Work, decode_report, encode
from worker.supervisor.devices import Seat
from worker.supervisor.trainers.environment import trainer_environment
from worker.supervisor.trainers.memory import kernel_oom_kills, own_bytes

_log = structlog.stdlib.get_logger("worker")

_MAX_REPORT_BYTES = 64 * 2**20


@dataclass(frozen=True)
class DataShare:
    """A folder that all trainers of a home share, and what it may grow to."""

    folder: Path
    limit_bytes: int


class TrainerNotReady(Exception):
    """A new trainer ended, or said something else, before it was ready."""


@dataclass(frozen=True)
class TrainerExit:
    """How a trainer process ended.

    Attributes:
        code: Its exit code; a signal's number, negated, if one killed it.
        is_out_of_memory: Whether the kernel's out-of-memory killer struck while it lived and it died of SIGKILL.
    """

    code: int
    is_out_of_memory: bool

    def __str__(self) -> str:
        """How it ended, in words."""
        if self.code >= 0:
            return f"exited with code {self.code}"
        try:
            return f"was killed by {signal.Signals(-self.code).name}"
        except ValueError:
            return f"was killed by signal {-self.code}"


class Trainer:
    """A trainer process. It must be started, and is watched, by one thread: it dies with the thread that forked it.

    Attributes:
        ready: What it said when it was ready.
        jobs_done: Jobs it has ended.
        first_rss_bytes: Its resident memory when it was ready, without what is mapped from files.
        rss_bytes: The same after the last job.
        last_report_at: `time.monotonic` when it last said something.
    """

    ready: Ready

    def __init__(
        self, process: asyncio.subprocess.Process, reports: asyncio.StreamReader, orders: asyncio.WriteTransport
    ) -> None:
        """Takes a started process and the supervisor's ends of its pipes; use `start`."""
        self._process = process
        self._reports = reports
        self._orders = orders
        self._oom_kills_before = kernel_oom_kills()
        self._was_killed = False
        self.jobs_done = 0
        self.first_rss_bytes = 0
        self.rss_bytes = 0
        self.last_report_at = time.monotonic()

    @classmethod
    async def start(  # noqa: PLR0913 -- all but one by keyword
        cls,
        seat: Seat,
        *,
        folder: Path,
        data: DataShare,
        checkpoint_seconds: float,
        timeout_seconds: float,
        passed_on: Collection[str] = (),
    ) -> Self:
        """Start a trainer and wait until it is ready.

        Args:
            seat: The device, threads and memory it gets.
            folder: Its current directory.
            data: Where it shares prepared rows with the others.
            checkpoint_seconds: Longest time within an epoch without a checkpoint.
            timeout_seconds: How long it may take.
            passed_on: Variables of this process's environment that it gets beside those that it always does.

        Raises:
            TrainerNotReady: If it ended or was not ready in time.
        """
        orders_out, orders_in = os.pipe()
        reports_out, reports_in = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", seat.carrier.module),
                *("--read-fd", str(orders_out), "--write-fd", str(reports_in)),
                *("--memory-bytes", str(seat.memory_bytes)),
                *(_of_trainer(seat, data, checkpoint_seconds) if seat.carrier.has_tensorflow else ()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=2,  # standard output is nobody's; what a library prints goes to the log
                pass_fds=(orders_out, reports_in),
                cwd=folder,
                env=trainer_environment(os.environ, seat, passed_on),
                # A Ctrl-C in the terminal is the supervisor's to answer.
                start_new_session=True,
            )
        except BaseException:
            os.close(orders_in)
            os.close(reports_out)
            raise
        finally:
            os.close(orders_out)
            os.close(reports_in)
        try:
            loop = asyncio.get_running_loop()
            reports = asyncio.StreamReader(limit=_MAX_REPORT_BYTES)
            await loop.connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(reports), os.fdopen(reports_out, "rb", buffering=0)
            )
            orders, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(orders_in, "wb", buffering=0))
            trainer = cls(process, reports, orders)
            await trainer._wait_ready(timeout_seconds)
        except BaseException:
            # With it go the pipes' other ends, and so their transports.
            if process.returncode is None:
                process.kill()
            await process.wait()
            raise
        return trainer

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process has not been seen to end."""
        return self._process.returncode is None

    def own_bytes(self) -> int:
        """Memory that would come free with the process; 0 once it has ended."""
        try:
            return own_bytes(psutil.Process(self.pid))
        except psutil.NoSuchProcess:
            return 0

    def send(self, order: Train | Work | Stop | PauseAt | Finish) -> None:
        """Give an order; one to a trainer that ended goes nowhere."""
        if not self._orders.is_closing():
            self._orders.write(encode(order))

    async def next_report(self) -> Report | None:
        """What it says next; None once it says no more, being dead or as good as dead."""
        try:
            line = await self._reports.readline()
            if not line.endswith(b"\n"):
                return None
            report = decode_report(line)
        except ValueError as error:  # a line that is too long, no JSON, or no report
            count = error.error_count() if isinstance(error, ValidationError) else 1
            _log.error("trainer sent an invalid report", trainer=self.pid, faults=count)
            self.kill()
            return None
        self.last_report_at = time.monotonic()
        if isinstance(report, Ended):
            self.jobs_done += 1
            self.rss_bytes = report.rss_bytes
        return report

    def kill(self) -> None:
        """Kill the process with SIGKILL, whatever it is doing."""
        self._was_killed = True
        if self._process.returncode is None:
            self._process.kill()

    async def wait_exit(self) -> TrainerExit:
        """Wait until the process has ended and tell how."""
        code = await self._process.wait()
        is_struck = kernel_oom_kills() > self._oom_kills_before and code == -signal.SIGKILL
        return TrainerExit(code=code, is_out_of_memory=is_struck and not self._was_killed)

    async def end(self) -> None:
        """Kill the process if it lives, take note of its end and close the pipes."""
        self.kill()
        await self._process.wait()
        if not self._orders.is_closing():
            self._orders.abort()

    async def _wait_ready(self, timeout_seconds: float) -> None:
        try:
            async with asyncio.timeout(timeout_seconds):
                report = await self.next_report()
        except TimeoutError:
            raise TrainerNotReady(f"The trainer process was not ready after {timeout_seconds:g} seconds.") from None
        if not isinstance(report, Ready):
            self.kill()
            raise TrainerNotReady(f"The trainer process {await self.wait_exit()} before it was ready.")
        self.ready = report
        self.first_rss_bytes = self.own_bytes()


def _of_trainer(seat: Seat, data: DataShare, checkpoint_seconds: float) -> list[str]:
    """What a process with TensorFlow is told beside."""
    return [
        *("--threads", str(seat.threads), "--device", seat.device, "--replicas", str(seat.replicas)),
        *("--checkpoint-seconds", f"{checkpoint_seconds:g}"),
        *("--data-folder", str(data.folder), "--data-cache-bytes", str(data.limit_bytes)),
    ]
