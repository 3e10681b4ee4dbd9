"""Publishes hints: a job's id, and only the id, within a short time or not at all."""

# Celery and kombu carry no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import threading
from collections.abc import Callable
from typing import cast

from amqp.exceptions import AMQPError
from celery import Celery
from kombu.connection import Connection
from kombu.exceptions import OperationalError

from broker.app import make_celery
from broker.dialects import BrokerBlocked, dialect_of
from broker.queues import HINT_TASK, queue_of

TIMEOUT_SECONDS = 2.0


class BrokerUnavailable(Exception):
    """The broker did not take a message or answer in time. The message names no address: it may hold a password."""


class Publisher:
    """Publishes over one connection, which it opens when it is needed and renews when it broke.

    It may be used by several threads; they take turns.
    """

    def __init__(self, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Does not connect yet.

        Args:
            url: The broker.
            timeout_seconds: Longest wait for one answer of the broker; a call takes at most a few of these.
        """
        self._dialect = dialect_of(url)
        self._app: Celery = make_celery(url, socket_timeout_seconds=timeout_seconds)
        self._options = self._dialect.publish_options(timeout_seconds)
        self._timeout_seconds = timeout_seconds
        self._turn = threading.Lock()
        self._connection: Connection | None = None

    def publish(self, job_id: str, accelerator: str) -> None:
        """Tell one of the workers for this accelerator that there may be work.

        Raises:
            BrokerUnavailable: If the broker did not take it; it may have arrived nevertheless.
        """
        queue = queue_of(accelerator)

        def send(connection: Connection) -> None:
            self._app.send_task(
                HINT_TASK, args=[job_id], queue=queue, connection=connection, retry=False, **self._options
            )

        self._with_connection(send)

    def ping(self) -> None:
        """Make sure that the broker answers.

        Raises:
            BrokerUnavailable: If it does not.
        """

        def ask(connection: Connection) -> None:
            # Declaring a queue that exists asks every kind of broker for an answer.
            queue = self._app.amqp.queues[queue_of("any")]
            with connection.channel() as channel:
                queue(channel).declare()

        self._with_connection(ask)

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        with self._turn:
            self._release()

    def _with_connection(self, act: Callable[[Connection], None]) -> None:
        with self._turn:
            try:
                if self._connection is not None:
                    try:
                        act(self._connection)
                    except BrokerBlocked:
                        raise
                    except self._broken():
                        # A connection that lay idle may have died with an earlier broker: one fresh try tells.
                        self._drop()
                    else:
                        return
                self._connection = self._connect()
                act(self._connection)
            except self._broken() as error:
                self._drop()
                raise BrokerUnavailable(_told(error)) from error

    def _connect(self) -> Connection:
        connection = cast("Connection", self._app.connection_for_write())
        connection.ensure_connection(max_retries=1, timeout=self._timeout_seconds, interval_start=0)
        self._dialect.opened(connection, self._timeout_seconds)
        return connection

    def _broken(self) -> tuple[type[BaseException], ...]:
        if self._connection is None:
            return (OperationalError, OSError, *self._dialect.errors)
        return (
            OperationalError,
            OSError,
            *self._dialect.errors,
            *self._connection.connection_errors,
            *self._connection.channel_errors,
        )

    def _drop(self) -> None:
        if self._connection is not None:
            self._dialect.dropped(self._connection)
            self._release()

    def _release(self) -> None:
        if self._connection is None:
            return
        try:
            self._connection.release()
        except self._broken():
            pass
        finally:
            self._connection = None


def _told(error: BaseException) -> str:
    """What happened; an address, which may hold a password, is in no answer of a broker."""
    cause = error.__cause__ or error
    if isinstance(cause, BrokerBlocked):
        return "the broker takes no messages at present: it is short of memory or disk"
    if isinstance(cause, AMQPError) and cause.reply_code and cause.reply_text:
        return f"the broker refuses: {cause.reply_code} {cause.reply_text}"
    return f"the broker does not answer: {type(cause).__name__}"
