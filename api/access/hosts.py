"""What a request's headers say of where it was meant to go, and of where it came from."""

import re
from collections.abc import Sequence

from settings.api import is_loopback

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[0-9a-z.-]+)(?::[0-9]{1,5})?", re.IGNORECASE)


def is_own(hosts: Sequence[str]) -> bool:
    """Whether the Host headers of a request, of which there is one, name this machine by a loopback name or address.

    Which port they name is not looked at: a tunnel has its own, and a page that an attacker sends from another port
    gives itself away by its origin.
    """
    found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    if found is None:
        return False
    name = found[1].strip("[]").lower()
    return name.endswith(".localhost") or is_loopback(name)


def is_same(origin: str, host: str) -> bool:
    """Whether an Origin header is that of the pages which this host serves."""
    # As texts: browsers write both the same way, and what cannot be read as a URL is another origin.
    return origin.lower() in {f"http://{host}".lower(), f"https://{host}".lower()}
