"""Every technique of the notebook, said as a spec, sent over HTTP to a running service, on real data.

Beside what each row promises, its metrics are compared with those of a plain ``fit`` of the same network,
written by hand in Keras, same seed and same order of the rows: to the bit.
"""

import io
import math
from collections.abc import Callable
from typing import Any

import httpx
import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics import confusion_matrix

from api.jobs.examples import NOTEBOOK_LAYERS
from tests.services.jobs import model_of, post, results_of, rows_of, train
from tests.spec.jobs import job as notebook_job

# Keras's own callbacks read the learning rate in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

L = keras.layers
SEED = 42
BATCH = 479
"""A third of the rows to train on, and more than are held back: each network is compiled for one size of batches."""
BEFORE_ACTIVATION = [
    {"type": "Flatten"},
    {"type": "BatchNormalization"},
    {"type": "Dense", "units": 300, "kernel_initializer": "he_normal", "use_bias": False},
    {"type": "BatchNormalization"},
    {"type": "Activation", "activation": "elu"},
    {"type": "Dense", "units": 300, "kernel_initializer": "he_normal", "use_bias": False},
    {"type": "BatchNormalization"},
    {"type": "Activation", "activation": "elu"},
    {"type": "Dense", "units": 10, "activation": "softmax"},
]
DROPOUT = [
    {"type": "Flatten"},
    {"type": "Dropout", "rate": 0.2},
    {"type": "Dense", "units": 300, "activation": "elu", "kernel_initializer": "he_normal"},
    {"type": "Dropout", "rate": 0.2},
    {"type": "Dense", "units": 100, "activation": "elu", "kernel_initializer": "he_normal"},
    {"type": "Dropout", "rate": 0.2},
    {"type": "Dense", "units": 10, "activation": "softmax"},
]
OUTPUT = {"type": "Dense", "units": 10, "activation": "softmax"}
SGD = {"type": "SGD", "learning_rate": 0.01}


def spec(layers: list[dict[str, Any]], **training: object) -> dict[str, Any]:
    """A job on digits, in the order of the rows, 2 epochs unless said otherwise."""
    said: dict[str, Any] = {
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer": SGD,
        "epochs": 2,
        "batch_size": BATCH,
        "validation_split": 0.2,
        "shuffle": False,
        "seed": SEED,
    }
    return {"dataset": "digits", "network": {"layers": layers}, "training": {**said, **training}}


def at_home(
    layers: Callable[[], list[keras.layers.Layer]],
    optimizer: Callable[[], keras.optimizers.Optimizer],
    *,
    epochs: int = 2,
    callbacks: Callable[[], list[keras.callbacks.Callback]] = list,
) -> list[dict[str, float]]:
    """What plain Keras reports for the same job, one dict an epoch."""
    images, labels = load_digits(return_X_y=True)
    pixels = (images.reshape(-1, 8, 8) / 16).astype("float32")
    keras.backend.clear_session(free_memory=False)
    keras.utils.set_random_seed(SEED)
    model = keras.Sequential([keras.Input((8, 8)), *layers()])
    model.compile(optimizer=optimizer(), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        pixels,
        labels,
        batch_size=BATCH,
        epochs=epochs,
        validation_split=0.2,
        shuffle=False,
        verbose=0,
        callbacks=callbacks(),
    ).history
    return [{name: values[epoch] for name, values in history.items()} for epoch in range(epochs)]


def sgd() -> keras.optimizers.Optimizer:
    return keras.optimizers.SGD(0.01)


def assert_as_at_home(rows: list[dict[str, Any]], home: list[dict[str, float]]) -> None:
    """Every metric of every epoch equals Keras's, to the bit."""
    assert [row["epoch"] for row in rows] == list(range(1, len(home) + 1))
    for row, told in zip(rows, home, strict=True):
        served = {name: value for name, value in row["metrics"].items() if name in told}
        assert served == told


