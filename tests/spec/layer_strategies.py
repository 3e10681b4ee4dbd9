"""Hypothesis strategies of layers and of inputs that fit them, most of the time."""

from typing import Any

from hypothesis import strategies as st

from spec.language.declared import kinds
from spec.layers import Layer
from spec.networks.activations import ACTIVATION_NAMES
from spec.networks.constraints import CONSTRAINT_NAMES
from spec.networks.initializers import INITIALIZER_NAMES
from spec.networks.regularizers import REGULARIZER_NAMES

Fields = dict[str, st.SearchStrategy[Any]]

SIZE = st.integers(1, 4)
FLAG = st.booleans()
SEED = st.integers(0, 2**32 - 1)
NUMBER = st.floats(0, 2, allow_nan=False)
AXIS = st.integers(-4, 4)
AXES = AXIS | st.lists(AXIS, min_size=1, max_size=2, unique=True)
PADDING = st.sampled_from(["valid", "same"])
ACTIVATION = st.none() | st.sampled_from(ACTIVATION_NAMES)
RATE = st.sampled_from([0.0, 0.25, 0.9])
ALONG = {sides: SIZE | st.lists(SIZE, min_size=sides, max_size=sides) for sides in (1, 2, 3)}
FEW = st.integers(0, 2)
EXTRA = {1: FEW, 2: FEW | st.tuples(FEW, FEW).map(list), 3: FEW | st.tuples(FEW, FEW, FEW).map(list)}
ENDS = FEW | st.tuples(FEW, FEW).map(list)
SIDES = {sides: FEW | st.lists(ENDS, min_size=sides, max_size=sides) for sides in (2, 3)}

INITIALIZER = st.sampled_from(sorted(INITIALIZER_NAMES)) | st.one_of(
    st.fixed_dictionaries({"type": st.just("Constant"), "value": NUMBER}),
    st.fixed_dictionaries({"type": st.just("RandomNormal"), "stddev": NUMBER, "seed": SEED}),
    st.fixed_dictionaries({"type": st.just("RandomUniform"), "minval": st.just(-1), "maxval": NUMBER}),
    st.fixed_dictionaries({"type": st.just("Orthogonal"), "gain": NUMBER}),
    st.fixed_dictionaries(
        {
            "type": st.just("VarianceScaling"),
            "scale": st.floats(0.1, 3),
            "mode": st.sampled_from(["fan_in", "fan_out", "fan_avg"]),
            "distribution": st.sampled_from(["truncated_normal", "untruncated_normal", "uniform"]),
            "input_axes": st.none() | st.just([0]),
            "output_axes": st.none() | st.lists(st.integers(-3, 2), min_size=1, max_size=2),
        }
    ),
)
REGULARIZER = (
    st.none()
    | st.sampled_from(sorted(REGULARIZER_NAMES))
    | st.fixed_dictionaries({"type": st.just("L1L2"), "l1": NUMBER, "l2": NUMBER})
    | st.fixed_dictionaries({"type": st.just("OrthogonalRegularizer"), "mode": st.sampled_from(["rows", "columns"])})
)
CONSTRAINT = (
    st.none()
    | st.sampled_from(sorted(CONSTRAINT_NAMES))
    | st.fixed_dictionaries({"type": st.just("MaxNorm"), "max_value": NUMBER, "axis": st.integers(-3, 2)})
    | st.fixed_dictionaries({"type": st.just("UnitNorm"), "axis": st.lists(st.integers(0, 2), min_size=1, max_size=2)})
)


def governed(*roles: str) -> Fields:
    """Initializer, regularizer and constraint of variables."""
    fields: Fields = {}
    for role in roles:
        fields |= {f"{role}_initializer": INITIALIZER, f"{role}_regularizer": REGULARIZER}
        fields[f"{role}_constraint"] = CONSTRAINT
    return fields


def activated(*roles: str) -> Fields:
    return {
        "activation": ACTIVATION,
        "use_bias": FLAG,
        **governed("bias", *roles),
    }


def convolution(sides: int, *roles: str, **more: st.SearchStrategy[Any]) -> Fields:
    windows: Fields = {"kernel_size": ALONG[sides], "strides": ALONG[sides], "dilation_rate": ALONG[sides]}
    return {**windows, "padding": PADDING, "data_format": st.none(), **activated(*roles), **more}


def pooling(sides: int) -> Fields:
    return {"pool_size": ALONG[sides], "strides": st.none() | ALONG[sides], "padding": PADDING}


