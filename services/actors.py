"""Who asks: whose jobs it may see and change, and what its acts are found by."""

from dataclasses import dataclass

from db.projects.audit import LOCAL, Act
from settings.traces import Trace


@dataclass(frozen=True)
class Actor:
    """Who asks for something: a request's sender, a command, a loop.

    Attributes:
        project: All that it reads or writes is this project's; what is another's does not exist for it.
        key_id: The key it came with; None where nobody was asked for one.
        trace: What the things that it makes are found by in logs and traces.
        address: Where it came from, if that is known.
    """

    project: str
    key_id: str | None
    trace: Trace
    address: str | None = None

    def act(self, action: str, object_id: str) -> Act:
        """Something that the actor did, for the log of who changed what."""
        request_id = self.trace.request_id or LOCAL
        return Act(self.project, self.key_id or LOCAL, action, object_id, request_id, self.address)
