"""Ids: prefixed, sortable by time, as ``job_01jgz8q6v5x0r3w2m4n6p8s9tb``."""

import hashlib
import re
import secrets
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Literal

Prefix = Literal["job", "ds", "up", "sweep", "key", "worker", "hook", "dlv", "act", "finding"]

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_AS_PYTHON_READS_IT = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")
_LENGTH = 26
_SHIFTS = tuple(range(5 * (_LENGTH - 2), -1, -10))
"""Of pairs of characters: an id is made of half as many."""
_RANDOM_BITS = 80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_PATTERN = re.compile(rf"[a-z]+_[{_ALPHABET}]{{{_LENGTH}}}")

_lock = threading.Lock()
_latest = 0


def new_id(prefix: Prefix) -> str:
    """A new id: the prefix, then a ULID in lower-case Crockford base 32 (48 bits of milliseconds, 80 random ones).

    Within a process each id is greater than the one before, in the same millisecond and after the clock was
    set back too.
    """
    global _latest  # noqa: PLW0603 -- that the ids of one process rise is the state of this module
    number = (time.time_ns() // 1_000_000 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    with _lock:
        number = max(number, _latest + 1)
        _latest = number
    return f"{prefix}_{_base32(number)}"


def id_of(prefix: Prefix, *named: str) -> str:
    """The id of something that is known by names, such as a rule's finding in a job: always the same, of no time."""
    digest = hashlib.sha256("\0".join(named).encode()).digest()
    return f"{prefix}_{_base32(int.from_bytes(digest[:16]))}"


def first_id(prefix: Prefix, moment: datetime, *, is_after: bool = False) -> str:
    """The least id that can have been made at this time or later; ``is_after`` it, later. Ids know milliseconds."""
    microseconds = (moment - _EPOCH) // timedelta(microseconds=1) + is_after
    milliseconds = max(0, -(-microseconds // 1000))
    return f"{prefix}_{_base32(milliseconds << _RANDOM_BITS)}"


def made_at(made_id: str) -> datetime:
    """When an id was made, in UTC, by the clock of the machine that made it."""
    number = int(made_id.rpartition("_")[2].translate(_AS_PYTHON_READS_IT), 32)
    return _EPOCH + (number >> _RANDOM_BITS) * _MILLISECOND


def is_id(text: str, prefix: Prefix) -> bool:
    """Whether a text has the form of an id with this prefix."""
    return text.startswith(f"{prefix}_") and _PATTERN.fullmatch(text) is not None


def pattern_of(prefix: Prefix) -> str:
    """The regular expression that ids with this prefix match, as JSON Schema spells it."""
    return f"^{prefix}_[{_ALPHABET}]{{{_LENGTH}}}$"


def _base32(number: int) -> str:
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])