INITIALIZERS: dict[str, dict[str, Any]] = {
    "glorot": {},
    "he_normal": {"activation": "relu", "kernel_initializer": "he_normal"},
    "he_uniform": {"activation": "relu", "kernel_initializer": "he_uniform"},
    "scaling": {
        "activation": "sigmoid",
        "kernel_initializer": {
            "type": "VarianceScaling",
            "scale": 2.0,
            "mode": "fan_avg",
            "distribution": "uniform",
        },
    },
}
"""Name of a layer -> how it is initialized."""


@pytest.fixture(scope="module")
def kernels(service: httpx.Client) -> dict[str, np.ndarray]:
    """Kernels on the same pixels as they were initialized: the job's rate is too small to move a float32."""
    layers: list[dict[str, Any]] = [{"type": "Flatten", "name": "pixels"}]
    for name, said in INITIALIZERS.items():
        layers.append({"type": "Dense", "units": 200, "name": name, "inputs": ["pixels"], **said})
    layers += [{"type": "Add", "inputs": [*INITIALIZERS]}, OUTPUT]
    model = model_of(service, train(service, spec(layers, epochs=1, optimizer={"type": "SGD", "learning_rate": 1e-20})))
    return {name: np.asarray(model.get_layer(name).kernel) for name in INITIALIZERS}


def test_row_01_glorot_is_the_default(kernels: dict[str, np.ndarray]) -> None:
    limit = math.sqrt(6 / (64 + 200))
    assert np.abs(kernels["glorot"]).max() <= limit
    assert kernels["glorot"].std() == pytest.approx(limit / math.sqrt(3), rel=0.03)


@pytest.mark.parametrize("initializer", ["he_normal", "he_uniform"])
def test_row_02_he(kernels: dict[str, np.ndarray], initializer: str) -> None:
    assert kernels[initializer].std() == pytest.approx(math.sqrt(2 / 64), rel=0.03)


def test_row_03_variance_scaling_on_fan_avg(kernels: dict[str, np.ndarray]) -> None:
    assert kernels["scaling"].var() == pytest.approx(2.0 / ((64 + 200) / 2), rel=0.05)


def test_row_04_leaky_relu(service: httpx.Client) -> None:
    dense = {"type": "Dense", "units": 10, "kernel_initializer": "he_normal"}
    layers = [{"type": "Flatten"}, dense, {"type": "LeakyReLU", "negative_slope": 0.2}, OUTPUT]
    home = at_home(
        lambda: [
            L.Flatten(),
            L.Dense(10, kernel_initializer="he_normal"),
            L.LeakyReLU(negative_slope=0.2),
            L.Dense(10, activation="softmax"),
        ],
        sgd,
    )
    assert_as_at_home(rows_of(service, train(service, spec(layers))), home)
    old = post(service, spec([{"type": "Flatten"}, dense, {"type": "LeakyReLU", "alpha": 0.2}, OUTPUT]))
    assert old.status_code == 422
    (fault,) = old.json()["errors"]
    assert fault["pointer"] == "/network/layers/2/alpha"
    assert "negative_slope" in fault["message"]
    assert fault["suggestion"] == "negative_slope"


def test_row_05_parametric_leaky_relu(service: httpx.Client) -> None:
    layers = [
        {"type": "Flatten"},
        {"type": "Dense", "units": 10, "kernel_initializer": "he_normal"},
        {"type": "PReLU"},
        OUTPUT,
    ]
    told = service.post("/v1/networks/inspect", json={"network": {"layers": layers}, "dataset": "digits"}).json()
    (slopes,) = told["layers"][2]["variables"]
    assert (told["layers"][2]["parameters"], slopes["shape"], slopes["trainable"]) == (10, [10], True)
    job = train(service, spec(layers))
    home = at_home(
        lambda: [
            L.Flatten(),
            L.Dense(10, kernel_initializer="he_normal"),
            L.PReLU(),
            L.Dense(10, activation="softmax"),
        ],
        sgd,
    )
    assert_as_at_home(rows_of(service, job), home)
    assert np.abs(np.asarray(model_of(service, job).layers[2].alpha)).max() > 0


