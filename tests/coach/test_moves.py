"""What each technique changes, exactly, in networks as the notebook has them."""

import copy
from typing import Any

import pytest

from coach.coached_job import CoachedJob, coached_job
from coach.moves import BY_NAME, ParametersFaulty, applied, moved
from coach.outcomes import Move, NotApplicable
from spec.weights.stored import StoredFile, StoredLayer, WeightsFacts
from tests.spec.jobs import MEMORY_BYTES, job
from tests.spec.own_datasets import TABLE, WORDS, facts_of

RELU = [
    {"type": "Flatten"},
    {"type": "Dense", "units": 300, "activation": "relu"},
    {"type": "Dense", "units": 100, "activation": "relu"},
    {"type": "Dense", "units": 10, "activation": "softmax"},
]
SIGMOID = [{**layer, **({"activation": "sigmoid"} if "units" in layer else {})} for layer in RELU[:3]] + RELU[3:]
OTHER = "job_" + 26 * "0"
EPOCHS = 1_688


def coached(body: dict[str, Any]) -> CoachedJob:
    weights = WeightsFacts(
        OTHER, StoredFile("k", "s", 1), {"dense": StoredLayer("Dense", {"kernel": (784, 300), "bias": (300,)})}
    )
    return coached_job(body, facts_of=facts_of, max_memory_bytes=MEMORY_BYTES, weights_of=lambda _: weights)


def outcome(name: str, body: dict[str, Any], parameters: object = None) -> Move | NotApplicable:
    return applied(BY_NAME[name], coached(body), parameters)


def patch(name: str, body: dict[str, Any], parameters: object = None) -> list[Any]:
    """The operations, each as op, path and value; nothing is left to do in their result."""
    found = outcome(name, body, parameters)
    assert isinstance(found, Move), found
    then = outcome(name, moved(body, found), parameters)
    assert isinstance(then, NotApplicable), then
    return [tuple(operation.values()) for operation in found.patch]


def layer(index: int, field: str = "") -> str:
    return f"/network/layers/{index}{field and '/'}{field}"


def both(field: str, value: object, op: str = "add") -> list[Any]:
    """The same of both hidden layers."""
    return [(op, layer(index, field), value) for index in (1, 2)]


