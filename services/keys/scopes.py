"""What a key may be for."""

from enum import StrEnum


class Scope(StrEnum):
    """What a key is for; each includes those before it."""

    READ = "read"
    SUBMIT = "submit"
    ADMIN = "admin"

    @property
    def included(self) -> frozenset["Scope"]:
        """This one and all that go with it."""
        every = list(Scope)
        return frozenset(every[: every.index(self) + 1])