def test_row_06_selu(service: httpx.Client) -> None:
    def layers(initializer: str) -> list[dict[str, Any]]:
        dense = {"type": "Dense", "units": 10, "activation": "selu", "kernel_initializer": initializer}
        return [{"type": "Flatten"}, dense, OUTPUT]

    home = at_home(
        lambda: [
            L.Flatten(),
            L.Dense(10, activation="selu", kernel_initializer="lecun_normal"),
            L.Dense(10, activation="softmax"),
        ],
        sgd,
    )
    good = post(service, spec(layers("lecun_normal")))
    assert good.json()["warnings"] == []
    assert_as_at_home(rows_of(service, train(service, spec(layers("lecun_normal")))), home)
    doubtful = post(service, spec(layers("he_normal")))
    assert doubtful.status_code == 201
    (warning,) = doubtful.json()["warnings"]
    assert warning["pointer"].startswith("/network/layers/1")
    assert "lecun_normal" in warning["message"]


def fashion(layers: list[dict[str, Any]]) -> dict[str, Any]:
    """The job of which techniques.md tells what plain Keras reached."""
    return notebook_job(layers=layers, validation_split=5000 / 60000, seed=SEED, shuffle=..., callbacks=...)


@pytest.mark.fashion_mnist
@pytest.mark.parametrize(
    ("layers", "validation_accuracy", "test_accuracy", "parameters"),
    [
        pytest.param(NOTEBOOK_LAYERS, 0.882, 0.875, 271346, id="after the activation (row 7)"),
        pytest.param(
            BEFORE_ACTIVATION,
            0.879,
            0.870,
            333746,
            id="before the activation (row 10)",
        ),
        pytest.param(DROPOUT, 0.864, 0.847, 266610, id="dropout (row 23)"),
    ],
)
def test_the_notebooks_networks_on_fashion_mnist(
    service: httpx.Client,
    layers: list[dict[str, Any]],
    validation_accuracy: float,
    test_accuracy: float,
    parameters: int,
) -> None:
    job = train(service, fashion(layers), timeout_seconds=300)
    results = results_of(service, job)
    assert results["epochs_run"] == 5
    assert results["model_summary"]["total_parameters"] == parameters
    assert results["final_metrics"]["val_accuracy"] == pytest.approx(validation_accuracy, abs=0.01)
    # The order of the rows is the contract's; plain fit on that order ends 0.012 higher with dropout, as here.
    assert test_accuracy - 0.01 <= results["final_metrics"]["test_accuracy"] <= test_accuracy + 0.015


def test_row_07_and_09_parameters_and_variables(service: httpx.Client) -> None:
    answer = service.post(
        "/v1/networks/inspect", json={"network": {"layers": NOTEBOOK_LAYERS}, "input_shape": [28, 28]}
    ).json()
    assert [layer["parameters"] for layer in answer["layers"]] == [0, 3136, 235500, 1200, 30100, 400, 1010]
    totals = (answer["total_parameters"], answer["trainable_parameters"], answer["non_trainable_parameters"])
    assert totals == (271346, 268978, 2368)
    assert [(variable["name"], variable["trainable"]) for variable in answer["layers"][1]["variables"]] == [
        ("gamma", True),
        ("beta", True),
        ("moving_mean", False),
        ("moving_variance", False),
    ]


def before_activation() -> list[keras.layers.Layer]:
    """The layers of ``BEFORE_ACTIVATION``, by hand."""
    return [
        L.Flatten(),
        L.BatchNormalization(),
        L.Dense(300, kernel_initializer="he_normal", use_bias=False),
        L.BatchNormalization(),
        L.Activation("elu"),
        L.Dense(300, kernel_initializer="he_normal", use_bias=False),
        L.BatchNormalization(),
        L.Activation("elu"),
        L.Dense(10, activation="softmax"),
    ]


