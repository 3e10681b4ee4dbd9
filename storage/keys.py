"""Keys: relative paths of plain names."""

import re

MAX_KEY_CHARACTERS = 512
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")


class BadKey(ValueError):
    """A key is not made of plain names joined by slashes, so it may point out of the store."""


def checked(key: str) -> str:
    """The key itself.

    Raises:
        BadKey: If a part of it is empty, begins with a dot, or holds other than ASCII letters, digits, ``_``, ``-``
            and ``.``; or if it is too long.
    """
    if len(key) > MAX_KEY_CHARACTERS or not all(_PART.fullmatch(part) for part in key.split("/")):
        raise BadKey(f'"{key[:100]}" is not a valid storage key.')
    return key
