"""Jobs, as the rest of the API knows them."""

from api.access.scopes import BY_METHOD
from api.answers.errors import TooManyListeners, TooManyProjectListeners
from api.answers.pages import METRICS_PAGE_BYTES
from api.answers.problems import Kind
from api.jobs.queries import MAX_METRICS_ROWS, MAX_WAIT_SECONDS
from api.jobs.routes import router
from api.resource import Limit, Resource
from db.errors import CancelPending, JobAlreadyEnded, JobNotEnded, JobNotFound
from services.errors import JobChanged

RESOURCE = Resource(
    router=router,
    asked={"/v1/jobs": BY_METHOD},
    ids={"job_id": "job"},
    limits=(
        Limit("max_metrics_rows", MAX_METRICS_ROWS),
        Limit("max_metrics_bytes", METRICS_PAGE_BYTES, "The same limit for a page of metrics."),
        Limit("max_memory_bytes", lambda settings: settings.max_memory_bytes),
        Limit("max_wait_seconds", MAX_WAIT_SECONDS, "The greatest allowed `wait_seconds`."),
        Limit(
            "max_listeners",
            lambda settings: settings.max_listeners,
            "Clients that can wait or follow events at the same time, in each process of the API.",
        ),
        Limit(
            "max_project_listeners",
            lambda settings: None if settings.is_keyless else settings.project_listeners,
            "How many of those clients can be of one project; `null` if no key is required.",
            is_optional=True,
        ),
        Limit(
            "max_key_listeners",
            lambda settings: None if settings.is_keyless else settings.key_listeners,
            "How many of those clients can use the same key; `null` if no key is required.",
            is_optional=True,
        ),
    ),
    problems={
        JobNotFound: Kind(404, "job_not_found", "Job not found"),
        JobAlreadyEnded: Kind(409, "job_already_ended", "Job has already ended"),
        JobNotEnded: Kind(409, "job_not_ended", "Job has not ended yet"),
        CancelPending: Kind(409, "job_cancel_pending", "Job is being cancelled"),
        JobChanged: Kind(412, "job_changed", "Job has changed"),
        TooManyProjectListeners: Kind(
            429, "too_many_project_listeners", "Too many waiting clients in the project", retry_after_seconds=5
        ),
        TooManyListeners: Kind(503, "too_many_listeners", "Too many waiting clients", retry_after_seconds=5),
    },
)
