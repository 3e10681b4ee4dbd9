"""Reusing parts of a network, on real images: a few of them are enough for one that has seen others."""

from pathlib import Path

import numpy as np
import pytest

from spec.networks.layer_mapping import mapped_layers
from spec.training.training import TrainingSpec
from spec.weights.stored import WEIGHTS_FILE
from tests.trainer.parity import TRAINING, Engine, Rows
from tests.trainer.plain_keras import Spec
from worker.trainer.compilation.traced_functions import TracedFunctions
from worker.trainer.data.prepared import PreparedDataSets
from worker.trainer.epochs.compiled_steps import tensors_of
from worker.trainer.weights.copies import copy_weights
from worker.trainer.weights.files import WeightsFile
from worker.trainer.weights.saved import save_weights

SHIRTS_AND_SHOES = (0, 5, 6, 7, 9)
"""T-shirt, sandal, shirt, sneaker and ankle boot; the other half is trousers, pullover, dress, coat and bag."""

OTHERS = (1, 2, 3, 4, 8)
SEEDS = range(5)
FEW = 200
MARGIN = 0.05
"""By how much more of the other half's test images are told apart, in the mean of the seeds."""

LAYERS: list[Spec] = [
    {"type": "Reshape", "target_shape": [28, 28, 1]},
    {"type": "Conv2D", "filters": 8, "kernel_size": 5, "strides": 2, "activation": "relu", "name": "hidden_1"},
    {"type": "Conv2D", "filters": 16, "kernel_size": 3, "strides": 2, "activation": "relu", "name": "hidden_2"},
    {"type": "Flatten"},
    {"type": "Dense", "units": 5, "activation": "softmax", "name": "head"},
]


def half(rows: Rows, classes: tuple[int, ...], count: int) -> Rows:
    """So many of the first rows of some classes, which are numbered from 0."""
    features, target = rows
    chosen = np.flatnonzero(np.isin(target, classes))[:count]
    return features[chosen], np.searchsorted(classes, target[chosen])


@pytest.mark.fashion_mnist
def test_what_was_learned_of_some_clothes_helps_with_others(tmp_path: Path) -> None:
    data = PreparedDataSets().get("fashion_mnist", TrainingSpec.model_validate({**TRAINING, "epochs": 1}), "classes")
    assert data.test is not None
    training = (np.asarray(data.training.features), np.asarray(data.training.target))
    said = {**TRAINING, "shuffle": True, "optimizer": {"type": "SGD", "learning_rate": 0.02, "momentum": 0.9}}
    source = Engine(LAYERS, {**said, "epochs": 2}, half(training, SHIRTS_AND_SHOES, 10_000), None)
    source.run()
    save_weights(source.state, source.state.capture(), tmp_path)
    few, unseen = half(training, OTHERS, FEW), tensors_of(*half((data.test.features, data.test.target), OTHERS, 2000))
    names = [layer.name for layer in source.model.layers]
    found: dict[bool, list[float]] = {True: [], False: []}
    programs = TracedFunctions()
    for seed in SEEDS:
        for is_reused, accuracies in found.items():
            engine = Engine(LAYERS, {**said, "epochs": 5, "seed": seed}, few, None, functions=programs)
            if is_reused:
                with WeightsFile(tmp_path / WEIGHTS_FILE) as file:
                    sources = mapped_layers({"hidden_*": "hidden_*"}, names, list(file.layers))
                    copies = copy_weights(engine.model, file, sources, names)
                assert copies.fresh == ["head/kernel", "head/bias"]
            engine.run()
            accuracies.append(engine.loop.evaluate(unseen)["accuracy"])
    assert all(reused > fresh for reused, fresh in zip(*found.values(), strict=True)), found
    assert np.mean(found[True]) >= np.mean(found[False]) + MARGIN, found
