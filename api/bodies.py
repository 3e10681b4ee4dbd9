"""Reads a request's body as JSON: bounded in length, depth and number of values, and storable as it stands."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, NoReturn, cast

from starlette.requests import Request

from api.errors import BodyFaulty, BodyMalformed, BodyTooLarge, MediaTypeUnsupported
from spec.faults import Fault, Location, pointer

MAX_DEPTH = 64
"""Of arrays and objects within one another; a job spec needs about ten."""

MAX_VALUES = 100_000
"""In one body; the largest network the language allows has about 30,000."""

MAX_FAULTS = 100
"""After so many of its own faults a body is read no further."""

PROBLEMS = (BodyMalformed, BodyFaulty, BodyTooLarge, MediaTypeUnsupported)
"""What may be wrong with a body."""

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_JSON_MEDIA_TYPE = re.compile(r"application/([\w.-]+\+)?json", re.IGNORECASE)
_UTF_8 = re.compile(r"utf-?8", re.IGNORECASE)


class _Repeated:
    """The objects of one body that say a key twice, which `json` would pass over in silence."""

    def __init__(self) -> None:
        # The object is kept beside its keys: only what lives has an id of its own.
        self._found: dict[int, tuple[dict[str, Any], list[str]]] = {}

    def collect(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """The object of these pairs, for `json`'s ``object_pairs_hook``."""
        members = dict(pairs)
        if len(members) != len(pairs):
            counts = Counter(name for name, _ in pairs)
            self._found[id(members)] = (members, [name for name, count in counts.items() if count > 1])
        return members

    def keys_of(self, members: dict[str, Any]) -> list[str]:
        """The keys that this object says twice."""
        return self._found.get(id(members), (members, []))[1]


async def read_json(request: Request, *, limit_bytes: int) -> object:
    """The body as Python's `json` reads it.

    Raises:
        MediaTypeUnsupported: If the body is not said to be JSON in UTF-8, uncompressed.
        BodyTooLarge: If it is longer than ``limit_bytes``; no more than that is ever kept.
        BodyMalformed: If it is no JSON text.
        BodyFaulty: If it is nested too deeply, holds too many values, says a key twice, or holds a number or a
            character that cannot be stored.
    """
    _check_headers(request)
    raw = await _read_bounded(request, limit_bytes)
    return parse_json(raw)


def parse_json(raw: bytes) -> object:
    """The JSON value in ``raw``; raises as `read_json` does."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BodyMalformed(f"the body is not UTF-8 at byte {error.start}") from None
    # No text has more values than these characters, and counting them costs nothing; reading them all would.
    if sum(map(text.count, ",[{")) > MAX_VALUES:
        message = f"a body may hold at most {MAX_VALUES} values"
        raise BodyFaulty([Fault(pointer="", message=message, code="too_many_values")])
    twice = _Repeated()
    try:
        value = json.loads(text, object_pairs_hook=twice.collect)
    except json.JSONDecodeError as error:
        if not text.strip():
            raise BodyMalformed("the body is empty") from None
        raise BodyMalformed(
            f"{error.msg} at line {error.lineno}, column {error.colno} (character {error.pos})"
        ) from None
    except RecursionError:
        _refuse_depth()
    except ValueError:
        # What else `json` raises: Python reads no integer of more than 4,300 digits.
        raise BodyFaulty([Fault(pointer="", message="a number has too many digits", code="number_too_long")]) from None
    faults = list(islice(_faults_within(value, twice), MAX_FAULTS))
    if faults:
        raise BodyFaulty(faults)
    return value


def _check_headers(request: Request) -> None:
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    if not _JSON_MEDIA_TYPE.fullmatch(media_type.strip()):
        said = f"`{media_type.strip()[:100]}`" if media_type.strip() else "nothing"
        raise MediaTypeUnsupported(f"the body must be application/json; its Content-Type says {said}")
    name, _, charset = parameters.strip().partition("=")
    if name.strip().lower() == "charset" and not _UTF_8.fullmatch(charset.strip().strip('"')):
        raise MediaTypeUnsupported("JSON is read as UTF-8 only")
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise MediaTypeUnsupported("a compressed body (Content-Encoding) is not read")


async def _read_bounded(request: Request, limit_bytes: int) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limit_bytes:
        raise BodyTooLarge(limit_bytes)
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > limit_bytes:
            raise BodyTooLarge(limit_bytes)
    return bytes(chunks)


def _refuse_depth() -> NoReturn:
    message = f"arrays and objects may lie at most {MAX_DEPTH} deep"
    raise BodyFaulty([Fault(pointer="", message=message, code="nested_too_deeply")]) from None


def _faults_within(value: object, repeated: _Repeated) -> Iterator[Fault]:
    """Walks without recursion, so that no body can exhaust the stack."""
    waiting: list[tuple[object, Location]] = [(value, ())]
    while waiting:
        current, location = waiting.pop()
        members: list[tuple[int | str, object]] = []
        if isinstance(current, dict):
            said = cast("dict[str, object]", current)
            # A key that cannot be stored cannot be told either: its object stands for it.
            members.extend((name, member) for name, member in said.items() if not _UNSTORABLE.search(name))
            if len(members) != len(said):
                yield _unstorable(location)
            for name in repeated.keys_of(said):
                if not _UNSTORABLE.search(name):
                    yield _repeated((*location, name))
        elif isinstance(current, list):
            members.extend(enumerate(cast("list[object]", current)))
        else:
            yield from _faults_of_scalar(current, location)
            continue
        if len(location) >= MAX_DEPTH:
            _refuse_depth()
        waiting.extend((member, (*location, step)) for step, member in reversed(members))


def _faults_of_scalar(value: object, location: Location) -> Iterator[Fault]:
    if isinstance(value, str) and _UNSTORABLE.search(value):
        yield _unstorable(location)
    elif isinstance(value, float) and not math.isfinite(value):
        yield Fault(pointer=pointer(location), message="a number must be finite", code="finite_number")


def _unstorable(location: Location) -> Fault:
    message = "a text must not hold NUL or half a surrogate pair"
    return Fault(pointer=pointer(location), message=message, code="unstorable_text")


def _repeated(location: Location) -> Fault:
    return Fault(pointer=pointer(location), message="this key is said twice", code="duplicate_key")
