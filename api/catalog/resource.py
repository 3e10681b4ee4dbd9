"""The catalog, as the rest of the API knows it."""

from api.access.scopes import BY_METHOD
from api.catalog.routes import router
from api.resource import Resource

RESOURCE = Resource(router=router, asked={"/v1/catalog": BY_METHOD})
