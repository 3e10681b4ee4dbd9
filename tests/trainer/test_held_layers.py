"""Layers within layers, for all that looks at layers and their variables: files, freezing, rates, decay, programs."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from spec.networks.inference import infer
from spec.networks.network_advice import advise
from spec.networks.networks import NetworkSpec
from spec.training.phase_rules import frozen_layers
from spec.training.phases import Phase
from spec.training.training import TrainingSpec
from spec.training.weight_decay import NamedVariable, is_meant
from spec.weights.stored import WEIGHTS_FILE, unnumbered
from tests.trainer.parity import TRAINING
from tests.trainer.plain_keras import Spec
from worker.trainer.compilation.forms import form_of
from worker.trainer.compilation.hyperparameters import Hyperparameters
from worker.trainer.failures import failure_of
from worker.trainer.network.build import build_network, freeze, spared_variables
from worker.trainer.network.layerwise_rates import layerwise
from worker.trainer.network.precision import computing_in
from worker.trainer.weights.copies import copy_weights
from worker.trainer.weights.files import WeightsFile, WeightsRefused, write
from worker.trainer.weights.keys import layer_kinds, weight_keys

SHAPE = (4, 3)
READER: Spec = {
    "type": "Bidirectional",
    "layer": {"type": "LSTM", "units": 2, "kernel_regularizer": "l2"},
    "name": "reader",
}
EACH: Spec = {"type": "TimeDistributed", "layer": {"type": "BatchNormalization", "name": "head"}, "name": "each"}
NORMALIZED: Spec = {
    "type": "SpectralNormalization",
    "layer": {"type": "Conv1D", "filters": 3, "kernel_size": 1},
    "name": "normalized",
}
HEAD: Spec = {"type": "Dense", "units": 3, "name": "head"}


def network(*layers: Spec) -> NetworkSpec:
    return NetworkSpec.model_validate({"layers": list(layers)})


def model(*layers: Spec) -> keras.Model:
    keras.backend.clear_session(free_memory=False)
    return build_network(network(*layers), SHAPE, seed=3)


def test_weights_go_to_a_network_where_keras_numbers_the_layers_within_otherwise(tmp_path: Path) -> None:
    source = model(EACH, READER, HEAD)
    keys = weight_keys(source)
    assert keys[4] == "reader/forward_lstm/lstm_cell/kernel"
    path = tmp_path / WEIGHTS_FILE
    write(dict(zip(keys, source.get_weights(), strict=True)), layer_kinds(source), path)
    held = {"type": "LSTM", "units": 3, "return_sequences": True}
    sequence: Spec = {"type": "Bidirectional", "layer": held, "merge_mode": "sum"}
    target = model(sequence, READER, HEAD)
    assert weight_keys(target)[6] == "reader/forward_lstm_1/lstm_cell/kernel"
    with WeightsFile(path) as file:
        copies = copy_weights(target, file, {"reader": "reader"}, [])
        assert copies.copied == weight_keys(target)[6:12]
        for one, other in zip(target.get_layer("reader").weights, source.get_layer("reader").weights, strict=True):
            np.testing.assert_array_equal(one, other)
        other = model({**READER, "layer": {"type": "GRU", "units": 2}}, HEAD)
        with pytest.raises(WeightsRefused, match="other variables"):
            copy_weights(other, file, {"reader": "reader"}, [])


def test_inspect_knows_the_names_that_files_have() -> None:
    layers = (EACH, NORMALIZED, READER, HEAD)
    inferred = infer(network(*layers), SHAPE)
    told = [
        f"{name}/{variable.path}"
        for name, geometry in zip(inferred.wiring.names, inferred.geometries, strict=True)
        if geometry is not None
        for variable in geometry.variables
    ]
    assert told == weight_keys(model(*layers))
    assert unnumbered("forward_lstm_12/lstm_cell/kernel") == "forward_lstm/lstm_cell/kernel"
    assert unnumbered("kernel_1") == "kernel_1"


def test_a_frozen_layer_is_frozen_with_what_it_holds_and_thaws_with_it() -> None:
    frozen = network({**READER, "trainable": False}, HEAD)
    built = model({**READER, "trainable": False}, HEAD)
    assert [variable.path for variable in built.trainable_variables] == [
        "sequential/head/kernel",
        "sequential/head/bias",
    ]
    freeze(built, network(READER, HEAD), ["reader", "head"])
    assert len(built.trainable_variables) == 8
    freeze(built, frozen, ["reader", "head"])
    assert len(built.trainable_variables) == 2


def test_a_frozen_normalization_of_a_kernel_goes_on_as_it_is_told() -> None:
    """Keras writes to the kernel in training whatever is trained, and to nothing else."""
    frozen = {**NORMALIZED, "trainable": False}
    built = model(frozen, HEAD)
    normalized = built.get_layer("normalized")
    assert normalized.trainable_variables == []
    for is_training in (False, True):
        before = normalized.get_weights()
        built(np.ones((1, *SHAPE), "float32"), training=is_training)
        pairs = zip(before, normalized.get_weights(), strict=True)
        assert [np.array_equal(*pair) for pair in pairs] == [not is_training, not is_training, True]
    advice = advise(infer(network(frozen, HEAD), SHAPE))
    phases = [Phase.model_validate({"epochs": 1, "freeze": ["norm*"]})]
    advice += frozen_layers(phases, infer(network(NORMALIZED, HEAD), SHAPE))
    assert [(one.pointer, one.code) for one in advice] == [
        ("/layers/0/trainable", "normalized_though_frozen"),
        ("/training/phases/0/freeze/0", "normalized_though_frozen"),
    ]


@pytest.mark.parametrize("name", ["head", "sequential"])
def test_a_rate_of_a_layer_is_not_that_of_a_layer_of_its_name_within_another(name: str) -> None:
    """Nor that of all layers of a model of its name."""
    built = model(EACH, READER, {**HEAD, "name": name})
    training = TrainingSpec.model_validate({**TRAINING, "learning_rate_multipliers": {name: 2.0}})
    optimizer = layerwise(built, training.optimizer, {name: 2.0}, lambda _: keras.optimizers.SGD(0.1))
    optimizer.build(built.trainable_variables)
    assert [variable.path for variable in optimizer.groups[1]._trainable_variables] == [
        f"sequential/{name}/kernel",
        f"sequential/{name}/bias",
    ]


def test_weight_decay_spares_a_normalization_that_another_layer_holds() -> None:
    built = model(EACH, READER, HEAD)
    assert {variable.name for variable in spared_variables(built, ["normalization"])} == {"gamma", "beta"}
    assert len(spared_variables(built, ["reader/recurrent_*"])) == 2
    assert is_meant("bias", NamedVariable("LSTM", "reader", "bias"))


def test_a_penalty_is_one_number_of_a_program_however_many_layers_show_it() -> None:
    built = model(EACH, READER, HEAD)
    assert len(Hyperparameters(built).variables) == 2, "one for each direction"


def form(**held: object) -> str:
    layer = {"type": "TimeDistributed", "layer": {"type": "Dropout", **held}, "dtype": "float32"}
    training = {**TRAINING, "precision": "mixed_bfloat16"}
    return form_of(network(layer, HEAD), TrainingSpec.model_validate(training), ())


def test_programs_are_shared_where_the_layer_within_reads_its_rate_from_a_variable() -> None:
    assert form(rate=0.1) != form(rate=0.2), "it computes in half precision, where the rate is a constant"
    assert form(rate=0.1, dtype="float32") == form(rate=0.2, dtype="float32")


def test_a_mask_keeps_nvidias_kernels_from_being_chosen() -> None:
    def chosen(*layers: Spec) -> list[object]:
        return [layer.use_cudnn for layer in model(*layers)._flatten_layers() if hasattr(layer, "use_cudnn")]

    assert chosen(READER, HEAD) == ["auto", "auto"]
    assert chosen({"type": "Masking"}, READER, HEAD) == [False, False]
    assert chosen({"type": "GRU", "units": 2, "use_cudnn": False}) == [False]


def test_a_number_that_an_embedding_does_not_have_is_told() -> None:
    built = model({"type": "Embedding", "input_dim": 5, "output_dim": 2})
    with pytest.raises(tf.errors.InvalidArgumentError) as found:
        built(np.full((1, 4, 3), 5.0, "float32"))
    failure = failure_of(found.value)
    assert failure.code == "data_error"
    assert re.search("input_dim", failure.message)


def test_keras_does_what_is_told_of_it_as_a_reason() -> None:
    """Penalties of a SimpleRNN do not count; half precision rounds what layers read, but an Embedding."""
    rows = np.array([[[257.0], [258.0]]], "float32")
    ignored = keras.layers.SimpleRNN(2, activity_regularizer="l2")
    assert np.asarray(ignored(rows)).any()
    assert ignored.losses == []
    with computing_in("mixed_bfloat16"):
        assert np.asarray(keras.ops.cast(keras.layers.Identity()(rows), "float32")).tolist() == [[[256.0], [258.0]]]
        words = keras.layers.Embedding(300, 2)
        looked_up = keras.ops.cast(words(rows), "float32")
        np.testing.assert_array_equal(looked_up, keras.ops.cast(words(rows.astype("int32")), "float32"))
        each = keras.layers.TimeDistributed(keras.layers.Dense(1, kernel_initializer="ones", dtype="float32"))
        assert np.asarray(keras.ops.cast(each(rows), "float32"))[0, 0, 0] == 256
