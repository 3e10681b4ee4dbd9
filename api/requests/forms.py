"""Reads ``multipart/form-data`` while it comes: what is in a field goes on at once, and no part of it is kept here."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from api.answers.errors import MediaTypeUnsupported
from services.errors import BodyFaulty
from spec.language.faults import Fault
from spec.language.suggestions import nearest

MEDIA_TYPE = "multipart/form-data"
_HEADERS_OF_FIELD = 8
_BOUNDARY = re.compile(rb"[ -~]{1,70}")


class FormMalformed(Exception):
    """The body is not ``multipart/form-data``."""


class Field(Protocol):
    """Takes what is in one field of a form."""

    async def begin(self, file_name: str | None) -> None:
        """The field begins; the name of its file is whatever the client says."""
        ...

    async def add(self, piece: bytes) -> None:
        """Some of its bytes."""
        ...


@dataclass(frozen=True, slots=True)
class _Beginning:
    """A field begins."""

    name: str
    file_name: str | None


class _Events:
    """What the parser tells of one chunk, in order: a field that begins, or bytes of it."""

    def __init__(self) -> None:
        self.told: list[_Beginning | bytes] = []
        self.is_over = False
        self._header = bytearray()
        self._value = bytearray()
        self._beginning: _Beginning | None = None

    def callbacks(self) -> dict[str, Callable[..., None]]:
        """As python-multipart calls them."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._add_header,
            "on_header_value": self._add_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin_content,
            "on_part_data": self._add_content,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._beginning = None

    def _add_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _add_content(self, data: bytes, start: int, end: int) -> None:
        self.told.append(data[start:end])

    def _end_header(self) -> None:
        if bytes(self._header).strip().lower() == b"content-disposition":
            kind, options = parse_options_header(self._value.decode("latin-1"))
            name = options.get(b"name")
            if kind == b"form-data" and name is not None:
                file_name = options.get(b"filename")
                self._beginning = _Beginning(_text(name), None if file_name is None else _text(file_name))
        self._header.clear()
        self._value.clear()

    def _begin_content(self) -> None:
        if self._beginning is None:
            raise FormMalformed("Each part of the form must have a `Content-Disposition` of `form-data` with a `name`.")
        self.told.append(self._beginning)

    def _end(self) -> None:
        self.is_over = True


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def is_form(request: Request) -> bool:
    """Whether the request says that its body is a form."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == MEDIA_TYPE


async def read_form(request: Request, fields: dict[str, Field]) -> None:
    """Hand on what is in each field, in the order in which the fields come; each may come once.

    Args:
        request: Whose body it is.
        fields: What takes each, by its name.

    Raises:
        FormMalformed: If the body is no form, or ends before the form does.
        BodyFaulty: If a field is unknown, or comes twice.
        MediaTypeUnsupported: If it is compressed.
        ClientDisconnect: If the client goes away.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise MediaTypeUnsupported(
            "Compressed request bodies are not supported. Send the body without `Content-Encoding`."
        )
    events = _Events()
    parser = _parser(request, events)
    seen: set[str] = set()
    field: Field | None = None
    async for chunk in request.stream():
        _parse(parser, chunk)
        told, events.told = events.told, []
        for one in told:
            if isinstance(one, _Beginning):
                field = _known(one.name, fields, seen)
                await field.begin(one.file_name)
            elif field is not None:
                await field.add(one)
    if not events.is_over:
        raise FormMalformed("The form ends before its last boundary.")


def _parser(request: Request, events: _Events) -> MultipartParser:
    _, options = parse_options_header(request.headers["content-type"])
    boundary = options.get(b"boundary", b"")
    if not _BOUNDARY.fullmatch(boundary):
        raise FormMalformed("The `Content-Type` of a form must name its `boundary`, of at most 70 characters.")
    callbacks: Any = events.callbacks()
    return MultipartParser(boundary, callbacks, max_header_count=_HEADERS_OF_FIELD)


def _parse(parser: MultipartParser, chunk: bytes) -> None:
    try:
        parser.write(chunk)
    except FormParserError:
        # Its own message quotes the body.
        raise FormMalformed("The request body is not a valid form.") from None


def _known(name: str, fields: dict[str, Field], seen: set[str]) -> Field:
    shown = name[:100]
    if name not in fields:
        fault = Fault(
            pointer="",
            message=f'"{shown}" is not a field of this form.',
            code="unknown_field",
            suggestion=nearest(name[:100], list(fields)),
        )
        raise BodyFaulty([fault])
    if name in seen:
        fault = Fault(pointer=f"/{name}", message="This field appears more than once.", code="duplicate_key")
        raise BodyFaulty([fault])
    seen.add(name)
    return fields[name]
