"""Who asks: whose jobs a request may see, and what it may do."""

from dataclasses import dataclass

from starlette.requests import Request

from api.scopes import Scope
from db.audit import LOCAL, Act


@dataclass(frozen=True)
class Caller:
    """Who sent a request.

    Attributes:
        project: All that the request reads or writes is this project's; what is another's does not exist for it.
        key_id: The key it came with; None where nobody was asked for one.
        scopes: What it may do.
        request_id: The request's.
        address: Where it came from, if that is known.
    """

    project: str
    key_id: str | None
    scopes: frozenset[Scope]
    request_id: str
    address: str | None

    def act(self, action: str, object_id: str) -> Act:
        """Something that the caller did, for the log of who changed what."""
        return Act(self.project, self.key_id or LOCAL, action, object_id, self.request_id, self.address)


def caller_of(request: Request) -> Caller:
    """Who sent the request, as `api.doors` found out."""
    caller: Caller = request.scope["caller"]
    return caller
