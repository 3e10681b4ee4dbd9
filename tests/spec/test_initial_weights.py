"""Weights that a training begins with: which layers get them, and what a job is told to begin with."""

from typing import Any

import pytest

from services.jobs.drafts import Draft, draft
from services.networks import inspect
from spec.datasets.built_in import BUILT_IN
from spec.ids import new_id
from spec.networks.summary import NetworkSummary
from spec.weights.stored import StoredFile
from tests.spec.jobs import MEMORY_BYTES, job
from tests.spec.test_bad_mappings import CONTINUE, LAYERS, PLAIN, ROW, broken_off, changed, layers
from tests.spec.weights import BEST, LAST, SOURCE, beginning, checker, row_of, weights_of

Told = dict[str, tuple[str | None, str | None]]
NONE = (None, None)
FRESH = ("fresh", None)


def told(summary: NetworkSummary | None) -> Told:
    """Of each layer, what its weights are and where they are from."""
    assert summary is not None
    return {layer.name: (layer.weights, layer.copied_from) for layer in summary.layers}


def copied(**names: str) -> Told:
    """What is told of the source's layers where these are copied."""
    rest = {str(layer["name"]): FRESH for layer in LAYERS}
    return {**rest, "drop": NONE, **{name: ("copied", source) for name, source in names.items()}}


def drafted(row: Any = ROW, **training: object) -> Draft:  # noqa: ANN401 -- a row
    body = job("iris", LAYERS, **{**PLAIN, **training})
    return draft(body, facts_of=BUILT_IN.get, max_memory_bytes=MEMORY_BYTES, weights_of=weights_of(row))


SAME = {name: name for name in ("hidden_1", "hidden_2", "norm", "head")}


@pytest.mark.parametrize(
    ("weights", "network", "expected"),
    [
        (beginning(), LAYERS, copied(**SAME)),
        (beginning(otherwise="error"), LAYERS, copied(**SAME)),
        (beginning({"*": "*"}), LAYERS, copied(**SAME)),
        (CONTINUE, LAYERS, copied(**SAME)),
        (beginning({"hidden_*": "hidden_*"}), LAYERS, copied(hidden_1="hidden_1", hidden_2="hidden_2")),
        (beginning({"h*_1": "h*_1", "drop": "drop"}), LAYERS, copied(hidden_1="hidden_1")),
        (beginning({"norm": "norm"}), layers(norm={"epsilon": 0.1}), copied(norm="norm")),
        (
            beginning(),
            changed("head"),
            {name: one for name, one in copied(**SAME).items() if name != "head"} | {"top": FRESH},
        ),
    ],
)
def test_layers_get_the_weights_that_are_meant(
    weights: dict[str, Any], network: list[dict[str, Any]], expected: Told
) -> None:
    checked = checker(ROW)(job("iris", network, **PLAIN, initial_weights=weights))
    assert checked.faults == []
    assert told(checked.summary) == expected


def test_without_initial_weights_all_are_fresh() -> None:
    assert told(checker(ROW)(job("iris", LAYERS, **PLAIN)).summary) == copied()


def test_several_layers_get_the_weights_of_one() -> None:
    twins = [{"type": "Dense", "units": 4, "name": f"twin_{number}"} for number in range(3)]
    source = row_of(job("iris", [*twins, LAYERS[-1]], **PLAIN))
    body = job("iris", [*twins, LAYERS[-1]], **PLAIN, initial_weights=beginning({"twin_*": "twin_1"}))
    summary = checker(source)(body).summary
    assert told(summary) == {**{twin["name"]: ("copied", "twin_1") for twin in twins}, "head": FRESH}


def test_a_layer_that_does_not_lead_to_the_output_neither_gives_nor_gets_weights() -> None:
    aside = [LAYERS[0], {"type": "Dense", "units": 4, "name": "aside"}, {**LAYERS[-1], "inputs": ["hidden_1"]}]
    plain = [LAYERS[0], {"type": "Dense", "units": 4, "name": "aside"}, LAYERS[-1]]
    rest = {"hidden_1": ("copied", "hidden_1"), "head": ("copied", "head")}
    same = checker(row_of(job("iris", aside, **PLAIN)))
    assert told(same(job("iris", aside, **PLAIN, initial_weights=beginning())).summary) == {**rest, "aside": NONE}
    named = beginning({"hidden_1": "hidden_1"})
    assert told(same(job("iris", plain, **PLAIN, initial_weights=named)).summary)["aside"] == FRESH
    wanted = beginning({"aside": "aside"})
    (fault,) = same(job("iris", plain, **PLAIN, initial_weights=wanted)).faults
    assert (fault.pointer, fault.code) == ("/training/initial_weights/layers/aside", "unknown_layer")
    assert fault.message.startswith(f'The layer "aside" of "{SOURCE}" does not lead to the output of its network')
    other = checker(row_of(job("iris", plain, **PLAIN)))
    (fault,) = other(job("iris", aside, **PLAIN, initial_weights=wanted)).faults
    assert fault.code == "nothing_to_copy"


