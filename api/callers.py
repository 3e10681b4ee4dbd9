"""Who asks: whose jobs a request may see."""

from dataclasses import dataclass

from starlette.requests import Request

from db.models import DEFAULT_PROJECT


@dataclass(frozen=True)
class Caller:
    """Who sent a request.

    Attributes:
        project: All that the request reads or writes is this project's; what is another's does not exist for it.
    """

    project: str


_KEYLESS = Caller(DEFAULT_PROJECT)


def caller_of(request: Request) -> Caller:  # noqa: ARG001 -- nobody is asked for a key yet
    """Who sent the request."""
    return _KEYLESS
