"""What a data set is called that nobody gives a name: as its file, without the folders that it was in."""

import base64
import binascii
import re
import unicodedata

from spec.datasets.names import LONGEST_NAME

_FOLDERS = re.compile(r"[/\\]")
_FILENAME = "filename"


def name_of_file(file_name: str | None) -> str | None:
    """The last part of a path of any system, without characters that nobody sees; None if nothing is left.

    Args:
        file_name: As a client sent it: it may be anything.
    """
    last = _FOLDERS.split(file_name or "")[-1]
    seen = "".join(character for character in last if not unicodedata.category(character).startswith("C"))
    return seen.strip()[:LONGEST_NAME].strip() or None


def name_of_upload(metadata_text: str | None) -> str | None:
    """What the ``filename`` of an upload comes to, which tus clients note in Base64."""
    for pair in (metadata_text or "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key == _FILENAME:
            try:
                return name_of_file(base64.b64decode(value, validate=True).decode())
            except (binascii.Error, ValueError):
                return None
    return None
