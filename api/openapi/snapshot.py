"""The OpenAPI document as ``docs/openapi.json`` holds it, for a test to compare."""

import json
from pathlib import Path

from api.app import routed

SNAPSHOT = Path(__file__).parents[2] / "docs" / "openapi.json"


def snapshot() -> str:
    """The document as the snapshot holds it."""
    return json.dumps(routed().openapi(), indent=1, ensure_ascii=False) + "\n"
