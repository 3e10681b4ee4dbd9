"""What the API process is told."""

import ipaddress

from pydantic import Field

from settings.shared import SharedSettings


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is one by which only this machine can reach itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class ApiSettings(SharedSettings):
    """Where the API listens and what it takes."""

    host: str = Field(default="127.0.0.1", description="Address the API listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port the API listens on; 0 asks for a free one.")
    api_processes: int = Field(default=1, ge=1, le=256, description="Processes that serve the API.")
    max_body_bytes: int = Field(
        default=2**20, ge=1024, le=2**30, description="Largest body of a request; a larger one is answered with 413."
    )
    max_memory_bytes: int = Field(
        default=4 * 2**30,
        ge=2**20,
        description="Largest memory estimate of a job's network; one above it is refused.",
    )
    webhooks_allow_private: bool = Field(
        default=False,
        description="Whether webhooks may lead to any address: plain http, any port, this machine and networks that "
        "are not public. Whoever may make webhooks can then send requests to all that the API can reach.",
    )
    webhooks_timeout_seconds: float = Field(
        default=15.0,
        ge=0.5,
        le=60.0,
        description="How long a webhook may take to answer, its name's look-up and the connection included.",
    )

    @property
    def is_keyless(self) -> bool:
        """Whether nobody is asked for a key: everything is on this machine, and nobody else can reach the address."""
        return self.is_embedded and is_loopback(self.host)
