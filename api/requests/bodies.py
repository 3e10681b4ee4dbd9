"""Reads a request's body as JSON: bounded in length, depth and number of values, and storable as it stands."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NoReturn, cast

from starlette.requests import Request

from api.answers.errors import BodyMalformed, BodyTooLarge, MediaTypeUnsupported
from api.requests.checking import checked
from services.errors import BodyFaulty
from spec.language.faults import Fault, pointer
from spec.language.json_bounds import MAX_DEPTH, MAX_VALUES

MAX_FAULTS = 100
"""After so many of its own faults a body is read no further."""

PROBLEMS = (BodyMalformed, BodyFaulty, BodyTooLarge, MediaTypeUnsupported)
"""What may be wrong with a body."""

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_UNSTORABLE_TEXT = ("Text must not contain NUL or unpaired surrogates.", "unstorable_text")
_JSON_MEDIA_TYPE = re.compile(r"application/([\w.-]+\+)?json", re.IGNORECASE)
_LARGE_NUMBER = re.compile(r"[0-9](?:[0-9]{199}|[eE][+]?[0-9]{3})")
"""A number without it is less than 1e300: it has fewer than 200 digits, and an exponent of two at most."""
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

    @property
    def is_any(self) -> bool:
        """Whether there is one."""
        return bool(self._found)

    def keys_of(self, members: dict[str, Any]) -> list[str]:
        """The keys that this object says twice."""
        return self._found.get(id(members), (members, []))[1]


async def read_json(request: Request, *, limit_bytes: int) -> object:
    """The body as Python's `json` reads it.

    Raises:
        RateLimited: If it is large, and too many large ones of the project wait.
        MediaTypeUnsupported: If the body is not said to be JSON in UTF-8, uncompressed.
        BodyTooLarge: If it is longer than ``limit_bytes``; no more than that is ever kept.
        BodyMalformed: If it is no JSON text.
        BodyFaulty: If it is nested too deeply, holds too many values, says a key twice, or holds a number or a
            character that cannot be stored.
    """
    raw = await read_text(request, limit_bytes=limit_bytes)
    return await checked(request, lambda: parse_json(raw), raw)


async def read_text(request: Request, *, limit_bytes: int) -> bytes:
    """The body as it was sent, for `parse_json`.

    Raises:
        MediaTypeUnsupported: If it is not said to be JSON in UTF-8, uncompressed.
        BodyTooLarge: If it is longer than ``limit_bytes``; no more than that is ever kept.
    """
    _check_headers(request)
    return await _read_bounded(request, limit_bytes)


def parse_json(raw: bytes) -> object:
    """The JSON value in ``raw``.

    Raises:
        BodyMalformed: If it is none.
        BodyFaulty: As `read_json` does.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BodyMalformed(f"The request body is not valid UTF-8 at byte {error.start}.") from None
    # No text has more values than these characters, and counting them costs nothing; reading them all would.
    if sum(map(text.count, ",[{")) > MAX_VALUES:
        message = f"A request body can hold at most {MAX_VALUES:,} values."
        raise BodyFaulty([Fault(pointer="", message=message, code="too_many_values")])
    twice = _Repeated()
    try:
        value = json.loads(text, object_pairs_hook=twice.collect)
    except json.JSONDecodeError as error:
        if not text.strip():
            raise BodyMalformed("The request body is empty. Send a JSON document.") from None
        reason = error.msg.removesuffix(" at")
        place = f"line {error.lineno}, column {error.colno} (character {error.pos})"
        raise BodyMalformed(f"The request body is not valid JSON. {reason} at {place}.") from None
    except RecursionError:
        _refuse_depth()
    except ValueError:
        # What else `json` raises: Python reads no integer of more than 4,300 digits.
        raise BodyFaulty(
            [Fault(pointer="", message="The body contains a number with too many digits.", code="number_too_long")]
        ) from None
    if not twice.is_any and _is_plain(text):
        return value
    faults = list(islice(_faults_within(value, twice), MAX_FAULTS))
    if faults:
        raise BodyFaulty(faults)
    return value


