"""Networks, as the rest of the API knows them."""

from api.access.scopes import BY_METHOD, READING_ALONE
from api.networks.routes import router
from api.resource import Resource

RESOURCE = Resource(router=router, asked={"/v1/networks": BY_METHOD, "/v1/networks/inspect": READING_ALONE})
