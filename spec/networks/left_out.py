"""What Keras has for networks and a spec cannot say, each with its reason; the catalog shows it."""

from collections.abc import Mapping

_CODE = "It runs code, which a spec cannot contain."
_RECURRENT = "Recurrent layers need data sets of sequences, which are not available."
_CELL = "It is a part of a recurrent layer, and recurrent layers need data sets of sequences."
_WHOLE_NUMBERS = "It reads whole numbers that stand for words or categories, and there are no data sets of them."
_LOOKUP = 'It encodes columns, which the data set does: the encoding "ordinal" of a feature numbers its values.'
_SOUND = "It reads sound, and there are no data sets of sound."
_AUGMENT = "Images are not augmented. `GaussianNoise` and `SpatialDropout2D` vary what a network sees of them."
_BASE = "It is a base class."
_FOREIGN = "It contains a model of another framework."
_UNNAMED = "Keras cannot make one from its name alone. Write it as an object with its `value`."
_WRAPS = "It wraps another layer, and the fields of a layer cannot contain layers."

LEFT_OUT_LAYERS: Mapping[str, str] = {
    "AugMix": _AUGMENT,
    "AutoContrast": _AUGMENT,
    "Bidirectional": _RECURRENT,
    "CategoryEncoding": (
        'It encodes columns, which the data set does: use the encoding "one_hot" of a feature, or the encoding '
        '"multi_hot" for texts.'
    ),
    "CenterCrop": "Images are not augmented. Use `Cropping2D` to cut off their borders.",
    "ContrastLimitedAdaptiveHistogramEqualization": _AUGMENT,
    "ConvLSTM1D": _RECURRENT,
    "ConvLSTM2D": _RECURRENT,
    "ConvLSTM3D": _RECURRENT,
    "CutMix": _AUGMENT,
    "Discretization": (
        "It sorts numbers into bins, which are fitted to the data before training. The data set scales numbers, but "
        "has no encoding for bins."
    ),
    "Embedding": _WHOLE_NUMBERS,
    "Equalization": _AUGMENT,
    "FlaxLayer": _FOREIGN,
    "GRU": _RECURRENT,
    "GRUCell": _CELL,
    "HashedCrossing": (
        'It combines columns, and the encodings of a data set read one at a time. The encoding "hashed" does the same '
        "with a single column."
    ),
    "Hashing": 'It encodes columns, which the data set does: use the encoding "hashed" of a feature.',
    "InputLayer": "The input shape comes from the data set. Leave this layer out.",
    "InputSpec": "It is a description of an input, not a layer.",
    "IntegerLookup": _LOOKUP,
    "JaxLayer": _FOREIGN,
    "LSTM": _RECURRENT,
    "LSTMCell": _CELL,
    "Lambda": _CODE,
    "Layer": _BASE,
    "Masking": "Only recurrent layers and attention use a mask, and they are not supported.",
    "MaxNumBoundingBoxes": _AUGMENT,
    "MelSpectrogram": _SOUND,
    "MixUp": _AUGMENT,
    "Pipeline": _WRAPS,
    "RNN": _RECURRENT,
    "RandAugment": _AUGMENT,
    "RandomBrightness": _AUGMENT,
    "RandomColorDegeneration": _AUGMENT,
    "RandomColorJitter": _AUGMENT,
    "RandomContrast": _AUGMENT,
    "RandomCrop": _AUGMENT,
    "RandomElasticTransform": _AUGMENT,
    "RandomErasing": _AUGMENT,
    "RandomFlip": _AUGMENT,
    "RandomGaussianBlur": _AUGMENT,
    "RandomGrayscale": _AUGMENT,
    "RandomHue": _AUGMENT,
    "RandomInvert": _AUGMENT,
    "RandomPerspective": _AUGMENT,
    "RandomPosterization": _AUGMENT,
    "RandomRotation": _AUGMENT,
    "RandomSaturation": _AUGMENT,
    "RandomSharpness": _AUGMENT,
    "RandomShear": _AUGMENT,
    "RandomTranslation": _AUGMENT,
    "RandomZoom": _AUGMENT,
    "Resizing": "Images are not resized beforehand. Use `UpSampling2D` or `AveragePooling2D` to change their size.",
    "ReversibleEmbedding": "It would be called twice in a network, and a layer of a network is called once.",
    "STFTSpectrogram": _SOUND,
    "SimpleRNN": _RECURRENT,
    "SimpleRNNCell": _CELL,
    "Solarization": _AUGMENT,
    "SpectralNormalization": _WRAPS,
    "StackedRNNCells": _CELL,
    "StringLookup": _LOOKUP,
    "TFSMLayer": _FOREIGN,
    "TextVectorization": (
        'It encodes texts, which the data set does: use the encoding "tokens", "multi_hot", "count" or "tf_idf" of a '
        "feature."
    ),
    "TimeDistributed": _WRAPS,
    "TorchModuleWrapper": _FOREIGN,
    "Wrapper": _BASE,
}
"""Layers."""

_LORA = "Low-rank adaptation is meant for models that are already trained."

LEFT_OUT_LAYER_ARGUMENTS: Mapping[str, str] = {
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
    "FC": "Dense",
    "MLP": "Dense",
}
"""Layers that older Kerases, Keras's aliases and others call differently -> today's name."""
