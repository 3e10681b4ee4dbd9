"""Which addresses a webhook may have: its URL when it is made, and what the URL's name leads to when it is used."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpcore

MAX_URL_CHARACTERS = 2_000
HTTPS_PORT = 443
FIRST_FREE_PORT = 1024
"""Below it lie mail, shells and the like, which nobody is told of jobs by."""

_PRINTABLE = re.compile(r"[!-\[\]-~]+")
_AUTHORITY = re.compile(r"[a-z]+://([^/?#]*)", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": HTTPS_PORT}
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NEVER_V6 = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_NEVER_V4 = tuple(IPv4Network(text) for text in ("192.0.0.0/24", "192.88.99.0/24"))


class UrlRefused(Exception):
    """A URL that no webhook may have; the message says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Target:
    """Where a message goes; ``authority`` is what the request names as its host."""

    url: httpcore.URL
    authority: str


def target_of(url: str, *, is_private_allowed: bool) -> Target:
    """Read a webhook's URL, by the same reader that connects.

    Args:
        url: ``https://name/path``.
        is_private_allowed: Whether it may be http, lead to any port, and to an address that is not public.

    Raises:
        UrlRefused: If no webhook may have it.
    """
    if len(url) > MAX_URL_CHARACTERS:
        raise UrlRefused("url_too_long", f"The URL can have at most {MAX_URL_CHARACTERS:,} characters.")
    authority = _AUTHORITY.match(url)
    if authority is None or not _PRINTABLE.fullmatch(url):
        raise UrlRefused(
            "url", "This must be a URL such as `https://example.com/hook`, in ASCII. Write other host names as `xn--…`."
        )
    if "@" in authority[1]:
        raise UrlRefused("url_userinfo", "The URL must not contain a user name or password.")
    if "#" in url:
        raise UrlRefused("url_fragment", "The URL must not have a fragment (`#…`).")
    try:
        read = httpcore.URL(url)
    except ValueError:
        raise UrlRefused("url", "This is not a valid URL: its host or port cannot be read.") from None
    scheme, host = read.scheme.decode(), read.host.decode()
    if scheme not in ({"https", "http"} if is_private_allowed else {"https"}):
        raise UrlRefused("url_scheme", "The scheme of the URL must be `https`.")
    if not host:
        raise UrlRefused("url", "The URL must have a host.")
    port = _DEFAULT_PORTS[scheme] if read.port is None else read.port
    if port == 0 or not (is_private_allowed or port == HTTPS_PORT or port >= FIRST_FREE_PORT):
        raise UrlRefused("url_port", f"The port of the URL must be {HTTPS_PORT}, or {FIRST_FREE_PORT} or above.")
    if not is_private_allowed and (host.rstrip(".").endswith("localhost") or _is_private_literal(host)):
        raise UrlRefused("private_address", "The URL must have a public address.")
    return Target(read, authority[1])


def is_public(address: str) -> bool:
    """Whether an address lies on the public internet, as a whole and by every way it may be written.

    Of IPv6 that is global unicast without the ranges that lead elsewhere: documentation, 6to4, Teredo and other
    protocol assignments. Addresses that carry one of IPv4 (mapped, compatible, NAT64) lie outside of it.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv4Address):
        is_known_elsewhere = any(ip in network for network in _NEVER_V4)
    else:
        is_known_elsewhere = ip not in _GLOBAL_UNICAST or any(ip in network for network in _NEVER_V6)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not is_known_elsewhere


def _is_private_literal(host: str) -> bool:
    try:
        ip: IPv4Address | IPv6Address = ip_address(host)
    except ValueError:
        return False
    return not is_public(str(ip))
