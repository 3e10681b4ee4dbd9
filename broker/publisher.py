"""Publishes hints: jobs' ids, and only the ids, within a short time or not at all."""

# Celery and kombu carry no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import contextlib
import threading
from collections.abc import Callable, Sequence
from typing import cast

from amqp.exceptions import AMQPError
from celery import Celery
from kombu.connection import Connection
from kombu.exceptions import KombuError

from broker.app import make_celery
from broker.dialects import dialect_of
from broker.lines import BrokerBlocked, Hint, Line
from broker.queues import queue_of

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
        self._errors = (KombuError, OSError, *self._dialect.errors)
        self._timeout_seconds = timeout_seconds
        self._turn = threading.Lock()
        self._line: Line | None = None

    def publish(self, job_id: str, accelerator: str) -> None:
        """Tell one of the workers for this accelerator that there may be work.

        Raises:
            BrokerUnavailable: If the broker did not take it; it may have arrived nevertheless.
            KeyError: If there is no such accelerator.
        """
        self.publish_all([Hint(job_id, accelerator)])

    def publish_all(self, hints: Sequence[Hint]) -> None:
        """As `publish`, for some hundreds at most: each costs a tenth of one that is published alone.

        Raises:
            BrokerUnavailable: If the broker did not take all of them; any may have arrived nevertheless.
            KeyError: If there is no such accelerator.
        """
        for hint in hints:
            queue_of(hint.accelerator)
        self._on_line(lambda line: line.publish(hints))

    def ping(self) -> None:
        """Make sure that the broker answers.

        Raises:
            BrokerUnavailable: If it does not.
        """
        self._on_line(lambda line: line.ask())

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        with self._turn:
            line, self._line = self._line, None
            if line is not None:
                with contextlib.suppress(*self._errors):
                    line.close()

    def _on_line(self, act: Callable[[Line], None]) -> None:
        with self._turn:
            if self._line is not None:
                try:
                    return act(self._line)
                except BrokerBlocked as error:
                    self._drop()
                    raise BrokerUnavailable(_told(error)) from error
                except self._errors:
                    # A connection that lay idle may have died with an earlier broker: one fresh try tells.
                    self._drop()
            try:
                self._line = self._connect()
                return act(self._line)
            except self._errors as error:
                self._drop()
                raise BrokerUnavailable(_told(error)) from error

    def _connect(self) -> Line:
        connection = cast("Connection", self._app.connection_for_write())
        connection.ensure_connection(max_retries=1, timeout=self._timeout_seconds, interval_start=0)
        try:
            return self._dialect.line(self._app, connection, self._timeout_seconds)
        except BaseException:
            with contextlib.suppress(*self._errors):
                connection.release()
            raise

    def _drop(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with contextlib.suppress(*self._errors):
                line.drop()


def _told(error: BaseException) -> str:
    """What happened; an address, which may hold a password, is in no answer of a broker."""
    cause = error.__cause__ or error
    if isinstance(cause, BrokerBlocked):
        return "The broker accepts no messages at present: it is short of memory or disk space."
    if isinstance(cause, AMQPError) and cause.reply_code and cause.reply_text:
        return f"The broker refused the request: {cause.reply_code} {cause.reply_text}."
    return f"The broker does not answer: {type(cause).__name__}."