def test_row_08_the_summary_is_keras_own(service: httpx.Client) -> None:
    answer = service.post(
        "/v1/networks/inspect", json={"network": {"layers": BEFORE_ACTIVATION}, "dataset": "fashion_mnist"}
    ).json()
    keras.backend.clear_session(free_memory=False)
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            *before_activation(),
        ]
    )
    assert [
        (layer["name"], layer["type"], layer["output_shape"], layer["parameters"]) for layer in answer["layers"]
    ] == [(layer.name, type(layer).__name__, list(layer.output.shape), layer.count_params()) for layer in model.layers]
    assert answer["total_parameters"] == model.count_params()


def test_row_10_a_bias_before_batch_normalization_is_told(service: httpx.Client) -> None:
    biased = [
        {"type": "Flatten"},
        {"type": "Dense", "units": 10},
        {"type": "BatchNormalization"},
        {"type": "Activation", "activation": "elu"},
        OUTPUT,
    ]
    told = post(service, spec(biased))
    assert told.status_code == 201
    (warning,) = told.json()["warnings"]
    assert warning["pointer"].startswith("/network/layers/1")
    job = train(service, spec(BEFORE_ACTIVATION))
    home = at_home(before_activation, sgd)
    assert_as_at_home(rows_of(service, job), home)


HIDDEN = [{"type": "Flatten"}, {"type": "Dense", "units": 32, "activation": "relu"}, OUTPUT]


def hidden() -> list[keras.layers.Layer]:
    return [L.Flatten(), L.Dense(32, activation="relu"), L.Dense(10, activation="softmax")]


OPTIMIZERS = keras.optimizers
SCHEDULES = keras.optimizers.schedules


