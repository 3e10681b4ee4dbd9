"""What a webhook is sent: type, time and the job, as the API would show it."""

from typing import Any

import orjson

from api.answers.documents import time
from api.jobs.documents import job_document
from db.jobs.jobs import JobRow
from db.webhooks.messages import TEST, DeliveryRow

MAX_BYTES = 20_000
_LEFT_OUT_FIRST = ("spec", "metadata", "latest_metrics")


def message(delivery: DeliveryRow, job: JobRow | None) -> bytes:
    """The body of a message, at most about `MAX_BYTES` long: what is too long of a job is null.

    Args:
        delivery: What is told.
        job: As it is now, which is as it was when it ended; None if it was deleted meanwhile.
    """
    data = _data(delivery, job)
    body = _body(delivery, data)
    for name in _LEFT_OUT_FIRST:
        if len(body) <= MAX_BYTES:
            break
        if name in data:
            data[name] = None
            body = _body(delivery, data)
    return body


def _body(delivery: DeliveryRow, data: dict[str, Any]) -> bytes:
    return orjson.dumps({"type": delivery.type, "timestamp": time(delivery.created_at), "data": data})


def _data(delivery: DeliveryRow, job: JobRow | None) -> dict[str, Any]:
    if delivery.type == TEST:
        return {"object": "webhook", "id": delivery.webhook_id}
    if job is None:
        kind, _, end = delivery.type.partition(".")
        status = end if kind == "job" else None
        return {"object": "job", "id": delivery.job_id, "status": status, "is_deleted": True}
    return job_document(job, None)
