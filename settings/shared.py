"""What every program of the service is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from settings import urls


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
        env_prefix="NETCOACH_", env_ignore_empty=True, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    home: Path = Field(
        default=Path(".netcoach"),
        validate_default=True,
        description="Folder for all state. It is created if it does not exist.",
    )
    database_url: SecretStr = Field(
        default_factory=_in_home("sqlite:///{}/netcoach.db"),
        description="`postgresql://…` or `sqlite:////absolute/path`.",
        json_schema_extra={"shown_default": "SQLite: `netcoach.db` in the home"},
    )
    broker_url: SecretStr = Field(
        default_factory=_in_home("redis+socket://{}/redis.sock"),
        description="`redis://…`, `rediss://…`, `redis+socket:///path` or `amqp://…`.",
        json_schema_extra={"shown_default": "Valkey on the unix socket `redis.sock` in the home"},
    )
    storage_url: SecretStr = Field(
        default_factory=_in_home("file://{}/storage"),
        description="Where artifacts are stored: `file:///path`, or `s3://bucket/prefix` with AWS's own variables. "
        "See [deployment](deployment.md#an-object-store).",
        json_schema_extra={"shown_default": "`storage` in the home"},
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The lowest level that is logged."
    )
    log_format: Literal["auto", "json", "plain"] = Field(
        default="auto", description="`auto` is `plain` on a terminal and `json` elsewhere."
    )

    traces_url: SecretStr | None = Field(
        default=None,
        description="Where OpenTelemetry traces are sent over HTTP, such as `http://collector:4318`. "
        "`OTEL_EXPORTER_OTLP_ENDPOINT` works, too.",
        json_schema_extra={"shown_default": "nowhere"},
    )
    quota_jobs_running: int | None = Field(
        default=None,
        ge=0,
        description="How many jobs of a project can run at once, unless `python -m api.projects` sets another limit "
        "for it. It must be the same for all programs.",
        json_schema_extra={"shown_default": "no limit"},
    )

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
