"""Celery's consumer of a worker, without what this service does not use."""

# Celery carries no types.
# pyright: reportMissingTypeStubs=false, reportUntypedBaseClass=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false

from celery.worker.consumer import Consumer


class HintConsumer(Consumer):
    """Sets up no delayed delivery, for which Celery declares 28 queues and exchanges on RabbitMQ."""

    class Blueprint(Consumer.Blueprint):
        """The steps of a start."""

        default_steps = tuple(step for step in Consumer.Blueprint.default_steps if "delayed_delivery" not in step)
