"""The port the API will listen on."""

import errno
import os
import socket

from launch.errors import UnusableSetting


def choose_port(host: str, port: int) -> int:
    """The port itself if it can be listened on; a free one if it is 0.

    Raises:
        UnusableSetting: If the address cannot be listened on.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise UnusableSetting(f'NETCOACH_HOST: "{host}" is not an address of this machine.') from None
    with socket.socket(family, kind, protocol) as listener:
        # As the server itself does: a port whose last connections are only just closed is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            raise UnusableSetting(_reason(error, host, port)) from None
        return listener.getsockname()[1]


def url_of(host: str, port: int) -> str:
    """The address to open on this machine."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- compared, not bound
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def _reason(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"NETCOACH_PORT: {port} is already in use on {host} by another program. Use 0 to choose a free port."
    if error.errno == errno.EADDRNOTAVAIL:
        return f'NETCOACH_HOST: "{host}" is not an address of this machine.'
    return f"NETCOACH_PORT: cannot listen on port {port} of {host}: {os.strerror(error.errno or 0)}."