NETWORKS: list[tuple[str, object, list[dict[str, Any]], list[Any]]] = [
    ("he_initialization", None, RELU, both("kernel_initializer", "he_normal")),
    ("he_initialization", {"distribution": "uniform"}, RELU, both("kernel_initializer", "he_uniform")),
    (
        "he_initialization",
        None,
        [*RELU[:3], {**RELU[3], "kernel_initializer": {"type": "RandomNormal", "stddev": 5.0}}],
        [
            *both("kernel_initializer", "he_normal"),
            ("replace", layer(3, "kernel_initializer"), "glorot_uniform"),
        ],
    ),
    (
        "variance_scaling",
        None,
        RELU,
        both(
            "kernel_initializer",
            {"type": "VarianceScaling", "scale": 2.0, "mode": "fan_avg", "distribution": "uniform"},
        ),
    ),
    ("lecun_initialization", None, RELU, both("kernel_initializer", "lecun_normal")),
    (
        "glorot_initialization",
        None,
        [*RELU[:1], {**RELU[1], "kernel_initializer": {"type": "RandomNormal", "stddev": 5.0}}, *RELU[2:]],
        [("replace", layer(1, "kernel_initializer"), "glorot_uniform")],
    ),
    (
        "relu",
        None,
        SIGMOID,
        [
            one
            for index in (1, 2)
            for one in (
                ("replace", layer(index, "activation"), "relu"),
                ("add", layer(index, "kernel_initializer"), "he_normal"),
            )
        ],
    ),
    (
        "leaky_relu",
        None,
        RELU,
        [
            ("remove", layer(1, "activation")),
            ("add", layer(1, "kernel_initializer"), "he_normal"),
            ("add", layer(2), {"type": "LeakyReLU", "negative_slope": 0.2}),
            ("remove", layer(3, "activation")),
            ("add", layer(3, "kernel_initializer"), "he_normal"),
            ("add", layer(4), {"type": "LeakyReLU", "negative_slope": 0.2}),
        ],
    ),
    (
        "selu",
        None,
        [*RELU[:3], {"type": "Dropout", "rate": 0.2}, *RELU[3:]],
        [
            one
            for index in (1, 2)
            for one in (
                ("replace", layer(index, "activation"), "selu"),
                ("add", layer(index, "kernel_initializer"), "lecun_normal"),
            )
        ]
        + [("replace", layer(3, "type"), "AlphaDropout")],
    ),
    ("batch_normalization", None, RELU, [("add", layer(index), {"type": "BatchNormalization"}) for index in (2, 4)]),
    (
        "batch_normalization_before_activation",
        None,
        RELU,
        [
            one
            for index in (1, 4)
            for one in (
                ("remove", layer(index, "activation")),
                ("add", layer(index, "use_bias"), False),
                ("add", layer(index + 1), {"type": "BatchNormalization"}),
                ("add", layer(index + 2), {"type": "Activation", "activation": "relu"}),
            )
        ],
    ),
    ("dropout", None, RELU, [("add", layer(index), {"type": "Dropout", "rate": 0.2}) for index in (2, 4)]),
    (
        "dropout",
        {"on_input": True},
        RELU,
        [("add", layer(index), {"type": "Dropout", "rate": 0.2}) for index in (1, 3, 5)],
    ),
    ("max_norm", None, RELU, both("kernel_constraint", {"type": "MaxNorm", "max_value": 1.0})),
    (
        "l2_regularization",
        {"l2": 0.01},
        RELU,
        [("add", layer(index, "kernel_regularizer"), {"type": "L2", "l2": 0.01}) for index in (1, 2, 3)],
    ),
    (
        "nonlinearity",
        None,
        [RELU[0], {"type": "Dense", "units": 30}, *RELU[3:]],
        [("add", layer(1, "activation"), "relu"), ("add", layer(1, "kernel_initializer"), "he_normal")],
    ),
    ("no_hidden_softmax", None, [*RELU, {"type": "Softmax"}], [("remove", layer(3, "activation"))]),
    ("wider_layers", {"units": 200}, RELU, [("replace", layer(2, "units"), 200)]),
    ("narrower_layers", {"units": 200}, RELU, [("replace", layer(1, "units"), 200)]),
    ("shallower", {"layers": 1}, RELU, [("remove", layer(2))]),
    (
        "deeper",
        {"layers": 3},
        RELU,
        [("add", layer(3), {"type": "Dense", "units": 100, "activation": "relu", "kernel_initializer": "he_normal"})],
    ),
    (
        "output_activation",
        None,
        [*RELU[:3], {"type": "Dense", "units": 10}],
        [("add", layer(3, "activation"), "softmax")],
    ),
    ("output_units", None, [*RELU[:3], {**RELU[3], "units": 12}], [("replace", layer(3, "units"), 10)]),
]


@pytest.mark.parametrize(
    ("name", "parameters", "layers", "expected"), NETWORKS, ids=lambda one: one if isinstance(one, str) else ""
)
def test_what_changes_in_a_network(
    name: str, parameters: object, layers: list[dict[str, Any]], expected: list[Any]
) -> None:
    assert patch(name, job(layers=layers), parameters) == expected


