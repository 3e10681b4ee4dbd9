"""Files on their way into the storage: passed on while they come, hashed on the way, never held whole.

Of each file two pieces of `PIECE_BYTES` are in memory: one that is filled, and one that a thread writes and hashes.
What the storage itself holds comes on top: for a bucket a part of 8 MiB.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TypeVar

from db.connections.engine import Database
from db.datasets import stray_files
from db.datasets.datasets import StoredFile
from db.datasets.uploads import Part
from db.errors import DatabaseUnavailable
from storage.errors import StorageUnavailable
from storage.files import Writer
from storage.store import Store

PIECE_BYTES = 2**20
MAX_AT_ONCE = 16
"""Files that come at once in one process: they share its memory, and its threads that wait for the storage."""
MAX_OF_PROJECT = 4
"""Of these those of one project, so that a few slow clients of one cannot keep the others out."""

Result = TypeVar("Result")


class TooManyTransfers(Exception):
    """As many files as may are being received already."""


class IncomingFile:
    """A file that is being received; nobody sees it before it is committed."""

    def __init__(self, key: str, store: Store, threads: ThreadPoolExecutor) -> None:
        """Begins with nothing; the storage is asked once there is something to be written.

        Args:
            key: What it will be found by.
            store: Where it goes.
            threads: Which wait for the storage.
        """
        self.key = key
        self.size_bytes = 0
        self._store = store
        self._threads = threads
        self._writer: Writer | None = None
        self._pieces: list[bytes] = []
        self._held_bytes = 0
        self._writing: asyncio.Future[None] | None = None

    async def add(self, piece: bytes) -> None:
        """Add bytes to the end; waits while the storage is slower than they come.

        Raises:
            StorageUnavailable: If what was added before cannot be kept.
        """
        self._pieces.append(piece)
        self._held_bytes += len(piece)
        self.size_bytes += len(piece)
        if self._held_bytes >= PIECE_BYTES:
            await self._pass_on()

    async def flush(self) -> None:
        """Wait until all that was added is written.

        Raises:
            StorageUnavailable: If it cannot be kept.
        """
        await self._pass_on()
        await self._settle()

    async def commit(self) -> StoredFile:
        """Have the whole file found by its key.

        Raises:
            StorageUnavailable: If it cannot be stored.
        """
        await self.flush()
        stored = await self._in_thread(self._opened().commit)
        return StoredFile(self.key, stored.sha256, stored.size_bytes)

    async def abort(self) -> None:
        """Leave nothing of it; after `commit` it does nothing."""
        self._pieces.clear()
        # A thread cannot be interrupted: what it is writing is written first.
        if self._writing is not None and not self._writing.done():
            await asyncio.wait({self._writing})
        if self._writing is not None and not self._writing.cancelled():
            self._writing.exception()  # whatever it was, nothing is left of it
        if self._writer is not None:
            await self._in_thread(self._writer.abort)

    async def _pass_on(self) -> None:
        pieces, self._pieces, self._held_bytes = self._pieces, [], 0
        await self._settle()
        self._writing = asyncio.get_running_loop().run_in_executor(self._threads, self._write, pieces)

    async def _settle(self) -> None:
        if self._writing is not None:
            await asyncio.shield(self._writing)
            self._writing = None

    async def _in_thread(self, act: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, act)

    def _write(self, pieces: list[bytes]) -> None:
        writer = self._opened()
        for piece in pieces:
            writer.write(piece)

    def _opened(self) -> Writer:
        if self._writer is None:
            self._writer = self._store.write(self.key)
        return self._writer


class Incoming:
    """All files that one process receives.

    Args:
        database: Where it is noted what was stored, before anything refers to it.
        store: Where they go.
    """

    def __init__(self, database: Database, store: Store) -> None:
        self._database = database
        self._store = store
        self._threads = ThreadPoolExecutor(MAX_AT_ONCE, thread_name_prefix="incoming")
        self._of_projects: Counter[str] = Counter()
        self._ending: set[asyncio.Task[None]] = set()

    @contextmanager
    def turn(self, project: str) -> Generator[None]:
        """One of the files that may come at once.

        Raises:
            TooManyTransfers: If as many as may are coming already.
        """
        for most, count in ((MAX_OF_PROJECT, self._of_projects[project]), (MAX_AT_ONCE, self._of_projects.total())):
            if count >= most:
                raise TooManyTransfers(f"{count:,} files are already being received. Try again when one is complete.")
        self._of_projects[project] += 1
        try:
            yield
        finally:
            self._of_projects[project] -= 1
            self._of_projects += Counter()  # keeps what is positive

    @asynccontextmanager
    async def file(self, key: str) -> AsyncGenerator[IncomingFile]:
        """A file to be received; unless it is committed within the block, nothing of it is left."""
        file = IncomingFile(key, self._store, self._threads)
        try:
            yield file
        finally:
            # Whoever received it may have been cancelled, and may be again.
            task = asyncio.create_task(file.abort(), name="abort an incoming file")
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            await asyncio.shield(task)

    async def commit(self, file: IncomingFile) -> StoredFile:
        """Store the file, noted in the database first: unless it is referred to within the hour, it is removed.

        Raises:
            StorageUnavailable: If it cannot be stored.
            DatabaseUnavailable: If it cannot be noted.
        """
        await file.flush()
        async with self._database.write() as connection:
            await stray_files.await_reference(connection, file.key)
        return await file.commit()

    async def read(self, part: Part) -> AsyncGenerator[bytes]:
        """What lies in the storage under a key, piece by piece.

        Raises:
            FileMissing: If there is no such file.
            StorageUnavailable: If it cannot be read.
        """
        loop = asyncio.get_running_loop()
        reader = await loop.run_in_executor(self._threads, self._store.open, part.key)
        try:
            while piece := await loop.run_in_executor(self._threads, reader.read, PIECE_BYTES):
                yield piece
        finally:
            reader.close()

    async def discard(self, key: str) -> None:
        """Remove a file that was stored and that nothing refers to; what cannot be removed now is removed later."""
        with suppress(StorageUnavailable, DatabaseUnavailable):
            await asyncio.get_running_loop().run_in_executor(self._threads, self._store.delete, key)
            async with self._database.write() as connection:
                await stray_files.forget(connection, [key])

    async def close(self) -> None:
        """Lets the threads end after what they are doing."""
        if self._ending:
            await asyncio.wait(self._ending)
        self._threads.shutdown(wait=False)
