"""Who sent a request."""

from starlette.requests import Request

from services.actors import Actor


def caller_of(request: Request) -> Actor:
    """Who sent the request, as `api.access.doors` found out."""
    caller: Actor = request.scope["caller"]
    return caller
