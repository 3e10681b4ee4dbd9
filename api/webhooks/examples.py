"""Examples of webhooks, and of their changes; a test sends every one of them."""

from typing import Any

WEBHOOKS: dict[str, dict[str, Any]] = {
    "failures": {
        "summary": "Notify about jobs that did not succeed",
        "value": {
            "url": "https://hooks.example.com/netcoach",
            "events": ["job.failed", "job.cancelled"],
            "description": "The team's channel",
        },
    },
}

WEBHOOK_CHANGES: dict[str, dict[str, Any]] = {
    "off": {"summary": "Disable the webhook", "value": {"is_enabled": False}},
}
