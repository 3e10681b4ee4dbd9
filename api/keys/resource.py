"""Keys, as the rest of the API knows them."""

from api.access.scopes import ADMIN_ALONE
from api.answers.problems import Kind
from api.keys.routes import router
from api.resource import Limit, Resource
from db.errors import KeyNotFound, TooManyKeys
from db.projects.keys import MAX_PER_PROJECT

RESOURCE = Resource(
    router=router,
    asked={"/v1/keys": ADMIN_ALONE},
    ids={"key_id": "key"},
    limits=(Limit("max_keys", MAX_PER_PROJECT, "Keys of a project that are neither revoked nor expired."),),
    problems={
        KeyNotFound: Kind(404, "key_not_found", "API key not found"),
        TooManyKeys: Kind(409, "too_many_keys", "Too many API keys"),
    },
)
