"""Answers that are sent once: ``ETag`` and ``If-None-Match`` (RFC 9110, sections 8.8.3 and 13.1.2)."""

import re
from collections.abc import Callable
from functools import cache
from hashlib import sha256

import orjson
from starlette.requests import Request
from starlette.responses import Response

CACHE_CONTROL = "private, no-cache"
"""A cache may keep the answer for this client alone, and must ask before it uses it."""
_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
KEPT = ("cache-control", "content-location", "etag", "link", "retry-after", "vary")
"""Headers that a 304 repeats; those of the body stay away."""


def digest_tag(body: bytes) -> str:
    """A strong tag: equal for equal bytes alone."""
    return f'"{sha256(body).hexdigest()[:32]}"'


def is_matched(request: Request, tag: str) -> bool:
    """Whether the client says that it has what the tag stands for; weak and strong tags count as equal."""
    has_any = any(field.strip() == "*" for field in request.headers.getlist("if-none-match"))
    return has_any or is_named(request, tag)


def is_named(request: Request, tag: str) -> bool:
    """Whether the client has what the tag stands for and says so by the tag itself: ``*`` names nothing."""
    return any(tag.removeprefix("W/") in _TAG.findall(field) for field in request.headers.getlist("if-none-match"))


def expected_tags(request: Request) -> list[str] | None:
    """What ``If-Match`` names, without marks of weakness; None where any state will do."""
    fields = request.headers.getlist("if-match")
    if not fields or any(field.strip() == "*" for field in fields):
        return None
    return [tag for field in fields for tag in _TAG.findall(field)]


def not_modified(tag: str) -> Response:
    """The 304 of an answer that has no headers of its own."""
    return Response(status_code=304, headers={"ETag": tag, "Cache-Control": CACHE_CONTROL})


def conditional(request: Request, answer: Response, tag: str | None = None) -> Response:
    """The answer with its tag, or a 304 without a body if the client has it.

    Args:
        request: Whose ``If-None-Match`` counts.
        answer: A whole one, to a GET.
        tag: Made of what changes; of the answer's bytes if there is none.
    """
    tag = digest_tag(bytes(answer.body)) if tag is None else tag
    answer.headers["ETag"] = tag
    answer.headers.setdefault("Cache-Control", CACHE_CONTROL)
    if not is_matched(request, tag):
        return answer
    return Response(status_code=304, headers={name: answer.headers[name] for name in KEPT if name in answer.headers})


def unchanging(make: Callable[[], object]) -> Callable[[Request], Response]:
    """What answers with a document that is the same as long as the process lives, or with a 304.

    Args:
        make: The document, ready for JSON; called once, at the first request.
    """

    @cache
    def made() -> tuple[bytes, str]:
        body = orjson.dumps(make())
        return body, digest_tag(body)

    def answer(request: Request) -> Response:
        body, tag = made()
        return conditional(request, Response(body, media_type="application/json"), tag)

    return answer
