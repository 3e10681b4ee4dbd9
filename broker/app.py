"""The Celery app: the worker consumes with it, the publisher speaks its protocol."""

# Celery and kombu carry no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from celery import Celery
from kombu.entity import Exchange, Queue

from broker.dialects import dialect_of
from broker.queues import QUEUES


def make_celery(url: str, *, queues: list[str] | None = None, socket_timeout_seconds: float = 10.0) -> Celery:
    """A Celery app that speaks JSON through the broker at ``url`` and keeps no results.

    A task is acknowledged before it runs: a hint that is lost costs one poll of the database, so redelivery after a
    visibility time-out would only bring old news.

    Args:
        url: ``redis://``, ``rediss://``, ``redis+socket://``, ``amqp://`` or ``amqps://``.
        queues: Names of the queues that a worker of this app consumes; all unless said.
        socket_timeout_seconds: Longest wait for the broker's answer. Without one a publish into a half-open connection
            waits for ever.
    """
    dialect = dialect_of(url)
    app = Celery("netcoach", broker=url, set_as_current=False)
    exchange = Exchange("jobs", type="direct")
    app.conf.update(
        broker_connection_max_retries=None,  # a worker works without its broker: it polls the database
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=socket_timeout_seconds,
        accept_content=["json"],
        task_serializer="json",
        task_queues=[
            Queue(name, exchange, routing_key=name, queue_arguments=dialect.queue_arguments)
            for name in queues or QUEUES.values()
        ],
        task_default_exchange=exchange.name,
        task_default_queue=QUEUES["any"],
        task_default_routing_key=QUEUES["any"],
        task_acks_late=False,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        task_publish_retry=False,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_consumer="broker.consumer:HintConsumer",
        broker_channel_error_retry=True,  # as without a broker: a worker does not end because its broker is full
        worker_enable_prefetch_count_reduction=False,
        # Concerns late acknowledgement alone; unset, each lost connection is followed by a warning of ten lines.
        worker_cancel_long_running_tasks_on_connection_loss=True,
        **dialect.settings(socket_timeout_seconds),
    )
    return app
