"""What Keras has for networks and a spec cannot say, each with its reason; the catalog shows it."""

from collections.abc import Mapping

_CODE = "It runs code, which a spec cannot contain."
_RECURRENT = "Recurrent layers need data sets of sequences, which are not available."
_CELL = "It is a part of a recurrent layer, and recurrent layers need data sets of sequences."
_ATTENTION = "Layers of attention need data sets of sequences, which are not available."
_VOLUME = "It reads volumes (rows with four axes), and there are no data sets of volumes."
_WHOLE_NUMBERS = "It reads whole numbers that stand for words or categories, and there are no data sets of them."
_TEXT = "It reads text, and there are no data sets of text."
_SOUND = "It reads sound, and there are no data sets of sound."
_CHOOSES = "It draws which of several other layers augment a picture. List those that fit your pictures."
_MIXES = "It mixes the targets of rows as well as the rows, and a layer only sees the rows."
_SAME = (
    "It draws nothing at random, and always changes the same picture in the same way. Change pictures like this before "
    "you send them."
)
_BASE = "It is a base class."
_FOREIGN = "It contains a model of another framework."
_UNNAMED = "Keras cannot make one from its name alone. Write it as an object with its `value`."
_WRAPS = "It wraps another layer, and the fields of a layer cannot contain layers."

LEFT_OUT_LAYERS: Mapping[str, str] = {
    "AdaptiveAveragePooling3D": _VOLUME,
    "AdaptiveMaxPooling3D": _VOLUME,
    "AdditiveAttention": _ATTENTION,
    "Attention": _ATTENTION,
    "AugMix": _CHOOSES,
    "AutoContrast": _SAME,
    "AveragePooling3D": _VOLUME,
    "Bidirectional": _RECURRENT,
    "CategoryEncoding": _WHOLE_NUMBERS,
    "CenterCrop": "Use `Cropping2D` to cut off borders, or `image` of the data set to read pictures in another size.",
    "ContrastLimitedAdaptiveHistogramEqualization": _SAME,
    "Conv3D": _VOLUME,
    "Conv3DTranspose": _VOLUME,
    "ConvLSTM1D": _RECURRENT,
    "ConvLSTM2D": _RECURRENT,
    "ConvLSTM3D": _RECURRENT,
    "Cropping3D": _VOLUME,
    "CutMix": _MIXES,
    "Discretization": "It is fitted to the data before training, which is not supported.",
    "EinsumDense": "Its equation is a language of its own. Use `Dense`, `Permute` and `Reshape`.",
    "Embedding": _WHOLE_NUMBERS,
    "Equalization": _SAME,
    "FlaxLayer": _FOREIGN,
    "GRU": _RECURRENT,
    "GRUCell": _CELL,
    "GlobalAveragePooling3D": _VOLUME,
    "GlobalMaxPooling3D": _VOLUME,
    "GroupQueryAttention": _ATTENTION,
    "GroupedQueryAttention": _ATTENTION,
    "HashedCrossing": _WHOLE_NUMBERS,
    "Hashing": _WHOLE_NUMBERS,
    "InputLayer": "The input shape comes from the data set. Leave this layer out.",
    "InputSpec": "It is a description of an input, not a layer.",
    "IntegerLookup": _WHOLE_NUMBERS,
    "JaxLayer": _FOREIGN,
    "LSTM": _RECURRENT,
    "LSTMCell": _CELL,
    "Lambda": _CODE,
    "Layer": _BASE,
    "Masking": "Only recurrent layers and attention use a mask, and they are not supported.",
    "MaxNumBoundingBoxes": "Only pictures are augmented, and there are no boxes around what is on them.",
    "MaxPooling3D": _VOLUME,
    "MelSpectrogram": _SOUND,
    "MixUp": _MIXES,
    "MultiHeadAttention": _ATTENTION,
    "Pipeline": _WRAPS,
    "RNN": _RECURRENT,
    "RandAugment": _CHOOSES,
    "RandomPerspective": (
        "Keras 3.15 solves equations with it that have no solution for some random numbers, which ends the training. "
        "Use `RandomShear` and `RandomRotation`."
    ),
    "RandomCrop": (
        "Keras 3.15 crops with it in training only, so in evaluation the network would get larger pictures. "
        "`RandomTranslation` and `RandomZoom` keep the size."
    ),
    "Resizing": (
        "`image` of the data set says in which size pictures are read. Within a network, use `UpSampling2D` or "
        "`AveragePooling2D` to change their size."
    ),
    "ReversibleEmbedding": _WHOLE_NUMBERS,
    "STFTSpectrogram": _SOUND,
    "SimpleRNN": _RECURRENT,
    "SimpleRNNCell": _CELL,
    "SpatialDropout3D": _VOLUME,
    "SpectralNormalization": _WRAPS,
    "StackedRNNCells": _CELL,
    "StringLookup": _TEXT,
    "TFSMLayer": _FOREIGN,
    "TextVectorization": _TEXT,
    "TimeDistributed": _WRAPS,
    "TorchModuleWrapper": _FOREIGN,
    "UpSampling3D": _VOLUME,
    "Wrapper": _BASE,
    "ZeroPadding3D": _VOLUME,
}
"""Layers."""

