"""``python -m api.openapi`` writes the OpenAPI document to ``docs/openapi.json``, the snapshot a test compares."""

import json
from pathlib import Path

from api.app import routed

SNAPSHOT = Path(__file__).parents[2] / "docs" / "openapi.json"


def snapshot() -> str:
    """The document as the snapshot holds it."""
    return json.dumps(routed().openapi(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SNAPSHOT.write_text(snapshot(), encoding="utf-8")
