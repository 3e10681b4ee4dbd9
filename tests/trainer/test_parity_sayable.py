"""What Keras calls by a method, by a second list, by a word or by a callback: the numbers of plain ``fit``."""

from typing import Any

import keras
import numpy as np
import pytest

from spec.language.declared import kinds
from spec.metrics import reported_names
from spec.training.optimizers import Optimizer
from spec.training.training import TrainingSpec
from tests.trainer.parity import TRAINING, Engine, assert_parity, by_engine
from tests.trainer.plain_keras import Spec, compiled, fit
from tests.trainer.samples import DISTURBED, EVEN, OPTIMIZERS, PLAIN, ROWS, SHAPE, VALIDATION
from worker.trainer.network.precision import inner_optimizer

# Keras 3.15 reads an optimizer's rate through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

# --- weighted metrics --------------------------------------------------------------------------------------------

TOP: Spec = {"type": "SparseTopKCategoricalAccuracy", "k": 2}
METRICS_SAID: list[Spec | str] = ["accuracy", TOP]
WEIGHTED_SAID: list[Spec | str] = ["accuracy", TOP, TOP, {"type": "SparseCategoricalCrossentropy", "name": "entropy"}]
WEIGHTS = {"0": 3.0, "2": 0.5}


@pytest.mark.parametrize("class_weight", [WEIGHTS, None])
def test_weighted_metrics_are_as_in_keras_and_called_so(class_weight: Spec | None) -> None:
    course = assert_parity(
        DISTURBED,
        rows=EVEN,
        validation=VALIDATION,
        class_weight=class_weight,
        metrics=METRICS_SAID,
        weighted_metrics=WEIGHTED_SAID,
    )
    said = {"loss": "mse", "metrics": METRICS_SAID, "weighted_metrics": WEIGHTED_SAID}
    training = TrainingSpec.model_validate(said)
    keys = {name for name in course.rows[0].metrics if not name.startswith("val_")}
    assert keys == {"loss", "learning_rate", *reported_names(training.metrics, training.weighted_metrics)}
    names = {"accuracy", "weighted_accuracy", "entropy", *(f"val_{name}" for name in ("weighted_accuracy", "entropy"))}
    assert names <= course.rows[0].metrics.keys()
    is_weighted = course.rows[0].metrics["accuracy"] != course.rows[0].metrics["weighted_accuracy"]
    assert is_weighted == (class_weight is not None)
    # Validation rows have no weights.
    assert course.rows[0].metrics["val_accuracy"] == course.rows[0].metrics["val_weighted_accuracy"]


def test_weighted_metrics_alone_keep_their_names() -> None:
    course = assert_parity(PLAIN, rows=EVEN, metrics=[], weighted_metrics=["accuracy"], class_weight=WEIGHTS)
    assert set(course.rows[0].metrics) == {"loss", "accuracy", "learning_rate"}


# --- balanced classes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [None, 1])
def test_balanced_weights_are_scikit_learns(missing: int | None) -> None:
    features, target = ROWS
    kept = np.ones(len(target), bool) if missing is None else target != missing
    rows = features[kept], target[kept]
    assert len(np.unique(np.bincount(rows[1], minlength=3))) > 1
    assert_parity(PLAIN, rows=rows, class_weight="balanced", shuffle=True)


# --- variables that weight decay spares --------------------------------------------------------------------------

SPARED: dict[str, tuple[list[str], set[str]]] = {
    "bias": (["bias"], {"dense/bias", "dense_1/bias"}),
    "normalization": (["normalization"], {"batch_normalization/gamma", "batch_normalization/beta"}),
    "a layer": (["dense_1"], {"dense_1/kernel", "dense_1/bias"}),
    "layers": (["dense*"], {"dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"}),
    "a variable": (["dense/kernel", "*_normalization/gam*"], {"dense/kernel", "batch_normalization/gamma"}),
}


def decaying(words: list[str] | set[str] | None, **said: object) -> Spec:
    optimizer = {"type": "AdamW", "learning_rate": 0.01, "weight_decay": 2.0, **said}
    return optimizer if words is None else {**optimizer, "exclude_from_weight_decay": sorted(words)}


