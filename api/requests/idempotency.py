"""The header ``Idempotency-Key``: a request that carries one is carried out once, however often it is sent."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from api.answers.documents import Json
from api.answers.errors import HeaderFaulty
from api.openapi.declarations import SentHeader
from db.errors import IdempotencyKeyInFlight, IdempotencyKeyReused
from db.projects.idempotency import Answer, KeyedRequest
from services.actors import Actor
from services.creations import Creation, Keyed, Made
from spec.language.faults import Fault

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
MAX_CHARACTERS = 255
DESCRIPTION = SentHeader(
    f"A unique text of your choice, at most {MAX_CHARACTERS} characters. Sending the same request with the same key "
    "again within 24 hours returns the first answer and creates nothing new.",
    # HTTP takes the spaces around a value away.
    {"minLength": 1, "maxLength": MAX_CHARACTERS, "pattern": "^[!-~]([ -~]*[!-~])?$"},
)

PROBLEMS = (HeaderFaulty, IdempotencyKeyReused, IdempotencyKeyInFlight)
"""What may be wrong with a key."""

_PRINTABLE = re.compile(r"[ -~]+")


def keyed(request: Request, caller: Actor, body: object, answer_of: Callable[[Made], Answer]) -> Keyed[Made] | None:
    """What is asked with the request's key; None if it carries none.

    Args:
        request: The request.
        caller: Who sent it; the same key of another project is another key.
        body: Its body as JSON. In another order, or with other spaces, it is the same.
        answer_of: What is kept as its first answer, of what was made.

    Raises:
        HeaderFaulty: If the key is none.
    """
    key = checked_key(request)
    if key is None:
        return None
    said = json.dumps(body, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(f"{request.method} {_address(request)}\n{said}".encode()).hexdigest()
    return Keyed(KeyedRequest(key, digest, caller.project), answer_of)


def checked_key(request: Request) -> str | None:
    """The request's key; None if it carries none.

    Raises:
        HeaderFaulty: If the key is none.
    """
    keys = request.headers.getlist(HEADER)
    if not keys:
        return None
    if len(keys) > 1:
        raise _refusal("repeated_header", f"was sent {len(keys)} times. Send it once.")
    (key,) = keys
    if not key:
        raise _refusal("empty_text", "must not be empty.")
    if len(key) > MAX_CHARACTERS:
        raise _refusal("text_too_long", f"can have at most {MAX_CHARACTERS} characters, not {len(key):,}.")
    if not _PRINTABLE.fullmatch(key):
        raise _refusal("unprintable_text", "can contain only printable ASCII characters.")
    return key


def _address(request: Request) -> str:
    """Path and query, whose parameters are the same in another order; without a query the path alone."""
    query = urlencode(sorted(request.query_params.multi_items()))
    return f"{request.url.path}?{query}" if query else request.url.path


def created_headers(
    what: str, *, replayed: str = "`true` if this is the answer to an earlier request with the same key."
) -> dict[str, str]:
    """What the OpenAPI document says of the headers of `created`'s answers.

    Args:
        what: What was made, as ``job``.
        replayed: What the answer is if it was given before.
    """
    return {"Location": f"The URL of the {what}.", REPLAYED_HEADER: replayed}


def created(creation: Creation[Made], answer_of: Callable[[Made], Answer]) -> Response:
    """The answer to who creates something: what is kept of it where it came with a key.

    Args:
        creation: What came of it.
        answer_of: What is answered of what was made.
    """
    if creation.kept is not None:
        return answered(creation.kept, is_replayed=creation.made is None)
    if creation.made is None:
        raise AssertionError("nothing was made, and nothing is kept")
    return answered(answer_of(creation.made), is_replayed=False)


def created_in_secret(creation: Creation[Made], answer_of: Callable[[Made], Answer]) -> Response:
    """As `created`, where no cache may keep the answer, and the first answer may tell more than what is kept of it."""
    if creation.made is not None:
        creation = replace(creation, kept=answer_of(creation.made))
    answer = created(creation, answer_of)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def answered(answer: Answer, *, is_replayed: bool) -> Response:
    """The answer, as it is sent."""
    headers = {"Location": answer.location}
    if is_replayed:
        headers[REPLAYED_HEADER] = "true"
    return Response(answer.body_json, answer.status, headers, media_type=Json.media_type)


def _refusal(code: str, message: str) -> HeaderFaulty:
    return HeaderFaulty(HEADER, Fault(pointer="", message=f"`{HEADER}` {message}", code=code))
