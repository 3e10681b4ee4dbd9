"""Which of the media types that can be given a client would rather have (RFC 9110, section 12.5.1)."""

from collections.abc import Sequence

from starlette.requests import Request

from api.answers.errors import NotAcceptable


def negotiate(request: Request, offered: Sequence[str]) -> str:
    """The offered media type that the request's Accept header prefers; the first one where it has no preference.

    Raises:
        NotAcceptable: If it accepts none of them.
    """
    header = ",".join(request.headers.getlist("accept")).strip()
    if not header:
        return offered[0]
    wanted = [_parse(part) for part in header[:2000].split(",")]
    best = max(offered, key=lambda media_type: _quality(media_type, wanted))
    if _quality(best, wanted) <= 0:
        raise NotAcceptable(f"The `Accept` header allows none of the available media types: {', '.join(offered)}.")
    return best


def _parse(part: str) -> tuple[str, float]:
    media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return media_range, 0.0
            # What is no number between 0 and 1, NaN too, asks for nothing.
            return media_range, quality if 0 <= quality <= 1 else 0.0
    return media_range, 1.0


def _quality(media_type: str, wanted: Sequence[tuple[str, float]]) -> float:
    """The quality of the most specific range that covers the media type."""
    family = media_type.partition("/")[0]
    for media_range in (media_type, f"{family}/*", "*/*"):
        qualities = [quality for name, quality in wanted if name == media_range]
        if qualities:
            return max(qualities)
    return 0.0
