"""The audit log, as the rest of the API knows it."""

from api.access.scopes import ADMIN_ALONE
from api.audit.routes import router
from api.resource import Resource

RESOURCE = Resource(router=router, asked={"/v1/audit": ADMIN_ALONE})
