"""GET /v1/jobs/{id}/signals: rows by epoch and layer, page by page."""

import math
from typing import Any

import pytest

from api.answers.pages import METRICS_PAGE_BYTES, encode_cursor
from db.attempts import attempts
from db.attempts.attempts import EpochRecord, Progress
from spec.signals import SIGNALS
from tests.api.service import Service, assert_problem
from tests.api.specs import digits
from tests.api.test_page_bounds import walk

LAYERS = ("dense", "dense_1")


async def measured(
    service: Service,
    epochs: int,
    layers: tuple[str, ...] = LAYERS,
    value: float | None = None,
    start: dict[str, Any] | None = None,
) -> str:
    """A running job that has signals of so many epochs, and what was seen once."""
    answer = await service.client.post("/v1/jobs", json=digits())
    assert answer.status_code == 201, answer.text
    job_id: str = answer.json()["id"]
    fence = await service.claim(job_id)
    records = [
        EpochRecord(
            epoch,
            {"loss": 1 / epoch},
            0.5,
            Progress(epoch / epochs, 1.0),
            {
                name: {"gradient_norm": epoch + place / 10 if value is None else value}
                for place, name in enumerate(layers)
            },
            start if epoch == 1 else None,
        )
        for epoch in range(1, epochs + 1)
    ]
    async with service.database.write() as connection:
        await attempts.record_started(connection, fence, epochs=epochs)
        await attempts.record_epochs(connection, fence, records)
    return job_id


def row(epoch: int, layer: str, gradient_norm: float | str) -> dict[str, Any]:
    return {"epoch": epoch, "layer": layer, **dict.fromkeys(SIGNALS), "gradient_norm": gradient_norm}


async def test_a_row_an_epoch_and_layer(service: Service) -> None:
    job_id = await measured(service, 2)
    answer = await service.client.get(f"/v1/jobs/{job_id}/signals")
    assert answer.json() == {
        "object": "list",
        "data": [row(1, "dense", 1.0), row(1, "dense_1", 1.1), row(2, "dense", 2.0), row(2, "dense_1", 2.1)],
        "has_more": False,
        "next_cursor": None,
        "start": None,
    }
    assert list(answer.json()["data"][0]) == [
        *("epoch", "layer", "gradient_norm", "update_ratio", "dead_fraction", "saturated_fraction"),
        *("activation_mean", "activation_deviation", "weight_norm", "non_finite"),
    ]
    known = await service.client.get(f"/v1/jobs/{job_id}/signals", headers={"If-None-Match": answer.headers["ETag"]})
    assert known.status_code == 304
    assert known.content == b""


async def test_what_was_seen_once_is_told_on_the_first_page(service: Service) -> None:
    columns = {"least": 0.0, "most": 1.0, "mean": 0.25, "deviation": 0.5, "largest_scale": 0.5, "smallest_scale": 0.5}
    seen = {"train_rows": 9, "inputs": {"input": columns}, "class_rows": [4, 5], "loss": math.nan}
    job_id = await measured(service, 2, start={**seen, "signals": {"dense": {"weight_norm": 1.5}}})
    path = f"/v1/jobs/{job_id}/signals"
    first = (await service.client.get(path, params={"limit": "1"})).json()
    layer = {"layer": "dense", **dict.fromkeys(SIGNALS), "weight_norm": 1.5}
    nothing = {"target_mean": None, "target_deviation": None}
    assert first["start"] == {**seen, **nothing, "loss": "NaN", "signals": [layer]}
    for query in ({"cursor": first["next_cursor"]}, {"after_epoch": "1"}):
        assert (await service.client.get(path, params=query)).json()["start"] is None


async def test_one_layer_and_later_epochs(service: Service) -> None:
    job_id = await measured(service, 4)
    answer = await service.client.get(f"/v1/jobs/{job_id}/signals", params={"layer": "dense_1", "after_epoch": "2"})
    assert answer.json()["data"] == [row(3, "dense_1", 3.1), row(4, "dense_1", 4.1)]
    for query in ({"layer": "flatten"}, {"after_epoch": "4"}):
        empty = (await service.client.get(f"/v1/jobs/{job_id}/signals", params=query)).json()
        assert (empty["data"], empty["has_more"]) == ([], False)


async def test_a_value_that_is_not_finite_is_told_by_name(service: Service) -> None:
    job_id = await measured(service, 1, ("dense",), value=float("nan"))
    answer = await service.client.get(f"/v1/jobs/{job_id}/signals")
    assert answer.json()["data"] == [row(1, "dense", "NaN")]


@pytest.mark.parametrize("limit", ["1", "3", "9"])
async def test_pages(service: Service, limit: str) -> None:
    job_id = await measured(service, 4)
    pages = await walk(service.client, f"/v1/jobs/{job_id}/signals", limit=limit)
    shown = [(one["epoch"], one["layer"]) for page in pages for one in page.json()["data"]]
    assert shown == [(epoch, layer) for epoch in range(1, 5) for layer in LAYERS]
    assert len(pages) == -(-8 // int(limit))


async def test_a_long_page_ends_where_its_bytes_do(service: Service) -> None:
    layers = tuple(f"layer_{'x' * 50}_{number}" for number in range(1000))
    job_id = await measured(service, 60, layers)
    pages = await walk(service.client, f"/v1/jobs/{job_id}/signals", limit="10000")
    assert sum(len(page.json()["data"]) for page in pages) == 1000 * 60
    assert all(len(page.content) < METRICS_PAGE_BYTES for page in pages)
    assert len(pages) == 7
    of_one = await walk(service.client, f"/v1/jobs/{job_id}/signals", limit="10000", layer=layers[7])
    assert [one["epoch"] for page in of_one for one in page.json()["data"]] == list(range(1, 61))
    assert len(of_one) == 2, "more than 4 MiB would have to be read for it at once"


async def test_a_job_that_measures_nothing_has_none(service: Service) -> None:
    job_id = (await service.client.post("/v1/jobs", json=digits())).json()["id"]
    assert (await service.client.get(f"/v1/jobs/{job_id}/signals")).json()["data"] == []


async def test_what_is_none_is_refused(service: Service) -> None:
    job_id = await measured(service, 1)
    path = f"/v1/jobs/{job_id}/signals"
    assert_problem(await service.client.get(f"/v1/jobs/job_{'0' * 26}/signals"), 404, "job_not_found")
    elsewhere = await service.make_in("elsewhere")
    assert_problem(await service.client.get(f"/v1/jobs/{elsewhere}/signals"), 404, "job_not_found")
    for query in (
        {"limit": "0"},
        {"limit": "10001"},
        {"after_epoch": "-1"},
        {"cursor": "nonsense"},
        {"cursor": encode_cursor("e1")},
        {"cursor": encode_cursor("1-0"), "after_epoch": "1"},
        {"layers": "dense"},
    ):
        assert_problem(await service.client.get(path, params=query), 422, "invalid_query")
    answer = await service.client.post("/v1/jobs", json={**digits(), "coach": {"signal": True}})
    (fault,) = assert_problem(answer, 422, "invalid_body")["errors"]
    assert (fault["pointer"], fault["suggestion"]) == ("/coach/signal", "signals")
