"""Keys as they are answered."""

from typing import Any

import orjson

from api.answers.documents import time
from db.projects.idempotency import Answer
from db.projects.keys import KeyRow
from services.keys.changes import MadeKey

CREATED = 201


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


def key_answer(made: MadeKey) -> Answer:
    """What is answered to who makes a key: with its text, this once."""
    return _answer({**key_document(made.row), "key": made.token})


def kept_answer(made: MadeKey) -> Answer:
    """What is answered again to who sends the same with the same idempotency key."""
    return _answer({**key_document(made.row), "key": None})


def _answer(document: dict[str, Any]) -> Answer:
    return Answer(CREATED, f"/v1/keys/{document['id']}", orjson.dumps(document).decode())
