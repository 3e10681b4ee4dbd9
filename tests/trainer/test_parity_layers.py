"""Every layer kind, trained by the engine and by plain ``fit``; several together, which are traced once."""

from collections.abc import Iterator

import pytest

from spec.language.declared import kinds
from spec.layers import Layer
from spec.layers.augmentation import PictureAugmentation
from tests.trainer.parity import assert_parity, rows_of
from tests.trainer.plain_keras import Spec

VECTOR, SEQUENCE, SHORT, STEPS = (6,), (8, 3), (3, 2), (7, 3)
IMAGE, VOLUME = (8, 8, 3), (4, 5, 6, 2)
# What comes after a sample begins with a `Flatten`, which has no mask.
pytestmark = pytest.mark.filterwarnings("ignore:.*does not support masking:UserWarning")

PAIR = {"inputs": ["left", "right"]}
THREE = {"inputs": ["left", "right", "left"]}
PENALTY: Spec = {"activity_regularizer": {"type": "L2", "l2": 0.01}}
HEADED: Spec = {
    "kernel_initializer": "he_normal",
    "bias_initializer": {"type": "RandomNormal", "stddev": 0.1},
    "kernel_regularizer": {"type": "L2", "l2": 0.01},
    "kernel_constraint": {"type": "MaxNorm", "max_value": 0.7},
    **PENALTY,
}
CLIPPED: Spec = {"renorm": True, "renorm_clipping": {"rmin": 0.5, "rmax": 2.0, "dmax": 1.0}}

