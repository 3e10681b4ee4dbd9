"""Ready networks: the listing, the files, and what is told about them agree, and each is a job as it is."""

import json

from services.examples import FOLDER, TOLD
from spec.datasets.built_in import BUILT_IN
from tests.api.service import Service, assert_problem
from tests.wording import faults_of_sentence


async def test_they_are_listed_with_their_files(service: Service) -> None:
    assert_problem(
        await service.client.get("/v1/examples", headers={"Authorization": ""}), 401, "authentication_required"
    )
    listed = (await service.client.get("/v1/examples")).json()
    assert (listed["has_more"], listed["next_cursor"]) == (False, None)
    files = {path.stem: json.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.json") if path != TOLD}
    assert {one["name"]: one["spec"] for one in listed["data"]} == files
    assert len(listed["data"]) == len(files) > 12
    assert len({one["spec"]["name"] for one in listed["data"]}) == len(files)


async def test_each_is_a_job_as_it_is_and_better_than_a_guess(service: Service) -> None:
    for one in (await service.client.get("/v1/examples")).json()["data"]:
        name, spec = one["name"], one["spec"]
        answer = await service.client.post("/v1/jobs?dry_run=true", json=spec)
        assert (answer.status_code, answer.json().get("warnings")) == (200, []), (name, answer.text)
        assert answer.json()["summary"]["total_parameters"] == one["parameters"], name
        used = {"name": spec["dataset"]} if isinstance(spec["dataset"], str) else spec["dataset"]
        facts = BUILT_IN[used["name"]]
        rows = "test" if facts.test_rows or "test" in used.get("split", {}) else "val"
        assert one["metric"] == f"{rows}_accuracy", name
        assert faults_of_sentence(one["purpose"]) == [], name
        assert 0.5 + 0.5 / (facts.classes or 1) < one["score"] <= 1, name
        assert 1 <= one["epochs"] <= spec["training"]["epochs"], name
        assert one["training_seconds"] > 0, name
        assert faults_of_sentence(one["measured_on"]) == [], name