@pytest.mark.parametrize(
    ("said", "keras_optimizer"),
    [
        pytest.param(
            {"type": "SGD", "learning_rate": 0.001, "momentum": 0.9},
            lambda: OPTIMIZERS.SGD(0.001, momentum=0.9),
            id="momentum (row 11)",
        ),
        pytest.param(
            {"type": "SGD", "learning_rate": 0.001, "momentum": 0.9, "nesterov": True},
            lambda: OPTIMIZERS.SGD(0.001, momentum=0.9, nesterov=True),
            id="Nesterov (row 12)",
        ),
        pytest.param(
            {"type": "RMSprop", "learning_rate": 0.001, "rho": 0.9},
            lambda: OPTIMIZERS.RMSprop(0.001, rho=0.9),
            id="RMSProp (row 13)",
        ),
        pytest.param(
            {"type": "Adam", "learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999},
            lambda: OPTIMIZERS.Adam(0.001, beta_1=0.9, beta_2=0.999),
            id="Adam (row 14)",
        ),
        pytest.param({"type": "Nadam"}, OPTIMIZERS.Nadam, id="Nadam (row 14)"),
        pytest.param(
            {
                "type": "SGD",
                "learning_rate": {
                    "type": "InverseTimeDecay",
                    "initial_learning_rate": 0.01,
                    "decay_steps": 1,
                    "decay_rate": 1e-4,
                },
            },
            lambda: OPTIMIZERS.SGD(SCHEDULES.InverseTimeDecay(0.01, 1, 1e-4)),
            id="power scheduling (row 15)",
        ),
        pytest.param(
            {
                "type": "SGD",
                "learning_rate": {
                    "type": "ExponentialDecay",
                    "initial_learning_rate": 0.01,
                    "decay_steps": 3,
                    "decay_rate": 0.1,
                },
            },
            lambda: OPTIMIZERS.SGD(SCHEDULES.ExponentialDecay(0.01, 3, 0.1)),
            id="exponential by step (row 19)",
        ),
    ],
)
def test_rows_11_to_15_and_19_optimizers(
    service: httpx.Client, said: dict[str, Any], keras_optimizer: Callable[[], keras.optimizers.Optimizer]
) -> None:
    job = train(service, spec(HIDDEN, optimizer=said))
    assert_as_at_home(rows_of(service, job), at_home(hidden, keras_optimizer))


def test_row_15_the_old_decay_is_told_of_inverse_time_decay(service: httpx.Client) -> None:
    answer = post(service, spec(HIDDEN, optimizer={"type": "SGD", "learning_rate": 0.01, "decay": 1e-4}))
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == "/training/optimizer/decay"
    assert "InverseTimeDecay" in fault["message"]


def test_row_16_exponential_by_epoch(service: httpx.Client) -> None:
    schedule = {
        "type": "ExponentialDecay",
        "initial_learning_rate": 0.01,
        "decay_steps": 20,
        "decay_rate": 0.1,
        "unit": "epoch",
    }
    rows = rows_of(
        service, train(service, spec(HIDDEN, optimizer={"type": "SGD", "learning_rate": schedule}, epochs=4))
    )
    rates = [row["metrics"]["learning_rate"] for row in rows]
    assert rates == pytest.approx([0.01 * 0.1 ** (epoch / 20) for epoch in range(4)], rel=1e-6)
    keras_schedule = SCHEDULES.ExponentialDecay(0.01, 20, 0.1)
    home = at_home(
        hidden,
        sgd,
        epochs=4,
        callbacks=lambda: [keras.callbacks.LearningRateScheduler(lambda epoch: float(keras_schedule(epoch)))],
    )
    assert_as_at_home(rows, home)


def test_row_17_piecewise_constant_by_epoch(service: httpx.Client) -> None:
    schedule = {
        "type": "PiecewiseConstantDecay",
        "boundaries": [4, 14],
        "values": [0.01, 0.005, 0.001],
        "unit": "epoch",
    }
    optimizer = {"type": "SGD", "learning_rate": schedule}
    rows = rows_of(service, train(service, spec(HIDDEN, optimizer=optimizer, epochs=17)))
    assert [row["metrics"]["learning_rate"] for row in rows] == pytest.approx(
        [0.01] * 5 + [0.005] * 10 + [0.001] * 2, rel=1e-6
    )
    for values, pointer in (
        ([0.01, None, 0.001], "/training/optimizer/learning_rate/values/1"),
        ([0.01, 0.001], "/training/optimizer/learning_rate/values"),
    ):
        forgetful = {"type": "SGD", "learning_rate": {**schedule, "values": values}}
        answer = post(service, spec(HIDDEN, optimizer=forgetful))
        assert answer.status_code == 422
        assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


def test_row_18_performance_scheduling(service: httpx.Client) -> None:
    plateau = {"type": "ReduceLROnPlateau", "monitor": "loss", "factor": 0.5, "patience": 2, "min_delta": 10.0}
    rows = rows_of(service, train(service, spec(HIDDEN, callbacks=[plateau], epochs=7)))
    home = at_home(
        hidden,
        sgd,
        epochs=7,
        callbacks=lambda: [keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=2, min_delta=10.0)],
    )
    assert_as_at_home(rows, home)
    rates = [row["metrics"]["learning_rate"] for row in rows]
    assert rates == pytest.approx([0.01, 0.01, 0.01, 0.005, 0.005, 0.0025, 0.0025], rel=1e-6)


def test_row_20_low_high_low_again(service: httpx.Client) -> None:
    cosine = {
        "type": "CosineDecay",
        "initial_learning_rate": 0.0,
        "warmup_target": 0.05,
        "warmup_steps": 13,
        "decay_steps": 53,
    }
    # 3 steps an epoch: the top is reached in the fifth of eleven epochs
    rows = rows_of(service, train(service, spec(HIDDEN, optimizer={"type": "SGD", "learning_rate": cosine}, epochs=11)))
    rates = [row["metrics"]["learning_rate"] for row in rows]
    assert rates[:4] == pytest.approx([0.05 * 3 * epoch / 13 for epoch in range(1, 5)], rel=1e-5)
    assert rates[4:] == sorted(rates[4:], reverse=True)
    keras_cosine = SCHEDULES.CosineDecay(0.0, 53, warmup_target=0.05, warmup_steps=13)
    assert_as_at_home(rows, at_home(hidden, lambda: OPTIMIZERS.SGD(keras_cosine), epochs=11))


