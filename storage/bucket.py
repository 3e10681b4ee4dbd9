"""A store that is a bucket of S3, or of anything that speaks its language."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs] - botocore carries none

from storage.bucket_client import Client, code_of, status_of, translated
from storage.bucket_writing import BucketWriter
from storage.errors import FileMissing, StorageUnavailable
from storage.files import Backend, Entry, Reader, Writer
from storage.keys import BadKey, checked

PAGE_ITEMS = 1_000
"""As many as S3 lists, and deletes, at once."""
_NOT_FOUND = 404
_NOT_IMPLEMENTED = 501


class Bucket(Backend):
    """Objects of one bucket beneath one prefix."""

    def __init__(self, name: str, prefix: str) -> None:
        self._name = name
        self._prefix = f"{prefix}/" if prefix else ""
        self._client = Client()

    def write(self, key: str) -> Writer:
        """A writer of this key."""
        return BucketWriter(self._client, self._name, self._prefix + key, key)

    def open(self, key: str, first_byte: int, size_bytes: int | None) -> Reader:
        """A reader of this key."""
        if size_bytes == 0:
            self.size(key)
            return _BucketReader(key, None)
        last_byte = "" if size_bytes is None else first_byte + size_bytes - 1
        part = {"Range": f"bytes={first_byte}-{last_byte}"} if first_byte or size_bytes is not None else {}
        with translated(key, "read"):
            try:
                answer = self._client.call("get_object", Bucket=self._name, Key=self._prefix + key, **part)
            except ClientError as error:
                if code_of(error) != "InvalidRange":
                    raise
                return _BucketReader(key, None)  # behind the end
            reader = _BucketReader(key, answer["Body"])
            try:
                _require_tag(answer)
            except KeyError:
                reader.close()  # what somebody else sent is not read, and its connection not kept
                raise
            return reader

    def size(self, key: str) -> int:
        """How long the file is."""
        with translated(key, "read"):
            try:
                found = self._client.call("head_object", Bucket=self._name, Key=self._prefix + key)
                _require_tag(found)
                return int(found["ContentLength"])
            except ClientError as error:
                if status_of(error) != _NOT_FOUND:
                    raise
            # The answer to HEAD has no body, so it does not say what is missing: the file or the bucket.
            self._client.call("head_bucket", Bucket=self._name)
        raise FileMissing(key)

    def entries(self, prefix: str | None) -> Iterator[Entry]:
        """What there is."""
        for item in self._objects(prefix, "listed"):
            key = str(item["Key"]).removeprefix(self._prefix)
            try:
                checked(key)
            except BadKey:
                continue  # not from here
            yield Entry(key, int(item["Size"]), item["LastModified"])

    def delete(self, key: str) -> None:
        """Remove one file."""
        with translated(key, "deleted"):
            self._client.call("delete_object", Bucket=self._name, Key=self._prefix + key)

    def delete_prefix(self, prefix: str) -> None:
        """Remove all beneath it."""
        for page in self._pages("list_objects_v2", f"{prefix}/", prefix, "deleted"):
            if found := [{"Key": item["Key"]} for item in page.get("Contents", ())]:
                self._delete_all(prefix, found)
        for upload in self._uploads(f"{prefix}/", prefix):
            self._abort(upload)

    def remove_unfinished(self, older_than_seconds: float) -> int:
        """Remove what dead writers left."""
        before, removed = datetime.now(UTC) - timedelta(seconds=older_than_seconds), 0
        for upload in self._uploads("", "the storage"):
            if upload["Initiated"] < before:
                self._abort(upload)
                removed += 1
        return removed

    def _objects(self, prefix: str | None, act: str) -> Iterator[dict[str, Any]]:
        beneath = "" if prefix is None else f"{prefix}/"
        for page in self._pages("list_objects_v2", beneath, prefix or "the storage", act):
            yield from page.get("Contents", ())

    def _uploads(self, beneath: str, subject: str) -> Iterator[dict[str, Any]]:
        for page in self._pages("list_multipart_uploads", beneath, subject, "cleared up"):
            yield from page.get("Uploads", ())

    def _pages(self, operation: str, beneath: str, subject: str, act: str) -> Iterator[dict[str, Any]]:
        place: dict[str, str] = {}
        while True:
            with translated(subject, act):
                page = self._page(operation, beneath, place)
                is_more = page["IsTruncated"]  # an answer without it is not S3's
                place = {asked: page[told] for told, asked in _PLACES[operation].items() if is_more and page.get(told)}
            yield page
            if not place:
                return

    def _page(self, operation: str, beneath: str, place: dict[str, str]) -> dict[str, Any]:
        size = {_SIZES[operation]: PAGE_ITEMS}
        try:
            return self._client.call(operation, Bucket=self._name, Prefix=self._prefix + beneath, **size, **place)
        except ClientError as error:
            if operation != "list_multipart_uploads" or status_of(error) != _NOT_IMPLEMENTED:
                raise
            return {"IsTruncated": False}  # such a store has to see to what is unfinished by itself

    def _delete_all(self, prefix: str, found: list[dict[str, str]]) -> None:
        with translated(prefix, "deleted"):
            answer = self._client.call("delete_objects", Bucket=self._name, Delete={"Objects": found, "Quiet": True})
        if answer.get("Errors"):
            raise StorageUnavailable(
                f"Storage error: {prefix} could not be deleted: {len(answer['Errors'])} files are left."
            )

    def _abort(self, upload: dict[str, Any]) -> None:
        with translated("an unfinished file", "deleted"):
            try:
                self._client.call(
                    "abort_multipart_upload", Bucket=self._name, Key=upload["Key"], UploadId=upload["UploadId"]
                )
            except ClientError as error:
                if code_of(error) != "NoSuchUpload":
                    raise


_SIZES = {"list_objects_v2": "MaxKeys", "list_multipart_uploads": "MaxUploads"}
_PLACES = {
    "list_objects_v2": {"NextContinuationToken": "ContinuationToken"},
    "list_multipart_uploads": {"NextKeyMarker": "KeyMarker", "NextUploadIdMarker": "UploadIdMarker"},
}


def _require_tag(answer: dict[str, Any]) -> None:
    """Every object has one; what is sent without comes from somebody else, such as a proxy on the way."""
    _ = answer["ETag"]


class _BucketReader(Reader):
    def __init__(self, key: str, body: Any) -> None:  # noqa: ANN401 - botocore has no types
        self._key = key
        self._body = body

    def read(self, size_bytes: int = -1) -> bytes:
        if self._body is None:
            return b""
        with translated(self._key, "read"):
            return self._body.read(None if size_bytes < 0 else size_bytes)

    def close(self) -> None:
        if self._body is not None:
            self._body.close()
