"""Routes that hand a request to their endpoint as it came."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response


class PlainRoute(APIRoute):
    """FastAPI's route for endpoints that take the request and the path's parameters, and return a response.

    FastAPI would look for what else they want, and for a body, at each request: a tenth of what creating a job costs.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint, called with the request and the path's parameters by their names."""
        endpoint = self.endpoint

        async def handle(request: Request) -> Response:
            return await endpoint(request, **request.path_params)

        return handle