SAMPLES: dict[str, tuple[tuple[int, ...], list[Spec]]] = {
    "Dense": (
        VECTOR,
        [
            {"units": 5, "activation": "elu", "kernel_initializer": "he_normal", "kernel_regularizer": "l2"},
            {
                "units": 5,
                "activation": "selu",
                "kernel_initializer": {"type": "VarianceScaling", "scale": 2.0, "mode": "fan_avg"},
                "bias_initializer": {"type": "RandomNormal", "stddev": 0.1},
                "kernel_regularizer": {"type": "L1L2", "l1": 0.01, "l2": 0.01},
                "bias_regularizer": {"type": "L1", "l1": 0.02},
                "activity_regularizer": {"type": "L2", "l2": 0.01},
                "kernel_constraint": {"type": "MaxNorm", "max_value": 0.5},
                "bias_constraint": "non_neg",
            },
            {"units": 5, "trainable": False, "kernel_initializer": {"type": "Orthogonal", "gain": 1.1}},
        ],
    ),
    "Activation": (VECTOR, [{"activation": "gelu"}, {"activation": "mish"}]),
    "ReLU": (VECTOR, [{"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.2}]),
    "LeakyReLU": (VECTOR, [{"negative_slope": 0.2}]),
    "PReLU": (SEQUENCE, [PENALTY, {"alpha_initializer": "he_normal", "shared_axes": [1]}]),
    "ELU": (VECTOR, [{"alpha": 0.7}]),
    "Softmax": (SEQUENCE, [{"axis": [1, 2]}]),
    "Identity": (VECTOR, [{}]),
    "Flatten": (IMAGE, [{}, PENALTY]),
    "Reshape": (SEQUENCE, [{"target_shape": [4, -1]}]),
    "Permute": (SEQUENCE, [{"dims": [2, 1]}]),
    "RepeatVector": (VECTOR, [{"n": 3}]),
    "BatchNormalization": (VECTOR, [{"momentum": 0.9}, {"center": False}, {"renorm": True}, CLIPPED]),
    "LayerNormalization": (SEQUENCE, [{"axis": [1, 2]}]),
    "GroupNormalization": (IMAGE, [{"groups": 3}]),
    "RMSNormalization": (VECTOR, [{}]),
    "UnitNormalization": (VECTOR, [{}]),
    "Rescaling": (VECTOR, [{"scale": [1.0, 2.0, 0.5, 1.0, 1.0, 3.0], "offset": 0.1}]),
    "Normalization": (VECTOR, [{"mean": [0.1] * 6, "variance": [2.0] * 6}]),
    "Dropout": (VECTOR, [{"rate": 0.3}, {"rate": 0.3, "seed": 5}]),
    "AlphaDropout": (VECTOR, [{"rate": 0.3}]),
    "GaussianDropout": (VECTOR, [{"rate": 0.3}]),
    "GaussianNoise": (VECTOR, [{"stddev": 0.3, **PENALTY}]),
    "SpatialDropout1D": (SEQUENCE, [{"rate": 0.3}]),
    "SpatialDropout2D": (IMAGE, [{"rate": 0.3}]),
    "RandomFlip": (IMAGE, [{}]),
    "RandomRotation": (IMAGE, [{"factor": 0.1}]),
    "RandomZoom": (IMAGE, [{"height_factor": [-0.3, 0.1], "fill_mode": "nearest"}]),
    "RandomTranslation": (IMAGE, [{"height_factor": 0.2, "width_factor": [0.1, 0.3], "fill_mode": "wrap"}]),
    "RandomShear": (IMAGE, [{"x_factor": 0.2, "fill_mode": "constant", "fill_value": 0.5}]),
    "RandomPerspective": (IMAGE, [{"scale": 0.3}]),
    "RandomContrast": (IMAGE, [{"factor": [0.3, 0.5], "value_range": [-1, 1]}]),
    "RandomBrightness": (IMAGE, [{"factor": 0.2, "value_range": [-1, 1], "seed": 3}]),
    "RandomHue": (IMAGE, [{"factor": 0.2, "value_range": [-1, 1]}]),
    "RandomSaturation": (IMAGE, [{"factor": [0.4, 0.6], "value_range": [-1, 1]}]),
    "RandomColorJitter": (IMAGE, [{"brightness_factor": 0.1, "hue_factor": 0.1, "value_range": [-1, 1]}]),
    "RandomColorDegeneration": (IMAGE, [{"factor": 0.7, "value_range": [-1, 1]}]),
    "RandomGrayscale": (IMAGE, [{}]),
    "RandomInvert": (IMAGE, [{"factor": 0.7, "value_range": [-1, 1]}]),
    "RandomPosterization": (IMAGE, [{"factor": [2, 5], "value_range": [-1, 1]}]),
    "Solarization": (IMAGE, [{"threshold_factor": 0.7, "value_range": [-1, 1]}]),
    "RandomSharpness": (IMAGE, [{"factor": 0.7, "value_range": [-1, 1]}]),
    "RandomGaussianBlur": (IMAGE, [{"kernel_size": [3, 5], "value_range": [-1, 1]}]),
    "RandomErasing": (IMAGE, [{"scale": [0.1, 0.3], "value_range": [-1, 1]}]),
    "ActivityRegularization": (VECTOR, [{"l1": 0.01, "l2": 0.02}]),
    "Embedding": (SEQUENCE, [{"input_dim": 2, "output_dim": 4, "embeddings_initializer": "glorot_normal"}]),
    "Masking": (SEQUENCE, [{"mask_value": 0.5}]),
    "LSTM": (
        SHORT,
        [
            {
                "units": 4,
                "kernel_regularizer": "l2",
                "recurrent_regularizer": {"type": "L1", "l1": 0.01},
                "recurrent_constraint": {"type": "MaxNorm", "max_value": 0.5},
                "bias_regularizer": "l2",
                "activity_regularizer": {"type": "L2", "l2": 0.01},
                "return_sequences": True,
                "dropout": 0.2,
            },
            {"units": 3, "unit_forget_bias": False, "recurrent_dropout": 0.3, "seed": 5, "unroll": True},
        ],
    ),
    "GRU": (
        SHORT,
        [
            {"units": 3, "dropout": 0.3, "recurrent_dropout": 0.2, "go_backwards": True, "unroll": True},
            {"units": 3, "reset_after": False, "bias_initializer": "normal", "recurrent_activation": "hard_sigmoid"},
        ],
    ),
    "SimpleRNN": (SHORT, [{"units": 3, "activation": "relu", "recurrent_initializer": "identity", "dropout": 0.1}]),
    "Bidirectional": (
        SHORT,
        [
            {
                "layer": {"type": "GRU", "units": 3, "kernel_initializer": "he_normal"},
                "backward_layer": {"type": "SimpleRNN", "units": 3, "go_backwards": True},
                "merge_mode": "ave",
            }
        ],
    ),
    "TimeDistributed": (
        SHORT,
        [
            {"layer": {"type": "Dense", "units": 3, "kernel_regularizer": "l2"}},
            {"layer": {"type": "Dropout", "rate": 0.3}},
            {"layer": {"type": "BatchNormalization"}},
        ],
    ),
    "ConvLSTM1D": (
        IMAGE,
        [{"filters": 2, "kernel_size": 3, "strides": 2, "recurrent_dropout": 0.3, "go_backwards": True, **PENALTY}],
    ),
    "ConvLSTM2D": (
        (2, 4, 5, 2),
        [
            {
                "filters": 2,
                "kernel_size": [2, 3],
                "padding": "same",
                "kernel_regularizer": "l2",
                "recurrent_constraint": {"type": "MaxNorm", "max_value": 0.5},
                "return_sequences": True,
                "dropout": 0.2,
                "seed": 5,
            },
            {"filters": 2, "kernel_size": 2, "dilation_rate": 2, "unit_forget_bias": False, "unroll": True},
        ],
    ),
    "ConvLSTM3D": ((2, 3, 3, 2, 2), [{"filters": 2, "kernel_size": 2, "activation": "relu"}]),
    "SpectralNormalization": (
        IMAGE,
        [
            {"layer": {"type": "Conv2D", "filters": 3, "kernel_size": 3, "activation": "relu", **HEADED}},
            {"layer": {"type": "Dense", "units": 4, "kernel_regularizer": "l2"}, "power_iterations": 3, **PENALTY},
            {"layer": {"type": "DepthwiseConv2D", "kernel_size": 2, "depth_multiplier": 2}},
        ],
    ),
    "Conv1D": (SEQUENCE, [{"filters": 4, "kernel_size": 3, "padding": "causal", "activation": "relu"}]),
    "Conv2D": (
        IMAGE,
        [
            {"filters": 4, "kernel_size": [3, 2], "strides": 2, "padding": "same"},
            {"filters": 6, "kernel_size": 3, "groups": 3, "dilation_rate": 2},
        ],
    ),
    "Conv1DTranspose": (SEQUENCE, [{"filters": 4, "kernel_size": 3, "strides": 2}]),
    "Conv2DTranspose": (IMAGE, [{"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"}]),
    "DepthwiseConv1D": (SEQUENCE, [{"kernel_size": 3, "depth_multiplier": 2}]),
    "DepthwiseConv2D": (IMAGE, [{"kernel_size": 3, "depth_multiplier": 2}]),
    "SeparableConv1D": (SEQUENCE, [{"filters": 4, "kernel_size": 3}]),
    "SeparableConv2D": (IMAGE, [{"filters": 4, "kernel_size": 3, "depth_multiplier": 2}]),
    "MaxPooling1D": (SEQUENCE, [{"pool_size": 2, **PENALTY}]),
    "MaxPooling2D": (IMAGE, [{"pool_size": [2, 3], "padding": "same"}]),
    "AveragePooling1D": (SEQUENCE, [{"pool_size": 2}]),
    "AveragePooling2D": (IMAGE, [{"pool_size": 2, "strides": 3}]),
    "GlobalMaxPooling1D": (SEQUENCE, [{}]),
    "GlobalMaxPooling2D": (IMAGE, [{}]),
    "GlobalAveragePooling1D": (SEQUENCE, [{"keepdims": True}]),
    "GlobalAveragePooling2D": (IMAGE, [{}]),
    "AdaptiveMaxPooling1D": (SEQUENCE, [{"output_size": 3}]),
    "AdaptiveMaxPooling2D": (IMAGE, [{"output_size": 3}]),
    "AdaptiveAveragePooling1D": (SEQUENCE, [{"output_size": 3}]),
    "AdaptiveAveragePooling2D": (IMAGE, [{"output_size": [3, 2]}]),
    "ZeroPadding1D": (SEQUENCE, [{"padding": [1, 2]}]),
    "ZeroPadding2D": (IMAGE, [{"padding": [[1, 0], [0, 2]]}]),
    "Cropping1D": (SEQUENCE, [{"cropping": [1, 2]}]),
    "Cropping2D": (IMAGE, [{"cropping": [[1, 0], [0, 2]]}]),
    "UpSampling1D": (SEQUENCE, [{"size": 2}]),
    "UpSampling2D": (IMAGE, [{"size": 2, "interpolation": "bilinear"}]),
    "Add": (VECTOR, [PAIR]),
    "Subtract": (VECTOR, [PAIR]),
    "Multiply": (VECTOR, [PAIR]),
    "Average": (VECTOR, [PAIR]),
    "Maximum": (VECTOR, [PAIR]),
    "Minimum": (VECTOR, [PAIR]),
    "Concatenate": (VECTOR, [{**PAIR, **PENALTY}]),
    "Conv3D": (
        VOLUME,
        [
            {"filters": 3, "kernel_size": [2, 3, 2], "strides": 2, "padding": "same", "activation": "relu"},
            {"filters": 4, "kernel_size": 2, "dilation_rate": [1, 2, 1]},
        ],
    ),
    "Conv3DTranspose": (VOLUME, [{"filters": 3, "kernel_size": 2, "strides": [1, 2, 1]}]),
    "MaxPooling3D": (VOLUME, [{"pool_size": [2, 2, 3], "padding": "same"}]),
    "AveragePooling3D": (VOLUME, [{"pool_size": 2, "strides": 1, **PENALTY}]),
    "GlobalMaxPooling3D": (VOLUME, [{}]),
    "GlobalAveragePooling3D": (VOLUME, [{"keepdims": True}]),
    "AdaptiveMaxPooling3D": (VOLUME, [{"output_size": [2, 3, 3]}]),
    "AdaptiveAveragePooling3D": (VOLUME, [{"output_size": 2}]),
    "ZeroPadding3D": (VOLUME, [{"padding": [[1, 0], [0, 2], 1]}]),
    "Cropping3D": (VOLUME, [{"cropping": [1, [0, 2], 1]}]),
    "UpSampling3D": (VOLUME, [{"size": [1, 2, 1]}]),
    "SpatialDropout3D": (VOLUME, [{"rate": 0.3}]),
    "EinsumDense": (
        SEQUENCE,
        [
            {"equation": "abc,cd->abd", "output_shape": [8, 4], "bias_axes": "d", "activation": "tanh", **PENALTY},
            {"equation": "abc,bcde->aed", "output_shape": [2, 3], "bias_axes": "e", "kernel_initializer": "he_normal"},
            {"equation": "...x,xy->...y", "output_shape": 5, "kernel_regularizer": "l2"},
        ],
    ),
    "Attention": (
        SEQUENCE,
        [
            {"use_scale": True, "dropout": 0.2, **PAIR, **PENALTY},
            {"score_mode": "concat", "use_causal_mask": True, **THREE},
        ],
    ),
    "AdditiveAttention": (SEQUENCE, [{"dropout": 0.2, "seed": 4, **THREE}, {"use_scale": False}]),
    "MultiHeadAttention": (
        SEQUENCE,
        [
            {"num_heads": 2, "key_dim": 4},
            {"num_heads": 2, "key_dim": 3, "value_dim": 2, "dropout": 0.2, "use_causal_mask": True, **HEADED},
            {"num_heads": 2, "key_dim": 3, "output_shape": 4, "sliding_window": 3, "use_gate": True, **PAIR},
            {"num_heads": 3, "key_dim": 2, "use_bias": False, "use_causal_mask": True, **THREE},
        ],
    ),
    "GroupQueryAttention": (
        SEQUENCE,
        [
            {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, "use_causal_mask": True, **PAIR},
            {"head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 1, "dropout": 0.3, "use_gate": True, **HEADED},
        ],
    ),
    "PositionEmbedding": (
        STEPS,
        [
            {"embeddings_initializer": {"type": "RandomNormal", "stddev": 0.5}, "embeddings_regularizer": "l2"},
            {"embeddings_constraint": {"type": "MaxNorm", "max_value": 0.02}, **PENALTY},
        ],
    ),
    "SinePositionEncoding": (STEPS, [{}, {"max_wavelength": 100.0}]),
    "Dot": (VECTOR, [{"axes": 1, "normalize": True, **PAIR}]),
}

OTHERWISE_IN_TRAINING = {
    "BatchNormalization",
    "Dropout",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "LSTM",
    "GRU",
    "SimpleRNN",
    "Bidirectional",
    "TimeDistributed",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "SpectralNormalization",
    "SpatialDropout3D",
    "Attention",
    "AdditiveAttention",
    "MultiHeadAttention",
    "GroupQueryAttention",
    *kinds(PictureAugmentation),
}
"""Kinds that do something else in training: their networks are evaluated, too."""

AHEAD: list[Spec] = [{"type": "Dense", "activation": "tanh", "name": "left"}]
TO_BE_MERGED: list[Spec] = [*AHEAD, {"type": "Dense", "activation": "elu", "name": "right", "inputs": ["input"]}]


def network(shape: tuple[int, ...], chosen: list[tuple[str, Spec]]) -> list[Spec]:
    """The layers side by side within a network, so that gradients flow through each: behind a Dense, or merging two."""
    ahead = TO_BE_MERGED if any("inputs" in arguments for _, arguments in chosen) else AHEAD
    layers: list[Spec] = [{**layer, "units": shape[-1]} for layer in ahead]
    ends = [f"end_{number}" for number in range(len(chosen))]
    for end, (kind, arguments) in zip(ends, chosen, strict=True):
        layers += [
            {"type": kind, "inputs": ["left"], **arguments},
            {"type": "Flatten"},
            {"type": "Dense", "units": 3, "name": end},
        ]
    joined: list[Spec] = [{"type": "Add", "inputs": ends}] if len(ends) > 1 else []
    return [*layers, *joined, {"type": "Activation", "activation": "softmax"}]


def assert_layers_train_as_in_keras(chosen: list[tuple[str, Spec]]) -> None:
    """All of them in one network; in evaluation, too, where they do something else then."""
    kinds_chosen = [kind for kind, _ in chosen]
    shape = SAMPLES[kinds_chosen[0]][0]
    validation = rows_of(shape, rows=20, seed=2) if OTHERWISE_IN_TRAINING.intersection(kinds_chosen) else None
    assert_parity(network(shape, chosen), rows=rows_of(shape, rows=64), validation=validation)


TOGETHER = 4
"""So many layers are in a network: to trace and compile one takes longer than to train it."""


def groups() -> Iterator[list[tuple[str, Spec]]]:
    """All samples: those of a network take rows of one shape, and do or do not do something else in training."""
    by_group: dict[tuple[bool, tuple[int, ...]], list[tuple[str, Spec]]] = {}
    for kind, (shape, samples) in SAMPLES.items():
        of_kind = by_group.setdefault((kind in OTHERWISE_IN_TRAINING, shape), [])
        of_kind += [(kind, arguments) for arguments in samples]
    for some in by_group.values():
        yield from (some[first : first + TOGETHER] for first in range(0, len(some), TOGETHER))


def test_every_kind_has_a_sample() -> None:
    assert set(SAMPLES) == set(kinds(Layer)), "a kind without a sample: add one to SAMPLES"


@pytest.mark.parametrize("group", [*groups()], ids=lambda group: ", ".join(dict(group)))
def test_layers_train_as_in_keras(group: list[tuple[str, Spec]]) -> None:
    try:
        assert_layers_train_as_in_keras(group)
    except AssertionError:
        # XLA may fuse what they have in common otherwise than in the program of `fit`: each by itself must be equal.
        for one in group:
            try:
                assert_layers_train_as_in_keras([one])
            except AssertionError as problem:
                problem.add_note(f"The layer is {one}.")
                raise
