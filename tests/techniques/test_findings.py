"""A network that cannot learn, and what the coach says of it while it trains, to whoever watches."""

import json
import time
from typing import Any

import httpx

DEAD: dict[str, Any] = {
    "dataset": "digits",
    "network": {
        "layers": [
            {"type": "Flatten"},
            {
                "type": "Dense",
                "units": 32,
                "activation": "relu",
                "name": "hidden",
                "bias_initializer": {"type": "Constant", "value": -100.0},
            },
            {"type": "Dense", "units": 10, "activation": "softmax"},
        ]
    },
    "training": {
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer": {"type": "SGD", "learning_rate": 0.01},
        "validation_split": 0.2,
        "epochs": 200,
        "seed": 1,
    },
}


def final_findings(service: httpx.Client, path: str) -> dict[str, Any]:
    """They are final once the reference of the job's rows is known, or will not be."""
    deadline, tag = time.monotonic() + 120, ""
    while True:
        answer = service.get(f"{path}/findings?wait_seconds=20", headers={"If-None-Match": tag}, timeout=30)
        if answer.status_code == httpx.codes.OK and (answer.json()["is_final"] or time.monotonic() > deadline):
            return answer.json()
        tag = answer.headers["ETag"]


def test_dead_units_are_told_while_they_are_trained_and_healed_by_a_remedy(service: httpx.Client) -> None:
    job = service.post("/v1/jobs", json=DEAD).raise_for_status().json()
    path = f"/v1/jobs/{job['id']}"
    events = streamed(service, f"{path}/events")
    kinds = [kind for kind, _ in events]
    told = [data["data"] for kind, data in events if kind == "finding.new"]
    dead = next(one for one in told if one["rule"] == "dead_units")
    # Live: it is told ahead of epochs that came later.
    place = kinds.index("finding.new")
    assert "epoch" in kinds[:place]
    assert "epoch" in kinds[place:], "nothing was told before the job had ended"
    assert (dead["layer"], dead["measured"]) == ("hidden", 1.0)
    found = final_findings(service, path)
    assert found["is_final"]
    final = next(one for one in found["data"] if one["rule"] == "dead_units")
    assert final["id"] == dead["id"]
    assert final["severity"] == "error"
    assert {one["id"] for one in found["data"]} <= {one["id"] for one in told}
    assert final["last_epoch"] == 200
    assert len(told) == len({(one["id"], one["severity"]) for one in told})
    remedies = [remedy for finding in found["data"] for remedy in finding["remedies"]]
    assert remedies
    for remedy in remedies:
        asked = {"technique": remedy["technique"], "parameters": remedy["parameters"]}
        child = service.post(f"{path}/derive", json=asked, params={"dry_run": "true"})
        by_patch = service.post(f"{path}/derive", json={"patch": remedy["patch"]}, params={"dry_run": "true"})
        assert child.json()["spec"] == by_patch.raise_for_status().json()["spec"]


def streamed(service: httpx.Client, path: str) -> list[tuple[str, Any]]:
    """Every event of a job, with its type, until the job has ended."""
    events: list[tuple[str, Any]] = []
    with service.stream("GET", path, headers={"Accept": "text/event-stream"}, timeout=300) as answer:
        kind = ""
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                events.append((kind, json.loads(value)))
    return events