RATE = "/training/optimizer/learning_rate"
TRAININGS: list[tuple[str, object, dict[str, Any], list[Any]]] = [
    ("momentum", None, {"optimizer": "sgd"}, [("replace", "/training/optimizer", {"type": "SGD", "momentum": 0.9})]),
    (
        "nesterov",
        None,
        {"optimizer": {"type": "SGD", "momentum": 0.5}},
        [("add", "/training/optimizer/nesterov", True)],
    ),
    ("adam", None, {}, [("replace", "/training/optimizer", {"type": "Adam", "learning_rate": 0.001})]),
    ("nadam", None, {"optimizer": "adam"}, [("replace", "/training/optimizer", {"type": "Nadam"})]),
    (
        "rmsprop",
        None,
        {"optimizer": {"type": "Adam", "beta_1": 0.8, "clipnorm": 2.0}},
        [("replace", "/training/optimizer", {"type": "RMSprop", "clipnorm": 2.0})],
    ),
    ("gradient_clipping", None, {}, [("add", "/training/optimizer/clipnorm", 1.0)]),
    ("lower_learning_rate", None, {}, [("replace", RATE, 0.001)]),
    (
        "raise_learning_rate",
        {"factor": 5},
        {"optimizer": ...},
        [("add", "/training/optimizer", {"type": "RMSprop", "learning_rate": 0.005})],
    ),
    (
        "exponential_scheduling",
        {"decay_epochs": 20},
        {},
        [
            (
                "replace",
                RATE,
                {
                    "type": "ExponentialDecay",
                    "initial_learning_rate": 0.01,
                    "decay_steps": 20,
                    "decay_rate": 0.1,
                    "unit": "epoch",
                },
            )
        ],
    ),
    (
        "power_scheduling",
        {"decay_rate": 1e-4},
        {},
        [
            (
                "replace",
                RATE,
                {"type": "InverseTimeDecay", "initial_learning_rate": 0.01, "decay_steps": 1, "decay_rate": 1e-4},
            )
        ],
    ),
    (
        "piecewise_scheduling",
        None,
        {"epochs": 20},
        [
            (
                "replace",
                RATE,
                {
                    "type": "PiecewiseConstantDecay",
                    "boundaries": [4, 14],
                    "values": [0.01, 0.005, 0.001],
                    "unit": "epoch",
                },
            )
        ],
    ),
    (
        "performance_scheduling",
        None,
        {},
        [("add", "/training/callbacks/1", {"type": "ReduceLROnPlateau", "factor": 0.5, "patience": 5})],
    ),
    (
        "warm_up",
        None,
        {},
        [
            (
                "replace",
                RATE,
                {
                    "type": "CosineDecay",
                    "initial_learning_rate": 0.0,
                    "warmup_target": 0.01,
                    "warmup_steps": 844,
                    "decay_steps": 5 * EPOCHS - 844,
                },
            )
        ],
    ),
    (
        "one_cycle",
        None,
        {"callbacks": [{"type": "ReduceLROnPlateau"}, {"type": "TerminateOnNaN"}]},
        [
            (
                "replace",
                RATE,
                {"type": "OneCycle", "max_learning_rate": 0.03, "max_momentum": 0.95, "min_momentum": 0.85},
            ),
            ("remove", "/training/callbacks/0"),
        ],
    ),
    (
        "early_stopping",
        None,
        {"callbacks": ...},
        [
            (
                "add",
                "/training/callbacks",
                [{"type": "EarlyStopping", "monitor": "val_loss", "patience": 5, "restore_best_weights": True}],
            )
        ],
    ),
    ("class_weights", None, {}, [("add", "/training/class_weight", "balanced")]),
    ("smaller_batches", None, {}, [("replace", "/training/batch_size", 16)]),
    ("larger_batches", None, {}, [("replace", "/training/batch_size", 128)]),
    ("more_epochs", {"updates": 10_000}, {}, [("replace", "/training/epochs", 6)]),
    ("reuse_weights", {"job": OTHER}, {}, [("add", "/training/initial_weights", {"from": {"job": OTHER}})]),
    ("fitting_loss", None, {"loss": "mse"}, [("replace", "/training/loss", "sparse_categorical_crossentropy")]),
]


@pytest.mark.parametrize(
    ("name", "parameters", "training", "expected"), TRAININGS, ids=lambda one: one if isinstance(one, str) else ""
)
def test_what_changes_in_a_training(
    name: str, parameters: object, training: dict[str, Any], expected: list[Any]
) -> None:
    assert patch(name, job(layers=RELU, **training), parameters) == expected


def test_what_the_defaults_say_is_changed_there_if_nobody_else_has_it() -> None:
    body = job(layers=[{"type": "Flatten"}, {"type": "Dense", "units": 30}, RELU[3]])
    body["network"]["defaults"] = {"Dense": {"activation": "relu", "kernel_regularizer": "l2"}}
    assert ("replace", "/network/defaults/Dense/activation", "elu") in patch("elu", body)
    # The output has the penalty of the defaults, too, so all of them are the same move.
    assert patch("less_regularization", body) == [
        ("replace", "/network/defaults/Dense/kernel_regularizer", {"type": "L2", "l2": 1e-5})
    ]
    body["network"]["layers"].insert(1, {"type": "Dense", "units": 30, "trainable": False})
    assert patch("elu", body)[:1] == [("add", layer(2, "activation"), "elu")]


def graph() -> dict[str, Any]:
    """Two branches that are joined, and layers that others call by their names."""
    layers = [
        {"type": "Flatten"},
        {"type": "Dense", "units": 8, "activation": "relu", "name": "left"},
        {"type": "Dense", "units": 8, "activation": "relu", "inputs": ["flatten"]},
        {"type": "Concatenate", "inputs": ["left", "dense"]},
        {"type": "Dense", "units": 10, "activation": "softmax"},
    ]
    return job(layers=layers, phases=[{"epochs": 1, "freeze": ["dense_1"]}, {"epochs": 4}], epochs=...)


