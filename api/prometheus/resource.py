"""Prometheus's page, as the rest of the API knows it."""

from api.access.scopes import ADMIN_ALONE
from api.prometheus.routes import router
from api.resource import Resource

RESOURCE = Resource(router=router, asked={"/metrics": ADMIN_ALONE})
