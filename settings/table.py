"""All settings as one table in Markdown."""

from typing import cast

from pydantic.fields import FieldInfo

from settings.api import ApiSettings
from settings.loading import variable
from settings.shared import SharedSettings
from settings.worker import WorkerSettings

_OWNERS = ((SharedSettings, "all"), (ApiSettings, "api"), (WorkerSettings, "worker"))


def table() -> str:
    """One row a variable: its name, the program that reads it, its default, its description."""
    lines = ["| Variable | Read by | Default | Description |", "|---|---|---|---|"]
    seen: set[str] = set()
    for settings, owner in _OWNERS:
        for name, field in settings.model_fields.items():
            if name not in seen:
                seen.add(name)
                lines.append(f"| `{variable(name)}` | {owner} | {_default(field)} | {field.description} |")
    return "\n".join(lines) + "\n"


def _default(field: FieldInfo) -> str:
    extra: object = field.json_schema_extra  # pyright: ignore[reportUnknownMemberType] - pydantic types it by a bare dict
    if isinstance(extra, dict):
        return str(cast("dict[str, object]", extra)["shown_default"])
    shown = f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
    return f"`{shown}`"
