"""Standard Webhooks' symmetric signatures: https://github.com/standard-webhooks/standard-webhooks, version 1."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """A secret as it is shown and stored: ``whsec_`` and base 64 of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature(keys: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The header ``webhook-signature``: one signature a secret, parted by spaces.

    Args:
        keys: The secrets, as they are stored.
        message_id: The header ``webhook-id``.
        timestamp: The header ``webhook-timestamp``, seconds since 1970.
        body: What is sent, to the byte.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_digest(key, signed)}" for key in keys)


def _digest(key: str, signed: bytes) -> str:
    raw = base64.b64decode(key.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(raw, signed, hashlib.sha256).digest()).decode()
