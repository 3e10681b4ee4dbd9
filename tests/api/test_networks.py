from typing import Any

import pytest

from api.jobs.examples import NOTEBOOK_LAYERS
from api.networks.schemas import InspectionDocument
from tests.api.service import Service, assert_problem

SMALL = {"layers": [{"type": "Dense", "units": 3}]}


@pytest.mark.parametrize(
    "subject", [{"input_shape": [28, 28]}, {"dataset": "fashion_mnist"}, {"dataset": {"name": "mnist"}}]
)
async def test_the_notebooks_network_is_summarized(service: Service, subject: dict[str, Any]) -> None:
    answer = await service.client.post("/v1/networks/inspect", json={"network": {"layers": NOTEBOOK_LAYERS}, **subject})
    assert answer.status_code == 200, answer.text
    InspectionDocument.model_validate_json(answer.content)
    told = answer.json()
    assert [layer["parameters"] for layer in told["layers"]] == [0, 3136, 235500, 1200, 30100, 400, 1010]
    totals = [told[f"{kind}_parameters"] for kind in ("total", "trainable", "non_trainable")]
    assert totals == [271346, 268978, 2368]
    assert [(one["name"], one["trainable"]) for one in told["layers"][1]["variables"]] == [
        ("gamma", True),
        ("beta", True),
        ("moving_mean", False),
        ("moving_variance", False),
    ]
    assert told["layers"][2]["output_shape"] == [None, 300]
    assert told["warnings"] == []


async def test_an_absurd_network_is_summarized_with_all_its_digits(service: Service) -> None:
    side = 2**20
    layer = {"type": "Conv2D", "filters": 1000, "kernel_size": side, "padding": "same", "use_bias": False}
    body = {"network": {"layers": [layer]}, "input_shape": [1, 1, side]}
    answer = await service.client.post("/v1/networks/inspect", json=body)
    assert answer.status_code == 200, answer.text
    InspectionDocument.model_validate_json(answer.content)
    told = answer.json()
    assert told["total_parameters"] == told["layers"][0]["parameters"] == 1000 * side**3
    assert told["layers"][0]["variables"][0]["shape"] == [side, side, side, 1000]
    assert told["layers"][0]["is_used"] is True
    assert told["warnings"] == []


async def test_a_larger_batch_needs_more_memory(service: Service) -> None:
    sizes: list[int] = []
    for batch_size in (1, 1000):
        body = {"network": {"layers": NOTEBOOK_LAYERS}, "input_shape": [28, 28], "batch_size": batch_size}
        told = (await service.client.post("/v1/networks/inspect", json=body)).json()
        sizes.append(told["memory"]["total_bytes"])
    assert sizes[1] > sizes[0]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"network": SMALL}, ["/input_shape"]),
        ({"network": SMALL, "input_shape": [4], "dataset": "iris"}, ["/input_shape"]),
        ({"network": SMALL, "dataset": "irish"}, ["/dataset"]),
        ({"network": SMALL, "input_shape": [0]}, ["/input_shape/0"]),
        ({"network": SMALL, "input_shape": "big"}, ["/input_shape"]),
        ({"netwerk": SMALL, "input_shape": [4]}, ["/network", "/netwerk"]),
        ({"network": {"layers": [{"type": "Dence"}]}, "input_shape": [4]}, ["/network/layers/0/type"]),
        (
            {"network": {"layers": [{"type": "Dense", "units": 0}]}, "dataset": "irish", "batch": 3},
            ["/network/layers/0/units", "/dataset", "/batch"],
        ),
        (
            {"network": {"layers": [{"type": "Conv2D", "filters": 2, "kernel_size": 9}]}, "input_shape": [8, 8, 1]},
            ["/network/layers/0/kernel_size"],
        ),
    ],
)
async def test_all_faults_are_told_at_once(service: Service, body: dict[str, Any], pointers: list[str]) -> None:
    answer = await service.client.post("/v1/networks/inspect", json=body)
    told = assert_problem(answer, 422, "invalid_body")
    assert sorted(fault["pointer"] for fault in told["errors"]) == sorted(pointers)
