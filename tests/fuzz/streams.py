"""Server-sent events as bytes: what any stream of a job's history must look like."""

import re
from typing import Any

from api.jobs.schemas import EventDocument, StreamedEpoch, StreamedEvent, StreamedProgress
from api.jobs.streams import MEDIA_TYPE
from db.jobs.events import ENDED
from tests.api.sse import Sent

ACCEPT = {"Accept": MEDIA_TYPE}
_RETRY = "retry: 2000"
_COMMENT = ":"
_PART = re.compile(r"(?:id: (?P<id>[^\n]+)\n)?event: (?P<event>[^\n]+)\ndata: (?P<data>[^\n]+)")


def read_stream(body: bytes) -> list[Sent]:
    """What was sent with an id, in its order; each part of the stream must be whole, and say what its name says."""
    assert body.endswith(b"\n\n"), body[-200:]
    first, *parts = body.decode().removesuffix("\n\n").split("\n\n")
    assert first == _RETRY, first
    told = [_read_part(part) for part in parts if part != _COMMENT]
    sent = [one for one in told if one.id]
    events = [int(one.id.partition("-")[0].removeprefix("e")) for one in sent]
    assert events == sorted(events), events
    assert len({one.id for one in sent}) == len(sent), "each place is one"
    assert all(one.type not in ENDED.values() for one in told[:-1]), "nothing follows the end"
    return sent


def _read_part(part: str) -> Sent:
    match = _PART.fullmatch(part)
    assert match is not None, part
    fields: dict[str, Any] = {name: value for name, value in match.groupdict().items() if value is not None}
    document = StreamedEvent.model_validate(fields).data
    one = Sent(match["event"], match["id"] or "", document.model_dump(mode="json"))
    match document:
        case StreamedProgress():
            assert (one.type, one.id) == ("progress", "")
        case StreamedEpoch():
            assert one.type == "epoch"
            assert one.id.endswith(f"-{document.epoch}")
        case EventDocument():
            assert one.type == document.type
            assert one.id.startswith(f"e{document.id}-")
    return one