def _is_plain(text: str) -> bool:
    """Whether what `json` has read of this text has no fault of its own, as far as the text alone tells.

    Of a usual body it does, at a tenth of what looking at each value costs: nothing that cannot be stored comes without
    an escape, no number is infinite without a long exponent or very many digits, and nothing is nested deeper than it
    has arrays and objects.
    """
    return (
        text.count("[") + text.count("{") <= MAX_DEPTH
        and "\\u" not in text
        and "NaN" not in text
        and "Infinity" not in text
        and _LARGE_NUMBER.search(text) is None
    )


def is_json(request: Request) -> bool:
    """Whether the request says that its body is JSON."""
    media_type, _, _ = request.headers.get("content-type", "").partition(";")
    return _JSON_MEDIA_TYPE.fullmatch(media_type.strip()) is not None


def _check_headers(request: Request) -> None:
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    if not _JSON_MEDIA_TYPE.fullmatch(media_type.strip()):
        said = f', not "{media_type.strip()[:100]}"' if media_type.strip() else ""
        raise MediaTypeUnsupported(
            f"The request body must be JSON: its `Content-Type` must be `application/json`{said}."
        )
    name, _, charset = parameters.strip().partition("=")
    if name.strip().lower() == "charset" and not _UTF_8.fullmatch(charset.strip().strip('"')):
        raise MediaTypeUnsupported("JSON must be encoded in UTF-8.")
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise MediaTypeUnsupported(
            "Compressed request bodies are not supported. Send the body without `Content-Encoding`."
        )


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
    message = f"Arrays and objects can be nested at most {MAX_DEPTH} levels deep."
    raise BodyFaulty([Fault(pointer="", message=message, code="nested_too_deeply")]) from None


def _faults_within(value: object, repeated: _Repeated) -> Iterator[Fault]:
    """Walks without recursion, so that no body can exhaust the stack; makes locations only of what is at fault."""
    steps: list[int | str] = []
    opened: list[Iterator[tuple[int | str, object]]] = [iter([(0, value)])]
    while opened:
        for step, member in opened[-1]:
            if isinstance(member, dict | list):
                steps.append(step)
                if len(steps) > MAX_DEPTH:
                    _refuse_depth()
                if isinstance(member, dict):
                    yield from _faults_of_keys(cast("dict[str, object]", member), repeated, steps[1:])
                opened.append(_members(cast("object", member)))
                break
            if wrong := _wrong_scalar(member):
                yield Fault(pointer=pointer([*steps, step][1:]), message=wrong[0], code=wrong[1])
        else:
            opened.pop()
            del steps[-1:]


def _members(value: object) -> Iterator[tuple[int | str, object]]:
    """What lies in an object or array. A key that cannot be stored cannot be told either: its object stands for it."""
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return (pair for pair in members.items() if not _UNSTORABLE.search(pair[0]))
    return enumerate(cast("list[object]", value))


def _faults_of_keys(members: dict[str, object], repeated: _Repeated, steps: Sequence[int | str]) -> Iterator[Fault]:
    if any(map(_UNSTORABLE.search, members)):
        yield Fault(pointer=pointer(steps), message=_UNSTORABLE_TEXT[0], code=_UNSTORABLE_TEXT[1])
    for name in repeated.keys_of(members):
        if not _UNSTORABLE.search(name):
            yield Fault(
                pointer=pointer([*steps, name]), message="This key appears more than once.", code="duplicate_key"
            )


def _wrong_scalar(value: object) -> tuple[str, str] | None:
    """What is wrong with a text or a number, and its code."""
    if isinstance(value, str):
        return _UNSTORABLE_TEXT if _UNSTORABLE.search(value) else None
    if isinstance(value, float) and not math.isfinite(value):
        return "This must be a finite number.", "finite_number"
    return None
