"""Examples of previews; a test sends every one of them."""

from typing import Any

from api.jobs.examples import JOBS

_SPEC = next(iter(JOBS.values()))["value"]

PREVIEWS: dict[str, dict[str, Any]] = {
    "defaults": {"summary": "A technique as it is by default", "value": {"spec": _SPEC}},
}
