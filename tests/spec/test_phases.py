"""Phases of a training and learning rates of single layers: what is accepted, and what is told of the rest."""

from typing import Any

import pytest

from spec.jobs import JobSpec
from spec.networks.inference import infer
from spec.networks.layer_names import named_by
from spec.training.learning_rate_multipliers import multiplier_of
from spec.training.optimizers import SGD
from spec.training.planned_phases import planned_phases
from tests.spec.jobs import check, job

LAYERS: list[dict[str, Any]] = [
    {"type": "Dense", "units": 8, "use_bias": False, "name": "hidden_1"},
    {"type": "BatchNormalization", "name": "hidden_norm"},
    {"type": "Dropout", "rate": 0.5},
    {"type": "Dense", "units": 3, "activation": "softmax", "name": "head"},
]


def body(**training: object) -> dict[str, Any]:
    return job("iris", LAYERS, **{"epochs": ..., "callbacks": [], **training})


def faults(**training: object) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in check(body(**training)).faults]


def test_phases_count_their_epochs_together() -> None:
    spec = check(body(phases=[{"epochs": 2}, {"epochs": 3, "freeze": ["hidden_*"]}])).spec
    assert spec is not None
    assert spec.training.epochs == 5
    assert faults(phases=[{"epochs": 2}, {"epochs": 3}], epochs=5) == []
    assert faults(phases=[{"epochs": 2}, {"epochs": 3}], epochs=6) == [("/training/epochs", "contradicting_epochs")]
    assert faults(phases=[{"epochs": 99_999}, {"epochs": 2}]) == [("/training/phases", "too_many")]


def test_a_phase_is_a_training_with_other_layers_and_another_optimizer() -> None:
    phases = [
        {"epochs": 2, "freeze": ["hidden_*"]},
        {"epochs": 3, "learning_rate": 0.5},
        {"epochs": 1, "freeze": ["head"], "optimizer": "adam"},
    ]
    spec = check(body(phases=phases, optimizer={"type": "SGD", "momentum": 0.9})).spec
    assert isinstance(spec, JobSpec)
    names = [name or "" for name in infer(spec.network, (4,)).wiring.names]
    planned = planned_phases(spec.network, spec.training, names)
    assert [one.training.epochs for one in planned] == [2, 3, 1]
    assert [one.frozen for one in planned] == [("hidden_1", "hidden_norm"), (), ("head",)]
    assert [[layer.trainable for layer in one.network.layers] for one in planned] == [
        [False, False, True, True],
        [True, True, True, True],
        [True, True, True, False],
    ]
    assert [layer.trainable for layer in spec.network.layers] == [True] * 4
    first, second, third = (one.training.optimizer for one in planned)
    assert first == SGD(momentum=0.9)
    assert second == SGD(momentum=0.9, learning_rate=0.5)
    assert isinstance(second, SGD)
    assert second.arguments() == {"momentum": 0.9, "learning_rate": 0.5}
    assert third == "adam"
    assert (
        planned_phases(spec.network, spec.training.model_copy(update={"phases": ()}), names)[0].network is spec.network
    )


@pytest.mark.parametrize(
    ("phases", "found"),
    [
        ([{"epochs": 1, "freeze": ["hiden_1"]}], [("/training/phases/0/freeze/0", "unknown_layer")]),
        ([{"epochs": 1, "freeze": ["*"]}], [("/training/phases/0/freeze", "nothing_to_train")]),
        ([{"epochs": 1, "freeze": ["h*"]}, {"epochs": 1}], [("/training/phases/0/freeze", "nothing_to_train")]),
        ([{"epochs": 1, "freeze": ["a b"]}], [("/training/phases/0/freeze/0", "string_pattern_mismatch")]),
        ([{"epochs": 1, "freeze": ["a***b"]}], [("/training/phases/0/freeze/0", "string_pattern_mismatch")]),
        ([{"epochs": 1, "freeze": "head"}], [("/training/phases/0/freeze", "tuple_type")]),
        ([{"freeze": ["head"]}], [("/training/phases/0/epochs", "missing")]),
        ([{"epochs": 0}], [("/training/phases/0/epochs", "greater_than_equal")]),
        (
            [{"epochs": 1, "optimizer": "adam", "learning_rate": 0.1}],
            [("/training/phases/0/learning_rate", "either_or")],
        ),
        ([{"epochs": 1, "lr": 0.1}], [("/training/phases/0/lr", "retired_field")]),
        ([{"epochs": 1, "callbacks": []}], [("/training/phases/0/callbacks", "not_offered")]),
        ([{"epochs": 1}] * 21, [("/training/phases", "too_many")]),
        (
            [
                {
                    "epochs": 1,
                    "learning_rate": {
                        "type": "OneCycle",
                        "max_learning_rate": 0.1,
                        "max_momentum": 0.9,
                        "min_momentum": 0.8,
                    },
                }
            ],
            [("/training/phases/0/learning_rate", "unsuitable_rate")],
        ),
        (
            [{"epochs": 1, "optimizer": {"type": "AdamW", "exclude_from_weight_decay": ["haed"]}}],
            [("/training/phases/0/optimizer/exclude_from_weight_decay/0", "unknown_variable")],
        ),
    ],
)
def test_what_is_wrong_with_phases(phases: list[dict[str, Any]], found: list[tuple[str, str]]) -> None:
    assert faults(phases=phases, optimizer="sgd") == found


