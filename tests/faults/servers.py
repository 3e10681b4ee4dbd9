"""Servers to be harmed: killed, frozen, cut off, and started again."""

import contextlib
import os
import signal
import time

import psutil

from tests.services.children import end
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer


class HardRedis(RedisServer):
    """A Redis that can be frozen and asked anything."""

    def crash(self) -> None:
        """Kill it with SIGKILL; what it held is gone."""
        self.stop(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop it in its tracks, its connections open."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def ask(self, command: str) -> bytes:
        """One command and its answer as it comes over the wire."""
        return self._ask(command.encode())


class HardPostgres(PostgresServer):
    """A PostgreSQL that keeps every acknowledged commit through the death of its processes."""

    def start(self) -> None:
        """Start; after a crash wait until the last of the dead server's processes has let its memory go."""
        for attempts_left in range(20, -1, -1):
            try:
                super().start()
            except AssertionError:
                if not attempts_left:
                    raise
                time.sleep(0.25)
            else:
                return

    def crash(self) -> None:
        """Kill all of it with SIGKILL."""
        assert self._process is not None
        victims = [psutil.Process(self._process.pid), *psutil.Process(self._process.pid).children(recursive=True)]
        for victim in victims:
            with contextlib.suppress(psutil.NoSuchProcess):
                victim.kill()
        self._process.wait()
        psutil.wait_procs(victims[1:], timeout=10)

    def halt(self) -> None:
        """Stop it cleanly and at once, connections cut."""
        assert self._process is not None
        end(self._process, signal.SIGINT)

    def terminate_backends(self) -> int:
        """Terminate every client's connection; how many there were."""
        return int(
            self.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        )
