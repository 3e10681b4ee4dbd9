"""The client of S3, and what its errors mean.

Endpoint, region and credentials are found as AWS's own programs find them: ``AWS_ENDPOINT_URL_S3`` or
``AWS_ENDPOINT_URL``, ``AWS_REGION`` or ``AWS_DEFAULT_REGION``, ``AWS_ACCESS_KEY_ID`` and ``AWS_SECRET_ACCESS_KEY``, a
profile, a web identity, the role of the container or of the machine.
"""

import os
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import botocore.session  # pyright: ignore[reportMissingTypeStubs] - botocore carries none
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs] - as above
from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs] - as above
    BotoCoreError,
    ClientError,
    NoCredentialsError,
)
from botocore.parsers import ResponseParserError  # pyright: ignore[reportMissingTypeStubs] - as above
from urllib3.exceptions import HTTPError

from storage.errors import FileMissing, StorageFull, StorageUnavailable

CONNECT_SECONDS = 3.0
READ_SECONDS = 5.0
"""The longest silence before an answer or within it."""
TRIES = 2
"""Of each request, where another may help; so a store that swallows all is given up after some 12 seconds."""
CONNECTIONS = 32
DEFAULT_REGION = "us-east-1"

_CODE = re.compile(r"[A-Za-z0-9]{1,64}")
_FULL_CODES = frozenset({"QuotaExceeded", "XMinioStorageFull"})
"""As Ceph and MinIO call it; a bucket of AWS has no end."""


class Client:
    """botocore's client of S3, made at its first use. It may be used by several threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._client: Any = None  # botocore makes its methods as it runs: they have no types

    def call(self, operation: str, **arguments: Any) -> Any:  # noqa: ANN401 - as above
        """What S3 answers.

        Args:
            operation: botocore's name of it.
            arguments: Of the operation.
        """
        client = self._connected()
        try:
            return getattr(client, operation)(**arguments)
        except NoCredentialsError:
            # Those of a machine's role may come later, but a client looks for them once.
            self._client = None
            raise

    def _connected(self) -> Any:  # noqa: ANN401 - as above
        with self._lock:
            if self._client is None:
                self._client = _new_client()
            return self._client


def _new_client() -> Any:  # noqa: ANN401 - as above
    session: Any = botocore.session.get_session()  # pyright: ignore[reportUnknownMemberType] - untyped
    region = os.environ.get("AWS_REGION") or session.get_config_variable("region") or DEFAULT_REGION
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
        max_pool_connections=CONNECTIONS,
        # Checksums beyond what S3 demands are not understood by all that speak its language.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return session.create_client("s3", region_name=region, config=config)


def code_of(error: ClientError) -> str:
    """S3's word for what is wrong; of what is no such word, nothing."""
    answer: dict[str, Any] = error.response  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - untyped
    code = str(answer.get("Error", {}).get("Code", ""))
    return code if _CODE.fullmatch(code) else ""


def status_of(error: ClientError) -> int:
    """The status of the answer; 0 where there is none."""
    answer: dict[str, Any] = error.response  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - untyped
    return int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


@contextmanager
def translated(subject: str, act: str) -> Generator[None]:
    """Makes an error of the store's of whatever goes wrong with a request. No text of the answer is repeated.

    Args:
        subject: What it is about: a key, or the storage.
        act: What cannot be done with it, as a participle.
    """
    try:
        yield
    except ClientError as error:
        code, status = code_of(error), status_of(error)
        if code == "NoSuchKey":
            raise FileMissing(subject) from None
        is_full = code in _FULL_CODES or status == HTTPStatus.INSUFFICIENT_STORAGE
        reason = code or f"status {status}"
        kind = StorageFull if is_full else StorageUnavailable
        raise kind(f"Storage error: {subject} could not be {act}: {reason}.") from error
    except (BotoCoreError, HTTPError, OSError, ResponseParserError, KeyError) as error:
        # A KeyError is of an answer that lacks what S3 always says.
        raise StorageUnavailable(f"Storage error: {subject} could not be {act}: {type(error).__name__}.") from error
