"""The limits, as the rest of the API knows them; those that hold for every request are declared here."""

from api.access.scopes import BY_METHOD
from api.answers.pages import PAGE_BYTES
from api.limits.routes import router
from api.limits.schemas import PATH
from api.requests.queries import MAX_PAGE_ITEMS
from api.resource import Limit, Resource
from api.serving.protocol import MAX_HEAD_BYTES, MAX_HEADERS
from spec.language.json_bounds import MAX_DEPTH, MAX_VALUES

RESOURCE = Resource(
    router=router,
    asked={PATH: BY_METHOD},
    limits=(
        Limit("max_body_bytes", lambda settings: settings.max_body_bytes),
        Limit("max_body_depth", MAX_DEPTH),
        Limit("max_body_values", MAX_VALUES),
        Limit("max_head_bytes", MAX_HEAD_BYTES),
        Limit("max_headers", MAX_HEADERS),
        Limit("max_page_items", MAX_PAGE_ITEMS),
        Limit(
            "max_page_bytes",
            PAGE_BYTES,
            "The approximate size at which a page ends early, with `has_more`. It has at least one item.",
        ),
    ),
)
