"""Tags of what can be polled: the same while nothing changes, and nothing is sent twice."""

import pytest

from db.projects import keys
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
    "/v1/examples",
    "/v1/limits",
    "/v1/keys?limit=1",
    "/v1/keys/{key}",
    "/v1/webhooks?limit=1",
    "/v1/webhooks/{webhook}",
    "/v1/webhooks/{webhook}/deliveries",
    "/v1/audit?limit=1",
    "/openapi.json",
)


async def make_ended(service: Service) -> str:
    job_id = (await service.client.post("/v1/jobs", json=digits())).json()["id"]
    await service.record(job_id, [{"loss": 1.0}], duration_seconds=1)
    await service.succeed(job_id)
    return job_id


async def make_key(service: Service) -> dict[str, str]:
    """One that nobody uses."""
    return (await service.client.post("/v1/keys", json={"scopes": ["read"]})).json()


async def make_webhook(service: Service) -> str:
    """One that is told nothing."""
    body = {"url": "https://example.com", "is_enabled": False}
    return (await service.client.post("/v1/webhooks", json=body)).json()["id"]


@pytest.mark.parametrize("path", POLLED)
async def test_what_the_client_has_is_not_sent_again(service: Service, path: str) -> None:
    key, webhook = await make_key(service), await make_webhook(service)
    path = path.format(job=await make_ended(service), key=key["id"], webhook=webhook)
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


async def test_the_use_of_a_key_changes_its_tag(service: Service) -> None:
    key = await make_key(service)
    paths = (f"/v1/keys/{key['id']}", "/v1/keys?limit=1")
    tags = [(await service.client.get(path)).headers["ETag"] for path in paths]
    async with service.database.write() as connection:
        await keys.note_use(connection, {key["id"]})  # as the service does every ten seconds
    for path, tag in zip(paths, tags, strict=True):
        answer = await service.client.get(path, headers={"If-None-Match": tag})
        assert answer.json().get("data", [answer.json()])[0]["last_used_at"] is not None


async def test_the_change_of_a_webhook_changes_its_tags_and_that_of_the_log(service: Service) -> None:
    webhook = f"/v1/webhooks/{await make_webhook(service)}"
    polled = (webhook, "/v1/webhooks?limit=1", "/v1/audit?limit=1")
    tags = [(await service.client.get(path)).headers["ETag"] for path in polled]
    await service.client.patch(webhook, json={"description": "changed"})
    for path, tag in zip(polled, tags, strict=True):
        assert (await service.client.get(path, headers={"If-None-Match": tag})).status_code == 200


async def test_formats_have_tags_of_their_own(service: Service) -> None:
    path = f"/v1/jobs/{await make_ended(service)}/metrics"
    table = await service.client.get(path, headers={"Accept": "text/csv"})
    rows = await service.client.get(path, headers={"If-None-Match": table.headers["ETag"]})
    assert (rows.status_code, rows.headers["Vary"]) == (200, "Accept")
