"""What no webhook may say, and whose webhooks nobody else sees."""

import json
from uuid import uuid4

from sqlalchemy import insert

from db.tables.projects import Project
from db.webhooks import webhooks
from spec.ids import new_id
from tests.api.service import Service, assert_problem
from tests.db.scenes import draft_webhook


async def test_all_faults_of_a_webhook_are_told_at_once(service: Service) -> None:
    body = {"url": "https://10.0.0.1/", "events": ["job.ended"], "descriptoin": "x", "is_enabled": "yes"}
    told = assert_problem(await service.client.post("/v1/webhooks", json=body), 422, "invalid_body")
    faults = {fault["pointer"]: fault for fault in told["errors"]}
    assert set(faults) == {"/url", "/events/0", "/descriptoin", "/is_enabled"}
    assert faults["/url"]["code"] == "private_address"
    assert faults["/descriptoin"]["suggestion"] == "description"
    for wrong in (None, [], {}, {"url": None}, {"url": 1}, {"url": "https://a.example", "events": []}):
        answer = await service.client.post(
            "/v1/webhooks", content=json.dumps(wrong), headers={"Content-Type": "application/json"}
        )
        assert_problem(answer, 422, "invalid_body")


async def test_what_is_anothers_is_not_there(service: Service) -> None:
    project = uuid4().hex
    new = draft_webhook(project=project)
    async with service.database.write() as connection:
        await connection.execute(insert(Project), [{"id": project}])
        await webhooks.create(connection, new)
    for webhook_id in (new.id, new_id("hook"), "hook_1", "job_" + "0" * 26):
        path = f"/v1/webhooks/{webhook_id}"
        answers = [
            await service.client.get(path),
            await service.client.patch(path, json={}),
            await service.client.delete(path),
            await service.client.post(f"{path}/rotate-secret"),
            await service.client.post(f"{path}/test"),
            await service.client.get(f"{path}/deliveries"),
            await service.client.post(f"{path}/deliveries/{new_id('dlv')}/retry"),
        ]
        for answer in answers:
            assert_problem(answer, 404, "webhook_not_found")
