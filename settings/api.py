"""What the API process is told."""

import ipaddress
import re
from functools import lru_cache

from pydantic import Field, field_validator

from settings.shared import SharedSettings

_REQUESTS_PER_SECOND = 100.0
_BURST_SECONDS = 10.0
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+")


@lru_cache(64)
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
    max_listeners: int = Field(
        default=2000,
        ge=1,
        le=100_000,
        description="Clients that may wait for news of a job, by streams or `wait_seconds`, in one process; "
        "others are answered with 503.",
    )
    max_project_listeners: int | None = Field(
        default=None,
        ge=1,
        le=100_000,
        description="How many of them may be one project's, where keys are asked for; others of its are answered with "
        "429. One key has half of that.",
        json_schema_extra={"shown_default": "a quarter"},
    )
    stream_seconds: float = Field(
        default=3600.0,
        ge=1.0,
        le=86_400.0,
        description="How long a stream of events may take; its client then connects again and goes on.",
    )
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
    read_timeout_seconds: float = Field(
        default=10.0,
        ge=0.1,
        le=600.0,
        description="How long the head of a request may take; its body may take as long again, and a second more for "
        "each 1,000 bytes that have come.",
    )
    write_timeout_seconds: float = Field(
        default=30.0,
        ge=0.1,
        le=600.0,
        description="A client that takes nothing of its answer for so long is let go.",
    )
    cors_origins: str = Field(
        default="",
        description="Origins whose pages may call the API from a browser, such as `https://lab.example.org`, with "
        "commas between them; no other's may.",
        json_schema_extra={"shown_default": "none"},
    )
    rate_limit_per_second: float | None = Field(
        default=None,
        ge=0.0,
        le=1e6,
        description="Calls of `/v1` that a project may send a second; a writing one counts as five. 0 is no limit.",
        json_schema_extra={"shown_default": "100; no limit on the home's own SQLite"},
    )
    rate_limit_burst: int | None = Field(
        default=None,
        ge=1,
        le=10**9,
        description="How many of them it may send at once after a pause.",
        json_schema_extra={"shown_default": "as many as ten seconds allow"},
    )
    quota_jobs_queued: int | None = Field(
        default=None,
        ge=0,
        description="Jobs that a project may have in the queue, unless `python -m api.projects` says otherwise of it.",
        json_schema_extra={"shown_default": "no limit"},
    )
    quota_stored_bytes: int | None = Field(
        default=None,
        ge=0,
        description="Bytes of artifacts and checkpoints that a project may keep and still make jobs, likewise.",
        json_schema_extra={"shown_default": "no limit"},
    )
    quota_epoch_samples_per_day: int | None = Field(
        default=None,
        ge=0,
        description="Training rows times epochs that a project may ask for within 24 hours, likewise.",
        json_schema_extra={"shown_default": "no limit"},
    )
    quota_database_bytes: int | None = Field(
        default=None,
        ge=0,
        description="Bytes of the database that a project's rows may take (specs, events, epochs, first answers, "
        "deliveries), likewise.",
        json_schema_extra={"shown_default": "no limit"},
    )

    @property
    def project_listeners(self) -> int:
        """How many clients of one project may wait at once in one process."""
        return self.max_project_listeners or -(-self.max_listeners // 4)

    @property
    def key_listeners(self) -> int:
        """How many that came with the same key."""
        return -(-self.project_listeners // 2)

    @property
    def rate_limit(self) -> tuple[float, float] | None:
        """Tokens a second and at most, of each caller's bucket; None without a limit."""
        per_second = self.rate_limit_per_second
        if per_second is None:
            per_second = 0.0 if self.is_embedded else _REQUESTS_PER_SECOND
        if not per_second:
            return None
        return per_second, float(self.rate_limit_burst or max(1.0, per_second * _BURST_SECONDS))

    @property
    def allowed_origins(self) -> list[str]:
        """``cors_origins`` one by one."""
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]

    @field_validator("cors_origins", mode="after")
    @classmethod
    def _exact_origins(cls, origins: str) -> str:
        for origin in origins.split(","):
            if origin.strip() and not _ORIGIN.fullmatch(origin.strip()):
                raise ValueError("an origin is a scheme, a host and perhaps a port: https://lab.example.org")
        return origins

    @property
    def is_keyless(self) -> bool:
        """Whether nobody is asked for a key: everything is on this machine, and nobody else can reach the address."""
        return self.is_embedded and is_loopback(self.host)
