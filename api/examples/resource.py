"""Ready networks, as the rest of the API knows them."""

from api.access.scopes import BY_METHOD
from api.examples.routes import router
from api.resource import Resource

RESOURCE = Resource(router=router, asked={"/v1/examples": BY_METHOD})
"""``/v1/examples``."""
