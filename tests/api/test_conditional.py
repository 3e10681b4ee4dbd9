"""Tags of what can be polled: the same while nothing changes, and nothing is sent twice."""

import pytest

from tests.api.service import Service
from tests.api.specs import digits

POLLED = (
    "/v1/jobs/{job}",
    "/v1/jobs?limit=3",
    "/v1/jobs/{job}/results",
    "/v1/jobs/{job}/metrics",
    "/v1/jobs/{job}/events",
    "/v1/jobs/{job}/attempts",
    "/v1/jobs/{job}/artifacts",
    "/v1/workers",
    "/v1/catalog",
    "/v1/limits",
)


async def make_ended(service: Service) -> str:
    job_id = (await service.client.post("/v1/jobs", json=digits())).json()["id"]
    await service.record(job_id, [{"loss": 1.0}], duration_seconds=1)
    await service.succeed(job_id)
    return job_id


@pytest.mark.parametrize("path", POLLED)
async def test_what_the_client_has_is_not_sent_again(service: Service, path: str) -> None:
    path = path.format(job=await make_ended(service))
    first = await service.client.get(path)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    weak = tag if tag.startswith("W/") else f"W/{tag}"
    for said in (tag, weak, weak.removeprefix("W/"), f'"other", {tag}', f'W/"a,b" ,{weak},', "*"):
        same = await service.client.get(path, headers={"If-None-Match": said})
        assert (same.status_code, same.content) == (304, b""), said
        for name in ("ETag", "Cache-Control", "Vary"):
            assert same.headers.get(name) == first.headers.get(name)
        assert "Content-Type" not in same.headers
    for said in ('"other"', tag.removeprefix("W/").strip('"'), "W/", tag[:-1], ""):
        whole = await service.client.get(path, headers={"If-None-Match": said})
        assert (whole.status_code, whole.content, whole.headers["ETag"]) == (200, first.content, tag), said


async def test_every_change_of_a_job_changes_its_tags(service: Service) -> None:
    job_id = (await service.client.post("/v1/jobs", json=digits())).json()["id"]
    path = f"/v1/jobs/{job_id}"
    polled = [path, f"/v1/jobs?name={job_id}", f"{path}/results", f"{path}/metrics", f"{path}/events"]

    async def tags() -> list[str]:
        return [(await service.client.get(one)).headers["ETag"] for one in polled]

    seen = await tags()
    assert await tags() == seen
    for step in ("claim", "record", "succeed"):
        if step == "claim":
            await service.claim(job_id)
        elif step == "record":
            await service.record(job_id, [{"loss": 1.0}], duration_seconds=1)
        else:
            await service.succeed(job_id)
        now = await tags()
        assert now[0] != seen[0], step
        assert now[2] != seen[2], step
        assert now[4] != seen[4], step
        assert (now[3] != seen[3]) is (step == "record")
        assert now[1] == seen[1], "a list without the job"
        seen = now


async def test_formats_have_tags_of_their_own(service: Service) -> None:
    path = f"/v1/jobs/{await make_ended(service)}/metrics"
    table = await service.client.get(path, headers={"Accept": "text/csv"})
    rows = await service.client.get(path, headers={"If-None-Match": table.headers["ETag"]})
    assert (rows.status_code, rows.headers["Vary"]) == (200, "Accept")
