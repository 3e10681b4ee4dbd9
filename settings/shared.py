"""What every program of the service is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from settings import urls
from settings.declaring import Limit, Shown


def _in_home(pattern: str) -> Callable[[dict[str, Any]], SecretStr]:
    """A default that lies within the home; ``pattern`` has one place for the home's path."""

    def default(validated: dict[str, Any]) -> SecretStr:
        return SecretStr(pattern.format(validated["home"]))

    return default


class SharedSettings(BaseSettings):
    """Where the state lies and how a program logs.

    The URLs may hold passwords, so they are secrets: they print as asterisks, and
    ``get_secret_value()`` gives the text.
    """

    model_config = SettingsConfigDict(
        env_prefix="NETCOACH_",
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    home: Path = Field(default=Path(".netcoach"), validate_default=True)
    """Folder for all state. It is created if it does not exist."""
    database_url: Annotated[SecretStr, Shown("SQLite: `netcoach.db` in the home")] = Field(
        default_factory=_in_home("sqlite:///{}/netcoach.db")
    )
    """`postgresql://…` or `sqlite:////absolute/path`."""
    broker_url: Annotated[SecretStr, Shown("Valkey on the unix socket `redis.sock` in the home")] = Field(
        default_factory=_in_home("redis+socket://{}/redis.sock")
    )
    """`redis://…`, `rediss://…`, `redis+socket:///path` or `amqp://…`."""
    storage_url: Annotated[SecretStr, Shown("`storage` in the home")] = Field(
        default_factory=_in_home("file://{}/storage")
    )
    """Where artifacts are stored: `file:///path`, or `s3://bucket/prefix` with AWS's own variables. See
    [deployment](deployment.md#an-object-store)."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The lowest level that is logged."""
    log_format: Literal["auto", "json", "plain"] = "auto"
    """`auto` is `plain` on a terminal and `json` elsewhere."""

    traces_url: Annotated[SecretStr | None, Shown("nowhere")] = None
    """Where OpenTelemetry traces are sent over HTTP, such as `http://collector:4318`. `OTEL_EXPORTER_OTLP_ENDPOINT`
    works, too."""
    quota_jobs_running: Limit = None
    """How many jobs of a project can run at once, unless `python -m api.projects` sets another limit for it. It must be
    the same for all programs."""
    quota_jobs_queued: Limit = None
    """How many jobs a project can have in the queue, unless `python -m api.projects` sets another limit for it."""
    quota_stored_bytes: Limit = None
    """How many bytes of artifacts, checkpoints and uploaded files a project can have before it can create no more jobs
    and send no more files, unless `python -m api.projects` sets another limit for it."""
    quota_epoch_samples_per_day: Limit = None
    """How many training rows times epochs a project can request within 24 hours, unless `python -m api.projects` sets
    another limit for it."""
    quota_database_bytes: Limit = None
    """How many bytes of the database the rows of a project can use (specs, events, epochs, data sets, stored
    responses, deliveries), unless `python -m api.projects` sets another limit for it."""

    @property
    def is_embedded(self) -> bool:
        """Whether the database is the home's own SQLite: everything runs on this one machine."""
        return "database_url" not in self.model_fields_set

    @field_validator("home", mode="after")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        # Programs of one service may start in different folders, and URLs need an absolute path.
        return home.expanduser().resolve()

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _lower(cls, word: object) -> object:
        return word.lower() if isinstance(word, str) else word

    @field_validator("database_url", mode="after")
    @classmethod
    def _known_database(cls, url: SecretStr) -> SecretStr:
        return _usable(url, urls.check_database)

    @field_validator("broker_url", mode="after")
    @classmethod
    def _known_broker(cls, url: SecretStr) -> SecretStr:
        return _usable(url, urls.check_broker)

    @field_validator("traces_url", mode="after")
    @classmethod
    def _known_traces(cls, url: SecretStr | None) -> SecretStr | None:
        return url and _usable(url, urls.check_traces)

    @field_validator("storage_url", mode="after")
    @classmethod
    def _known_storage(cls, url: SecretStr) -> SecretStr:
        return _usable(url, urls.check_storage)


def _usable(url: SecretStr, check: Callable[[str], None]) -> SecretStr:
    """The URL itself.

    Raises:
        ValueError: If the check refuses it. The text is not repeated: it may hold a password.
    """
    check(url.get_secret_value())
    return url