def test_in_a_graph_the_readers_read_the_new_layer_and_no_layer_gets_another_name() -> None:
    assert patch("batch_normalization", graph()) == [
        ("add", layer(2), {"type": "BatchNormalization", "name": "batch_normalization_after_left"}),
        ("add", layer(4), {"type": "BatchNormalization", "name": "batch_normalization_after_dense"}),
        (
            "replace",
            layer(5, "inputs"),
            ["batch_normalization_after_left", "batch_normalization_after_dense"],
        ),
    ]
    found = outcome("batch_normalization", graph())
    assert isinstance(found, Move)
    names = coached(moved(graph(), found)).inferred.wiring.names
    assert [name for name in names if name in {"left", "dense", "dense_1"}] == ["left", "dense", "dense_1"]


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        ({"name": "fashion_mnist", "scaling": "none"}, [("replace", "/dataset/scaling", "unit")]),
        ({"name": "wine", "scaling": "none"}, [("replace", "/dataset/scaling", "standard")]),
        (
            {"name": TABLE, "target": "kind", "features": [{"column": "age", "encoding": "number", "scaling": "none"}]},
            [("replace", "/dataset/features/0/scaling", "standard")],
        ),
        (
            {"name": TABLE, "target": "kind", "features": [{"column": "city", "encoding": "ordinal"}]},
            [("add", layer(0), {"type": "BatchNormalization"})],
        ),
    ],
)
def test_inputs_are_scaled_by_the_data_set_or_else_by_the_first_layer(dataset: object, expected: list[Any]) -> None:
    units = 10 if expected[0][2] == "unit" else 3
    layers = [{"type": "Flatten"}, {"type": "Dense", "units": units, "activation": "softmax"}]
    assert patch("scale_inputs", job(dataset, layers, validation_split=..., callbacks=...)) == expected
    scaled = [{"type": "BatchNormalization"}, *layers]
    found = outcome("scale_inputs", job(dataset, scaled, validation_split=..., callbacks=...))
    assert isinstance(found, NotApplicable)


def test_what_an_embedding_looks_up_is_left_alone_and_so_is_its_mask() -> None:
    dataset = {"name": WORDS, "features": [{"column": "note", "encoding": "tokens", "max_tokens": 50, "length": 6}]}
    embedding = {"type": "Embedding", "input_dim": 52, "output_dim": 8, "mask_zero": True}
    layers = [embedding, {"type": "LSTM", "units": 6}, {"type": "Dense", "units": 3, "activation": "softmax"}]
    body = job(dataset, layers, validation_split=..., callbacks=...)
    for name in ("scale_inputs", "batch_normalization", "dropout", "relu"):
        assert isinstance(outcome(name, body), NotApplicable), name


@pytest.mark.parametrize("gate", ["sigmoid", "softmax"])
def test_a_gate_keeps_its_activation(gate: str) -> None:
    layers = [
        {"type": "Flatten"},
        {"type": "Dense", "units": 8, "activation": "relu", "name": "signal"},
        {"type": "Dense", "units": 8, "activation": gate, "name": "gate", "inputs": ["flatten"]},
        {"type": "Multiply", "inputs": ["signal", "gate"]},
        {"type": "Dense", "units": 10, "activation": "softmax"},
    ]
    for name in ("relu", "no_hidden_softmax"):
        assert isinstance(outcome(name, job(layers=layers)), NotApplicable), name


def test_a_result_that_the_check_refuses_is_a_reason() -> None:
    body = job(layers=RELU, learning_rate_multipliers={"dense": 0.1})
    found = outcome("one_cycle", body)
    assert isinstance(found, NotApplicable)
    assert found.reason.startswith("The changed job would have a fault. `OneCycle` moves the learning rate of a single")


@pytest.mark.parametrize(
    ("name", "parameters", "pointer"),
    [
        ("dropout", {"rate": 1.5}, "/rate"),
        ("dropout", {"share": 0.5}, "/share"),
        ("adam", {"learning_rate": "high"}, "/learning_rate"),
        ("reuse_weights", {"job": "it"}, "/job"),
        ("relu", {"rate": 1}, "/rate"),
    ],
)
def test_faulty_parameters_are_told_with_their_places(name: str, parameters: object, pointer: str) -> None:
    with pytest.raises(ParametersFaulty) as caught:
        outcome(name, job(layers=RELU), parameters)
    assert [fault.pointer for fault in caught.value.faults] == [pointer]


def test_a_network_of_many_layers_gets_one_operation_for_all_of_them() -> None:
    hidden = [{"type": "Dense", "units": 4, "activation": "sigmoid"} for _ in range(120)]
    body = job(layers=[{"type": "Flatten"}, *hidden, RELU[3]])
    before = copy.deepcopy(body)
    (only,) = patch("relu", body)
    assert only[:2] == ("replace", "/network/layers")
    assert body == before
