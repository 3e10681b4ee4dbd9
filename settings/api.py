"""What the API process is told."""

from pydantic import Field

from settings.shared import SharedSettings


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
