"""Examples of keys; a test sends every one of them."""

from typing import Any

KEYS: dict[str, dict[str, Any]] = {
    "submit": {
        "summary": "A key that can submit jobs and expires after 90 days",
        "value": {"name": "training script", "scopes": ["submit"], "expires_in_seconds": 7_776_000},
    },
}