_LORA = "Low-rank adaptation is meant for models that are already trained."

LEFT_OUT_LAYER_ARGUMENTS: Mapping[str, str] = {
    "lora_rank": _LORA,
    "lora_alpha": _LORA,
    "quantization_config": "Quantization is meant for models that are already trained.",
    "synchronized": (
        "Each GPU normalizes by its own share of a batch. `LayerNormalization` and `GroupNormalization` do not "
        "depend on "
        "the batch."
    ),
}
"""Arguments of layers."""

LEFT_OUT_INITIALIZERS: Mapping[str, str] = {
    "Initializer": _BASE,
    "initializer": _BASE,
    "STFT": _SOUND,
    "stft": _SOUND,
    "STFTInitializer": _SOUND,
    "Constant": _UNNAMED,
    "constant": _UNNAMED,
}
"""Initializers, and strings that stand for them."""

LEFT_OUT_ACTIVATIONS: Mapping[str, str] = {
    "glu": ("It halves the axis that it works on. Use `Multiply` on two branches, one of which ends with `sigmoid`."),
    "threshold": (
        "It needs arguments, and an activation is only a name. Use the layer `ReLU`, which has a `threshold`."
    ),
}
"""Activations."""

LEFT_OUT_REGULARIZERS: Mapping[str, str] = {"Regularizer": _BASE, "regularizer": _BASE}
"""Regularizers, and strings that stand for them."""

LEFT_OUT_CONSTRAINTS: Mapping[str, str] = {"Constraint": _BASE, "constraint": _BASE}
"""Constraints, and strings that stand for them."""

RENAMED_LAYERS: Mapping[str, str] = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution1DTranspose": "Conv1DTranspose",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Deconvolution2D": "Conv2DTranspose",
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "BatchNorm": "BatchNormalization",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "LayerNorm": "LayerNormalization",
    "GroupNorm": "GroupNormalization",
    "InstanceNormalization": "GroupNormalization",
    "ThresholdedReLU": "ReLU",
    "ParametricReLU": "PReLU",
    "Linear": "Dense",
    "FullyConnected": "Dense",
    "MaxoutDense": "Dense",
    "Merge": "Add",
    "Concat": "Concatenate",
    "BatchNorm1d": "BatchNormalization",
    "BatchNorm2d": "BatchNormalization",
    "SyncBatchNorm": "BatchNormalization",
    "InstanceNorm1d": "GroupNormalization",
    "InstanceNorm2d": "GroupNormalization",
    "InstanceNorm": "GroupNormalization",
    "RMSNorm": "RMSNormalization",
    "ConvTranspose1d": "Conv1DTranspose",
    "ConvTranspose2d": "Conv2DTranspose",
    "AdaptiveAvgPool1d": "AdaptiveAveragePooling1D",
    "AdaptiveAvgPool2d": "AdaptiveAveragePooling2D",
    "AdaptiveMaxPool1d": "AdaptiveMaxPooling1D",
    "AdaptiveMaxPool2d": "AdaptiveMaxPooling2D",
    "Dropout1d": "SpatialDropout1D",
    "Dropout2d": "SpatialDropout2D",
    "Upsample": "UpSampling2D",
    "ZeroPad1d": "ZeroPadding1D",
    "ZeroPad2d": "ZeroPadding2D",
    "DepthwiseConvolution2D": "DepthwiseConv2D",
    "RandomHorizontalFlip": "RandomFlip",
    "RandomVerticalFlip": "RandomFlip",
    "HorizontalFlip": "RandomFlip",
    "VerticalFlip": "RandomFlip",
    "RandomRotate": "RandomRotation",
    "RandomAffine": "RandomTranslation",
    "RandomShift": "RandomTranslation",
    "RandomHeight": "RandomZoom",
    "RandomWidth": "RandomZoom",
    "RandomScale": "RandomZoom",
    "ColorJitter": "RandomColorJitter",
    "RandomBrightnessContrast": "RandomColorJitter",
    "HueSaturationValue": "RandomColorJitter",
    "RandomAdjustSharpness": "RandomSharpness",
    "RandomPosterize": "RandomPosterization",
    "RandomBlur": "RandomGaussianBlur",
    "GaussianBlur": "RandomGaussianBlur",
    "RandomCutout": "RandomErasing",
    "Cutout": "RandomErasing",
    "CoarseDropout": "RandomErasing",
    "ElasticTransform": "RandomElasticTransform",
    "FC": "Dense",
    "MLP": "Dense",
}
"""Layers that older Kerases, Keras's aliases and others call differently -> today's name."""

LEFT_OUT_NETWORK_FIELDS: Mapping[str, str] = {
    "outputs": (
        "A network has only one output, its last layer, since a training has one loss. Several labels or numbers of a "
        "row are one output with as many units. List their columns in the `target` of the `dataset`."
    ),
}
"""What Keras's `Model` takes and a network cannot say."""
