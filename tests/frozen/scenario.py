"""What happened in the service whose database is frozen: by real programs, until each kind of row is there.

The worker is killed at the end, so that what it was training stays `running`, and the broker is stopped before the last
jobs come, so that one still waits to be told to it.
"""

import asyncio
import json
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psutil

from db.jobs import outbox
from db.projects import quotas
from db.projects.quotas import Quotas
from spec.states import JobStatus
from tests.frozen.callers import Caller
from tests.services.children import end
from tests.services.receiver import Receiver
from tests.services.redis import RedisServer
from tests.worker.workbench import Workbench, WorkerProcess

OTHER_PROJECT = "lab"
HEARS = "hears of every end"
LEASE_SECONDS = 3.0
MIDST = 0.4
"""A share of a job of three epochs that lies within the second."""
_PATIENCE_SECONDS = 30.0

FLOWERS: dict[str, Any] = {
    "dataset": "iris",
    "network": {
        "layers": [
            {"type": "Dense", "units": 8, "activation": "relu"},
            {"type": "Dense", "units": 3, "activation": "softmax"},
        ]
    },
    "training": {
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer": {"type": "Adam", "learning_rate": 0.01},
        "epochs": 5,
        "batch_size": 32,
        "validation_split": 0.2,
        "seed": 42,
    },
}
_CONVOLUTION = {"type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "same", "activation": "relu"}
DIGITS: dict[str, Any] = {
    "dataset": "digits",
    "network": {
        "layers": [
            {"type": "Reshape", "target_shape": [8, 8, 1]},
            *[_CONVOLUTION] * 6,
            {"type": "BatchNormalization"},
            {"type": "GlobalAveragePooling2D"},
            {"type": "Dropout", "rate": 0.2},
            {"type": "Dense", "units": 10, "activation": "softmax"},
        ]
    },
    "training": {
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer": {"type": "SGD", "learning_rate": 0.01, "momentum": 0.9},
        "epochs": 3,
        "batch_size": 1,
        "validation_split": 0.2,
        "seed": 7,
        "callbacks": [{"type": "EarlyStopping", "monitor": "val_loss", "patience": 5, "restore_best_weights": True}],
    },
}
"""Few weights and long epochs: its checkpoints are small, and what stops it does so in the midst of an epoch."""


class Life:
    """The calls that two projects' people make, and what the programs do meanwhile.

    Attributes:
        jobs: What became of each job -> its id.
        first: The request that carried an idempotency key, and its answer.
    """

    def __init__(self, bench: Workbench, mine: Caller, others: Caller, broker: RedisServer) -> None:
        self._bench = bench
        self._mine = mine
        self._others = others
        self._broker = broker
        self.jobs: dict[str, str] = {}
        self.first: dict[str, Any] = {}

    async def play(self, good: Receiver, bad: Receiver) -> None:
        """All of it, in a minute or two; one receiver takes what webhooks send, the other refuses it."""
        settings = {"WORKER_SLOTS": "3", "CHECKPOINT_SECONDS": "0.3", "LEASE_SECONDS": f"{LEASE_SECONDS:g}"}
        worker = await self._bench.start_worker(**settings)
        fails, switched_off = await self._open_accounts(good, bad)
        await self._succeed()
        await self._fail(worker)
        await self._cancel()
        await self._refuse(fails, switched_off)
        await self._delete_what_is_swept()
        await self._pause()
        await self._break_off(worker)
        await self._leave_a_queue()
        await self._delete_what_is_not_swept()

    async def _open_accounts(self, good: Receiver, bad: Receiver) -> list[str]:
        """Keys, a quota and webhooks; returns the two webhooks to which nothing gets through."""
        await self._mine.post("/v1/keys", {"name": "reads", "scopes": ["read"], "expires_in_seconds": 3600})
        revoked = await self._mine.post("/v1/keys", {"name": "revoked", "scopes": ["submit"]})
        await self._mine.call("DELETE", f"/v1/keys/{revoked['id']}")
        async with self._bench.database.write() as connection:
            await quotas.change(connection, OTHER_PROJECT, Quotas(jobs_queued=50, stored_bytes=10**9))
        bad.answers(500)
        hears = await self._mine.post("/v1/webhooks", {"url": url_of(good), "description": HEARS})
        await self._mine.post(f"/v1/webhooks/{hears['id']}/rotate-secret")
        failing = [
            await self._mine.post("/v1/webhooks", {"url": url_of(bad), "events": events})
            for events in (["job.cancelled"], ["job.failed"])
        ]
        return [webhook["id"] for webhook in failing]

    async def _succeed(self) -> None:
        text = json.dumps({**FLOWERS, "name": "flowers", "metadata": {"team": "botany", "n\u00e4me": "\u273f"}})
        headers = {"Content-Type": "application/json", "Idempotency-Key": "the first job"}
        answer = await self._mine.call("POST", "/v1/jobs", content=text, headers=headers)
        self.first = {"text": text, "headers": headers, "answer": answer}
        self.jobs["succeeded"] = answer["id"]
        await self._ended("succeeded", "succeeded")
        patch = [{"op": "replace", "path": "/training/epochs", "value": 2}]
        child = await self._mine.post(f"/v1/jobs/{answer['id']}/derive", {"patch": patch})
        self.jobs["derived"] = child["id"]
        await self._ended("derived", "succeeded")
        theirs = await self._others.post("/v1/jobs", FLOWERS)
        await self._others.until(f"/v1/jobs/{theirs['id']}", lambda job: job["status"] == "succeeded")

    async def _fail(self, worker: WorkerProcess) -> None:
        diverging = {**FLOWERS["training"], "optimizer": {"type": "SGD", "learning_rate": 1e30}}
        await self._submit("diverged", {**FLOWERS, "training": diverging})
        await self._ended("diverged", "failed")
        await self._submit("lost", {**DIGITS, "resources": {"max_attempts": 1}})
        await self._in_the_midst("lost")
        for trainer in worker.trainers():
            trainer.kill()
        await self._ended("lost", "failed")

    async def _cancel(self) -> None:
        await self._submit("cancelled", DIGITS)
        await self._in_the_midst("cancelled")
        await self._ask("cancelled", "cancel")
        await self._ended("cancelled", "cancelled")

    async def _refuse(self, fails: str, switched_off: str) -> None:
        """One message is to be tried again, the others are given up."""
        for webhook in (fails, switched_off):
            path = f"/v1/webhooks/{webhook}/deliveries"
            await self._mine.until(path, lambda page: bool(page["data"] and page["data"][0]["response_status"]))
        await self._mine.call("PATCH", f"/v1/webhooks/{switched_off}", json={"is_enabled": False})

    async def _delete_what_is_swept(self) -> None:
        await self._submit("swept", FLOWERS)
        await self._ended("swept", "succeeded")
        job_id = self.jobs.pop("swept")
        files = self._bench.home / "storage" / "jobs" / job_id
        await self._mine.call("DELETE", f"/v1/jobs/{job_id}")
        await see(lambda: not files.exists())

    async def _pause(self) -> None:
        await self._submit("paused", DIGITS)
        await self._in_the_midst("paused")
        await self._ask("paused", "pause")
        await self._ended("paused", "paused")

    async def _break_off(self, worker: WorkerProcess) -> None:
        """Three jobs are running when their worker is killed; of two something is asked that nobody reads."""
        asked = {"running": None, "running, asked to cancel": "cancel", "running, asked to pause": "pause"}
        for name in asked:
            await self._submit(name, DIGITS)
        await asyncio.gather(*(self._in_the_midst(name) for name in asked))
        trainers = worker.trainers()
        end(worker.process, signal.SIGKILL)
        for trainer in trainers:
            with suppress(psutil.NoSuchProcess):  # it ends with its worker, if not at once
                trainer.kill()
        for name, what in asked.items():
            if what:
                await self._ask(name, what)

    async def _leave_a_queue(self) -> None:
        await self._submit("queued", {**FLOWERS, "resources": {"priority": 3}})
        await self._until_told()
        await self._submit("paused in the queue", FLOWERS)
        await self._ask("paused in the queue", "pause")
        await self._submit("cancelled in the queue", FLOWERS)
        await self._ask("cancelled in the queue", "cancel")
        await self._until_told()
        await asyncio.to_thread(self._broker.stop)
        await self._submit("queued, the broker was not told", FLOWERS)

    async def _delete_what_is_not_swept(self) -> None:
        await self._mine.call("DELETE", f"/v1/jobs/{self.jobs.pop('derived')}")

    async def _submit(self, name: str, spec: dict[str, Any]) -> None:
        self.jobs[name] = (await self._mine.post("/v1/jobs", {**spec, "name": name}))["id"]

    async def _ask(self, name: str, what: str) -> None:
        await self._mine.post(f"/v1/jobs/{self.jobs[name]}/{what}")

    async def _ended(self, name: str, status: str) -> None:
        await self._mine.until(f"/v1/jobs/{self.jobs[name]}", lambda job: job["status"] == status)

    async def _in_the_midst(self, name: str) -> None:
        """The job has an epoch and some of the next behind it."""
        job = await self._bench.wait(self.jobs[name], lambda job: job.epoch > 0 and job.fraction > MIDST)
        assert job.status is JobStatus.RUNNING, "it ended too soon to be stopped in its midst"

    async def _until_told(self) -> None:
        """The broker was told of all jobs."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            async with self._bench.database.read() as connection:
                if not await outbox.unpublished(connection, 10):
                    return
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)


def url_of(receiver: Receiver) -> str:
    """Where a webhook leads that this receiver hears of."""
    return f"http://127.0.0.1:{receiver.port}/hook"


async def see(is_so: Callable[[], bool]) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
