"""A real server of Redis's protocol on a unix socket: the Valkey that the embedded service runs."""

import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from launch.valkey_server import packaged_server
from tests.services.children import end, spawn, wait_until


class RedisServer:
    """One server that keeps nothing on disk: stopped and started again, it is empty."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="netcoach-redis-"))
        self.socket_path = self.folder / "redis.sock"
        self.url = f"redis+socket://{self.socket_path}"
        self._log = self.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running server."""
        assert self._process is not None
        return self._process.pid

    @property
    def address(self) -> str:
        """Where it listens: the path of a unix socket."""
        return str(self.socket_path)

    def url_by(self, port: int) -> str:
        """Its URL by way of a proxy on a port of this machine."""
        return f"redis://127.0.0.1:{port}/0"

    def start(self) -> None:
        """Start, and return when it answers."""
        options = [
            "--port",
            "0",
            "--unixsocket",
            self.socket_path,
            "--dir",
            self.folder,
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        server = packaged_server()
        assert server is not None
        self._process = spawn([server, *options], self._log)
        wait_until(self._is_ready, self._process, self._log, timeout_seconds=10)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop: with SIGKILL as in a crash."""
        if self._process is not None:
            end(self._process, how)
            self.socket_path.unlink(missing_ok=True)

    def close(self) -> None:
        """Stop, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder)

    def flush(self) -> None:
        """Forget everything."""
        assert self._ask(b"FLUSHALL") == b"+OK\r\n"

    def _is_ready(self) -> bool:
        return self.socket_path.exists() and self._ask(b"PING") == b"+PONG\r\n"

    def _ask(self, command: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            try:
                connection.connect(str(self.socket_path))
            except ConnectionRefusedError:
                return b""
            connection.sendall(command + b"\r\n")
            return connection.recv(100)
