"""Which URLs can be used: what is wrong with one is said when a program starts, not by the first request that needs it.

No message repeats a URL or a part of one that may be secret.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from settings.sentences import either

DATABASE_SCHEMES = ("postgresql", "postgresql+asyncpg", "sqlite", "sqlite+aiosqlite")
BROKER_SCHEMES = ("redis", "rediss", "redis+socket", "amqp", "amqps")
TRACES_SCHEMES = ("http", "https")


class UrlUnusable(ValueError):
    """The URL cannot be used; the message says why and what would do."""


class _Parameter(NamedTuple):
    """What a parameter of a URL may be: a test, and the sentence on what fails it."""

    takes: Callable[[str], bool]
    wanted: str = ""


def _one_of(*words: str) -> _Parameter:
    return _Parameter(words.__contains__, f"Use {either(words)}.")


def _is_whole(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) < 10  # noqa: PLR2004 -- what 32 bits surely hold


_any = _Parameter(bool)
_whole = _Parameter(_is_whole, "Use a whole number.")
_SSL_MODE = _one_of("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_POSTGRESQL = {
    "host": _any,
    "port": _whole,
    "user": _any,
    "password": _any,
    "database": _any,
    "passfile": _any,
    "ssl": _SSL_MODE,
    "sslmode": _SSL_MODE,
    "target_session_attrs": _one_of("any", "primary", "standby", "read-write", "read-only", "prefer-standby"),
    "krbsrvname": _any,
    "prepared_statement_cache_size": _whole,
}
"""What asyncpg and SQLAlchemy take from a URL as text, and what it may be."""
_TLS = {
    "ssl_cert_reqs": _one_of("required", "optional", "none", "CERT_REQUIRED", "CERT_OPTIONAL", "CERT_NONE"),
    "ssl_ca_certs": _any,
    "ssl_certfile": _any,
    "ssl_keyfile": _any,
    "ssl_check_hostname": _one_of("true", "false"),
}
_BROKER = {
    "redis": {},
    "rediss": _TLS,
    "redis+socket": {"virtual_host": _whole},
    "amqp": {"heartbeat": _whole},
    "amqps": {"heartbeat": _whole, **_TLS},
}
"""What kombu takes from a URL, likewise."""
BUCKET = re.compile(r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]")
"""What a bucket can be called; no user, password or port is part of it."""
_IN_BUCKET = re.compile(rf"{BUCKET.pattern}(/.*)?")
"""What follows ``s3://``. Keys and endpoint are said by AWS's own variables, so there is no place for them here."""


def check_database(text: str) -> None:
    """Return if the service can use a database at this URL.

    Raises:
        UrlUnusable: If it cannot, wherever the database may be.
    """
    parts = _split(text, DATABASE_SCHEMES)
    if parts.scheme.startswith("sqlite"):
        path = parts.path.removeprefix("/")
        if parts.netloc or path in {"", ":memory:"} or "\0" in unquote(path):
            raise UrlUnusable("SQLite needs the path of a file, such as `sqlite:////absolute/path`.")
        _check_parameters(parts, {})
    else:
        _check_parameters(parts, _POSTGRESQL)


def check_broker(text: str) -> None:
    """Return if the service can use a broker at this URL.

    Raises:
        UrlUnusable: If it cannot, wherever the broker may be.
    """
    parts = _split(text, BROKER_SCHEMES)
    path = parts.path.strip("/")
    if parts.scheme == "redis+socket" and not path:
        raise UrlUnusable("This needs the path of a socket, such as `redis+socket:///absolute/path`.")
    if parts.scheme in {"redis", "rediss"} and path and not _is_whole(path):
        raise UrlUnusable("The databases of Redis are numbers. Use a URL such as `redis://host:6379/0`.")
    _check_parameters(parts, _BROKER[parts.scheme])


def check_storage(text: str) -> None:
    """Return if the service can store files at this URL.

    Raises:
        UrlUnusable: If it cannot, wherever the storage may be.
    """
    scheme, _, rest = text.partition("://")
    if scheme == "file":
        if not rest.startswith("/") or not rest.strip("/"):
            raise UrlUnusable("This needs the absolute path of a folder, such as `file:///var/lib/netcoach/storage`.")
    elif scheme != "s3" or not _IN_BUCKET.fullmatch(rest):
        raise UrlUnusable("This must be a URL such as `file:///var/lib/netcoach/storage` or `s3://bucket/prefix`.")


def check_traces(text: str) -> None:
    """Return if traces may be sent to this URL.

    Raises:
        UrlUnusable: If they may not.
    """
    if not _split(text, TRACES_SCHEMES).hostname:
        raise UrlUnusable("This needs a host, such as `http://collector:4318`.")


def _split(text: str, schemes: tuple[str, ...] = ()) -> SplitResult:
    """The parts of a URL of one of these schemes; of none, any will do."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise UrlUnusable("This is not a valid URL.") from None
    if schemes and ("://" not in text or parts.scheme not in schemes):
        raise UrlUnusable(f"This must be a URL with the scheme {either(schemes)}.")
    return parts


def _check_parameters(parts: SplitResult, allowed: Mapping[str, _Parameter]) -> None:
    # With an `@` behind it, it may be a piece of a password that has a `?` in it.
    is_shown = "@" not in parts.query + parts.fragment
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        parameter = allowed.get(name)
        if parameter is None:
            unknown = f"The parameter `{name}`" if is_shown and name.isidentifier() else "One of the parameters"
            others = f"Use {either(sorted(allowed))}." if allowed else "Leave all parameters out."
            raise UrlUnusable(f"{unknown} is not supported for {parts.scheme}://. {others}")
        if not parameter.takes(value):
            raise UrlUnusable(f"The parameter `{name}` does not take this value. {parameter.wanted}")
