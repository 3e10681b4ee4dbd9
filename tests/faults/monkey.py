"""Row 30's two sides: clients that use the service as clients do, and a monkey that breaks it as the world does."""

import asyncio
import contextlib
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import psutil

from db.errors import DatabaseUnavailable
from spec.states import ENDED
from tests.faults.programs import Program
from tests.faults.servers import HardPostgres, HardRedis
from tests.faults.stage import Stage

_MOST_WAITING = 30
"""Jobs that have not ended; with more the clients wait, so that the service is busy and not buried."""
_INSIST_SECONDS = 120
_SLOTS = ("1", "2")
"""Of each worker."""
_WORKER_SETTINGS = {"TRAINER_THREADS": "1", "LEASE_SECONDS": "6", "PROGRESS_TIMEOUT_SECONDS": "20"}


class Crowd:
    """Clients that post, cancel, pause and resume."""

    def __init__(self, stage: Stage, rng: random.Random, specs: list[dict[str, Any]]) -> None:
        self._stage = stage
        self._rng = rng
        self._specs = specs
        self._ids: list[str] = []
        self.asked: Counter[str] = Counter()

    async def use(self, until: float) -> None:
        """One client, until the time is up."""
        while time.monotonic() < until:
            if await self._waiting() < _MOST_WAITING:
                spec = self._rng.choice(self._specs)
                self._ids.append(await self._stage.client.insist(spec, timeout_seconds=_INSIST_SECONDS))
            if self._rng.random() < 0.5:
                await self._ask_something()
            await asyncio.sleep(self._rng.uniform(0.2, 1.5))

    async def resume_all(self) -> None:
        """Nothing stays paused; a pause that was asked for and has not happened is taken back."""
        for job_id in self._ids:
            while await self._stage.client.ask(job_id, "resume") not in {200, 202, 409}:  # noqa: ASYNC110 -- HTTP
                await asyncio.sleep(0.2)

    async def _ask_something(self) -> None:
        recent = self._ids[-15:]
        if recent:
            what = self._rng.choices(("cancel", "pause", "resume"), (1, 3, 4))[0]
            status = await self._stage.client.ask(self._rng.choice(recent), what)
            if status in {200, 202}:
                self.asked[what] += 1

    async def _waiting(self) -> int:
        try:
            ended = ", ".join(f"'{status}'" for status in ENDED)
            return await self._stage.scalar(f"SELECT count(*) FROM jobs WHERE status NOT IN ({ended})")  # noqa: S608 -- names of states
        except DatabaseUnavailable:
            return 0


class Monkey:
    """Breaks something every few seconds, and puts it right again."""

    def __init__(self, stage: Stage, rng: random.Random, redis: HardRedis, postgres: HardPostgres) -> None:
        self._stage = stage
        self._rng = rng
        self._redis = redis
        self._postgres = postgres
        self.done: Counter[str] = Counter()
        self._deeds: dict[str, tuple[int, Callable[[], Awaitable[None]]]] = {
            "API killed": (2, self._kill_api),
            "API process killed": (2, self._kill_api_process),
            "worker killed": (4, lambda: self._end_worker(signal.SIGKILL)),
            "worker asked to stop": (2, lambda: self._end_worker(signal.SIGTERM)),
            "worker frozen": (3, self._freeze_worker),
            "trainer killed": (6, self._kill_trainer),
            "trainer frozen": (2, self._freeze_trainer),
            "Redis killed and restarted empty": (2, self._crash_redis),
            "Redis frozen": (2, self._freeze_redis),
            "PostgreSQL killed": (2, self._crash_postgres),
            "PostgreSQL stopped": (1, self._halt_postgres),
            "connections to PostgreSQL terminated": (2, self._terminate_backends),
        }

    async def rage(self, until: float) -> None:
        """Until the time is up; then all is running again."""
        while time.monotonic() < until:
            await asyncio.sleep(self._rng.uniform(1, 5))
            names = list(self._deeds)
            name = self._rng.choices(names, [weight for weight, _ in self._deeds.values()])[0]
            await self._deeds[name][1]()
            self.done[name] += 1
        for worker in self._workers:
            worker.signal(signal.SIGCONT)

    def start(self) -> None:
        """The service: two processes of the API, two workers."""
        self._stage.begin_api(API_PROCESSES="2")
        for slots in _SLOTS:
            self._start_worker(slots)

    @property
    def _workers(self) -> list[Program]:
        return self._stage.workers

    def _start_worker(self, slots: str) -> None:
        self._stage.begin_worker(**_WORKER_SETTINGS, WORKER_SLOTS=slots)

    async def _kill_api(self) -> None:
        api = next(program for program in self._stage.programs if program.name == "api" and program.is_running)
        # Its serving processes hold its port.
        for process in [psutil.Process(api.pid), *psutil.Process(api.pid).children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        api.process.wait()
        await self._pause(0, 2)
        self._stage.begin_api(API_PROCESSES="2")

    async def _kill_api_process(self) -> None:
        api = next(program for program in self._stage.programs if program.name == "api" and program.is_running)
        serving = [child for child in psutil.Process(api.pid).children() if "spawn_main" in " ".join(child.cmdline())]
        if serving:
            self._rng.choice(serving).kill()

    async def _end_worker(self, how: signal.Signals) -> None:
        worker = self._rng.choice(self._workers)
        worker.signal(how)
        await asyncio.to_thread(worker.process.wait, 30)
        await self._pause(0, 3)
        self._start_worker(worker.slots)

    async def _freeze_worker(self) -> None:
        worker = self._rng.choice(self._workers)
        worker.signal(signal.SIGSTOP)
        await self._pause(1, 10)
        worker.signal(signal.SIGCONT)

    async def _kill_trainer(self) -> None:
        for trainer in self._some_trainer():
            trainer.kill()

    async def _freeze_trainer(self) -> None:
        for trainer in self._some_trainer():
            trainer.suspend()
            await self._pause(1, 10)
            with contextlib.suppress(psutil.NoSuchProcess):
                trainer.resume()

    def _some_trainer(self) -> list[psutil.Process]:
        trainers = [trainer for worker in self._workers for trainer in worker.trainers()]
        return [self._rng.choice(trainers)] if trainers else []

    async def _crash_redis(self) -> None:
        await asyncio.to_thread(self._redis.crash)
        await self._pause(0, 3)
        await asyncio.to_thread(self._redis.start)

    async def _freeze_redis(self) -> None:
        self._redis.freeze()
        await self._pause(1, 8)
        self._redis.thaw()

    async def _crash_postgres(self) -> None:
        await asyncio.to_thread(self._postgres.crash)
        await self._pause(0, 3)
        await asyncio.to_thread(self._postgres.start)

    async def _halt_postgres(self) -> None:
        await asyncio.to_thread(self._postgres.halt)
        await self._pause(1, 9)
        await asyncio.to_thread(self._postgres.start)

    async def _terminate_backends(self) -> None:
        await asyncio.to_thread(self._postgres.terminate_backends)

    async def _pause(self, least_seconds: float, most_seconds: float) -> None:
        await asyncio.sleep(self._rng.uniform(least_seconds, most_seconds))
