"""The first rows of a data set, and how a file would be read, over HTTP from files that a worker reads."""

import httpx
import numpy as np

from tests.api.service import assert_problem
from tests.data.senders import FORM, PART, TUS, form
from tests.data.served import Served
from tests.reader.files import npz, picture, zip_of

TABLE = b"weight,fruit,picked\n1.5,apple,2026-01-31\n,pear,2026-02-01\n3,plum,\n"
ROWS = [[1.5, "apple", "2026-01-31"], [None, "pear", "2026-02-01"], [3, "plum", None]]
DRY = "/v1/datasets?dry_run=true"


def ids_of(reading: Served) -> list[str]:
    return [one["id"] for one in reading.client.get("/v1/datasets", params={"limit": 100}).json()["data"]]


def kept_bytes(reading: Served) -> int:
    (quota,) = (one for one in reading.client.get("/v1/limits").json()["quotas"] if one["name"] == "stored_bytes")
    return quota["used"]


def test_the_first_rows(reading: Served) -> None:
    told = reading.told(reading.send(TABLE))
    path = f"/v1/datasets/{told['id']}/preview"
    answer = reading.client.get(path)
    assert answer.json() == {
        "object": "preview",
        "columns": ["weight", "fruit", "picked"],
        "rows": ROWS,
        "row_numbers": [1, 2, 3],
        "total_rows": 3,
        "shortened": [],
    }
    again = reading.client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
    one = reading.client.get(path, params={"limit": 1})
    assert (one.json()["rows"], one.json()["row_numbers"], one.json()["total_rows"]) == (ROWS[:1], [1], 3)
    assert one.headers["ETag"] != answer.headers["ETag"]
    for limit in ("0", "101", "a"):
        assert_problem(reading.client.get(path, params={"limit": limit}), 422, "invalid_query")
    assert reading.client.delete(f"/v1/datasets/{told['id']}").status_code == 204
    assert_problem(reading.client.get(path), 404, "dataset_not_found")


def test_pictures_are_shown_as_thumbnails(reading: Served) -> None:
    members = {f"{name}/{n}.png": picture(n, size=(300, 200)) for name in ("cat", "dog") for n in range(15)}
    told = reading.told(reading.send(zip_of(members)))
    shown = reading.client.get(f"/v1/datasets/{told['id']}/preview").json()
    assert (len(shown["rows"]), shown["row_numbers"][:3]) == (20, [1, 16, 2])
    first = shown["rows"][0]
    assert (first[0]["width"], first[0]["height"], first[1]) == (300, 200, "cat")
    assert first[0]["thumbnail"].startswith("data:image/png;base64,iVBORw0KGgo")


def test_a_dry_run_keeps_nothing(reading: Served) -> None:
    for dataset_id in ids_of(reading):
        reading.client.delete(f"/v1/datasets/{dataset_id}")
    reading.wait_until_empty()
    description = {"name": "fruits", "target": "fruit"}
    headers = {**FORM, "Idempotency-Key": "the same"}
    for _ in range(2):
        answer = reading.client.post(DRY, content=form(TABLE, description), headers=headers)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert (told["object"], told["id"], told["created_at"], told["dry_run"]) == ("dataset", None, None, True)
        assert (told["status"], told["name"], told["format"], told["rows"]) == ("ready", "fruits", "csv", 3)
        assert told["classes"] == ["apple", "pear", "plum"]
        assert [(column["name"], column["type"]) for column in told["columns"]] == [
            ("weight", "number"), ("fruit", "category"), ("picked", "date")
        ]  # fmt: skip
        assert (told["preview"]["rows"], told["description"], told["error"]) == (ROWS, description, None)
    broken = reading.send(b"a,b\n1,2\n3\n", None, DRY)
    assert broken.status_code == 200, broken.text
    assert (broken.json()["status"], broken.json()["preview"]) == ("failed", None)
    (fault,) = broken.json()["error"]["faults"]
    assert (fault["code"], fault["line"]) == ("ragged_row", 3)
    assert ids_of(reading) == []
    reading.wait_until_empty()
    assert kept_bytes(reading) == 0
    # The key is still free.
    made = reading.client.post("/v1/datasets", content=form(TABLE), headers=headers)
    assert made.status_code == 201
    kept = reading.told(made)
    assert kept["sha256"] == told["sha256"]
    # The same bytes stay where a data set has them.
    again = reading.send(TABLE, None, DRY).json()
    assert again["columns"] == kept["columns"]
    assert reading.result(kept["id"]).values("fruit") == ["apple", "pear", "plum"]
    # How else they would be read.
    otherwise = {"from": kept["id"], "description": {"columns": {"weight": {"type": "text"}}}}
    looked = reading.client.post(DRY, json=otherwise).json()
    assert (looked["columns"][0]["type"], looked["preview"]["rows"][0][0]) == ("text", "1.5")
    assert reading.client.delete(f"/v1/datasets/{kept['id']}").status_code == 204
    assert ids_of(reading) == []
    reading.wait_until_empty()


def test_a_dry_run_does_not_use_up_an_upload(reading: Served) -> None:
    made = reading.client.post("/v1/uploads", headers={**TUS, "Upload-Length": str(len(TABLE))})
    path = made.headers["Location"]
    refused = reading.client.post(DRY, json={"upload": path.removeprefix("/v1/uploads/")})
    assert_problem(refused, 409, "upload_incomplete")
    reading.client.patch(path, content=TABLE, headers={**PART, "Upload-Offset": "0"}).raise_for_status()
    body = {"upload": path.removeprefix("/v1/uploads/")}
    for _ in range(2):
        assert reading.client.post(DRY, json=body).json()["preview"]["rows"] == ROWS
    kept = reading.told(reading.client.post("/v1/datasets", json=body))
    assert kept["status"] == "ready"
    assert_problem(reading.client.post(DRY, json=body), 422, "invalid_body")


def test_bad_requests_are_refused_as_without_a_dry_run(reading: Served) -> None:
    def code_of(answer: httpx.Response) -> tuple[int, str]:
        return answer.status_code, answer.json()["code"]

    assert code_of(reading.send(b"", None, DRY)) == (422, "invalid_body")
    assert code_of(reading.send(TABLE, {"naem": "a"}, DRY)) == (422, "invalid_body")
    assert code_of(reading.client.post(DRY, json={"from": "ds_01jgz8q6v5x0r3w2m4n6p8s9tb"})) == (422, "invalid_body")
    assert code_of(reading.client.post("/v1/datasets?dry_run=maybe", json={})) == (422, "invalid_query")
    assert code_of(reading.client.post(f"{DRY}&wait_seconds=61", json={})) == (422, "invalid_query")


def test_the_same_bytes_are_read_otherwise_even_after_their_source_is_gone(reading: Served) -> None:
    source = reading.told(reading.send(npz(x=np.arange(4), y=np.array([0, 1, 2, 1]))))
    body = {"from": source["id"], "description": {"columns": {"y": {"type": "category"}}, "target": "y"}}
    answer = reading.client.post("/v1/datasets", json=body)
    assert reading.client.delete(f"/v1/datasets/{source['id']}").status_code == 204
    told = reading.told(answer)
    assert (told["status"], told["classes"], told["sha256"]) == ("ready", ["0", "1", "2"], source["sha256"])
    assert_problem(reading.client.post("/v1/datasets", json=body), 422, "invalid_body")
    third = reading.told(reading.client.post("/v1/datasets", json={"from": told["id"]}))
    assert [column["type"] for column in third["columns"]] == ["number", "number"]
