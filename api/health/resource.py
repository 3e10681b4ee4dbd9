"""Signs of life and the version, as the rest of the API knows them."""

from api.access.scopes import BY_METHOD
from api.answers.errors import ServiceNotReady
from api.answers.problems import Kind
from api.health.routes import router
from api.resource import Resource

RESOURCE = Resource(
    router=router,
    asked={"/v1/version": BY_METHOD},
    open_paths=("/healthz", "/readyz"),
    problems={ServiceNotReady: Kind(503, "not_ready", "Service not ready", retry_after_seconds=2)},
)
