"""Every ready network learns: a few of its rows, by the engine, as its spec says. All of them are for the benchmark."""

from typing import Any

import pytest

from services.examples import examples
from spec.datasets.choice import dataset_of
from spec.jobs import JobSpec
from spec.networks.inference import infer
from spec.training.training import target_encoding
from tests.trainer.parity import by_engine
from worker.trainer.data.prepared import PreparedDataSets
from worker.trainer.sources.origins import origin_of

SPECS: dict[str, dict[str, Any]] = {one["name"]: one["spec"] for one in examples()}
ROWS = 256
BATCH = 32
EPOCHS = {"text_lstm": 12, "text_transformer": 12, "series_lstm": 12}
"""Of networks that read step by step or word by word: they take longer to see anything."""


@pytest.fixture(scope="module")
def data() -> PreparedDataSets:
    """Rows that several networks learn from are read once."""
    return PreparedDataSets()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.fashion_mnist] if spec["dataset"] == "fashion_mnist" else [])
        for name, spec in SPECS.items()
    ],
)
def test_it_learns_from_a_few_rows(data: PreparedDataSets, name: str) -> None:
    spec = SPECS[name]
    job = JobSpec.model_validate(spec)
    facts = origin_of(dataset_of(job.dataset).name).facts
    units = (infer(job.network, facts.shapes).output_shape or (1,))[-1]
    encoding = target_encoding(job.training, facts.classes, units)
    read = data.get(dataset_of(job.dataset), job.training, encoding).training
    rows = read.features[:ROWS], read.target[:ROWS]
    _, course = by_engine(
        _layers(spec["network"]),
        {**spec["training"], "epochs": EPOCHS.get(name, 6), "batch_size": BATCH, "callbacks": []},
        rows,
        None,
        augment=spec["dataset"].get("augment", ()) if isinstance(spec["dataset"], dict) else (),
    )
    guess = 1 / (facts.classes or 1)
    assert course.rows[-1].metrics["accuracy"] > guess + (1 - guess) / 4


def _layers(network: dict[str, Any]) -> list[dict[str, Any]]:
    """The layers with what the spec says of all of a kind."""
    defaults = network.get("defaults", {})
    return [{**defaults.get(layer["type"], {}), **layer} for layer in network["layers"]]
