"""What the API process is told."""

import ipaddress
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from settings.declaring import Listeners, Memory, Processes, Shown, Wait
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

    host: str = "127.0.0.1"
    """Address that the API listens on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """Port that the API listens on. 0 chooses a free port."""
    api_processes: Processes = 1
    """Number of processes that serve the API."""
    max_listeners: Listeners = 2000
    """How many clients can wait for news of jobs in one process, by streams or `wait_seconds`. Further ones get 503."""
    max_project_listeners: Annotated[Listeners | None, Shown("a quarter of them")] = None
    """How many of them can belong to one project, if keys are required. Further ones get 429. Each key can have half as
    many."""
    stream_seconds: Annotated[float, Field(ge=1.0, le=86_400.0)] = 3600.0
    """How long a stream of events can last. Its client then reconnects and continues."""
    max_body_bytes: Annotated[int, Field(ge=1024, le=2**30)] = 2**20
    """Largest request body. A larger one gets 413."""
    max_upload_bytes: Annotated[int, Field(ge=1024, le=2**40)] = 4 * 2**30
    """Largest file that can be uploaded. A larger one gets 413."""
    max_memory_bytes: Memory = 4 * 2**30
    """Largest estimate of the memory that a job needs. A job that needs more is refused."""
    webhooks_allow_private: bool = False
    """Whether webhooks can use any address: plain http, any port, this machine, and networks that are not public.
    Anyone who can create webhooks can then send requests to everything that the API can reach."""
    webhooks_timeout_seconds: Annotated[float, Field(ge=0.5, le=60.0)] = 15.0
    """How long a webhook can take to answer, including the DNS lookup and the connection."""
    read_timeout_seconds: Wait = 10.0
    """How long the head of a request can take. Its body can take as long again, and one more second for every 1,000
    bytes received."""
    write_timeout_seconds: Wait = 30.0
    """A client that reads nothing of its response for this long is disconnected."""
    cors_origins: Annotated[str, Shown("none")] = ""
    """Origins whose pages can call the API from a browser, separated by commas, such as `https://lab.example.org`."""
    web_folder: Annotated[Path, Shown("`web/dist` beside the code")] = Path(__file__).parents[1] / "web" / "dist"
    """Folder of the page that is served at `/`: `index.html` and `assets`, as its build left them. Without such a
    folder, `/` leads to `/docs`."""
    rate_limit_per_second: Annotated[
        float | None, Field(ge=0.0, le=1e6), Shown("100; no limit with the SQLite of the home")
    ] = None
    """How many requests to `/v1` a project can send per second. A request that writes counts as five. 0 means no
    limit."""
    rate_limit_burst: Annotated[int | None, Field(ge=1, le=10**9), Shown("as many as ten seconds allow")] = None
    """How many requests a project can send at once after a pause."""

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
                raise ValueError(
                    "Each origin must be a scheme and a host, and a port if needed, such as "
                    "`https://lab.example.org`. "
                    "Write commas between several."
                )
        return origins

    @property
    def is_keyless(self) -> bool:
        """Whether nobody is asked for a key: everything is on this machine, and nobody else can reach the address."""
        return self.is_embedded and is_loopback(self.host)
