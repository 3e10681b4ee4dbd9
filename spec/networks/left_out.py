"""What Keras has for networks and a spec cannot say, each with its reason; the catalog shows it."""

from collections.abc import Mapping

_CODE = "It runs code, which a spec cannot contain."
_CONVOLVES = "A recurrent layer of images is not supported. Use `TimeDistributed` with a `Conv2D`, then an `LSTM`."
_ATTENTION = "Layers of attention are not supported. Use a recurrent layer, such as `LSTM`."
_VOLUME = "It reads volumes (rows with four axes), and there are no data sets of volumes."
_ENCODES = "The data set encodes categories before a network reads them. Use `Embedding` for whole numbers."
_TEXT = "It reads text, and there are no data sets of text."
_SOUND = "It reads sound, and there are no data sets of sound."
_AUGMENT = "Images are not augmented. `GaussianNoise` and `SpatialDropout2D` vary what a network sees of them."
_BASE = "It is a base class."
_FOREIGN = "It contains a model of another framework."
_UNNAMED = "Keras cannot make one from its name alone. Write it as an object with its `value`."

LEFT_OUT_LAYERS: Mapping[str, str] = {
    "AdaptiveAveragePooling3D": _VOLUME,
    "AdaptiveMaxPooling3D": _VOLUME,
    "AdditiveAttention": _ATTENTION,
    "Attention": _ATTENTION,
    "AugMix": _AUGMENT,
    "AutoContrast": _AUGMENT,
    "AveragePooling3D": _VOLUME,
    "CategoryEncoding": _ENCODES,
    "CenterCrop": "Images are not augmented. Use `Cropping2D` to cut off their borders.",
    "ContrastLimitedAdaptiveHistogramEqualization": _AUGMENT,
    "Conv3D": _VOLUME,
    "Conv3DTranspose": _VOLUME,
    "ConvLSTM1D": _CONVOLVES,
    "ConvLSTM2D": _CONVOLVES,
    "ConvLSTM3D": _CONVOLVES,
    "Cropping3D": _VOLUME,
    "CutMix": _AUGMENT,
    "Discretization": "It is fitted to the data before training, which is not supported.",
    "EinsumDense": "Its equation is a language of its own. Use `Dense`, `Permute` and `Reshape`.",
    "Equalization": _AUGMENT,
    "FlaxLayer": _FOREIGN,
    "GRUCell": "It computes one step of a sequence. Use `GRU`, which computes all of them.",
    "GlobalAveragePooling3D": _VOLUME,
    "GlobalMaxPooling3D": _VOLUME,
    "GroupQueryAttention": _ATTENTION,
    "GroupedQueryAttention": _ATTENTION,
    "HashedCrossing": _ENCODES,
    "Hashing": _ENCODES,
    "InputLayer": "The input shape comes from the data set. Leave this layer out.",
    "InputSpec": "It is a description of an input, not a layer.",
    "IntegerLookup": _ENCODES,
    "JaxLayer": _FOREIGN,
    "LSTMCell": "It computes one step of a sequence. Use `LSTM`, which computes all of them.",
    "Lambda": _CODE,
    "Layer": _BASE,
    "MaxNumBoundingBoxes": _AUGMENT,
    "MaxPooling3D": _VOLUME,
    "MelSpectrogram": _SOUND,
    "MixUp": _AUGMENT,
    "MultiHeadAttention": _ATTENTION,
    "Pipeline": "It applies layers one after the other, as a network does. List them in `layers`.",
    "RNN": "Its cells are not layers. Use `LSTM`, `GRU` or `SimpleRNN`.",
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
    "ReversibleEmbedding": (
        "A network uses it twice, and each layer of a spec is used once. Use `Embedding`, and a `Dense` at the end."
    ),
    "STFTSpectrogram": _SOUND,
    "SimpleRNNCell": "It computes one step of a sequence. Use `SimpleRNN`, which computes all of them.",
    "Solarization": _AUGMENT,
    "SpatialDropout3D": _VOLUME,
    "SpectralNormalization": (
        "It changes the weights of the layer that it holds before each step, which is not supported. Use a "
        "`kernel_constraint`."
    ),
    "StackedRNNCells": (
        "Its cells are not layers. List several recurrent layers, all but the last with `return_sequences`."
    ),
    "StringLookup": _TEXT,
    "TFSMLayer": _FOREIGN,
    "TextVectorization": _TEXT,
    "TorchModuleWrapper": _FOREIGN,
    "UpSampling3D": _VOLUME,
    "Wrapper": _BASE,
    "ZeroPadding3D": _VOLUME,
}
"""Layers."""

_LORA = "Low-rank adaptation is meant for models that are already trained."

LEFT_OUT_LAYER_ARGUMENTS: Mapping[str, str] = {
    "stateful": (
        "Each row is a sequence of its own, and rows are shuffled, so what a layer remembers of a batch means nothing "
        "to the next one. Put all that belongs together into one row."
    ),
    "return_state": (
        "A layer has one output. With `return_sequences` it has the output of every step, which is its state. A "
        "`Cropping1D` can leave the last."
    ),
    "weights": (
        "The first weights of a layer are drawn by its initializers. Weights of another job are `initial_weights`."
    ),
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
    "DepthwiseConvolution2D": "DepthwiseConv2D",
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