def test_row_20_one_cycle(service: httpx.Client) -> None:
    cycle = {"type": "OneCycle", "max_learning_rate": 0.05}
    optimizer = {"type": "SGD", "learning_rate": cycle, "momentum": 0.9}
    rows = rows_of(service, train(service, spec(HIDDEN, optimizer=optimizer, epochs=10)))
    rates = [row["metrics"]["learning_rate"] for row in rows]
    top = rates.index(max(rates))
    assert 0 < top < 9
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert max(rates) <= 0.05
    assert rates[-1] < rates[0]
    assert rows[-1]["metrics"]["loss"] < rows[0]["metrics"]["loss"]


def test_row_21_regularization_is_part_of_the_loss(service: httpx.Client) -> None:
    dense = {"type": "Dense", "units": 32, "activation": "elu", "kernel_initializer": "he_normal"}
    said: list[object] = [{"type": "L2", "l2": 0.01}, "l1", {"type": "L1L2", "l1": 0.001, "l2": 0.01}]
    regularizers = [keras.regularizers.L2(0.01), "l1", keras.regularizers.L1L2(l1=0.001, l2=0.01)]
    layers = [{"type": "Flatten"}, *({**dense, "kernel_regularizer": one} for one in said), OUTPUT]
    home = at_home(
        lambda: [
            L.Flatten(),
            *(
                L.Dense(32, activation="elu", kernel_initializer="he_normal", kernel_regularizer=regularizer)
                for regularizer in regularizers
            ),
            L.Dense(10, activation="softmax"),
        ],
        sgd,
    )
    rows = rows_of(service, train(service, spec(layers)))
    assert_as_at_home(rows, home)
    free = rows_of(service, train(service, spec([{"type": "Flatten"}, dense, dense, dense, OUTPUT])))
    assert rows[0]["metrics"]["loss"] > free[0]["metrics"]["loss"]


def test_row_22_defaults_and_a_layers_own_field_wins(service: httpx.Client) -> None:
    job = spec(
        [
            {"type": "Flatten"},
            {"type": "Dense", "units": 30},
            {"type": "Dense", "units": 20},
            {"type": "Dense", "units": 10, "activation": "softmax", "kernel_initializer": "glorot_uniform"},
        ]
    )
    job["network"]["defaults"] = {
        "Dense": {
            "activation": "elu",
            "kernel_initializer": "he_normal",
            "kernel_regularizer": {"type": "L2", "l2": 0.01},
        }
    }

    def regularized(units: int, activation: str = "elu", kernel_initializer: str = "he_normal") -> keras.layers.Layer:
        return L.Dense(
            units,
            activation=activation,
            kernel_initializer=kernel_initializer,
            kernel_regularizer=keras.regularizers.L2(0.01),
        )

    home = at_home(
        lambda: [L.Flatten(), regularized(30), regularized(20), regularized(10, "softmax", "glorot_uniform")], sgd
    )
    assert_as_at_home(rows_of(service, train(service, job)), home)


def test_row_23_dropout_is_active_in_training_only(service: httpx.Client) -> None:
    layers = [
        {"type": "Flatten"},
        {"type": "Dropout", "rate": 0.2},
        {"type": "Dense", "units": 32, "activation": "selu", "kernel_initializer": "lecun_normal"},
        {"type": "AlphaDropout", "rate": 0.1},
        OUTPUT,
    ]
    home = at_home(
        lambda: [
            L.Flatten(),
            L.Dropout(0.2),
            L.Dense(32, activation="selu", kernel_initializer="lecun_normal"),
            L.AlphaDropout(0.1),
            L.Dense(10, activation="softmax"),
        ],
        sgd,
    )
    job = train(service, spec(layers))
    rows = rows_of(service, job)
    assert_as_at_home(rows, home)
    images, labels = load_digits(return_X_y=True)
    held_back = (images.reshape(-1, 8, 8)[1437:] / 16).astype("float32")
    predictions = np.asarray(model_of(service, job)(held_back, training=False)).argmax(axis=1)
    assert (predictions == labels[1437:]).mean() == pytest.approx(rows[-1]["metrics"]["val_accuracy"], abs=1e-6)


