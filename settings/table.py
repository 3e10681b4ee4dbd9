"""All settings as one table in Markdown."""

from pydantic.fields import FieldInfo

from settings.api import ApiSettings
from settings.declaring import Shown
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
                lines.append(f"| `{variable(name)}` | {owner} | {_default(field)} | {_described(field)} |")
    return "\n".join(lines) + "\n"


def _default(field: FieldInfo) -> str:
    for metadata in field.metadata:
        if isinstance(metadata, Shown):
            return metadata.default
    shown = f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
    return f"`{shown}`"


def _described(field: FieldInfo) -> str:
    """The docstring under the field, as one line."""
    return " ".join((field.description or "").split())
