"""Celery's consumer of a worker, fit for hints."""

# Celery carries no types.
# pyright: reportMissingTypeStubs=false, reportUntypedBaseClass=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

import time

from celery.worker.consumer import Consumer

_PAUSE_SECONDS = 2.0


class HintConsumer(Consumer):
    """Outlives whatever its broker says, and declares the queues of hints alone.

    Celery would declare 28 quorum queues for tasks with a delay beside them on RabbitMQ; nothing here has one.
    """

    class Blueprint(Consumer.Blueprint):
        """The steps of a start."""

        default_steps = tuple(step for step in Consumer.Blueprint.default_steps if "delayed_delivery" not in step)

    def on_connection_error_before_connected(self, exc: Exception) -> None:
        """Begin anew, as below."""
        super().on_connection_error_before_connected(exc)
        self._pause_if_refused(exc)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Begin anew; not at once after a refusal, which the broker would repeat."""
        super().on_connection_error_after_connected(exc)
        self._pause_if_refused(exc)

    def _pause_if_refused(self, error: Exception) -> None:
        if isinstance(error, self.channel_errors):
            time.sleep(_PAUSE_SECONDS)
