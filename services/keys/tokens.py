"""Keys as clients send them: ``nc_<id>_<secret>``."""

import hashlib
import re
import secrets
from dataclasses import dataclass

SECRET_BYTES = 32
_TOKEN = re.compile(r"nc_(key_[0-9a-z]{26})_([0-9a-f]{64})")


@dataclass(frozen=True)
class Token:
    """A key and its secret; prints without it.

    Attributes:
        key_id: Of the key.
        digest: SHA-256 of the secret, in hex. A plain digest will do: nobody can try 2^256 secrets, however fast, and
            a slow one would cost every request what it costs an attacker.
    """

    key_id: str
    digest: str


def new_token(key_id: str) -> tuple[str, str]:
    """The text of a new key, to be shown once, and the digest of its secret, to be kept."""
    secret = secrets.token_hex(SECRET_BYTES)
    return f"nc_{key_id}_{secret}", _digest(secret)


def read_token(text: str) -> Token | None:
    """What a client sent as a key; None if it is none by its form."""
    found = _TOKEN.fullmatch(text)
    return None if found is None else Token(found[1], _digest(found[2]))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
