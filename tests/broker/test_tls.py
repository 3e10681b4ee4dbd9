"""Over TLS a broker has to show a certificate that is trusted and its own."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.publisher import BrokerUnavailable, Publisher

ELSEWHERE = Path(__file__).parent / "certificates" / "elsewhere.pem"


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server that shows the certificate of another host."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ELSEWHERE)
    listener = socket.create_server(("127.0.0.1", 0))

    def shake_hands() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with contextlib.suppress(ssl.SSLError, ConnectionError), connection:
                    context.wrap_socket(connection, server_side=True).close()

    thread = threading.Thread(target=shake_hands)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


@pytest.mark.parametrize("scheme", ["rediss", "amqps"])
@pytest.mark.parametrize(
    ("is_trusted", "reason"), [(False, "self-signed certificate"), (True, "certificate is not valid for '127.0.0.1'")]
)
def test_a_certificate_that_is_not_trusted_or_another_hosts_is_refused(
    port: int, scheme: str, is_trusted: bool, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(ELSEWHERE))
    with pytest.raises(BrokerUnavailable) as caught:
        Publisher(f"{scheme}://127.0.0.1:{port}", timeout_seconds=1).ping()
    assert reason in str(caught.value.__cause__)
