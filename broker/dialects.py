"""What is particular to each kind of broker; everything else is the same for all of them."""

# Celery and kombu carry no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import socket
import ssl
from abc import ABC, abstractmethod
from typing import Any
from urllib.parse import urlsplit

from amqp.exceptions import AMQPError, MessageNacked
from redis.exceptions import RedisError

from broker.lines import BrokerBlocked, Line, RabbitLine, RedisLine

_REDIS_SCHEMES = frozenset({"redis", "rediss", "redis+socket"})
_CHECK_SECONDS = 5
"""Between two looks at whether an idle connection still lives."""


class Dialect(ABC):
    """How to speak with one kind of broker.

    Attributes:
        queue_arguments: What a queue is declared with.
        errors: What it raises beside kombu's own errors and OSError.
        line: What publishes.
    """

    line: type[Line]
    queue_arguments: dict[str, Any] | None = None
    errors: tuple[type[Exception], ...] = ()

    @abstractmethod
    def settings(self, timeout_seconds: float) -> dict[str, Any]:
        """Celery's settings for this kind.

        Args:
            timeout_seconds: Longest wait for one answer of the broker.
        """


class Redis(Dialect):
    """Lists that workers pop from.

    Over TLS (``rediss://``) the certificate is checked; kombu would take any.
    """

    line = RedisLine

    def __init__(self, *, is_tls: bool = False) -> None:
        self._tls = {"ssl_cert_reqs": ssl.CERT_REQUIRED} if is_tls else None
        self.errors = (RedisError,)

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
            # What is acknowledged before it is handled need not be noted in Redis first; and the search for what was
            # not acknowledged would wait on a dead connection, while a hint on a live one is lost with both.
            "ack_emulation": False,
        }
        return {"broker_transport_options": options, "broker_use_ssl": self._tls}


class RabbitMQ(Dialect):
    """Quorum queues, the replicated ones of RabbitMQ 3.8 to 4, and confirmed publishes.

    Over TLS (``amqps://``) the certificate is checked, and that it is this host's; py-amqp would take another host's.
    """

    line = RabbitLine

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
        }
        return {
            "broker_transport_options": options,
            "broker_heartbeat": 2 * _CHECK_SECONDS,
            "broker_use_ssl": self._tls,
        }


def dialect_of(url: str) -> Dialect:
    """The dialect of the broker at this URL."""
    scheme = urlsplit(url).scheme
    if scheme in _REDIS_SCHEMES:
        return Redis(is_tls=scheme == "rediss")
    return RabbitMQ(is_tls=scheme == "amqps")
