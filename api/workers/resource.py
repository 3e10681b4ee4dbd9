"""Workers, as the rest of the API knows them."""

from api.access.scopes import BY_METHOD
from api.resource import Resource
from api.workers.routes import router

RESOURCE = Resource(router=router, asked={"/v1/workers": BY_METHOD})
