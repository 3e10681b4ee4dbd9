"""What is refused: every answer a problem document, never a 5xx, nothing written."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.service import Service, assert_problem

CORPUS = Path(__file__).parent.parent / "corpus" / "bad_jobs.json"
BAD_JOBS: list[dict[str, Any]] = json.loads(CORPUS.read_text(encoding="utf-8"))
JSON = {"Content-Type": "application/json"}
NO_JOB = "job_0" + "0" * 25


async def test_every_bad_job_is_told_all_its_faults_and_leaves_nothing(service: Service) -> None:
    before = await service.count_rows()
    for case in BAD_JOBS:
        answer = await service.client.post("/v1/jobs", content=json.dumps(case["body"]), headers=JSON)
        told = assert_problem(answer, 422, "invalid_body")["errors"]
        expected = sorted((fault["pointer"], fault["code"]) for fault in case["faults"])
        assert sorted((fault["pointer"], fault["code"]) for fault in told) == expected, case["why"]
        for fault in case["faults"]:
            (match,) = [one for one in told if (one["pointer"], one["code"]) == (fault["pointer"], fault["code"])]
            assert all(part in match["message"] for part in fault["message_contains"]), case["why"]
            if "suggestion" in fault:
                assert match["suggestion"] == fault["suggestion"], case["why"]
    assert len(BAD_JOBS) >= 60
    assert await service.count_rows() == before


async def test_a_dry_run_refuses_the_same(service: Service) -> None:
    for case in BAD_JOBS[::10]:
        answers = [
            await service.client.post(f"/v1/jobs{query}", content=json.dumps(case["body"]), headers=JSON)
            for query in ("", "?dry_run=true")
        ]
        assert answers[0].json()["errors"] == answers[1].json()["errors"]


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/jobs?dry_run=true", "/v1/networks/inspect"])
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param(b"", 400, "malformed_json", id="empty"),
        pytest.param(b'{"dataset": "digits", "netw', 400, "malformed_json", id="truncated"),
        pytest.param(b'{"dataset": "\xff"}', 400, "malformed_json", id="not UTF-8"),
        pytest.param(b"[" * 100_000, 422, "invalid_body", id="deep and open"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, 422, "invalid_body", id="deep"),
        pytest.param(b"[" + b"0," * 400_000 + b"0]", 422, "invalid_body", id="many values"),
        pytest.param(b'{"dataset": NaN}', 422, "invalid_body", id="NaN"),
        pytest.param(b'{"dataset": 1e999}', 422, "invalid_body", id="infinite"),
        pytest.param(b'{"name": "a\\u0000"}', 422, "invalid_body", id="NUL"),
        pytest.param(b'{"name": "\\ud800"}', 422, "invalid_body", id="half a pair"),
        pytest.param(b'{"training": {"epochs": ' + b"9" * 4000 + b"}}", 422, "invalid_body", id="huge integer"),
        pytest.param(b'{"training": {"epochs": ' + b"9" * 5000 + b"}}", 422, "invalid_body", id="unreadable integer"),
        pytest.param(b'{"dataset": "digits", "dataset": "iris"}', 422, "invalid_body", id="a key twice"),
        pytest.param(b"null", 422, "invalid_body", id="null"),
        pytest.param(b"[]", 422, "invalid_body", id="a list"),
        pytest.param(b'"job"', 422, "invalid_body", id="a text"),
        pytest.param(b"{}", 422, "invalid_body", id="nothing said"),
        pytest.param(b" " * 2**21, 413, "body_too_large", id="2 MiB"),
        pytest.param(b'{"name": "' + b"a" * 2**20 + b'"}', 413, "body_too_large", id="just too long"),
    ],
)
async def test_a_body_that_is_none_is_refused(service: Service, path: str, body: bytes, status: int, code: str) -> None:
    before = await service.count_rows()
    answer = await service.client.post(path, content=body, headers=JSON)
    told = assert_problem(answer, status, code)
    assert ("errors" in told) == (status == 422)
    assert await service.count_rows() == before


async def test_a_body_of_unknown_length_is_read_no_further_than_the_limit(service: Service) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(32):
            yield b" " * 2**16

    answer = await service.client.post("/v1/jobs", content=endless(), headers=JSON)
    assert_problem(answer, 413, "body_too_large")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
async def test_only_plain_json_is_read(service: Service, headers: dict[str, str]) -> None:
    answer = await service.client.post("/v1/jobs", content=b"{}", headers=headers)
    assert_problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("media_type", ["application/json; charset=UTF-8", "Application/JSON", "application/x+json"])
async def test_every_spelling_of_json_is_read(service: Service, media_type: str) -> None:
    answer = await service.client.post("/v1/jobs", content=b"{}", headers={"Content-Type": media_type})
    assert_problem(answer, 422, "invalid_body")


@pytest.mark.parametrize(
    ("path", "parameter", "code", "suggestion"),
    [
        ("/v1/jobs?limit=0", "limit", "greater_than_equal", None),
        ("/v1/jobs?limit=101", "limit", "less_than_equal", None),
        ("/v1/jobs?limit=ten", "limit", "int_parsing", None),
        ("/v1/jobs?limit=" + "9" * 5000, "limit", "int_parsing_size", None),
        ("/v1/jobs?limit=1&limit=2", "limit", "repeated_parameter", None),
        ("/v1/jobs?limt=1", "limt", "unknown_parameter", "limit"),
        ("/v1/jobs?cursor=nonsense", "cursor", "unknown_cursor", None),
        ("/v1/jobs?cursor=%C3%A9", "cursor", "unknown_cursor", None),
        ("/v1/jobs?cursor=", "cursor", "unknown_cursor", None),
        ("/v1/jobs?status=done", "status", "enum", None),
        ("/v1/jobs?status=queued,done", "status", "enum", None),
        ("/v1/jobs?status=", "status", "enum", None),
        ("/v1/jobs?ids=", "ids", "value_error", None),
        ("/v1/jobs?ids=" + ",".join([NO_JOB] * 101), "ids", "too_many", None),
        ("/v1/jobs?name=%00", "name", "unstorable_text", None),
        ("/v1/jobs?metadata[a]=%00", "metadata[a]", "unstorable_text", None),
        ("/v1/jobs?metadata=a", "metadata", "member_missing", None),
        ("/v1/jobs?metadata=a&metadata[a]=b", "metadata", "member_missing", None),
        ("/v1/jobs?metadata[a]=b&metadata=a", "metadata", "member_missing", None),
        ("/v1/jobs?created_after=yesterday", "created_after", "value_error", None),
        ("/v1/jobs?created_after=2026", "created_after", "value_error", None),
        ("/v1/jobs?created_after=2026-01-01T00:00:00", "created_after", "value_error", None),
        ("/v1/jobs?created_after=2026-02-30T00:00:00Z", "created_after", "datetime_from_date_parsing", None),
        ("/v1/jobs?created_after=0001-01-01T00:00:00%2B23:59", "created_after", "value_error", None),
        ("/v1/jobs?created_before=9999-12-31T23:59:59-23:59", "created_before", "value_error", None),
        (f"/v1/jobs/{NO_JOB}?x=1", "x", "unknown_parameter", None),
        (f"/v1/jobs/{NO_JOB}/metrics?limit=10001", "limit", "less_than_equal", None),
        (f"/v1/jobs/{NO_JOB}/metrics?after_epoch=-1", "after_epoch", "greater_than_equal", None),
        (f"/v1/jobs/{NO_JOB}/metrics?after_epoch=99999999999", "after_epoch", "less_than_equal", None),
        (f"/v1/jobs/{NO_JOB}/metrics?after_epoch=1&cursor=MQ", "cursor", "contradicting_parameters", None),
        (f"/v1/jobs/{NO_JOB}/events?limit=500", "limit", "less_than_equal", None),
        ("/v1/catalog?x=1", "x", "unknown_parameter", None),
        ("/v1/workers?x=1", "x", "unknown_parameter", None),
        ("/v1/limits?x=1", "x", "unknown_parameter", None),
        ("/healthz?x=1", "x", "unknown_parameter", None),
    ],
)
async def test_a_faulty_parameter_is_named(
    service: Service, path: str, parameter: str, code: str, suggestion: str | None
) -> None:
    told = assert_problem(await service.client.get(path), 422, "invalid_query")
    (fault,) = told["errors"]
    assert (fault["parameter"], fault["code"], fault.get("suggestion")) == (parameter, code, suggestion)
    assert fault["pointer"] == ""


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/v1/keys?after=x", ". It takes `limit`, `cursor`."),
        ("/v1/catalog?x=1", ", which takes none."),
        ("/v1/jobs?limt=1", '. Did you mean "limit"?'),
    ],
)
async def test_a_call_says_what_parameters_it_takes(service: Service, path: str, hint: str) -> None:
    told = assert_problem(await service.client.get(path), 422, "invalid_query")
    assert told["errors"][0]["message"].endswith(f" is not a parameter of this call{hint}")


async def test_a_dry_run_that_is_no_truth_value_is_refused(service: Service) -> None:
    answer = await service.client.post("/v1/jobs?dry_run=perhaps", json={})
    assert assert_problem(answer, 422, "invalid_query")["errors"][0]["parameter"] == "dry_run"


@pytest.mark.parametrize(
    "job_id", [NO_JOB, "job_1", "nonsense", "job_%00", "job_" + "z" * 500, "%F0%9F%98%80", "job_'--"]
)
@pytest.mark.parametrize("rest", ["", "/results", "/metrics", "/events", "/artifacts", "/artifacts/model.keras"])
async def test_what_is_no_job_is_not_found(service: Service, job_id: str, rest: str) -> None:
    assert_problem(await service.client.get(f"/v1/jobs/{job_id}{rest}"), 404, "job_not_found")


async def test_what_is_no_job_cannot_be_cancelled(service: Service) -> None:
    assert_problem(await service.client.post(f"/v1/jobs/{NO_JOB}/cancel"), 404, "job_not_found")


@pytest.mark.parametrize("path", ["/v1", "/v1/job", "/v1/jobs/", "/nothing", "/v1/%00", f"/v1/jobs/{NO_JOB}/nothing"])
async def test_an_unknown_address_is_not_found(service: Service, path: str) -> None:
    told = assert_problem(await service.client.get(path), 404, "not_found")
    assert told["detail"].endswith("See `/docs` for the endpoints of this API.")


async def test_a_wrong_method_is_told_the_right_one(service: Service) -> None:
    answer = await service.client.put("/v1/networks/inspect")
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"


async def test_every_answer_names_its_request(service: Service) -> None:
    answer = await service.client.get("/v1/jobs/nonsense", headers={"X-Request-ID": "mine-1"})
    assert answer.headers["X-Request-ID"] == "mine-1" == answer.json()["request_id"]
    answers = [await service.client.get("/healthz", headers={"X-Request-ID": "no good"}) for _ in range(2)]
    ids = {one.headers["X-Request-ID"] for one in answers}
    assert len(ids) == 2
    assert all(one.startswith("req_") for one in ids)


async def test_a_kind_of_problem_is_explained_where_its_type_points(service: Service) -> None:
    told: httpx.Response = await service.client.get("/v1/jobs/nonsense")
    page, _, anchor = told.json()["type"].partition("#")
    answer = await service.client.get(page)
    assert answer.status_code == 200
    assert f'id="{anchor}"' in answer.text