SCALED: Fields = {"epsilon": st.floats(1e-6, 1e-2), "center": FLAG, "scale": FLAG, **governed("beta", "gamma")}
GLOBAL: Fields = {"keepdims": FLAG, "data_format": st.just("channels_last")}
NOISE: Fields = {"rate": RATE, "seed": st.none() | SEED}
PERCENT = st.floats(0, 1)
SHARE = PERCENT | st.tuples(PERCENT, PERCENT).map(list)
SIGN = st.floats(-0.9, 1)
SIGNED = SIGN | st.tuples(SIGN, SIGN).map(list)
AUGMENTING: Fields = {"seed": st.none() | SEED}
MOVING: Fields = {
    **AUGMENTING,
    "fill_mode": st.sampled_from(["constant", "reflect", "wrap", "nearest"]),
    "interpolation": st.sampled_from(["nearest", "bilinear"]),
    "fill_value": NUMBER,
}
VALUED: Fields = {**AUGMENTING, "value_range": st.sampled_from([[0, 1], [-3, 3.5]])}
MASK = st.none() | st.lists(st.none() | st.integers(1, 2), min_size=1, max_size=4)
GROUPS = st.sampled_from([1, 1, 2])

UNITS = st.integers(2, 4)


def recurrent(**more: st.SearchStrategy[Any]) -> Fields:
    return {
        "units": UNITS,
        **activated("kernel", "recurrent"),
        "dropout": RATE,
        "recurrent_dropout": RATE,
        "seed": st.none() | SEED,
        "return_sequences": FLAG,
        "go_backwards": FLAG,
        "unroll": FLAG,
        **more,
    }


def recurrent_convolution(sides: int) -> Fields:
    fields = {**convolution(sides, "kernel", "recurrent", filters=SIZE), **recurrent()}
    del fields["units"]
    return {**fields, "recurrent_activation": ACTIVATION, "unit_forget_bias": FLAG}


HELD_RECURRENT = st.fixed_dictionaries(
    {"type": st.sampled_from(["LSTM", "GRU", "SimpleRNN"]), "units": st.just(3)},
    optional={"return_sequences": FLAG, "name": st.just("held"), "use_bias": FLAG},
)
HELD_CONVOLVING = st.fixed_dictionaries(
    {"type": st.just("ConvLSTM1D"), "filters": st.just(2), "kernel_size": SIZE},
    optional={"return_sequences": FLAG, "padding": PADDING, "strides": SIZE},
)
HELD_BACKWARDS = st.fixed_dictionaries(
    {"type": st.sampled_from(["LSTM", "GRU"]), "units": st.just(3), "go_backwards": st.sampled_from([True])},
    optional={"return_sequences": FLAG},
)
HELD = st.sampled_from(
    [
        {"type": "Dense", "units": 3, "kernel_regularizer": "l2"},
        {"type": "BatchNormalization"},
        {"type": "Dropout", "rate": 0.5},
        {"type": "Conv1D", "filters": 2, "kernel_size": 1, "name": "held"},
        {"type": "LSTM", "units": 2},
        {"type": "Bidirectional", "layer": {"type": "GRU", "units": 2, "return_sequences": True}},
        {"type": "SpectralNormalization", "layer": {"type": "Dense", "units": 2}},
        {"type": "Flatten"},
        {"type": "GlobalAveragePooling1D"},
    ]
)
HELD_KERNEL = st.sampled_from(
    [
        {"type": "Dense", "units": 3, "kernel_regularizer": "l2", "activity_regularizer": "l2"},
        {"type": "Conv1D", "filters": 2, "kernel_size": 1, "name": "held"},
        {"type": "DepthwiseConv2D", "kernel_size": 1, "use_bias": False, "depth_multiplier": 2},
        {"type": "Conv2DTranspose", "filters": 2, "kernel_size": 2},
        {"type": "EinsumDense", "equation": "...x,xy->...y", "output_shape": 3, "kernel_initializer": "zeros"},
        {"type": "Embedding", "input_dim": 3, "output_dim": 2},
    ]
)
ATTENDING: Fields = {"dropout": RATE, "seed": st.none() | SEED, "use_causal_mask": FLAG}
HEADED: Fields = {
    **ATTENDING,
    "use_bias": FLAG,
    "sliding_window": st.none() | SIZE,
    "flash_attention": st.sampled_from([None, False]),
    "use_gate": FLAG,
    **governed("kernel", "bias"),
}
EINSUM: Fields = {"activation": ACTIVATION, **governed("kernel", "bias")}
"""What no equation decides."""
EQUATIONS = [
    ("ab,bc->ac", 1, "c"),
    ("abc,cd->abd", 2, "bd"),
    ("abc,bcd->ad", 2, "d"),
    ("abc,cde->abde", 3, "ed"),
    ("abc,bd->adc", 2, "c"),
    ("...x,xy->...y", 1, "y"),
    ("...xy,yzx->...z", 1, "z"),
    ("...xy,xz->...zy", 2, "zy"),
    ("ab...,bc->ac...", 1, "c"),
    ("abc...,cbd->adb...", 2, "b"),
    ("abc,b->ac", 1, "c"),
]
"""An equation, how many sizes its output has, and axes for its bias."""

