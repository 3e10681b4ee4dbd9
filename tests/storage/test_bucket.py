"""What is a bucket's alone: pages, and names."""

from pathlib import Path

import pytest

from storage import bucket as buckets
from storage.store import Store
from tests.services.s3 import BUCKET, S3Server


def test_more_files_than_a_page_holds_are_listed_and_deleted(
    bucket: Store, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "PAGE_ITEMS", 2)
    source.write_bytes(b"x")
    keys = [f"a/{number}" for number in range(5)]
    for key in (*keys, "b"):
        bucket.put(key, source)
    assert [entry.key for entry in bucket.list("a")] == keys
    bucket.delete_prefix("a")
    assert [entry.key for entry in bucket.list()] == ["b"]


def test_a_new_server_holds_nothing_of_an_earlier_one(s3: S3Server) -> None:
    s3.client.put_object(Bucket=BUCKET, Key="some/where/left", Body=b"x")
    with S3Server() as another:
        assert another.names() == []


def test_what_others_keep_in_the_bucket_is_let_be(s3: S3Server, bucket: Store, source: Path) -> None:
    others = ["another", "some/where else/a", "some/where/.hidden", "some/wherever/a"]
    for name in others:
        s3.client.put_object(Bucket=BUCKET, Key=name, Body=b"x")
    s3.client.create_multipart_upload(Bucket=BUCKET, Key="some/wherever/b")
    bucket.put("a", source)
    assert [entry.key for entry in bucket.list()] == ["a"]
    bucket.delete_prefix("a")
    bucket.delete("a")
    assert bucket.remove_unfinished(-60) == 0
    assert sorted(s3.names()) == sorted(others)
    assert len(s3.uploads()) == 1