def spared(model: keras.Model) -> set[str]:
    optimizer = inner_optimizer(model)
    found = {one.path for one in model.trainable_variables if not optimizer._use_weight_decay(one)}
    return {path.removeprefix("sequential/") for path in found}


@pytest.mark.parametrize("name", SPARED)
def test_words_mean_these_variables(name: str) -> None:
    words, paths = SPARED[name]
    assert spared(Engine(DISTURBED, {**TRAINING, "optimizer": decaying(words)}, EVEN, None).model) == paths


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_what_weight_decay_spares_is_spared_as_in_keras(precision: str) -> None:
    training = {**TRAINING, "precision": precision, "metrics": []}
    paths = SPARED["bias"][1] | SPARED["normalization"][1]
    reference = compiled(DISTURBED, {**training, "optimizer": decaying(paths)}, SHAPE)
    logs = fit(reference, training, EVEN, None)
    said = {**training, "optimizer": decaying(["bias", "normalization"])}
    model, course = by_engine(DISTURBED, said, EVEN, None)
    assert [{name: row.metrics[name] for name in log} for row, log in zip(course.rows, logs, strict=True)] == logs
    for weights, expected in zip(model.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, expected)
    assert spared(model) == paths


@pytest.mark.parametrize("kind", kinds(Optimizer))
def test_every_optimizer_spares_them(kind: str) -> None:
    said = {**OPTIMIZERS[kind], "type": kind, "weight_decay": 1.0}
    engine = Engine(DISTURBED, {**TRAINING, "optimizer": {**said, "exclude_from_weight_decay": ["bias"]}}, EVEN, None)
    assert spared(engine.model) == {"dense/bias", "dense_1/bias"}


# --- a layer in full precision -----------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_a_layer_of_its_own_dtype_trains_as_in_keras(precision: str) -> None:
    exact = {"dtype": "float32"}
    layers: list[Spec] = [
        DISTURBED[0],
        DISTURBED[1],
        {"type": "Dropout", "rate": 0.2, **exact},
        {"type": "Dense", "units": 8, "activity_regularizer": "l2", "kernel_regularizer": "l1", **exact},
        {"type": "Activation", "activation": "tanh"},
        {"type": "Dense", "units": 3, "activation": "softmax", **exact},
    ]
    assert_parity(layers, rows=EVEN, validation=VALIDATION, precision=precision)
    model = Engine(layers, {**TRAINING, "precision": precision}, EVEN, None).model
    assert model.outputs[0].dtype == "float32"
    assert model.layers[0].compute_dtype == precision.removeprefix("mixed_")


# --- averages of the weights -------------------------------------------------------------------------------------

AVERAGING: Spec = {"type": "Adam", "learning_rate": 0.05, "use_ema": True, "ema_momentum": 0.7}


STOPPING = {"monitor": "val_loss", "patience": 1, "restore_best_weights": True}


@pytest.mark.parametrize(
    ("swap_on_epoch", "stopping", "overwritten", "precision"),
    [(False, STOPPING, None, "mixed_float16"), (True, STOPPING, None, "float32"), (True, None, 2, "float32")],
)
def test_averages_are_evaluated_as_in_keras(
    swap_on_epoch: bool, stopping: dict[str, Any] | None, overwritten: int | None, precision: str
) -> None:
    stops = [] if stopping is None else [stopping]

    def at_home() -> list[keras.callbacks.Callback]:
        swap = keras.callbacks.SwapEMAWeights(swap_on_epoch=swap_on_epoch)
        return [swap, *(keras.callbacks.EarlyStopping(**one) for one in stops)]

    course = assert_parity(
        DISTURBED,
        rows=EVEN,
        validation=(VALIDATION[0], VALIDATION[1][::-1].copy()),
        at_home=at_home,
        callbacks=[
            {"type": "SwapEMAWeights", "swap_on_epoch": swap_on_epoch},
            *({"type": "EarlyStopping", **one} for one in stops),
        ],
        optimizer={**AVERAGING, "ema_overwrite_frequency": overwritten},
        precision=precision,
        epochs=5,
    )
    assert len(course.rows) == 5 if stopping is None else len(course.rows) < 5
