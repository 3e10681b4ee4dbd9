"""A real RabbitMQ node of the tests' own, from the installed `rabbitmq-server`."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from tests.services.children import end, spawn, wait_until

MISSING = "RabbitMQ is not installed; on Debian and Ubuntu: apt-get install rabbitmq-server"


def server_program() -> Path | None:
    """RabbitMQ's own start script; Debian's on PATH, beside it, would run as one fixed user."""
    found = shutil.which("rabbitmq-server", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
    return Path(found).resolve().with_name("rabbitmq-server") if found else None


class RabbitServer:
    """One node and its port mapper on loopback ports of their own. What is durable outlives a stop and a kill."""

    def __init__(self) -> None:
        program = server_program()
        assert program is not None, MISSING
        self._program = program
        self.folder = Path(tempfile.mkdtemp(prefix="netcoach-rabbitmq-"))
        port, distribution_port, mapper_port = _free_ports(3)
        self.address = ("127.0.0.1", port)
        self.url = self.url_by(port)
        self._log = self.folder / "output.log"
        self._mapper: subprocess.Popen[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text("netcoach")
        cookie.chmod(0o400)
        configuration = self.folder / "rabbitmq.conf"
        configuration.write_text(f"listeners.tcp.1 = 127.0.0.1:{port}\n")
        plugins = self.folder / "plugins"
        plugins.write_text("[].")
        self._environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(mapper_port),
            "ERL_CRASH_DUMP_SECONDS": "0",
            "RUNNING_UNDER_SYSTEMD": "true",  # the script becomes the node instead of waiting for it
            "RABBITMQ_NODENAME": "netcoach@localhost",
            "RABBITMQ_DIST_PORT": str(distribution_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_CONFIG_FILE": str(configuration),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "logs"),
            "RABBITMQ_LOGS": "-",
        }

    @property
    def pid(self) -> int:
        """Of the running node."""
        assert self._process is not None
        return self._process.pid

    def url_by(self, port: int) -> str:
        """Its URL by way of this port."""
        return f"amqp://guest:guest@127.0.0.1:{port}//"

    def start(self) -> None:
        """Start, and return when it takes connections."""
        if self._mapper is None:
            self._mapper = spawn(self._with_environment("epmd"), self._log)
        self._process = spawn(self._with_environment(self._program), self._log)
        wait_until(self._is_ready, self._process, self._log, timeout_seconds=60)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop: with SIGKILL as in a crash."""
        if self._process is not None:
            end(self._process, how, timeout_seconds=20)

    def close(self) -> None:
        """Stop, and leave nothing behind."""
        self.stop(signal.SIGKILL)
        if self._mapper is not None:
            end(self._mapper, signal.SIGKILL)
        shutil.rmtree(self.folder)

    def control(self, *arguments: str) -> str:
        """What `rabbitmqctl` says; it takes a second or two."""
        command = self._with_environment(self._program.with_name("rabbitmqctl"), *arguments)
        return subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, check=True, timeout=60
        ).stdout

    def _with_environment(self, *command: str | Path) -> list[str | Path]:
        return ["env", "-i", *(f"{name}={value}" for name, value in self._environment.items()), *command]

    def _is_ready(self) -> bool:
        with socket.socket() as connection:
            connection.settimeout(5)
            if connection.connect_ex(self.address):
                return False
            # It listens before its queues are there, and answers this when they are.
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            try:
                return bool(connection.recv(1))
            except ConnectionResetError:
                return False


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
