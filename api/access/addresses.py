"""Where a request came from: an IP address, whatever a proxy or a program of this machine says.

uvicorn takes the client's address from `X-Forwarded-For` where the peer is one of `FORWARDED_ALLOW_IPS`, as the text
that stands there.
"""

from collections.abc import MutableMapping
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from api.serving.protocol import CONNECTION_STATE

_MOST_CHARACTERS = 64
"""No address is longer, its zone included."""
_HOME_PREFIX = 64
"""Of IPv6: as much of it as one household or one machine is given, and may move in as it likes (RFC 6177)."""


def client_address(scope: MutableMapping[str, Any]) -> str | None:
    """The client's address in its canonical form; the peer's own where what was forwarded is none.

    None where the peer has none either, as on a Unix socket.
    """
    connection = scope.get("state", {}).get(CONNECTION_STATE)
    for said in (scope.get("client"), getattr(connection, "client", None)):
        if said is not None and (address := _canonical(str(said[0]))) is not None:
            return address
    return None


def neighbourhood(address: str) -> str:
    """What of an address is counted as one caller: all of IPv4, the network of IPv6."""
    if ":" not in address:
        return address
    return str(ip_network((address, _HOME_PREFIX), strict=False))


def _canonical(text: str) -> str | None:
    return None if len(text) > _MOST_CHARACTERS else _read(text)


@lru_cache(1024)
def _read(text: str) -> str | None:
    """The address; callers come again and again, and reading one costs as much as looking up its key."""
    try:
        # A zone is a name of the sender's own, of any characters.
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)
