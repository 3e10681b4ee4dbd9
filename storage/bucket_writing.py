"""A file on its way into a bucket: one request if it is small, the parts of a multipart upload if it is not."""

import io
import secrets
from contextlib import suppress
from typing import Any

from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs] - botocore carries none
    BotoCoreError,
    ClientError,
)

from storage.bucket_client import Client, code_of, translated
from storage.errors import FileAlreadyStored, FileMissing, StorageUnavailable
from storage.files import Writer

PART_BYTES = 8 * 2**20
"""All parts but the last: some stores want them alike, AWS at least 5 MiB. With its 10,000 parts a file may have
78 GiB."""
_WRITER = "writer"


class BucketWriter(Writer):
    """Holds one part in memory."""

    def __init__(self, client: Client, bucket: str, name: str, key: str) -> None:
        """Does nothing yet.

        Args:
            client: Of S3.
            bucket: Its bucket.
            name: The object's, with the prefix.
            key: The store's.
        """
        super().__init__(key)
        self._client = client
        self._object = {"Bucket": bucket, "Key": name}
        # By it a writer knows its own object, should the answer to its last request be lost.
        self._token = secrets.token_hex(16)
        self._buffer = bytearray()
        self._upload_id: str | None = None
        self._parts: list[dict[str, Any]] = []

    def _append(self, piece: bytes) -> None:
        self._buffer += piece
        while len(self._buffer) >= PART_BYTES:
            self._send_part(bytes(self._buffer[:PART_BYTES]))
            del self._buffer[:PART_BYTES]

    def _send_part(self, part: bytes) -> None:
        with translated(self.key, "stored"):
            if self._upload_id is None:
                begun = self._client.call("create_multipart_upload", **self._object, Metadata={_WRITER: self._token})
                self._upload_id = str(begun["UploadId"])
            number = len(self._parts) + 1
            sent = self._client.call(
                "upload_part", **self._object, UploadId=self._upload_id, PartNumber=number, Body=_sendable(part)
            )
            self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})

    def _publish(self, *, if_absent: bool) -> None:
        condition = {"IfNoneMatch": "*"} if if_absent else {}
        if self._upload_id is not None and self._buffer:
            self._send_part(bytes(self._buffer))
            self._buffer.clear()
        with translated(self.key, "stored"):
            try:
                self._send_last(condition)
            except ClientError as error:
                self._settle(error)
            except BotoCoreError:
                if not self._is_stored():
                    raise

    def _send_last(self, condition: dict[str, str]) -> None:
        if self._upload_id is None:
            body = _sendable(bytes(self._buffer))
            metadata = {_WRITER: self._token}
            done = self._client.call("put_object", **self._object, **condition, Body=body, Metadata=metadata)
            _ = done["ETag"]  # what is answered without one is not S3's answer
            return
        done = self._client.call(
            "complete_multipart_upload",
            **self._object,
            **condition,
            UploadId=self._upload_id,
            MultipartUpload={"Parts": self._parts},
        )
        _ = done["ETag"]

    def _settle(self, error: ClientError) -> None:
        """The request was refused; or its second try was, because the first had succeeded and the answer was lost."""
        if code_of(error) not in {"PreconditionFailed", "NoSuchUpload"}:
            raise error
        if self._is_stored():
            return
        if code_of(error) == "PreconditionFailed":
            raise FileAlreadyStored(self.key) from None
        raise error

    def _is_stored(self) -> bool:
        with suppress(ClientError, BotoCoreError, FileMissing):
            found = self._client.call("head_object", **self._object)
            return found.get("Metadata", {}).get(_WRITER) == self._token
        return False

    def _discard(self) -> None:
        self._buffer.clear()
        if self._upload_id is None:
            return
        # What stays is found by `remove_unfinished`.
        with suppress(StorageUnavailable), translated(self.key, "aborted"):
            self._client.call("abort_multipart_upload", **self._object, UploadId=self._upload_id)


def _sendable(part: bytes) -> io.BytesIO:
    """As a file it is sent in small pieces, each of which has the whole time-out; bytes have it but once for all."""
    return io.BytesIO(part)
