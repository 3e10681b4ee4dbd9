"""Calls to the API from this same machine."""

import http.client
import json
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit


class CallRefused(Exception):
    """The API answered with a problem.

    Attributes:
        status: The HTTP status.
        problem: The problem document, empty if the answer was none.
    """

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(
            str(problem.get("detail") or problem.get("title") or f"The API responded with status {status}.")
        )
        self.status = status
        self.problem = problem


class Calls:
    """JSON in, JSON out, to one address; no proxy of the environment is asked."""

    def __init__(self, url: str, timeout_seconds: float = 10, headers: Mapping[str, str] | None = None) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port
        self._timeout_seconds = timeout_seconds
        self._headers = dict(headers or {})

    def get(self, path: str) -> Any:  # noqa: ANN401 -- JSON
        """What the path answers.

        Raises:
            CallRefused: If it answers with a status of 400 or more.
            OSError: If nobody answers.
        """
        return self._call("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 -- JSON
        """What the path answers to this body; raises as `get` does."""
        return self._call("POST", path, json.dumps(body))

    def _call(self, method: str, path: str, body: str | None) -> Any:  # noqa: ANN401 -- JSON
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_seconds)
        try:
            headers = {**self._headers, "Content-Type": "application/json"} if body else self._headers
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        except http.client.HTTPException as error:
            raise ConnectionError(f"The connection was lost during {method} {path}.") from error
        finally:
            connection.close()
        answer = _parsed(content)
        if response.status >= http.client.BAD_REQUEST:
            raise CallRefused(response.status, cast("dict[str, Any]", answer) if isinstance(answer, dict) else {})
        return answer


def _parsed(content: bytes) -> Any:  # noqa: ANN401 -- JSON
    try:
        return json.loads(content)
    except ValueError:
        return None