def test_what_freezing_cannot_do_is_told() -> None:
    advice = check(body(phases=[{"epochs": 1, "freeze": ["dropout"]}])).advice
    assert [(one.pointer, one.code) for one in advice] == [("/training/phases/0/freeze/0", "nothing_to_freeze")]


def test_a_callback_that_suits_one_optimizer_suits_all() -> None:
    schedule = {"type": "ExponentialDecay", "initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.9}
    phases = [{"epochs": 1}, {"epochs": 1, "learning_rate": schedule}, {"epochs": 1, "learning_rate": schedule}]
    callbacks = [{"type": "ReduceLROnPlateau", "monitor": "loss"}]
    assert faults(phases=phases, optimizer="sgd", callbacks=callbacks) == [("/training/callbacks/0", "rate_set_twice")]


def test_memory_is_that_of_the_greediest_phase() -> None:
    def needed(phases: list[dict[str, Any]]) -> int:
        summary = check(body(phases=phases, optimizer="sgd")).summary
        assert summary is not None
        return summary.memory.optimizer_bytes

    assert needed([{"epochs": 1}]) == 0
    assert (
        needed([{"epochs": 1}, {"epochs": 1, "optimizer": "adam"}]) == needed([{"epochs": 1, "optimizer": "adam"}]) > 0
    )


@pytest.mark.parametrize(
    ("multipliers", "optimizer", "found"),
    [
        ({"hidden_*": 0.1, "head": 2}, "adam", []),
        ({"hiden_*": 0.1}, "adam", [("/training/learning_rate_multipliers/hiden_*", "unknown_layer")]),
        (
            {"hidden_*": 0.1, "*_1": 2.0},
            "adam",
            [("/training/learning_rate_multipliers/*_1", "layer_twice")],
        ),
        ({"head": 0}, "adam", [("/training/learning_rate_multipliers/head", "greater_than")]),
        (
            {"head": 0.1},
            {"type": "Adam", "global_clipnorm": 1.0},
            [("/training/optimizer/global_clipnorm", "not_with_multipliers")],
        ),
        (
            {"head": 0.1},
            {"type": "SGD", "learning_rate": {"type": "OneCycle", "max_learning_rate": 0.1}},
            [("/training/optimizer/learning_rate", "not_with_multipliers")],
        ),
    ],
)
def test_learning_rates_of_single_layers(multipliers: object, optimizer: object, found: list[tuple[str, str]]) -> None:
    assert faults(learning_rate_multipliers=multipliers, optimizer=optimizer) == found


def test_an_optimizer_of_a_phase_must_be_divisible_too() -> None:
    phases = [{"epochs": 1}, {"epochs": 1, "optimizer": {"type": "Adam", "global_clipnorm": 1.0}}]
    found = [("/training/phases/1/optimizer/global_clipnorm", "not_with_multipliers")]
    assert faults(phases=phases, learning_rate_multipliers={"head": 0.5}, optimizer="sgd") == found
    assert faults(learning_rate_multipliers={"head": 0.5}, precision="mixed_float16") == [
        ("/training/precision", "not_with_multipliers")
    ]


def test_the_factor_of_a_layer() -> None:
    assert [multiplier_of({"hidden_*": 0.1}, name) for name in ("hidden_1", "head")] == [0.1, 1.0]


def test_the_summary_tells_what_each_phase_trains() -> None:
    summary = check(body(phases=[{"epochs": 2, "freeze": ["hidden_*"]}, {"epochs": 1}])).summary
    assert summary is not None
    first, second = summary.phases
    assert (first.epochs, first.frozen_layers) == (2, ["hidden_1", "hidden_norm"])
    assert (first.trainable_parameters, first.non_trainable_parameters) == (8 * 3 + 3, 4 * 8 + 4 * 8)
    assert (second.frozen_layers, second.trainable_parameters) == ([], summary.trainable_parameters)
    whole = check(body(epochs=1)).summary
    assert whole is not None
    assert whole.phases == []


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("dense", ["dense"]),
        ("dense*", ["dense", "dense_1", "dense_12"]),
        ("*_1*", ["dense_1", "dense_12", "norm_1"]),
        ("*1", ["dense_1", "norm_1"]),
        ("dense*dense", []),
        ("d*s*e", ["dense"]),
        ("*", ["dense", "dense_1", "dense_12", "norm_1"]),
        ("**", ["dense", "dense_1", "dense_12", "norm_1"]),
    ],
)
def test_a_star_stands_for_any_characters(pattern: str, meant: list[str]) -> None:
    assert named_by(pattern, ["dense", "dense_1", "dense_12", "norm_1"]) == meant
