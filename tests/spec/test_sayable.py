"""What a check says of weighted metrics, balanced classes, spared variables, averages and a layer's own dtype."""

from typing import Any

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from api.jobs.examples import NOTEBOOK_LAYERS
from spec.training.class_weights import balanced
from tests.spec.jobs import check, job

DECAY = {"type": "AdamW", "weight_decay": 0.1}
AVERAGING = {"type": "Adam", "use_ema": True}
ACCURACY = {"type": "SparseCategoricalAccuracy"}
SWAP = {"type": "SwapEMAWeights"}


def told(body: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    checked = check(body)
    advice = [(one.pointer, one.code, None) for one in checked.advice]
    return [*((one.pointer, one.code, one.suggestion) for one in checked.faults), *advice]


def sparing(*words: str) -> dict[str, Any]:
    return job(optimizer={**DECAY, "exclude_from_weight_decay": list(words)})


@pytest.mark.parametrize(
    "body",
    [
        job(class_weight="balanced", weighted_metrics=["accuracy"]),
        sparing("bias", "normalization", "dense", "dense_2/kernel", "batch_*", "*/gamma", "gamma"),
        job("iris", [{"type": "Dense", "units": 3, "activation": "softmax"}],
            optimizer={**DECAY, "exclude_from_weight_decay": ["normalization"]}, batch_size=8),
        job(optimizer=AVERAGING, callbacks=[SWAP]),
        job(optimizer=AVERAGING, callbacks=[{**SWAP, "swap_on_epoch": True}], validation_split=0),
        job(layers=[*NOTEBOOK_LAYERS[:-1], {**NOTEBOOK_LAYERS[-1], "dtype": "float32"}], precision="mixed_float16"),
        job(
            layers=[{"type": "Flatten"}, {**NOTEBOOK_LAYERS[-1], "activity_regularizer": "l2", "dtype": "float32"}],
            precision="mixed_bfloat16",
        ),
        job(class_weight="balanced", weighted_metrics=["accuracy"],
            callbacks=[{"type": "EarlyStopping", "monitor": "val_weighted_accuracy", "mode": "max"}]),
    ],
)  # fmt: skip
def test_it_can_be_said(body: dict[str, Any]) -> None:
    assert [one for one in told(body) if one[1] != "float16_on_cpu"] == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (job(weighted_metrics=["accuracy"]), ("/training/weighted_metrics", "no_weights", None)),
        (
            job(weighted_metrics=["acuracy"], class_weight="balanced"),
            ("/training/weighted_metrics/0", "unknown_metric", "accuracy"),
        ),
        (
            job(weighted_metrics=["categorical_accuracy"], class_weight="balanced"),
            ("/training/weighted_metrics/0", "metric_does_not_fit", None),
        ),
        (
            job(
                "diabetes",
                [{"type": "Dense", "units": 1}],
                loss="mse",
                metrics=[],
                class_weight="balanced",
            ),
            ("/training/class_weight", "no_classes", None),
        ),
        (sparing("bias", "dens"), ("/training/optimizer/exclude_from_weight_decay/1", "unknown_variable", "dense")),
        (
            sparing("dense/kernels"),
            ("/training/optimizer/exclude_from_weight_decay/0", "unknown_variable", "dense/kernel"),
        ),
        (sparing("conv*"), ("/training/optimizer/exclude_from_weight_decay/0", "unknown_variable", None)),
        (job(callbacks=[SWAP]), ("/training/callbacks/0", "no_averages", None)),
        (job(optimizer=AVERAGING, callbacks=[SWAP, SWAP]), ("/training/callbacks/1", "swapped_twice", None)),
        (
            job(optimizer=AVERAGING, callbacks=[SWAP], validation_split=0),
            ("/training/callbacks/0", "nothing_to_evaluate", None),
        ),
        (
            job(
                class_weight="balanced",
                weighted_metrics=["accuracy"],
                callbacks=[{"type": "EarlyStopping", "monitor": "weighted_accuracy"}],
            ),
            ("/training/callbacks/0", "no_direction", None),
        ),
        (
            job(
                metrics=[ACCURACY | {"name": name} for name in ("x", "weighted_x", "weighted_x_1")],
                weighted_metrics=[ACCURACY | {"name": "x"}],
                class_weight="balanced",
            ),
            ("/training/weighted_metrics/0", "metric_name_twice", None),
        ),
    ],
)
def test_what_cannot_be_is_told(body: dict[str, Any], expected: tuple[str, str, str | None]) -> None:
    assert expected in told(body)


@pytest.mark.parametrize("counts", [[30, 7, 63], [1, 0, 9], [0, 0, 4], [5, 5]])
def test_balanced_weights_are_scikit_learns(counts: list[int]) -> None:
    target = np.repeat(np.arange(len(counts)), counts)
    present = np.unique(target)
    expected = compute_class_weight("balanced", classes=present, y=target)
    assert balanced(counts) == dict(zip(present.tolist(), expected.tolist(), strict=True))
