import pytest
from starlette.requests import Request

from api.answers.errors import NotAcceptable
from api.requests.negotiation import negotiate

OFFERED = ("application/json", "text/csv", "application/x-ndjson")


def chosen(*accept: str) -> str:
    headers = [(b"accept", value.encode()) for value in accept]
    return negotiate(Request({"type": "http", "headers": headers}), OFFERED)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ((), "application/json"),
        (("*/*",), "application/json"),
        (("text/csv",), "text/csv"),
        (("text/*",), "text/csv"),
        (("TEXT/CSV; charset=utf-8",), "text/csv"),
        (("application/*",), "application/json"),
        (("application/x-ndjson",), "application/x-ndjson"),
        (("text/csv;q=0.5, application/x-ndjson;q=0.9",), "application/x-ndjson"),
        (("application/json;q=0, */*",), "text/csv"),
        (("text/html,application/xhtml+xml,*/*;q=0.8",), "application/json"),
        (("image/png", "text/csv"), "text/csv"),
        (("text/csv;q=nan, application/x-ndjson;q=0.1",), "application/x-ndjson"),
    ],
)
def test_the_preferred_format_is_given(accept: tuple[str, ...], expected: str) -> None:
    assert chosen(*accept) == expected


@pytest.mark.parametrize("accept", ["image/png", "text/csv;q=0", "*/*;q=0", "text/csv;q=high"])
def test_what_cannot_be_given_is_refused(accept: str) -> None:
    with pytest.raises(NotAcceptable, match="text/csv"):
        chosen(accept)
