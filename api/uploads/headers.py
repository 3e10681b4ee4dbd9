"""The headers of tus 1.0."""

import base64
import binascii
import re
from datetime import datetime
from email.utils import format_datetime

from starlette.requests import Request

from api.answers.errors import HeaderFaulty, MediaTypeUnsupported, TusVersionUnsupported
from api.openapi.declarations import SentHeader
from db.datasets.uploads import UploadRow
from services.uploads import ALGORITHMS, Checksum
from spec.language.faults import Fault

VERSION = "1.0.0"
EXTENSIONS = "creation,checksum,expiration,termination"
PART_MEDIA_TYPE = "application/offset+octet-stream"
MAX_METADATA_CHARACTERS = 4096
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_METADATA = re.compile(r"[!-+\--~]+( [A-Za-z0-9+/]*={0,2})?(, ?[!-+\--~]+( [A-Za-z0-9+/]*={0,2})?)*")
_DIGEST_BYTES = {"md5": 16, "sha1": 20, "sha256": 32}

_BYTES = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
RESUMABLE = SentHeader("The version of tus, which must be `1.0.0`.", {"enum": [VERSION]})
LENGTH = SentHeader("The size of the file.", {**_BYTES, "minimum": 1}, is_required=True)
METADATA = SentHeader(
    "What you want to note about the file: pairs of a key and a value in Base64, separated by commas.",
    {"maxLength": MAX_METADATA_CHARACTERS, "pattern": f"^{_METADATA.pattern}$"},
)
OFFSET = SentHeader("The byte of the file at which the part begins: where the upload is.", _BYTES, is_required=True)
CHECKSUM = SentHeader(
    f"An algorithm ({', '.join(ALGORITHMS)}) and, behind a space, the digest of the part in Base64.",
    {"pattern": r"^(md5 [A-Za-z0-9+/]{22}==|sha1 [A-Za-z0-9+/]{27}=|sha256 [A-Za-z0-9+/]{43}=)$"},
)
ANSWERED = {
    "Tus-Resumable": "The version of tus.",
    "Upload-Offset": "How many bytes of the file have been received.",
    "Upload-Expires": "When the upload is deleted unless another part is received.",
}
TOLD = {
    "Upload-Length": "The size of the file.",
    "Upload-Metadata": "What was noted about the file.",
}
OFFERED = {
    "Tus-Resumable": "The version of tus.",
    "Tus-Version": "The versions of tus that are supported.",
    "Tus-Extension": "The extensions of tus that are supported.",
    "Tus-Max-Size": "The largest size of a file.",
    "Tus-Checksum-Algorithm": "The algorithms by which a part's checksum may be made.",
}


def check_version(request: Request) -> None:
    """Goes on unless the client speaks another version of tus.

    Raises:
        TusVersionUnsupported: If it does.
    """
    if request.headers.get("tus-resumable", VERSION) != VERSION:
        raise TusVersionUnsupported(VERSION)


def check_media_type(request: Request) -> None:
    """Goes on if the body is a part.

    Raises:
        MediaTypeUnsupported: If it is said to be something else, or compressed.
    """
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if said != PART_MEDIA_TYPE or request.headers.get("content-encoding", "identity").lower() != "identity":
        raise MediaTypeUnsupported(f"The `Content-Type` of a part must be `{PART_MEDIA_TYPE}`, without compression.")


def length_of(request: Request) -> int:
    """The size of the file that an upload is made for.

    Raises:
        HeaderFaulty: If it is missing, or no such number.
    """
    size = _number(request, "Upload-Length")
    if not size:
        raise _refusal("Upload-Length", "greater_than_equal", "must be at least 1: the file is empty.")
    return size


def offset_of(request: Request) -> int:
    """Where the part begins.

    Raises:
        HeaderFaulty: If it is missing, or no such number.
    """
    return _number(request, "Upload-Offset")


def metadata_of(request: Request) -> str | None:
    """What is noted about the file, as it was sent.

    Raises:
        HeaderFaulty: If it is not as tus has it.
    """
    said = request.headers.get("upload-metadata")
    if not said:
        return None
    if len(said) > MAX_METADATA_CHARACTERS:
        raise _refusal("Upload-Metadata", "text_too_long", f"can have at most {MAX_METADATA_CHARACTERS:,} characters.")
    if not _METADATA.fullmatch(said):
        raise _refusal(
            "Upload-Metadata", "malformed", "must be pairs of a key and a value in Base64, separated by commas."
        )
    return said


def checksum_of(request: Request) -> Checksum | None:
    """What the part must come to, if it is said.

    Raises:
        HeaderFaulty: If it is no checksum by a supported algorithm.
    """
    said = request.headers.get("upload-checksum")
    if said is None:
        return None
    algorithm, _, text = said.partition(" ")
    if algorithm not in ALGORITHMS:
        raise _refusal("Upload-Checksum", "unknown_algorithm", f"must begin with one of {', '.join(ALGORITHMS)}.")
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != _DIGEST_BYTES[algorithm]:
        raise _refusal("Upload-Checksum", "malformed", f"must have a digest by {algorithm} in Base64.")
    return Checksum(algorithm, digest)


def headers_of(row: UploadRow) -> dict[str, str]:
    """Where an upload is."""
    return {
        "Tus-Resumable": VERSION,
        "Upload-Offset": str(row.offset_bytes),
        "Upload-Expires": _http_time(row.expires_at),
    }


def all_headers_of(row: UploadRow) -> dict[str, str]:
    """Where an upload is, and what it was made for."""
    noted = {} if row.metadata_text is None else {"Upload-Metadata": row.metadata_text}
    return {**headers_of(row), "Upload-Length": str(row.size_bytes), **noted}


def offers(max_bytes: int) -> dict[str, str]:
    """What is supported of tus."""
    return {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(max_bytes),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }


def _number(request: Request, header: str) -> int:
    said = request.headers.get(header)
    if said is None:
        raise _refusal(header, "missing_header", "is required.")
    if not _NUMBER.fullmatch(said):
        raise _refusal(header, "number", "must be a number of bytes.")
    return int(said)


def _http_time(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def _refusal(header: str, code: str, message: str) -> HeaderFaulty:
    return HeaderFaulty(header, Fault(pointer="", message=f"`{header}` {message}", code=code))
