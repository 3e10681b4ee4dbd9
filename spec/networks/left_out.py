"""What Keras has for networks and a spec cannot say, each with its reason; the catalog shows it."""

from collections.abc import Mapping

_CODE = "It runs code, which a spec cannot contain."
_LOOKUP = 'It encodes columns, which the data set does: the encoding "ordinal" of a feature numbers its values.'
_SOUND = "It computes spectra of sound, which is not supported. Compute them beforehand, and upload them as arrays."
_CHOOSES = "It draws which of several other layers augment a picture. List those that fit your pictures."
_MIXES = "It mixes the targets of rows as well as the rows, and a layer only sees the rows."
_SAME = (
    "It draws nothing at random, and always changes the same picture in the same way. Change pictures like this before "
    "you send them."
)
_BASE = "It is a base class."
_FOREIGN = "It contains a model of another framework."
_UNNAMED = "Keras cannot make one from its name alone. Write it as an object with its `value`."

LEFT_OUT_LAYERS: Mapping[str, str] = {
    "AugMix": _CHOOSES,
    "AutoContrast": _SAME,
    "CategoryEncoding": (
        'It encodes columns, which the data set does: use the encoding "one_hot" of a feature, or the encoding '
        '"multi_hot" for texts.'
    ),
    "CenterCrop": (
        'The data set crops pictures: say the `size` of its `image`, and "crop" as its `fit`. In a network, '
        "`Cropping2D` cuts off borders."
    ),
    "ContrastLimitedAdaptiveHistogramEqualization": _SAME,
    "CutMix": _MIXES,
    "Discretization": (
        "It sorts numbers into bins, which are fitted to the data before training. The data set scales numbers, but "
        "has no encoding for bins."
    ),
    "Equalization": _SAME,
    "FlaxLayer": _FOREIGN,
    "GRUCell": "It computes one step of a sequence. Use `GRU`, which computes all of them.",
    "HashedCrossing": (
        'It combines columns, and the encodings of a data set read one at a time. The encoding "hashed" does the same '
        "with a single column."
    ),
    "Hashing": 'It encodes columns, which the data set does: use the encoding "hashed" of a feature.',
    "InputLayer": "The input shape comes from the data set. Leave this layer out.",
    "InputSpec": "It is a description of an input, not a layer.",
    "IntegerLookup": _LOOKUP,
    "JaxLayer": _FOREIGN,
    "LSTMCell": "It computes one step of a sequence. Use `LSTM`, which computes all of them.",
    "Lambda": _CODE,
    "Layer": _BASE,
    "MaxNumBoundingBoxes": "Only pictures are augmented, and there are no boxes around what is on them.",
    "MelSpectrogram": _SOUND,
    "MixUp": _MIXES,
    "Pipeline": "It applies layers one after the other, as a network does. List them in `layers`.",
    "RNN": "Its cells are not layers. Use `LSTM`, `GRU` or `SimpleRNN`.",
    "RandAugment": _CHOOSES,
    "RandomCrop": (
        "Keras 3.15 crops with it in training only, so in evaluation the network would get larger pictures. "
        "`RandomTranslation` and `RandomZoom` keep the size."
    ),
    "RandomElasticTransform": (
        "Keras 3.15 compiles it once for each row of a batch, which takes minutes and gigabytes if batches are large. "
        "`RandomShear` and `RandomRotation` move pixels, too."
    ),
    "Resizing": (
        "The data set brings pictures to one size: say the `size` of its `image`. In a network, `UpSampling2D` and "
        "`AveragePooling2D` change it."
    ),
    "ReversibleEmbedding": (
        "A network uses it twice, and each layer of a spec is used once. Use `Embedding`, and a `Dense` at the end."
    ),
    "STFTSpectrogram": _SOUND,
    "SimpleRNNCell": "It computes one step of a sequence. Use `SimpleRNN`, which computes all of them.",
    "StackedRNNCells": (
        "Its cells are not layers. List several recurrent layers, all but the last with `return_sequences`."
    ),
    "StringLookup": _LOOKUP,
    "TFSMLayer": _FOREIGN,
    "TextVectorization": (
        'It encodes texts, which the data set does: use the encoding "tokens", "multi_hot", "count" or "tf_idf" of a '
        "feature."
    ),
    "TorchModuleWrapper": _FOREIGN,
    "Wrapper": _BASE,
}
"""Layers."""

_LORA = "Low-rank adaptation is meant for models that are already trained."

LEFT_OUT_LAYER_ARGUMENTS: Mapping[str, str] = {
    "stateful": (
        "Each row is a sequence of its own, and rows are shuffled, so what a layer remembers of a batch means nothing "
        "to the next one. Put all that belongs together into one row."
    ),
    "return_state": (
        "A layer has one output. With `return_sequences` it has the output of every step. A "
        "`Cropping1D` can leave the last."
    ),
    "weights": (
        "The first weights of a layer are drawn by its initializers. Weights of another job are `initial_weights`."
    ),
    "lora_rank": _LORA,
    "lora_alpha": _LORA,
    "quantization_config": "Quantization is meant for models that are already trained.",
    "return_attention_scores": "The scores would be a second output, and a layer of a network has only one output.",
    "attention_mask": "A mask comes from the layers before, or from `use_causal_mask` and `sliding_window`.",
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
    "CuDNNLSTM": "LSTM",
    "CuDNNGRU": "GRU",
    "FastLSTM": "LSTM",
    "ElmanRNN": "SimpleRNN",
    "VanillaRNN": "SimpleRNN",
    "TokenEmbedding": "Embedding",
    "EmbeddingBag": "Embedding",
    "BidirectionalWrapper": "Bidirectional",
    "TimeDistributedDense": "Dense",
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
    "Convolution3D": "Conv3D",
    "Convolution3DTranspose": "Conv3DTranspose",
    "Deconvolution3D": "Conv3DTranspose",
    "MaxPool3D": "MaxPooling3D",
    "AvgPool3D": "AveragePooling3D",
    "GlobalMaxPool3D": "GlobalMaxPooling3D",
    "GlobalAvgPool3D": "GlobalAveragePooling3D",
    "BatchNorm3d": "BatchNormalization",
    "InstanceNorm3d": "GroupNormalization",
    "ConvTranspose3d": "Conv3DTranspose",
    "AdaptiveAvgPool3d": "AdaptiveAveragePooling3D",
    "AdaptiveMaxPool3d": "AdaptiveMaxPooling3D",
    "Dropout3d": "SpatialDropout3D",
    "ZeroPad3d": "ZeroPadding3D",
    "GroupedQueryAttention": "GroupQueryAttention",
    "MultiQueryAttention": "GroupQueryAttention",
    "GQA": "GroupQueryAttention",
    "MHA": "MultiHeadAttention",
    "SelfAttention": "MultiHeadAttention",
    "MultiHeadSelfAttention": "MultiHeadAttention",
    "LuongAttention": "Attention",
    "DotProductAttention": "Attention",
    "BahdanauAttention": "AdditiveAttention",
    "Einsum": "EinsumDense",
    "PositionalEmbedding": "PositionEmbedding",
    "TokenAndPositionEmbedding": "PositionEmbedding",
    "LearnedPositionalEncoding": "PositionEmbedding",
    "PositionEncoding": "SinePositionEncoding",
    "PositionalEncoding": "SinePositionEncoding",
    "SinusoidalPositionEncoding": "SinePositionEncoding",
    "SinePositionalEncoding": "SinePositionEncoding",
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
