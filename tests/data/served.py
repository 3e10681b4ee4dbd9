"""The service with a worker that only reads: files go in over HTTP, and what was made of them comes out."""

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from pydantic import SecretStr

from settings import WorkerSettings
from tests.api.service import running_api
from tests.data.senders import FORM, form
from tests.reader.files import Result
from tests.services.keys import bearer, make_key
from worker.supervisor.devices import Seat, reading_seats
from worker.supervisor.thread import SupervisorThread


@dataclass(frozen=True)
class Served:
    """A service that reads, and what lies behind it.

    Attributes:
        client: Asks it.
        storage: Where its files are.
        home: Where its worker keeps what it works with, and its database.
    """

    client: httpx.Client
    storage: Path
    home: Path

    def send(
        self, content: bytes | str, said: Mapping[str, Any] | None = None, path: str = "/v1/datasets"
    ) -> httpx.Response:
        """The answer to a file that is sent as a form."""
        data = content.encode() if isinstance(content, str) else content
        return self.client.post(path, content=form(data, said), headers=FORM)

    def told(self, answer: httpx.Response) -> Any:  # noqa: ANN401 -- JSON
        """The data set that was made, once it has been read."""
        assert answer.status_code == 201, answer.text
        path = answer.headers["Location"]
        return self.client.get(path, params={"wait_seconds": 60}).raise_for_status().json()

    def result(self, dataset_id: str) -> Result:
        """What a trainer finds of a data set that is ready, and what people are shown."""
        keys = self._keys(dataset_id)
        with np.load(self.storage / keys["columns.npz"], allow_pickle=False) as members:
            facts = json.loads((self.storage / keys["facts.json"]).read_text())
            preview = self.client.get(f"/v1/datasets/{dataset_id}/preview", params={"limit": 100})
            return Result(facts, dict(members), preview.raise_for_status().json())

    def _keys(self, dataset_id: str) -> dict[str, str]:
        """Where the files are that its reading left, by their names."""
        files = "SELECT artifacts.name, key FROM artifacts JOIN datasets USING (job_id) WHERE datasets.id = ?"
        with closing(sqlite3.connect(self.home / "netcoach.db")) as connection:
            return dict(connection.execute(files, (dataset_id,)).fetchall())

    def files(self) -> list[Path]:
        """All that is in the storage, and in the folders of the worker."""
        # A folder may go while it is looked through, which `os.walk` minds less than `Path.rglob`.
        folders = [place for folder in (self.storage, self.home / "work") for place in os.walk(folder)]
        return [Path(folder, name) for folder, _, names in folders for name in names if name != ".lock"]

    def wait_until_empty(self) -> None:
        """Until no file is left."""
        ends_at = time.monotonic() + 60
        while left := self.files():
            assert time.monotonic() < ends_at, left
            time.sleep(0.05)


@contextmanager
def served(
    home: Path, broker_url: str, seats_of: Callable[[WorkerSettings], list[Seat]] = reading_seats
) -> Iterator[Served]:
    """A service with a worker; unless told otherwise, it has one seat, for reading.

    Args:
        home: A folder with a migrated database.
        broker_url: Where hints go; its worker looks for itself, many times a second.
        seats_of: The worker's seats.
    """
    url = f"sqlite:///{home}/netcoach.db"
    settings = WorkerSettings(
        home=home,
        database_url=SecretStr(url),
        broker_url=SecretStr(broker_url),
        storage_url=SecretStr(f"file://{home}/storage"),
        poll_seconds=0.05,
        reconcile_seconds=0.2,
    )
    with running_api(home, database_url=url, broker_url=broker_url) as address:
        supervisor = SupervisorThread(settings, seats_of(settings))
        supervisor.start()
        try:
            # In a thread, since the loop of this one is that of the tests.
            with ThreadPoolExecutor(1) as thread:
                key = thread.submit(lambda: asyncio.run(make_key(url))).result()
            with httpx.Client(base_url=address, timeout=90, headers=bearer(key)) as client:
                yield Served(client, home / "storage", home)
        finally:
            supervisor.stop()
    assert not supervisor.has_failed
