"""The id of a request: in its answer, in the log's lines, with the job that it made."""

import re
import secrets

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")


def new_request_id() -> str:
    """An id that no other request has."""
    return f"req_{secrets.token_hex(8)}"


def request_id_for(given: str) -> str:
    """What a client said, where it is plain; else a new one."""
    return given if _GIVEN.fullmatch(given) else new_request_id()
