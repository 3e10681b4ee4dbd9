"""Keys as they are answered."""

from typing import Any

import orjson

from api.answers.rows import document_of
from api.keys.schemas import KeyDocument
from db.projects.idempotency import Answer
from db.projects.keys import KeyRow
from services.keys.changes import MadeKey

CREATED = 201


key_document = document_of(KeyDocument, KeyRow)
"""A key, without its secret."""


def key_answer(made: MadeKey) -> Answer:
    """What is answered to who makes a key: with its text, this once."""
    return _answer({**key_document(made.row), "key": made.token})


def kept_answer(made: MadeKey) -> Answer:
    """What is answered again to who sends the same with the same idempotency key."""
    return _answer({**key_document(made.row), "key": None})


def _answer(document: dict[str, Any]) -> Answer:
    return Answer(CREATED, f"/v1/keys/{document['id']}", orjson.dumps(document).decode())
