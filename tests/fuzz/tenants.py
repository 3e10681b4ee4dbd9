"""Who asks during a fuzz, and a watch over what each of them is told."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_OWNED_ID = re.compile(r"\b(?!worker_)[a-z]+_[0-9abcdefghjkmnpqrstvwxyz]{26}\b")
"""Workers serve all projects, so their ids are nobody's."""


@dataclass(frozen=True)
class Tenant:
    """One project's caller.

    Attributes:
        project: Its name, in the failure's text alone.
        headers: What it sends with every request, as its ``Authorization``.
    """

    project: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)

    @property
    def marker(self) -> str:
        """A text that stands in this project's jobs and in no other's."""
        return f"marker-of-{self.project}"


class LeakWatch:
    """What was told to whom: nothing of one project may stand in an answer to another.

    Args:
        tenants: All who ask.
    """

    def __init__(self, tenants: Sequence[Tenant]) -> None:
        self._tenants = tuple(tenants)
        self._owners: dict[str, Tenant] = {}

    def owner_of(self, text: str) -> Tenant | None:
        """Whose thing an address or a body names; None where it names none that is known."""
        return next((self._owners[found] for found in _OWNED_ID.findall(text) if found in self._owners), None)

    def check(self, tenant: Tenant, *, asked: str, told: str) -> None:
        """Refuses an answer that tells what is another's; an answer may repeat what it was asked with.

        An id belongs to who was told it first: it is made by a request of its owner, whose answer tells it.

        Args:
            tenant: Who asked.
            asked: The request's address and body.
            told: The answer's headers and body.
        """
        for found in set(_OWNED_ID.findall(told)):
            if found not in asked:
                owner = self._owners.setdefault(found, tenant)
                assert owner is tenant, f"{tenant.project} was told {found} of {owner.project}: {told[:500]}"
        for other in self._tenants:
            if other is not tenant and other.marker in told:
                assert other.marker in asked, f"{tenant.project} was told {other.marker}: {told[:500]}"