def test_what_is_wrong_with_the_weights_hides_no_other_fault() -> None:
    weights = beginning({"hiden_1": "hidden_1"}, **{"from": {"job": SOURCE, "checkpoint": "best"}})
    body = job("iris", LAYERS, **PLAIN, initial_weights=weights, phases=[{"epochs": 3, "freeze": ["haed"]}])
    assert {fault.code for fault in checker(ROW)(body).faults} == {"unknown_layer"}
    body = job(
        "iris", [*LAYERS, {"type": "Dence"}], **PLAIN, initial_weights=beginning(**{"from": {"job": new_id("job")}})
    )
    assert [fault.pointer for fault in checker(ROW)(body).faults] == [
        "/network/layers/5/type",
        "/training/initial_weights/from/job",
    ]


@pytest.mark.parametrize(
    ("weights", "file", "first_epoch"),
    [
        (beginning(), LAST, 0),
        ({"from": {"job": SOURCE, "checkpoint": "best"}}, BEST, 0),
        (CONTINUE, LAST, 3),
    ],
)
def test_a_job_is_told_which_file_it_begins_with(
    weights: dict[str, Any],
    file: StoredFile,
    first_epoch: int,
) -> None:
    made = drafted(initial_weights=weights, epochs=5)
    new = made.new_job(new_id("job"), "default")
    assert (new.initial_weights, new.epochs, new.first_epoch) == (SOURCE, 5 + first_epoch, first_epoch)
    assert new.initial_weights_json == (
        f'{{"key":"{file.key}","sha256":"{file.sha256}","size_bytes":{file.size_bytes}}}'
    )
    assert (made.row().epoch, made.said["training"]["epochs"]) == (first_epoch, 5)
    assert made.said["training"]["initial_weights"] == weights


def test_a_training_that_is_continued_has_the_seed_and_may_have_another_rate_and_other_epochs() -> None:
    assert drafted(initial_weights=CONTINUE, seed=...).said["training"]["seed"] == 7
    assert drafted(initial_weights=CONTINUE, seed=8).said["training"]["seed"] == 8
    assert drafted(initial_weights=beginning(), seed=...).said["training"]["seed"] != 7
    slower = drafted(initial_weights=CONTINUE, optimizer={"type": "SGD", "learning_rate": 0.5}, epochs=99_997)
    assert slower.new_job(new_id("job"), "default").epochs == 100_000


def test_weights_of_a_training_that_broke_off_can_be_copied() -> None:
    assert checker(broken_off(ROW))(job("iris", LAYERS, **PLAIN, initial_weights=beginning())).faults == []


def test_what_is_said_in_another_way_is_the_same() -> None:
    defaults = {"defaults": {"Dense": {"activation": "relu"}}, "layers": [LAYERS[0], LAYERS[-1]]}
    spelled = [{**LAYERS[0], "activation": "relu"}, LAYERS[-1]]
    source = {**job("iris", [], **PLAIN), "network": defaults}
    body = job("iris", spelled, **{**PLAIN, "optimizer": {"type": "SGD"}}, initial_weights=CONTINUE)
    assert checker(row_of(source))(body).faults == []


def test_an_inspection_tells_phases_and_weights() -> None:
    phases = [{"epochs": 1, "freeze": ["hidden_*"]}, {"epochs": 2}]
    training = {
        "loss": "mse",
        "batch_size": 8,
        "initial_weights": beginning({"hidden_*": "hidden_*"}),
        "phases": phases,
    }
    body = {"network": {"layers": LAYERS}, "input_shape": [4], "training": training}
    summary = inspect(body, BUILT_IN.get, weights_of(ROW))
    assert told(summary) == copied(hidden_1="hidden_1", hidden_2="hidden_2")
    assert [phase.frozen_layers for phase in summary.phases] == [["hidden_1", "hidden_2"], []]
    whole = inspect({key: value for key, value in body.items() if key != "training"}, BUILT_IN.get)
    assert [phase.trainable_parameters for phase in summary.phases] == [
        6 * 2 + 6 * 3 + 3,
        whole.trainable_parameters,
    ]
    assert (summary.batch_size, whole.batch_size) == (8, 32)
    assert inspect({**body, "batch_size": 64}, BUILT_IN.get, weights_of(ROW)).batch_size == 64
    continued = {**PLAIN, "initial_weights": CONTINUE, "loss": "sparse_categorical_crossentropy"}
    asked = {"network": {"layers": LAYERS}, "dataset": "iris", "training": {**job("iris")["training"], **continued}}
    assert told(inspect(asked, BUILT_IN.get, weights_of(ROW))) == copied(**SAME)


def test_an_inspection_counts_the_best_weights_as_a_dry_run_does() -> None:
    dataset = {"name": "iris", "split": {"validation": 0.2}}
    body = job(dataset, LAYERS, **{**PLAIN, "validation_split": 0.0})
    asked = {"network": {"layers": LAYERS}, "dataset": dataset, "training": body["training"]}
    checked = checker(ROW)(body)
    assert checked.faults == []
    assert checked.summary is not None
    assert inspect(asked, BUILT_IN.get).memory == checked.summary.memory
    assert checked.summary.memory.best_weights_bytes > 0
