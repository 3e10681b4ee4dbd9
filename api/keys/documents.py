"""Keys as they are answered."""

from typing import Any

from api.answers import time
from db.keys import KeyRow


def key_document(row: KeyRow) -> dict[str, Any]:
    """A key, without its secret."""
    return {
        "object": "key",
        "id": row.id,
        "name": row.name,
        "scopes": list(row.scopes),
        "created_at": time(row.created_at),
        "expires_at": time(row.expires_at),
        "revoked_at": time(row.revoked_at),
        "last_used_at": time(row.last_used_at),
    }
