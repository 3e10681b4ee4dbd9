"""What a spec says of losses, metrics and targets against what Keras does with them."""

from typing import Any

import keras
import numpy as np
import pytest

from spec.language.declared import Declared, kinds
from spec.metrics import CHOSEN_BY_SHAPE, METRIC_NAMES, Metric, metric_of, named_metric, reported_names
from spec.training.callbacks import EarlyStopping
from spec.training.losses import CHOSEN_BY_SHAPE as LOSSES_BY_SHAPE
from spec.training.losses import Circle, Loss, loss_of
from spec.training.rules import collisions, directions_of, monitors
from spec.training.targets import Encoding, encoding_of, is_met
from spec.training.training import TrainingSpec, target_encoding

CLASSES = 3
ROWS = 48
REQUIRED: dict[str, dict[str, Any]] = {
    "F1Score": {"average": "macro"},
    "FBetaScore": {"average": "micro"},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
    "IoU": {"num_classes": CLASSES, "target_class_ids": [0, 2]},
    "MeanIoU": {"num_classes": CLASSES},
    "OneHotIoU": {"num_classes": CLASSES, "target_class_ids": [1]},
    "OneHotMeanIoU": {"num_classes": CLASSES},
}
METRICS = [kind.model_validate({"type": name, **REQUIRED.get(name, {})}) for name, kind in kinds(Metric).items()]
METRICS += [
    kinds(Metric)["MeanIoU"].model_validate({"type": "MeanIoU", "num_classes": CLASSES, "sparse_y_pred": False}),
    kinds(Metric)["IoU"].model_validate(
        {
            "type": "IoU",
            "num_classes": CLASSES,
            "target_class_ids": [0],
            "sparse_y_pred": False,
            "sparse_y_true": False,
        }
    ),
]


def features() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(ROWS, 5)).astype("float32")


def targets(encoding: Encoding) -> np.ndarray:
    numbers = np.random.default_rng(1).integers(0, CLASSES, ROWS)
    if encoding == "classes":
        return numbers
    if encoding == "one_hot":
        return np.eye(CLASSES, dtype="float32")[numbers]
    return (numbers > 1).astype("float32")[:, None]


def units_for(encoding: Encoding) -> int:
    return 1 if encoding == "number" else CLASSES


def made(declared: Declared | str) -> object:
    if isinstance(declared, str):
        return declared
    module = keras.metrics if isinstance(declared, Metric) else keras.losses
    return getattr(module, declared.type)(**declared.arguments())


def compiled(encoding: Encoding, loss: Loss | str, metrics: list[Metric | str]) -> keras.Model:
    # Without its collection of garbage, which in a long run of tests takes seconds.
    keras.backend.clear_session(free_memory=False)
    keras.utils.set_random_seed(1)
    activation = "sigmoid" if encoding == "number" else "softmax"
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(units_for(encoding), activation=activation)])
    # Eagerly: the numbers are the same, and a step is done long before it could be traced.
    model.compile("sgd", loss=made(loss), metrics=[made(metric) for metric in metrics], run_eagerly=True)
    return model


def logs_of(encoding: Encoding, loss: Loss | str, metrics: list[Metric | str]) -> dict[str, Any]:
    """What a step of plain Keras reports."""
    return compiled(encoding, loss, metrics).train_on_batch(features(), targets(encoding), return_dict=True)


LOSS_FOR: dict[Encoding, str] = {
    "classes": "sparse_categorical_crossentropy",
    "one_hot": "categorical_crossentropy",
    "number": "binary_crossentropy",
}


@pytest.mark.parametrize("encoding", list(LOSS_FOR))
def test_every_metric_that_is_met_is_reported_as_one_number_by_the_name_that_is_told(encoding: Encoding) -> None:
    objects = [metric for metric in METRICS if is_met(metric.wants(), encoding)]
    # Keras loses a numbered object's name to a repeated string's, which `collisions` tells: one spelling of each.
    strings = [name for name in METRIC_NAMES if is_met(named_metric(name).wants(), encoding) and not name.islower()]
    metrics: list[Metric | str] = [*objects, *CHOSEN_BY_SHAPE, *strings]
    assert len(objects) > 3
    logs = logs_of(encoding, LOSS_FOR[encoding], metrics)
    assert set(logs) == {"loss", *reported_names(metrics)}
    assert len(logs) == len(metrics) + 1
    for name, value in logs.items():
        assert isinstance(value, float), name


@pytest.mark.parametrize(
    "metrics",
    [
        ["mse", "mse", "mse"],
        ["auc", kinds(Metric)["AUC"](), kinds(Metric)["AUC"](name="area")],
        [kinds(Metric)["AUC"](), "mse", kinds(Metric)["AUC"]()],
        [kinds(Metric)["MeanSquaredError"](), kinds(Metric)["MeanSquaredError"](), "mean_squared_error"],
    ],
)
def test_repeated_metrics_are_called_as_keras_calls_them(metrics: list[Metric | str]) -> None:
    assert list(collisions(metrics)) == []
    assert set(logs_of("number", "binary_crossentropy", metrics)) == {"loss", *reported_names(metrics)}


def test_metrics_that_keras_would_lose_are_faults() -> None:
    metrics: list[Metric | str] = [kinds(Metric)["AUC"](), kinds(Metric)["AUC"](), "auc"]
    assert len(logs_of("number", "binary_crossentropy", metrics)) == len(metrics)
    assert [fault.pointer for fault in collisions(metrics)] == ["/training/metrics/2"]


