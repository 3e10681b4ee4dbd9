"""A server that speaks S3: moto's, in a thread of the tests' own process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import botocore.session
import httpx
from botocore.config import Config
from moto.server import ThreadedMotoServer

BUCKET = "netcoach"
ACCESS_KEY_ID = "AKIATESTTESTTESTTEST"
SECRET_ACCESS_KEY = "secret-of-the-tests"  # noqa: S105 -- nothing is behind it
_EVERYONE = "Infinity"


class S3Server:
    """A running server with one bucket.

    Attributes:
        bucket: Its name. All servers of a process have one state, so another server's bucket has another name.
        port: Where it listens on this machine.
        client: Looks behind what the store shows.
    """

    def __init__(self, bucket: str = BUCKET) -> None:
        self.bucket = bucket
        self._server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self._server.start()
        self.port: int = self._server.get_host_and_port()[1]
        self.client: Any = botocore.session.get_session().create_client(
            "s3",
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            config=Config(max_pool_connections=2),
        )
        self.client.create_bucket(Bucket=self.bucket)
        # What an earlier server was given is still here.
        self.empty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self._server.stop()

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self, port: int | None = None) -> dict[str, str]:
        """The variables of a program that stores here; through a proxy on ``port``, if one is given."""
        return environment(f"http://127.0.0.1:{self.port if port is None else port}")

    def empty(self) -> None:
        """Leave nothing in the bucket."""
        for item in self.client.list_objects_v2(Bucket=self.bucket).get("Contents", ()):
            self.client.delete_object(Bucket=self.bucket, Key=item["Key"])
        for upload in self.uploads():
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=upload["Key"], UploadId=upload["UploadId"])

    def names(self) -> list[str]:
        """The names of all objects."""
        return [item["Key"] for item in self.client.list_objects_v2(Bucket=self.bucket).get("Contents", ())]

    def uploads(self) -> list[dict[str, Any]]:
        """The multipart uploads that nobody completed or aborted."""
        return self.client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Meanwhile it looks at credentials, and knows nobody."""
        self._reset_auth("0")
        try:
            yield
        finally:
            self._reset_auth(_EVERYONE)

    def _reset_auth(self, actions_without: str) -> None:
        httpx.post(f"{self.url}/moto-api/reset-auth", content=actions_without).raise_for_status()


def environment(endpoint: str) -> dict[str, str]:
    """The variables of a program whose S3 is there; it looks nowhere else for what it needs."""
    return {
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
