"""The keys and secrets of frozen databases: published here, so they protect nothing, and made to look like it."""

import base64
import hashlib

from services.keys.tokens import read_token
from services.webhooks.signing import PREFIX

SECRET, FORMER_SECRET = (
    PREFIX + base64.b64encode(text.ljust(32, b".")).decode() for text in (b"published", b"published before")
)
"""Of all webhooks: the present one, and the one before it."""


def token_of(key_id: str) -> str:
    """The key of this id, as clients send it."""
    return f"nc_{key_id}_{hashlib.sha256(key_id.encode()).hexdigest()}"


def digest_of(key_id: str) -> str:
    """What the database keeps of it."""
    token = read_token(token_of(key_id))
    assert token is not None
    return token.digest