def test_row_24_max_norm(service: httpx.Client) -> None:
    dense = {
        "type": "Dense",
        "units": 32,
        "activation": "elu",
        "kernel_initializer": "he_normal",
        "kernel_constraint": {"type": "MaxNorm", "max_value": 1.0},
    }
    job = train(service, spec([{"type": "Flatten"}, dense, OUTPUT], optimizer={"type": "SGD", "learning_rate": 0.5}))
    home = at_home(
        lambda: [
            L.Flatten(),
            L.Dense(
                32,
                activation="elu",
                kernel_initializer="he_normal",
                kernel_constraint=keras.constraints.MaxNorm(1.0),
            ),
            L.Dense(10, activation="softmax"),
        ],
        lambda: OPTIMIZERS.SGD(0.5),
    )
    assert_as_at_home(rows_of(service, job), home)
    norms = np.linalg.norm(np.asarray(model_of(service, job).layers[1].kernel), axis=0)
    assert norms.max() <= 1.0 + 1e-6
    assert norms.max() > 0.9


def test_the_rows_of_a_picture_are_a_sequence(service: httpx.Client) -> None:
    """No row of the notebook: eight steps of eight pixels, of which those without ink are masked."""
    reader: dict[str, Any] = {"type": "LSTM", "units": 4, "dropout": 0.2, "recurrent_dropout": 0.2}
    layers = [{"type": "Masking"}, {"type": "Bidirectional", "layer": reader, "merge_mode": "sum"}, OUTPUT]
    job_id = train(service, spec(layers))
    home = at_home(
        lambda: [
            L.Masking(),
            L.Bidirectional(L.LSTM(4, dropout=0.2, recurrent_dropout=0.2), merge_mode="sum"),
            L.Dense(10, activation="softmax"),
        ],
        sgd,
    )
    assert_as_at_home(rows_of(service, job_id), home)
    assert [layer["mask"] for layer in results_of(service, job_id)["model_summary"]["layers"]] == ["made", "used", None]
    assert model_of(service, job_id).get_layer("bidirectional").backward_layer.name == "backward_lstm"


def test_the_history_artifact_holds_what_the_metrics_say(service: httpx.Client) -> None:
    job = train(service, spec(HIDDEN))
    history = service.get(f"/v1/jobs/{job}/artifacts/history.csv")
    table = np.genfromtxt(io.StringIO(history.text), delimiter=",", names=True)
    assert table["loss"].tolist() == [row["metrics"]["loss"] for row in rows_of(service, job)]


def test_the_confusion_matrix_is_that_of_the_downloaded_model(service: httpx.Client) -> None:
    job = train(service, spec([{"type": "Flatten"}, OUTPUT]))
    found = results_of(service, job)["evaluation"]
    assert found["test"] is None
    images, labels = load_digits(return_X_y=True)
    first = math.floor(len(labels) * (1 - 0.2))
    pixels = (images[first:].reshape(-1, 8, 8) / 16).astype("float32")
    predicted = model_of(service, job).predict(pixels, batch_size=BATCH, verbose=0).argmax(axis=1)
    assert found["validation"]["confusion_matrix"] == confusion_matrix(labels[first:], predicted).tolist()
    commonest = np.bincount(labels[:first]).argmax()
    guess = {"class": str(commonest), "accuracy": np.mean(labels[first:] == commonest)}
    assert found["validation"]["baseline"] == guess
