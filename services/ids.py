"""Ids as they are given by whoever asks."""

from db.errors import NotFound
from spec.ids import Prefix, is_id

MAX_CHARACTERS = 100
"""Of what was given, so many are told again."""


def checked_id(given: str, prefix: Prefix, missing: type[NotFound]) -> str:
    """The id itself; what does not look like one is not asked for.

    Args:
        given: What is said to be an id.
        prefix: Of ids of its kind.
        missing: The error of an id that nothing has.

    Raises:
        NotFound: The one given, if it is none.
    """
    if not is_id(given, prefix):
        raise missing(given[:MAX_CHARACTERS])
    return given
