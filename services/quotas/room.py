"""How large a file may become that somebody sends."""

from typing import Self

from services.actors import Actor
from services.context import ServiceContext
from services.quotas.guard import Use
from spec.language.sentences import counted


class FileTooLarge(Exception):
    """The file is larger than the service takes, or a part of it is larger than what is left of the file."""

    def __init__(self, limit_bytes: int, *, is_part: bool = False) -> None:
        sentence = f"The file can have at most {limit_bytes:,} bytes."
        if is_part:
            sentence = f"The part is too long: {counted(limit_bytes, 'byte is', 'bytes are')} left of the upload."
        super().__init__(sentence)


class Room:
    """What there is for one file: so much as anybody may send, and what the project has left of its quota."""

    def __init__(self, context: ServiceContext, actor: Actor, most_bytes: int, *, is_part: bool = False) -> None:
        """Nothing is known yet of what is left; `Room.of` looks.

        Args:
            context: What services work with.
            actor: Who sends.
            most_bytes: What anybody may send.
            is_part: Whether this is what is left of a file that is sent in parts.
        """
        self._context = context
        self._project = actor.project
        self._most_bytes = most_bytes
        self._is_part = is_part
        self._left_bytes: int | None = 0

    @classmethod
    async def of(
        cls,
        context: ServiceContext,
        actor: Actor,
        most_bytes: int,
        expected_bytes: int = 1,
        *,
        is_part: bool = False,
    ) -> Self:
        """The room that there is now.

        Args:
            context: What services work with.
            actor: Who sends.
            most_bytes: What anybody may send.
            expected_bytes: How much will come at least.
            is_part: Whether `most_bytes` is what is left of a file that is sent in parts.

        Raises:
            FileTooLarge: If what will come is too large.
            QuotaExceeded: If there is no room for it.
            DatabaseUnavailable: If the database does not answer.
        """
        room = cls(context, actor, most_bytes, is_part=is_part)
        await room.require(expected_bytes)
        return room

    async def require(self, size_bytes: int) -> None:
        """Go on if a file may have this size.

        Raises:
            FileTooLarge: If nobody may send as much.
            QuotaExceeded: If the project has not as much left.
            DatabaseUnavailable: If the database does not answer.
        """
        if size_bytes > self._most_bytes:
            raise FileTooLarge(self._most_bytes, is_part=self._is_part)
        if self._left_bytes is None or size_bytes <= self._left_bytes:
            return
        async with self._context.quotas.looking(self._project) as taking:
            taking.take(self._project, Use(stored_bytes=size_bytes))
            # It is counted once it is stored, and only looked at here.
            taking.give_back()
            self._left_bytes = taking.stored_bytes_left(self._project)
