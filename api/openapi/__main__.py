"""``python -m api.openapi`` writes the OpenAPI document to ``docs/openapi.json``."""

from api.openapi.snapshot import SNAPSHOT, snapshot

SNAPSHOT.write_text(snapshot(), encoding="utf-8")