FIELDS: dict[str, Fields] = {
    "Dense": {"units": SIZE, **activated("kernel")},
    "Embedding": {"input_dim": UNITS, "output_dim": SIZE, "mask_zero": FLAG, **governed("embeddings")},
    "Masking": {"mask_value": NUMBER},
    "LSTM": recurrent(
        recurrent_activation=ACTIVATION, unit_forget_bias=FLAG, use_cudnn=st.sampled_from(["auto", False])
    ),
    "GRU": recurrent(recurrent_activation=ACTIVATION, reset_after=FLAG, use_cudnn=st.just("auto")),
    "SimpleRNN": recurrent(),
    "Bidirectional": {
        "layer": HELD_RECURRENT | HELD_CONVOLVING,
        "merge_mode": st.sampled_from(["concat", "sum", "mul", "ave"]),
        "backward_layer": st.none() | HELD_BACKWARDS,
    },
    "TimeDistributed": {"layer": HELD},
    "ConvLSTM1D": recurrent_convolution(1),
    "ConvLSTM2D": recurrent_convolution(2),
    "ConvLSTM3D": recurrent_convolution(3),
    "SpectralNormalization": {"layer": HELD_KERNEL, "power_iterations": SIZE},
    "Flatten": {"data_format": st.none()},
    "Reshape": {"target_shape": st.lists(st.sampled_from([-1, 1, 2, 3, 4]), min_size=1, max_size=3)},
    "Permute": {"dims": st.integers(1, 3).flatmap(lambda rank: st.permutations(range(1, rank + 1)))},
    "RepeatVector": {"n": SIZE},
    "Identity": {},
    "Activation": {"activation": st.sampled_from(ACTIVATION_NAMES)},
    "ReLU": {"max_value": st.none() | NUMBER, "negative_slope": NUMBER, "threshold": NUMBER},
    "LeakyReLU": {"negative_slope": NUMBER},
    "PReLU": {**governed("alpha"), "shared_axes": st.none() | AXES},
    "ELU": {"alpha": NUMBER},
    "Softmax": {"axis": AXES},
    "BatchNormalization": {
        **SCALED,
        "axis": AXIS,
        "momentum": st.floats(0, 1),
        "moving_mean_initializer": INITIALIZER,
        "moving_variance_initializer": INITIALIZER,
        "renorm": FLAG,
        "renorm_clipping": st.none() | st.just({"rmax": 3, "rmin": 0.3, "dmax": 5}),
        "renorm_momentum": st.floats(0, 1),
    },
    "LayerNormalization": {**SCALED, "axis": AXES},
    "GroupNormalization": {**SCALED, "axis": AXIS, "groups": st.sampled_from([-1, 1, 2, 3])},
    "RMSNormalization": {"axis": AXES, "epsilon": st.floats(1e-6, 1e-2)},
    "UnitNormalization": {"axis": AXES},
    "Normalization": {
        "axis": st.none() | AXES,
        "mean": NUMBER | st.lists(NUMBER, min_size=2, max_size=2),
        "variance": NUMBER | st.lists(NUMBER, min_size=2, max_size=2),
        "invert": FLAG,
    },
    "Rescaling": {
        "scale": NUMBER | st.lists(NUMBER, min_size=1, max_size=2),
        "offset": NUMBER | st.lists(st.lists(NUMBER, min_size=1, max_size=1), min_size=1, max_size=2),
    },
    "Dropout": {**NOISE, "noise_shape": MASK},
    "AlphaDropout": {**NOISE, "noise_shape": MASK},
    "GaussianDropout": NOISE,
    "GaussianNoise": {"stddev": st.floats(0, 1), "seed": st.none() | SEED},
    "SpatialDropout1D": NOISE,
    "SpatialDropout2D": {**NOISE, "data_format": st.none()},
    "RandomFlip": {**AUGMENTING, "mode": st.sampled_from(["horizontal", "vertical", "horizontal_and_vertical"])},
    "RandomRotation": {**MOVING, "factor": SIGNED},
    "RandomZoom": {**MOVING, "height_factor": SIGNED, "width_factor": st.none() | SIGNED},
    "RandomTranslation": {**MOVING, "height_factor": SIGNED, "width_factor": SIGNED},
    "RandomShear": {**MOVING, "x_factor": SHARE, "y_factor": SHARE},
    "RandomPerspective": {
        **AUGMENTING,
        "factor": SHARE,
        "scale": PERCENT,
        "interpolation": MOVING["interpolation"],
        "fill_value": NUMBER,
    },
    "RandomContrast": {**VALUED, "factor": SHARE},
    "RandomBrightness": {**VALUED, "factor": SIGNED},
    "RandomHue": {**VALUED, "factor": SHARE},
    "RandomSaturation": {**VALUED, "factor": SHARE},
    "RandomColorJitter": {
        **VALUED,
        "brightness_factor": st.none() | SIGNED,
        "contrast_factor": st.none() | SHARE,
        "saturation_factor": st.none() | SHARE,
        "hue_factor": st.none() | SHARE,
    },
    "RandomColorDegeneration": {**VALUED, "factor": SHARE},
    "RandomGrayscale": {**AUGMENTING, "factor": PERCENT},
    "RandomInvert": {**VALUED, "factor": SHARE},
    "RandomPosterization": {**VALUED, "factor": st.integers(1, 8) | st.just([2, 5])},
    "Solarization": {**VALUED, "addition_factor": SHARE, "threshold_factor": SHARE},
    "RandomSharpness": {**VALUED, "factor": SHARE},
    "RandomGaussianBlur": {
        **VALUED,
        "factor": SHARE,
        "kernel_size": st.sampled_from([1, 3, [3, 5]]),
        "sigma": SHARE,
    },
    "RandomErasing": {**VALUED, "factor": SHARE, "scale": SHARE, "fill_value": st.none() | NUMBER | st.just([0, 1, 2])},
    "ActivityRegularization": {"l1": NUMBER, "l2": NUMBER},
    "Conv1D": convolution(
        1, "kernel", filters=SIZE, groups=GROUPS, padding=st.sampled_from(["valid", "same", "causal"])
    ),
    "Conv2D": convolution(2, "kernel", filters=SIZE, groups=GROUPS),
    "Conv1DTranspose": convolution(1, "kernel", filters=SIZE, output_padding=st.none() | EXTRA[1]),
    "Conv2DTranspose": convolution(2, "kernel", filters=SIZE, output_padding=st.none() | EXTRA[2]),
    "DepthwiseConv1D": convolution(1, "depthwise", depth_multiplier=SIZE),
    "DepthwiseConv2D": convolution(2, "depthwise", depth_multiplier=SIZE),
    "SeparableConv1D": convolution(1, "depthwise", "pointwise", depth_multiplier=SIZE, filters=SIZE),
    "SeparableConv2D": convolution(2, "depthwise", "pointwise", depth_multiplier=SIZE, filters=SIZE),
    "MaxPooling1D": pooling(1),
    "MaxPooling2D": pooling(2),
    "AveragePooling1D": pooling(1),
    "AveragePooling2D": pooling(2),
    "GlobalMaxPooling1D": GLOBAL,
    "GlobalMaxPooling2D": GLOBAL,
    "GlobalAveragePooling1D": GLOBAL,
    "GlobalAveragePooling2D": GLOBAL,
    "AdaptiveMaxPooling1D": {"output_size": ALONG[1]},
    "AdaptiveMaxPooling2D": {"output_size": ALONG[2]},
    "AdaptiveAveragePooling1D": {"output_size": ALONG[1]},
    "AdaptiveAveragePooling2D": {"output_size": ALONG[2]},
    "ZeroPadding1D": {"padding": ENDS},
    "ZeroPadding2D": {"padding": SIDES[2]},
    "Cropping1D": {"cropping": ENDS},
    "Cropping2D": {"cropping": SIDES[2]},
    "UpSampling1D": {"size": SIZE},
    "UpSampling2D": {
        "size": ALONG[2],
        "interpolation": st.sampled_from(["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]),
    },
    "Add": {},
    "Subtract": {},
    "Multiply": {},
    "Average": {},
    "Maximum": {},
    "Minimum": {},
    "Concatenate": {"axis": AXIS},
    "Conv3D": convolution(3, "kernel", filters=SIZE, groups=GROUPS),
    "Conv3DTranspose": convolution(3, "kernel", filters=SIZE, output_padding=st.none() | EXTRA[3]),
    "MaxPooling3D": pooling(3),
    "AveragePooling3D": pooling(3),
    "GlobalMaxPooling3D": GLOBAL,
    "GlobalAveragePooling3D": GLOBAL,
    "AdaptiveMaxPooling3D": {"output_size": ALONG[3]},
    "AdaptiveAveragePooling3D": {"output_size": ALONG[3]},
    "ZeroPadding3D": {"padding": SIDES[3]},
    "Cropping3D": {"cropping": SIDES[3]},
    "UpSampling3D": {"size": ALONG[3]},
    "SpatialDropout3D": {**NOISE, "data_format": st.none()},
    "EinsumDense": {**EINSUM, "equation": st.none(), "output_shape": st.none(), "bias_axes": st.none()},
    "Attention": {**ATTENDING, "use_scale": FLAG, "score_mode": st.sampled_from(["dot", "concat"])},
    "AdditiveAttention": {**ATTENDING, "use_scale": FLAG},
    "MultiHeadAttention": {
        **HEADED,
        "num_heads": SIZE,
        "key_dim": SIZE,
        "value_dim": st.none() | SIZE,
        "output_shape": st.none() | ALONG[2],
        "attention_axes": st.none() | st.sampled_from([1, 2, [1], [1, 2], -2]),
    },
    "GroupQueryAttention": {
        **HEADED,
        "head_dim": SIZE,
        "num_query_heads": st.sampled_from([2, 4]),
        "num_key_value_heads": st.sampled_from([1, 2, 4]),
    },
    "PositionEmbedding": governed("embeddings"),
    "SinePositionEncoding": {"max_wavelength": st.floats(1, 1e4)},
    "Dot": {"axes": AXIS | st.tuples(AXIS, AXIS).map(list), "normalize": FLAG},
}
"""What each kind's fields may be; fields that Keras requires are always said."""


def body_of(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """A layer's body, each field of which that may be left out sometimes is."""
    model = kinds(Layer)[kind]
    fields = FIELDS[kind]
    always = {name: field for name, field in fields.items() if model.model_fields[name].is_required()}
    if kind == "Normalization":
        always |= {"mean": fields["mean"], "variance": fields["variance"]}
    sometimes = {name: field for name, field in fields.items() if name not in always}
    if not kind.startswith("Spatial"):
        sometimes["trainable"] = FLAG
    if not kind.startswith(("Spatial", "Activity", "SimpleRNN")):
        sometimes["activity_regularizer"] = REGULARIZER
    if kind == "EinsumDense":
        return st.sampled_from(EQUATIONS).flatmap(_einsum_bodies)
    return st.fixed_dictionaries({"type": st.just(kind), **always}, optional=sometimes)


def _einsum_bodies(said: tuple[str, int, str]) -> st.SearchStrategy[dict[str, Any]]:
    """Layers of one equation."""
    equation, sizes, axes = said
    always = {
        "type": st.just("EinsumDense"),
        "equation": st.just(equation),
        "output_shape": st.lists(SIZE, min_size=sizes, max_size=sizes),
    }
    sometimes = {**EINSUM, "bias_axes": st.just(axes), "trainable": FLAG, "activity_regularizer": REGULARIZER}
    return st.fixed_dictionaries(always, optional=sometimes)


def shape_for(kind: str) -> st.SearchStrategy[list[int]]:
    """An input shape with as many axes as the layer reads."""
    if getattr(kinds(Layer)[kind], "NEEDS_COLOURS", False):
        return st.tuples(st.integers(1, 7), st.integers(1, 7), st.just(3)).map(list)
    axes = kinds(Layer)[kind].AXES
    rank = st.integers(1, 3) if axes is None else st.just(len(axes))
    return rank.flatmap(lambda count: st.lists(st.integers(1, 7), min_size=count, max_size=count))
