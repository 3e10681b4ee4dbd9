"""Files sent to a service that is measured."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from bench.service import Running

_BOUNDARY = "boundary"


class DatasetUnreadable(Exception):
    """The file is not on this machine, or the service could not read it."""


def sent(running: Running, content: bytes, description: dict[str, Any] | None = None) -> str:
    """Uploads a file, and waits until it has been read.

    Args:
        running: Where to.
        content: Of the file.
        description: What the service cannot know of it.

    Returns:
        The id of the data set.

    Raises:
        DatasetUnreadable: If the service could not read it.
    """
    told = json.dumps(description or {}).encode()
    body = b"".join(
        [
            _head('name="description"'),
            told + b"\r\n",
            _head('name="file"; filename="file"'),
            content,
            f"\r\n--{_BOUNDARY}--\r\n".encode(),
        ]
    )
    connection = http.client.HTTPConnection(urlsplit(running.url).netloc, timeout=600)
    headers = {**running.headers, "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    try:
        connection.request("POST", "/v1/datasets", body, headers)
        dataset_id = json.loads(connection.getresponse().read())["id"]
    finally:
        connection.close()
    read = running.calls.get(f"/v1/datasets/{dataset_id}?wait_seconds=59")
    if read["status"] != "ready":
        raise DatasetUnreadable(read["error"] or read["status"])
    return dataset_id


def _head(disposition: str) -> bytes:
    return f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode()