def test_every_metric_is_met_by_some_encoding() -> None:
    assert all(any(is_met(metric.wants(), encoding) for encoding in LOSS_FOR) for metric in METRICS)


@pytest.mark.parametrize(
    ("encoding", "name"), [("classes", "sparse_categorical_accuracy"), ("one_hot", "categorical_accuracy")]
)
def test_accuracy_is_the_one_that_is_told(encoding: Encoding, name: str) -> None:
    for string in CHOSEN_BY_SHAPE:
        assert metric_of(string, encoding, CLASSES) == named_metric(name)
    logs = logs_of(encoding, LOSS_FOR[encoding], [*CHOSEN_BY_SHAPE, name])
    assert len({value for label, value in logs.items() if label != "loss"}) == 1


@pytest.mark.parametrize("kind", kinds(Loss).values(), ids=lambda kind: kind.__name__)
def test_every_loss_trains_on_the_targets_it_wants(kind: type[Loss]) -> None:
    loss = kind.model_validate({"type": kind.__name__})
    encoding = encoding_of(loss.WANTS, CLASSES, CLASSES)
    assert np.isfinite(logs_of(encoding, loss, [])["loss"])
    if loss.WANTS == "match":
        assert np.isfinite(logs_of(encoding_of(loss.WANTS, CLASSES, 1), loss, [])["loss"])


@pytest.mark.parametrize("string", LOSSES_BY_SHAPE)
def test_what_keras_chooses_by_shape_is_what_is_told(string: str) -> None:
    for encoding in ("classes", "number"):
        chosen = loss_of(string, units_for(encoding))
        assert encoding_of(chosen.WANTS, CLASSES, units_for(encoding)) == encoding
        assert logs_of(encoding, string, []) == logs_of(encoding, chosen, [])


def test_target_encoding() -> None:
    def encoded(loss: str, classes: int | None, units: int) -> Encoding:
        return target_encoding(TrainingSpec(loss=loss), classes, units)

    assert encoded("sparse_categorical_crossentropy", 10, 10) == "classes"
    assert encoded("categorical_crossentropy", 10, 10) == "one_hot"
    assert encoded("binary_crossentropy", 2, 1) == "number"
    assert encoded("mse", 10, 10) == "one_hot"
    assert encoded("mse", 10, 1) == "number"
    assert encoded("mse", None, 1) == "number"
    assert encoded("crossentropy", 10, 10) == "classes"
    assert encoded("crossentropy", 2, 1) == "number"
    assert isinstance(loss_of(Circle(), 7), Circle)


def test_directions_are_keras_own() -> None:
    for metric in METRICS:
        keras_direction = getattr(made(metric), "_direction", None)
        assert keras_direction == metric.DIRECTION, metric.type


def test_automatic_directions_fail_in_keras_where_they_are_said_to() -> None:
    """Keras raises in mid-training where it does not know the direction; the check says so before."""
    metrics: list[Metric | str] = ["mse", "mse", "true_positives"]
    told = directions_of(metrics)
    assert told == {"loss": "down", "mse": "down", "mse_1": None, "true_positives": None}
    for name, direction in told.items():
        model = compiled("number", "binary_crossentropy", metrics)
        watching = keras.callbacks.EarlyStopping(monitor=name, patience=5)
        faults = list(monitors([EarlyStopping(monitor=name)], metrics, has_validation=True))
        if direction is None:
            assert [fault.code for fault in faults] == ["no_direction"]
            with pytest.raises(ValueError, match="automatically determine"):
                model.fit(features(), targets("number"), verbose=0, callbacks=[watching])
        else:
            assert faults == []
            model.fit(features(), targets("number"), verbose=0, callbacks=[watching])


SIZED = [
    *METRICS,
    *(
        kinds(Metric)[name].model_validate({"type": name, **arguments})
        for name, arguments in (
            ("AUC", {"num_thresholds": 7}),
            ("AUC", {"thresholds": [0.2, 0.5, 0.7]}),
            ("AUC", {"multi_label": True}),
            ("AUC", {"multi_label": True, "num_labels": CLASSES, "num_thresholds": 11}),
            ("PrecisionAtRecall", {"recall": 0.5, "num_thresholds": 5}),
            ("Precision", {"top_k": 2}),
            ("F1Score", {"average": "weighted", "threshold": 0.5}),
            ("R2Score", {"class_aggregation": "variance_weighted_average"}),
            ("FBetaScore", {"average": "macro"}),
        )
    ),
]


@pytest.mark.parametrize("metric", SIZED, ids=lambda metric: str(metric.model_dump(exclude_unset=True)))
def test_the_estimate_counts_all_that_the_variables_of_a_metric_hold(metric: Metric) -> None:
    encoding: Encoding = "one_hot" if metric.wants() == "match" else metric.wants()
    units = units_for(encoding)
    keras_metric = made(metric)
    outputs = np.random.default_rng(2).uniform(0.1, 0.9, size=(ROWS, units)).astype("float32")
    keras_metric.update_state(targets(encoding), outputs)
    assert sum(int(np.prod(variable.shape)) for variable in keras_metric.variables) == metric.numbers(units)
