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
ALONG = {1: SIZE | st.tuples(SIZE).map(list), 2: SIZE | st.tuples(SIZE, SIZE).map(list)}
EXTRA = {1: st.integers(0, 2), 2: st.integers(0, 2) | st.tuples(st.integers(0, 2), st.integers(0, 2)).map(list)}
ENDS = st.integers(0, 2) | st.tuples(st.integers(0, 2), st.integers(0, 2)).map(list)
SIDES = st.integers(0, 2) | st.tuples(ENDS, ENDS).map(list)

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
        "activity_regularizer": REGULARIZER,
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

FIELDS: dict[str, Fields] = {
    "Dense": {"units": SIZE, **activated("kernel")},
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
    "RandomElasticTransform": {**MOVING, **VALUED, "factor": SHARE, "scale": SHARE},
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
    "ZeroPadding2D": {"padding": SIDES},
    "Cropping1D": {"cropping": ENDS},
    "Cropping2D": {"cropping": SIDES},
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
    if "trainable" in model.model_fields and not kind.startswith("Spatial"):
        sometimes["trainable"] = FLAG
    return st.fixed_dictionaries({"type": st.just(kind), **always}, optional=sometimes)


def shape_for(kind: str) -> st.SearchStrategy[list[int]]:
    """An input shape with as many axes as the layer reads."""
    if getattr(kinds(Layer)[kind], "NEEDS_COLOURS", False):
        return st.tuples(st.integers(1, 7), st.integers(1, 7), st.just(3)).map(list)
    axes = kinds(Layer)[kind].AXES
    rank = st.integers(1, 3) if axes is None else st.just(len(axes))
    return rank.flatmap(lambda count: st.lists(st.integers(1, 7), min_size=count, max_size=count))
