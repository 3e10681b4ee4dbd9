"""The notebook's three networks on real Fashion-MNIST: an epoch by the engine is an epoch of ``fit``, to the bit.

An eighth of the images shows it. What they reach on all of them in five epochs is shown over HTTP, in
``tests/techniques``.
"""

import numpy as np
import pytest

from spec.datasets.choice import DatasetSpec
from spec.training.training import TrainingSpec
from tests.trainer.parity import assert_parity
from tests.trainer.plain_keras import Spec
from worker.trainer.data.prepared import PreparedData, PreparedDataSets

SOME, FEW = 7_000, 1_000
"""Images to train on and to validate with. The last batch is a smaller one, as it is with all of them."""

HE_NORMAL = {"kernel_initializer": "he_normal"}

AFTER_ACTIVATION: list[Spec] = [
    {"type": "Flatten"},
    {"type": "BatchNormalization"},
    {"type": "Dense", "units": 300, "activation": "elu", **HE_NORMAL},
    {"type": "BatchNormalization"},
    {"type": "Dense", "units": 100, "activation": "elu", **HE_NORMAL},
    {"type": "BatchNormalization"},
    {"type": "Dense", "units": 10, "activation": "softmax"},
]
BEFORE_ACTIVATION: list[Spec] = [
    {"type": "Flatten"},
    {"type": "BatchNormalization"},
    {"type": "Dense", "units": 300, "use_bias": False, **HE_NORMAL},
    {"type": "BatchNormalization"},
    {"type": "Activation", "activation": "elu"},
    {"type": "Dense", "units": 300, "use_bias": False, **HE_NORMAL},
    {"type": "BatchNormalization"},
    {"type": "Activation", "activation": "elu"},
    {"type": "Dense", "units": 10, "activation": "softmax"},
]
DROPOUT: list[Spec] = [
    {"type": "Flatten"},
    {"type": "Dropout", "rate": 0.2},
    {"type": "Dense", "units": 300, "activation": "elu", **HE_NORMAL},
    {"type": "Dropout", "rate": 0.2},
    {"type": "Dense", "units": 100, "activation": "elu", **HE_NORMAL},
    {"type": "Dropout", "rate": 0.2},
    {"type": "Dense", "units": 10, "activation": "softmax"},
]
TRAINING: Spec = {
    "loss": "sparse_categorical_crossentropy",
    "optimizer": {"type": "SGD", "learning_rate": 0.01, "momentum": 0.9, "nesterov": True},
    "shuffle": True,
    "seed": 42,
    "epochs": 1,
}


@pytest.fixture(scope="module")
def images() -> PreparedData:
    """55,000 images to train on, 5,000 to validate with."""
    training = TrainingSpec.model_validate({"loss": "mse", "validation_split": 5_000 / 60_000})
    return PreparedDataSets().get(DatasetSpec(name="fashion_mnist"), training, "classes")


@pytest.mark.fashion_mnist
@pytest.mark.parametrize("layers", [AFTER_ACTIVATION, BEFORE_ACTIVATION, DROPOUT], ids=["after", "before", "dropout"])
def test_an_epoch_on_real_images_is_fits(images: PreparedData, layers: list[Spec]) -> None:
    features, target = images.training.features, images.training.target
    assert len(features) == 55_000
    rows = features[:SOME], target[:SOME]
    assert images.validation is not None
    validation = images.validation.features[:FEW], images.validation.target[:FEW]
    course = assert_parity(layers, rows=rows, validation=validation, **TRAINING)
    assert course.rows[0].metrics["val_accuracy"] > 0.7
    assert np.isfinite(course.rows[0].metrics["loss"])
