"""Open connections that publish hints, in Celery's message protocol, one class a kind of broker.

Celery's own ``send_task`` puts together what no hint needs, three quarters of what publishing one costs.
"""

# Celery and kombu carry no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amqp.exceptions import MessageNacked
from celery import Celery
from kombu.connection import Connection
from kombu.messaging import Producer

from broker.queues import HINT_TASK, queue_of
from settings.traces import NO_TRACE, Trace

REQUEST_ID_HEADER = "netcoach_request_id"
TRACEPARENT_HEADER = "traceparent"
_ARGUMENTS_MORE: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
"""What follows the positional arguments in the body of a task of Celery's: named ones, and what to call after it."""


class BrokerBlocked(Exception):
    """The broker takes no messages at present: it is short of memory or of disk."""


@dataclass(frozen=True)
class Hint:
    """There is a job to do.

    Attributes:
        job_id: Which.
        accelerator: Whose queue hears of it.
        trace: What it is found by in the logs of all it passes.
    """

    job_id: str
    accelerator: str
    trace: Trace = NO_TRACE


class Line(ABC):
    """One open connection with one channel; not for two threads at once, and of no use after an error."""

    def __init__(self, app: Celery, connection: Connection, timeout_seconds: float) -> None:
        """Opens the channel.

        Args:
            app: Knows the queues.
            connection: Is connected, and this line's alone.
            timeout_seconds: Longest wait for one answer.
        """
        self._queues = app.amqp.queues
        self._connection = connection
        self._timeout_seconds = timeout_seconds
        self._channel: Any = connection.channel()
        self._producer = Producer(self._channel, auto_declare=False)
        self._declared: set[str] = set()

    @abstractmethod
    def publish(self, hints: Sequence[Hint]) -> None:
        """Returns when the broker has taken all of them."""

    def ask(self) -> None:
        """Returns when the broker has answered."""
        self._declare(queue_of("any"))

    def close(self) -> None:
        """Say farewell and close."""
        self._connection.release()

    def drop(self) -> None:
        """Close without a word, which would wait for an answer."""
        self.close()

    def _declare(self, queue: str) -> None:
        # Declaring a queue that exists asks every kind of broker for an answer.
        self._queues[queue](self._channel).declare()
        self._declared.add(queue)

    def _send(self, hint: Hint, *, is_mandatory: bool) -> None:
        queue = queue_of(hint.accelerator)
        if queue not in self._declared:
            self._declare(queue)
        task_id = str(uuid.uuid4())
        self._producer.publish(
            ([hint.job_id], *_ARGUMENTS_MORE),
            exchange="",  # the one that gives each queue what is sent to its name
            routing_key=queue,
            serializer="json",
            headers={
                "lang": "py",
                "task": HINT_TASK,
                "id": task_id,
                "root_id": task_id,
                "parent_id": None,
                REQUEST_ID_HEADER: hint.trace.request_id,
                TRACEPARENT_HEADER: hint.trace.traceparent,
            },
            correlation_id=task_id,
            mandatory=is_mandatory,
        )


class RedisLine(Line):
    """Sends many hints in one round trip."""

    def publish(self, hints: Sequence[Hint]) -> None:
        """Returns when all of them are in their lists."""
        with self._producer.batch():
            for hint in hints:
                self._send(hint, is_mandatory=False)


class RabbitLine(Line):
    """Sends many hints and waits for the confirmations of all: that a majority of the nodes has them on disk."""

    def __init__(self, app: Celery, connection: Connection, timeout_seconds: float) -> None:
        """Has the channel confirm, and a refusal to take messages raise at once."""
        self._raw: Any = connection.connection
        # The socket options of the settings leave py-amqp waiting for ever for the rest of a frame that began.
        self._raw.sock.settimeout(timeout_seconds)
        self._raw.on_blocked = _raise_blocked
        super().__init__(app, connection, timeout_seconds)
        self._sent = 0
        self._unconfirmed: set[int] = set()
        self._channel.events["basic_ack"].add(self._confirm)
        self._channel.events["basic_nack"].add(_raise_nacked)
        self._channel.confirm_select()

    def publish(self, hints: Sequence[Hint]) -> None:
        """Returns when all of them are confirmed.

        RabbitMQ confirms what no queue takes as well; such a hint comes back instead, which raises.
        """
        for hint in hints:
            self._sent += 1
            self._unconfirmed.add(self._sent)
            self._send(hint, is_mandatory=True)
        deadline = time.monotonic() + self._timeout_seconds
        while self._unconfirmed:
            self._raw.drain_events(timeout=max(0.001, deadline - time.monotonic()))

    def drop(self) -> None:
        """Close without a word."""
        self._raw.collect()
        self.close()

    def _confirm(self, tag: int, is_multiple: bool) -> None:  # noqa: FBT001 -- py-amqp's signature
        self._unconfirmed = {sent for sent in self._unconfirmed if sent > tag or not (is_multiple or sent == tag)}


def _raise_blocked(_reason: str) -> None:
    raise BrokerBlocked


def _raise_nacked(_tag: int, _is_multiple: bool) -> None:  # noqa: FBT001 -- py-amqp's signature
    raise MessageNacked
