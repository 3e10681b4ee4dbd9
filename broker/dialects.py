"""What is particular to each kind of broker; everything else is the same for all of them."""

# Celery and kombu carry no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import socket
import ssl
from abc import ABC, abstractmethod
from typing import Any
from urllib.parse import urlsplit

from amqp.exceptions import AMQPError, MessageNacked
from kombu.connection import Connection

_REDIS_SCHEMES = frozenset({"redis", "rediss", "redis+socket"})
_CHECK_SECONDS = 5
"""Between two looks at whether an idle connection still lives."""


class BrokerBlocked(Exception):
    """The broker takes no messages at present: it is short of memory or of disk."""


class Dialect(ABC):
    """How to speak with one kind of broker.

    Attributes:
        queue_arguments: What a queue is declared with.
        errors: What it raises beside the errors that kombu names.
    """

    queue_arguments: dict[str, Any] | None = None
    errors: tuple[type[Exception], ...] = ()

    @abstractmethod
    def settings(self, timeout_seconds: float) -> dict[str, Any]:
        """Celery's settings for this kind.

        Args:
            timeout_seconds: Longest wait for one answer of the broker.
        """

    def publish_options(self, timeout_seconds: float) -> dict[str, Any]:  # noqa: ARG002 -- most kinds need none
        """What each publish is told besides, so that it ends within the time and tells what went wrong."""
        return {}

    def opened(self, connection: Connection, timeout_seconds: float) -> None:  # noqa: B027 -- most kinds need nothing
        """Prepare a fresh connection that is to publish."""

    def dropped(self, connection: Connection) -> None:  # noqa: B027 -- most kinds need nothing
        """Let go of a broken connection before it is released, without a word to the broker."""


class Redis(Dialect):
    """Lists that workers pop from.

    Over TLS (``rediss://``) the certificate is checked; kombu would take any.
    """

    def __init__(self, *, is_tls: bool = False) -> None:
        self._tls = {"ssl_cert_reqs": ssl.CERT_REQUIRED} if is_tls else None

    def settings(self, timeout_seconds: float) -> dict[str, Any]:
        """Without time-outs a publish into a half-open connection would wait for ever.

        kombu drops a connection on which a worker waits for a message when it was silent for the interval of the
        health check and a second more, which it looks at once an interval.
        """
        options = {
            "socket_timeout": timeout_seconds,
            "socket_connect_timeout": timeout_seconds,
            "socket_keepalive": True,
            "health_check_interval": _CHECK_SECONDS,
        }
        return {"broker_transport_options": options, "broker_use_ssl": self._tls}


class RabbitMQ(Dialect):
    """Quorum queues, the replicated ones of RabbitMQ 3.8 to 4, and confirmed publishes.

    Over TLS (``amqps://``) the certificate is checked, and that it is this host's; py-amqp would take another host's.
    """

    def __init__(self, *, is_tls: bool = False) -> None:
        # None stands for the host of the URL.
        self._tls = {"server_hostname": None} if is_tls else None
        self.queue_arguments = {"x-queue-type": "quorum"}
        self.errors = (AMQPError, MessageNacked, BrokerBlocked)

    def settings(self, timeout_seconds: float) -> dict[str, Any]:
        """A connection dead for two heartbeats is given up, by the worker and by the broker."""
        keepalive = {
            socket.TCP_KEEPIDLE: 2 * _CHECK_SECONDS,
            socket.TCP_KEEPINTVL: _CHECK_SECONDS,
            socket.TCP_KEEPCNT: 3,
        }
        options = {
            "connect_timeout": timeout_seconds,
            "read_timeout": timeout_seconds,
            "write_timeout": timeout_seconds,
            "socket_settings": keepalive,
            "confirm_publish": True,
        }
        return {
            "broker_transport_options": options,
            "broker_heartbeat": 2 * _CHECK_SECONDS,
            "broker_use_ssl": self._tls,
        }

    def publish_options(self, timeout_seconds: float) -> dict[str, Any]:
        """Unconfirmed is not published; nor is what no queue took, since confirming it RabbitMQ drops it."""
        return {"timeout": timeout_seconds, "confirm_timeout": timeout_seconds, "mandatory": True}

    def opened(self, connection: Connection, timeout_seconds: float) -> None:
        """Bound every wait, and have a refusal to take messages raise at once."""
        raw: Any = connection.connection
        # The socket options of `settings` leave py-amqp waiting for ever for the rest of a frame that began.
        raw.sock.settimeout(timeout_seconds)
        raw.on_blocked = _raise_blocked

    def dropped(self, connection: Connection) -> None:
        """A farewell would wait for an answer."""
        raw: Any = connection.connection if connection.connected else None
        if raw is not None:
            raw.collect()


def dialect_of(url: str) -> Dialect:
    """The dialect of the broker at this URL."""
    scheme = urlsplit(url).scheme
    if scheme in _REDIS_SCHEMES:
        return Redis(is_tls=scheme == "rediss")
    return RabbitMQ(is_tls=scheme == "amqps")


def _raise_blocked(_reason: str) -> None:
    raise BrokerBlocked
