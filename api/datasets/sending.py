"""A data set as it is sent: a form with its description and its file."""

from dataclasses import dataclass

from starlette.requests import Request

from api.answers.errors import BodyMalformed
from api.context import Context
from api.requests.bodies import parse_json
from api.requests.checking import checked
from api.requests.forms import read_form
from db.datasets.datasets import StoredFile
from services.actors import Actor
from services.datasets.bodies import DESCRIPTION, Described, read_description
from services.datasets.creation import new_key
from services.datasets.names import name_of_file
from services.errors import BodyFaulty
from services.incoming import IncomingFile
from services.quotas.room import Room
from spec.language.faults import Fault

FILE = "file"
_FORM_BYTES = 64 * 2**10
"""What a form may have around its fields."""


class _Description:
    """The field with the description."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._text = bytearray()
        self.has_come = False

    async def begin(self, file_name: str | None) -> None:
        """The field begins."""
        del file_name
        self.has_come = True

    async def add(self, piece: bytes) -> None:
        """Some of its text."""
        self._text += piece
        if len(self._text) > self._limit_bytes:
            message = f"The description can have at most {self._limit_bytes:,} bytes."
            raise BodyFaulty([Fault(pointer=f"/{DESCRIPTION}", message=message, code="text_too_long")])

    async def read(self, request: Request) -> Described:
        """What it says; all of it has come, or there is none."""
        text = bytes(self._text)
        if not text.strip():
            return read_description({})
        try:
            value = await checked(request, lambda: parse_json(text), text)
        except BodyMalformed as error:
            raise BodyMalformed(str(error).replace("The request body", "The description", 1)) from None
        except BodyFaulty as error:
            raise BodyFaulty(
                [fault.model_copy(update={"pointer": f"/{DESCRIPTION}{fault.pointer}"}) for fault in error.faults]
            ) from None
        return read_description(value)


class _File:
    """The field with the file. A description that comes before it is checked before any of it is taken."""

    def __init__(self, request: Request, description: _Description, file: IncomingFile, room: Room) -> None:
        self._request = request
        self._description = description
        self._file = file
        self._room = room
        self.has_come = False
        self.file_name: str | None = None

    async def begin(self, file_name: str | None) -> None:
        """The field begins."""
        self.has_come = True
        self.file_name = file_name
        if self._description.has_come:
            await self._description.read(self._request)

    async def add(self, piece: bytes) -> None:
        """Some of its bytes."""
        await self._room.require(self._file.size_bytes + len(piece))
        await self._file.add(piece)


@dataclass(frozen=True, slots=True)
class Received:
    """What came in a form.

    Attributes:
        described: How the file is to be read.
        file: It lies in the storage, and nothing refers to it yet.
        name: What the file was called, without folders, if the client said so.
    """

    described: Described
    file: StoredFile
    name: str | None


async def receive(request: Request, context: Context, caller: Actor) -> Received:
    """What comes in a form.

    Raises:
        FormMalformed: If the body is no form.
        BodyMalformed: If the description is no JSON.
        BodyFaulty: If a field is missing, unknown or faulty.
        MediaTypeUnsupported: If the body is compressed.
        FileTooLarge: If the file is larger than anybody may send.
        QuotaExceeded: If the project has no room for it.
        TooManyTransfers: If too many files are being received.
        StorageUnavailable: If the storage does not answer.
        DatabaseUnavailable: If the database does not.
        ClientDisconnect: If the client goes away.
    """
    settings = context.settings
    declared = request.headers.get("content-length", "")
    expected = int(declared[:20]) - settings.max_body_bytes - _FORM_BYTES if declared.isdecimal() else 1
    with context.incoming.turn(caller.project):
        room = await Room.of(context.services, caller, settings.max_upload_bytes, max(1, expected))
        async with context.incoming.file(new_key()) as file:
            description = _Description(settings.max_body_bytes)
            field = _File(request, description, file, room)
            await read_form(request, {DESCRIPTION: description, FILE: field})
            described = await description.read(request)
            if not file.size_bytes:
                message = "The file is empty." if field.has_come else "The form must have a field `file`."
                raise BodyFaulty([Fault(pointer=f"/{FILE}", message=message, code="missing_file")])
            return Received(described, await context.incoming.commit(file), name_of_file(field.file_name))
